"""Order lines as rows: their properties, and which of them are goods."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stamgast.language.ast import All, AnyOf, Compare, Literal_, Not, Property, Text
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.language.ast import Condition

LINE_PROPERTIES: Mapping[str, Type] = {
    "occurred_at": Type.INSTANT,
    "order_id": Type.TEXT,
    "product_id": Type.TEXT,
    "sku": Type.TEXT,
    "name": Type.TEXT,
    "category": Type.TEXT,
    "brand": Type.TEXT,
    "quantity": Type.DECIMAL,
    "unit_price": Type.MONEY,
    "amount": Type.MONEY,
    "gross": Type.MONEY,
    "discount": Type.MONEY,
    "coupon": Type.TEXT,
    "line_kind": Type.TEXT,
    "launched": Type.DAY,
    "product_age": Type.DURATION,
}
"""Every property of a line."""

LINE_LABELS = {
    "product_id": Text(en="Product", nl="Product"),
    "sku": Text(en="Article number", nl="Artikelnummer"),
    "name": Text(en="Name", nl="Naam"),
    "category": Text(en="Category", nl="Categorie"),
    "brand": Text(en="Brand", nl="Merk"),
    "quantity": Text(en="Quantity", nl="Aantal"),
    "unit_price": Text(en="Price of one", nl="Prijs per stuk"),
    "line_kind": Text(en="Kind of line", nl="Soort regel"),
    "launched": Text(en="Launched", nl="Op de markt sinds"),
    "product_age": Text(en="Time since the launch", nl="Tijd sinds de introductie"),
}
"""Labels of the properties that orders do not have."""

FIRST_LAUNCH, LAST_LAUNCH = date(2, 1, 1), date(9998, 12, 31)
"""A day before or after is none: its midnight is no instant in some zones."""

_KIND = Property(name="line_kind", type=Type.TEXT)
GOODS: Condition = AnyOf(
    items=(
        Compare(operand=_KIND, op="missing"),
        Compare(operand=_KIND, op="is", values=(Literal_(value="goods", type=Type.TEXT),)),
    )
)
"""What is meant by lines when nothing is said of their kind."""


def only_goods(where: Condition | None) -> Condition:
    """A filter of lines: of goods only, unless it asks for the kind of line itself."""
    if where is None:
        return GOODS
    return where if "line_kind" in _named(where) else All(items=(GOODS, where))


def as_asked(where: Condition | None) -> Condition | None:
    """A filter as somebody wrote it: without what ``only_goods`` added."""
    match where:
        case All(items=(first, rest)) if first == GOODS:
            return rest
        case _:
            return None if where == GOODS else where


def _named(where: Condition) -> Iterator[str]:
    match where:
        case Compare(operand=Property(name=name)):
            yield name
        case All(items=items) | AnyOf(items=items):
            for item in items:
                yield from _named(item)
        case Not(item=item):
            yield from _named(item)
        case _:
            pass
