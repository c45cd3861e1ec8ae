-- t = 1790856000000000
-- event = 'Product Viewed'
-- t_14d_ago = 1789646400000000
-- us_14d = 1209600000000
-- t_20190m_ago = 1789644600000000
-- us_30m = 1800000000
WITH "profile" AS (
  SELECT
    "profile_id"
  FROM "presence" AS "r"
  WHERE
    "first_at" <= $t
), "recurring_events" AS (
  SELECT
    "r"."profile_id",
    "occurred_at" AS "at",
    "message_id" AS "id",
    LAG("occurred_at") OVER (PARTITION BY "r"."profile_id" ORDER BY "occurred_at" ASC) AS "before",
    "p_category" AS "p1"
  FROM "event" AS "r"
  WHERE
    "event" = $event AND "occurred_at" <= $t AND "occurred_at" >= $t_20190m_ago
), "recurring_seen" AS MATERIALIZED (
  SELECT
    "profile_id",
    MAX(CASE WHEN "before" IS NULL OR "at" - "before" >= $us_30m THEN "at" END) OVER (PARTITION BY "profile_id" ORDER BY "at" ASC) AS "at",
    "at" AS "row_at",
    "id",
    "p1"
  FROM "recurring_events"
), "recurring_last" AS (
  SELECT
    "profile_id",
    ARG_MAX_NULL(CASE WHEN "at" >= $t_14d_ago THEN "p1" END, {'at': "row_at", 'id': "id"}) AS "value"
  FROM "recurring_seen"
  GROUP BY
    "profile_id"
), "recurring_occasions" AS (
  SELECT DISTINCT
    "profile_id",
    "p1" AS "value",
    "at",
    '' AS "occasion"
  FROM "recurring_seen"
  WHERE
    NOT "p1" IS NULL
), "recurring_often" AS MATERIALIZED (
  SELECT
    "profile_id",
    "value",
    COUNT(*) AS "many",
    MAX("at") AS "last_at",
    MIN("at") AS "first_at"
  FROM "recurring_occasions"
  WHERE
    "at" >= $t_14d_ago
  GROUP BY
    "profile_id",
    "value"
), "recurring_of_last" AS (
  SELECT
    "o"."profile_id",
    "o"."value",
    "o"."many",
    "o"."last_at",
    "o"."first_at"
  FROM "recurring_often" AS "o"
  JOIN "recurring_last" AS "l"
    ON "o"."profile_id" = "l"."profile_id" AND "o"."value" = "l"."value"
), "recurring_often_by_profile" AS (
  SELECT
    "r"."profile_id",
    MIN("r"."first_at") AS "recurring_often_by_profile_first"
  FROM "recurring_often" AS "r"
  GROUP BY
    "r"."profile_id"
), "recurring_of_last_by_profile" AS (
  SELECT
    "r"."profile_id",
    ARG_MAX_NULL("r"."value", {'many': "r"."many", 'last_at': "r"."last_at", 'value': "r"."value"}) AS "recurring_of_last_by_profile_recurring_category"
  FROM "recurring_of_last" AS "r"
  WHERE
    "r"."many" >= 2
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    "g1"."recurring_often_by_profile_first" AS "recurring_often_by_profile_first",
    "g2"."recurring_of_last_by_profile_recurring_category" AS "recurring_of_last_by_profile_recurring_category"
  FROM "profile" AS "p"
  LEFT JOIN "recurring_often_by_profile" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
  LEFT JOIN "recurring_of_last_by_profile" AS "g2"
    ON "p"."profile_id" = "g2"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    COALESCE((
      "recurring_often_by_profile_first" + $us_14d
    ) + 1, 9223372036854775807) AS "again__until"
  FROM "known"
)
SELECT
  "profile_id",
  "recurring_of_last_by_profile_recurring_category" AS "again",
  NULLIF("again__until", 9223372036854775807) AS "again__until"
FROM "layer_1"
