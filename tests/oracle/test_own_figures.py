"""Months beside a shop's own totals, which hand-written SQL makes of the raw files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import insight_sql
import pytest
from retail_oracle import online_retail

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.measure.figures import Month, Own, Way, way_of
from stamgast.store.books import imported_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.app.insight_answer import InsightAnswer

DATA = Path(__file__).parent.parent / "data" / "online_retail"
FILES = [DATA / f"online_retail_{years}.parquet" for years in ("2009_2010", "2010_2011")]
T = parse_instant("2011-12-10", zone="Europe/London")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Shop.create(tmp_path_factory.mktemp("figures") / "shop") as made:
        made.ingest(*FILES, mapping="online-retail")
        made.ingest(FILES[0], mapping="online-retail")  # again: changes nothing
        yield made


@pytest.fixture(scope="module")
def months() -> list[tuple[str, int, int, int, int, int]]:
    oracle = online_retail(*FILES)
    rows = oracle.connection.execute(insight_sql.FIGURES, {"t": T, "zone": "Europe/London"})
    return [(str(month), *map(int, numbers)) for month, *numbers in rows.fetchall()]  # type: ignore[misc]


def told(folder: Path, rows: list[tuple[str, int, int]]) -> Path:
    file = folder / "own.csv"
    lines = [f"{month[:7]},{orders},{pence / 100:.2f}\n" for month, orders, pence in rows]
    file.write_text("Month,Orders,Revenue\n" + "".join(lines))
    return file


def keys(found: InsightAnswer) -> set[str]:
    return {note.key for note in found.notes}


def test_months(shop: Shop, months: list[tuple[str, int, int, int, int, int]]) -> None:
    found = shop.insight.figures(as_of=T)
    names = (
        "month",
        "orders",
        "revenue_minor",
        "nobody_orders",
        "nobody_minor",
        "given_back_minor",
    )
    assert [tuple(row[name] for name in names) for row in found.values] == months
    assert {row["cancelled_orders"] for row in found.values} == {0}


@pytest.mark.parametrize("nobody", [False, True])
@pytest.mark.parametrize("gross", [False, True])
def test_each_difference_is_explained(
    shop: Shop,
    months: list[tuple[str, int, int, int, int, int]],
    tmp_path: Path,
    nobody: bool,  # noqa: FBT001 - a parameter of the test
    gross: bool,  # noqa: FBT001 - as above
) -> None:
    """A shop that counts no anonymous orders, or before refunds: to the penny, every month."""
    own = [
        (month, n - none * nobody, pence - none_pence * nobody + back * gross)
        for month, n, pence, none, none_pence, back in months
    ]
    found = shop.insight.figures(told(tmp_path, own), as_of=T)
    expected = {"own_nobody"} if nobody else set()
    expected |= {"own_gross"} if gross else set()
    assert {key for key in keys(found) if key.startswith("own_")} == (expected or {"own_same"})
    assert found.facts["open_months"] == 0
    for row, one in zip(found.values, months, strict=True):
        assert (row["orders_left"], row["left_minor"]) == (0, 0)
        assert row["nobody_minor"] == (-one[4] if nobody else 0)
        assert row["refunds_minor"] == (one[5] if gross else 0)
        check_sums(row)


def check_sums(row: Mapping[str, object]) -> None:
    """The parts of each difference add up to it."""
    parts = {name: int(str(value)) for name, value in row.items() if name != "month"}
    names = ("cancelled_minor", "nobody_minor", "refunds_minor", "vat_minor", "left_minor")
    own = parts["revenue_minor"] + sum(parts[name] for name in names)
    assert parts["own_revenue_minor"] == own
    counted = parts["cancelled_orders"] + parts["nobody_orders"] + parts["orders_left"]
    assert parts["own_orders"] == parts["orders"] + counted


def test_vat_and_what_is_not_explained(
    shop: Shop, months: list[tuple[str, int, int, int, int, int]], tmp_path: Path
) -> None:
    """A bookkeeper's revenue without 20 % VAT; one month has an order that nobody imported."""
    own = [(month, n, round(pence / 1.2)) for month, n, pence, *_ in months]
    own[3] = (own[3][0], own[3][1] + 1, own[3][2] + 5000)
    found = shop.insight.figures(told(tmp_path, own), as_of=T)
    assert {key for key in keys(found) if key.startswith("own_")} == {"own_without_vat"}
    assert found.facts["open_months"] == 1
    for n, row in enumerate(found.values):
        check_sums(row)
        assert row["orders_left"] == (1 if n == 3 else 0)
        assert abs(int(str(row["left_minor"])) - (5000 if n == 3 else 0)) <= 1


def test_cancelled_orders_and_refunds_by_their_own_month() -> None:
    """Worked by hand: 3 orders of 40.00, one more of 25.00 cancelled; 10.00 given back a month later."""
    march = Month(
        month="2026-03-01",
        orders=3,
        revenue=11000,
        cancelled_orders=1,
        cancelled=2500,
        refunded=1000,
    )
    april = Month(month="2026-04-01", orders=1, revenue=4000, given=1000)
    ours = {one.month: one for one in (march, april)}
    own = {
        "2026-03-01": Own(orders=4, revenue=14500),
        "2026-04-01": Own(orders=1, revenue=3000),
    }
    way = way_of(ours, own, "NL")
    assert way == Way(cancelled=True, refunds="given")
    assert way.revenue(march) == (2500, 0, 1000, 0)
    assert way.revenue(april) == (0, 0, -1000, 0)


def test_lines_that_are_in_no_figure_are_told(shop: Shop) -> None:
    notes = {note.key: note for note in shop.insight.figures(as_of=T).notes}
    repeated = sum(file.counts.get("repeated", 0) for file in imported_files(shop._core.store))
    assert notes["lines_repeated"].facts["n"].value == repeated > 0


def test_totals_that_cannot_be_read(shop: Shop, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "month;orders;revenue\n2026-13;1;2\n2026-01;x;2\n2026-02;1;2,345\n2026-03;1;2,5\n2026-03;1;2\n"
    )
    with pytest.raises(UserError) as error:
        shop.insight.figures(bad)
    assert error.value.code == "figures.invalid"
    assert error.value.message.splitlines()[1:] == [
        "line 2: '2026-13' is not a month",
        "line 3: 'x' is not a number of orders",
        "line 4: '2,345' is not an amount",
        "line 6: '2026-03' is there twice",
    ]
    bad.write_text("month,revenue\n")
    with pytest.raises(UserError) as error:
        shop.insight.figures(bad)
    assert error.value.code == "figures.unreadable"
    with pytest.raises(UserError) as error:
        shop.insight.figures(tmp_path / "none.csv")
    assert error.value.code == "figures.unreadable"
