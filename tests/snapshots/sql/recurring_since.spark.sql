-- t = 1790856000000000
-- event = 'Product Viewed'
-- p_line_kind = 'goods'
-- t_14d_ago = 1789646400000000
-- us_14d = 1209600000000
-- event_2 = 'Page Viewed'
-- t_20190m_ago = 1789644600000000
-- us_30m = 1800000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `recurring_since` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`ordered_at`) AS `since`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t AND (
      `valid_to` IS NULL OR `valid_to` > :t
    ) AND `counts`
  GROUP BY
    `r`.`profile_id`
), `recurring_events` AS (
  SELECT
    `r`.`profile_id`,
    `occurred_at` AS `at`,
    `message_id` AS `id`,
    LAG(`occurred_at`) OVER (PARTITION BY `r`.`profile_id` ORDER BY `occurred_at` ASC NULLS LAST) AS `before`,
    `p_category` AS `p1`
  FROM `event` AS `r`
  WHERE
    `event` = :event AND `occurred_at` <= :t AND `occurred_at` >= :t_20190m_ago
), `recurring_seen` AS (
  SELECT
    `profile_id`,
    MAX(CASE WHEN `before` IS NULL OR `at` - `before` >= :us_30m THEN `at` END) OVER (PARTITION BY `profile_id` ORDER BY `at` ASC NULLS LAST) AS `at`,
    `at` AS `row_at`,
    `id`,
    `p1`
  FROM `recurring_events`
), `recurring_occasions` AS (
  SELECT DISTINCT
    `f`.`profile_id`,
    `f`.`value`,
    `f`.`at`,
    `f`.`occasion`
  FROM (
    SELECT
      `profile_id`,
      `p1` AS `value`,
      `at`,
      '' AS `occasion`,
      `row_at`
    FROM `recurring_seen`
    WHERE
      NOT `p1` IS NULL
  ) AS `f`
  LEFT JOIN `recurring_since` AS `l`
    ON `f`.`profile_id` = `l`.`profile_id`
  WHERE
    `l`.`since` IS NULL OR `f`.`row_at` > `l`.`since`
  UNION ALL
  SELECT DISTINCT
    `f`.`profile_id`,
    `f`.`value`,
    `f`.`at`,
    `f`.`occasion`
  FROM (
    SELECT
      `r`.`profile_id`,
      `category` AS `value`,
      `ordered_at` AS `at`,
      `r`.`order_key` AS `occasion`,
      `ordered_at` AS `row_at`
    FROM `order_line` AS `r`
    WHERE
      `valid_from` <= :t
      AND (
        `valid_to` IS NULL OR `valid_to` > :t
      )
      AND `counts`
      AND (
        `line_kind` IS NULL OR `line_kind` = :p_line_kind
      )
      AND NOT `category` IS NULL
      AND `ordered_at` >= :t_14d_ago
  ) AS `f`
  LEFT JOIN `recurring_since` AS `l`
    ON `f`.`profile_id` = `l`.`profile_id`
  WHERE
    `l`.`since` IS NULL OR `f`.`row_at` > `l`.`since`
), `recurring_often` AS (
  SELECT
    `profile_id`,
    `value`,
    COUNT(*) AS `many`,
    MAX(`at`) AS `last_at`,
    MIN(`at`) AS `first_at`
  FROM `recurring_occasions`
  WHERE
    `at` >= :t_14d_ago
  GROUP BY
    `profile_id`,
    `value`
), `recurring_since_2` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`occurred_at`) AS `since`
  FROM `event` AS `r`
  WHERE
    `event` = :event_2 AND `occurred_at` <= :t
  GROUP BY
    `r`.`profile_id`
), `recurring_last` AS (
  SELECT
    `profile_id`,
    MAX_BY(CASE WHEN `at` >= :t_14d_ago THEN `p1` END, STRUCT(`row_at` AS `at`, `id` AS `id`)) AS `value`
  FROM `recurring_seen`
  GROUP BY
    `profile_id`
), `recurring_occasions_2` AS (
  SELECT DISTINCT
    `f`.`profile_id`,
    `f`.`value`,
    `f`.`at`,
    `f`.`occasion`
  FROM (
    SELECT
      `profile_id`,
      `p1` AS `value`,
      `at`,
      '' AS `occasion`,
      `row_at`
    FROM `recurring_seen`
    WHERE
      NOT `p1` IS NULL
  ) AS `f`
  LEFT JOIN `recurring_since_2` AS `l`
    ON `f`.`profile_id` = `l`.`profile_id`
  WHERE
    `l`.`since` IS NULL OR `f`.`row_at` > `l`.`since`
), `recurring_often_2` AS (
  SELECT
    `profile_id`,
    `value`,
    COUNT(*) AS `many`,
    MAX(`at`) AS `last_at`,
    MIN(`at`) AS `first_at`
  FROM `recurring_occasions_2`
  WHERE
    `at` >= :t_14d_ago
  GROUP BY
    `profile_id`,
    `value`
), `recurring_of_last` AS (
  SELECT
    `o`.`profile_id`,
    `o`.`value`,
    `o`.`many`,
    `o`.`last_at`,
    `o`.`first_at`
  FROM `recurring_often_2` AS `o`
  JOIN `recurring_last` AS `l`
    ON `o`.`profile_id` = `l`.`profile_id` AND `o`.`value` = `l`.`value`
), `recurring_often_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    MIN(`r`.`first_at`) AS `recurring_often_by_profile_first`,
    MAX_BY(
      `r`.`value`,
      STRUCT(`r`.`many` AS `many`, `r`.`last_at` AS `last_at`, `r`.`value` AS `value`)
    ) FILTER(WHERE
      `r`.`many` >= 2) AS `recurring_often_by_profile_recurring_category`
  FROM `recurring_often` AS `r`
  GROUP BY
    `r`.`profile_id`
), `recurring_often_2_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    MIN(`r`.`first_at`) AS `recurring_often_2_by_profile_first`
  FROM `recurring_often_2` AS `r`
  GROUP BY
    `r`.`profile_id`
), `recurring_of_last_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    MAX_BY(
      `r`.`value`,
      STRUCT(`r`.`many` AS `many`, `r`.`last_at` AS `last_at`, `r`.`value` AS `value`)
    ) AS `recurring_of_last_by_profile_recurring_category`
  FROM `recurring_of_last` AS `r`
  WHERE
    `r`.`many` >= 2
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `g1`.`recurring_often_by_profile_first` AS `recurring_often_by_profile_first`,
    `g1`.`recurring_often_by_profile_recurring_category` AS `recurring_often_by_profile_recurring_category`,
    `g2`.`recurring_often_2_by_profile_first` AS `recurring_often_2_by_profile_first`,
    `g3`.`recurring_of_last_by_profile_recurring_category` AS `recurring_of_last_by_profile_recurring_category`
  FROM `profile` AS `p`
  LEFT JOIN `recurring_often_by_profile` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `recurring_often_2_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `recurring_of_last_by_profile` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    COALESCE((
      `recurring_often_by_profile_first` + :us_14d
    ) + 1, 9223372036854775807) AS `again__until`,
    COALESCE((
      `recurring_often_2_by_profile_first` + :us_14d
    ) + 1, 9223372036854775807) AS `last_again__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `recurring_often_by_profile_recurring_category` AS `again`,
  NULLIF(`again__until`, 9223372036854775807) AS `again__until`,
  `recurring_of_last_by_profile_recurring_category` AS `last_again`,
  NULLIF(`last_again__until`, 9223372036854775807) AS `last_again__until`
FROM `layer_1`
