-- event = 'Product Viewed'
-- p_line_kind = 'goods'
-- us_30d = 2592000000000
-- us_43230m = 2593800000000
-- us_30m = 1800000000
WITH `profile` AS (
  SELECT
    `profile_id`,
    `t`
  FROM `ask`
), `recurring_events` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `occurred_at` AS `at`,
    LAG(`occurred_at`) OVER (PARTITION BY `r`.`profile_id`, `a`.`t` ORDER BY `occurred_at` ASC NULLS LAST) AS `before`,
    `p_category` AS `p1`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `event` = :event AND `occurred_at` <= `t` AND `occurred_at` >= `t` - :us_43230m
), `recurring_seen` AS (
  SELECT
    `profile_id`,
    `t`,
    MAX(CASE WHEN `before` IS NULL OR `at` - `before` >= :us_30m THEN `at` END) OVER (PARTITION BY `profile_id`, `t` ORDER BY `at` ASC NULLS LAST) AS `at`,
    `at` AS `row_at`,
    `p1`
  FROM `recurring_events`
), `recurring_occasions` AS (
  SELECT DISTINCT
    `profile_id`,
    `t`,
    `p1` AS `value`,
    `at`,
    '' AS `occasion`
  FROM `recurring_seen`
  WHERE
    NOT `p1` IS NULL
  UNION ALL
  SELECT DISTINCT
    `r`.`profile_id`,
    `a`.`t`,
    `category` AS `value`,
    `ordered_at` AS `at`,
    `r`.`order_key` AS `occasion`
  FROM `cut_order_line` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `valid_from` <= `t`
    AND (
      `valid_to` IS NULL OR `valid_to` > `t`
    )
    AND `counts`
    AND (
      `line_kind` IS NULL OR `line_kind` = :p_line_kind
    )
    AND NOT `category` IS NULL
    AND `ordered_at` >= `t` - :us_30d
), `recurring_often` AS (
  SELECT
    `profile_id`,
    `t`,
    `value`,
    COUNT(*) AS `many`,
    MAX(`at`) AS `last_at`,
    MIN(`at`) AS `first_at`
  FROM `recurring_occasions`
  WHERE
    `at` >= `t` - :us_30d
  GROUP BY
    `profile_id`,
    `t`,
    `value`
), `recurring_often_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    MIN(`r`.`first_at`) AS `recurring_often_by_profile_first`,
    MAX_BY(
      `r`.`value`,
      STRUCT(`r`.`many` AS `many`, `r`.`last_at` AS `last_at`, `r`.`value` AS `value`)
    ) FILTER(WHERE
      `r`.`many` >= 3) AS `recurring_often_by_profile_recurring_category`
  FROM `recurring_often` AS `r`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `p`.`t`,
    `g1`.`recurring_often_by_profile_first` AS `recurring_often_by_profile_first`,
    `g1`.`recurring_often_by_profile_recurring_category` AS `recurring_often_by_profile_recurring_category`
  FROM `profile` AS `p`
  LEFT JOIN `recurring_often_by_profile` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id` AND `p`.`t` = `g1`.`t`
), `layer_1` AS (
  SELECT
    *,
    COALESCE((
      `recurring_often_by_profile_first` + :us_30d
    ) + 1, 9223372036854775807) AS `fan_of__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `t`,
  `recurring_often_by_profile_recurring_category` AS `fan_of`,
  NULLIF(`fan_of__until`, 9223372036854775807) AS `fan_of__until`
FROM `layer_1`
