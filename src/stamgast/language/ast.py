"""The checked AST of the definition language: what every engine is given.

Everything here has been resolved and typed by the reader: names exist, types fit, segments have no
cycles, literals are in the stored form of their type (money in minor units, durations and instants
in microseconds). Engines may rely on that and raise ``InternalError`` otherwise.
The meaning of each node is in ``docs/meaning.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stamgast.language.ast_conditions import (
    All,
    AnyOf,
    Carries,
    Compare,
    CompareOp,
    Condition,
    Consented,
    Did,
    ExtensionRef,
    Identified,
    InSegment,
    InStage,
    Not,
    Operand,
    Percentile,
    Property,
    Sequence,
    Top,
)
from stamgast.language.ast_formulas import (
    AttributeRef,
    Branch,
    Call,
    Case,
    Expression,
    Formula,
    FormulaOp,
    Literal_,
    Score,
    ShopTotal,
    TraitRef,
)
from stamgast.language.ast_rows import (
    Aggregate,
    AggregateOp,
    Between,
    Closing,
    Dates,
    Due,
    During,
    NamedRows,
    Rhythm,
    RowPart,
    Rows,
    Span,
    Window,
    Within,
)
from stamgast.language.calendars import Calendar
from stamgast.language.types import scales

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from stamgast.language.types import Type

__all__ = [
    "Aggregate",
    "AggregateOp",
    "All",
    "AnyOf",
    "AttributeRef",
    "Between",
    "Branch",
    "Call",
    "Carries",
    "Case",
    "Closing",
    "Compare",
    "CompareOp",
    "Condition",
    "Consented",
    "Dates",
    "Definitions",
    "Did",
    "Due",
    "During",
    "Expression",
    "Extension",
    "ExtensionRef",
    "ExtensionValue",
    "Formula",
    "FormulaOp",
    "Identified",
    "InSegment",
    "InStage",
    "Lifecycle",
    "Literal_",
    "NamedRows",
    "Not",
    "Operand",
    "Percentile",
    "Property",
    "Purpose",
    "Rhythm",
    "RowPart",
    "Rows",
    "Score",
    "Segment",
    "Sequence",
    "ShopTotal",
    "Span",
    "StageRule",
    "StageTerm",
    "Text",
    "Top",
    "Trait",
    "TraitRef",
    "Treatment",
    "Window",
    "Within",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in both languages; ``text["nl"]`` is the Dutch one."""

    en: str
    nl: str

    def __getitem__(self, language: str) -> str:
        """The text in a language; of one that is neither the English."""
        return self.nl if language == "nl" else self.en


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
    attribute_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of attributes with a rule: the sources that go before others, the first before all."""
    attribute_labels: Mapping[str, Text] = field(default_factory=dict)
    event_property_labels: Mapping[str, Text] = field(default_factory=dict)
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    consents: Mapping[str, Purpose] = field(default_factory=dict)
    rows: Mapping[str, NamedRows] = field(default_factory=dict)
    parameters: Mapping[str, bool | int | Decimal | str | list[bool | int | Decimal | str]] = field(
        default_factory=dict
    )
    """As they are written, such as 4 or ``90d``: texts beside the definitions name them too."""
    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    renewals_are_purchases: bool = False
    """Whether renewals of subscriptions are orders: whoever keeps the log shows them so."""
    calendar: Calendar = field(default_factory=Calendar)
    first_days: tuple[Span, ...] = ()
    """The first days of sales, by their end, no two with the same end: from the early access to the
    end of the first local day."""

    @property
    def scales(self) -> Mapping[Type, int]:
        """Units per whole of exact numbers, in this shop: see ``types.scales``."""
        return scales(self.currency)
