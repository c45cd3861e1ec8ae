"""A yearly rhythm: a few slots of the year that hold the days with a row (``docs/meaning.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from stamgast.errors import InternalError
from stamgast.language.reference.days import ONE_DAY, anniversary, local_day, midnight
from stamgast.language.reference.rows import NEVER, filtered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Aggregate, Rhythm
    from stamgast.language.reference.rows import Moment, Row

PLACES = 366
"""Days of the year, 29 February among them."""
LEAP_YEAR = 2000
START = date(LEAP_YEAR, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWithRows:
    """A local day with rows: its place in the year (0 is 1 January), and the rows within reach."""

    place: int
    rows: int
    recent: bool
    """Whether one of them is recent."""
    older: bool
    """Whether one of them is not."""


def rhythm(a: Aggregate, m: Moment) -> tuple[str | None, int]:
    """The usual days in the order of the year, ``05-05 10-06``; missing without a rhythm."""
    usual = usual_places(a, m)
    days = [START + place * ONE_DAY for place in sorted(usual)]
    said = " ".join(f"{day.month:02}-{day.day:02}" for day in days)
    return said or None, _edge(a, m)


def rhythm_day(a: Aggregate, m: Moment) -> tuple[date | None, int]:
    """The first usual day that is waited for, and until when that is sure."""
    r, zone = _parameters(a), m.definitions.zone
    rows = filtered(a.rows, m)
    this_year = local_day(m.u, zone).year
    days = [
        anniversary(START + place * ONE_DAY, year)
        for place in usual_places(a, m)
        for year in range(this_year - 1, this_year + 3)
    ]
    waited = [
        day
        for day in days
        if m.u - midnight(day, zone) <= r.after_us
        and rows[-1].at < midnight(day, zone) - r.before_us
    ]
    first = min(waited, default=None)
    if first is None:
        return None, _edge(a, m)
    return first, min(_edge(a, m), midnight(first, zone) + r.after_us + 1)


def usual_places(a: Aggregate, m: Moment) -> list[int]:
    """The mean place of each slot; none when the slots do not hold enough of the days."""
    r = _parameters(a)
    days = _days(a, m)
    slots = _slots(days, r)
    held = sum(len(slot) for _, slot in slots)
    enough = held == len(days) if len(days) < r.share_from else held >= r.share * len(days)
    if len(days) < r.least_days or not enough:
        return []
    return [(start + _mean_offset(start, slot)) % PLACES for start, slot in slots]


def _mean_offset(start: int, slot: Sequence[DayWithRows]) -> int:
    return sum(_offset(start, day) for day in slot) // len(slot)


def _slots(days: list[DayWithRows], r: Rhythm) -> list[tuple[int, list[DayWithRows]]]:
    """Greedily: the slot with most rows that no slot holds yet, of equals the first of the year."""
    starts = [start for start in range(PLACES) if _is_slot([d for d in days if _in(start, d, r)])]
    found: list[tuple[int, list[DayWithRows]]] = []
    left = days
    while left and starts and len(found) < r.slots:
        best = max(starts, key=lambda start: sum(d.rows for d in left if _in(start, d, r)))
        held = [d for d in left if _in(best, d, r)]
        if not held:
            break
        found.append((best, held))
        left = [d for d in left if d not in held]
    return found


def _is_slot(days: list[DayWithRows]) -> bool:
    return any(d.recent for d in days) and any(d.older for d in days)


def _in(start: int, day: DayWithRows, r: Rhythm) -> bool:
    return _offset(start, day) < r.slot_days


def _offset(start: int, day: DayWithRows) -> int:
    return (day.place - start) % PLACES


def _days(a: Aggregate, m: Moment) -> list[DayWithRows]:
    """The local days of the rows within reach."""
    r = _parameters(a)
    by_day: dict[date, list[Row]] = {}
    for row in _reached(a, m):
        by_day.setdefault(local_day(row.at, m.definitions.zone), []).append(row)
    found = []
    for day, rows in by_day.items():
        recent = [m.u - row.at <= r.recent_us for row in rows]
        place = (anniversary(day, LEAP_YEAR) - START).days
        found.append(
            DayWithRows(place=place, rows=len(rows), recent=any(recent), older=not all(recent))
        )
    return found


def _reached(a: Aggregate, m: Moment) -> list[Row]:
    return [row for row in filtered(a.rows, m) if m.u - row.at <= _parameters(a).reach_us]


def _edge(a: Aggregate, m: Moment) -> int:
    """When a row next stops to be recent or within reach; never with too few days to matter."""
    r = _parameters(a)
    if len(_days(a, m)) < r.least_days:
        return NEVER
    ends = [row.at + us + 1 for row in _reached(a, m) for us in (r.recent_us, r.reach_us)]
    return min(end for end in ends if end > m.u)


def _parameters(a: Aggregate) -> Rhythm:
    if a.rhythm is None:
        raise InternalError("a rhythm without its parameters")
    return a.rhythm
