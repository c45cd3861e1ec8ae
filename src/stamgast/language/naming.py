"""Which definitions name which others."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, TypeAlias

from stamgast.language.ast import InSegment, TraitRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.ast import Definitions

Named: TypeAlias = tuple[str, str]
"""``segment`` or ``trait``, and its name."""


def names_in(node: object) -> set[Named]:
    """What a condition or an expression names itself."""
    return set(_walk(node))


def reached(node: object, definitions: Definitions) -> set[Named]:
    """What it names, also by way of others."""
    found, more = set[Named](), names_in(node)
    while more:
        found |= more
        more = {one for named in more for one in names_in(_what(named, definitions))} - found
    return found


def _what(named: Named, definitions: Definitions) -> object:
    kind, name = named
    if kind == "segment":
        return definitions.segments[name].where
    trait = definitions.traits[name]
    return (trait.expr, trait.only_if)


def _walk(node: object) -> Iterator[Named]:
    if isinstance(node, InSegment):
        yield "segment", node.name
    elif isinstance(node, TraitRef):
        yield "trait", node.name
    if is_dataclass(node):
        for field in fields(node):
            yield from _walk(getattr(node, field.name))
    elif isinstance(node, tuple | list):
        for one in node:
            yield from _walk(one)
