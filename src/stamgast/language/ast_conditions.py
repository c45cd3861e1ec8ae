"""Of the AST: conditions on a profile, and on the row at hand."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from stamgast.language.ast import AttributeRef, Literal_, Rows, TraitRef
    from stamgast.language.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of the row at hand, inside ``Rows.where``."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    """A shop number: the nearest-rank percentile of a trait among profiles, at last midnight."""

    percent: Fraction
    """0 < percent <= 100."""
    of: TraitRef
    among: Condition | None = None
    times: Fraction = Fraction(1)
    """What is compared with is so many times the number; more than 0, of an instant 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRef:
    """The value of an extension; missing when it is not carried or has none."""

    name: str
    type: Type
    per_holder: bool
    """Whether a no silences only the identity it was said under (``wins_on_merge``)."""


Operand: TypeAlias = "TraitRef | AttributeRef | Property | ExtensionRef"

CompareOp: TypeAlias = Literal[
    "is",
    "is_not",
    "in",
    "not_in",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
    "contains",
    "starts_with",
    "ends_with",
    "present",
    "missing",
    "older_than",
    "newer_than",
    "within_next",
    "anniversary_within_next",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """A comparison of one operand.

    ``values``: none for present and missing; two literals for between; one or more literals for in
    and not_in; one otherwise. A DURATION literal for the comparisons of an AGE and for older_than,
    newer_than, within_next and anniversary_within_next. With is, is_not, gt, gte, lt, lte the one
    value may be a ``TraitRef`` or a ``Percentile`` of the same type.
    """

    operand: Operand
    op: CompareOp
    values: tuple[Literal_ | TraitRef | Percentile, ...] = ()
    ignore_case: bool = False
    """Texts are compared with A-Z as a-z: only these letters, in every engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """What must (or must not) follow each row: a row at ``at <= f <= at + limit``."""

    negated: bool
    rows: Rows
    """Without a window."""
    limit_us: int | None
    """None: no limit, judged up to t."""
    strictly: bool = False
    """Of one instant only a row that is later in row order follows; both rows are of one source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """The number of rows lies in ``at_least .. at_most`` (inclusive; None: no upper bound)."""

    rows: Rows
    at_least: int
    at_most: int | None = None
    sequence: Sequence | None = None
    trait: str | None = None
    """The trait this was a comparison of, for explanations (``{trait: orders, gte: 3}``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InSegment:
    """Member of another segment at t."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InStage:
    """The lifecycle stage at t is one of these."""

    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carries:
    """An extension lives: some grant that is not silenced, or its rule while no no stands."""

    name: str
    per_holder: bool
    """As in ``ExtensionRef``; then there is no rule."""
    rule: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """Granted or soft opt-in for a purpose over a channel, for some address."""

    channel: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Known by more than a device; as is known now, whatever the instant."""

    kinds: tuple[str, ...] = ()
    """By one of these kinds of identifiers, sorted; empty: by any but a device's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """Among the best: judged at the last shop-local midnight.

    ``among`` (None: all existing profiles) with every ``by`` present is the population of N. The
    score of a profile is the sum over ``by`` of the number of the population that is strictly
    worse. Member: in the population, score >= the ceil(share x N)-th best, and ``provided`` holds.
    """

    share: Fraction
    """0 < share <= 1."""
    by: tuple[TraitRef, ...]
    among: Condition | None = None
    provided: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every one holds; of none: true."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one holds; of none: false."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """It does not hold (plain negation, two-valued)."""

    item: Condition


Condition: TypeAlias = "Compare | Did | InSegment | InStage | Carries | Consented | Identified | Top | All | AnyOf | Not"
