-- t = 1790856000000000
-- stage = 'red_alert'
-- stage_2 = 'prospect'
-- t_30d_ago = 1788264000000000
-- stage_3 = 'new_buyer'
-- t_60d_ago = 1785672000000000
-- stage_4 = 'promising'
-- t_90d_ago = 1783080000000000
-- stage_5 = 'drifting'
-- stage_6 = 'sleeper'
-- stage_7 = 'loyal'
-- t_365d_ago = 1759320000000000
-- stage_8 = 'at_risk'
-- us_30d = 2592000000000
-- us_60d = 5184000000000
-- us_90d = 7776000000000
-- us_365d = 31536000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
    AND `r`.`profile_id` IN (
      SELECT
        `profile_id`
      FROM `chosen`
    )
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `of_order_count`,
    MAX(`ordered_at`) AS `of_order_last_at`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND `r`.`profile_id` IN (
      SELECT
        `profile_id`
      FROM `chosen`
    )
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_order_count`, 0) AS `of_order_count`,
    `g1`.`of_order_last_at` AS `of_order_last_at`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    CASE
      WHEN `of_order_count` = 0
      THEN :stage_2
      WHEN `of_order_count` = 1 AND `of_order_last_at` >= :t_30d_ago
      THEN :stage_3
      WHEN `of_order_count` >= 2
      AND `of_order_count` <= 3
      AND `of_order_last_at` >= :t_60d_ago
      THEN :stage_4
      WHEN `of_order_count` >= 1
      AND `of_order_count` <= 3
      AND `of_order_last_at` >= :t_90d_ago
      THEN :stage_5
      WHEN `of_order_count` >= 1 AND `of_order_count` <= 3
      THEN :stage_6
      WHEN `of_order_count` >= 4 AND `of_order_last_at` >= :t_90d_ago
      THEN :stage_7
      WHEN `of_order_count` >= 4 AND `of_order_last_at` >= :t_365d_ago
      THEN :stage_8
      ELSE :stage
    END AS `stage_now`,
    CASE WHEN `of_order_count` = 0 THEN 9223372036854775807 ELSE 0 END AS `stage_end_0`,
    CASE
      WHEN `of_order_count` = 1
      THEN COALESCE((
        `of_order_last_at` + :us_30d
      ) + 1, 0)
      ELSE 0
    END AS `stage_end_1`,
    CASE
      WHEN `of_order_count` >= 2 AND `of_order_count` <= 3
      THEN COALESCE((
        `of_order_last_at` + :us_60d
      ) + 1, 0)
      ELSE 0
    END AS `stage_end_2`,
    CASE
      WHEN `of_order_count` >= 1 AND `of_order_count` <= 3
      THEN COALESCE((
        `of_order_last_at` + :us_90d
      ) + 1, 0)
      ELSE 0
    END AS `stage_end_3`,
    CASE
      WHEN `of_order_count` >= 1 AND `of_order_count` <= 3
      THEN 9223372036854775807
      ELSE 0
    END AS `stage_end_4`,
    CASE
      WHEN `of_order_count` >= 4
      THEN COALESCE((
        `of_order_last_at` + :us_90d
      ) + 1, 0)
      ELSE 0
    END AS `stage_end_5`,
    CASE
      WHEN `of_order_count` >= 4
      THEN COALESCE((
        `of_order_last_at` + :us_365d
      ) + 1, 0)
      ELSE 0
    END AS `stage_end_6`
  FROM `known`
), `layer_2` AS (
  SELECT
    *,
    CASE
      WHEN `stage_end_0` > :t
      THEN `stage_end_0`
      WHEN `stage_end_1` > :t
      THEN `stage_end_1`
      WHEN `stage_end_2` > :t
      THEN `stage_end_2`
      WHEN `stage_end_3` > :t
      THEN `stage_end_3`
      WHEN `stage_end_4` > :t
      THEN `stage_end_4`
      WHEN `stage_end_5` > :t
      THEN `stage_end_5`
      WHEN `stage_end_6` > :t
      THEN `stage_end_6`
      ELSE 9223372036854775807
    END AS `stage__until`
  FROM `layer_1`
)
SELECT
  `profile_id`,
  `stage_now` AS `stage`,
  NULLIF(`stage__until`, 9223372036854775807) AS `stage__until`
FROM `layer_2`
