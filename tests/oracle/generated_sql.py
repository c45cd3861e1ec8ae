"""The files of a made-up shop as the tables that the hand-written rules read; nothing here comes from Stamgast.

Customers are parts of the identifiers in the files (``who``); a device on which nobody is known stands for itself.
A device's events without a name are whose it was marked last, before its first mark whose it was marked first.
``$t`` is a local midnight, so ranks are of the same instant.
"""

from __future__ import annotations

from real_segments_sql import DAY, SEGMENTS
from segments_sql import (
    CART_ABANDONERS,
    FREQUENT_BROWSERS,
    LAPSED_WITH_CONSENT,
    LOST_WITH_CONSENT,
)

TABLES = """
CREATE MACRO person(c, l, e, p) AS coalesce(c, nullif(l, '999999'),
    nullif(lower(trim(e)), 'geen-email@example.com'),
    '+316' || right(regexp_replace(p, '[^0-9]', '', 'g'), 8));
CREATE TABLE asked AS SELECT epoch_us($t) AS t, epoch_us($t) AS cut, epoch_us($t) AS midnight;

CREATE TABLE line AS
    SELECT w.part::VARCHAR AS who, o.* FROM read_parquet($files || '/orders-*.parquet') AS o
    LEFT JOIN who AS w ON w.value = person(o.customer_id, o.loyalty_card, o.email, o.phone)
    WHERE ordered_at > TIMESTAMPTZ '2000-01-01 00:00:00+00' AND ordered_at <= $t;
CREATE TABLE bought AS
    SELECT any_value(who) AS customer, order_no, epoch_us(min(ordered_at)) AS "at",
        CAST(timezone('Europe/Amsterdam', min(ordered_at)) AS DATE) AS day,
        (sum(amount) * 100)::BIGINT AS total, (sum(amount + line_discount) * 100)::BIGINT AS gross,
        (sum(line_discount) * 100)::BIGINT AS discount,
        bool_or(coalesce(coupon IN ('WELKOM10', 'TERUG15', 'VOORJOU10', 'TWEEDE10'), false)) AS coupon,
        any_value(status) <> 'failed' AND coalesce(any_value(cancelled_at) > $t, true) AS stands
    FROM line GROUP BY order_no;
CREATE TABLE back AS
    SELECT DISTINCT ON (r.refund_no, r.product_id) w.part::VARCHAR AS customer, order_no,
        epoch_us(refunded_at) AS "at", (amount * 100)::BIGINT AS pence,
        CAST(timezone('Europe/Amsterdam', refunded_at) AS DATE) AS day
    FROM read_parquet($files || '/refunds-*.parquet') AS r
    LEFT JOIN who AS w ON w.value = person(r.customer_id, r.loyalty_card, r.email, NULL)
    WHERE refunded_at <= $t AND refunded_at > TIMESTAMPTZ '2000-01-01 00:00:00+00';
CREATE TABLE purchase AS
    SELECT b.* EXCLUDE (gross, discount), coalesce(r.pence, 0) AS refunded,
        total - coalesce(r.pence, 0) AS pence
    FROM bought AS b LEFT JOIN (SELECT order_no, sum(pence)::BIGINT AS pence FROM back GROUP BY order_no)
        AS r USING (order_no)
    WHERE stands;
CREATE TABLE priced AS SELECT order_no, gross, discount FROM bought;
CREATE TABLE giveback AS
    SELECT customer, "at", day, pence FROM back
    WHERE order_no IS NULL OR order_no NOT IN (SELECT order_no FROM bought);

CREATE TABLE said AS
    SELECT w.part::VARCHAR AS customer, lower(trim(address)) AS address, epoch_us("at") AS "at",
        row_number() OVER () AS seq, state IN ('granted', 'soft_opt_in') AS agreed
    FROM read_parquet($files || '/consents-*.parquet') AS c
    JOIN who AS w ON w.value = person(c.customer_id, NULL, c.email, NULL)
    WHERE purpose = 'marketing' AND channel = 'email' AND "at" <= $t;
CREATE TABLE subscription AS
    SELECT DISTINCT w.part::VARCHAR AS customer, what, epoch_us("at") AS "at"
    FROM read_parquet($files || '/subscriptions-*.parquet') AS s
    JOIN who AS w ON w.value = s.customer_id WHERE "at" <= $t;

CREATE TABLE click AS
    SELECT DISTINCT ON (message_id) e.*, w.part::VARCHAR AS known
    FROM read_parquet($files || '/events-*.parquet') AS e
    LEFT JOIN who AS w ON w.value = person(e.customer_id, e.loyalty_card, e.email, NULL)
    WHERE occurred_at > TIMESTAMPTZ '2000-01-01 00:00:00+00';
CREATE TABLE mark AS
    SELECT anonymous_id, occurred_at, known FROM click
    WHERE known IS NOT NULL AND anonymous_id IS NOT NULL AND NOT starts_with(anonymous_id, 'kiosk-');
CREATE TABLE events AS
    SELECT coalesce(c.known, m.known, f.known, c.anonymous_id) AS profile_id, c.event, c.occurred_at,
        c.message_id, c.product_id AS p_product_id, c.category AS p_category, c.brand AS p_brand
    FROM click AS c
    ASOF LEFT JOIN mark AS m ON m.anonymous_id = c.anonymous_id AND m.occurred_at <= c.occurred_at
    LEFT JOIN (SELECT anonymous_id, arg_min(known, occurred_at) AS known FROM mark GROUP BY ALL) AS f
        ON f.anonymous_id = c.anonymous_id
    WHERE c.occurred_at <= $t;
CREATE TABLE hit AS
    SELECT profile_id AS customer, event AS name, epoch_us(occurred_at) AS "at", message_id AS id,
        p_product_id AS product, p_category AS category FROM events;
CREATE TABLE person AS
    SELECT part::VARCHAR AS customer, bool_or(kind <> 'loyalty_card') AS reachable FROM who GROUP BY part;

-- as the rules for fans and browsers call them
CREATE TABLE orders AS
    SELECT customer AS profile_id, order_no AS order_key, make_timestamptz("at") AS ordered_at, stands AS counts
    FROM bought;
CREATE TABLE lines AS
    SELECT who AS profile_id, order_no AS order_key, coalesce(l.category, p.category) AS category,
        coalesce(l.brand, p.brand) AS brand
    FROM line AS l LEFT JOIN read_parquet($files || '/products.parquet') AS p ON p.id = l.product_id;
"""

HIGH_RETURNERS = f"""
WITH own AS (
    SELECT customer, count(*) AS n, sum(total) AS worth, sum(refunded) AS refunded
    FROM purchase, asked WHERE customer IS NOT NULL AND t - "at" <= 365 * {DAY} GROUP BY customer),
loose AS (
    SELECT customer, sum(pence) AS pence FROM giveback, asked WHERE t - "at" <= 365 * {DAY} GROUP BY customer)
SELECT customer FROM own LEFT JOIN loose USING (customer)
WHERE n >= 3 AND worth > 0 AND 100 * least(refunded + coalesce(pence, 0), worth) >= 40 * worth
"""

_LOST = f"""
last_bought AS (
    SELECT customer, max("at") AS latest FROM purchase WHERE customer IS NOT NULL GROUP BY customer),
ended AS (
    SELECT customer, max("at") AS ended_at FROM subscription WHERE what = 'ended' GROUP BY customer),
gone AS (
    SELECT customer FROM last_bought, asked WHERE t - latest > 365 * {DAY}
    UNION
    SELECT customer FROM ended LEFT JOIN last_bought USING (customer)
    WHERE coalesce(latest < ended_at, true) AND NOT EXISTS (SELECT 1 FROM subscription AS s
        WHERE s.customer = ended.customer AND s.what <> 'ended' AND s."at" >= ended_at))
"""
_CONSENT = LOST_WITH_CONSENT.partition("bought AS")[0].strip().removeprefix("WITH").strip()
LOST = f"WITH {_LOST} SELECT customer FROM gone"
LOST_WITH = f"WITH {_CONSENT} {_LOST} SELECT customer FROM gone WHERE customer IN (FROM consent)"
LOST_WITHOUT = (
    f"WITH {_CONSENT} {_LOST} SELECT customer FROM gone WHERE customer NOT IN (FROM consent)"
)

RULES = {
    "high_returners": HIGH_RETURNERS,
    "lost_customers": LOST,
    "lost_with_consent": LOST_WITH,
    "lost_without_consent": LOST_WITHOUT,
    "lapsed_with_consent": LAPSED_WITH_CONSENT,
    "frequent_browsers": FREQUENT_BROWSERS,
    "cart_abandoners": CART_ABANDONERS,
    **SEGMENTS,
}
