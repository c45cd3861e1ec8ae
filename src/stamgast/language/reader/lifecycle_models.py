"""The shape of the section ``lifecycle`` of definition files."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from stamgast.language.reader.forms import Count, Labelled, Strict, Window, Words, head_of, kind_of


class RecencyBand(Strict):
    """The stage while the last purchase is at most so long ago."""

    up_to: Window | None = Field(
        None, description="Up to this long since the last purchase; the last band has none."
    )
    stage: str = Field(description="The stage.")


class PurchaseBand(Strict):
    """The stages of those with so many purchases, up to where the next band begins."""

    from_purchases: Count = Field(description="From this many purchases; the first band from 0.")
    stages: Annotated[
        Annotated[str, Tag("#scalar")]
        | Annotated[list[RecencyBand], Tag("#list"), Field(min_length=1)],
        kind_of({list: "#list"}),
    ] = Field(description="One stage, or bands of time since the last purchase, shortest first.")


class Term(Strict):
    """At least so many purchases in a window, or ever."""

    purchases: Count | None = Field(None, description="At least so many purchases ...")
    within: Window | None = Field(None, description="... in the last so much time.")
    ever: Count | None = Field(None, description="And at least so many purchases ever.")
    never: Literal[True] | None = Field(None, description="No purchase ever.")


class RuleBand(Term):
    """A stage and when it holds; the first rule that holds gives the stage."""

    stage: str = Field(description="The stage.")
    any_: list[Term] | None = Field(
        None, alias="any", min_length=1, description="Several ways to be in it."
    )


class GridModel(Labelled):
    """A lifecycle as bands of purchases and of time since the last one."""

    grid: list[PurchaseBand] = Field(min_length=1, description="Bands, fewest purchases first.")


class RulesModel(Labelled):
    """A lifecycle as rules, of which the first that holds counts; the last one always holds."""

    rules: list[RuleBand] = Field(min_length=1, description="Rules, in order.")


LIFECYCLE_MODELS: dict[str, type[Labelled]] = {"grid": GridModel, "rules": RulesModel}

LifecycleModel: TypeAlias = Annotated[
    Annotated[GridModel, Tag("#grid")] | Annotated[RulesModel, Tag("#rules")],
    Discriminator(lambda value: head_of(value, LIFECYCLE_MODELS)),
]


class LifecycleSection(Strict):
    """Stages of the customer lifecycle, and models that say who is in which."""

    stages: dict[str, Words] | None = Field(
        None, description="Stages in the order they are shown, with their labels."
    )
    models: dict[str, LifecycleModel] | None = Field(
        None, description="Models by name; the setting lifecycle_model chooses one."
    )
