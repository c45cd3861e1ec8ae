"""The judge judged: published totals, and customers whose stage is known from the rules' text."""

from __future__ import annotations

from pathlib import Path

import oracle_sql
import pytest
from retail_oracle import RetailOracle, complete_journey, online_retail

from stamgast.clock import parse_instant

DATA = Path(__file__).parent.parent / "data"
NOON = "2026-06-01T00:00:00Z"


def test_complete_journey_slice_has_the_totals_its_licence_note_says() -> None:
    oracle = complete_journey(DATA / "complete_journey" / "transactions.parquet")
    assert oracle.totals() == {
        "orders": 4236,
        "orders_of_nobody": 0,
        "gross": 13_155_048,
        "refunds": 0,
        "refunded": 0,
    }


def test_the_two_online_retail_files_tell_their_shared_days_alike() -> None:
    folder = DATA / "online_retail"
    oracle = online_retail(
        folder / "online_retail_2009_2010.parquet", folder / "online_retail_2010_2011.parquet"
    )
    [(both_files, differing)] = oracle.connection.execute(oracle_sql.OVERLAP_DIFFERENCES).fetchall()
    assert (both_files, differing) == (97, 0)
    totals = oracle.totals()
    adjustments = 4
    assert totals["orders"] + totals["refunds"] == 1133 + 907 - adjustments - both_files


# name, asked, orders, grid, windowed: rows of the acceptance table of the retail rules
CUSTOMERS = [
    ("Bram", NOON, ["2026-05-02"], "new_buyer", "new_buyer"),
    ("Bram later", "2026-06-01T00:00:00.000001Z", ["2026-05-02"], "drifting", "drifting"),
    (
        "Kees",
        "2026-06-03",
        ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"],
        "loyal",
        "drifting",
    ),
    (
        "Els",
        NOON,
        ["2020-01-10", "2021-01-10", "2022-01-10", "2026-05-31"],
        "loyal",
        "promising",
    ),
    (
        "Gijs",
        NOON,
        ["2023-01-01", "2023-05-01", "2024-01-01", "2024-05-01", "2025-01-01", "2025-06-01"],
        "at_risk",
        "at_risk",
    ),
    (
        "Joris",
        NOON,
        ["2026-05-30T10:00", "2026-05-30T10:05", "2026-05-30T10:20"],
        "promising",
        "promising",
    ),
    ("Karin", NOON, ["2025-11-28T12:00"], "sleeper", "sleeper"),
    (
        "Abel",
        "2026-04-27",
        ["2024-05-06", "2024-10-07", "2025-05-05", "2025-10-06"],
        "at_risk",
        "at_risk",
    ),
]


@pytest.mark.parametrize(
    ("name", "asked", "orders", "grid", "windowed"), CUSTOMERS, ids=[row[0] for row in CUSTOMERS]
)
def test_known_customers(
    name: str, asked: str, orders: list[str], grid: str, windowed: str, tmp_path: Path
) -> None:
    oracle = shop_of({name: orders}, tmp_path)
    assert oracle.stage_of_each(parse_instant(asked), "grid") == {name: grid}
    assert oracle.stage_of_each(parse_instant(asked), "windowed") == {name: windowed}


def test_els_came_back_and_gijs_turns_red_a_microsecond_later(tmp_path: Path) -> None:
    known = {row[0]: row[2] for row in CUSTOMERS if row[0] in {"Els", "Gijs"}}
    oracle = shop_of(known, tmp_path)
    t = parse_instant(NOON)
    assert oracle.members("returned_customers", t) == ["Els"]
    assert oracle.next_stage_change(t, "grid") == t + 1
    assert oracle.stage_of_each(t + 1, "grid")["Gijs"] == "red_alert"


def test_ten_buyers_top_twenty_and_thirty_percent(tmp_path: Path) -> None:
    oracle = shop_of({}, tmp_path)
    t = parse_instant(NOON)
    counts_and_money = [(5, 500), (3, 300), (2, 200), (2, 200), *[(1, 100)] * 6]
    for number, (count, money) in enumerate(counts_and_money):
        for order in range(count):
            oracle.connection.execute(
                "INSERT INTO purchase VALUES (?, ?, ?, DATE '2026-05-01', ?, false)",
                [f"c{number}", f"{number}-{order}", t - 1000 - order, money // count * 100],
            )
    # asked a day later: these orders lie before the midnight of their own day
    asked = t + 86_400_000_000
    assert oracle.members("best_buyers", asked) == ["c0", "c1"]
    assert len(oracle.members("elite_vip", asked)) == 1
    thirty = oracle_sql.best(30)
    assert [row[0] for row in oracle.connection.execute(thirty).fetchall()] == [
        "c0",
        "c1",
        "c2",
        "c3",
    ]


def shop_of(customers: dict[str, list[str]], tmp_path: Path) -> RetailOracle:
    """An oracle over hand-written orders of ten pounds each, read like any other raw file."""
    oracle = RetailOracle(zone="UTC")
    file = tmp_path / "transactions.parquet"
    oracle.connection.execute(
        "CREATE TABLE raw (household_id VARCHAR, basket_id VARCHAR, sales_value DOUBLE,"
        " coupon_disc DOUBLE, coupon_match_disc DOUBLE, transaction_timestamp TIMESTAMP)"
    )
    for name, orders in customers.items():
        for order in orders:
            oracle.connection.execute(
                "INSERT INTO raw VALUES (?, ?, 10, 0, 0, ?)", [name, f"{name} {order}", order]
            )
    oracle.connection.execute("COPY raw TO $file (FORMAT parquet)", {"file": str(file)})
    oracle.load(oracle_sql.LOAD_COMPLETE_JOURNEY, {"file": file})
    return oracle
