"""Renewals of subscriptions as orders, where a shop counts them as purchases.

Nothing is written: the views of orders show the events as orders beside those that are stored, so the
setting may be changed at any time and holds for every instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.types import Type
from stamgast.store.database import literal, quoted
from stamgast.store.lake import PROPERTY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

RENEWED = "Subscription Renewed"
AMOUNTS = ("revenue", "total", "value", "price")
"""Where the worth of a renewal is looked for, in this order; without any it is 0."""
SHOWN = ("order_version", "order_statement")
"""The tables whose views show renewals."""


def with_renewals(table: str, source: str, events: str, declared: Mapping[str, Type]) -> str:
    """The rows of a table of orders and those of renewals, as a source of a view.

    A renewal holds from its instant on. Its number is that of the subscription, and the day. One that
    names an order is none of its own: that order is the purchase. ``events``: a source of events, with ``p_<name>`` for each property that is declared.
    """
    worth = [_column(name) for name in AMOUNTS if declared.get(name) is Type.MONEY]
    ordered = _column("order_id") if declared.get("order_id") is Type.TEXT else "NULL"
    coupon = _column("coupon") if declared.get("coupon") is Type.TEXT else "CAST(NULL AS VARCHAR)"
    number = "message_id"
    if declared.get("subscription_id") is Type.TEXT:
        day = "strftime(timezone('UTC', occurred_at), '%Y%m%d')"
        number = f"coalesce({_column('subscription_id')} || '-' || {day}, message_id)"
    own = {
        "order_version": "1 AS version, 0 AS refunded, worth AS net_total",
        "order_statement": "100 AS source_rank, seq, source, false AS approximate",
    }
    return (
        f"(SELECT * FROM {source} UNION ALL BY NAME "  # noqa: S608 - our own names and quoted constants
        f"SELECT identity_id, {literal(RENEWED + ':')} || message_id AS order_key, batch, "
        "occurred_at AS ordered_at, occurred_at AS valid_from, received_at, true AS counts, "
        f"worth AS total, number AS order_id, coupon, coupon IS NOT NULL AS coupon_used, {own[table]} FROM ("
        f"SELECT *, coalesce({', '.join([*worth, '0'])}) AS worth, {coupon} AS coupon, "
        f"{number} AS number "
        f"FROM {events} WHERE event = {literal(RENEWED)} AND {ordered} IS NULL))"
    )


def _column(name: str) -> str:
    return quoted(PROPERTY_PREFIX + name)
