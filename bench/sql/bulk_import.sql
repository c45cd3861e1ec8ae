-- The whole of Complete Journey into the lake's file schema, by hand: what a DuckDB user would write
-- who knows the set and needs nothing checked, quarantined, recorded or safe from a crash.
-- $file: transactions.parquet. The targets are filled in by the script: {order_line} and so on.

CREATE OR REPLACE TEMP TABLE raw AS
SELECT
    file_row_number AS row_no,
    household_id,
    basket_id,
    transaction_timestamp::TIMESTAMP AS said_at,
    store_id,
    product_id,
    quantity,
    (sales_value::DECIMAL(18, 2) * 100)::BIGINT AS amount,
    ((retail_disc::DECIMAL(18, 2) + coupon_match_disc::DECIMAL(18, 2)) * 100)::BIGINT AS discount,
    coupon_disc > 0 OR coupon_match_disc > 0 AS coupon_used
FROM read_parquet($file, file_row_number = true);

CREATE OR REPLACE TEMP TABLE household AS
SELECT household_id, row_number() OVER (ORDER BY min(row_no)) AS identity_id, min(row_no) AS first_row,
    min(said_at) AS first_at
FROM raw
GROUP BY household_id;

CREATE OR REPLACE TEMP TABLE basket AS
SELECT
    h.identity_id,
    'complete-journey:' || b.basket_id AS order_key,
    b.*
FROM (
    SELECT
        basket_id,
        any_value(household_id) AS household_id,
        min(row_no) AS first_row,
        min(said_at) AT TIME ZONE 'UTC' AS ordered_at,
        sum(amount)::BIGINT AS total,
        sum(amount + discount)::BIGINT AS gross,
        sum(discount)::BIGINT AS discount,
        bool_or(coupon_used) AS coupon_used,
        any_value(store_id) AS store_id
    FROM raw
    GROUP BY basket_id
) AS b
JOIN household AS h USING (household_id);

COPY (
    SELECT
        b.identity_id,
        b.order_key,
        b.first_row AS statement_seq,
        b.ordered_at,
        row_number() OVER (PARTITION BY r.basket_id ORDER BY r.row_no)::INTEGER AS line_no,
        r.product_id::VARCHAR AS product_id,
        NULL::VARCHAR AS sku,
        NULL::VARCHAR AS name,
        NULL::VARCHAR AS category,
        NULL::VARCHAR AS brand,
        r.quantity::DECIMAL(18, 3) AS quantity,
        NULL::BIGINT AS unit_price,
        r.amount,
        r.amount + r.discount AS gross,
        r.discount,
        NULL::VARCHAR AS coupon,
        NULL::VARCHAR AS line_kind,
        NULL::VARCHAR AS extra,
        1 AS batch
    FROM raw AS r
    JOIN basket AS b USING (basket_id)
    ORDER BY b.identity_id, b.ordered_at, b.order_key, line_no
) TO '{order_line}' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT
        identity_id,
        order_key,
        100 AS source_rank,
        first_row AS seq,
        ordered_at,
        ordered_at AS valid_from,
        now() AS received_at,
        true AS counts,
        total,
        gross,
        discount,
        basket_id::VARCHAR AS order_id,
        NULL::VARCHAR AS coupon,
        coupon_used,
        NULL::VARCHAR AS channel,
        store_id::VARCHAR AS store,
        NULL::VARCHAR AS status,
        'complete-journey' AS source,
        'USD' AS currency,
        false AS approximate,
        '{"ordered_at":"' || ordered_at::VARCHAR || '","coupon_used":' || coupon_used::VARCHAR
            || ',"store":"' || store_id || '","customer_id":"' || household_id || '"}' AS said,
        1 AS batch
    FROM basket
    ORDER BY identity_id, ordered_at, order_key
) TO '{order_statement}' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT
        identity_id,
        order_key,
        1 AS version,
        ordered_at,
        ordered_at AS valid_from,
        NULL::TIMESTAMPTZ AS valid_to,
        true AS counts,
        total,
        0::BIGINT AS refunded,
        total AS net_total,
        gross,
        discount,
        basket_id::VARCHAR AS order_id,
        NULL::VARCHAR AS coupon,
        coupon_used,
        NULL::VARCHAR AS channel,
        store_id::VARCHAR AS store,
        NULL::VARCHAR AS status,
        first_row AS lines_seq,
        now() AS received_at,
        1 AS batch
    FROM basket
    ORDER BY identity_id, ordered_at, order_key
) TO '{order_version}' (FORMAT parquet, COMPRESSION lz4);

COPY (
    SELECT identity_id AS identifier_id, 'customer_id' AS kind, household_id::VARCHAR AS value,
        first_row AS first_seq, 1 AS batch
    FROM household
    ORDER BY identifier_id
) TO '{identifier}' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT identity_id, first_at AT TIME ZONE 'UTC' AS first_at, 1 AS batch
    FROM household
    ORDER BY identity_id
) TO '{first_seen}' (FORMAT parquet, COMPRESSION zstd);
