"""The shape of traits: see ``models``."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from stamgast.language.reader.condition_models import (
    Condition,
    Conditions,
    RowWhere,
    TraitValue,
    Windowed,
)
from stamgast.language.reader.forms import (
    Bands,
    Count,
    Labelled,
    Names,
    Plain,
    Share,
    Strict,
    Window,
    Words,
    head_of,
    kind_of,
)
from stamgast.model.log import DAY_US

WhichVisit: TypeAlias = Literal["first", "last"]


LEFT_EDGE = (
    "With history_from set: missing for who first bought within this time of it, "
    "unless customer_since or orders_before is known."
)


CaseType: TypeAlias = Literal[
    "integer", "money", "decimal", "number", "text", "boolean", "instant", "day", "duration"
]


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
    since: Names | None = Field(
        None, description="Only what was seen after the last of these: `order`, or event names."
    )
    visits_of: Names | None = Field(
        None,
        description="Event names that make a visit, beside those of `of`; without it those of `of` alone.",
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
    unless_left_edge: Window | None = Field(None, description=LEFT_EDGE)


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
