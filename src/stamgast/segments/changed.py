"""Which stages and segments mean something else than when they were last applied.

What a name means is its node and all that the node names: other definitions, named rows, which sources go
before others for an attribute, and the shop's calendar where the node looks at seasons or sales as they stand. Windows hold their instants
themselves, comparisons the types of what they compare.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from stamgast.language.ast import (
    Aggregate,
    AttributeRef,
    Identified,
    InSegment,
    InStage,
    NamedRows,
    Rows,
    Segment,
    Top,
    Trait,
    TraitRef,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.ast import Definitions

STAGE = "stage"
CALENDAR = {
    "seasons": frozenset({"only_season", "season_returns"}),
    "first_days": frozenset({"sale_first_days_hit", "sale_first_days_seen"}),
}
"""What of the calendar aggregates look at, all of it."""


def changed(old: Definitions | None, new: Definitions) -> frozenset[str]:
    """Of ``new``: the segments, and ``stage``, whose meaning is not that of ``old``; None: all."""
    names = {STAGE, *new.segments}
    if old is None or _of_all(old) != _of_all(new):
        return frozenset(names)
    return frozenset(name for name in names if _meaning(name, old) != _meaning(name, new))


def _of_all(definitions: Definitions) -> tuple[object, ...]:
    """What every definition rests on."""
    return definitions.zone, definitions.currency, definitions.renewals_are_purchases


def needs_midnight_only(segment: Segment) -> bool:
    """Whether its members change at local midnights alone: it is a plain Top."""
    return isinstance(segment.where, Top)


def asks_for_kinds(name: str, definitions: Definitions) -> bool:
    """Whether a segment, all that it names and ranks included, asks by which kinds somebody is known.

    That is as is known now: who becomes known by another kind was so at every instant.
    """
    return any(map(_has_kinds, (_meaning(name, definitions) or {}).values()))


def _has_kinds(node: object) -> bool:
    match node:
        case Identified(kinds=kinds):
            return bool(kinds)
        case tuple():
            return any(map(_has_kinds, node))
        case _ if is_dataclass(node) and not isinstance(node, type):
            return any(_has_kinds(getattr(node, field.name)) for field in fields(node))
        case _:
            return False


def _meaning(name: str, definitions: Definitions) -> dict[tuple[str, str], object] | None:
    """What a segment says, with all that it names; None: there is none of that name."""
    found: dict[tuple[str, str], object] = {}
    waiting = [("segment" if name != STAGE else STAGE, name)]
    while waiting:
        kind, one = waiting.pop()
        if (kind, one) in found:
            continue
        node = _definition(kind, one, definitions)
        if node is None:
            return None
        if isinstance(node, Segment):
            node = node.where
        elif isinstance(node, Trait):
            node = (node.expr, node.only_if, node.type)
        elif isinstance(node, NamedRows):
            node = (node.parts, node.closed_by)
        found[kind, one] = node
        waiting += _named(node)
    return found


def _definition(kind: str, name: str, definitions: Definitions) -> object:
    match kind:
        case "trait":
            return definitions.traits.get(name)
        case "segment":
            return definitions.segments.get(name)
        case "rows":
            return definitions.rows.get(name)
        case "attribute":
            return definitions.attribute_sources.get(name, ())
        case "seasons":
            return definitions.calendar.occurrences
        case "first_days":
            return definitions.first_days
        case _:
            return definitions.lifecycle.rules


def _named(node: object) -> Iterator[tuple[str, str]]:
    """The definitions that a node names, however deep."""
    match node:
        case Rows(source="named", events=names):
            yield from (("rows", name) for name in names)
        case Aggregate(op=op):
            yield from ((kind, "") for kind, ops in CALENDAR.items() if op in ops)
        case _:
            pass
    yield from _below(node)


def _below(node: object) -> Iterator[tuple[str, str]]:
    match node:
        case TraitRef(name=name):
            yield "trait", name
        case AttributeRef(name=name):
            yield "attribute", name
        case InSegment(name=name):
            yield "segment", name
        case InStage():
            yield STAGE, STAGE
        case tuple():
            for part in node:
                yield from _named(part)
        case _ if is_dataclass(node) and not isinstance(node, type):
            for field in fields(node):
                yield from _named(getattr(node, field.name))
        case _:
            return
