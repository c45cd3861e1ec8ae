"""The shape of conditions, on a profile and on a row, and of windows: see ``models``."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from stamgast.language.reader.forms import (
    Count,
    Duration,
    Factor,
    Flag,
    Moment,
    Names,
    OneOrMore,
    PercentilePoint,
    Plain,
    Plains,
    Share,
    Strict,
    Window,
    head_of,
    kind_of,
)

# --- conditions on the properties of a row --------------------------------------------------------


class Anniversary(Strict):
    """When the yearly return of a day comes."""

    within_next: Duration = Field(description="It is today or comes within this time.")


class Comparisons(Strict):
    """Comparisons; of several every one must hold. With a missing value a comparison is false."""

    is_: Value | None = Field(None, alias="is", description="Equal to this.")
    is_not: Value | None = Field(None, description="Not equal to this (also when missing).")
    in_: Plains | None = Field(None, alias="in", description="One of these.")
    not_in: Plains | None = Field(None, description="None of these (also when missing).")
    gt: Value | None = Field(None, description="Greater than.")
    gte: Value | None = Field(None, description="Greater than or equal to.")
    lt: Value | None = Field(None, description="Less than.")
    lte: Value | None = Field(None, description="Less than or equal to.")
    between: list[Plain] | None = Field(
        None, min_length=2, max_length=2, description="From the first up to and including the last."
    )
    contains: Plain | None = Field(None, description="The text holds this (case matters).")
    starts_with: OneOrMore | None = Field(
        None, description="The text begins with this, or with one of these."
    )
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
    strictly: Flag = Field(
        default=False,
        description="Of events of one instant only those later in the order of rows follow, so that "
        "one of them is the last; both sides are events.",
    )


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

    identified: bool | Names = Field(
        description="true: by any identifier but a device's; else by one of these kinds: "
        "customer_id, loyalty_card, email, phone."
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
