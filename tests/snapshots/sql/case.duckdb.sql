-- t = 1790856000000000
-- us_30d = 2592000000000
-- t_30d_ago = 1788264000000000
-- outcome = 'often'
-- t_365d_ago = 1759320000000000
-- us_365d = 31536000000000
-- outcome_2 = 'now and then'
-- outcome_3 = 'seldom'
-- stage = 'red_alert'
-- stage_2 = 'prospect'
-- stage_3 = 'new_buyer'
-- t_60d_ago = 1785672000000000
-- stage_4 = 'promising'
-- t_90d_ago = 1783080000000000
-- stage_5 = 'drifting'
-- stage_6 = 'sleeper'
-- stage_7 = 'loyal'
-- stage_8 = 'at_risk'
-- us_60d = 5184000000000
-- us_90d = 7776000000000
-- value = 'seldom'
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
      "ordered_at" >= $t_30d_ago) AS "of_order_count_2",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= $t_30d_ago) AS "of_order_oldest",
    MAX("ordered_at", 3) AS "of_order_latest_3",
    MAX("ordered_at") AS "of_order_last_at"
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
    "g1"."of_order_latest_3" AS "of_order_latest_3",
    "g1"."of_order_last_at" AS "of_order_last_at"
  FROM "profile" AS "p"
  LEFT JOIN "of_order" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    COALESCE((
      "of_order_oldest" + $us_30d
    ) + 1, 9223372036854775807) AS "orders_30d__until",
    COALESCE(LIST_EXTRACT("of_order_latest_3", 3) >= $t_30d_ago, FALSE) AS "holds",
    COALESCE(
      CASE
        WHEN LIST_EXTRACT("of_order_latest_3", 3) >= $t_30d_ago
        THEN COALESCE((
          LIST_EXTRACT("of_order_latest_3", 3) + $us_30d
        ) + 1, 9223372036854775807)
      END,
      9223372036854775807
    ) AS "holds__until",
    COALESCE("of_order_last_at" >= $t_365d_ago, FALSE) AS "holds_2",
    COALESCE(
      CASE
        WHEN "of_order_last_at" >= $t_365d_ago
        THEN COALESCE((
          "of_order_last_at" + $us_365d
        ) + 1, 9223372036854775807)
      END,
      9223372036854775807
    ) AS "holds__until_2",
    CASE
      WHEN "of_order_count" = 0
      THEN $stage_2
      WHEN "of_order_count" = 1 AND "of_order_last_at" >= $t_30d_ago
      THEN $stage_3
      WHEN "of_order_count" >= 2
      AND "of_order_count" <= 3
      AND "of_order_last_at" >= $t_60d_ago
      THEN $stage_4
      WHEN "of_order_count" >= 1
      AND "of_order_count" <= 3
      AND "of_order_last_at" >= $t_90d_ago
      THEN $stage_5
      WHEN "of_order_count" >= 1 AND "of_order_count" <= 3
      THEN $stage_6
      WHEN "of_order_count" >= 4 AND "of_order_last_at" >= $t_90d_ago
      THEN $stage_7
      WHEN "of_order_count" >= 4 AND "of_order_last_at" >= $t_365d_ago
      THEN $stage_8
      ELSE $stage
    END AS "stage_now",
    CASE WHEN "of_order_count" = 0 THEN 9223372036854775807 ELSE 0 END AS "stage_end_0",
    CASE
      WHEN "of_order_count" = 1
      THEN COALESCE((
        "of_order_last_at" + $us_30d
      ) + 1, 0)
      ELSE 0
    END AS "stage_end_1",
    CASE
      WHEN "of_order_count" >= 2 AND "of_order_count" <= 3
      THEN COALESCE((
        "of_order_last_at" + $us_60d
      ) + 1, 0)
      ELSE 0
    END AS "stage_end_2",
    CASE
      WHEN "of_order_count" >= 1 AND "of_order_count" <= 3
      THEN COALESCE((
        "of_order_last_at" + $us_90d
      ) + 1, 0)
      ELSE 0
    END AS "stage_end_3",
    CASE
      WHEN "of_order_count" >= 1 AND "of_order_count" <= 3
      THEN 9223372036854775807
      ELSE 0
    END AS "stage_end_4",
    CASE
      WHEN "of_order_count" >= 4
      THEN COALESCE((
        "of_order_last_at" + $us_90d
      ) + 1, 0)
      ELSE 0
    END AS "stage_end_5",
    CASE
      WHEN "of_order_count" >= 4
      THEN COALESCE((
        "of_order_last_at" + $us_365d
      ) + 1, 0)
      ELSE 0
    END AS "stage_end_6"
  FROM "known"
), "layer_2" AS (
  SELECT
    *,
    CASE
      WHEN "holds"
      THEN CAST($outcome AS TEXT)
      WHEN "holds_2"
      THEN CAST($outcome_2 AS TEXT)
      ELSE CAST($outcome_3 AS TEXT)
    END AS "how_often",
    CASE
      WHEN "holds"
      THEN "holds__until"
      WHEN "holds_2"
      THEN LEAST("holds__until", "holds__until_2")
      ELSE LEAST("holds__until", "holds__until_2")
    END AS "how_often__until",
    CASE
      WHEN "stage_end_0" > $t
      THEN "stage_end_0"
      WHEN "stage_end_1" > $t
      THEN "stage_end_1"
      WHEN "stage_end_2" > $t
      THEN "stage_end_2"
      WHEN "stage_end_3" > $t
      THEN "stage_end_3"
      WHEN "stage_end_4" > $t
      THEN "stage_end_4"
      WHEN "stage_end_5" > $t
      THEN "stage_end_5"
      WHEN "stage_end_6" > $t
      THEN "stage_end_6"
      ELSE 9223372036854775807
    END AS "stage__until"
  FROM "layer_1"
), "layer_3" AS (
  SELECT
    *,
    "stage_now" IN ($stage_3, $stage_7) AS "holds_3",
    COALESCE("how_often" = $value, FALSE) AS "seldom"
  FROM "layer_2"
), "layer_4" AS (
  SELECT
    *,
    CASE WHEN "holds_3" THEN "of_order_count_2" ELSE CAST(NULL AS BIGINT) END AS "recent",
    CASE
      WHEN "holds_3"
      THEN LEAST("stage__until", "orders_30d__until")
      ELSE "stage__until"
    END AS "recent__until"
  FROM "layer_3"
)
SELECT
  "profile_id",
  "of_order_count" AS "orders",
  CAST(NULL AS BIGINT) AS "orders__until",
  "of_order_count_2" AS "orders_30d",
  NULLIF("orders_30d__until", 9223372036854775807) AS "orders_30d__until",
  "how_often" AS "how_often",
  NULLIF("how_often__until", 9223372036854775807) AS "how_often__until",
  "recent" AS "recent",
  NULLIF("recent__until", 9223372036854775807) AS "recent__until",
  "seldom" AS "seldom",
  NULLIF("how_often__until", 9223372036854775807) AS "seldom__until"
FROM "layer_4"
