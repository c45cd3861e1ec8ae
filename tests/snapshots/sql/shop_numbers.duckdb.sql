-- t = 1790856000000000
-- size = 11
-- next_midnight = 1790892000000000
-- size_2 = 11
-- number = 10
-- shop_total = 1234
-- shop_total_2 = 1234
-- percentile = 5
WITH "profile" AS (
  SELECT
    "profile_id"
  FROM "presence" AS "r"
  WHERE
    "first_at" <= $t
), "of_order" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) AS "of_order_count",
    SUM("net_total") AS "of_order_sum_amount"
  FROM "order_version" AS "r"
  WHERE
    "valid_from" <= $t AND (
      "valid_to" IS NULL OR "valid_to" > $t
    ) AND "counts"
  GROUP BY
    "r"."profile_id"
), "of_refund" AS (
  SELECT
    "r"."profile_id",
    SUM(-"amount") AS "of_refund_sum_amount"
  FROM "loose_refund" AS "r"
  WHERE
    "valid_from" <= $t AND (
      "valid_to" IS NULL OR "valid_to" > $t
    )
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    COALESCE("g1"."of_order_count", 0) AS "of_order_count",
    COALESCE("g1"."of_order_sum_amount", 0) AS "of_order_sum_amount",
    COALESCE("g2"."of_refund_sum_amount", 0) AS "of_refund_sum_amount",
    "s3"."score" AS "score",
    "s4"."score" AS "score_2"
  FROM "profile" AS "p"
  LEFT JOIN "of_order" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
  LEFT JOIN "of_refund" AS "g2"
    ON "p"."profile_id" = "g2"."profile_id"
  LEFT JOIN "scores" AS "s3"
    ON "p"."profile_id" = "s3"."profile_id"
  LEFT JOIN "scores" AS "s4"
    ON "p"."profile_id" = "s4"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    TRY_CAST("of_order_sum_amount" + "of_refund_sum_amount" AS BIGINT) AS "net_revenue",
    CAST(1 + (
      (
        (
          "score" * 5
        ) // $size
      )
    ) AS BIGINT) AS "money",
    CAST(1 + (
      (
        (
          "score_2" * 5
        ) // $size_2
      )
    ) AS BIGINT) AS "frequency",
    CAST($shop_total AS BIGINT) AS "value_3",
    CAST($shop_total_2 AS BIGINT) AS "value_4",
    "of_order_count" >= $percentile AS "often"
  FROM "known"
), "layer_2" AS (
  SELECT
    *,
    CAST($number AS DOUBLE) * CAST("frequency" AS DOUBLE) AS "double",
    CASE
      WHEN "of_order_count" <> 0
      THEN CAST("net_revenue" AS DOUBLE) / CAST(CAST("of_order_count" AS INT128) * 100 AS DOUBLE)
    END AS "double_3",
    CASE
      WHEN "value_4" <> 0
      THEN CAST(CAST("value_3" AS INT128) * 3 AS DOUBLE) / CAST(CAST("value_4" AS INT128) * 200 AS DOUBLE)
    END AS "double_4"
  FROM "layer_1"
), "layer_3" AS (
  SELECT
    *,
    CASE WHEN ABS("double") < CAST('Infinity' AS DOUBLE) THEN "double" END AS "value",
    CASE WHEN ABS("double_3") < CAST('Infinity' AS DOUBLE) THEN "double_3" END AS "per_order",
    CASE WHEN ABS("double_4") < CAST('Infinity' AS DOUBLE) THEN "double_4" END AS "much_per_order"
  FROM "layer_2"
), "layer_4" AS (
  SELECT
    *,
    "value" + CAST("money" AS DOUBLE) AS "double_2",
    COALESCE("per_order" >= "much_per_order", FALSE) AS "spenders"
  FROM "layer_3"
), "layer_5" AS (
  SELECT
    *,
    CASE WHEN ABS("double_2") < CAST('Infinity' AS DOUBLE) THEN "double_2" END AS "value_2"
  FROM "layer_4"
), "layer_6" AS (
  SELECT
    *,
    FLOOR("value_2") AS "exact"
  FROM "layer_5"
), "layer_7" AS (
  SELECT
    *,
    TRY_CAST("exact" AS BIGINT) AS "both"
  FROM "layer_6"
)
SELECT
  "profile_id",
  "of_order_count" AS "orders",
  CAST(NULL AS BIGINT) AS "orders__until",
  "net_revenue" AS "net_revenue",
  CAST(NULL AS BIGINT) AS "net_revenue__until",
  "money" AS "money",
  NULLIF($next_midnight, 9223372036854775807) AS "money__until",
  "frequency" AS "frequency",
  NULLIF($next_midnight, 9223372036854775807) AS "frequency__until",
  "both" AS "both",
  NULLIF($next_midnight, 9223372036854775807) AS "both__until",
  "per_order" AS "per_order",
  CAST(NULL AS BIGINT) AS "per_order__until",
  "much_per_order" AS "much_per_order",
  NULLIF($next_midnight, 9223372036854775807) AS "much_per_order__until",
  "spenders" AS "spenders",
  NULLIF($next_midnight, 9223372036854775807) AS "spenders__until",
  "often" AS "often",
  NULLIF($next_midnight, 9223372036854775807) AS "often__until"
FROM "layer_7"
