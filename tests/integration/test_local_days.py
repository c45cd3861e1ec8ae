"""Local days and midnights: DuckDB's time zones, and the written-out clock, against ``zoneinfo``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from sqlglot import exp

from stamgast.clock import from_micros, parse_instant, to_micros
from stamgast.language.sql.calendar import clock, last_midnight, next_midnight
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.moment import Moment
from stamgast.language.sql.terms import Sql, as_, col
from stamgast.model.log import DAY_US

ZONES = (
    "Europe/Amsterdam",
    "America/New_York",
    "America/Havana",  # two midnights on a day of autumn
    "Atlantic/Azores",
    "Asia/Beirut",  # no midnight on some days
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",  # no 30 December 2011 at all
    "UTC",
)
DAYS = [date(1970, 1, 2) + timedelta(days=n) for n in range(80 * 365)]
T = parse_instant("2026-06-01T10:00:00Z")


def values(query: Sql, column: str, given: list[object], **bound: object) -> list[object]:
    select = exp.select(as_(query, "found")).from_("given").order_by("place")
    db = duckdb.connect()
    db.execute(
        f"CREATE TABLE given AS SELECT unnest($given) AS {column}, unnest(range(len($given))) AS place",
        {"given": given},
    )
    return [row[0] for row in db.execute(select.sql("duckdb"), bound).fetchall()]


@pytest.mark.parametrize("zone", ZONES)
def test_the_instant_at_which_a_day_starts(zone: str) -> None:
    skipped = date(2011, 12, 30) if zone == "Pacific/Apia" else None
    days = [day for day in DAYS if day != skipped]
    local = ZoneInfo(zone)
    expected = [
        to_micros(datetime(day.year, day.month, day.day, tzinfo=local).astimezone(UTC))
        for day in days
    ]
    query = DUCKDB.midnight(col("day"), exp.Placeholder(this="zone"))
    assert values(query, "day", list(days), zone=zone) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_of_an_instant(zone: str) -> None:
    local = ZoneInfo(zone)
    starts = [last_midnight(T - n * DAY_US, zone) for n in range(9 * 365)]
    instants = [at + beside for at in starts for beside in (-1, 0, 1)]
    expected = [from_micros(at).astimezone(local).date() for at in instants]
    query = DUCKDB.local_day(col("at"), exp.Placeholder(this="zone"))
    assert values(query, '"at"', list(instants), zone=zone) == expected
    moment = Moment(zone=zone, t=T)
    number = moment.day_number(col("at"))
    found = values(number, '"at"', list(instants), **moment.parameters.used_in(number))
    assert found == [(day - date(1970, 1, 1)).days for day in expected]
    assert len(clock(T, zone)) > (5 if zone in ("Europe/Amsterdam", "America/New_York") else 0)


@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_lies_between_its_midnights(zone: str) -> None:
    for n in range(1000):
        at = T - n * (DAY_US // 2 + 1)
        assert last_midnight(at, zone) <= at < next_midnight(at, zone)
        assert last_midnight(next_midnight(at, zone), zone) == next_midnight(at, zone)
        assert last_midnight(next_midnight(at, zone) - 1, zone) == last_midnight(at, zone)
