"""Values that rest on conditions: the case that holds, the score among others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.errors import InternalError
from stamgast.language.reference.conditions import at_midnight, condition, ranked_values
from stamgast.language.reference.formulas import formula
from stamgast.language.reference.rows import NEVER

if TYPE_CHECKING:
    from stamgast.language.ast import Case, Score
    from stamgast.language.reference.rows import Moment, Value


def case(chosen: Case, m: Moment) -> tuple[Value, int]:
    """The value of the first branch that holds.

    It is sure as long as that branch holds, none before it does, and its value is the same.
    """
    until = NEVER
    for branch in chosen.branches:
        holds, w = condition(branch.when, m)
        until = min(until, w)
        if holds:
            value, w = (None, NEVER) if branch.then is None else formula(branch.then, m)
            return value, min(until, w)
    value, w = (None, NEVER) if chosen.otherwise is None else formula(chosen.otherwise, m)
    return value, min(until, w)


def score(asked: Score, m: Moment) -> tuple[Value, int]:
    """The band of the profile, all of it as of the statistics' midnight; missing if not ranked."""
    if m.statistics is None:
        raise InternalError("a shop statistic inside a shop statistic")
    values = ranked_values((asked.of,), asked.among, at_midnight(m, m.statistics))
    if values is None:
        return None, NEVER
    table = m.statistics.scores[asked]
    return 1 + asked.bands * table.worse[0][values[0]] // table.size, NEVER
