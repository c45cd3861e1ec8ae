"""One part of the shop: everything of so many customers, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stamgast.demo.generator.orders import make_lines, make_orders, orders_table
from stamgast.demo.generator.people import customers_table, make_people
from stamgast.demo.generator.purchases import habits, purchases
from stamgast.demo.generator.refunds import make_refunds, refunds_table

if TYPE_CHECKING:
    import pyarrow as pa

    from stamgast.demo.generator.frame import Frame

Tables: TypeAlias = "dict[str, pa.Table]"


def make_part(frame: Frame, first: int, last: int) -> Tables:
    """The tables of the customers from ``first`` to, not including, ``last``."""
    people = make_people(frame, first, last)
    habit = habits(frame, people)
    bought = purchases(frame, people, habit)
    orders = make_orders(frame, people, bought)
    lines = make_lines(frame, people, orders)
    refunds = make_refunds(frame, people, orders, lines)
    return {
        "customers": customers_table(frame, people)[0],
        "orders": orders_table(frame, people, orders, lines),
        "refunds": refunds_table(frame, people, orders, lines, refunds),
    }
