"""Values that rest on conditions: the case that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.reference.conditions import condition
from stamgast.language.reference.formulas import formula
from stamgast.language.reference.rows import NEVER

if TYPE_CHECKING:
    from stamgast.language.ast import Case
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
