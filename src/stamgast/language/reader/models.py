"""The shape of definition files: one model per kind of thing that can be written.

These models check form: which keys go together, how a value is written. What names mean and
whether types fit is checked after (``traits``, ``conditions``). Their descriptions are the
editors' help and the language reference.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from stamgast.language.reader.calendar_models import (
    CalendarsSection,  # noqa: TC001 - a field, resolved when the model is built
)
from stamgast.language.reader.extension_models import (  # fields, resolved when models are built
    ExtensionType,  # noqa: TC001 - as said
    ExtensionValue,  # noqa: TC001
    PurposeModel,  # noqa: TC001
    Treatment,  # noqa: TC001
)
from stamgast.language.reader.forms import (
    Bands,
    Count,
    Duration,
    Factor,
    Flag,
    Labelled,
    Moment,
    Names,
    PercentilePoint,
    Plain,
    Share,
    Strict,
    Window,
    Words,
    head_of,
    kind_of,
)
from stamgast.language.reader.lifecycle_models import (
    LifecycleSection,  # noqa: TC001 - a field, resolved when the model is built
)
from stamgast.model.log import DAY_US

# --- conditions on the properties of a row --------------------------------------------------------


class Anniversary(Strict):
    """When the yearly return of a day comes."""

    within_next: Duration = Field(description="It is today or comes within this time.")


class Comparisons(Strict):
    """Comparisons; of several every one must hold. With a missing value a comparison is false."""

    is_: Value | None = Field(None, alias="is", description="Equal to this.")
    is_not: Value | None = Field(None, description="Not equal to this (also when missing).")
    in_: list[Plain] | None = Field(None, alias="in", min_length=1, description="One of these.")
    not_in: list[Plain] | None = Field(
        None, min_length=1, description="None of these (also when missing)."
    )
    gt: Value | None = Field(None, description="Greater than.")
    gte: Value | None = Field(None, description="Greater than or equal to.")
    lt: Value | None = Field(None, description="Less than.")
    lte: Value | None = Field(None, description="Less than or equal to.")
    between: list[Plain] | None = Field(
        None, min_length=2, max_length=2, description="From the first up to and including the last."
    )
    contains: Plain | None = Field(None, description="The text holds this (case matters).")
    starts_with: Plain | None = Field(None, description="The text begins with this.")
    ends_with: Plain | None = Field(None, description="The text ends with this.")
    ignore_case: Literal[True] | None = Field(
        None, description="The letters A-Z and a-z are the same in every comparison beside it."
    )
    present: bool | None = Field(None, description="true: there is a value; false: it is missing.")
    older_than: Duration | None = Field(None, description="The instant lies longer ago than this.")
    newer_than: Duration | None = Field(None, description="The instant lies this long ago or less.")
    within_next: Duration | None = Field(None, description="The instant comes within this time.")
    anniversary: Anniversary | None = Field(None, description="The yearly return of the day.")


class TraitValue(Strict):
    """Another trait as the value to compare with."""

    trait: str = Field(description="A trait of the same type.")


class PercentileValue(Strict):
    """A shop number to compare with: a percentile among profiles at the last local midnight."""

    percentile: PercentilePoint = Field(description="50 is the median (nearest rank).")
    of: str = Field(description="The trait.")
    among: Condition | None = Field(None, description="Among these profiles only; else among all.")
    times: Factor | None = Field(None, description="So many times the number, like 1.5 or 150%.")


def _value_kind(value: object) -> str:
    if isinstance(value, TraitValue):
        return "#trait"
    if isinstance(value, PercentileValue):
        return "#percentile"
    if isinstance(value, dict):
        return "#percentile" if "percentile" in value or "of" in value else "#trait"
    return "#scalar"


Value: TypeAlias = Annotated[
    Annotated[Plain, Tag("#scalar")]
    | Annotated[TraitValue, Tag("#trait")]
    | Annotated[PercentileValue, Tag("#percentile")],
    Discriminator(_value_kind),
]


RowTest: TypeAlias = Annotated[
    Annotated[Plain, Tag("#scalar")]
    | Annotated[list[Plain], Tag("#list"), Field(min_length=1)]
    | Annotated[Comparisons, Tag("#map")],
    kind_of({dict: "#map", Comparisons: "#map", list: "#list"}),
]


class RowWhere(BaseModel):
    """A filter on rows: property -> value, list of values, or comparisons. Every one must hold."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)
    __pydantic_extra__: dict[str, RowTest] = Field(init=False)

    all_: list[RowWhere] | None = Field(
        None, alias="all", min_length=1, description="Every one holds."
    )
    any_: list[RowWhere] | None = Field(
        None, alias="any", min_length=1, description="At least one holds."
    )
    not_: RowWhere | None = Field(None, alias="not", description="It does not hold.")


WhichVisit: TypeAlias = Literal["first", "last"]


LEFT_EDGE = (
    "With history_from set: missing for who first bought within this time of it, "
    "unless customer_since or orders_before is known."
)


class Windowed(Strict):
    """Which rows: a filter and a window. At most one of within, between, from/until and in."""

    within: Window | None = Field(None, description="Rows of the last so much time.")
    between: list[Duration] | None = Field(
        None,
        min_length=2,
        max_length=2,
        description="Rows older than the first and at most as old as the second.",
    )
    from_: Moment | None = Field(None, alias="from", description="Rows from this instant.")
    until: Moment | None = Field(None, description="Rows before this instant.")
    in_: Names | None = Field(
        None, alias="in", description="Rows during a season or sale, or one of several."
    )
    year: Count | None = Field(
        None, description="Beside `in`: only its occurrence of this year, that of its first day."
    )
    where: RowWhere | None = Field(None, description="Only rows that pass this filter.")


# --- traits ---------------------------------------------------------------------------------------


class CountTrait(Labelled, Windowed):
    """How many rows there are; 0 of nothing."""

    count: Names = Field(description="order, line, revenue, refund, or event names.")


class OfTrait(Labelled, Windowed):
    """An aggregate of a property."""

    of: Names = Field(description="Of what: order, line, revenue, refund, or event names.")


class SumTrait(OfTrait):
    """The sum of a property; 0 of nothing."""

    sum: str = Field(description="An integer, decimal or money property.")


class MeanTrait(OfTrait):
    """The mean of a property; missing of nothing."""

    mean: str = Field(description="An integer, decimal or money property.")


class MinTrait(OfTrait):
    """The least value of a property; missing of nothing."""

    min: str = Field(description="A property with an order.")


class MaxTrait(OfTrait):
    """The greatest value of a property; missing of nothing."""

    max: str = Field(description="A property with an order.")


class OfVisitTrait(OfTrait):
    """A value of one row, perhaps of one visit."""

    visit: WhichVisit | None = Field(
        None, description="Only rows of the first, or last, visit: of events, without a window."
    )
    gap: Window | None = Field(
        None, description="Beside `visit`: a pause of this long or longer starts a new one: 30m."
    )


class FirstTrait(OfVisitTrait):
    """The value of the first row, even if it is missing there."""

    first: str = Field(description="A property.")
    unless_left_edge: Window | None = Field(
        None,
        description=LEFT_EDGE,
    )


class LastTrait(OfVisitTrait):
    """The value of the last row, even if it is missing there."""

    last: str = Field(description="A property.")


class DistinctTrait(OfTrait):
    """The number of different values; 0 of nothing."""

    distinct: str = Field(description="A property.")


class MostFrequentTrait(OfTrait):
    """The value with most rows; of equals the one seen last."""

    most_frequent: str = Field(description="A property.")


class RecurringTrait(Labelled):
    """The value of a property that comes back in several visits or orders."""

    recurring: str = Field(description="A text property.")
    of: Names = Field(description="Event names, `line` for what was bought, or both.")
    at_least: Count = Field(description="In so many visits and orders together: 1 or more.")
    last_only: bool = Field(
        default=False, description="Only the value of the last event: what was seen last."
    )
    within: Window = Field(description="Visits and orders of the last so much time.")
    gap: Window = Field(
        1_800_000_000, description="A pause of this long or longer starts a new visit: 30m."
    )


class MeanGapTrait(Labelled, Windowed):
    """The mean time between the days with a row; missing on fewer than two days."""

    mean_gap: Names = Field(description="order, line, revenue, refund, or event names.")


class LastGapTrait(Labelled, Windowed):
    """The time between the last two days with a row; missing on fewer than two days."""

    last_gap: Names = Field(description="order, line, revenue, refund, or event names.")


class FirstGapTrait(Labelled, Windowed):
    """The time between the first two days with a row; missing on fewer than two days."""

    first_gap: Names = Field(description="order, line, revenue, refund, or event names.")


class DaysTrait(Labelled, Windowed):
    """The number of different local days with a row; 0 of nothing."""

    days: Names = Field(description="order, line, revenue, refund, or event names.")


class OfVisits(Labelled, Windowed):
    """What is said of visits: runs of events with pauses shorter than the gap."""

    gap: Window = Field(
        1_800_000_000, description="A pause of this long or longer starts a new visit: 30m."
    )


class VisitsTrait(OfVisits):
    """The number of visits: runs of events with pauses shorter than the gap."""

    visits: Names = Field(description="Event names.")


class VisitDaysTrait(OfVisits):
    """The number of different local days on which a visit starts."""

    visit_days: Names = Field(description="Event names.")


class OfAllRows(Labelled):
    """What is said of all rows up to now."""

    where: RowWhere | None = Field(None, description="Only rows that pass this filter.")


class OnlySeasonTrait(OfAllRows):
    """The season and year that all rows lie in, once it has ended: "christmas 2025"."""

    only_season: Names = Field(description="order, line, revenue, refund, or event names.")
    unless_left_edge: Window | None = Field(None, description=LEFT_EDGE)


class SeasonReturnsTrait(OfAllRows):
    """When the season of `only_season` next begins; missing without one."""

    season_returns: Names = Field(description="order, line, revenue, refund, or event names.")
    unless_left_edge: Window | None = Field(None, description=LEFT_EDGE)


class OfFirstDays(OfAllRows):
    """What is said of the first days of sales, from the early access to the end of the first day."""

    latest: Count = Field(
        6,
        description="Of the latest so many first days that had begun, 1 to 60; those that ended "
        "before the first row are left out.",
    )


class SaleFirstDaysHitTrait(OfFirstDays):
    """On how many of the latest first days of sales there was a row."""

    sale_first_days_hit: Names = Field(description="order, line, revenue, refund, or event names.")


class SaleFirstDaysSeenTrait(OfFirstDays):
    """How many of the latest first days of sales ended after the first row."""

    sale_first_days_seen: Names = Field(description="order, line, revenue, refund, or event names.")


class OfRhythm(OfAllRows):
    """What is said of a yearly rhythm: a few slots of the year that hold the days with a row."""

    slot: Window = Field(28 * DAY_US, description="How long a slot is, in whole days: 28d.")
    slots: Count = Field(2, description="At most so many slots, 1 to 4.")
    recent: Window = Field(365 * DAY_US, description="A slot has a row that is no older: 365d.")
    reach: Window = Field(
        1_095 * DAY_US, description="A slot has an older row too, no older than this: 1095d."
    )
    least_days: Count = Field(3, description="At least so many days with a row.")
    share: Share = Field(
        Fraction(80, 100), description="The slots hold this share of the days: 80% ..."
    )
    share_from: Count = Field(5, description="... from so many days on; of fewer days all.")


class RhythmTrait(OfRhythm):
    """The usual days of a yearly rhythm, month and day: "05-05 10-06"; missing without a rhythm."""

    rhythm: Names = Field(description="order, line, revenue, refund, or event names.")


class RhythmDayTrait(OfRhythm):
    """The usual day that comes next, or has come and is not done yet; missing without a rhythm."""

    rhythm_day: Names = Field(description="order, line, revenue, refund, or event names.")
    before: Window = Field(
        14 * DAY_US, description="A row so long before the day, or later, is that of the day: 14d."
    )
    after: Window = Field(
        21 * DAY_US, description="The day is waited for until so long after its midnight: 21d."
    )


class FormulaTrait(Labelled):
    """A value computed from other traits and attributes."""

    formula: Plain = Field(
        description="Arithmetic on traits and attribute.NAME, with coalesce, min, max, ratio, "
        "days_since and years_since."
    )


CaseValue: TypeAlias = Annotated[
    Annotated[Plain, Tag("#scalar")] | Annotated[TraitValue, Tag("#map")],
    kind_of({dict: "#map", TraitValue: "#map"}),
]
"""A plain value, or ``{trait: NAME}``."""


class CaseBranch(Strict):
    """A value, where a condition holds."""

    when: Conditions = Field(description="The condition; of a list every one must hold.")
    then: CaseValue = Field(description="The value: as it is written, or {trait: NAME}.")


class ScoreTrait(Labelled):
    """The band of the shop that a profile is in, as ranked at the last local midnight."""

    score: str = Field(description="The trait to rank by; more is better.")
    among: Condition | None = Field(None, description="Rank these profiles only; else all.")
    bands: Bands = Field(5, description="How many bands: 5.")


class CaseTrait(Labelled):
    """The value of the first branch that holds."""

    case: list[CaseBranch] = Field(
        min_length=1, description="Branches; the first that holds counts."
    )
    else_: CaseValue | None = Field(
        None, alias="else", description="The value where none holds; else it is missing there."
    )
    labels: dict[str, Words] | None = Field(
        None, description="How its texts are shown: value -> label."
    )
    type: CaseType | None = Field(
        None,
        description="The type of the values, where it does not follow from how they are written.",
    )


TRAIT_MODELS: dict[str, type[Labelled]] = {
    "count": CountTrait,
    "sum": SumTrait,
    "mean": MeanTrait,
    "min": MinTrait,
    "max": MaxTrait,
    "first": FirstTrait,
    "last": LastTrait,
    "distinct": DistinctTrait,
    "most_frequent": MostFrequentTrait,
    "recurring": RecurringTrait,
    "mean_gap": MeanGapTrait,
    "last_gap": LastGapTrait,
    "first_gap": FirstGapTrait,
    "days": DaysTrait,
    "visits": VisitsTrait,
    "visit_days": VisitDaysTrait,
    "only_season": OnlySeasonTrait,
    "season_returns": SeasonReturnsTrait,
    "sale_first_days_hit": SaleFirstDaysHitTrait,
    "sale_first_days_seen": SaleFirstDaysSeenTrait,
    "rhythm": RhythmTrait,
    "rhythm_day": RhythmDayTrait,
    "formula": FormulaTrait,
    "case": CaseTrait,
    "score": ScoreTrait,
}


TraitModel: TypeAlias = Annotated[
    Annotated[CountTrait, Tag("#count")]
    | Annotated[SumTrait, Tag("#sum")]
    | Annotated[MeanTrait, Tag("#mean")]
    | Annotated[MinTrait, Tag("#min")]
    | Annotated[MaxTrait, Tag("#max")]
    | Annotated[FirstTrait, Tag("#first")]
    | Annotated[LastTrait, Tag("#last")]
    | Annotated[DistinctTrait, Tag("#distinct")]
    | Annotated[MostFrequentTrait, Tag("#most_frequent")]
    | Annotated[RecurringTrait, Tag("#recurring")]
    | Annotated[MeanGapTrait, Tag("#mean_gap")]
    | Annotated[LastGapTrait, Tag("#last_gap")]
    | Annotated[FirstGapTrait, Tag("#first_gap")]
    | Annotated[DaysTrait, Tag("#days")]
    | Annotated[VisitsTrait, Tag("#visits")]
    | Annotated[VisitDaysTrait, Tag("#visit_days")]
    | Annotated[OnlySeasonTrait, Tag("#only_season")]
    | Annotated[SeasonReturnsTrait, Tag("#season_returns")]
    | Annotated[SaleFirstDaysHitTrait, Tag("#sale_first_days_hit")]
    | Annotated[SaleFirstDaysSeenTrait, Tag("#sale_first_days_seen")]
    | Annotated[RhythmTrait, Tag("#rhythm")]
    | Annotated[RhythmDayTrait, Tag("#rhythm_day")]
    | Annotated[CaseTrait, Tag("#case")]
    | Annotated[ScoreTrait, Tag("#score")]
    | Annotated[FormulaTrait, Tag("#formula")],
    Discriminator(lambda value: head_of(value, TRAIT_MODELS)),
]


# --- conditions -----------------------------------------------------------------------------------


class TraitCondition(Comparisons):
    """A trait compares so."""

    trait: str = Field(description="The trait.")


class AttributeCondition(Comparisons):
    """An attribute compares so."""

    attribute: str = Field(description="The attribute.")


class Follow(Strict):
    """What must, or must not, come after."""

    event: Names = Field(description="order, refund, or event names.")
    within: Window | None = Field(None, description="At the latest so long after; else ever.")
    where: RowWhere | None = Field(None, description="Only rows that pass this filter.")


class DidCondition(Windowed):
    """Did it so many times. Without a number: at least once."""

    did: Names = Field(description="order, refund, or event names.")
    at_least: Count | None = Field(
        None, description="At least so many times: 1, or 0 beside at_most alone."
    )
    at_most: Count | None = Field(None, description="At most so many times.")
    exactly: Count | None = Field(None, description="Exactly so many times.")
    followed_by: Follow | None = Field(None, description="Count rows that this comes after.")
    not_followed_by: Follow | None = Field(
        None, description="Count rows that this does not come after."
    )


class TopCondition(Strict):
    """Among the best of the shop, as judged at the last local midnight."""

    top: Share = Field(description="The best part of the profiles, like 20%.")
    by: Names = Field(description="The trait to rank by; of several the ranks are added up.")
    among: Condition | None = Field(None, description="Rank these profiles only; else all.")
    provided: Condition | None = Field(
        None, description="A member must satisfy this as well; it does not change the ranking."
    )


class StageCondition(Strict):
    """In this stage of the lifecycle, or one of these."""

    stage: Names = Field(description="A stage or a list of stages.")


class SegmentCondition(Strict):
    """A member of another segment."""

    segment: str = Field(description="The segment.")


class ExtensionCondition(Comparisons):
    """Carries an extension; with comparisons, its value compares so."""

    extension: str = Field(description="The extension.")


class ConsentCondition(Strict):
    """Agreed to a purpose over a channel."""

    consent: str = Field(description="Channel and purpose: email_marketing.")


class IdentifiedCondition(Strict):
    """Known by more than a device."""

    identified: Literal[True] = Field(
        description="Known by a customer number, card, e-mail address or phone number."
    )


class AlwaysCondition(Strict):
    """Always or never, as a parameter says."""

    always: Flag = Field(description="true: it holds for everybody; false: for nobody.")


class AllCondition(Strict):
    """Every one holds."""

    all_: list[Condition] = Field(alias="all", min_length=1, description="Conditions.")


class AnyCondition(Strict):
    """At least one holds."""

    any_: list[Condition] = Field(alias="any", min_length=1, description="Conditions.")


class NotCondition(Strict):
    """It does not hold."""

    not_: Condition = Field(alias="not", description="A condition.")


CONDITION_MODELS: dict[str, type[Strict]] = {
    "all": AllCondition,
    "any": AnyCondition,
    "not": NotCondition,
    "did": DidCondition,
    "top": TopCondition,
    "trait": TraitCondition,
    "attribute": AttributeCondition,
    "stage": StageCondition,
    "segment": SegmentCondition,
    "extension": ExtensionCondition,
    "consent": ConsentCondition,
    "identified": IdentifiedCondition,
    "always": AlwaysCondition,
}

Condition: TypeAlias = Annotated[
    Annotated[AllCondition, Tag("#all")]
    | Annotated[AnyCondition, Tag("#any")]
    | Annotated[NotCondition, Tag("#not")]
    | Annotated[DidCondition, Tag("#did")]
    | Annotated[TopCondition, Tag("#top")]
    | Annotated[TraitCondition, Tag("#trait")]
    | Annotated[AttributeCondition, Tag("#attribute")]
    | Annotated[StageCondition, Tag("#stage")]
    | Annotated[ExtensionCondition, Tag("#extension")]
    | Annotated[ConsentCondition, Tag("#consent")]
    | Annotated[IdentifiedCondition, Tag("#identified")]
    | Annotated[AlwaysCondition, Tag("#always")]
    | Annotated[SegmentCondition, Tag("#segment")],
    Discriminator(lambda value: head_of(value, CONDITION_MODELS)),
]

Conditions: TypeAlias = Annotated[
    Annotated[list[Condition], Tag("#list"), Field(min_length=1)]
    | Annotated[Condition, Tag("#one")],
    Discriminator(lambda value: "#list" if isinstance(value, list) else "#one"),
]


class SegmentModel(Labelled):
    """A named condition on a profile."""

    where: Conditions = Field(description="The condition; of a list every one must hold.")


# --- the file -------------------------------------------------------------------------------------

TypeName: TypeAlias = Literal[
    "integer", "money", "decimal", "number", "text", "boolean", "instant", "day"
]


CaseType: TypeAlias = Literal[
    "integer", "money", "decimal", "number", "text", "boolean", "instant", "day", "duration"
]


class Declared(Strict):
    """An attribute or event property with its type and a text."""

    type: TypeName = Field(description="The type of its values.")
    label: Words | None = Field(None, description="The name on screens.")


Declaration: TypeAlias = Annotated[
    Annotated[TypeName, Tag("#scalar")] | Annotated[Declared, Tag("#map")],
    kind_of({dict: "#map", Declared: "#map"}),
]
"""A type, or a type with a label."""


class ExtensionModel(Labelled):
    """A label that profiles can carry, by hand, import, program or rule."""

    type: ExtensionType = Field("none", description="The type of its value; none: it has no value.")
    values: dict[str, ExtensionValue | None] | None = Field(
        None, description="The allowed values of a text, lowest first."
    )
    guidance: Words | None = Field(
        None, description="What a colleague should know or do; shown wherever the label is."
    )
    treatment: Treatment | None = Field(None, description="What follows from carrying it.")
    expected: Conditions | None = Field(
        None, description="Who should carry it: the report on completeness lists who does not."
    )
    rule: Conditions | None = Field(
        None, description="It is carried while this holds, unless a hand said no."
    )
    wins_on_merge: bool = Field(
        default=False,
        description="When persons become one it stays if one of them carries it: a no counts only "
        "for the identity it was said under.",
    )


class DueModel(Strict):
    """The row comes at the end of a day, unless something happened by then."""

    day: str = Field(description="The property, a day, at whose end the row comes ...")
    unless: Names = Field(description="... unless one of these events came before it ...")
    same: str = Field(description="... with the same value of this property, a text.")


class RowPartModel(Strict):
    """Events that are rows."""

    event: Names = Field(description="Event names.")
    where: RowWhere | None = Field(None, description="Only events that pass this filter.")
    when: Flag = Field(default=True, description="false: this part is left out; for parameters.")
    due: DueModel | None = Field(None, description="The row comes later, when a day is over.")


class ClosedBy(Strict):
    """What closes rows: from then on they do not count."""

    event: Names = Field(description="Event names.")
    where: RowWhere | None = Field(None, description="Only events that pass this filter.")
    same: Names | None = Field(
        None,
        description="It closes the rows that have one of these properties in common with it; if there "
        "are none, the latest row.",
    )


class NamedRowsModel(Labelled):
    """Rows of several events under one name, for counts, aggregates and `did`."""

    plural: Words | None = Field(None, description="The name of several; else the label.")
    any_of: list[RowPartModel] = Field(min_length=1, description="What the rows are.")
    closed_by: ClosedBy | None = Field(None, description="What closes them.")


class DefinitionFile(Strict):
    """A definition file: any of these sections."""

    version: Literal[1] = Field(1, description="Version of the definition language.")
    parameters: dict[str, Plain] | None = Field(
        None, description="Values by name, used as $name anywhere a single value stands."
    )
    attributes: dict[str, Declaration] | None = Field(
        None, description="Attributes of a profile and their types."
    )
    events: dict[str, Declaration] | None = Field(
        None, description="Properties of events and their types, the same in every event."
    )
    rows: dict[str, NamedRowsModel] | None = Field(
        None, description="Rows of several events under one name."
    )
    traits: dict[str, TraitModel] | None = Field(None, description="Computed values of a profile.")
    segments: dict[str, SegmentModel] | None = Field(None, description="Named conditions.")
    calendars: CalendarsSection | None = Field(
        None, description="Seasons and sales, for windows like `in: black_friday`."
    )
    extensions: dict[str, ExtensionModel] | None = Field(
        None, description="Labels that profiles can carry."
    )
    consents: dict[str, PurposeModel] | None = Field(
        None, description="Purposes that people agree to, over each channel."
    )
    lifecycle: LifecycleSection | None = Field(None, description="The customer lifecycle.")


_RECURSIVE: tuple[type[BaseModel], ...] = (
    CaseBranch,
    *TRAIT_MODELS.values(),
    *CONDITION_MODELS.values(),
    Comparisons,
    PercentileValue,
    RowWhere,
    Follow,
    RowPartModel,
    ClosedBy,
    NamedRowsModel,
    SegmentModel,
    ExtensionModel,
    DefinitionFile,
)


@cache
def resolve() -> None:
    """Resolve what models name before it is defined; needed to look at their fields, not to read."""
    for model in _RECURSIVE:
        model.model_rebuild()
