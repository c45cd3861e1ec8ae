-- The events of the synthetic site into the lake's file schema, by hand: nothing checked, no duplicates looked for,
-- nothing recorded. $files: the Parquet files. The targets are filled in by the script: {event} and so on.
-- seq: the position in the files. An identity is a customer number, else an e-mail address, else a visitor.

CREATE OR REPLACE TEMP TABLE identity AS
SELECT kind, value, first_seq, first_at, row_number() OVER (ORDER BY first_seq) AS identity_id
FROM (
    SELECT
        CASE WHEN customer_no IS NOT NULL THEN 'customer_id' WHEN email IS NOT NULL THEN 'email'
            ELSE 'anonymous_id' END AS kind,
        coalesce(customer_no, email, visitor) AS value,
        min(file_index * 1000000000 + file_row_number) AS first_seq,
        min(occurred_at) AT TIME ZONE 'UTC' AS first_at
    FROM read_parquet($files, file_row_number = true)
    GROUP BY ALL
);

COPY (
    SELECT
        i.identity_id,
        e.event,
        e.occurred_at AT TIME ZONE 'UTC' AS occurred_at,
        now() AS received_at,
        'synthetic-site:' || e.message_id AS message_id,
        'synthetic-site' AS source,
        e.file_index * 1000000000 + e.file_row_number AS seq,
        NULL::VARCHAR AS extra,
        1 AS batch,
        e.category AS p_category,
        (e.price * 100)::BIGINT AS p_price,
        e.product_id AS p_product_id
    FROM read_parquet($files, file_row_number = true) AS e
    JOIN identity AS i ON i.value = coalesce(e.customer_no, e.email, e.visitor)
    ORDER BY i.identity_id, e.occurred_at, e.message_id
) TO '{event}' (FORMAT parquet, COMPRESSION lz4);

COPY (
    SELECT identity_id AS identifier_id, kind, value, first_seq, 1 AS batch
    FROM identity
    ORDER BY identifier_id
) TO '{identifier}' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT identity_id, first_at, 1 AS batch
    FROM identity
    ORDER BY identity_id
) TO '{first_seen}' (FORMAT parquet, COMPRESSION zstd);
