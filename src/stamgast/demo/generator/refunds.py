"""What was sent back, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stamgast.demo.generator import columns
from stamgast.demo.generator.orders import COMPLETED, REASONS, STORE
from stamgast.demo.generator.people import NUMBER_DIGITS
from stamgast.demo.generator.seasons import DAY_S

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Flags, Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.orders import Lines, Orders
    from stamgast.demo.generator.people import People

_WEIGHTS = (34, 30, 9, 4, 3, 10, 10)
_LOOSE = 150_000
"""Of a million returned at the till, how many without a receipt: they name no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunds:
    """Lines that were sent back; ``line``: a place of ``Lines``. One refund per order."""

    line: Ints
    at: Ints
    """UTC seconds."""
    reason: Ints
    loose: Flags
    amount: Ints


def make_refunds(frame: Frame, people: People, orders: Orders, lines: Lines) -> Refunds:
    """What came back before the day asked."""
    draws, order = frame.draws, lines.order
    key = orders.key[order] * 10 + lines.which
    often = frame.catalogue.returned(lines.product) * people.sends_back[orders.owner[order]] // 100
    back = draws.chance("returned", key, often) & (orders.status[order] == COMPLETED)
    back &= ~orders.nobody[order]
    after = orders.delivered_at[order]
    after = np.where(orders.channel[order] == STORE, orders.at[order], after)
    days = 2 + draws.below("days back", orders.key[order], 24)
    at = after + days * DAY_S - draws.below("hour back", orders.key[order], 6 * 3600)
    line = np.flatnonzero(back & (after > 0) & (at < frame.end))
    order_key = orders.key[order[line]]
    return Refunds(
        line=line,
        at=at[line],
        reason=draws.weighted("reason", key[line], _WEIGHTS),
        loose=(orders.channel[order[line]] == STORE) & draws.chance("loose", order_key, _LOOSE),
        amount=lines.amount[line],
    )


def refunds_table(
    frame: Frame, people: People, orders: Orders, lines: Lines, refunds: Refunds
) -> pa.Table:
    """``refunds.parquet``: a row per line sent back, in order of time."""
    order = lines.order[refunds.line]
    sort = np.lexsort((lines.which[refunds.line], orders.key[order], refunds.at))
    line, place = refunds.line[sort], order[sort]
    owner, loose, product = orders.owner[place], refunds.loose[sort], lines.product[line]
    till, goods = orders.channel[place] == STORE, frame.catalogue
    card = columns.where(till, columns.taken(people.card, owner))
    carded = np.asarray(card.is_valid())
    return pa.table(
        {
            "refund_no": columns.numbered(
                "R", people.number[owner], NUMBER_DIGITS, ("-", orders.which[place], 3)
            ),
            "order_no": columns.where(~loose, columns.taken(orders.number, place)),
            "refunded_at": columns.seconds(refunds.at[sort]),
            "customer_id": columns.where(~till, columns.taken(people.customer_id, owner)),
            "loyalty_card": card,
            "email": columns.where(~carded, columns.taken(people.email, owner)),
            "reason": columns.chosen(REASONS, refunds.reason[sort]),
            "product_id": goods.column(goods.ids, product),
            "category": goods.column(goods.categories, product),
            "brand": goods.column(goods.brands, product),
            "quantity": pa.array(lines.quantity[line].astype(np.int32)),
            "amount": columns.cents(refunds.amount[sort]),
        }
    )
