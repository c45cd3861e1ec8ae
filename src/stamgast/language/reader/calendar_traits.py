"""Traits of seasons, sales and yearly rhythms: forms to checked AST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.ast import Aggregate, Rhythm, Rows
from stamgast.language.lines import only_goods
from stamgast.language.operators import AGGREGATES
from stamgast.language.reader import models
from stamgast.language.reader.rows import row_condition, source_of
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from stamgast.language.ast import AggregateOp
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.scope import Scope

MOST_FIRST_DAYS = 60
"""One bit each, in a whole number of 64."""
MOST_SLOTS = 4
LONGEST_SLOT = 183
MOST_DAYS = 180
"""Of waiting for a usual day, before and after: so that only days of the years around matter."""


def calendar_aggregate(
    op: AggregateOp, form: models.OfAllRows, scope: Scope, place: Place
) -> Aggregate | None:
    """An aggregate of all rows that looks at the calendar; None with issues."""
    source = source_of(getattr(form, op), scope, place.at(op))
    if source is None:
        return None
    if source[0] == "named":
        message = f"`{op}` is of order, revenue, refund or events, not of `{source[1][0]}`"
        scope.issues.add(place.at(op), "source", message, "name the events")
        return None
    where = None
    if form.where is not None:
        where = row_condition(form.where, source[0], scope, place.at("where"))
        if where is None:
            return None
    if source[0] == "line":
        where = only_goods(where)
    latest = form.latest if isinstance(form, models.OfFirstDays) else None
    if latest is not None and not 1 <= latest <= MOST_FIRST_DAYS:
        message = f"`latest` is 1 to {MOST_FIRST_DAYS}, not {latest}"
        scope.issues.add(place.at("latest"), "range", message, "write it like 6")
        return None
    rhythm = None
    if isinstance(form, models.OfRhythm):
        rhythm = _rhythm(form, scope, place)
        if rhythm is None:
            return None
    result = AGGREGATES[op].gives
    assert result is not None  # noqa: S101 - of whole rows the type is fixed
    rows = Rows(source=source[0], events=source[1], where=where)
    return Aggregate(op=op, rows=rows, latest=latest, rhythm=rhythm, type=result)


def _rhythm(form: models.OfRhythm, scope: Scope, place: Place) -> Rhythm | None:
    wait = form if isinstance(form, models.RhythmDayTrait) else None
    before, after = (0, 0) if wait is None else (wait.before, wait.after)
    tests = (
        ("slot", form.slot % DAY_US == 0, "a slot is whole days", "write it like 28d"),
        (
            "slot",
            form.slot <= LONGEST_SLOT * DAY_US,
            f"a slot is at most {LONGEST_SLOT} days",
            "write it like 28d",
        ),
        ("slots", 1 <= form.slots <= MOST_SLOTS, f"slots are 1 to {MOST_SLOTS}", "write it like 2"),
        (
            "reach",
            form.recent < form.reach,
            "`reach` is longer than `recent`",
            "write it like recent: 365d, reach: 1095d",
        ),
        ("least_days", form.least_days >= 1, "least_days is 1 or more", "write it like 3"),
        (
            "before",
            max(before, after) <= MOST_DAYS * DAY_US,
            f"before and after are at most {MOST_DAYS} days",
            "write it like 14d",
        ),
    )
    wrong = [(key, message, hint) for key, sound, message, hint in tests if not sound]
    for key, message, hint in wrong:
        scope.issues.add(place.at(key), "range", message, hint)
    if wrong:
        return None
    return Rhythm(
        slot_days=form.slot // DAY_US,
        slots=form.slots,
        recent_us=form.recent,
        reach_us=form.reach,
        least_days=form.least_days,
        share=form.share,
        share_from=form.share_from,
        before_us=before,
        after_us=after,
    )
