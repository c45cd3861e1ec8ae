"""Of the AST: what a trait can be: formulas, and values that rest on conditions or on the whole shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate, Condition
    from stamgast.language.types import Type
    from stamgast.model.log import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal_:  # noqa: N801 - the name without the underscore is typing's
    """A constant in the stored form of its type."""

    value: Scalar
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitRef:
    """The value of another trait."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRef:
    """The value of an attribute: of its latest statement at t."""

    name: str
    type: Type


FormulaOp: TypeAlias = Literal[
    "add",
    "subtract",
    "multiply",
    "divide",
    "negate",
    "ratio",
    "min",
    "max",
    "coalesce",
    "whole",
    "site",
    "days_since",
    "years_since",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An operation on formulas; ``ratio`` and ``divide`` are one double division of exact numbers.

    The third argument of a ``ratio``, if there is one, is a positive literal that multiplies it.
    """

    op: FormulaOp
    args: tuple[Formula, ...]
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopTotal:
    """A shop number: the sum of a trait over all existing profiles, at last midnight."""

    of: TraitRef
    among: Condition | None
    """Where the trait is not held back; None: among all."""
    nobody: bool = False
    """Whether what nobody is known of is added: the trait counts or sums orders, lines or refunds."""
    type: Type


Formula: TypeAlias = "Literal_ | TraitRef | AttributeRef | ShopTotal | Call"


# --- values that rest on conditions ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A value, where a condition holds; None: missing there."""

    when: Condition
    then: Literal_ | TraitRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The value of the first branch that holds, else ``otherwise``."""

    branches: tuple[Branch, ...]
    otherwise: Literal_ | TraitRef | None
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """``1 + floor(bands x share of the population that is strictly worse)``, at last midnight.

    The population are the existing profiles with ``among`` that have the trait; for who is not of
    it the score is missing. ``of`` is that of the midnight too.
    """

    of: TraitRef
    among: Condition | None
    bands: int
    type: Type


Expression: TypeAlias = "Aggregate | Formula | Case | Score"
"""What a trait can be."""
