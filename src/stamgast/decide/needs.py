"""Which kinds of data a segment cannot do without: read from its condition."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from stamgast.decide.blueprints import Asked
from stamgast.language.ast import (
    Aggregate,
    All,
    AnyOf,
    AttributeRef,
    Compare,
    Consented,
    Did,
    InSegment,
    Not,
    Property,
    Rows,
    TraitRef,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stamgast.language.ast import Condition, Definitions

SALES = Asked(kind="sales")
"""Sales in the shop's calendar."""
_OF_ORDERS = {
    "coupon": "order_coupons",
    "coupon_used": "order_coupons",
    "discount": "order_discounts",
    "store": "stores",
}
_OF_LINES = {"category": "line_categories", "brand": "line_brands"}


def wanting(
    condition: Condition, definitions: Definitions, have: Iterable[Asked]
) -> frozenset[Asked]:
    """The data that ``condition`` needs to hold for anybody and that is not among ``have``.

    Empty also where it can hold without: one way of several will do, and "not" and "none of" hold
    where nothing is known.
    """
    return _Wanting(definitions, frozenset(have)).of(condition)


def wanted(condition: Condition, definitions: Definitions) -> frozenset[Asked]:
    """All kinds of data that ``condition`` reads."""
    return _Wanting(definitions, frozenset()).read(condition)


class _Wanting:
    def __init__(self, definitions: Definitions, have: frozenset[Asked]) -> None:
        self.definitions = definitions
        self.have = have

    def of(self, node: Condition) -> frozenset[Asked]:
        """What is lacking for the condition to hold."""
        match node:
            case All(items=items):
                return frozenset().union(*map(self.of, items))
            case AnyOf(items=items):
                each = [self.of(item) for item in items]
                return frozenset().union(*each) if all(each) else frozenset()
            case InSegment(name=name):
                return self.of(self.definitions.segments[name].where)
            case Not() | Compare(op="missing" | "is_not" | "not_in" | "lt" | "lte"):
                return frozenset()
            case Did(at_least=0):
                return frozenset()
            case _:
                return self.read(node) - self.have

    def read(self, node: object) -> frozenset[Asked]:
        """The kinds of data that a node reads, as deep as it goes."""
        found: set[Asked] = set()
        todo, seen = [node], set[int]()
        while todo:
            one = todo.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            found |= self._own(one)
            todo += self._parts(one)
        return frozenset(found)

    def _parts(self, node: object) -> list[object]:
        known = self.definitions
        if isinstance(node, TraitRef):
            return [known.traits[node.name].expr]
        if isinstance(node, InSegment):
            return [known.segments[node.name].where]
        if isinstance(node, tuple):
            return list(node)
        if not is_dataclass(node):
            return []
        # visits can be told by the events that are looked for alone
        return [getattr(node, one.name) for one in fields(node) if one.name != "visits_of"]

    def _own(self, node: object) -> set[Asked]:
        """What a node reads by itself."""
        if isinstance(node, Rows) and node.source == "named":
            parts = self.definitions.rows[node.events[0]].parts
            names = sorted({event for part in parts for event in part.events})
            return {Asked(kind="events", names=tuple(names))}
        return _own(node)


def _own(node: object) -> set[Asked]:
    """What a node reads by itself."""
    match node:
        case Aggregate(op="sale_first_days_hit" | "sale_first_days_seen"):
            return {SALES}
        case Aggregate(of=str(name), rows=Rows(source="order")) if name in _OF_ORDERS:
            return {Asked(kind=_OF_ORDERS[name])}
        case Property(name=name) if name in _OF_ORDERS or name in _OF_LINES:
            return {Asked(kind=_OF_ORDERS.get(name) or _OF_LINES[name])}
        case Rows(source="event", events=events):
            return {Asked(kind="events", names=events)}
        case Rows(source="refund"):
            return {Asked(kind="refunds")}
        case AttributeRef(name=name):
            return {Asked(kind="attribute", names=(name,))}
        case Consented(channel=channel, purpose="marketing"):
            return {Asked(kind="consent", names=(channel,))}
        case _:
            return set()
