"""The shape of definition files: one model per kind of thing that can be written.

These models check form: which keys go together, how a value is written. What names mean and
whether types fit is checked after (``traits``, ``conditions``). Their descriptions are the
editors' help and the language reference.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field, Tag

from stamgast.language.reader.calendar_models import (
    CalendarsSection,  # noqa: TC001 - a field, resolved when the model is built
)
from stamgast.language.reader.condition_models import (
    CONDITION_MODELS,
    AllCondition,
    AlwaysCondition,
    Anniversary,
    AnyCondition,
    AttributeCondition,
    Comparisons,
    Condition,
    Conditions,
    ConsentCondition,
    DidCondition,
    ExtensionCondition,
    Follow,
    IdentifiedCondition,
    NotCondition,
    PercentileValue,
    RowTest,
    RowWhere,
    SegmentCondition,
    StageCondition,
    TopCondition,
    TraitCondition,
    TraitValue,
    Value,
    Windowed,
)
from stamgast.language.reader.extension_models import (  # fields, resolved when models are built
    ExtensionType,  # noqa: TC001 - as said
    ExtensionValue,  # noqa: TC001 - as said
    PurposeModel,  # noqa: TC001 - as said
    Treatment,  # noqa: TC001 - as said
)
from stamgast.language.reader.forms import (
    Flag,
    Labelled,
    Names,
    OneOrMore,
    Strict,
    Words,
    kind_of,
)
from stamgast.language.reader.lifecycle_models import (
    LifecycleSection,  # noqa: TC001 - a field, resolved when the model is built
)
from stamgast.language.reader.trait_models import (
    LEFT_EDGE,
    TRAIT_MODELS,
    CaseBranch,
    CaseTrait,
    CaseType,
    CaseValue,
    CountTrait,
    DaysTrait,
    DistinctTrait,
    FirstGapTrait,
    FirstTrait,
    FormulaTrait,
    LastGapTrait,
    LastTrait,
    MaxTrait,
    MeanGapTrait,
    MeanTrait,
    MinTrait,
    MostFrequentTrait,
    OfAllRows,
    OfFirstDays,
    OfRhythm,
    OfTrait,
    OfVisits,
    OfVisitTrait,
    OnlySeasonTrait,
    RecurringTrait,
    RhythmDayTrait,
    RhythmTrait,
    SaleFirstDaysHitTrait,
    SaleFirstDaysSeenTrait,
    ScoreTrait,
    SeasonReturnsTrait,
    SumTrait,
    TraitModel,
    VisitDaysTrait,
    VisitsTrait,
    WhichVisit,
)

__all__ = [
    "CONDITION_MODELS",
    "LEFT_EDGE",
    "TRAIT_MODELS",
    "AllCondition",
    "AlwaysCondition",
    "Anniversary",
    "AnyCondition",
    "AttributeCondition",
    "AttributeDeclaration",
    "CaseBranch",
    "CaseTrait",
    "CaseType",
    "CaseValue",
    "ClosedBy",
    "Comparisons",
    "Condition",
    "Conditions",
    "ConsentCondition",
    "CountTrait",
    "DaysTrait",
    "Declaration",
    "Declared",
    "DeclaredAttribute",
    "DefinitionFile",
    "DidCondition",
    "DistinctTrait",
    "DueModel",
    "ExtensionCondition",
    "ExtensionModel",
    "FirstGapTrait",
    "FirstTrait",
    "Follow",
    "FormulaTrait",
    "IdentifiedCondition",
    "LastGapTrait",
    "LastTrait",
    "MaxTrait",
    "MeanGapTrait",
    "MeanTrait",
    "MinTrait",
    "MostFrequentTrait",
    "NamedRowsModel",
    "NotCondition",
    "OfAllRows",
    "OfFirstDays",
    "OfRhythm",
    "OfTrait",
    "OfVisitTrait",
    "OfVisits",
    "OnlySeasonTrait",
    "PercentileValue",
    "RecurringTrait",
    "RhythmDayTrait",
    "RhythmTrait",
    "RowPartModel",
    "RowTest",
    "RowWhere",
    "SaleFirstDaysHitTrait",
    "SaleFirstDaysSeenTrait",
    "ScoreTrait",
    "SeasonReturnsTrait",
    "SegmentCondition",
    "SegmentModel",
    "StageCondition",
    "SumTrait",
    "TopCondition",
    "TraitCondition",
    "TraitModel",
    "TraitValue",
    "TypeName",
    "Value",
    "VisitDaysTrait",
    "VisitsTrait",
    "WhichVisit",
    "Windowed",
    "resolve",
]


class SegmentModel(Labelled):
    """A named condition on a profile."""

    where: Conditions = Field(description="The condition; of a list every one must hold.")


# --- the file -------------------------------------------------------------------------------------

TypeName: TypeAlias = Literal[
    "integer", "money", "decimal", "number", "text", "boolean", "instant", "day"
]


class Declared(Strict):
    """An event property with its type and a text."""

    type: TypeName = Field(description="The type of its values.")
    label: Words | None = Field(None, description="The name on screens.")


class DeclaredAttribute(Declared):
    """An attribute with its type, a text, and who is believed first."""

    sources: Names | None = Field(
        None,
        description="The sources that go before all others, the first before the second, whatever the "
        "time; without it the latest word holds.",
    )


Declaration: TypeAlias = Annotated[
    Annotated[TypeName, Tag("#scalar")] | Annotated[Declared, Tag("#map")],
    kind_of({dict: "#map", Declared: "#map"}),
]
"""A type, or a type with a label."""
AttributeDeclaration: TypeAlias = Annotated[
    Annotated[TypeName, Tag("#scalar")] | Annotated[DeclaredAttribute, Tag("#map")],
    kind_of({dict: "#map", DeclaredAttribute: "#map"}),
]
"""A type, or a type with more."""


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
    latest: bool = Field(
        default=False,
        description="true: or a later event of this part with the same value, whose day then counts.",
    )


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
        description="It closes the rows that have one of these properties in common with it; one that "
        "has none of them itself closes the latest row.",
    )


class NamedRowsModel(Labelled):
    """Rows of several events under one name, for counts, aggregates and `did`."""

    plural: Words | None = Field(None, description="The name of several; else the label.")
    any_of: list[RowPartModel] = Field(min_length=1, description="What the rows are.")
    closed_by: ClosedBy | None = Field(None, description="What closes them.")


class DefinitionFile(Strict):
    """A definition file: any of these sections."""

    version: Literal[1] = Field(1, description="Version of the definition language.")
    parameters: dict[str, OneOrMore] | None = Field(
        None,
        description="Values by name, used as $name anywhere a single value stands, or a list of them where a list stands.",
    )
    attributes: dict[str, AttributeDeclaration] | None = Field(
        None, description="Attributes of a profile, their types, and which source goes first."
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
