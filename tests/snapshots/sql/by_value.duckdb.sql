-- t = 1790856000000000
-- event = 'Product Viewed'
-- us_60d = 5184000000000
-- p_price = 1000
-- t_60d_ago = 1785672000000000
WITH "event_rows" AS MATERIALIZED (
  SELECT
    "r"."profile_id",
    "r"."occurred_at",
    "r"."message_id",
    "r"."p_category",
    "r"."p_price"
  FROM "event" AS "r"
  WHERE
    "r"."event" = $event
    AND "r"."occurred_at" <= $t
    AND "r"."occurred_at" >= $t_60d_ago
), "profile" AS (
  SELECT
    "profile_id"
  FROM "presence" AS "r"
  WHERE
    "first_at" <= $t
), "of_product_viewed_by_category" AS (
  SELECT
    "r"."profile_id",
    "p_category" AS "key",
    COUNT(*) AS "of_product_viewed_by_category_rows",
    COUNT(*) FILTER(WHERE
      "p_price" >= $p_price) AS "of_product_viewed_by_category_rows_2",
    MAX({'at': "occurred_at", 'id': "message_id"}) FILTER(WHERE
      "p_price" >= $p_price) AS "of_product_viewed_by_category_last"
  FROM "event_rows" AS "r"
  WHERE
    NOT "p_category" IS NULL
  GROUP BY
    "r"."profile_id",
    "key"
), "of_product_viewed" AS (
  SELECT
    "r"."profile_id",
    MIN("occurred_at") AS "of_product_viewed_oldest",
    MIN("occurred_at") FILTER(WHERE
      "p_price" >= $p_price) AS "of_product_viewed_oldest_2"
  FROM "event_rows" AS "r"
  GROUP BY
    "r"."profile_id"
), "of_product_viewed_by_category_by_profile" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) AS "of_product_viewed_by_category_by_profile_distinct",
    ARG_MAX_NULL(
      "key",
      {'rows': "of_product_viewed_by_category_rows_2", 'last': "of_product_viewed_by_category_last"}
    ) FILTER(WHERE
      "of_product_viewed_by_category_rows_2" > 0) AS "of_product_viewed_by_category_by_profile_most_frequent"
  FROM "of_product_viewed_by_category" AS "r"
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    "g1"."of_product_viewed_oldest" AS "of_product_viewed_oldest",
    "g1"."of_product_viewed_oldest_2" AS "of_product_viewed_oldest_2",
    COALESCE("g2"."of_product_viewed_by_category_by_profile_distinct", 0) AS "of_product_viewed_by_category_by_profile_distinct",
    "g2"."of_product_viewed_by_category_by_profile_most_frequent" AS "of_product_viewed_by_category_by_profile_most_frequent"
  FROM "profile" AS "p"
  LEFT JOIN "of_product_viewed" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
  LEFT JOIN "of_product_viewed_by_category_by_profile" AS "g2"
    ON "p"."profile_id" = "g2"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    COALESCE((
      "of_product_viewed_oldest" + $us_60d
    ) + 1, 9223372036854775807) AS "viewed_categories__until",
    COALESCE((
      "of_product_viewed_oldest_2" + $us_60d
    ) + 1, 9223372036854775807) AS "favourite_category__until"
  FROM "known"
)
SELECT
  "profile_id",
  "of_product_viewed_by_category_by_profile_distinct" AS "viewed_categories",
  NULLIF("viewed_categories__until", 9223372036854775807) AS "viewed_categories__until",
  "of_product_viewed_by_category_by_profile_most_frequent" AS "favourite_category",
  NULLIF("favourite_category__until", 9223372036854775807) AS "favourite_category__until"
FROM "layer_1"
