"""The shop's calendar for an instant that is known when the statement is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros, to_micros


def local_day(instant: int, zone: str) -> date:
    """The day of the calendar in the zone at an instant.

    >>> local_day(1_506_810_600_000_000, "Europe/Amsterdam")  # 30 September, 22:30 UTC
    datetime.date(2017, 10, 1)
    """
    return from_micros(instant).astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> int:
    """The instant at which a local day starts.

    >>> midnight(date(2017, 10, 1), "Europe/Amsterdam")
    1506808800000000
    """
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return to_micros(start.astimezone(UTC))


def last_midnight(instant: int, zone: str) -> int:
    """The last local midnight at or before an instant: that of the shop statistics in force."""
    return midnight(local_day(instant, zone), zone)


def next_midnight(instant: int, zone: str) -> int:
    """The next local midnight after an instant."""
    return midnight(local_day(instant, zone) + timedelta(days=1), zone)
