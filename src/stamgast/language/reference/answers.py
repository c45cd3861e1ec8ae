"""The answer of a definition for one profile at an instant, and until when it is sure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

from stamgast.language.answer import Answer
from stamgast.language.ast import Lifecycle, Segment, Trait
from stamgast.language.reference.conditions import condition, stage
from stamgast.language.reference.formulas import formula
from stamgast.language.reference.moments import NEVER, exists, figures, moment

if TYPE_CHECKING:
    from stamgast.language.answer import Statistics
    from stamgast.language.ast import Condition, Definitions
    from stamgast.language.reference.moments import Moment, Value
    from stamgast.model.log import Log

Definition: TypeAlias = "Trait | Segment | Lifecycle"
Asked: TypeAlias = "Definition | Condition"


def answer(
    definition: Definition, log: Log, statistics: Statistics, t: int, definitions: Definitions
) -> Answer:
    """What the definition says of the profile at t, and until when that is sure."""
    return answer_at(definition, moment(definitions, log, statistics, t))


def answer_at(definition: Definition, m: Moment) -> Answer:
    """The same at a moment, which several questions about one profile may share."""
    here, value, until = over_time(definition, m)
    if here and not isinstance(definition, Lifecycle) and definition.uses_statistics:
        until = min(until, figures(m).next_midnight)
    return Answer(exists=here, value=value, valid_until=None if until == NEVER else until)


def over_time(asked: Asked, m: Moment) -> tuple[bool, Value, int]:
    """Existence and value at ``m.u``, and until when they are sure, rows dated ahead included."""
    here, value, w = base(asked, m)
    for u in m.turns[bisect_right(m.turns, m.u) :]:
        if w < u:
            break
        existed, then, w = base(asked, m.at(u))
        if (existed, then) != (here, value):
            return here, value, u
    return here, value, w


def base(asked: Asked, m: Moment) -> tuple[bool, Value, int]:
    """Whether the profile exists at ``m.u``, the value, and ``w``, as if no later row were there."""
    if not exists(m):
        return False, None, NEVER
    match asked:
        case Trait(expr=expr, only_if=only_if):
            (value, w), (held, sure) = formula(expr, m), condition(only_if, m)
            return True, value if held else None, min(w, sure)
        case Lifecycle():
            return True, *stage(m)
        case _:
            return True, *condition(asked.where if isinstance(asked, Segment) else asked, m)
