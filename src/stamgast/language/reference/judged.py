"""Values that rest on conditions: the case that holds, the score among others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.reference.conditions import at_midnight, condition, ranked_values
from stamgast.language.reference.formulas import formula
from stamgast.language.reference.moments import NEVER, figures

if TYPE_CHECKING:
    from stamgast.language.ast import Case, Score
    from stamgast.language.reference.moments import Moment, Told


def case(chosen: Case, m: Moment) -> Told:
    """The value of the first branch that holds.

    It is sure as long as that branch holds, none before it does, and its value is the same.
    """
    until, given = NEVER, chosen.otherwise
    for branch in chosen.branches:
        holds, w = condition(branch.when, m)
        until = min(until, w)
        if holds:
            given = branch.then
            break
    value, w = formula(given, m)
    return value, min(until, w)


def score(asked: Score, m: Moment) -> Told:
    """The band of the profile, all of it as of the statistics' midnight; missing if not ranked."""
    values = ranked_values((asked.of,), asked.among, at_midnight(m))
    if values is None:
        return None, NEVER
    table = figures(m).scores[asked]
    return 1 + asked.bands * table.worse[0][values[0]] // table.size, NEVER
