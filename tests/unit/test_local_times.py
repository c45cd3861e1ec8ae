"""Local times of imports, against Python's own calendar: of a time that comes twice the first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from sqlglot import exp

from stamgast.clock import parse_instant, to_micros
from stamgast.collect.convert import Reading, column_value
from stamgast.collect.mapping import Read
from stamgast.collect.sql import Params
from stamgast.collect.zones import hours_that_come_twice, instant_of_local
from stamgast.language.sql.terms import col

ZONES = {
    "Europe/Amsterdam": datetime(2025, 10, 26),  # noqa: DTZ001 - local days
    "Europe/London": datetime(2011, 10, 30),  # noqa: DTZ001
    "America/New_York": datetime(2024, 11, 3),  # noqa: DTZ001
    "America/Havana": datetime(2024, 11, 3),  # noqa: DTZ001 - midnight comes twice
    "Australia/Lord_Howe": datetime(2025, 4, 6),  # noqa: DTZ001 - by half an hour
    "Antarctica/Troll": datetime(2025, 10, 26),  # noqa: DTZ001 - by two hours
    "Asia/Tokyo": datetime(2025, 10, 26),  # noqa: DTZ001 - never
}


@pytest.mark.parametrize("zone", ZONES)
def test_as_python_reads_them(zone: str) -> None:
    start = ZONES[zone] - timedelta(hours=30)
    times = [start + timedelta(minutes=5 * step, microseconds=step % 7) for step in range(800)]
    times += [start + timedelta(days=day, hours=1) for day in range(0, 4000, 3)]
    sql = instant_of_local(col("x"), zone, exp.Literal.string(zone)).sql(dialect="duckdb")
    found = duckdb.execute(
        f"SELECT epoch_us({sql}) FROM (SELECT unnest($times::TIMESTAMP[]) AS x)",
        {"times": times},
    ).fetchall()
    expected = [to_micros(one.replace(tzinfo=ZoneInfo(zone), fold=0)) for one in times]
    assert [row[0] for row in found] == expected
    last = [to_micros(one.replace(tzinfo=ZoneInfo(zone), fold=1)) for one in times]
    assert (last != expected) == (zone != "Asia/Tokyo")


def test_as_an_instant_that_is_asked() -> None:
    zone, text = "Europe/Amsterdam", "2025-10-26T02:30:00"
    sql = instant_of_local(col("x"), zone, exp.Literal.string(zone)).sql(dialect="duckdb")
    (found,) = duckdb.execute(
        f"SELECT epoch_us({sql}) FROM (SELECT $x::TIMESTAMP AS x)",
        {"x": text},
    ).fetchall()[0]
    assert found == parse_instant(text, zone=zone)


@pytest.mark.parametrize(
    ("zone", "hours"), [("America/New_York", {1}), ("UTC", set()), ("Asia/Kolkata", set())]
)
def test_few_hours_are_looked_at_again(zone: str, hours: set[int]) -> None:
    assert hours_that_come_twice(zone) >= hours
    assert len(hours_that_come_twice(zone)) <= max(4, len(hours))


@pytest.mark.parametrize(
    ("pattern", "text", "hour"),
    [
        ("%Y-%m-%d %H:%M %z", "2025-06-01 10:00 +02:00", 8),
        ("%Y-%m-%d %H:%M %z", "2025-06-01 10:00 -1000", 20),
        ("%Y-%m-%d %H:%M %z", "2025-06-01 10:00 +99:00", None),
        ("%Y-%m-%d %H:%M %z", "2025-06-01 10:00 +14:30", None),
        ("%d %b %H:%M %z %Y", "01 Jun 10:00 +0200 2025", 8),
        ("%d %b %H:%M %z %Y", "01 Jun 10:00 +9900 2025", None),
    ],
)
def test_offsets_in_patterns(pattern: str, text: str, hour: int | None) -> None:
    params = Params()
    reading = Reading(read=Read(dates=[pattern]), zone="UTC", digits=2, params=params)
    query = exp.select(reading.instant(column_value(exp.Literal.string(text), "VARCHAR", "x")))
    query = exp.select(exp.func("epoch_us", query.expressions[0]))
    (found,) = duckdb.execute(query.sql(dialect="duckdb"), params.of(query)).fetchall()[0]
    at = None if hour is None else to_micros(datetime(2025, 6, 1, hour, tzinfo=UTC))
    assert found == at
