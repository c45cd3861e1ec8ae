"""Ready-made segments and traits as plain SQL over plain rows, by hand; nothing here comes from Stamgast.

* ``purchase``: customer (NULL: of nobody), number, at, pence, gross, discount, coupon, voucher (whether one was used)
* ``hit``: customer, name, at, id, product, category
* ``said``: customer, address, at, seq, agreed; of e-mail for marketing
* ``person``: customer, reachable (known by an e-mail address, phone or customer number)
* ``asked``: one row of t, midnight

Instants are microseconds. Each query gives the members, or customer and value.
"""

from __future__ import annotations

DAY = "86400000000"

RFM = f"""
WITH bought AS (
    SELECT customer, max("at") AS last_at,
        count(*) FILTER (midnight - "at" <= 365 * {DAY}) AS orders,
        sum(pence) FILTER (midnight - "at" <= 365 * {DAY}) AS revenue
    FROM purchase, asked WHERE customer IS NOT NULL AND "at" <= midnight GROUP BY customer),
buyer AS (SELECT * FROM bought WHERE orders >= 1),
size AS (SELECT count(*) AS n FROM buyer)
SELECT customer,
    100 * (1 + 5 * (SELECT count(*) FROM buyer AS w WHERE w.last_at < b.last_at) // n)
    + 10 * (1 + 5 * (SELECT count(*) FROM buyer AS w WHERE w.orders < b.orders) // n)
    + 1 + 5 * (SELECT count(*) FROM buyer AS w WHERE w.revenue < b.revenue) // n AS rfm
FROM buyer AS b, size
"""

_DISCOUNTS = f"""
WITH own AS (
    SELECT customer, count(*) AS orders, sum(gross) AS gross, sum(discount) AS discount
    FROM purchase, asked
    WHERE customer IS NOT NULL AND "at" <= t AND t - "at" <= 365 * {DAY} GROUP BY customer),
shop AS (
    SELECT sum(gross) AS gross, sum(discount) AS discount
    FROM purchase, asked WHERE "at" <= midnight AND midnight - "at" <= 365 * {DAY})
SELECT customer FROM own, shop
WHERE orders >= 3 AND shop.discount > 0 AND own.gross > 0
"""
BARGAIN_HUNTERS = f"""{_DISCOUNTS}
    AND 2 * own.discount::HUGEINT * shop.gross >= 3 * shop.discount::HUGEINT * own.gross"""
FULL_PRICE_BUYERS = f"""{_DISCOUNTS}
    AND 2 * own.discount::HUGEINT * shop.gross <= shop.discount::HUGEINT * own.gross"""

FREQUENT_BROWSERS = f"""
WITH viewed AS (
    SELECT customer, "at", lag("at") OVER (PARTITION BY customer ORDER BY "at") AS before
    FROM hit, asked
    WHERE "at" <= t AND name IN ('Page Viewed', 'Screen Viewed', 'Product Viewed',
        'Product List Viewed', 'Cart Viewed', 'Products Searched')),
visit AS (
    SELECT customer, timezone('Europe/Amsterdam', make_timestamptz("at"))::DATE AS day
    FROM viewed, asked
    WHERE (before IS NULL OR "at" - before >= 30 * 60000000) AND t - "at" <= 30 * {DAY})
SELECT customer FROM visit
WHERE customer NOT IN (SELECT customer FROM purchase, asked WHERE customer IS NOT NULL AND "at" <= t)
    AND customer IN (SELECT customer FROM person WHERE reachable)
GROUP BY customer HAVING count(*) >= 3 AND count(DISTINCT day) >= 2
"""

COUPON_SHOPPERS = """
WITH first AS (
    SELECT customer, arg_min(voucher, ("at", number)) AS voucher,
        arg_min(coalesce(coupon, ''), ("at", number)) AS code
    FROM purchase, asked WHERE customer IS NOT NULL AND "at" <= t GROUP BY customer)
SELECT customer FROM first
WHERE voucher AND NOT regexp_matches(code,
    '^(employee|staff|personeel|medewerker|gift[ _-]?card|cadeaukaart|cadeaubon|(spaar)?punten|(wc_)?points)', 'i')
"""

_CONSENT = """
consent AS (
    SELECT DISTINCT customer FROM (
        SELECT customer, agreed FROM said, asked WHERE "at" <= t
        QUALIFY row_number() OVER (PARTITION BY customer, address ORDER BY "at" DESC, seq DESC) = 1)
    WHERE agreed),
bought AS (
    SELECT customer, count(*) AS n, any_value(t) - max("at") AS r
    FROM purchase, asked WHERE "at" <= t GROUP BY customer)
"""
LAPSED_WITH_CONSENT = f"""WITH {_CONSENT}
SELECT customer FROM bought JOIN consent USING (customer) WHERE r > 90 * {DAY}"""
LOST_WITH_CONSENT = f"""WITH {_CONSENT}
SELECT customer FROM bought JOIN consent USING (customer) WHERE r > 365 * {DAY}"""
LOST_WITHOUT_CONSENT = f"""WITH {_CONSENT}
SELECT customer FROM bought WHERE r > 365 * {DAY} AND customer NOT IN (FROM consent)"""

CART_ABANDONERS = f"""
WITH cart AS (
    SELECT customer, name, "at", t,
        row_number() OVER (PARTITION BY customer ORDER BY "at" DESC, id DESC) AS nth
    FROM hit, asked
    WHERE "at" <= t AND name IN ('Product Added', 'Product Removed', 'Checkout Started'))
SELECT customer FROM cart
WHERE nth = 1 AND name <> 'Product Removed'
    AND t - "at" > {DAY} // 24 AND t - "at" <= 7 * {DAY}
    AND NOT EXISTS (SELECT 1 FROM purchase AS p
        WHERE p.customer = cart.customer AND p."at" >= cart."at" AND p."at" <= t)
"""

VIEWS = """'Page Viewed', 'Screen Viewed', 'Product Viewed', 'Product List Viewed', 'Cart Viewed',
        'Products Searched'"""
VISITS = f"""
viewed AS (
    SELECT h.*, coalesce("at" - lag("at") OVER mine >= 30 * 60000000, true) AS starts
    FROM hit AS h, asked WHERE "at" <= t AND name IN ({VIEWS})
    WINDOW mine AS (PARTITION BY customer ORDER BY "at")),
visit AS (
    SELECT *, count(*) FILTER (starts) OVER (
        PARTITION BY customer ORDER BY "at" RANGE UNBOUNDED PRECEDING) AS number FROM viewed),
begun AS (SELECT *, min("at") OVER (PARTITION BY customer, number) AS begins FROM visit),
"""
"""All views cut into visits; an event, the number of its visit and when that began."""

BUYING_PHASE = f"""
WITH {VISITS}
last_bought AS (
    SELECT customer, max("at") AS bought_at FROM purchase, asked WHERE "at" <= t GROUP BY customer),
looked AS (
    SELECT customer, 'product' AS kind, product AS what, number, begins, "at" FROM begun
    WHERE name = 'Product Viewed'
    UNION ALL
    SELECT customer, 'category', category, number, begins, "at" FROM begun
    WHERE name IN ('Product Viewed', 'Product List Viewed')),
again AS (
    SELECT DISTINCT customer FROM (
        SELECT k.customer FROM looked AS k CROSS JOIN asked LEFT JOIN last_bought AS l USING (customer)
        WHERE what IS NOT NULL AND coalesce("at" > bought_at, true) AND t - begins <= 14 * {DAY}
        GROUP BY k.customer, kind, what HAVING count(DISTINCT number) >= 2)),
since AS (
    SELECT h.customer, name, t - h."at" AS age
    FROM hit AS h CROSS JOIN asked LEFT JOIN last_bought AS l ON l.customer = h.customer
    WHERE h."at" <= t AND (bought_at IS NULL OR h."at" > bought_at)),
seen AS (
    SELECT customer,
        bool_or(age <= 7 * {DAY} AND name IN ('Product Added', 'Cart Viewed', 'Checkout Started',
            'Checkout Step Viewed', 'Payment Info Entered')) AS deciding,
        bool_or(age <= 14 * {DAY} AND name IN ('Products Searched', 'Product Added to Wishlist'))
            AS considering,
        bool_or(age <= 14 * {DAY} AND name IN ('Page Viewed', 'Screen Viewed', 'Product Viewed',
            'Product List Viewed', 'Cart Viewed', 'Products Searched')) AS orienting
    FROM since GROUP BY customer)
SELECT customer, CASE WHEN deciding THEN 'deciding'
    WHEN considering OR customer IN (FROM again) THEN 'considering'
    WHEN orienting THEN 'orienting' WHEN t - bought_at <= 14 * {DAY} THEN 'just_bought'
    ELSE 'resting' END AS phase
FROM person CROSS JOIN asked LEFT JOIN seen USING (customer) LEFT JOIN last_bought USING (customer)
"""

SEGMENTS = {
    "bargain_hunters": BARGAIN_HUNTERS,
    "full_price_buyers": FULL_PRICE_BUYERS,
    "coupon_shoppers": COUPON_SHOPPERS,
    "frequent_browsers": FREQUENT_BROWSERS,
    "lapsed_with_consent": LAPSED_WITH_CONSENT,
    "lost_with_consent": LOST_WITH_CONSENT,
    "lost_without_consent": LOST_WITHOUT_CONSENT,
    "cart_abandoners": CART_ABANDONERS,
}
TRAITS = {"rfm": RFM, "buying_phase": BUYING_PHASE}
