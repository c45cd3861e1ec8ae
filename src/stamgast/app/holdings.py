"""How many customers of a shop have which data: what blueprints are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stamgast.app.core import Core
    from stamgast.decide.blueprints import Asked
    from stamgast.store.database import Database

_ORDERS = "SELECT count(DISTINCT profile_id) FROM orders WHERE counts AND "
_LINES = "SELECT count(DISTINCT profile_id) FROM lines WHERE "

_DATA: Mapping[str, str] = {
    "order_lines": f"{_LINES} coalesce(name, sku, product_id) IS NOT NULL",
    "line_categories": f"{_LINES} category IS NOT NULL",
    "line_brands": f"{_LINES} brand IS NOT NULL",
    "order_coupons": f"{_ORDERS} (coupon_used OR coupon IS NOT NULL)",
    "order_discounts": f"{_ORDERS} discount_minor > 0",
    "stores": f"{_ORDERS} store IS NOT NULL",
    "catalogue": """
        SELECT count(DISTINCT profile_id) FROM lines
        WHERE product_id IN (SELECT "key" FROM product_version)
            OR sku IN (SELECT "key" FROM product_version)
        """,
    "refunds": """
        SELECT count(DISTINCT profile_id) FROM (
            SELECT profile_id FROM orders WHERE refunded_minor > 0
            UNION ALL SELECT profile_id FROM loose_refund)
        """,
    "refund_reasons": r"""
        SELECT count(DISTINCT profile_id) FROM (
            SELECT profile_id FROM event
            WHERE p_reason IS NOT NULL AND (event ILIKE '%return%' OR event ILIKE '%refund%')
            UNION ALL
            SELECT profile_id FROM owned_refund_statement
            WHERE regexp_matches(said, 'reason\\*": *\\*"[^"\\]'))
        """,
    "subscriptions": """
        SELECT count(DISTINCT profile_id) FROM event WHERE starts_with(event, 'Subscription ')
        """,
}
"""Kind of data -> customers that have it."""
_REPEATERS = """
    SELECT count(*) FROM (
        SELECT profile_id FROM orders WHERE counts AND profile_id IS NOT NULL
        GROUP BY profile_id HAVING count(*) >= $number)
    """
_HISTORY = """
    SELECT coalesce(date_diff('hour', min(ordered_at), max(ordered_at)) // 24, 0)
    FROM orders WHERE counts
    """
_EVENTS = "SELECT count(DISTINCT profile_id) FROM event WHERE list_contains($names, event)"
_ATTRIBUTE = """
    SELECT count(DISTINCT profile_id) FROM attribute
    WHERE list_contains($names, name) AND value IS NOT NULL
    """
CONSENT = """
    SELECT count(DISTINCT profile_id) FROM (
        SELECT profile_id, arg_max(state, struct_pack(
            "at" := coalesce("at", -9223372036854775807), received_at := received_at, seq := seq)) AS state
        FROM consent WHERE purpose = 'marketing' AND list_contains($names, channel)
        GROUP BY profile_id, channel, address)
    WHERE state IN ('granted', 'soft_opt_in')
    """
_IDENTIFIER = """
    SELECT count(DISTINCT coalesce(m.profile_id, i.identifier_id))
    FROM lake_identifier AS i
    LEFT JOIN first_profile_of AS m ON m.identity_id = i.identifier_id
    WHERE list_contains($names, i.kind)
    """


def held_of(core: Core, asked: Iterable[Asked]) -> dict[Asked, int]:
    """What is asked -> customers that have it (history: days), by all that was read so far.

    Of the catalogue those who bought what feeds tell of.
    """
    database = core.reader.db
    return {one: _count(database, one) for one in asked}


def _count(database: Database, asked: Asked) -> int:
    names = {"names": [*asked.names]}
    match asked.kind:
        case "orders":
            rows = database.run(_REPEATERS, {"number": asked.number})
        case "history":
            rows = database.run(_HISTORY)
        case "events":
            rows = database.run(_EVENTS, names)
        case "attribute":
            rows = database.run(_ATTRIBUTE, names)
        case "identifier":
            rows = database.run(_IDENTIFIER, names)
        case "consent":
            rows = database.run(CONSENT, names)
        case kind if kind in _DATA:
            rows = database.run(_DATA[kind])
        case unknown:
            raise InternalError(f"nobody counts who has {unknown}")
    return int(rows[0][0] or 0)
