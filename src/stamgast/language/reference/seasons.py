"""Seasons and sales: the only season that all rows lie in, and the first days of sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.reference.moments import NEVER, next_after
from stamgast.language.reference.rows import filtered

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate
    from stamgast.language.calendars import Occurrence
    from stamgast.language.reference.moments import Moment, Told


def only_season(a: Aggregate, m: Moment) -> Told:
    """``christmas 2025``, missing when there is none; and when it is another."""
    found, until = the_occurrence(a, m)
    return None if found is None else found.said, until


def season_returns(a: Aggregate, m: Moment) -> Told:
    """When the next occurrence of that season begins, and when that is another instant."""
    found, until = the_occurrence(a, m)
    if found is None:
        return None, until
    every = m.definitions.calendar.seasons[found.name].occurrences
    begins = next_after(m.u, (one.from_at for one in every))
    return None if begins == NEVER else begins, min(until, begins)


def the_occurrence(a: Aggregate, m: Moment) -> tuple[Occurrence | None, int]:
    """The first in precedence that holds all rows and has ended; until one before it ends."""
    at = [row.at for row in filtered(a.rows, m)]
    every = m.definitions.calendar.occurrences
    around = [one for one in every if at and one.from_at <= at[0] and at[-1] < one.until_at]
    ended = [one for one in around if one.until_at <= m.u]
    before = around[: around.index(ended[0])] if ended else around
    return next(iter(ended), None), min((one.until_at for one in before), default=NEVER)


def sale_first_days(a: Aggregate, m: Moment) -> Told:
    """How many of the latest first days of sales were hit, or ended after the first row."""
    at = [row.at for row in filtered(a.rows, m)]
    if not at:
        return 0, NEVER
    days = m.definitions.first_days
    seen = [(since, until) for since, until in days if since <= m.u and until > at[0]]
    latest = seen[-(a.latest or 0) :]
    hit = [day for day in latest if any(day[0] <= one < day[1] for one in at)]
    counted = hit if a.op == "sale_first_days_hit" else latest
    return len(counted), next_after(m.u, (since for since, _ in days))
