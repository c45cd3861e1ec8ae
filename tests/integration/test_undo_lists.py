"""A list of customers who get an extension is taken out exactly, whatever was said by hand since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from collect_kit import FixedClock

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    identifiers: {customer_id: customer}
    fields: {order: order, ordered_at: day, total: total}
"""
ORDERS = "order,customer,day,total\n1,C-1,2025-05-01,10\n2,C-2,2025-05-02,20\n3,C-3,2025-05-03,30\n"
OWN = """
version: 1
segments:
  staff: {label: {en: Staff, nl: Personeel}, where: {extension: employee}}
"""
DAYS = ("2026-02-15", "2026-03-15", "2026-04-15", "2026-06-01")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "shop" / "definitions" / "own.yaml").write_text(OWN)
    with Shop.open(
        tmp_path / "shop", clock=FixedClock(parse_instant("2026-02-01T00:00:00Z"))
    ) as opened:
        opened.ingest(tmp_path / "orders.csv", mapping=str(tmp_path / "map.yaml"))
        yield opened


def on(shop: Shop, day: str) -> None:
    shop._core.clock.at = parse_instant(f"{day}T00:00:00Z")  # type: ignore[attr-defined] # the fixed one


def give(shop: Shop, path: Path, text: str, **how: Any) -> int:  # noqa: ANN401 - what import_list takes
    path.write_text(text, encoding="utf-8")
    shop.extensions.import_list("employee", path, confirmed=True, **how)
    return shop.imports.list()[-1].batch


def by_hand(shop: Shop) -> None:
    on(shop, "2026-03-10")
    shop.extensions.set("employee", "C-2", by="els")
    on(shop, "2026-04-10")
    shop.extensions.unset("employee", "C-1", by="els")


def answers(shop: Shop) -> list[object]:
    found: list[object] = []
    for day in DAYS:
        members = shop.segment("staff", as_of=day).df()
        found.append(members[["identifier", "valid_until"]].to_dict("records"))
    persons = "SELECT * FROM lake_first_seen ORDER BY ALL"
    found.append([{**row, "batch": 0} for row in shop.sql(persons).rows()])
    said = "SELECT identity_id, name, origin, action, value FROM lake_extension ORDER BY ALL"
    return [*found, shop.sql(said).rows()]


def test_a_list_is_taken_out_as_if_it_had_never_been(shop: Shop, tmp_path: Path) -> None:
    without = shop._core.folder.parent / "without"
    Shop.create(without, zone="UTC", currency="EUR", country="NL").close()
    (without / "definitions" / "own.yaml").write_text(OWN)
    clock = FixedClock(parse_instant("2026-02-01T00:00:00Z"))
    with Shop.open(without, clock=clock) as other:
        other.ingest(tmp_path / "orders.csv", mapping=str(tmp_path / "map.yaml"))
        by_hand(other)
        expected = answers(other)
    on(shop, "2026-03-01")
    batch = give(shop, tmp_path / "staff.txt", "C-1\nC-3\n")
    by_hand(shop)
    given = answers(shop)
    assert given != expected
    seen = shop.imports.undo(batch)
    assert not seen.done
    assert seen.rows == {"extension": 2}
    assert seen.before is not None
    assert seen.after is not None
    assert (seen.before.segments["staff"], seen.after.segments["staff"]) == (2, 1)
    assert answers(shop) == given
    assert shop.imports.undo(batch, confirmed=True, figures=False).done
    assert answers(shop) == expected
    assert {one.level for one in shop.doctor()} <= {"ok", "warning"}
    with pytest.raises(UserError, match="was undone"):
        shop.imports.undo(batch)


def test_lists_of_one_extension_are_undone_last_first(shop: Shop, tmp_path: Path) -> None:
    on(shop, "2026-03-01")
    before = answers(shop)
    first = give(shop, tmp_path / "staff.txt", "C-1\nC-2\n")
    between = answers(shop)
    on(shop, "2026-03-05")
    second = give(shop, tmp_path / "staff.txt", "C-2\nC-3\n", mode="replace")
    with pytest.raises(UserError, match=f"import {second} came later") as raised:
        shop.imports.undo(first, figures=False)
    assert raised.value.code == "imports.later_list"
    shop.imports.undo(second, confirmed=True, figures=False)
    assert answers(shop) == between
    shop.imports.undo(first, confirmed=True, figures=False)
    assert answers(shop) == before


def test_on_the_command_line(shop: Shop, tmp_path: Path) -> None:
    on(shop, "2026-03-01")
    batch = give(shop, tmp_path / "staff.txt", "C-1\nC-3\nC-9\n")

    def run(*words: str) -> str:
        asked = ["--shop", str(shop._core.folder), "ingest", *words]
        result = CliRunner().invoke(root, asked, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    told = json.loads(run("list", "--json"))["imports"]
    assert [(one["source"], one["list"]) for one in told] == [
        ("web", False),
        ("import:staff", True),
    ]
    assert "import:staff" in run("list")
    assert "2 words on extensions go out" in run("undo", str(batch))
    assert "2 woorden over labels gaan eruit" in run("undo", str(batch), "--lang", "nl", "--yes")
    assert json.loads(run("list", "--json"))["imports"][-1]["undone_at"] is not None
