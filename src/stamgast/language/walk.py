"""Every part of a definition, with the parts of what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stamgast.language.ast import (
    Aggregate,
    All,
    AnyOf,
    Call,
    Carries,
    Case,
    Compare,
    Did,
    ExtensionRef,
    InSegment,
    InStage,
    Lifecycle,
    Not,
    Percentile,
    Rows,
    Sequence,
    TraitRef,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.ast import Condition, Definitions, Expression

Part: TypeAlias = "Condition | Expression | ExtensionRef | Rows | Sequence | Lifecycle | Percentile"


def parts(node: Part, definitions: Definitions) -> Iterator[Part]:
    """The node and all below it; what shop statistics rank by is not looked into."""
    yield node
    for part in _below(node, definitions):
        yield from parts(part, definitions)


def _below(node: Part, definitions: Definitions) -> tuple[Part, ...]:
    match node:
        case All(items=items) | AnyOf(items=items):
            return items
        case Not(item=item) | Carries(rule=item) if item is not None:
            return (item,)
        case Compare(operand=operand, values=values):
            refs = [value for value in values if isinstance(value, TraitRef)]
            return (*refs, operand) if isinstance(operand, TraitRef | ExtensionRef) else (*refs,)
        case Did(rows=rows, sequence=sequence):
            return (rows,) if sequence is None else (rows, sequence)
        case Sequence(rows=rows):
            return (rows,)
        case InSegment(name=name):
            return (definitions.segments[name].where,)
        case InStage():
            return (definitions.lifecycle,)
        case _:
            return _inside(node, definitions)


def _inside(node: Part, definitions: Definitions) -> tuple[Part, ...]:
    match node:
        case TraitRef(name=name):
            return (definitions.traits[name].expr,)
        case Aggregate(rows=rows, lines=lines, visits_of=visits, since=since):
            return (rows, *(one for one in (lines, visits, since) if one is not None))
        case Call(args=args):
            return args
        case Case(branches=branches, otherwise=otherwise):
            whens = [branch.when for branch in branches]
            thens = [branch.then for branch in branches]
            return (*whens, *(one for one in (*thens, otherwise) if one is not None))
        case _:
            return ()
