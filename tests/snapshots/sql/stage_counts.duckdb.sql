-- t = 1788220800000000
-- t_2 = 1790812800000000
-- t_30d_ago = 1785628800000000
-- t_60d_ago = 1783036800000000
-- t_90d_ago = 1780444800000000
-- t_365d_ago = 1756684800000000
-- t_30d_ago_2 = 1788220800000000
-- t_60d_ago_2 = 1785628800000000
-- t_90d_ago_2 = 1783036800000000
-- t_365d_ago_2 = 1759276800000000
WITH "purchases" AS (
  SELECT
    "profile_id",
    COUNT(*) FILTER(WHERE
      "valid_from" <= $t AND (
        "valid_to" IS NULL OR "valid_to" > $t
      )) AS "n_0",
    MAX("ordered_at") FILTER(WHERE
      "valid_from" <= $t AND (
        "valid_to" IS NULL OR "valid_to" > $t
      )) AS "p_0",
    COUNT(*) FILTER(WHERE
      "valid_from" <= $t_2 AND (
        "valid_to" IS NULL OR "valid_to" > $t_2
      )) AS "n_1",
    MAX("ordered_at") FILTER(WHERE
      "valid_from" <= $t_2 AND (
        "valid_to" IS NULL OR "valid_to" > $t_2
      )) AS "p_1"
  FROM "order_version"
  WHERE
    "counts" AND NOT "profile_id" IS NULL
  GROUP BY
    "profile_id"
), "staged" AS (
  SELECT
    "profile_id",
    CASE
      WHEN "n_0" <= 0
      THEN 0
      WHEN "n_0" >= 1 AND "n_0" <= 1 AND "p_0" >= $t_30d_ago
      THEN 1
      WHEN "n_0" >= 2 AND "n_0" <= 3 AND "p_0" >= $t_60d_ago
      THEN 2
      WHEN "n_0" >= 1 AND "n_0" <= 3 AND "p_0" >= $t_90d_ago
      THEN 3
      WHEN "n_0" >= 1 AND "n_0" <= 3
      THEN 4
      WHEN "n_0" >= 4 AND "p_0" >= $t_90d_ago
      THEN 5
      WHEN "n_0" >= 4 AND "p_0" >= $t_365d_ago
      THEN 6
      ELSE 7
    END AS "rule_0",
    "n_0",
    CASE
      WHEN "n_1" <= 0
      THEN 0
      WHEN "n_1" >= 1 AND "n_1" <= 1 AND "p_1" >= $t_30d_ago_2
      THEN 1
      WHEN "n_1" >= 2 AND "n_1" <= 3 AND "p_1" >= $t_60d_ago_2
      THEN 2
      WHEN "n_1" >= 1 AND "n_1" <= 3 AND "p_1" >= $t_90d_ago_2
      THEN 3
      WHEN "n_1" >= 1 AND "n_1" <= 3
      THEN 4
      WHEN "n_1" >= 4 AND "p_1" >= $t_90d_ago_2
      THEN 5
      WHEN "n_1" >= 4 AND "p_1" >= $t_365d_ago_2
      THEN 6
      ELSE 7
    END AS "rule_1",
    "n_1"
  FROM "purchases"
), "bought" AS (
  SELECT
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 0) AS "s_0_0",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 1) AS "s_0_1",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 2) AS "s_0_2",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 3) AS "s_0_3",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 4) AS "s_0_4",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 5) AS "s_0_5",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 6) AS "s_0_6",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND "rule_0" = 7) AS "s_0_7",
    COUNT(*) FILTER(WHERE
      "n_0" > 0) AS "bought_0",
    COUNT(*) FILTER(WHERE
      "n_0" > 0 AND NOT "visitor_id" IS NULL) AS "visitors_0",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 0) AS "s_1_0",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 1) AS "s_1_1",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 2) AS "s_1_2",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 3) AS "s_1_3",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 4) AS "s_1_4",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 5) AS "s_1_5",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 6) AS "s_1_6",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND "rule_1" = 7) AS "s_1_7",
    COUNT(*) FILTER(WHERE
      "n_1" > 0) AS "bought_1",
    COUNT(*) FILTER(WHERE
      "n_1" > 0 AND NOT "visitor_id" IS NULL) AS "visitors_1"
  FROM "staged"
  LEFT JOIN (
    SELECT
      "profile_id" AS "visitor_id"
    FROM "presence"
    WHERE
      "anonymous"
  ) AS "v"
    ON "profile_id" = "visitor_id"
), "present" AS (
  SELECT
    COUNT(*) FILTER(WHERE
      "first_at" <= $t) AS "known_0",
    COUNT(*) FILTER(WHERE
      "first_at" <= $t AND "anonymous") AS "anonymous_0",
    COUNT(*) FILTER(WHERE
      "first_at" <= $t_2) AS "known_1",
    COUNT(*) FILTER(WHERE
      "first_at" <= $t_2 AND "anonymous") AS "anonymous_1"
  FROM "presence"
)
SELECT
  *
FROM "bought"
CROSS JOIN "present"
