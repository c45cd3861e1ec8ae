"""What insight says, as plain SQL over the two tables of ``oracle_sql``: nothing here is Stamgast's.

``$t`` is the instant asked, microseconds UTC; every question looks at rows up to it only.
"""

from __future__ import annotations

DAY = 86_400_000_000

NET_365 = f"""
SELECT customer, sum(pence)::BIGINT AS pence FROM (
    SELECT customer, "at", pence FROM purchase UNION ALL SELECT customer, "at", -pence FROM giveback)
WHERE customer IS NOT NULL AND "at" <= $t AND "at" >= $t - 365 * {DAY}
GROUP BY customer
"""

# Of the grid, by number of purchases: so long after the last one somebody goes from one to another.
UPCOMING_STAGES = f"""
WITH last AS (
    SELECT customer, count(*) AS n, max("at") AS last_at FROM purchase
    WHERE customer IS NOT NULL AND "at" <= $t GROUP BY customer
), step AS (
    FROM (VALUES (1, 1, 30, 'new_buyer', 'drifting'), (1, 1, 90, 'drifting', 'sleeper'),
        (2, 3, 60, 'promising', 'drifting'), (2, 3, 90, 'drifting', 'sleeper'),
        (4, 999999, 90, 'loyal', 'at_risk'), (4, 999999, 365, 'at_risk', 'red_alert'))
        AS s(low, high, days, before, after)
)
SELECT 'customer_id:' || customer, last_at + days * {DAY} + 1 AS moved, before, after,
    coalesce(net.pence, 0)
FROM last JOIN step ON n BETWEEN low AND high LEFT JOIN ({NET_365}) AS net USING (customer)
WHERE moved > $t AND moved <= $until
"""

# Lost: the last purchase over 365 days ago. Won back: in the last 90 days, over 90 days after the one before.
UPCOMING = {
    "lost_customers": f"""
SELECT 'customer_id:' || customer, max("at") + 365 * {DAY} + 1 AS moved, 'enters' FROM purchase
WHERE customer IS NOT NULL AND "at" <= $t GROUP BY customer
HAVING moved > $t AND moved <= $until
""",
    "returned_customers": f"""
WITH day AS (
    SELECT customer, day, max("at") AS last_at FROM purchase
    WHERE customer IS NOT NULL AND "at" <= $t GROUP BY customer, day
), pair AS (
    SELECT customer, max(last_at) AS last_at, (list(day ORDER BY day DESC))[1:2] AS days
    FROM day GROUP BY customer
)
SELECT 'customer_id:' || customer, last_at + 90 * {DAY} + 1 AS moved, 'leaves' FROM pair
WHERE len(days) = 2 AND days[1] - days[2] > 90 AND moved > $t AND moved <= $until
""",
}

WORTH = """
WITH later AS (SELECT * FROM purchase WHERE "at" > $then AND "at" <= $t AND customer IS NOT NULL),
given AS (SELECT * FROM giveback WHERE "at" > $then AND "at" <= $t),
buyer AS (
    SELECT customer, count(*) AS orders, sum(pence) - coalesce(
        (SELECT sum(g.pence) FROM given AS g WHERE g.customer = later.customer), 0) AS pence
    FROM later GROUP BY customer
), member AS (SELECT unnest($members) AS customer)
SELECT count(*), count(b.customer), coalesce(sum(orders), 0), coalesce(sum(pence), 0),
    (list(pence ORDER BY pence) FILTER (pence IS NOT NULL))[(count(b.customer) + 1) // 2]
FROM member LEFT JOIN buyer AS b USING (customer)
"""

# Days between neighbouring purchase days, with the first of the two days.
GAPS = """
WITH day AS (
    SELECT DISTINCT customer, day FROM purchase WHERE customer IS NOT NULL AND "at" <= $t)
SELECT a.customer, a.day, min(b.day) - a.day FROM day AS a JOIN day AS b
    ON a.customer = b.customer AND a.day < b.day GROUP BY a.customer, a.day
"""

# The grid with other times.
GRID = f"""
WITH last AS (
    SELECT customer, count(*) AS n, $t - max("at") AS r FROM purchase
    WHERE customer IS NOT NULL AND "at" <= $t GROUP BY customer)
SELECT customer, CASE
    WHEN n = 1 THEN CASE WHEN r <= $new * {DAY} THEN 'new_buyer'
        WHEN r <= $active * {DAY} THEN 'drifting' ELSE 'sleeper' END
    WHEN n < 4 THEN CASE WHEN r <= $promising * {DAY} THEN 'promising'
        WHEN r <= $active * {DAY} THEN 'drifting' ELSE 'sleeper' END
    ELSE CASE WHEN r <= $active * {DAY} THEN 'loyal'
        WHEN r <= $lost * {DAY} THEN 'at_risk' ELSE 'red_alert' END END
FROM last
"""

COHORTS = f"""
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY customer ORDER BY "at", order_no) AS nth
    FROM purchase WHERE customer IS NOT NULL AND "at" <= $t
), pair AS (
    SELECT a.customer, a.day, a."at" AS first_at, b."at" AS second_at
    FROM ranked AS a LEFT JOIN ranked AS b ON b.customer = a.customer AND b.nth = 2 WHERE a.nth = 1
)
SELECT strftime(day, '%Y-%m-01') AS month, count(*),
    CASE WHEN max(first_at) + $days * {DAY} <= $t
        THEN count(*) FILTER (second_at - first_at <= $days * {DAY}) END,
    count(second_at),
    min(first_at) < (SELECT min("at") FROM purchase) + 90 * {DAY}
FROM pair GROUP BY month ORDER BY month
"""

COUPONS = f"""
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY customer ORDER BY "at", order_no) AS nth
    FROM purchase WHERE customer IS NOT NULL AND "at" <= $t
)
SELECT a.coupon, count(*), count(*) FILTER (b."at" - a."at" <= $days * {DAY}),
    list(a.customer ORDER BY a.customer)
FROM ranked AS a LEFT JOIN ranked AS b ON b.customer = a.customer AND b.nth = 2
WHERE a.nth = 1 AND a."at" + $days * {DAY} <= $t
GROUP BY a.coupon ORDER BY a.coupon DESC
"""

# On the first year's file alone: lines of returns (C...) and of sales by what they are called.
BY_PRODUCT = """
WITH line AS (
    SELECT trim(invoice) AS invoice, nullif(trim(description), '') AS name, trim(stock_code) AS sku,
        epoch_us(timezone('Europe/London', invoice_date)) AS "at",
        (round(quantity * unit_price::VARCHAR::DECIMAL(28, 10), 2) * 100)::BIGINT AS pence
    FROM read_parquet($file) WHERE NOT starts_with(trim(invoice), 'A')
), sold AS (
    SELECT coalesce(name, sku) AS value, sum(pence) AS pence FROM line
    WHERE NOT starts_with(invoice, 'C') AND "at" > $since AND "at" <= $t GROUP BY value
)
SELECT coalesce(name, sku) AS value, count(DISTINCT invoice), -sum(line.pence),
    any_value(sold.pence)
FROM line LEFT JOIN sold ON sold.value = coalesce(line.name, line.sku)
WHERE starts_with(invoice, 'C') AND "at" > $since AND "at" <= $t GROUP BY coalesce(name, sku)
"""

FIGURES = """
SELECT strftime(timezone($zone, make_timestamptz("at")), '%Y-%m-01') AS month,
    sum(orders), sum(pence), sum(nobody), sum(nobody_pence), sum(back)
FROM (
    SELECT "at", 1 AS orders, pence, (customer IS NULL)::INTEGER AS nobody,
        CASE WHEN customer IS NULL THEN pence ELSE 0 END AS nobody_pence, 0 AS back FROM purchase
    UNION ALL SELECT "at", 0, -pence, 0, 0, pence FROM giveback)
WHERE "at" <= $t GROUP BY month ORDER BY month
"""

# Active (the grid): the last purchase at most 90 days ago, whatever their number.
BACKTEST = f"""
WITH past AS (
    SELECT customer, count(DISTINCT day) AS days, max("at") AS last_at,
        (max(day)::DATE - min(day)::DATE) * {DAY} AS span
    FROM purchase WHERE customer IS NOT NULL AND "at" <= $then GROUP BY customer
), judged AS (
    SELECT customer, $then - last_at > 2 * (span // (days - 1)) AS slow FROM past
    WHERE days >= 4 AND $then - last_at <= 90 * {DAY}
)
SELECT CASE WHEN slow THEN 'slowing_down' ELSE 'in_time' END, count(*),
    count(*) FILTER (customer NOT IN (SELECT customer FROM purchase
        WHERE customer IS NOT NULL AND "at" > $then AND "at" <= $then + $days * {DAY}))
FROM judged GROUP BY slow ORDER BY slow DESC
"""
