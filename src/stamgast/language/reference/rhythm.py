"""A yearly rhythm: a few slots of the year that hold the days with a row (``docs/meaning.md``)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from stamgast.errors import InternalError
from stamgast.language.reference.days import ONE_DAY, anniversary, local_day, midnight
from stamgast.language.reference.moments import NEVER, next_after
from stamgast.language.reference.rows import filtered

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate, Rhythm
    from stamgast.language.reference.moments import Moment, Told

PLACES = 366
"""Days of the year, 29 February among them."""
START = date(2000, 1, 1)
"""Place 0, of a leap year."""
Day: TypeAlias = tuple[int, int]
"""A local day: its place in the year, 29 February among the places, and the year."""
Days: TypeAlias = dict[Day, list[int]]
"""Per local day the ages of its rows."""
Slots: TypeAlias = dict[int, list[Day]]
"""Per start the days that the slot holds."""


def rhythm(a: Aggregate, m: Moment) -> Told:
    """The usual days in the order of the year, ``05-05 10-06``; missing without a rhythm."""
    places, until = usual_places(a, m)
    days = [START + place * ONE_DAY for place in sorted(places)]
    return " ".join(f"{day.month:02}-{day.day:02}" for day in days) or None, until


def rhythm_day(a: Aggregate, m: Moment) -> Told:
    """The first usual day that is waited for, and until when that is sure."""
    r, zone = _asked(a), m.definitions.zone
    places, until = usual_places(a, m)
    year = local_day(m.u, zone).year
    usual = [START + place * ONE_DAY for place in places]
    days = [anniversary(day, year + more) for day in usual for more in (-1, 0, 1, 2)]
    starts = {day: midnight(day, zone) for day in days}
    come = [day for day in days if m.u - starts[day] <= r.after_us]
    rows = filtered(a.rows, m)
    waited = [day for day in come if rows[-1].at < starts[day] - r.before_us]
    first = min(waited, default=None)
    return first, until if first is None else min(until, starts[first] + r.after_us + 1)


def usual_places(a: Aggregate, m: Moment) -> tuple[list[int], int]:
    """The mean place of each slot, none when the slots do not hold enough of the days; and ``w``."""
    r = _asked(a)
    days: Days = {}
    for row in filtered(a.rows, m):
        if m.u - row.at <= r.reach_us:
            day = local_day(row.at, m.definitions.zone)
            place = (anniversary(day, START.year) - START).days
            days.setdefault((place, day.year), []).append(m.u - row.at)
    if len(days) < r.least_days:
        return [], NEVER
    spans = [us - age for ages in days.values() for age in ages for us in (r.recent_us, r.reach_us)]
    until = next_after(m.u, (m.u + span + 1 for span in spans))
    slots = _slots(days, r)
    held = sum(len(slot) for slot in slots.values())
    if held < (len(days) if len(days) < r.share_from else r.share * len(days)):
        return [], until
    offsets = {start: [(day[0] - start) % PLACES for day in slot] for start, slot in slots.items()}
    return [(start + sum(found) // len(found)) % PLACES for start, found in offsets.items()], until


def _slots(days: Days, r: Rhythm) -> Slots:
    """Greedily: the slot with most rows that no slot holds yet, of equals the first of the year."""
    slots: Slots = {}
    for start in range(PLACES):
        held = [day for day in days if (day[0] - start) % PLACES < r.slot_days]
        ages = [age for day in held for age in days[day]]
        # A slot comes back: of its days one is recent and one, another or the same, is not
        if ages and min(ages) <= r.recent_us < max(ages):
            slots[start] = held
    found: Slots = {}
    while slots and len(found) < r.slots:
        best = max(slots, key=lambda start: sum(len(days[day]) for day in slots[start]))
        if not slots[best]:
            break
        found[best] = slots[best]
        slots = {start: [d for d in held if d not in found[best]] for start, held in slots.items()}
    return found


def _asked(a: Aggregate) -> Rhythm:
    if a.rhythm is None:
        raise InternalError("a rhythm without its parameters")
    return a.rhythm
