"""The retail rules as plain SQL over raw files, by hand: the judge of stages and segments.

Nothing here comes from Stamgast. Each ``LOAD_*`` reads a published set into two tables

* ``purchase``: one row per order: customer (NULL: of nobody), order_no, at, day (local), pence, coupon
* ``giveback``: one row per refund that names no order: customer, at, day (local), pence

with instants in microseconds UTC. The questions read those and ``asked``, one row:

* ``t`` the instant asked, ``cut`` the instant up to which rows are known (normally t itself),
* ``midnight`` the last local midnight at or before t.
"""

from __future__ import annotations

LOAD_COMPLETE_JOURNEY = """
CREATE OR REPLACE TABLE purchase AS
WITH line AS (
    SELECT
        household_id::VARCHAR AS customer,
        basket_id::VARCHAR AS order_no,
        epoch_us(transaction_timestamp::TIMESTAMP) AS "at",
        -- a double is read by its shortest decimal (some are 1.776357e-15); one rounding, away
        -- from zero, as round() of a decimal does
        (round(sales_value::VARCHAR::DECIMAL(38, 25), 2) * 100)::BIGINT AS pence,
        coupon_disc > 0 OR coupon_match_disc > 0 AS coupon
    FROM read_parquet($file)
)
SELECT
    any_value(customer) AS customer,
    order_no,
    min("at") AS "at",
    make_timestamp(min("at"))::DATE AS day,
    sum(pence)::BIGINT AS pence,
    coalesce(bool_or(coupon), false) AS coupon
FROM line
GROUP BY order_no;

CREATE OR REPLACE TABLE giveback (customer VARCHAR, "at" BIGINT, day DATE, pence BIGINT);
"""

LOAD_ONLINE_RETAIL = """
CREATE OR REPLACE TABLE invoice_line AS
WITH both_years AS (
    SELECT 1 AS file, * FROM read_parquet($first)
    UNION ALL BY NAME
    SELECT 2 AS file, * FROM read_parquet($second)
)
SELECT
    file,
    trim(invoice) AS invoice,
    customer_id::VARCHAR AS customer,
    timezone('Europe/London', invoice_date) AS "at",
    invoice_date::DATE AS day,
    (round(quantity * unit_price::VARCHAR::DECIMAL(28, 10), 2) * 100)::BIGINT AS pence,
    md5(concat_ws('|', trim(stock_code), coalesce(trim(description), ''), quantity, unit_price,
        invoice_date, coalesce(customer_id, 0), trim(country))) AS content
FROM both_years
WHERE NOT starts_with(trim(invoice), 'A');

-- An invoice that both files hold is told twice: with the same lines it is the same invoice, with
-- other lines the later file corrects it. Either way the later file's lines are the invoice.
CREATE OR REPLACE TABLE invoice AS
SELECT
    l.invoice,
    any_value(l.customer) AS customer,
    epoch_us(min(l."at")) AS "at",
    min(l.day) AS day,
    sum(l.pence)::BIGINT AS pence
FROM invoice_line AS l
WHERE l.file = (SELECT max(x.file) FROM invoice_line AS x WHERE x.invoice = l.invoice)
GROUP BY l.invoice;

CREATE OR REPLACE TABLE purchase AS
SELECT customer, invoice AS order_no, "at", day, pence, false AS coupon
FROM invoice
WHERE NOT starts_with(invoice, 'C');

CREATE OR REPLACE TABLE giveback AS
SELECT customer, "at", day, -pence AS pence
FROM invoice
WHERE starts_with(invoice, 'C');
"""

OVERLAP_DIFFERENCES = """
WITH told AS (
    SELECT file, invoice, list_sort(list(content)) AS lines
    FROM invoice_line
    GROUP BY file, invoice
)
SELECT count(*) AS both_files, count(*) FILTER (a.lines <> b.lines) AS differing
FROM told AS a
JOIN told AS b USING (invoice)
WHERE a.file = 1 AND b.file = 2
"""

LOAD_CDNOW = """
CREATE OR REPLACE TABLE purchase AS
SELECT
    customer_id::VARCHAR AS customer,
    customer_id::VARCHAR || ' ' || date::VARCHAR AS order_no,
    epoch_us(date::TIMESTAMP) AS "at",
    date AS day,
    sum(round(amount::VARCHAR::DECIMAL(28, 10), 2) * 100)::BIGINT AS pence,
    false AS coupon
FROM read_parquet($file)
GROUP BY customer_id, date;

CREATE OR REPLACE TABLE giveback (customer VARCHAR, "at" BIGINT, day DATE, pence BIGINT);
"""

ASK = """
CREATE OR REPLACE TABLE asked AS
SELECT
    $t::BIGINT AS t,
    $cut::BIGINT AS cut,
    epoch_us(timezone($zone, date_trunc('day', timezone($zone, make_timestamptz($t::BIGINT)))))
        AS midnight
"""

TOTALS = """
SELECT
    (SELECT count(*) FROM purchase) AS orders,
    (SELECT count(*) FROM purchase WHERE customer IS NULL) AS orders_of_nobody,
    (SELECT sum(pence) FROM purchase)::BIGINT AS gross,
    (SELECT count(*) FROM giveback) AS refunds,
    (SELECT coalesce(sum(pence), 0) FROM giveback)::BIGINT AS refunded
"""

# Everybody of whom something dated is known by t, with the number of purchases and the last one.
_KNOWN = """
known AS (
    SELECT customer, count(purchase_at) AS n, t - max(purchase_at) AS r
    FROM (
        SELECT customer, "at", "at" AS purchase_at FROM purchase
        UNION ALL
        SELECT customer, "at", NULL FROM giveback
    ), asked
    WHERE customer IS NOT NULL AND "at" <= least(t, cut)
    GROUP BY customer, t
)
"""

GRID = f"""
WITH {_KNOWN},
placed AS (
    SELECT customer, CASE
        WHEN n = 0 THEN 'prospect'
        WHEN n = 1 AND r <= 30 * 86400000000 THEN 'new_buyer'
        WHEN n BETWEEN 2 AND 3 AND r <= 60 * 86400000000 THEN 'promising'
        WHEN n >= 4 AND r <= 90 * 86400000000 THEN 'loyal'
        WHEN n BETWEEN 1 AND 3 AND r <= 90 * 86400000000 THEN 'drifting'
        WHEN n BETWEEN 1 AND 3 THEN 'sleeper'
        WHEN n >= 4 AND r <= 365 * 86400000000 THEN 'at_risk'
        ELSE 'red_alert'
    END AS stage
    FROM known
)
SELECT customer, stage FROM placed ORDER BY customer
"""

WINDOWED = f"""
WITH {_KNOWN},
counted AS (
    SELECT
        known.customer,
        any_value(n) AS n,
        count(*) FILTER (t - "at" <= 30 * 86400000000) AS d30,
        count(*) FILTER (t - "at" <= 60 * 86400000000) AS d60,
        count(*) FILTER (t - "at" <= 90 * 86400000000) AS d90,
        count(*) FILTER (t - "at" <= 365 * 86400000000) AS d365
    FROM known CROSS JOIN asked
    LEFT JOIN purchase ON purchase.customer = known.customer AND "at" <= least(t, cut)
    GROUP BY known.customer
),
placed AS (
    SELECT customer, CASE
        WHEN n = 0 THEN 'prospect'
        WHEN d90 >= 4 THEN 'loyal'
        WHEN d60 >= 2 THEN 'promising'
        WHEN d30 >= 1 AND n >= 2 THEN 'promising'
        WHEN d30 >= 1 THEN 'new_buyer'
        WHEN d90 >= 1 THEN 'drifting'
        WHEN n >= 4 AND d365 >= 1 THEN 'at_risk'
        WHEN n >= 4 THEN 'red_alert'
        ELSE 'sleeper'
    END AS stage
    FROM counted
)
SELECT customer, stage FROM placed ORDER BY customer
"""

# The instants at which a stage could change: one microsecond after a purchase is 30, 60, 90 or 365
# days old. Four purchases back is enough: no rule counts further, but for how many there ever were.
_MOMENTS = """
latest AS (
    SELECT customer, "at", t,
        row_number() OVER (PARTITION BY customer ORDER BY "at" DESC) AS back,
        count(*) OVER (PARTITION BY customer) AS n
    FROM purchase, asked
    WHERE customer IS NOT NULL AND "at" <= least(t, cut)
),
four AS (
    SELECT customer, any_value(n) AS n,
        max("at") FILTER (back = 1) AS p1, max("at") FILTER (back = 2) AS p2,
        max("at") FILTER (back = 3) AS p3, max("at") FILTER (back = 4) AS p4
    FROM latest
    GROUP BY customer
),
moment AS (
    SELECT customer, t AS u FROM four, asked
    UNION
    SELECT customer, "at" + days * 86400000000 + 1 AS u
    FROM latest, (VALUES (30), (60), (90), (365)) AS threshold (days)
    WHERE back <= 4 AND "at" + days * 86400000000 + 1 > t
)
"""

_FIRST_CHANGE = """
SELECT min(later.u) AS changes_at
FROM judged AS now
JOIN asked ON now.u = asked.t
JOIN judged AS later ON later.customer = now.customer AND later.u > now.u
WHERE later.stage <> now.stage
"""

NEXT_CHANGE_GRID = f"""
WITH {_MOMENTS},
judged AS (
    SELECT customer, u, CASE
        WHEN n = 1 THEN CASE WHEN u - p1 <= 30 * 86400000000 THEN 'new_buyer'
            WHEN u - p1 <= 90 * 86400000000 THEN 'drifting' ELSE 'sleeper' END
        WHEN n <= 3 THEN CASE WHEN u - p1 <= 60 * 86400000000 THEN 'promising'
            WHEN u - p1 <= 90 * 86400000000 THEN 'drifting' ELSE 'sleeper' END
        ELSE CASE WHEN u - p1 <= 90 * 86400000000 THEN 'loyal'
            WHEN u - p1 <= 365 * 86400000000 THEN 'at_risk' ELSE 'red_alert' END
    END AS stage
    FROM moment JOIN four USING (customer)
)
{_FIRST_CHANGE}
"""

NEXT_CHANGE_WINDOWED = f"""
WITH {_MOMENTS},
judged AS (
    SELECT customer, u, CASE
        WHEN u - p4 <= 90 * 86400000000 THEN 'loyal'
        WHEN u - p2 <= 60 * 86400000000 THEN 'promising'
        WHEN u - p1 <= 30 * 86400000000 AND n > 1 THEN 'promising'
        WHEN u - p1 <= 30 * 86400000000 THEN 'new_buyer'
        WHEN u - p1 <= 90 * 86400000000 THEN 'drifting'
        WHEN n >= 4 AND u - p1 <= 365 * 86400000000 THEN 'at_risk'
        WHEN n >= 4 THEN 'red_alert'
        ELSE 'sleeper'
    END AS stage
    FROM moment JOIN four USING (customer)
)
{_FIRST_CHANGE}
"""

# Over the 365 days up to the last midnight: who bought, how often, and what was left of it.
_BUYERS = """
buyer AS (
    SELECT customer, count(*) AS purchases
    FROM purchase, asked
    WHERE customer IS NOT NULL AND "at" <= least(midnight, cut)
        AND midnight - "at" <= 365 * 86400000000
    GROUP BY customer
),
money AS (
    SELECT customer, sum(pence) AS net
    FROM (SELECT customer, "at", pence FROM purchase
          UNION ALL SELECT customer, "at", -pence FROM giveback), asked
    WHERE "at" <= least(midnight, cut) AND midnight - "at" <= 365 * 86400000000
    GROUP BY customer
),
scored AS (
    SELECT b.customer, m.net,
        (SELECT count(*) FROM buyer AS x WHERE x.purchases < b.purchases)
        + (SELECT count(*) FROM buyer AS x JOIN money AS y USING (customer) WHERE y.net < m.net)
            AS score
    FROM buyer AS b JOIN money AS m USING (customer)
)
"""


def best(percent: int) -> str:
    """Members of the best so many percent, as a query."""
    return f"""
WITH {_BUYERS},
line AS (  -- k = ceil(percent x N / 100); the k-th best score
    SELECT min(score) AS kth
    FROM (SELECT score, row_number() OVER (ORDER BY score DESC) AS place FROM scored)
    WHERE place <= ({percent} * (SELECT count(*) FROM buyer) + 99) // 100
)
SELECT customer FROM scored, line WHERE score >= kth AND net > 0 ORDER BY customer
"""


COUPON_SHOPPERS = """
WITH placed AS (
    SELECT customer, coupon,
        row_number() OVER (PARTITION BY customer ORDER BY "at", order_no) AS place
    FROM purchase, asked
    WHERE customer IS NOT NULL AND "at" <= least(t, cut)
)
SELECT customer FROM placed WHERE place = 1 AND coupon ORDER BY customer
"""

HIGH_RETURNERS = """
WITH bought AS (
    SELECT customer, count(*) AS purchases, sum(pence) AS value
    FROM purchase, asked
    WHERE customer IS NOT NULL AND "at" <= least(t, cut) AND t - "at" <= 365 * 86400000000
    GROUP BY customer
),
returned AS (
    SELECT customer, sum(pence) AS value
    FROM giveback, asked
    WHERE customer IS NOT NULL AND "at" <= least(t, cut) AND t - "at" <= 365 * 86400000000
    GROUP BY customer
)
SELECT customer
FROM bought JOIN returned USING (customer)
WHERE purchases >= 3 AND bought.value > 0 AND returned.value * 100 >= bought.value * 40
ORDER BY customer
"""

ONE_TIME_BUYERS = """
SELECT customer
FROM purchase, asked
WHERE customer IS NOT NULL AND "at" <= least(t, cut)
GROUP BY customer
HAVING count(*) = 1
ORDER BY customer
"""

RETURNED_CUSTOMERS = """
WITH bought AS (
    SELECT customer, "at", day, max(day) OVER (PARTITION BY customer) AS last_day, t
    FROM purchase, asked
    WHERE customer IS NOT NULL AND "at" <= least(t, cut)
)
SELECT customer
FROM bought
GROUP BY customer
HAVING any_value(t) - max("at") <= 90 * 86400000000
    AND any_value(last_day) - max(day) FILTER (day < last_day) > 90
ORDER BY customer
"""

LOST_CUSTOMERS = """
SELECT customer
FROM purchase, asked
WHERE customer IS NOT NULL AND "at" <= least(t, cut)
GROUP BY customer
HAVING any_value(t) - max("at") > 365 * 86400000000
ORDER BY customer
"""

STAGES = {"grid": GRID, "windowed": WINDOWED}
NEXT_CHANGES = {"grid": NEXT_CHANGE_GRID, "windowed": NEXT_CHANGE_WINDOWED}
SEGMENTS = {
    "best_buyers": best(20),
    "vip": best(5),
    "elite_vip": best(1),
    "coupon_shoppers": COUPON_SHOPPERS,
    "high_returners": HIGH_RETURNERS,
    "one_time_buyers": ONE_TIME_BUYERS,
    "returned_customers": RETURNED_CUSTOMERS,
    "lost_customers": LOST_CUSTOMERS,
}
