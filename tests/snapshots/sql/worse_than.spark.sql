SELECT DISTINCT
  `value_1` AS `value`,
  RANK() OVER (ORDER BY `value_1` ASC NULLS LAST) - 1 AS `worse`
FROM `scores`
