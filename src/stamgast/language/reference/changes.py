"""When an answer changes next, exactly: by asking at every instant at which anything can change.

It looks at no ``w``, so it can judge them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.ast import (
    Aggregate,
    Call,
    Carries,
    Compare,
    Did,
    ExtensionRef,
    Lifecycle,
    Rows,
    Segment,
    Sequence,
    Trait,
)
from stamgast.language.reference.answers import base
from stamgast.language.reference.conditions import compared_value, looks_at_time
from stamgast.language.reference.days import ONE_DAY, anniversaries, end_of, local_day, midnight
from stamgast.language.reference.formulas import formula, instant_of
from stamgast.language.reference.moments import NEVER, moment
from stamgast.language.reference.named import due_at
from stamgast.language.reference.rhythm import START, usual_places
from stamgast.language.reference.rows import stay
from stamgast.language.walk import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.answer import Statistics
    from stamgast.language.ast import Definitions, RowPart
    from stamgast.language.reference.answers import Asked
    from stamgast.language.reference.moments import Moment
    from stamgast.language.walk import Part
    from stamgast.model.log import Log

HORIZON_YEARS = 200
"""How far ahead anniversaries, which never end, are looked at."""


def next_change(
    asked: Asked, log: Log, statistics: Statistics, t: int, definitions: Definitions
) -> int | None:
    """The first instant after t at which the answer differs, statistics held; None: never.

    Exact by asking at every instant at which anything can change, in order; of anniversaries
    within 200 years.
    """
    return change_after(asked, moment(definitions, log, statistics, t))


def change_after(asked: Asked, m: Moment, *, not_before: int = -NEVER) -> int | None:
    """``next_change``; before ``not_before`` the answer is known not to change."""
    now = base(asked, m)[:2]
    for u in sorted(_candidates(asked, m)):
        if u > m.u and u >= not_before and base(asked, m.at(u))[:2] != now:
            return u
    return None


def _candidates(asked: Asked, m: Moment) -> set[int]:
    """Every instant after t at which any part of the definition can have another value."""
    every = [part for root in _roots(asked) for part in parts(root, m.definitions)]
    edges = {edge for part in every for edge in _edges(part, m.cut, m.definitions)} | set(m.turns)
    rows = {at for at in edges if m.u < at < NEVER}
    rows |= {at for u in (m.u, *rows) for part in every for at in _ends(part, m.at(u))}
    clocks = [part for part in every if _looks_at_clock(part)]
    crossings = {at for u in (m.u, *rows) for part in clocks for at in _crossings(part, m.at(u))}
    return rows | crossings


def _roots(asked: Asked) -> tuple[Part, ...]:
    match asked:
        case Trait(expr=expr, only_if=only_if):
            return (expr,) if only_if is None else (expr, only_if)
        case Segment(where=where):
            return (where,)
        case _:
            return (asked,)


def _edges(part: Part, log: Log, definitions: Definitions) -> set[int]:
    """Where rows can start or stop to count in a part by getting older."""
    match part:
        case Rows(window=window):
            came = _came_at(part, log, definitions)
            due = came if part.source == "named" else set()
            return due | {edge for at in came for edge in stay(at, window)}
        case Carries(name=name) | ExtensionRef(name=name):
            return {s.until for s in log.extensions if s.name == name and s.until is not None}
        case Did(rows=rows, sequence=Sequence(limit_us=int(limit))):
            return {at + limit + 1 for at in _came_at(rows, log, definitions)}
        case Aggregate():
            return _calendar_edges(part, log, definitions)
        case Lifecycle(rules=rules):
            spans = [term.within_us for rule in rules for term in rule.any_of]
            bought = _came_at(Rows(source="order"), log, definitions)
            return {at + span + 1 for at in bought for span in spans if span is not None}
        case _:
            return set()


def _calendar_edges(a: Aggregate, log: Log, definitions: Definitions) -> set[int]:
    """Where a season ends or begins, a sale begins, a row gets too old for a rhythm."""
    match a.op:
        case "only_season" | "season_returns":
            every, came = definitions.calendar.occurrences, _came_at(a.rows, log, definitions)
            around = [one for one in every if any(one.from_at <= at < one.until_at for at in came)]
            names = {one.name for one in around}
            begins = {one.from_at for one in every if one.name in names}
            return {one.until_at for one in around} | begins
        case "sale_first_days_hit" | "sale_first_days_seen":
            return {since for since, _ in definitions.first_days}
        case "rhythm" | "rhythm_day" if a.rhythm is not None:
            spans = (a.rhythm.recent_us, a.rhythm.reach_us)
            return {at + span + 1 for at in _came_at(a.rows, log, definitions) for span in spans}
        case _:
            return set()


def _ends(part: Part, m: Moment) -> Iterator[int]:
    """Where a usual day is waited for no longer."""
    if isinstance(part, Aggregate) and part.op == "rhythm_day" and part.rhythm is not None:
        zone, since = m.definitions.zone, local_day(m.u, m.definitions.zone)
        for place in usual_places(part, m)[0]:
            for day in anniversaries(START + place * ONE_DAY, since, years=5):
                yield midnight(day, zone) + part.rhythm.after_us + 1


def _came_at(rows: Rows, log: Log, definitions: Definitions) -> set[int]:
    """The instants of the rows of a source, filtered or not."""
    if rows.source == "named":
        every = definitions.rows[rows.events[0]].parts
        return {at for part in every for at in _part_came_at(part, log, definitions)}
    if rows.source == "event":
        return {event.at for event in log.events if event.name in rows.events}
    return {s.ordered_at for s in log.orders} | {r.at for r in log.refunds}


def _part_came_at(part: RowPart, log: Log, definitions: Definitions) -> Iterator[int]:
    for event in log.events:
        if event.name in part.events:
            due = part.due
            at = event.at if due is None else due_at(event, due, definitions.zone)
            if at is not None:
                yield at


def _looks_at_clock(part: Part) -> bool:
    if isinstance(part, Call):
        return part.op == "years_since"
    return isinstance(part, Compare) and looks_at_time(part)


def _crossings(part: Part, m: Moment) -> Iterator[int]:
    """Where a part that looks at the clock can turn, its values held as they are at ``m.u``."""
    zone = m.definitions.zone
    if isinstance(part, Call):
        x, _ = formula(part.args[0], m)
        if x is not None:
            yield from _anniversary_edges(instant_of(x, part.args[0].type, zone), 0, m)
    if isinstance(part, Compare):
        x, _ = formula(part.operand, m)
        spans = [compared_value(value, part.op, m)[0] for value in part.values]
        if x is None or None in spans:
            return
        at = instant_of(x, part.operand.type, zone)
        for span in spans:
            yield from (at + 1, at - span, at + span, at + span + 1)
            if part.op == "anniversary_within_next":
                yield from _anniversary_edges(at, span, m)


def _anniversary_edges(at: int, span: int, m: Moment) -> Iterator[int]:
    zone = m.definitions.zone
    for day in anniversaries(local_day(at, zone), local_day(m.u, zone), HORIZON_YEARS):
        yield from (midnight(day, zone) - span, end_of(day, zone), midnight(day, zone))
