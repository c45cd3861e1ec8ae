SELECT
  *,
  CASE WHEN "provided" THEN "rank_score" END AS "score"
FROM (
  SELECT
    "profile_id",
    "orders" AS "value_1",
    "net_revenue" AS "value_2",
    "holds 2" AS "provided",
    (
      RANK() OVER (ORDER BY "orders" ASC) + RANK() OVER (ORDER BY "net_revenue" ASC)
    ) - 2 AS "rank_score"
  FROM "at_midnight"
  WHERE
    "holds 1" AND NOT "orders" IS NULL AND NOT "net_revenue" IS NULL
) AS "ranked"
