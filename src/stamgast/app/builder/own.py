"""A parameter of the whole shop made a value of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.builder.comparing import names
from stamgast.app.builder.values import SPAN, list_shown, shown, span_shown

if TYPE_CHECKING:
    from stamgast.app.builder.tree import Node
    from stamgast.app.builder.vocabulary import Vocabulary
    from stamgast.language.types import Type


def own_value(node: Node, field: str, value: object, vocabulary: Vocabulary) -> dict[str, str]:
    """The fields that say in a row what the parameter says.

    Raises NotShown where no field can hold it.
    """
    type_ = _type(node, field, vocabulary)
    if isinstance(value, list):
        return {field: list_shown(value, type_, vocabulary.language)}
    if isinstance(value, str) and SPAN.fullmatch(value):
        number, unit = span_shown(value)
        plain = field.removesuffix(".value")
        return {field: number, f"{field}.unit": unit, f"{plain}.unit": unit}
    text = shown(value, type_, vocabulary.language)
    return {field: text.removesuffix("%") if field == "share" else text}


def _type(node: Node, field: str, vocabulary: Vocabulary) -> Type | None:
    prefix, _, rest = field.partition(".")
    if prefix == "c":
        return vocabulary.type_of(node.kind, node.get("name"))
    if prefix in ("f", "g"):
        row = f"{prefix}.{rest.partition('.')[0]}"
        of = names(node, "did" if prefix == "f" else "next")
        return vocabulary.properties(of).get(node.get(f"{row}.property"))
    return None
