"""Seasons, sales, rhythms, discounts, RFM, returns and browsing of real sets, as plain SQL by hand.

Nothing here comes from Stamgast. Beside the tables of ``oracle_sql`` (``purchase``, ``giveback``, ``asked``):

* ``priced``: order_no, gross, discount (pence)
* ``season``: name, first_day, last_day of every occurrence
* ``first_day``: begins, ends (days) of the first day of a sale, early access included
* ``seen``: customer, at, view of every event (browsing only)
"""

from __future__ import annotations

from oracle_sql import best

DAY = "86400000000"

LOAD_PRICES_COMPLETE_JOURNEY = """
CREATE OR REPLACE TABLE priced AS
WITH line AS (
    SELECT basket_id::VARCHAR AS order_no,
        (round(sales_value::VARCHAR::DECIMAL(38, 25), 2) * 100)::BIGINT AS paid,
        (round(retail_disc::VARCHAR::DECIMAL(37, 25) + coupon_match_disc::VARCHAR::DECIMAL(37, 25), 2)
            * 100)::BIGINT AS off
    FROM read_parquet($file)
)
SELECT order_no, sum(paid + off)::BIGINT AS gross, sum(off)::BIGINT AS discount FROM line GROUP BY order_no
"""
LOAD_NO_PRICES = """
CREATE OR REPLACE TABLE priced AS SELECT order_no, pence AS gross, 0 AS discount FROM purchase
"""

LOAD_BROWSING = """
CREATE OR REPLACE TABLE purchase AS
SELECT user_id AS customer, user_id || ' ' || "timestamp"::VARCHAR AS order_no,
    epoch_us("timestamp") AS "at", "timestamp"::DATE AS day, 0::BIGINT AS pence, false AS coupon
FROM read_parquet($file) WHERE event = 'purchase';
CREATE OR REPLACE TABLE giveback (customer VARCHAR, "at" BIGINT, day DATE, pence BIGINT);
CREATE OR REPLACE TABLE seen AS
SELECT user_id AS customer, epoch_us("timestamp") AS "at",
    event NOT IN ('add_to_cart', 'wishlist_add') AS view
FROM read_parquet($file) WHERE event <> 'purchase'
"""

_BOUGHT = """
bought AS (
    SELECT customer, "at", day, t FROM purchase, asked WHERE customer IS NOT NULL AND "at" <= t
)
"""

_ONLY_SEASON = f"""
{_BOUGHT},
range AS (SELECT customer, min(day) AS a, max(day) AS b, any_value(t) AS t FROM bought GROUP BY customer),
alone AS (
    SELECT customer, name, t FROM range JOIN season ON first_day <= a AND b <= last_day
    WHERE epoch_us(timezone($zone, (last_day + 1)::TIMESTAMP)) <= t
    QUALIFY row_number() OVER (PARTITION BY customer ORDER BY last_day - first_day, last_day, name) = 1
)
"""
FIRST_TIME_SEASONAL = f"WITH {_ONLY_SEASON} SELECT customer FROM alone ORDER BY customer"
SEASONAL_DUE = f"""
WITH {_ONLY_SEASON},
next AS (
    SELECT customer, min(epoch_us(timezone($zone, first_day::TIMESTAMP))) AS begins, any_value(t) AS t
    FROM alone JOIN season USING (name)
    WHERE epoch_us(timezone($zone, first_day::TIMESTAMP)) > t GROUP BY customer
)
SELECT customer FROM next WHERE begins - t <= 21 * {DAY} ORDER BY customer
"""

SALE_SHOPPERS = f"""
WITH {_BOUGHT},
sale AS (
    SELECT epoch_us(timezone($zone, min(begins)::TIMESTAMP)) AS begins_at,
        epoch_us(timezone($zone, (ends + 1)::TIMESTAMP)) AS ends_at
    FROM first_day GROUP BY ends
),
own AS (
    SELECT customer, min("at") AS since, any_value(t) AS t,
        count(DISTINCT day) FILTER (t - "at" <= 365 * {DAY}) AS days
    FROM bought GROUP BY customer
),
watched AS (
    SELECT customer, days, begins_at, ends_at FROM own JOIN sale ON begins_at <= t AND ends_at > since
    QUALIFY row_number() OVER (PARTITION BY customer ORDER BY ends_at DESC) <= 6
),
hit AS (
    SELECT DISTINCT w.customer, ends_at FROM watched AS w
    JOIN bought AS b ON b.customer = w.customer AND b."at" >= begins_at AND b."at" < ends_at
),
counted AS (
    SELECT customer, any_value(days) AS days, count(*) AS seen, count(hit.ends_at) AS hits
    FROM watched LEFT JOIN hit USING (customer, ends_at) GROUP BY customer
)
SELECT customer FROM counted WHERE hits >= 2 AND hits * 365 >= 3 * days * seen ORDER BY customer
"""


# Places of a year of 366 days; a slot is a start and the 28 places from it on, round the year.
def _rhythm(later: int = 0) -> str:
    """``later``: so many days are added to the year and to the three years."""
    return f"""
{_BOUGHT},
near AS (
    SELECT customer, "at", day, t - "at" <= {365 + later} * {DAY} AS recent,
        dayofyear(make_date(2024, month(day), day(day))) - 1 AS place
    FROM bought WHERE t - "at" <= {1095 + later} * {DAY}
),
regular AS (
    SELECT customer, count(DISTINCT day) AS days FROM near GROUP BY customer
    HAVING count(DISTINCT day) >= 3 AND bool_or(recent) AND bool_or(NOT recent)
),
inside AS (
    SELECT near.*, (place - back + 366) % 366 AS start
    FROM near SEMI JOIN regular USING (customer) CROSS JOIN (SELECT unnest(range(28)) AS back)
),
slot AS (
    SELECT customer, start FROM inside GROUP BY ALL HAVING bool_or(recent) AND bool_or(NOT recent)
),
one AS (
    SELECT customer, start FROM inside SEMI JOIN slot USING (customer, start) GROUP BY customer, start
    QUALIFY row_number() OVER (PARTITION BY customer ORDER BY count(*) DESC, start) = 1
),
rest AS (
    SELECT inside.* FROM inside JOIN one USING (customer) WHERE (place - one.start + 366) % 366 >= 28
),
two AS (
    SELECT customer, start FROM rest SEMI JOIN slot USING (customer, start) GROUP BY customer, start
    QUALIFY row_number() OVER (PARTITION BY customer ORDER BY count(*) DESC, start) = 1
),
held AS (
    SELECT DISTINCT customer, start, day, (place - start + 366) % 366 AS distance FROM inside
    SEMI JOIN one USING (customer, start)
    UNION
    SELECT DISTINCT customer, start, day, (place - start + 366) % 366 FROM rest
    SEMI JOIN two USING (customer, start)
),
steady AS (
    SELECT customer FROM held JOIN regular USING (customer) GROUP BY customer
    HAVING count(DISTINCT day) = any_value(days)
        OR (any_value(days) >= 5 AND 5 * count(DISTINCT day) >= 4 * any_value(days))
),
usual AS (
    SELECT customer, make_date(2024, 1, 1) + ((start + sum(distance) // count(*)) % 366)::INT AS leap_day
    FROM held SEMI JOIN steady USING (customer) GROUP BY customer, start
)
"""


def _due_now(later: int = 0) -> str:
    """Near the usual day, or, with ``later``, when it has come."""
    begins = f"usual_at - 14 * {DAY} <= t" if later == 0 else "usual_at < t"
    return f"""
WITH {_rhythm(later)},
year AS (
    SELECT unnest(range(-1, 3)) + year(make_timestamp(t)) AS y, t FROM asked
),
coming AS (
    SELECT customer, t, epoch_us(timezone($zone, CASE
        WHEN month(leap_day) = 2 AND day(leap_day) = 29 AND y % 4 <> 0 THEN make_date(y, 3, 1)
        ELSE make_date(y, month(leap_day), day(leap_day)) END::TIMESTAMP)) AS usual_at
    FROM usual CROSS JOIN year
)
SELECT DISTINCT customer FROM coming
WHERE {begins} AND t <= usual_at + 21 * {DAY}
    AND NOT EXISTS (SELECT 1 FROM bought AS b
        WHERE b.customer = coming.customer AND b."at" >= usual_at - 14 * {DAY})
"""


FIXED_RHYTHM = f"WITH {_rhythm()} SELECT customer FROM steady ORDER BY customer"
DUE_NOW = (
    f"SELECT * FROM ({_due_now()}) UNION SELECT * FROM ({_due_now(14 + 21)}) ORDER BY customer"
)

_DISCOUNTS = f"""
WITH own AS (
    SELECT customer, count(*) AS orders, sum(gross) AS gross, sum(discount) AS discount
    FROM purchase JOIN priced USING (order_no), asked
    WHERE customer IS NOT NULL AND "at" <= t AND t - "at" <= 365 * {DAY} GROUP BY customer),
shop AS (
    SELECT sum(gross) AS gross, sum(discount) AS discount
    FROM purchase JOIN priced USING (order_no), asked
    WHERE "at" <= midnight AND midnight - "at" <= 365 * {DAY})
SELECT customer FROM own, shop
WHERE orders >= 3 AND shop.discount > 0 AND own.gross > 0
"""
BARGAIN_HUNTERS = f"""{_DISCOUNTS}
    AND 2 * own.discount::HUGEINT * shop.gross >= 3 * shop.discount::HUGEINT * own.gross ORDER BY customer"""
FULL_PRICE_BUYERS = f"""{_DISCOUNTS}
    AND 2 * own.discount::HUGEINT * shop.gross <= shop.discount::HUGEINT * own.gross ORDER BY customer"""

FREQUENT_BROWSERS = f"""
WITH viewed AS (
    SELECT customer, "at", lag("at") OVER (PARTITION BY customer ORDER BY "at") AS before
    FROM seen, asked WHERE "at" <= t AND view),
visit AS (
    SELECT customer, make_timestamp("at")::DATE AS day FROM viewed, asked
    WHERE (before IS NULL OR "at" - before >= 30 * 60000000) AND t - "at" <= 30 * {DAY})
SELECT customer FROM visit
WHERE customer NOT IN (SELECT customer FROM purchase, asked WHERE "at" <= t)
GROUP BY customer HAVING count(*) >= 3 AND count(DISTINCT day) >= 2
ORDER BY customer
"""

RFM = f"""
WITH counted AS (
    SELECT customer, max("at") AS last_at,
        count(*) FILTER (midnight - "at" <= 365 * {DAY}) AS orders
    FROM purchase, asked WHERE customer IS NOT NULL AND "at" <= midnight GROUP BY customer),
money AS (
    SELECT customer, sum(pence) AS net
    FROM (SELECT customer, "at", pence FROM purchase
        UNION ALL SELECT customer, "at", -pence FROM giveback), asked
    WHERE "at" <= midnight AND midnight - "at" <= 365 * {DAY} GROUP BY customer),
buyer AS (SELECT * FROM counted JOIN money USING (customer) WHERE orders >= 1)
SELECT customer,
    100 * (1 + 5 * (rank() OVER (ORDER BY last_at) - 1) // count(*) OVER ())
    + 10 * (1 + 5 * (rank() OVER (ORDER BY orders) - 1) // count(*) OVER ())
    + 1 + 5 * (rank() OVER (ORDER BY net) - 1) // count(*) OVER () AS rfm
FROM buyer ORDER BY customer
"""

BEST_SHARE = f"""
WITH net AS (
    SELECT customer, sum(pence) AS net
    FROM (SELECT customer, "at", pence FROM purchase
        UNION ALL SELECT customer, "at", -pence FROM giveback), asked
    WHERE "at" <= midnight AND midnight - "at" <= 365 * {DAY}
        AND customer IN (SELECT customer FROM purchase, asked
            WHERE "at" <= midnight AND midnight - "at" <= 365 * {DAY})
    GROUP BY customer)
SELECT count(*) FILTER (customer IN (FROM ({best(20)}))),
    count(*), sum(net) FILTER (customer IN (FROM ({best(20)}))), sum(net)
FROM net
"""

SEGMENTS = {
    "first_time_seasonal": FIRST_TIME_SEASONAL,
    "seasonal_due": SEASONAL_DUE,
    "sale_shoppers": SALE_SHOPPERS,
    "fixed_rhythm": FIXED_RHYTHM,
    "due_now": DUE_NOW,
    "bargain_hunters": BARGAIN_HUNTERS,
    "full_price_buyers": FULL_PRICE_BUYERS,
}
