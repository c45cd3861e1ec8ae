SELECT
  TRY_CAST(COALESCE(SUM("orders"), 0) AS BIGINT) AS "total_1",
  TRY_CAST(COALESCE(SUM("net_revenue") FILTER(WHERE
    "holds 1"), 0) AS BIGINT) AS "total_2"
FROM "at_midnight"
