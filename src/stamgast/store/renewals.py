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


def told_renewals(table: str, owned: str, declared: Mapping[str, Type], zone: str) -> str:
    """The renewals as rows of a table of orders, with their profile.

    What several sources tell of one renewal is one order: the same subscription of one profile, on one
    local day, and the n-th of that day of its source. It is of its first instant; its worth and coupon
    are the first that were said, each from when it was. Where one says which order it is, that order is
    the purchase from then on. A renewal that names no subscription stands by itself. ``owned``: a
    source of events with their profile, and with ``p_<name>`` for each property that is declared.
    """
    worth = [_column(name) for name in AMOUNTS if declared.get(name) is Type.MONEY]
    ordered = _text("order_id", declared)
    # the instants are said in turn: what is known by each is what was said by then
    turn = "PARTITION BY profile_id, renewal, nth ORDER BY occurred_at, received_at, seq"
    known = f"({turn} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    own = {
        "order_version": f"CAST(row_number() OVER ({turn}) AS INTEGER) AS version, 0 AS refunded, "
        f"lead(occurred_at) OVER ({turn}) AS valid_to, total AS net_total",
        "order_statement": "100 AS source_rank, seq, source, false AS approximate",
    }
    return f"""
        SELECT * EXCLUDE (starts_as_order, occurred_at), coupon IS NOT NULL AS coupon_used FROM (
            SELECT profile_id, identity_id, batch, received_at, occurred_at,
                {literal(RENEWED + ":")} || first_value(message_id) OVER {known} AS order_key,
                first_value(occurred_at) OVER {known} AS ordered_at, occurred_at AS valid_from,
                NOT bool_or(an_order) OVER {known} AS counts,
                first_value(an_order) OVER {known} AS starts_as_order,
                coalesce(first_value(worth IGNORE NULLS) OVER {known}, 0) AS total,
                renewal AS order_id,
                first_value(coupon IGNORE NULLS) OVER {known} AS coupon, {own[table]}
            FROM (
                SELECT *, row_number() OVER (PARTITION BY profile_id, renewal, source
                    ORDER BY occurred_at, received_at, seq) AS nth
                FROM (
                    SELECT *, coalesce({", ".join([*worth, "NULL::BIGINT"])}) AS worth,
                        {_text("coupon", declared)} AS coupon, {ordered} IS NOT NULL AS an_order,
                        coalesce({_text("subscription_id", declared)} || '-' || strftime(
                            timezone({literal(zone)}, occurred_at), '%Y%m%d'), message_id) AS renewal
                    FROM ({owned}) WHERE event = {literal(RENEWED)})))
        WHERE NOT starts_as_order
        """  # noqa: S608 - our own names and quoted constants


def _text(name: str, declared: Mapping[str, Type]) -> str:
    return _column(name) if declared.get(name) is Type.TEXT else "CAST(NULL AS VARCHAR)"


def _column(name: str) -> str:
    return quoted(PROPERTY_PREFIX + name)
