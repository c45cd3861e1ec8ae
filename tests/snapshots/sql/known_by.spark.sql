-- t = 1790856000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `of_known_by` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `of_known_by_known`
  FROM `known_by` AS `r`
  WHERE
    `r`.`kind` IN ('email', 'phone')
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_known_by_known`, 0) AS `of_known_by_known`
  FROM `profile` AS `p`
  LEFT JOIN `of_known_by` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    `of_known_by_known` > 0 AS `reachable`
  FROM `known`
)
SELECT
  `profile_id`,
  `reachable` AS `reachable`,
  CAST(NULL AS BIGINT) AS `reachable__until`
FROM `layer_1`
