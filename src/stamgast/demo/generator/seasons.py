"""The Dutch year of a shop: how busy each day is, the shop's own sales, and local time."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from stamgast.demo.generator.draws import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.demo.generator.draws import Ints

ZONE = "Europe/Amsterdam"
DAY_S = 86_400
FIRST_YEAR, LAST_YEAR = 2000, 2099
_START = date(FIRST_YEAR, 1, 1)
_EPOCH = date(1970, 1, 1)
_WEEK = (94, 90, 92, 100, 107, 118, 99)
"""Monday to Sunday, in percent."""
_MONTHS = (92, 90, 95, 100, 104, 98, 92, 88, 98, 102, 110, 108)
_HOURS = (2, 3, 5, 6, 6, 6, 6, 6, 6, 6, 5, 5, 7, 9, 9, 6, 3)
"""From seven in the morning to midnight."""
_OPENS = 7 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """One occurrence of a season: local days, both in."""

    name: str
    start: date
    end: date
    busy: int
    """Percent of an ordinary day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One sale of the shop: local days, both in. ``early``: when card holders may begin."""

    name: str
    start: date
    end: date
    early: date | None = None


def easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian algorithm (Nature, 20 April 1876).

    >>> easter(2024), easter(2025)
    (datetime.date(2024, 3, 31), datetime.date(2025, 4, 20))
    """
    golden, (century, rest) = year % 19, divmod(year, 100)
    leaps, odd = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quads, left = divmod(rest, 4)
    weekday = (32 + 2 * odd + 2 * quads - moon - left) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def nth(year: int, month: int, weekday: int, which: int) -> date:
    """The ``which``-th such weekday (Monday is 0) of a month.

    >>> nth(2025, 5, 6, 2)
    datetime.date(2025, 5, 11)
    """
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


def seasons(year: int) -> tuple[Season, ...]:
    """The seasons of a Dutch shop that begin in a year."""
    fortnight, sunday = timedelta(days=14), easter(year)
    mothers, fathers = nth(year, 5, 6, 2), nth(year, 6, 6, 3)
    friday = nth(year, 11, 3, 4) + timedelta(days=1)
    week = friday - timedelta(days=4)
    dates = (
        ("valentine", date(year, 2, 1), date(year, 2, 14), 112),
        ("easter", sunday - fortnight, sunday + timedelta(days=1), 106),
        ("mothers_day", mothers - fortnight, mothers, 125),
        ("fathers_day", fathers - fortnight, fathers, 118),
        ("back_to_school", date(year, 8, 1), date(year, 9, 15), 104),
        ("sinterklaas", date(year, 11, 15), date(year, 12, 5), 150),
        ("black_friday", week, week + timedelta(days=6), 175),
        ("christmas", date(year, 12, 6), date(year, 12, 26), 155),
    )
    return tuple(Season(name=n, start=a, end=b, busy=busy) for n, a, b, busy in dates)


def sales(year: int) -> tuple[Sale, ...]:
    """The sales of the shop that begin in a year, by start; five a year."""
    winter, spring = nth(year, 1, 5, 1), nth(year, 4, 3, 2)
    summer, autumn = nth(year, 7, 2, 1), nth(year, 10, 3, 1)
    friday = nth(year, 11, 3, 4) + timedelta(days=1)
    day = timedelta(days=1)
    return (
        Sale(name="winter", start=winter, end=winter + 27 * day, early=winter - day),
        Sale(name="spring", start=spring, end=spring + 10 * day),
        Sale(name="summer", start=summer, end=summer + 27 * day, early=summer - day),
        Sale(name="autumn", start=autumn, end=autumn + 10 * day),
        Sale(name="black_friday", start=friday, end=friday + 3 * day),
    )


def number(day: date) -> int:
    """Days since 1970."""
    return (day - _EPOCH).days


def day_of(days: int) -> date:
    """The day of a number of days since 1970."""
    return _EPOCH + timedelta(days=days)


def _occasions() -> Iterator[tuple[date, date, int]]:
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for season in seasons(year):
            yield season.start, season.end, season.busy
        for sale in sales(year):
            yield sale.start, sale.start, 170
            yield sale.start, sale.end, 118
            if sale.early is not None:
                yield sale.early, sale.early, 125
        yield date(year, 12, 25), date(year, 12, 26), 45


@functools.cache
def busy() -> Ints:
    """How busy each day from ``FIRST_YEAR`` on is; 1,000 is an ordinary one."""
    days = (date(LAST_YEAR, 12, 31) - _START).days + 1
    found = np.asarray(
        [
            _WEEK[day.weekday()] * _MONTHS[day.month - 1]
            for day in (_START + timedelta(days=n) for n in range(days))
        ],
        dtype=np.int64,
    )
    for start, end, percent in _occasions():
        span = slice((start - _START).days, (end - _START).days + 1)
        found[span] = found[span] * percent // 100
    return found // 10


class Pace:
    """The shop's own time, which runs faster on busy days.

    A customer who buys at an even pace in this time buys more in December. One unit is about a
    second of an ordinary day; ``week`` and ``years_3`` are such spans.
    """

    def __init__(self) -> None:
        """Made once."""
        days = busy() * 86
        self._edges = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(days)])
        years = int(self._edges[365 * 4 + 1])  # 2000 to 2003
        self.week = years * 7 // (365 * 4 + 1)
        self.years_3 = years * 3 // 4
        self._hours = _clock()

    def at(self, day: date) -> int:
        """The pace at the first moment of a day."""
        return int(self._edges[(day - _START).days])

    def local(self, pace: Ints) -> Ints:
        """Local seconds since 1970 (as if the zone were UTC), between seven and midnight."""
        day = np.searchsorted(self._edges, pace, side="right").astype(np.int64) - 1
        length = self._edges[day + 1] - self._edges[day]
        within = self._hours[(pace - self._edges[day]) * STEPS // length]
        found: Ints = (day + number(_START)) * DAY_S + within
        return found


def _clock() -> Ints:
    """Second of the day at each of ``STEPS`` even parts of its bustle."""
    edges = np.cumsum([0, *_HOURS]).astype(np.int64)
    part = np.arange(STEPS, dtype=np.int64) * int(edges[-1])
    hour = np.searchsorted(edges * STEPS, part, side="right").astype(np.int64) - 1
    weights = np.asarray(_HOURS, dtype=np.int64)[hour]
    return _OPENS + hour * 3600 + (part - edges[hour] * STEPS) * 3600 // (weights * STEPS)


@functools.cache
def _offsets() -> Ints:
    """Seconds from UTC at noon of each day from ``FIRST_YEAR`` on."""
    zone, noon = ZoneInfo(ZONE), time(12)
    days = len(busy())
    shifts = [
        datetime.combine(_START + timedelta(days=n), noon, tzinfo=zone).utcoffset()
        for n in range(days)
    ]
    return np.asarray([0 if s is None else s // timedelta(seconds=1) for s in shifts], np.int64)


def utc(local: Ints) -> Ints:
    """Seconds since 1970 UTC of local ones; of hours in which nobody changes a clock."""
    shifts: Ints = _offsets()[local // DAY_S - number(_START)]
    return local - shifts


def local_days(utc_s: Ints) -> Ints:
    """The local day, since 1970, of seconds since 1970 UTC."""
    day = (utc_s + 3600) // DAY_S
    found: Ints = (utc_s + _offsets()[day - number(_START)]) // DAY_S
    return found


def midnight(day: date) -> int:
    """The first second of a local day, UTC since 1970."""
    moment = datetime.combine(day, time(), tzinfo=ZoneInfo(ZONE))
    return int(moment.astimezone(UTC).timestamp())
