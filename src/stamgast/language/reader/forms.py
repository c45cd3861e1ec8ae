"""How single things are written in every kind of file: scalars, texts and names."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)

from stamgast.language.reader.scalars import (
    checked_bands,
    checked_count,
    checked_duration,
    checked_factor,
    checked_percentile,
    checked_plain,
    checked_top,
    checked_window,
)

PARAMETER_PATTERN = r"^\$[a-z][a-z0-9_]*$"
DURATION_SCHEMA = {"type": "string", "pattern": r"^(\d+[smhdw]|\$[a-z][a-z0-9_]*)$"}
PERCENT_SCHEMA = {"type": "string", "pattern": r"^(\d+(\.\d+)?%|\$[a-z][a-z0-9_]*)$"}
_PARAMETER = {"type": "string", "pattern": PARAMETER_PATTERN}

Duration: TypeAlias = Annotated[
    int, BeforeValidator(checked_duration), WithJsonSchema(DURATION_SCHEMA)
]
Window: TypeAlias = Annotated[int, BeforeValidator(checked_window), WithJsonSchema(DURATION_SCHEMA)]
Share: TypeAlias = Annotated[Fraction, BeforeValidator(checked_top), WithJsonSchema(PERCENT_SCHEMA)]
PercentilePoint: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(checked_percentile),
    WithJsonSchema({"anyOf": [{"type": "number"}, PERCENT_SCHEMA]}),
]
Count: TypeAlias = Annotated[
    int,
    BeforeValidator(checked_count),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _PARAMETER]}),
]
Bands: TypeAlias = Annotated[
    int,
    BeforeValidator(checked_bands),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 2, "maximum": 1000}, _PARAMETER]}),
]
Factor: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(checked_factor),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, PERCENT_SCHEMA]}),
]
Flag: TypeAlias = Annotated[
    bool,
    WithJsonSchema(
        {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": PARAMETER_PATTERN}]}
    ),
]
Plain: TypeAlias = Annotated[
    bool | int | Decimal | str,
    PlainValidator(checked_plain),
    WithJsonSchema({"type": ["boolean", "number", "string"]}),
]
"""A scalar as written; what it must be follows from what it is compared with."""
Plains: TypeAlias = Annotated[
    list[Plain],
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "array",
                    "items": {"type": ["boolean", "number", "string"]},
                    "minItems": 1,
                },
                _PARAMETER,
            ]
        }
    ),
]
"""A list of scalars; a parameter that is one may stand for it."""
Moment: TypeAlias = Annotated[
    str, Field(description="An instant; a bare date is its midnight in the shop's zone.")
]


class Strict(BaseModel):
    """What all models share: no unknown keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def kind_of(kinds: dict[type, str]) -> Discriminator:
    """Choose a form by the Python type of the value."""
    return Discriminator(lambda value: kinds.get(type(value), "#scalar"))


# --- texts and names ------------------------------------------------------------------------------


class Label(Strict):
    """A text in English and Dutch; a language that is left out says what the other one says."""

    en: str | None = Field(None, description="English")
    nl: str | None = Field(None, description="Dutch")


Words: TypeAlias = Annotated[
    Annotated[str, Tag("#scalar")] | Annotated[Label, Tag("#map")],
    kind_of({dict: "#map", Label: "#map"}),
]
"""A text: one for both languages, or ``{en: ..., nl: ...}``."""

Names: TypeAlias = Annotated[
    Annotated[str, Tag("#scalar")] | Annotated[list[str], Tag("#list"), Field(min_length=1)],
    kind_of({list: "#list"}),
]
"""One name or a list of names."""

OneOrMore: TypeAlias = Annotated[
    Annotated[Plain, Tag("#scalar")] | Annotated[list[Plain], Tag("#list"), Field(min_length=1)],
    kind_of({list: "#list"}),
]
"""One scalar or a list of scalars."""


class Labelled(Strict):
    """What every definition may say about itself."""

    label: Words | None = Field(None, description="The name on screens; else from the name.")
    about: Words | None = Field(None, description="One line of explanation.")


def head_of(value: object, heads: dict[str, Any]) -> str:
    """The tag of a mapping by the one key that says what it is; ``#none`` without one."""
    if isinstance(value, dict):
        return next((f"#{key}" for key in value if key in heads), "#none")
    return next((f"#{key}" for key, model in heads.items() if type(value) is model), "#none")
