"""A plain synthetic shop: N customers, about fifty events each, written as source files.

    python -m bench.synthetic FOLDER --customers 10000 --seed 1

Four kinds of Parquet files, in parts of 50,000 customers, as a shop's own export would be:

* ``orders-*.parquet``: one row per order line: order_no, customer_no, email, ordered_at, line_no,
  product_id, category, quantity, unit_price, amount, discount, coupon, channel
* ``refunds-*.parquet``: refund_no, order_no (missing for one in five), customer_no, refunded_at, amount
* ``events-*.parquet``: message_id, event, customer_no, email, visitor, occurred_at, product_id, category,
  price (one in twenty customers' events carry the e-mail address only; visitors nobody knows
  make one event in fifty)
* ``signups-*.parquet``: customer_no, email, signed_up_at

Everything is drawn from ``hash(seed, ...)``, so a seed gives the same shop again. The last three years
up to 2026-06-01; half of the customers bought twice or less.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

PART = 50_000
END_AT = "2026-06-01"

CUSTOMER = """
CREATE OR REPLACE TABLE customer AS
SELECT
    i AS number,
    printf('%08d', i) AS customer_no,
    printf('klant%08d@example.com', i) AS email,
    epoch_us(TIMESTAMPTZ '2026-06-01 00:00:00+00')
        - (86400000000 * 1095 * sqrt({draw_since}))::BIGINT AS since,
    least(60, floor(-4 * ln(1 - {draw_orders})))::INTEGER AS orders,
    20 + floor(50 * {draw_events})::INTEGER AS events
FROM range({first} + 1, {last} + 1) AS numbers (i)
"""

ORDERS = """
COPY (
    WITH placed AS (
        SELECT c.number, c.customer_no, c.email, k,
            since + ((epoch_us(TIMESTAMPTZ '2026-06-01 00:00:00+00') - since)
                * {draw_at})::BIGINT // 1000000 * 1000000 AS at_us,
            1 + floor(3 * {draw_lines})::INTEGER AS lines,
            CASE WHEN {draw_coupon} < 0.15 THEN 'WELKOM' || (k % 7) END AS coupon,
            ['web', 'app', 'store'][1 + (3 * {draw_channel})::INTEGER % 3] AS channel
        FROM customer AS c, unnest(range(c.orders)) AS o (k)
    ),
    line AS (
        SELECT *, 1 + floor(4 * {draw_quantity})::INTEGER AS quantity,
            199 + floor(9000 * {draw_price})::INTEGER AS pence,
            floor(5000 * {draw_product})::INTEGER AS product
        FROM placed, unnest(range(placed.lines)) AS l (line_no)
    )
    SELECT
        customer_no || '-' || k AS order_no,
        customer_no,
        email,
        make_timestamp(at_us) AS ordered_at,
        line_no::INTEGER AS line_no,
        printf('P%05d', product) AS product_id,
        printf('category %d', product % 40) AS category,
        quantity,
        (pence / 100)::DECIMAL(12, 2) AS unit_price,
        ((quantity * pence - CASE WHEN coupon IS NULL THEN 0 ELSE quantity * pence // 10 END)
            / 100)::DECIMAL(12, 2) AS amount,
        (CASE WHEN coupon IS NULL THEN 0 ELSE quantity * pence // 10 END
            / 100)::DECIMAL(12, 2) AS discount,
        coupon,
        channel
    FROM line
    ORDER BY at_us, order_no, line_no
) TO '{target}' (FORMAT parquet)
"""

REFUNDS = """
COPY (
    SELECT
        'R' || order_no AS refund_no,
        CASE WHEN {draw_named} < 0.8 THEN order_no END AS order_no,
        customer_no,
        ordered_at + to_microseconds((86400000000 * 30 * {draw_after})::BIGINT // 1000000 * 1000000)
            AS refunded_at,
        (sum(amount) * (1 + floor(4 * {draw_part})::INTEGER) / 4)::DECIMAL(12, 2) AS amount
    FROM read_parquet('{orders}')
    GROUP BY order_no, customer_no, ordered_at
    HAVING {draw_refund} < 0.12
    ORDER BY refunded_at
) TO '{target}' (FORMAT parquet)
"""

EVENTS = """
COPY (
    WITH seen AS (
        SELECT c.number, c.customer_no, c.email, k,
            since + ((epoch_us(TIMESTAMPTZ '2026-06-01 00:00:00+00') - since)
                * {draw_seen})::BIGINT // 1000 * 1000 AS at_us,
            {draw_what} AS what,
            floor(5000 * {draw_product})::INTEGER AS product
        FROM customer AS c, unnest(range(c.events)) AS e (k)
    )
    SELECT
        customer_no || '/' || k AS message_id,
        CASE WHEN what < 0.5 THEN 'Product Viewed' WHEN what < 0.7 THEN 'Product List Viewed'
            WHEN what < 0.8 THEN 'Page Viewed' WHEN what < 0.87 THEN 'Products Searched'
            WHEN what < 0.96 THEN 'Product Added' WHEN what < 0.998 THEN 'Checkout Started'
            WHEN what < 0.999 THEN 'Subscription Started'
            WHEN what < 0.9992 THEN 'Subscription Renewed'
            ELSE 'Subscription Ended' END AS event,
        CASE WHEN k % 50 <> 7 AND number % 20 <> 3 THEN customer_no END AS customer_no,
        CASE WHEN k % 50 <> 7 AND number % 20 = 3 THEN email END AS email,
        CASE WHEN k % 50 = 7 THEN 'visitor-' || customer_no END AS visitor,
        make_timestamp(at_us) AS occurred_at,
        printf('P%05d', product) AS product_id,
        printf('category %d', product % 40) AS category,
        ((199 + (product * 7919) % 9000) / 100)::DECIMAL(12, 2) AS price
    FROM seen
    ORDER BY at_us, message_id
) TO '{target}' (FORMAT parquet)
"""

SIGNUPS = """
COPY (
    SELECT customer_no, email, make_timestamp(since // 1000000 * 1000000) AS signed_up_at
    FROM customer
    ORDER BY since, number
) TO '{target}' (FORMAT parquet)
"""


def write(folder: Path, *, customers: int, seed: int) -> None:
    """Write the files of a shop of so many customers, part by part."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for part, first in enumerate(range(0, customers, PART)):
        last = min(first + PART, customers)
        targets = {
            kind: str(folder / f"{kind}-{part:03d}.parquet")
            for kind in ("orders", "refunds", "events", "signups")
        }
        connection.execute(_fill(CUSTOMER, seed, "i", "0", first=first, last=last))
        connection.execute(_fill(ORDERS, seed, "number", "k", target=targets["orders"]))
        connection.execute(
            _fill(
                REFUNDS, seed, "order_no", "0", orders=targets["orders"], target=targets["refunds"]
            )
        )
        connection.execute(_fill(EVENTS, seed, "number", "k", target=targets["events"]))
        connection.execute(_fill(SIGNUPS, seed, "number", "0", target=targets["signups"]))


def _fill(query: str, seed: int, who: str, which: str, **values: object) -> str:
    """The query, its ``{draw_x}`` as uniform draws in [0, 1) for each row."""
    names = {piece.split("}")[0] for piece in query.split("{draw_")[1:]}
    place = f"{which} * 1000 + line_no" if "AS l (line_no)" in query else which
    draws = {
        f"draw_{name}": f"(hash({seed}, {who}, {place if name in PER_LINE else which}, '{name}')"
        " % 1000000007 / 1000000007.0)"
        for name in names
    }
    return query.format(**draws, **values)


PER_LINE = {"quantity", "price", "product"}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    write(arguments.folder, customers=arguments.customers, seed=arguments.seed)
