"""Planted customers by hand-written SQL over the files: of segments that ship and of those to come.

Planted customers give their customer number everywhere, so who is who is no question here.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest

from stamgast.demo.generator.writing import write_shop

if TYPE_CHECKING:
    from pathlib import Path

TABLES = """
CREATE TABLE bought AS
    SELECT customer_id AS who, order_no, min(ordered_at) AS "when", sum(amount) AS worth,
        sum(unit_price * quantity) AS gross, sum(line_discount) AS discount
    FROM read_parquet($files || '/orders-*.parquet')
    WHERE status = 'completed' AND ordered_at > TIMESTAMPTZ '2000-01-01 00:00:00+00'
    GROUP BY ALL;
CREATE TABLE line AS
    SELECT o.customer_id AS who, o.ordered_at AS "when", p.launched
    FROM read_parquet($files || '/orders-*.parquet') AS o
    JOIN read_parquet($files || '/products.parquet') AS p ON p.id = o.product_id
    WHERE o.status = 'completed';
CREATE TABLE seen AS
    SELECT DISTINCT customer_id AS who, event, occurred_at AS "when", product_id, category, message_id
    FROM read_parquet($files || '/events-*.parquet')
    WHERE occurred_at > TIMESTAMPTZ '2000-01-01 00:00:00+00';
CREATE TABLE said AS
    SELECT DISTINCT customer_id AS who, what, "at" AS "when", tag, rating, score
    FROM read_parquet($files || '/service-*.parquet');
CREATE TABLE allowed AS
    SELECT customer_id AS who, arg_max(state, "at") AS state
    FROM read_parquet($files || '/consents-*.parquet') WHERE channel = 'email' GROUP BY ALL;
CREATE TABLE planted AS FROM read_csv($files || '/truth/planted.csv', all_varchar = true);
CREATE TABLE buyer AS
    SELECT who, count(*) AS n, max("when") AS latest, $t - max("when") AS r FROM bought GROUP BY who;
CREATE TABLE visit AS
    SELECT who, "when" FROM (
        SELECT who, "when", "when" - lag("when") OVER (PARTITION BY who ORDER BY "when") AS gap
        FROM seen WHERE event IN ('Page Viewed', 'Product Viewed', 'Product List Viewed', 'Cart Viewed',
            'Products Searched')
    ) WHERE gap IS NULL OR gap >= INTERVAL 30 MINUTE;
CREATE TABLE problem AS
    SELECT p.who, max(p."when") AS latest FROM said AS p
    WHERE (p.what = 'complaint' OR (p.what = 'ticket' AND p.tag = 'complaint')
            OR (p.what = 'review' AND p.rating <= 2) OR (p.what = 'nps' AND p.score <= 6))
        AND NOT EXISTS (FROM said AS s WHERE s.who = p.who AND s.what = 'resolved' AND s.rating >= 4
            AND s."when" >= p."when")
    GROUP BY p.who;
"""
RULES = {
    "frequent_browsers": """
        SELECT who FROM visit WHERE "when" >= $t - INTERVAL 720 HOUR
            AND who NOT IN (SELECT who FROM bought WHERE who IS NOT NULL)
        GROUP BY who HAVING count(*) >= 3
            AND count(DISTINCT CAST(timezone('Europe/Amsterdam', "when") AS DATE)) >= 2""",
    "cart_abandoners": """
        WITH cart AS (SELECT who, max("when") AS latest, arg_max(event, "when") AS event,
            count(*) FILTER (event = 'Product Added') - count(*) FILTER (event = 'Product Removed') AS n
            FROM seen WHERE event IN ('Product Added', 'Product Removed', 'Checkout Started')
            GROUP BY who)
        SELECT who FROM cart WHERE event <> 'Product Removed' AND n > 0
            AND $t - latest BETWEEN INTERVAL 1 HOUR AND INTERVAL 168 HOUR
            AND NOT EXISTS (FROM bought AS b WHERE b.who = cart.who AND b."when" >= cart.latest)""",
    "browse_abandoners": """
        WITH looked AS (SELECT who, product_id, max("when") AS latest,
                count(DISTINCT CAST("when" AS DATE)) AS visits
            FROM seen WHERE event = 'Product Viewed' GROUP BY ALL)
        SELECT DISTINCT who FROM looked WHERE visits >= 2
            AND $t - latest BETWEEN INTERVAL 1 HOUR AND INTERVAL 168 HOUR
            AND NOT EXISTS (FROM bought AS b WHERE b.who = looked.who AND b."when" >= looked.latest)""",
    "fans": """
        SELECT DISTINCT who FROM (SELECT who, category FROM seen
            WHERE category IS NOT NULL AND "when" >= $t - INTERVAL 720 HOUR
            GROUP BY ALL HAVING count(DISTINCT CAST("when" AS DATE)) >= 3)""",
    "bargain_hunters": """
        SELECT who FROM bought WHERE "when" >= $t - INTERVAL 8760 HOUR GROUP BY who
        HAVING count(*) >= 3 AND sum(discount) / sum(gross) >= 1.5 * (SELECT sum(discount) / sum(gross)
            FROM bought WHERE "when" >= $t - INTERVAL 8760 HOUR)""",
    "full_price_buyers": """
        SELECT who FROM bought WHERE "when" >= $t - INTERVAL 8760 HOUR GROUP BY who
        HAVING count(*) >= 3 AND sum(discount) / sum(gross) <= 0.5 * (SELECT sum(discount) / sum(gross)
            FROM bought WHERE "when" >= $t - INTERVAL 8760 HOUR)""",
    "newness_lovers": """
        SELECT who FROM line WHERE "when" >= $t - INTERVAL 8760 HOUR GROUP BY who
        HAVING count(*) >= 3 AND avg(CASE WHEN CAST("when" AS DATE) - launched BETWEEN 0 AND 30
            THEN 1 ELSE 0 END) >= 0.5""",
    "lapsed_with_consent": """
        SELECT who FROM buyer JOIN allowed USING (who)
        WHERE r > INTERVAL 2160 HOUR AND state IN ('granted', 'soft_opt_in')""",
    "lost_with_consent": """
        SELECT who FROM buyer JOIN allowed USING (who)
        WHERE r > INTERVAL 8760 HOUR AND state IN ('granted', 'soft_opt_in')""",
    "lost_without_consent": """
        SELECT who FROM buyer WHERE r > INTERVAL 8760 HOUR
            AND who NOT IN (SELECT who FROM allowed WHERE who IS NOT NULL AND state <> 'withdrawn')""",
    "risk_customers": """
        SELECT who FROM problem JOIN buyer AS b USING (who)
        WHERE $t - problem.latest <= INTERVAL 2160 HOUR AND b.latest <= problem.latest
            AND b.r <= INTERVAL 2160 HOUR""",
    "dissatisfied": """
        WITH gap AS (SELECT who, (max("when") - min("when")) / (count(*) - 1) AS mean FROM bought
            GROUP BY who HAVING count(*) >= 3)
        SELECT who FROM problem JOIN buyer AS b USING (who) JOIN gap USING (who)
        WHERE $t - problem.latest <= INTERVAL 4320 HOUR AND b.latest <= problem.latest
            AND b.r > 1.5 * gap.mean""",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted") / "files"
    write_shop(folder, customers=900, seed=2, until=date(2026, 11, 22))
    return folder


@pytest.mark.parametrize("moment", ["2026-11-22 00:00:00+01", "2026-11-22 23:59:59+01"])
def test_planted_are_where_the_rules_put_them(files: Path, moment: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    t = f"TIMESTAMPTZ '{moment}'"
    connection.execute(TABLES.replace("$files", f"'{files}'").replace("$t", t))
    for segment, rule in RULES.items():
        found = {who for (who,) in connection.execute(rule.replace("$t", t)).fetchall()}
        told = connection.execute(
            "SELECT identifier, belongs, about FROM planted WHERE segment = $segment",
            {"segment": segment},
        ).fetchall()
        assert {belongs for _, belongs, _ in told} == {"true", "false"}, segment
        for who, belongs, about in told:
            assert (who in found) == (belongs == "true"), (segment, who, about)
