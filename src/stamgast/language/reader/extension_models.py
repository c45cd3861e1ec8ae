"""The shape of what extensions say about themselves: values, guidance, treatment."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from stamgast.language.reader.forms import Labelled, Plain, Strict, Words

ExtensionType: TypeAlias = Literal[
    "none", "integer", "money", "decimal", "number", "text", "boolean", "instant", "day"
]
Exclusion: TypeAlias = Literal[
    "campaigns", "email", "ads", "post", "phone", "web", "loyalty", "reports"
]


class ExtensionValue(Strict):
    """One of the values that a text extension can have."""

    label: Words | None = Field(None, description="The name on screens; else the value itself.")
    guidance: Words | None = Field(None, description="What a colleague should know or do.")
    show: dict[str, str] | None = Field(
        None, description="Placement -> variant, for who has this value."
    )


class Treatment(Strict):
    """What follows from carrying an extension. It never changes a stage or a segment."""

    exclude_from: list[Exclusion] | None = Field(
        None, description="Left out of these; this beats include_in."
    )
    include_in: list[str] | None = Field(
        None, description="Campaigns, audiences and placements that take the profile anyway."
    )
    show: dict[str, str] | None = Field(None, description="Placement -> variant.")
    priority: Plain | None = Field(
        None, description="A whole number: the highest wins between placements and advice."
    )


class PurposeModel(Labelled):
    """A purpose that people agree to, per channel and address."""

    campaign: bool = Field(
        default=True,
        description="Whether it is a campaign: who is left out of campaigns by an extension, or "
        "unsubscribed, is not reached for it.",
    )
