"""When an answer changes next, exactly: by asking at every instant at which anything can change.

It looks at no ``w``, so it can judge them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.ast import Call, Compare, Lifecycle, Rows, Segment, Sequence, Trait
from stamgast.language.reference.answers import base
from stamgast.language.reference.conditions import compared_value, looks_at_time, operand
from stamgast.language.reference.days import anniversaries, end_of, local_day, midnight
from stamgast.language.reference.formulas import formula, instant_of
from stamgast.language.reference.rows import NEVER, Moment, instants, said, window_edges
from stamgast.language.reference.walk import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.answer import Statistics
    from stamgast.language.ast import Definitions
    from stamgast.language.reference.answers import Asked
    from stamgast.language.reference.walk import Part
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
    return change_after(
        asked, Moment(definitions=definitions, log=said(log, t), statistics=statistics, u=t)
    )


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
    row_instants = instants(m.log) | {s.ordered_at for s in m.log.orders}
    turns = row_instants | {
        edge for at in row_instants for part in every for edge in _edges(at, part)
    }
    turns = {at for at in turns if at > m.u}
    for u in (m.u, *turns):
        turns = turns | {at for part in every for at in _crossings(part, m.at(u))}
    return turns


def _roots(asked: Asked) -> tuple[Part, ...]:
    match asked:
        case Trait(expr=expr, only_if=only_if):
            return (expr,) if only_if is None else (expr, only_if)
        case Segment(where=where):
            return (where,)
        case _:
            return (asked,)


def _edges(at: int, part: Part) -> list[int]:
    """Where a row of this instant can start or stop to count by getting older."""
    match part:
        case Rows(window=window):
            return window_edges(at, window)
        case Sequence(limit_us=int(limit)):
            return [at + limit + 1]
        case Lifecycle(rules=rules):
            spans = [term.within_us for rule in rules for term in rule.any_of]
            return [at + span + 1 for span in spans if span is not None]
        case _:
            return []


def _crossings(part: Part, m: Moment) -> Iterator[int]:
    """Where a part that looks at the clock can turn, its values held as they are at ``m.u``."""
    zone = m.definitions.zone
    if isinstance(part, Call) and part.op == "years_since":
        x, _ = formula(part.args[0], m)
        if x is not None:
            yield from _anniversary_edges(instant_of(x, part.args[0].type, zone), 0, m)
    if isinstance(part, Compare) and looks_at_time(part):
        x, _ = operand(part, m)
        spans = [compared_value(value, m)[0] for value in part.values]
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
