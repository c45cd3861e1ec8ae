-- event = 'Page Viewed'
-- event_2 = 'Product Viewed'
-- us_30m = 1800000000
WITH `profile` AS (
  SELECT
    `profile_id`,
    `t`
  FROM `ask`
), `page_viewed_and_1_more_stretches` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    MIN(`occurred_at`) AS `at`,
    MAX(`occurred_at`) AS `until`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `event` IN (:event, :event_2) AND `occurred_at` <= `t`
  GROUP BY
    `r`.`profile_id`,
    `a`.`t`,
    (
      `occurred_at` + 100000000000000000
    ) DIV 1800000000
), `page_viewed_and_1_more_in_order` AS (
  SELECT
    *,
    LAG(`until`) OVER (PARTITION BY `profile_id`, `t` ORDER BY `at` ASC NULLS LAST) AS `before`
  FROM `page_viewed_and_1_more_stretches`
), `page_viewed_and_1_more_of_visits` AS (
  SELECT
    `profile_id`,
    `t` AS `visits_t`,
    COALESCE(MIN(CASE WHEN `at` - `before` >= :us_30m THEN `before` END), MAX(`until`)) AS `first_until`,
    MAX(CASE WHEN `before` IS NULL OR `at` - `before` >= :us_30m THEN `at` END) AS `last_from`
  FROM `page_viewed_and_1_more_in_order`
  GROUP BY
    `profile_id`,
    `t`
), `page_viewed_and_1_more_of_visits_passing` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `occurred_at` AS `at`,
    `v`.`first_until`,
    `v`.`last_from`,
    `occurred_at` <= `v`.`first_until` AS `in_first`,
    `occurred_at` >= `v`.`last_from` AS `in_last`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  JOIN `page_viewed_and_1_more_of_visits` AS `v`
    ON `r`.`profile_id` = `v`.`profile_id` AND `a`.`t` = `v`.`visits_t`
  WHERE
    `event` IN (:event, :event_2)
    AND `occurred_at` <= `t`
    AND NOT `p_category` IS NULL
    AND (
      `occurred_at` <= `v`.`first_until` OR `occurred_at` >= `v`.`last_from`
    )
), `page_viewed_and_1_more_of_visits_instants` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t` AS `visits_t`,
    MIN(`r`.`first_until`) AS `first_until`,
    MIN(`r`.`last_from`) AS `last_from`,
    MAX(`r`.`at`) FILTER(WHERE
      `r`.`in_first`) AS `instant_1`
  FROM `page_viewed_and_1_more_of_visits_passing` AS `r`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `page_viewed_and_1_more_of_visits_rows` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `occurred_at` AS `at`,
    `message_id` AS `id`,
    `p_category` AS `p1`,
    `p_price` AS `p2`,
    `occurred_at` <= `v`.`first_until` AS `in_first`,
    `occurred_at` >= `v`.`last_from` AS `in_last`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  JOIN `page_viewed_and_1_more_of_visits_instants` AS `v`
    ON `r`.`profile_id` = `v`.`profile_id` AND `a`.`t` = `v`.`visits_t`
  WHERE
    `event` IN (:event, :event_2)
    AND `occurred_at` <= `t`
    AND NOT `p_category` IS NULL
    AND (
      `occurred_at` = `v`.`instant_1`
    )
), `page_viewed_and_1_more_of_visits_passing_2` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `occurred_at` AS `at`,
    `v`.`first_until`,
    `v`.`last_from`,
    `occurred_at` <= `v`.`first_until` AS `in_first`,
    `occurred_at` >= `v`.`last_from` AS `in_last`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  JOIN `page_viewed_and_1_more_of_visits` AS `v`
    ON `r`.`profile_id` = `v`.`profile_id` AND `a`.`t` = `v`.`visits_t`
  WHERE
    `event` IN (:event, :event_2)
    AND `occurred_at` <= `t`
    AND (
      `occurred_at` <= `v`.`first_until` OR `occurred_at` >= `v`.`last_from`
    )
), `page_viewed_and_1_more_of_visits_instants_2` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t` AS `visits_t`,
    MIN(`r`.`first_until`) AS `first_until`,
    MIN(`r`.`last_from`) AS `last_from`,
    MIN(`r`.`at`) FILTER(WHERE
      `r`.`in_last`) AS `instant_1`
  FROM `page_viewed_and_1_more_of_visits_passing_2` AS `r`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `page_viewed_and_1_more_of_visits_rows_2` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `occurred_at` AS `at`,
    `message_id` AS `id`,
    `p_category` AS `p1`,
    `occurred_at` <= `v`.`first_until` AS `in_first`,
    `occurred_at` >= `v`.`last_from` AS `in_last`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  JOIN `page_viewed_and_1_more_of_visits_instants_2` AS `v`
    ON `r`.`profile_id` = `v`.`profile_id` AND `a`.`t` = `v`.`visits_t`
  WHERE
    `event` IN (:event, :event_2)
    AND `occurred_at` <= `t`
    AND (
      `occurred_at` = `v`.`instant_1`
    )
), `page_viewed_and_1_more_of_visits_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    MAX_BY(
      STRUCT(`r`.`p1` AS `v1`, `r`.`p2` AS `v2`),
      STRUCT(`r`.`at` AS `at`, `r`.`id` AS `id`)
    ) AS `page_viewed_and_1_more_of_visits_by_profile_last`
  FROM `page_viewed_and_1_more_of_visits_rows` AS `r`
  WHERE
    `r`.`in_first`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `page_viewed_and_1_more_of_visits_by_profile_2` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    MIN_BY(STRUCT(`r`.`p1` AS `v1`), STRUCT(`r`.`at` AS `at`, `r`.`id` AS `id`)) AS `page_viewed_and_1_more_of_visits_by_profile_2_first`
  FROM `page_viewed_and_1_more_of_visits_rows_2` AS `r`
  WHERE
    `r`.`in_last`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `p`.`t`,
    `g1`.`page_viewed_and_1_more_of_visits_by_profile_last` AS `page_viewed_and_1_more_of_visits_by_profile_last`,
    `g2`.`page_viewed_and_1_more_of_visits_by_profile_2_first` AS `page_viewed_and_1_more_of_visits_by_profile_2_first`
  FROM `profile` AS `p`
  LEFT JOIN `page_viewed_and_1_more_of_visits_by_profile` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id` AND `p`.`t` = `g1`.`t`
  LEFT JOIN `page_viewed_and_1_more_of_visits_by_profile_2` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id` AND `p`.`t` = `g2`.`t`
), `layer_1` AS (
  SELECT
    *,
    `page_viewed_and_1_more_of_visits_by_profile_last`.`v1` AS `came_from`,
    `page_viewed_and_1_more_of_visits_by_profile_last`.`v2` AS `came_by`,
    `page_viewed_and_1_more_of_visits_by_profile_2_first`.`v1` AS `landed_on`
  FROM `known`
)
SELECT
  `profile_id`,
  `t`,
  `came_from` AS `came_from`,
  CAST(NULL AS BIGINT) AS `came_from__until`,
  `came_by` AS `came_by`,
  CAST(NULL AS BIGINT) AS `came_by__until`,
  `landed_on` AS `landed_on`,
  CAST(NULL AS BIGINT) AS `landed_on__until`
FROM `layer_1`
