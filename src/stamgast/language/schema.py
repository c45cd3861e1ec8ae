"""JSON Schemas of definition files, for editors: completion, help and red underlines.

Made from the same models that read the files. With definitions, names are listed too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import TypeAdapter

from stamgast.language.operators import AGGREGATES, COMPARISONS
from stamgast.language.operators_labels import CHANNELS
from stamgast.language.reader.lifecycle_models import LifecycleModel
from stamgast.language.reader.models import (
    Condition,
    DefinitionFile,
    TraitModel,
    resolve,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stamgast.language.ast import Definitions

Json: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PARAMETER: Json = {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]*$"}
NAME = r"^[a-z][a-z0-9_]*$"

KINDS: dict[str, Any] = {
    "definitions": DefinitionFile,
    "trait": TraitModel,
    "condition": Condition,
    "lifecycle": LifecycleModel,
}
"""What there is a schema of: a whole file, and the parts that screens edit."""

NAMED: dict[str, tuple[tuple[str, str], ...]] = {
    "trait": (
        ("TraitCondition", "trait"),
        ("TraitValue", "trait"),
        ("PercentileValue", "of"),
        ("TopCondition", "by"),
        ("ScoreTrait", "score"),
    ),
    "segment": (("SegmentCondition", "segment"),),
    "extension": (("ExtensionCondition", "extension"),),
    "consent": (("ConsentCondition", "consent"),),
    "attribute": (("AttributeCondition", "attribute"),),
    "stage": (("StageCondition", "stage"), ("RecencyBand", "stage"), ("RuleBand", "stage")),
}
"""Where names of each kind stand: model and key."""


def json_schemas(definitions: Definitions | None = None) -> dict[str, Json]:
    """The schemas by kind: ``definitions`` (a file), ``trait``, ``condition``, ``lifecycle``.

    With ``definitions`` the names of traits, segments, attributes and stages are listed, beside
    ``$parameters``; new names of the file at hand are then underlined until the list is made anew.
    """
    resolve()
    return {kind: _schema(kind, form, definitions) for kind, form in KINDS.items()}


def schema_of(form: Any, title: str) -> Json:  # noqa: ANN401 - a type form
    """The schema of a form; the sections of a file take names of their own."""
    schema: Json = TypeAdapter(form).json_schema(by_alias=True)
    _tidy(schema)
    if "version" in schema.get("properties", {}):
        for section in schema["properties"].values():
            if "additionalProperties" in section:
                section["propertyNames"] = {"pattern": NAME}
    schema["$schema"] = DIALECT
    schema["title"] = f"Stamgast {title}"
    return schema


def _schema(kind: str, form: Any, definitions: Definitions | None) -> Json:  # noqa: ANN401 - a type form
    schema = schema_of(form, kind)
    models: Json = schema.get("$defs", {})
    _describe(models)
    if definitions is not None:
        _list_names(models, definitions)
    return schema


def _tidy(schema: Any) -> None:  # noqa: ANN401 - any JSON
    """A key that may be left out may not be null, and titles made from keys say nothing."""
    if isinstance(schema, list):
        for inner in schema:
            _tidy(inner)
    if not isinstance(schema, dict):
        return
    if "anyOf" in schema:
        schema["anyOf"] = [one for one in schema["anyOf"] if one != {"type": "null"}]
        if len(schema["anyOf"]) == 1:
            schema.update({**schema.pop("anyOf")[0], **schema})
    if schema.get("default", 0) is None:
        del schema["default"]
    if isinstance(schema.get("title"), str):
        del schema["title"]
    for inner in list(schema.values()):
        _tidy(inner)


def _describe(models: Json) -> None:
    """Operators are helped with the words of the one table."""
    for name, model in models.items():
        for key, described in model.get("properties", {}).items():
            op = "anniversary_within_next" if key == "anniversary" else key
            row = COMPARISONS.get(op) if "is_not" in model["properties"] else None
            if name.endswith("Trait"):
                row = AGGREGATES.get(key)
            if row is not None:
                described["description"] = f"{row.about} Like {row.example}"


def _list_names(models: Json, definitions: Definitions) -> None:
    names: dict[str, Iterable[str]] = {
        "trait": definitions.traits,
        "segment": definitions.segments,
        "attribute": definitions.attributes,
        "extension": definitions.extensions,
        "consent": [f"{one}_{other}" for one in CHANNELS for other in definitions.consents],
        "stage": definitions.lifecycle.labels,
    }
    for kind, places in NAMED.items():
        allowed = {"anyOf": [{"enum": sorted(names[kind])}, PARAMETER]}
        for model, key in places:
            described = models.get(model, {}).get("properties", {}).get(key)
            if described is not None:
                _replace_text(described, allowed)


def _replace_text(described: Json, allowed: Json) -> None:
    """Where any text was allowed, alone or in a list, only the names are."""
    if described.get("type") == "string":
        del described["type"]
        described.update(allowed)
        return
    for choice in described.get("oneOf", []):
        if choice.get("type") == "string":
            choice.clear()
            choice.update(allowed)
        elif choice.get("type") == "array":
            choice["items"] = allowed
