"""Local times in SQL: of one that comes twice, when the clock goes back, the first is meant.

So it is in definitions and in instants that are asked. DuckDB takes the later one; few rows are of an
hour of the day in which a clock ever went back, and only those are looked at again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlglot import exp

from stamgast.collect.sql import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.sql.terms import Sql

OFFSET = "[+-]((0[0-9]|1[0-3])(:?[0-5][0-9])?|14(:?00)?)"
"""An offset from UTC as a regular expression; no clock of today is further away than 14 hours."""

_STEP = timedelta(days=7)
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_DAY_US = 86_400_000_000


def instant_of_local(naive: Sql, zone: str, bound: Sql) -> Sql:
    """The instant of a TIMESTAMP of a zone; ``bound``: the zone as a parameter."""
    later = fill("timezone(_zone, _x)", zone=bound, x=naive)
    hours = hours_that_come_twice(zone)
    if not hours:
        return later
    # with the offset of the day before, which is that from before the clock went back
    before = fill(f"make_timestamptz(epoch_us(_u) - {_DAY_US})", u=later)
    offset = fill("epoch_us(timezone(_zone, _b)) - epoch_us(_b)", zone=bound, b=before)
    first = fill("make_timestamptz(epoch_us(_x) - (_o))", x=naive, o=offset)
    twice = fill("_f < _u AND timezone(_zone, _f) = _x", f=first, u=later, zone=bound, x=naive)
    hour = exp.In(
        this=fill("hour(_x)", x=naive),
        expressions=[exp.Literal.number(one) for one in sorted(hours)],
    )
    return fill(
        "CASE WHEN _hour THEN CASE WHEN _twice THEN _first ELSE _later END ELSE _later END",
        hour=hour,
        twice=twice,
        first=first,
        later=later,
    )


@cache
def hours_that_come_twice(zone: str) -> frozenset[int]:
    """The hours of the day of which some time came twice in a zone, or will.

    >>> sorted(hours_that_come_twice("America/New_York"))
    [1]
    >>> hours_that_come_twice("UTC")
    frozenset()
    """
    hours: set[int] = set()
    for change, offset, shift in _backward(ZoneInfo(zone)):
        at = (change + offset).replace(tzinfo=None)
        end = at + shift
        while at < end:
            hours.add(at.hour)
            at += timedelta(minutes=1)
    return frozenset(hours)


def _backward(zone: ZoneInfo) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """When the clock goes back: the instant to a minute, the offset after it, and by how much."""
    low, before = _FIRST, _offset(zone, _FIRST)
    while low < _LAST:
        high = low + _STEP
        after = _offset(zone, high)
        if after < before:
            yield _found(zone, low, high), after, before - after
        low, before = high, after


def _found(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    old = _offset(zone, low)
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        if _offset(zone, middle) == old:
            low = middle
        else:
            high = middle
    return high.replace(second=0, microsecond=0)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
