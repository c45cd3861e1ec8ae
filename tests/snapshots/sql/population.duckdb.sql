-- t = 1790856000000000
-- t_365d_ago = 1759320000000000
WITH "of_order" AS (
  SELECT
    "r"."profile_id",
    SUM("net_total") AS "of_order_sum_amount",
    MAX("ordered_at") AS "of_order_last_at"
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
    COALESCE("p"."of_order_sum_amount", 0) AS "of_order_sum_amount",
    "p"."of_order_last_at" AS "of_order_last_at",
    COALESCE("g1"."of_refund_sum_amount", 0) AS "of_refund_sum_amount"
  FROM "of_order" AS "p"
  LEFT JOIN "of_refund" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
  WHERE
    NOT "p"."profile_id" IS NULL
), "layer_1" AS (
  SELECT
    *,
    TRY_CAST("of_order_sum_amount" + "of_refund_sum_amount" AS BIGINT) AS "net_revenue"
  FROM "known"
)
SELECT
  "profile_id",
  "net_revenue" AS "net_revenue",
  COALESCE("of_order_last_at" >= $t_365d_ago, FALSE) AS "holds 1"
FROM "layer_1"
