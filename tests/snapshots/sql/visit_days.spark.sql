-- event = 'Page Viewed'
-- us_28d = 2419200000000
-- us_40350m = 2421000000000
-- us_30m = 1800000000
WITH `profile` AS (
  SELECT
    `profile_id`,
    `t`
  FROM `ask`
), `page_viewed_visits` AS (
  SELECT
    `profile_id`,
    `t`,
    `at`,
    `day`
  FROM (
    SELECT
      `r`.`profile_id`,
      `a`.`t`,
      `occurred_at` AS `at`,
      LAG(`occurred_at`) OVER (PARTITION BY `r`.`profile_id`, `a`.`t` ORDER BY `occurred_at` ASC NULLS LAST) AS `before`,
      `day`
    FROM `cut_event` AS `r`
    JOIN `ask` AS `a`
      ON `r`.`profile_id` = `a`.`profile_id`
    WHERE
      `event` = :event AND `occurred_at` <= `t` AND `occurred_at` >= `t` - :us_40350m
  ) AS `lagged`
  WHERE
    `before` IS NULL OR `at` - `before` >= :us_30m
), `page_viewed_visits_by_profile_by_day` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    CAST(DATEDIFF(`day`, CAST('1970-01-01' AS DATE)) AS BIGINT) AS `key`,
    COUNT(*) AS `page_viewed_visits_by_profile_by_day_rows`
  FROM `page_viewed_visits` AS `r`
  WHERE
    `r`.`at` >= `t` - :us_28d
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`,
    `key`
), `page_viewed_visits_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    COUNT(*) AS `page_viewed_visits_by_profile_count`,
    MIN(`r`.`at`) AS `page_viewed_visits_by_profile_oldest`
  FROM `page_viewed_visits` AS `r`
  WHERE
    `r`.`at` >= `t` - :us_28d
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `page_viewed_visits_by_profile_by_day_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    COUNT(*) AS `page_viewed_visits_by_profile_by_day_by_profile_days`
  FROM `page_viewed_visits_by_profile_by_day` AS `r`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `p`.`t`,
    COALESCE(`g1`.`page_viewed_visits_by_profile_count`, 0) AS `page_viewed_visits_by_profile_count`,
    `g1`.`page_viewed_visits_by_profile_oldest` AS `page_viewed_visits_by_profile_oldest`,
    COALESCE(`g2`.`page_viewed_visits_by_profile_by_day_by_profile_days`, 0) AS `page_viewed_visits_by_profile_by_day_by_profile_days`
  FROM `profile` AS `p`
  LEFT JOIN `page_viewed_visits_by_profile` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id` AND `p`.`t` = `g1`.`t`
  LEFT JOIN `page_viewed_visits_by_profile_by_day_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id` AND `p`.`t` = `g2`.`t`
), `layer_1` AS (
  SELECT
    *,
    COALESCE((
      `page_viewed_visits_by_profile_oldest` + :us_28d
    ) + 1, 9223372036854775807) AS `visits_28d__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `t`,
  `page_viewed_visits_by_profile_count` AS `visits_28d`,
  NULLIF(`visits_28d__until`, 9223372036854775807) AS `visits_28d__until`,
  `page_viewed_visits_by_profile_by_day_by_profile_days` AS `visit_days_28d`,
  NULLIF(`visits_28d__until`, 9223372036854775807) AS `visit_days_28d__until`
FROM `layer_1`
