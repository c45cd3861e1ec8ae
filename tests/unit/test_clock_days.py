"""Where days of a shop's calendar start, by the changes of its clock, against the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stamgast.clock import to_micros
from stamgast.language.sql.calendar import clock_days
from stamgast.model.log import DAY_US

T = datetime(2026, 6, 15, tzinfo=UTC)
EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize(
    "zone", ["Europe/Amsterdam", "Europe/London", "America/New_York", "Australia/Lord_Howe"]
)
def test_every_day_starts_where_the_zone_says(zone: str) -> None:
    changes = clock_days(to_micros(T), zone)
    day, found = changes[-1][0], 0
    while day < T.date():
        shift = next(us for since, us in changes if day >= since)
        start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        assert (day - EPOCH).days * DAY_US - shift == to_micros(start.astimezone(UTC)), day
        day, found = day + timedelta(days=1), found + 1
    assert found > 4 * 365


@pytest.mark.parametrize("zone", ["America/Havana", "Africa/Cairo", "America/Santiago"])
def test_days_that_start_at_no_midnight_are_left_to_the_engine(zone: str) -> None:
    assert clock_days(to_micros(T), zone) == ()
