"""A file that was imported before, after another file said otherwise: repeated, unless it is read as news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from collect_kit import csv

from stamgast.app.shop import Shop
from stamgast.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stamgast.collect.report import ImportReport

OWN = """version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    file: "o*"
    fields: {order: nr, ordered_at: at, total: paid}
    identifiers: {customer_id: who}
  - kind: refunds
    file: "r*"
    fields: {refund: nr, order: of, at: at, amount: paid}
    identifiers: {customer_id: who}
"""


class Web:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mapping = folder / "own.yaml"
        self.mapping.write_text(OWN, encoding="utf-8")
        self.shop = Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL")
        head = "nr,at,paid,who"
        self.first = csv(folder / "o1.csv", head, "1,2025-01-01,10,a", "2,2025-01-02,20,b")
        self.second = csv(folder / "o2.csv", head, "1,2025-01-01,15,a", "3,2025-01-03,30,c")

    def read(self, *files: Path, again: bool = False) -> ImportReport:
        return self.shop.ingest(*files, mapping=str(self.mapping), again=again)

    def orders(self) -> dict[str, Any]:
        rows = self.shop.sql("SELECT order_id, net_total_minor FROM orders ORDER BY 1").rows()
        return {row["order_id"]: row["net_total_minor"] for row in rows}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    made.shop.close()


def told(report: ImportReport) -> tuple[int, int, int]:
    return report.accepted, report.repeated, report.older


def test_an_older_file_is_repeated_or_news(web: Web) -> None:
    assert told(web.read(web.first)) == (2, 0, 0)
    assert told(web.read(web.second)) == (2, 0, 0)
    assert told(web.read(web.first)) == (0, 2, 1)
    assert web.orders() == {"1": 1500, "2": 2000, "3": 3000}
    back = web.read(web.first, again=True)
    assert told(back) == (1, 1, 0)
    assert web.orders() == {"1": 1000, "2": 2000, "3": 3000}
    # once more is no news
    assert told(web.read(web.first, again=True)) == (0, 2, 0)
    # told again, by an undo of an import before it, it is news as it was
    web.shop.imports.undo(2, confirmed=True, figures=False)
    assert web.orders() == {"1": 1000, "2": 2000}
    web.read(web.second)
    web.shop.imports.undo(back.batch, confirmed=True, figures=False)
    assert web.orders()["1"] == 1500


def test_refunds_likewise(web: Web) -> None:
    web.read(web.first)
    head = "nr,of,at,paid,who"
    first = csv(web.folder / "r1.csv", head, "x,1,2025-02-01,3,a")
    second = csv(web.folder / "r2.csv", head, "x,1,2025-02-01,4,a")
    web.read(first)
    web.read(second)
    assert told(web.read(first)) == (0, 1, 1)
    assert web.orders()["1"] == 600
    assert told(web.read(first, again=True)) == (1, 0, 0)
    assert web.orders()["1"] == 700


def test_it_is_said(web: Web) -> None:
    web.read(web.first)
    web.read(web.second)
    call = ["--shop", str(web.folder / "shop"), "ingest", str(web.first)]
    call += ["--mapping", str(web.mapping)]
    shown = CliRunner().invoke(root, call).stdout
    assert (
        "1 order or refund of a file that was read before stands as a later file told it" in shown
    )
    shown = CliRunner().invoke(root, [*call, "--lang", "nl"]).stdout
    assert "Terug naar dit bestand: --again" in shown
    shown = CliRunner().invoke(root, [*call, "--again"]).stdout
    assert "--again" not in shown
    assert web.orders()["1"] == 1000
