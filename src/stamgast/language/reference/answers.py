"""The answer of a definition for one profile at an instant, and until when it is sure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

from stamgast.language.answer import Answer
from stamgast.language.ast import Lifecycle, Segment, Trait
from stamgast.language.reference.conditions import condition, segment, stage
from stamgast.language.reference.formulas import formula
from stamgast.language.reference.rows import NEVER, exists, moment

if TYPE_CHECKING:
    from stamgast.language.answer import Statistics
    from stamgast.language.ast import Condition, Definitions
    from stamgast.language.reference.rows import Moment, Value
    from stamgast.model.log import Log

Asked: TypeAlias = "Trait | Segment | Lifecycle | Condition"


def answer(
    definition: Trait | Segment | Lifecycle,
    log: Log,
    statistics: Statistics,
    t: int,
    definitions: Definitions,
) -> Answer:
    """What the definition says of the profile at t, and until when that is sure."""
    here, value, until = over_time(definition, moment(definitions, log, statistics, t))
    if here and not isinstance(definition, Lifecycle) and definition.uses_statistics:
        until = min(until, statistics.next_midnight)
    return Answer(exists=here, value=value, valid_until=None if until == NEVER else until)


def over_time(asked: Asked, m: Moment) -> tuple[bool, Value, int]:
    """Existence and value at ``m.u``, and until when they are sure, rows dated ahead included."""
    ahead = m.turns[bisect_right(m.turns, m.u) :]
    chain = [base(asked, m.at(u)) for u in (m.u, *ahead)]
    here, value, _ = chain[0]
    until = NEVER
    for i, (existed, then, w) in enumerate(chain):
        following = ahead[i] if i < len(ahead) else NEVER
        if (existed, then) != (here, value):
            until = min(until, ahead[i - 1])
        if w < following:
            until = min(until, w)
    return here, value, until


def base(asked: Asked, m: Moment) -> tuple[bool, Value, int]:
    """Whether the profile exists at ``m.u``, the value, and ``w``, as if no later row were there."""
    if not exists(m):
        return False, None, NEVER
    match asked:
        case Trait(expr=expr, only_if=only_if):
            value, w = formula(expr, m)
            held, sure = (True, NEVER) if only_if is None else condition(only_if, m)
            return True, value if held else None, min(w, sure)
        case Segment(name=name):
            return True, *segment(name, m)
        case Lifecycle():
            return True, *stage(m)
        case _:
            return True, *condition(asked, m)
