"""What `ingest` says of a file: what counts, what does not, what waits, and what has no date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from collect_kit import Shop, csv, mapping

from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

TOP = "version: 1\nsource: erp\nzone: UTC\ncurrency: EUR\ncountry: NL\nrows:\n"
ORDERS = """  - kind: orders
    file: orders*
    fields: {order: nr, ordered_at: at, total: paid, status: state}
    statuses: {never: [unpaid], cancelled: [cancelled]}
    identifiers: {customer_id: who}
"""
LINES = """  - kind: order_lines
    file: lines*
    fields: {order: nr, amount: paid}
"""
REFUNDS = """  - kind: refunds
    file: refunds*
    fields: {refund: nr, order: of, amount: paid}
    undated: import
"""
HEAD = "nr,at,paid,state,who"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop", zone="UTC")


def test_cancelled_unpaid_and_waiting_orders_are_told_apart(shop: Shop, tmp_path: Path) -> None:
    spec = mapping("zone: UTC\nrows:\n" + ORDERS + LINES)
    rows = ["1,2025-01-01,1025,ok,a", "2,2025-01-02,10,unpaid,a", "3,2025-01-03,7,cancelled,b"]
    files = [
        csv(tmp_path / "orders.csv", HEAD, *rows),
        csv(tmp_path / "lines.csv", "nr,paid", "1,1025", "9,10"),
    ]
    report = shop.ingest(spec, *files)
    assert (report.orders_counting, report.counting_minor, report.buyers) == (1, 102_500, 1)
    assert (report.orders_not_counting, report.orders_waiting) == (2, 1)
    late = csv(tmp_path / "orders-late.csv", HEAD, "9,2025-01-04,10,ok,c")
    report = shop.ingest(spec, late)
    assert (report.orders_counting, report.counting_minor, report.buyers) == (1, 1000, 1)
    assert (report.orders_not_counting, report.orders_waiting) == (0, 0)


def test_an_order_that_is_corrected_counts_as_it_stands(shop: Shop, tmp_path: Path) -> None:
    spec = mapping("zone: UTC\nrows:\n" + ORDERS)
    shop.ingest(spec, csv(tmp_path / "orders-1.csv", HEAD, "1,2025-01-01,10,ok,a"))
    report = shop.ingest(spec, csv(tmp_path / "orders-2.csv", HEAD, "1,2025-01-01,12,cancelled,a"))
    assert (report.orders, report.orders_counting, report.orders_not_counting) == (1, 0, 1)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "1 order of 1 customer, €20.00; €5.00 refunded.",
                "1 order is cancelled or unpaid, and does not count.",
                "The lines of 1 order wait until the order itself is read.",
                "1 refund has no date in this file: it stands at the moment of this import (≈).",
            ],
        ),
        (
            "nl",
            [
                "1 bestelling van 1 klant, €\u00a020,00; €\u00a05,00 terugbetaald.",
                "1 bestelling is geannuleerd of niet betaald, en telt niet mee.",
                "De regels van 1 bestelling wachten tot de bestelling zelf is ingelezen.",
                (
                    "1 terugbetaling heeft in dit bestand geen datum: zij staat op het moment van deze "
                    "import (≈)."
                ),
            ],
        ),
    ],
)
def test_the_lines_that_ingest_writes(tmp_path: Path, language: str, expected: list[str]) -> None:
    folder, own = tmp_path / "shop", tmp_path / "own.yaml"
    own.write_text(TOP + ORDERS + LINES + REFUNDS, encoding="utf-8")
    rows = ["1,2025-01-01,20,ok,a", "2,2025-01-02,10,unpaid,a"]
    files = [
        csv(tmp_path / "orders.csv", HEAD, *rows),
        csv(tmp_path / "lines.csv", "nr,paid", "9,10"),
        csv(tmp_path / "refunds.csv", "nr,of,paid", "r,1,5"),
    ]
    run = CliRunner()
    assert run.invoke(root, ["init", str(folder)]).exit_code == 0
    call = ["--shop", str(folder), "ingest", *map(str, files), "--mapping", str(own)]
    result = run.invoke(root, [*call, "--lang", language])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-4:] == expected


def test_a_file_of_customers_says_no_money(tmp_path: Path) -> None:
    folder, own = tmp_path / "shop", tmp_path / "own.yaml"
    rows = "  - kind: customers\n    identifiers: {customer_id: who}\n"
    own.write_text(TOP + rows, encoding="utf-8")
    run = CliRunner()
    run.invoke(root, ["init", str(folder)])
    file = csv(tmp_path / "people.csv", "who", "a", "b")
    call = ["--shop", str(folder), "ingest", str(file), "--mapping", str(own)]
    assert run.invoke(root, call).stdout.splitlines()[-1] == "Told of 2 customers."
