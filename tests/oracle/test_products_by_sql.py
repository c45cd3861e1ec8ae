"""Fans, newness lovers and browse abandoners on a made-up shop, by plain SQL.

Newness: over the raw files, who is who by networkx. Fans and browsing: over the public tables of the
shop, for whose device an event came from is no question here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from test_problems_by_sql import TABLES, who_is_who

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS = ("2026-11-22T00:00:00+01:00", "2026-07-01T12:00:00+02:00")
NEWNESS = """
    WITH stood AS (
        SELECT order_no, min(ordered_at) AS "at" FROM line
        WHERE status <> 'failed' AND ordered_at <= $t AND (cancelled_at IS NULL OR cancelled_at > $t)
        GROUP BY order_no),
    bought AS (
        SELECT l.who, s."at", p.launched FROM line AS l JOIN stood AS s USING (order_no)
        LEFT JOIN read_parquet($files || '/products.parquet') AS p ON p.id = l.product_id
        WHERE s."at" >= $t - INTERVAL 8760 HOUR)
    SELECT who FROM bought GROUP BY who HAVING count(*) >= 3 AND 2 * count(*) FILTER (
        "at" >= timezone('Europe/Amsterdam', CAST(launched AS TIMESTAMP))
        AND "at" - timezone('Europe/Amsterdam', CAST(launched AS TIMESTAMP)) <= INTERVAL 720 HOUR)
        >= count(*)
"""
OCCASIONS = """
    WITH seen AS (
        SELECT profile_id, CASE WHEN event IN ($events) THEN p_category END AS category,
            CASE WHEN event IN ($events) THEN p_brand END AS brand,
            CASE WHEN event IN ($events) THEN p_product_id END AS product_id, occurred_at AS "at",
            coalesce(occurred_at - lag(occurred_at) OVER mine >= INTERVAL 30 MINUTE, true) AS starts
        FROM events WHERE event IN ('Page Viewed', 'Screen Viewed', 'Product Viewed',
            'Product List Viewed', 'Cart Viewed', 'Products Searched') AND occurred_at <= $t AND profile_id IS NOT NULL
        WINDOW mine AS (PARTITION BY profile_id ORDER BY occurred_at)),
    visit AS (SELECT *, count(*) FILTER (starts) OVER (
        PARTITION BY profile_id ORDER BY "at" RANGE UNBOUNDED PRECEDING) AS number FROM seen),
    begun AS (SELECT *, min("at") OVER (PARTITION BY profile_id, number) AS begins FROM visit)
"""
FANS = (
    OCCASIONS.replace("$events", "'Product Viewed', 'Product List Viewed', 'Products Searched'")
    + """,
    many AS (
        SELECT DISTINCT profile_id, category AS what, 'c' AS kind, 'v' || number AS occasion, begins AS "at"
        FROM begun UNION ALL
        SELECT DISTINCT profile_id, brand, 'b', 'v' || number, begins FROM begun UNION ALL
        SELECT DISTINCT l.profile_id, l.category, 'c', l.order_key, o.ordered_at
        FROM lines AS l JOIN orders AS o USING (order_key) WHERE o.counts UNION ALL
        SELECT DISTINCT l.profile_id, l.brand, 'b', l.order_key, o.ordered_at
        FROM lines AS l JOIN orders AS o USING (order_key) WHERE o.counts)
    SELECT DISTINCT profile_id FROM (
        SELECT profile_id, kind, what FROM many
        WHERE what IS NOT NULL AND "at" BETWEEN $t - INTERVAL 720 HOUR AND $t
        GROUP BY ALL HAVING count(*) >= 3)
"""
)
BROWSING = """
    WITH latest AS (
        SELECT DISTINCT ON (profile_id) profile_id, occurred_at AS "at", p_product_id, p_category
        FROM events WHERE event IN ('Product Viewed', 'Product List Viewed') AND occurred_at <= $t
        ORDER BY profile_id, occurred_at DESC, message_id DESC)
    SELECT profile_id FROM latest WHERE $t - "at" > INTERVAL 1 HOUR AND $t - "at" <= INTERVAL 168 HOUR
        AND NOT EXISTS (FROM orders AS o WHERE o.profile_id = latest.profile_id AND o.counts
            AND o.ordered_at >= latest."at" AND o.ordered_at <= $t)
        AND ((profile_id, p_product_id) IN ($again_product)
            OR (profile_id, p_category) IN ($again_category))
"""
AGAIN = """
    SELECT profile_id, what FROM (
        SELECT DISTINCT profile_id, $of AS what, number, begins FROM begun
        WHERE NOT EXISTS (FROM orders AS o WHERE o.profile_id = begun.profile_id AND o.counts
            AND o.ordered_at >= begun."at" AND o.ordered_at <= $t))
    WHERE what IS NOT NULL AND begins >= $t - INTERVAL 336 HOUR
    GROUP BY profile_id, what HAVING count(*) >= 2
"""


@pytest.mark.parametrize("moment", MOMENTS)
def test_newness_lovers_are_those_of_plain_sql(made_up_shop: Path, moment: str) -> None:
    files, t = made_up_shop / "source", f"TIMESTAMPTZ '{moment}'"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    who_is_who(connection, files)
    filled = {"$files": f"'{files}'", "$t": t}
    made, rule = TABLES, NEWNESS
    for name, value in filled.items():
        made, rule = made.replace(name, value), rule.replace(name, value)
    connection.execute(made)
    part_of = dict(connection.execute("SELECT value, part FROM who").fetchall())
    expected = {who for (who,) in connection.execute(rule).fetchall()}
    with Shop.open(made_up_shop) as shop:
        rows = shop.segment("newness_lovers", as_of=moment).rows()
    assert {part_of[row["identifier"]] for row in rows} == expected
    assert len(expected) > 1


@pytest.mark.parametrize("moment", MOMENTS[:1])
def test_fans_and_browsers_are_those_of_plain_sql(made_up_shop: Path, moment: str) -> None:
    t = f"TIMESTAMPTZ '{moment}'"
    views = OCCASIONS.replace("$events", "'Product Viewed', 'Product List Viewed'")
    again, lists = (views + AGAIN.replace("$of", one) for one in ("product_id", "category"))
    browsing = BROWSING.replace("$again_product", again).replace("$again_category", lists)
    with Shop.open(made_up_shop) as shop:
        for segment, rule in (("fans", FANS), ("browse_abandoners", browsing)):
            asked = shop.sql(rule.replace("$t", t)).rows()
            expected = {row["profile_id"] for row in asked}
            found = {row["profile_id"] for row in shop.segment(segment, as_of=moment).rows()}
            assert found == expected, segment
            assert len(expected) > 1, segment


@pytest.mark.parametrize("segment", ["fans", "newness_lovers", "browse_abandoners"])
def test_planted_customers_are_in_or_out(made_up_shop: Path, segment: str) -> None:
    planted = f"read_csv('{made_up_shop}/source/truth/planted.csv', all_varchar = true)"
    told = duckdb.execute(
        f"SELECT identifier, belongs, about FROM {planted} WHERE segment = '{segment}'"
    ).fetchall()
    assert {belongs for _, belongs, _ in told} == {"true", "false"}
    with Shop.open(made_up_shop) as shop:
        rows = shop.segment(segment, as_of=MOMENTS[0]).rows()
        found = {row["identifier"] for row in rows}
        for who, belongs, about in told:
            assert (who in found) == (belongs == "true"), (who, about)
