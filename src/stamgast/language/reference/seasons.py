"""Seasons and sales: the only season that all rows lie in, and the first days of sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.reference.rows import NEVER, filtered

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate, Span
    from stamgast.language.calendars import Occurrence
    from stamgast.language.reference.rows import Moment, Value


def only_season(a: Aggregate, m: Moment) -> tuple[Value, int]:
    """``christmas 2025``, missing when there is none; and when it is another."""
    found, until = the_occurrence(a, m)
    return None if found is None else found.said, until


def season_returns(a: Aggregate, m: Moment) -> tuple[Value, int]:
    """When the next occurrence of that season begins, and when that is another instant."""
    found, until = the_occurrence(a, m)
    if found is None:
        return None, until
    season = m.definitions.calendar.seasons[found.name]
    begins = [one.from_at for one in season.occurrences if one.from_at > m.u]
    return min(begins, default=None), min([until, *begins])


def the_occurrence(a: Aggregate, m: Moment) -> tuple[Occurrence | None, int]:
    """The first in precedence that holds all rows and has ended; until one before it ends."""
    at = [row.at for row in filtered(a.rows, m)]
    every = m.definitions.calendar.occurrences
    around = [one for one in every if at and one.from_at <= at[0] and at[-1] < one.until_at]
    ended = [one for one in around if one.until_at <= m.u]
    before = around[: around.index(ended[0])] if ended else around
    return next(iter(ended), None), min((one.until_at for one in before), default=NEVER)


def sale_first_days(a: Aggregate, m: Moment) -> tuple[int, int]:
    """How many of the latest first days of sales were hit, or ended after the first row."""
    at = [row.at for row in filtered(a.rows, m)]
    begun = [span for span in m.definitions.first_days if span[0] <= m.u]
    seen = [span for span in begun if at and span[1] > at[0]][-(a.latest or 0) :]
    later = (since for since, _ in m.definitions.first_days if since > m.u)
    until = min(later, default=NEVER) if at else NEVER
    if a.op == "sale_first_days_seen":
        return len(seen), until
    return sum(any(_within(span, one) for one in at) for span in seen), until


def _within(span: Span, at: int) -> bool:
    return span[0] <= at < span[1]
