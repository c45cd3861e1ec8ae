-- event = 'Page Viewed'
-- event_2 = 'Product Viewed'
-- p_line_kind = 'goods'
-- us_30d = 2592000000000
-- us_14d = 1209600000000
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
    `message_id` AS `id`,
    LAG(`occurred_at`) OVER (PARTITION BY `r`.`profile_id`, `a`.`t` ORDER BY `occurred_at` ASC NULLS LAST) AS `before`,
    `event` AS `p1`,
    `p_category` AS `p2`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `event` IN (:event, :event_2)
    AND `occurred_at` <= `t`
    AND `occurred_at` >= `t` - :us_43230m
), `recurring_seen` AS (
  SELECT
    `profile_id`,
    `t`,
    MAX(CASE WHEN `before` IS NULL OR `at` - `before` >= :us_30m THEN `at` END) OVER (PARTITION BY `profile_id`, `t` ORDER BY `at` ASC NULLS LAST) AS `at`,
    `at` AS `row_at`,
    `id`,
    `p1`,
    `p2`
  FROM `recurring_events`
), `recurring_occasions` AS (
  SELECT DISTINCT
    `profile_id`,
    `t`,
    `p2` AS `value`,
    `at`,
    '' AS `occasion`
  FROM `recurring_seen`
  WHERE
    NOT `p2` IS NULL AND `p1` = :event_2
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
), `recurring_since` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    MAX(`ordered_at`) AS `since`
  FROM `cut_order_version` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `valid_from` <= `t` AND (
      `valid_to` IS NULL OR `valid_to` > `t`
    ) AND `counts`
  GROUP BY
    `r`.`profile_id`,
    `a`.`t`
), `recurring_last` AS (
  SELECT
    `profile_id`,
    `t`,
    MAX_BY(
      CASE WHEN `at` >= `t` - :us_14d THEN `p2` END,
      STRUCT(`row_at` AS `at`, `id` AS `id`)
    ) AS `value`
  FROM `recurring_seen`
  WHERE
    `p1` = :event_2
  GROUP BY
    `profile_id`,
    `t`
), `recurring_occasions_2` AS (
  SELECT DISTINCT
    `f`.`profile_id`,
    `f`.`t`,
    `f`.`value`,
    `f`.`at`,
    `f`.`occasion`
  FROM (
    SELECT
      `profile_id`,
      `t`,
      `p2` AS `value`,
      `at`,
      '' AS `occasion`,
      `row_at`
    FROM `recurring_seen`
    WHERE
      NOT `p2` IS NULL AND `p1` = :event_2
  ) AS `f`
  LEFT JOIN `recurring_since` AS `l`
    ON `f`.`profile_id` = `l`.`profile_id` AND `f`.`t` = `l`.`t`
  WHERE
    `l`.`since` IS NULL OR `f`.`row_at` > `l`.`since`
), `recurring_often_2` AS (
  SELECT
    `profile_id`,
    `t`,
    `value`,
    COUNT(*) AS `many`,
    MAX(`at`) AS `last_at`,
    MIN(`at`) AS `first_at`
  FROM `recurring_occasions_2`
  WHERE
    `at` >= `t` - :us_14d
  GROUP BY
    `profile_id`,
    `t`,
    `value`
), `recurring_of_last` AS (
  SELECT
    `o`.`profile_id`,
    `o`.`t`,
    `o`.`value`,
    `o`.`many`,
    `o`.`last_at`,
    `o`.`first_at`
  FROM `recurring_often_2` AS `o`
  JOIN `recurring_last` AS `l`
    ON `o`.`profile_id` = `l`.`profile_id`
    AND `o`.`t` = `l`.`t`
    AND `o`.`value` = `l`.`value`
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
), `recurring_often_2_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    MIN(`r`.`first_at`) AS `recurring_often_2_by_profile_first`
  FROM `recurring_often_2` AS `r`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `recurring_of_last_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    MAX_BY(
      `r`.`value`,
      STRUCT(`r`.`many` AS `many`, `r`.`last_at` AS `last_at`, `r`.`value` AS `value`)
    ) AS `recurring_of_last_by_profile_recurring_category`
  FROM `recurring_of_last` AS `r`
  WHERE
    `r`.`many` >= 2
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `p`.`t`,
    `g1`.`recurring_often_by_profile_first` AS `recurring_often_by_profile_first`,
    `g1`.`recurring_often_by_profile_recurring_category` AS `recurring_often_by_profile_recurring_category`,
    `g2`.`recurring_often_2_by_profile_first` AS `recurring_often_2_by_profile_first`,
    `g3`.`recurring_of_last_by_profile_recurring_category` AS `recurring_of_last_by_profile_recurring_category`
  FROM `profile` AS `p`
  LEFT JOIN `recurring_often_by_profile` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id` AND `p`.`t` = `g1`.`t`
  LEFT JOIN `recurring_often_2_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id` AND `p`.`t` = `g2`.`t`
  LEFT JOIN `recurring_of_last_by_profile` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id` AND `p`.`t` = `g3`.`t`
), `layer_1` AS (
  SELECT
    *,
    COALESCE((
      `recurring_often_by_profile_first` + :us_30d
    ) + 1, 9223372036854775807) AS `fan_of__until`,
    COALESCE((
      `recurring_often_2_by_profile_first` + :us_14d
    ) + 1, 9223372036854775807) AS `again__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `t`,
  `recurring_often_by_profile_recurring_category` AS `fan_of`,
  NULLIF(`fan_of__until`, 9223372036854775807) AS `fan_of__until`,
  `recurring_of_last_by_profile_recurring_category` AS `again`,
  NULLIF(`again__until`, 9223372036854775807) AS `again__until`
FROM `layer_1`
