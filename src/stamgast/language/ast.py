"""The checked AST of the definition language: what every engine is given.

Everything here has been resolved and typed by the reader: names exist, types fit, segments have no
cycles, literals are in the stored form of their type (money in minor units, durations and instants
in microseconds). Engines may rely on that and raise ``InternalError`` otherwise.
The meaning of each node is in ``docs/meaning.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.language.calendars import Calendar
from stamgast.language.types import scales

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from stamgast.language.types import Type
    from stamgast.model.log import Scalar, Source


# --- windows: which ages count -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """``0 <= t - at <= us``; ``us > 0``."""

    us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """``from_us < t - at <= to_us``; ``0 <= from_us < to_us``."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """``from_at <= at < until_at`` (either may be None) and ``at <= t``."""

    from_at: int | None
    until_at: int | None


Span: TypeAlias = "tuple[int, int]"
"""``from_at <= at < until_at``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class During:
    """``at`` lies in one of the spans, and ``at <= t``."""

    names: tuple[str, ...]
    """The seasons or sales."""
    year: int | None = None
    """The year of the occurrences; None: any."""
    spans: tuple[Span, ...]
    """Ascending; none touches the next."""


Window: TypeAlias = "Within | Between | Dates | During"


# --- rows and aggregates --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one source that pass a filter and lie in a window; ``window`` None: all up to t."""

    source: Source
    events: tuple[str, ...] = ()
    """Event names, sorted, without repeats, of source ``event``; the one name of source ``named``."""
    where: Condition | None = None
    """Over ``Property`` operands only; does not look at t."""
    window: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A row comes at the end of a local day, unless something happened by then."""

    day: str
    """The property of type DAY."""
    unless: tuple[str, ...]
    """Event names, sorted, without repeats."""
    same: str
    """The text property that both have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPart:
    """Events that are rows of named rows."""

    events: tuple[str, ...]
    """Sorted, without repeats."""
    where: Condition | None = None
    """Over ``Property`` operands only."""
    due: Due | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Events that close rows: those that have a property in common, else the latest."""

    events: tuple[str, ...]
    """Sorted, without repeats."""
    where: Condition | None = None
    same: tuple[str, ...] = ()
    """Text properties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRows:
    """Rows made of several events under one name; source ``named``, ``Rows.events`` the name.

    An event of a part with ``due`` is of no other part.
    """

    name: str
    one: Text
    many: Text
    about: Text | None = None
    parts: tuple[RowPart, ...]
    closed_by: Closing | None = None


AggregateOp: TypeAlias = Literal[
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "first",
    "last",
    "distinct",
    "most_frequent",
    "recurring",
    "mean_gap",
    "last_gap",
    "first_gap",
    "days",
    "visits",
    "visit_days",
    "only_season",
    "season_returns",
    "sale_first_days_hit",
    "sale_first_days_seen",
    "rhythm",
    "rhythm_day",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What a yearly rhythm is: see ``docs/meaning.md``."""

    slot_days: int
    slots: int
    recent_us: int
    reach_us: int
    least_days: int
    share: Fraction
    """0 < share <= 1."""
    share_from: int
    before_us: int = 0
    after_us: int = 0
    """``rhythm_day`` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One value over rows."""

    op: AggregateOp
    rows: Rows
    of: str | None = None
    """The property; None for those of whole rows (count, days, gaps and visits)."""
    of_type: Type | None = None
    """The property's declared type."""
    gap_us: int | None = None
    """For visits, visit_days and recurring, and with ``visit``: the pause that starts a new visit."""
    visit: Literal["first", "last"] | None = None
    """For first and last of events: of the rows of the first, or last, visit only."""
    lines: Rows | None = None
    """For recurring: lines of orders beside the events of ``rows``."""
    at_least: int | None = None
    """For recurring: in how many visits and orders; 1 or more."""
    last_only: bool = False
    """For recurring: only the value of the last row of ``rows``, which are events."""
    latest: int | None = None
    """For sale_first_days_hit and sale_first_days_seen: of how many first days."""
    rhythm: Rhythm | None = None
    """For rhythm and rhythm_day."""
    type: Type


# --- formulas ------------------------------------------------------------------------------------


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
    type: Type


Formula: TypeAlias = "Literal_ | TraitRef | AttributeRef | ShopTotal | Call"


# --- conditions ----------------------------------------------------------------------------------


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


# --- definitions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in both languages."""

    en: str
    nl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A computed value of a profile."""

    name: str
    label: Text
    expr: Expression
    type: Type
    uses_statistics: bool = False
    about: Text | None = None
    only_if: Condition | None = None
    """Where this does not hold the value is missing. The reader has already put it into every
    condition and formula that names the trait: only who shows the trait itself must look here."""
    value_labels: Mapping[str, Text] = field(default_factory=dict)
    """How the texts it gives are shown to people; a text that is not here is shown as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A named condition on a profile."""

    name: str
    label: Text
    about: Text | None
    where: Condition
    uses_statistics: bool = False
    """Whether a Top or Percentile is used, here or in a segment it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionValue:
    """A value that a text extension can have."""

    label: Text
    guidance: Text | None
    show: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What follows from carrying an extension; exclude beats include."""

    exclude_from: tuple[str, ...] = ()
    include_in: tuple[str, ...] = ()
    show: Mapping[str, str] = field(default_factory=dict)
    """Placement -> variant."""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A label that profiles can carry."""

    name: str
    label: Text
    about: Text | None
    type: Type | None
    """Of its value; None: it has none."""
    values: Mapping[str, ExtensionValue]
    """The allowed values of a text, weakest first as declared; empty: any."""
    guidance: Text | None
    treatment: Treatment
    expected: Condition | None
    """Who should carry it, for the report on completeness."""
    rule: Condition | None
    """It is carried while this holds, too."""
    wins_on_merge: bool
    """When persons become one, it stays if one of them carries it: a no is its holder's only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What people agree to."""

    name: str
    label: Text
    about: Text | None
    campaign: bool = True
    """Whether labels that leave out of campaigns, and an unsubscription, count for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTerm:
    """At least ``at_least`` purchases with ``t - at <= within_us``, and ``n`` in ``ever``.

    ``at_least`` 0: no window is asked (``within_us`` is None).
    """

    at_least: int
    within_us: int | None
    ever_min: int = 0
    ever_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRule:
    """A stage, when any of its terms holds (no terms: always)."""

    stage: str
    any_of: tuple[StageTerm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The stages: the first rule that holds gives the stage; the last rule always holds."""

    model: str
    rules: tuple[StageRule, ...]
    labels: Mapping[str, Text]
    """Stage names in the order they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """All that a shop runs on: traits and segments in dependency order, and the lifecycle."""

    traits: Mapping[str, Trait]
    segments: Mapping[str, Segment]
    lifecycle: Lifecycle
    order_properties: Mapping[str, Type] = field(default_factory=dict)
    event_properties: Mapping[str, Type] = field(default_factory=dict)
    attributes: Mapping[str, Type] = field(default_factory=dict)
    attribute_labels: Mapping[str, Text] = field(default_factory=dict)
    event_property_labels: Mapping[str, Text] = field(default_factory=dict)
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    consents: Mapping[str, Purpose] = field(default_factory=dict)
    rows: Mapping[str, NamedRows] = field(default_factory=dict)
    parameters: Mapping[str, bool | int | Decimal | str] = field(default_factory=dict)
    """As they are written, such as 4 or ``90d``: texts beside the definitions name them too."""
    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    calendar: Calendar = field(default_factory=Calendar)
    first_days: tuple[Span, ...] = ()
    """The first days of sales, by their end, no two with the same end: from the early access to the
    end of the first local day."""

    @property
    def scales(self) -> Mapping[Type, int]:
        """Units per whole of exact numbers, in this shop: see ``types.scales``."""
        return scales(self.currency)
