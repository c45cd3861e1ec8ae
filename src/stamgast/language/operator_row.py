"""One row of the table of operators, and the sets of types that rows take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from stamgast.language.ast import Text
from stamgast.language.types import SUMMABLE, Type

STORED = frozenset(Type) - {Type.AGE}
"""Types that a value can be kept in."""

NUMERIC = SUMMABLE | {Type.NUMBER}
DATED = frozenset({Type.INSTANT, Type.DAY})
RANKED = NUMERIC | {Type.INSTANT, Type.DURATION}
"""Types a shop statistic can be made of."""

Arity: TypeAlias = Literal["none", "one", "list", "pair", "duration"]
"""What stands beside a comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator with all its faces.

    ``takes``: the types it works on; empty for operators on whole rows. ``gives``: the type of the
    result; None for the type it works on. ``phrase``: a template in both languages, with
    ``{subject}``, ``{value}``, ``{other}``, ``{rows}`` where they fit. ``about``: for editors and docs. ``example``: as it is written.
    """

    name: str
    takes: frozenset[Type]
    gives: Type | None
    about: str
    phrase: Text
    example: str
    dated: Text | None = None
    """The phrase for instants and days, where it is another one."""
    arity: Arity = "none"
    refers: bool = False
    """Whether the value may be another trait or a percentile."""


def said(en: str, nl: str) -> Text:
    """A phrase in both languages."""
    return Text(en=en, nl=nl)


def value(
    name: str,
    takes: frozenset[Type],
    gives: Type | None,
    phrase: tuple[str, str],
    about: str,
    example: str,
) -> Operator:
    """The row of an operator that gives a value."""
    return Operator(
        name=name,
        takes=takes,
        gives=gives,
        about=about,
        phrase=said(*phrase),
        example=example,
    )
