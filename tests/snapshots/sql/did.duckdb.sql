-- t = 1790856000000000
-- t_365d_ago = 1759320000000000
-- us_365d = 31536000000000
-- event = 'Product Viewed'
-- t_7d_ago = 1790251200000000
-- us_7d = 604800000000
-- us_90d = 7776000000000
-- us_30d = 2592000000000
-- event_2 = 'Page Viewed'
-- t_90d_ago = 1783080000000000
-- t_30d_ago = 1788264000000000
WITH "profile" AS (
  SELECT
    "profile_id"
  FROM "presence" AS "r"
  WHERE
    "first_at" <= $t
), "of_order" AS (
  SELECT
    "r"."profile_id",
    MAX("ordered_at") AS "of_order_last_at",
    MAX("ordered_at", 5) AS "of_order_latest_5",
    COUNT(*) FILTER(WHERE
      "ordered_at" >= $t_90d_ago AND "ordered_at" < $t_30d_ago) AS "of_order_count",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= $t_90d_ago) AS "of_order_oldest",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= $t_30d_ago) AS "of_order_oldest_2"
  FROM "order_version" AS "r"
  WHERE
    "valid_from" <= $t
    AND (
      "valid_to" IS NULL OR "valid_to" > $t
    )
    AND "counts"
    AND "ordered_at" >= $t_365d_ago
  GROUP BY
    "r"."profile_id"
), "of_page_viewed_and_1_more" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) AS "of_page_viewed_and_1_more_count",
    MAX("occurred_at") FILTER(WHERE
      "event" = $event) AS "of_product_viewed_last_at"
  FROM "event" AS "r"
  WHERE
    "event" IN ($event_2, $event) AND "occurred_at" <= $t
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    "g1"."of_order_last_at" AS "of_order_last_at",
    "g1"."of_order_latest_5" AS "of_order_latest_5",
    COALESCE("g1"."of_order_count", 0) AS "of_order_count",
    "g1"."of_order_oldest" AS "of_order_oldest",
    "g1"."of_order_oldest_2" AS "of_order_oldest_2",
    COALESCE("g2"."of_page_viewed_and_1_more_count", 0) AS "of_page_viewed_and_1_more_count",
    "g2"."of_product_viewed_last_at" AS "of_product_viewed_last_at"
  FROM "profile" AS "p"
  LEFT JOIN "of_order" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
  LEFT JOIN "of_page_viewed_and_1_more" AS "g2"
    ON "p"."profile_id" = "g2"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    COALESCE("of_order_last_at" >= $t_365d_ago, FALSE) AS "buyers",
    COALESCE(
      CASE
        WHEN "of_order_last_at" >= $t_365d_ago
        THEN COALESCE((
          "of_order_last_at" + $us_365d
        ) + 1, 9223372036854775807)
      END,
      9223372036854775807
    ) AS "buyers__until",
    COALESCE(LIST_EXTRACT("of_order_latest_5", 2) >= $t_365d_ago, FALSE)
    AND (
      LIST_EXTRACT("of_order_latest_5", 5) IS NULL
      OR LIST_EXTRACT("of_order_latest_5", 5) < $t_365d_ago
    ) AS "some",
    CASE
      WHEN LIST_EXTRACT("of_order_latest_5", 2) IS NULL
      OR LIST_EXTRACT("of_order_latest_5", 2) < $t_365d_ago
      THEN 9223372036854775807
      WHEN LIST_EXTRACT("of_order_latest_5", 5) IS NULL
      OR LIST_EXTRACT("of_order_latest_5", 5) < $t_365d_ago
      THEN COALESCE((
        LIST_EXTRACT("of_order_latest_5", 2) + $us_365d
      ) + 1, 9223372036854775807)
      ELSE CASE
        WHEN LIST_EXTRACT("of_order_latest_5", 2) > LIST_EXTRACT("of_order_latest_5", 5)
        THEN COALESCE((
          LIST_EXTRACT("of_order_latest_5", 5) + $us_365d
        ) + 1, 9223372036854775807)
        ELSE 9223372036854775807
      END
    END AS "some__until",
    "of_product_viewed_last_at" IS NULL OR "of_product_viewed_last_at" < $t_7d_ago AS "nobody",
    CASE
      WHEN "of_product_viewed_last_at" IS NULL OR "of_product_viewed_last_at" < $t_7d_ago
      THEN 9223372036854775807
      ELSE COALESCE((
        "of_product_viewed_last_at" + $us_7d
      ) + 1, 9223372036854775807)
    END AS "nobody__until",
    "of_order_count" >= 1 AS "between",
    LEAST(
      COALESCE((
        "of_order_oldest" + $us_90d
      ) + 1, 9223372036854775807),
      COALESCE((
        "of_order_oldest_2" + $us_30d
      ) + 1, 9223372036854775807)
    ) AS "between__until",
    "of_page_viewed_and_1_more_count" >= 3 AS "ever"
  FROM "known"
)
SELECT
  "profile_id",
  "buyers" AS "buyers",
  NULLIF("buyers__until", 9223372036854775807) AS "buyers__until",
  "some" AS "some",
  NULLIF("some__until", 9223372036854775807) AS "some__until",
  "nobody" AS "nobody",
  NULLIF("nobody__until", 9223372036854775807) AS "nobody__until",
  "between" AS "between",
  NULLIF("between__until", 9223372036854775807) AS "between__until",
  "ever" AS "ever",
  CAST(NULL AS BIGINT) AS "ever__until"
FROM "layer_1"
