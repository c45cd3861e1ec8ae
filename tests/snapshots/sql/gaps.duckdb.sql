-- t = 1790856000000000
-- zone = 'Europe/Amsterdam'
-- clock = 1774746000000000
-- shift = 7200000000
-- clock_2 = 1761440400000000
-- shift_2 = 3600000000
-- clock_3 = 1743296400000000
-- clock_4 = 1729990800000000
-- clock_5 = 1711846800000000
-- clock_6 = 1698541200000000
-- clock_7 = 1679792400000000
-- clock_8 = 1667091600000000
-- clock_9 = 1648342800000000
-- clock_10 = 1635642000000000
-- clock_11 = 1632744000000000
-- us_365d = 31536000000000
-- t_365d_ago = 1759320000000000
WITH "profile" AS (
  SELECT
    "profile_id"
  FROM "presence" AS "r"
  WHERE
    "first_at" <= $t
), "order_rows" AS MATERIALIZED (
  SELECT
    "r"."profile_id",
    "r"."ordered_at"
  FROM "order_version" AS "r"
  WHERE
    "valid_from" <= $t AND (
      "valid_to" IS NULL OR "valid_to" > $t
    ) AND "counts"
), "of_order_by_day" AS (
  SELECT
    "r"."profile_id",
    CASE
      WHEN "ordered_at" >= $clock_11
      THEN (
        "ordered_at" + CASE
          WHEN "ordered_at" >= $clock
          THEN $shift
          WHEN "ordered_at" >= $clock_2
          THEN $shift_2
          WHEN "ordered_at" >= $clock_3
          THEN $shift
          WHEN "ordered_at" >= $clock_4
          THEN $shift_2
          WHEN "ordered_at" >= $clock_5
          THEN $shift
          WHEN "ordered_at" >= $clock_6
          THEN $shift_2
          WHEN "ordered_at" >= $clock_7
          THEN $shift
          WHEN "ordered_at" >= $clock_8
          THEN $shift_2
          WHEN "ordered_at" >= $clock_9
          THEN $shift
          WHEN "ordered_at" >= $clock_10
          THEN $shift_2
          ELSE $shift
        END
      ) // 86400000000
      ELSE CAST(CAST(TIMEZONE($zone, TIMEZONE('UTC', MAKE_TIMESTAMP("ordered_at"))) AS DATE) - CAST('1970-01-01' AS DATE) AS BIGINT)
    END AS "key",
    COUNT(*) AS "of_order_by_day_rows",
    COUNT(*) FILTER(WHERE
      "ordered_at" >= $t_365d_ago) AS "of_order_by_day_rows_2"
  FROM "order_rows" AS "r"
  GROUP BY
    "r"."profile_id",
    "key"
), "of_order" AS (
  SELECT
    "r"."profile_id",
    MIN("ordered_at") AS "of_order_oldest"
  FROM "order_rows" AS "r"
  WHERE
    "ordered_at" >= $t_365d_ago
  GROUP BY
    "r"."profile_id"
), "of_order_by_day_by_profile" AS (
  SELECT
    "r"."profile_id",
    MAX("key") AS "of_order_by_day_by_profile_last",
    COUNT(*) AS "of_order_by_day_by_profile_days",
    MIN("key") AS "of_order_by_day_by_profile_first",
    MAX("key") FILTER(WHERE
      "of_order_by_day_rows_2" > 0) AS "of_order_by_day_by_profile_last_2",
    MAX("key", 2) FILTER(WHERE
      "of_order_by_day_rows_2" > 0) AS "of_order_by_day_by_profile_last_two",
    MAX(-"key", 2) AS "of_order_by_day_by_profile_first_two",
    COUNT(*) FILTER(WHERE
      "of_order_by_day_rows_2" > 0) AS "of_order_by_day_by_profile_days_2"
  FROM "of_order_by_day" AS "r"
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    "g1"."of_order_oldest" AS "of_order_oldest",
    "g2"."of_order_by_day_by_profile_last" AS "of_order_by_day_by_profile_last",
    COALESCE("g2"."of_order_by_day_by_profile_days", 0) AS "of_order_by_day_by_profile_days",
    "g2"."of_order_by_day_by_profile_first" AS "of_order_by_day_by_profile_first",
    "g2"."of_order_by_day_by_profile_last_2" AS "of_order_by_day_by_profile_last_2",
    "g2"."of_order_by_day_by_profile_last_two" AS "of_order_by_day_by_profile_last_two",
    "g2"."of_order_by_day_by_profile_first_two" AS "of_order_by_day_by_profile_first_two",
    COALESCE("g2"."of_order_by_day_by_profile_days_2", 0) AS "of_order_by_day_by_profile_days_2"
  FROM "profile" AS "p"
  LEFT JOIN "of_order" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
  LEFT JOIN "of_order_by_day_by_profile" AS "g2"
    ON "p"."profile_id" = "g2"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    CASE
      WHEN "of_order_by_day_by_profile_days" > 1
      THEN CAST((
        (
          "of_order_by_day_by_profile_last" - "of_order_by_day_by_profile_first"
        ) * 86400000000
      ) // (
        "of_order_by_day_by_profile_days" - 1
      ) AS BIGINT)
    END AS "order_gap",
    (
      "of_order_by_day_by_profile_last_2" - LIST_EXTRACT("of_order_by_day_by_profile_last_two", 2)
    ) * 86400000000 AS "last_order_gap",
    COALESCE((
      "of_order_oldest" + $us_365d
    ) + 1, 9223372036854775807) AS "last_order_gap__until",
    (
      (
        -LIST_EXTRACT("of_order_by_day_by_profile_first_two", 2)
      ) - "of_order_by_day_by_profile_first"
    ) * 86400000000 AS "first_order_gap"
  FROM "known"
)
SELECT
  "profile_id",
  "order_gap" AS "order_gap",
  CAST(NULL AS BIGINT) AS "order_gap__until",
  "last_order_gap" AS "last_order_gap",
  NULLIF("last_order_gap__until", 9223372036854775807) AS "last_order_gap__until",
  "first_order_gap" AS "first_order_gap",
  CAST(NULL AS BIGINT) AS "first_order_gap__until",
  "of_order_by_day_by_profile_days_2" AS "order_days",
  NULLIF("last_order_gap__until", 9223372036854775807) AS "order_days__until"
FROM "layer_1"
