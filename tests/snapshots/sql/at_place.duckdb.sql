-- before = 2
SELECT
  "rank_score"
FROM "scores"
ORDER BY
  "rank_score" DESC
LIMIT 1
OFFSET $before
