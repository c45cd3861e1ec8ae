"""Purchases and revenue as they stood at an instant: the tables that reports are made of."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from stamgast.measure.model import Fact, Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.model.log import Instant
    from stamgast.store.database import Database

ORDERS = """
    CREATE OR REPLACE TEMP TABLE insight_order AS
    SELECT profile_id, order_key, ordered_at AS at_us, day, net_total, total, discount,
        coupon_used AND NOT coalesce(len(list_filter($not_coupons::VARCHAR[],
            lambda one: starts_with(translate(coupon, $upper, $lower), one))) > 0, false)
            AS coupon_used,
        row_number() OVER (PARTITION BY profile_id ORDER BY ordered_at, order_key) AS nth
    FROM order_version
    WHERE counts AND ordered_at <= $t AND valid_from <= $t
        AND (valid_to IS NULL OR valid_to > $t) AND profile_id IS NOT NULL
    """
"""A purchase of somebody, in its state at ``$t``; ``nth``: its number among the profile's, from 1.

``coupon_used``: without the codes that are no coupons."""

REVENUE = """
    CREATE OR REPLACE TEMP TABLE insight_revenue AS
    SELECT profile_id, at_us, net_total AS amount FROM insight_order
    UNION ALL
    SELECT profile_id, "at", -coalesce(amount, 0) FROM loose_refund
    WHERE "at" <= $t AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t)
        AND profile_id IS NOT NULL
    """
"""As the row source ``revenue`` of ``docs/meaning.md``."""


def make_orders(database: Database, t: Instant, not_coupons: Sequence[str] = ()) -> None:
    """Make the table ``insight_order``.

    ``not_coupons``: a code that begins with one of these, A-Z as a-z, is no coupon.
    """
    upper, lower = ascii_uppercase, ascii_lowercase
    begins = [one.translate(str.maketrans(upper, lower)) for one in not_coupons]
    database.run(ORDERS, {"t": t, "not_coupons": begins, "upper": upper, "lower": lower})


def make_revenue(database: Database, t: Instant) -> None:
    """Make the tables ``insight_order`` and ``insight_revenue``."""
    make_orders(database, t)
    database.run(REVENUE, {"t": t})


_NOBODY = """
    SELECT count(*), coalesce(sum(net_total), 0)::BIGINT FROM order_version
    WHERE counts AND ordered_at <= $t AND ($since IS NULL OR ordered_at > $since)
        AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t) AND profile_id IS NULL
    """


def of_nobody(database: Database, since: Instant | None, t: Instant) -> tuple[Note, ...]:
    """Orders after ``since`` up to ``t`` that are in no customer's figures, if there are any."""
    orders, amount = database.run(_NOBODY, {"since": since, "t": t})[0]
    if not orders:
        return ()
    facts = {
        "n": Fact(kind="count", value=int(orders)),
        "amount": Fact(kind="money", value=int(amount)),
    }
    return (Note(key="nobody", facts=facts),)
