-- t = 1790856000000000
-- event = 'Page Viewed'
-- us_28d = 2419200000000
-- t_28d_ago = 1788436800000000
-- t_40350m_ago = 1788435000000000
-- us_30m = 1800000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `page_viewed_visits` AS (
  SELECT
    `profile_id`,
    `at`
  FROM (
    SELECT
      `r`.`profile_id`,
      `occurred_at` AS `at`,
      LAG(`occurred_at`) OVER (PARTITION BY `r`.`profile_id` ORDER BY `occurred_at` ASC NULLS LAST) AS `before`
    FROM `event` AS `r`
    WHERE
      `event` = :event AND `occurred_at` <= :t AND `occurred_at` >= :t_40350m_ago
  ) AS `lagged`
  WHERE
    `before` IS NULL OR `at` - `before` >= :us_30m
), `page_viewed_visits_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `page_viewed_visits_by_profile_count`,
    MIN(`r`.`at`) AS `page_viewed_visits_by_profile_oldest`
  FROM `page_viewed_visits` AS `r`
  WHERE
    `r`.`at` >= :t_28d_ago
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`page_viewed_visits_by_profile_count`, 0) AS `page_viewed_visits_by_profile_count`,
    `g1`.`page_viewed_visits_by_profile_oldest` AS `page_viewed_visits_by_profile_oldest`
  FROM `profile` AS `p`
  LEFT JOIN `page_viewed_visits_by_profile` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
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
  `page_viewed_visits_by_profile_count` AS `visits_28d`,
  NULLIF(`visits_28d__until`, 9223372036854775807) AS `visits_28d__until`
FROM `layer_1`
