"""What is shown of one customer, from its own rows, is what statements over the whole shop say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shop_kit import make_shop

from stamgast.app import customers
from stamgast.app.core import STAGE, Core
from stamgast.clock import SystemClock, parse_instant

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ORDERS = [
    (
        customer,
        f"{2008 + year}-{1 + (customer * 5 + year * 3) % 12:02}-11T10:00:00",
        10 + customer * year,
    )
    for customer in range(1, 13)
    for year in range(1, 4)
    if (customer + year) % 3
]
INSTANTS = ("2009-01-01", "2010-06-15", "2011-11-30")


def test_one_customer_by_its_rows_and_by_statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop(tmp_path / "shop", ORDERS)
    core = Core(tmp_path / "shop", SystemClock())
    definitions = core.definitions
    names = [STAGE, *definitions.segments, *definitions.traits]
    seen: set[str | None] = set()
    for day in INSTANTS:
        t = parse_instant(f"{day}T00:00:00Z")
        rows = {row["profile_id"]: row for row in core.answers(names, t).to_pylist()}
        for number in {one for one, _, _ in ORDERS}:
            found = shop.customers.show(f"customer_id:{number}", as_of=t)
            row = rows.get(found.profile_id)
            assert found.exists == bool(row and row["exists"])
            if row is None or not found.exists:
                assert (found.stage, found.segments) == (None, {})
                continue
            assert (found.stage, found.stage_until) == (row[STAGE], row[f"{STAGE}__until"])
            assert found.segments == {
                name: row[f"{name}__until"] for name in definitions.segments if row[name]
            }
            assert found.traits == {name: row[name] for name in definitions.traits}
            seen |= {found.stage, *found.segments}
    assert len(seen) > 8
    few = shop.customers.show("customer_id:1", as_of=t)
    monkeypatch.setattr(customers, "MOST_ROWS", 0)
    assert shop.customers.show("customer_id:1", as_of=t) == few
    core.close()
    shop.close()
