"""The shop's calendar: local days, their midnights, anniversaries."""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros, to_micros

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE_DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 31)
"""A day before or after is none: its midnight is no instant in some zones."""


def known_day(value: object) -> date | None:
    """The day that a property holds, if it has midnights everywhere."""
    return value if isinstance(value, date) and FIRST_DAY <= value <= LAST_DAY else None


def local_day(instant: int, zone: str) -> date:
    """The day of the calendar in the zone at an instant."""
    return from_micros(instant).astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> int:
    """The instant a local day starts; where the clock skips midnight, the instant it skips."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return to_micros(start.astimezone(UTC))


def end_of(day: date, zone: str) -> int:
    """The instant the next local day starts."""
    return midnight(day + ONE_DAY, zone)


def anniversary(day: date, year: int) -> date:
    """The day's anniversary in a year: 29 Feb is kept on 1 Mar in common years."""
    leap_day = (day.month, day.day) == (2, 29)
    return date(year, 3, 1) if leap_day and not isleap(year) else day.replace(year=year)


def anniversaries(day: date, since: date, years: int) -> Iterator[date]:
    """The anniversaries of a day from the year before ``since`` on; the day itself is the first."""
    first = max(day.year, since.year - 1)
    return (anniversary(day, year) for year in range(first, min(first + years, 9999)))


def whole_years(day: date, today: date) -> int | None:
    """How many anniversaries of a day have come by today; None when the day lies ahead."""
    years = today.year - day.year - (anniversary(day, today.year) > today)
    return years if day <= today else None
