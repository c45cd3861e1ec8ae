-- place = 3
-- place_2 = 1
SELECT
  `place`,
  `value`
FROM (
  SELECT
    `rank_score` AS `value`,
    ROW_NUMBER() OVER (ORDER BY `rank_score` DESC) AS `place`
  FROM `scores`
) AS `numbered`
WHERE
  `place` IN (:place, :place_2)
