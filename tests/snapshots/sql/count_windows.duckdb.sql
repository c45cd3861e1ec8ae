-- t = 1790856000000000
-- us_365d = 31536000000000
-- us_90d = 7776000000000
-- us_30d = 2592000000000
-- t_365d_ago = 1759320000000000
-- t_90d_ago = 1783080000000000
-- t_30d_ago = 1788264000000000
-- from_at = 1767222000000000
-- until_at = 1798758000000000
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
    COUNT(*) FILTER(WHERE
      "ordered_at" >= $t_365d_ago) AS "of_order_count_2",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= $t_365d_ago) AS "of_order_oldest",
    COUNT(*) FILTER(WHERE
      "ordered_at" >= $t_90d_ago AND "ordered_at" < $t_30d_ago) AS "of_order_count_3",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= $t_90d_ago) AS "of_order_oldest_2",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= $t_30d_ago) AS "of_order_oldest_3",
    COUNT(*) FILTER(WHERE
      "ordered_at" >= $from_at AND "ordered_at" < $until_at) AS "of_order_count_4"
  FROM "order_version" AS "r"
  WHERE
    "valid_from" <= $t AND (
      "valid_to" IS NULL OR "valid_to" > $t
    ) AND "counts"
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    COALESCE("g1"."of_order_count", 0) AS "of_order_count",
    COALESCE("g1"."of_order_count_2", 0) AS "of_order_count_2",
    "g1"."of_order_oldest" AS "of_order_oldest",
    COALESCE("g1"."of_order_count_3", 0) AS "of_order_count_3",
    "g1"."of_order_oldest_2" AS "of_order_oldest_2",
    "g1"."of_order_oldest_3" AS "of_order_oldest_3",
    COALESCE("g1"."of_order_count_4", 0) AS "of_order_count_4"
  FROM "profile" AS "p"
  LEFT JOIN "of_order" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    COALESCE((
      "of_order_oldest" + $us_365d
    ) + 1, 9223372036854775807) AS "orders_365d__until",
    LEAST(
      COALESCE((
        "of_order_oldest_2" + $us_90d
      ) + 1, 9223372036854775807),
      COALESCE((
        "of_order_oldest_3" + $us_30d
      ) + 1, 9223372036854775807)
    ) AS "orders_30_90d__until"
  FROM "known"
)
SELECT
  "profile_id",
  "of_order_count" AS "orders",
  CAST(NULL AS BIGINT) AS "orders__until",
  "of_order_count_2" AS "orders_365d",
  NULLIF("orders_365d__until", 9223372036854775807) AS "orders_365d__until",
  "of_order_count_3" AS "orders_30_90d",
  NULLIF("orders_30_90d__until", 9223372036854775807) AS "orders_30_90d__until",
  "of_order_count_4" AS "orders_2026",
  CAST(NULL AS BIGINT) AS "orders_2026__until"
FROM "layer_1"
