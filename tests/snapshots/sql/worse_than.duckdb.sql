SELECT DISTINCT
  "value_1" AS "value",
  RANK() OVER (ORDER BY "value_1" ASC) - 1 AS "worse"
FROM "scores"
