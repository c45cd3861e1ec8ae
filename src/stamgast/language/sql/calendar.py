"""The shop's calendar for an instant that is known when the statement is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from stamgast.clock import MICROSECOND, from_micros, to_micros
from stamgast.model.log import DAY_US

CLOCK_DAYS = 5 * 366
"""For how long before the instant asked the changes of the clock are written into a statement."""
STEP_US = 7 * DAY_US
"""A clock that changes and changes back within it would be seen as not having changed."""
SECOND_US = 1_000_000
EPOCH_DAY = date(1970, 1, 1)


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


def shift(instant: int, zone: str) -> int:
    """How far the local clock is ahead of UTC at an instant, in microseconds."""
    offset = from_micros(instant).astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else offset // MICROSECOND


@lru_cache(maxsize=64)
def clock(instant: int, zone: str) -> tuple[tuple[int, int], ...]:
    """The shifts of the local clock in the years up to an instant: (since, shift), the latest first.

    Exact as long as no clock changes and changes back within a week.

    >>> [(from_micros(since).date(), us // 3_600_000_000)
    ...  for since, us in clock(1_506_816_000_000_000, "Europe/Amsterdam")[:2]]
    [(datetime.date(2017, 3, 26), 2), (datetime.date(2016, 10, 30), 1)]
    """
    first = (instant // SECOND_US) * SECOND_US - CLOCK_DAYS * DAY_US
    found: list[tuple[int, int]] = []
    late = instant
    while late > first:
        early = max(late - STEP_US, first)
        found += _changes(early, late, zone)
        late = early
    return (*found, (first, shift(first, zone)))


@lru_cache(maxsize=64)
def clock_days(instant: int, zone: str) -> tuple[tuple[date, int], ...]:
    """By local days: (first day that starts under a shift, shift), the latest first.

    Of a day that starts twice the first start counts. None at all where a clock is put forward over
    a midnight, so that a day may start at no midnight.

    >>> clock_days(1_506_816_000_000_000, "Europe/Amsterdam")[0]
    (datetime.date(2017, 3, 27), 7200000000)
    """
    changes = clock(instant, zone)
    found = []
    for (since, now), (_, before) in pairwise(changes):
        first = -(-(since + max(now, before)) // DAY_US)
        if now > before and -(-(since + before) // DAY_US) < first:
            return ()
        found.append((EPOCH_DAY + timedelta(days=first), now))
    return tuple(found)


def _changes(early: int, late: int, zone: str) -> list[tuple[int, int]]:
    """The changes in ``early < at <= late``, the latest first."""
    if shift(early, zone) == shift(late, zone):
        return []
    if late - early > DAY_US:
        middle = (early + late) // 2
        return _changes(middle, late, zone) + _changes(early, middle, zone)
    low, high = early, late
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shift(middle, zone) == shift(late, zone) else (middle, high)
    return [(high, shift(high, zone))]
