-- t = 1790856000000000
-- event = 'Product Added'
-- t_7d_ago = 1790251200000000
-- us_1h = 3600000000
-- t_1h_ago = 1790852400000000
-- us_7d = 604800000000
-- event_2 = 'Page Viewed'
-- us_1d = 86400000000
-- event_3 = 'Subscription Ended'
-- event_4 = 'Subscription Started'
-- us_90d = 7776000000000
-- t_90d_ago = 1783080000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `product_added_followed_rows` AS (
  SELECT
    `r`.`profile_id`,
    `occurred_at` AS `at`,
    TRUE AS `asked`,
    FALSE AS `follower`
  FROM `event` AS `r`
  WHERE
    `event` = :event AND `occurred_at` <= :t AND `occurred_at` >= :t_7d_ago
  UNION ALL
  SELECT
    `r`.`profile_id`,
    `ordered_at` AS `at`,
    FALSE AS `asked`,
    TRUE AS `follower`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND `ordered_at` >= :t_7d_ago
), `product_added_followed` AS (
  SELECT
    `profile_id`,
    `at`,
    `asked`,
    SUM(CASE WHEN `follower` THEN 1 ELSE 0 END) OVER (
      PARTITION BY `profile_id`
      ORDER BY `at` ASC NULLS LAST
      RANGE BETWEEN CURRENT ROW AND :us_1h FOLLOWING
    ) - CASE WHEN `follower` THEN 1 ELSE 0 END AS `followers`
  FROM `product_added_followed_rows`
), `product_added_followed_2_rows` AS (
  SELECT
    `r`.`profile_id`,
    `occurred_at` AS `at`,
    COALESCE(`event` IN (:event), FALSE) AS `asked`,
    TRUE AS `follower`
  FROM `event` AS `r`
  WHERE
    `event` IN (:event_2, :event) AND `occurred_at` <= :t
), `product_added_followed_2` AS (
  SELECT
    `profile_id`,
    `at`,
    `asked`,
    SUM(CASE WHEN `follower` THEN 1 ELSE 0 END) OVER (
      PARTITION BY `profile_id`
      ORDER BY `at` ASC NULLS LAST
      RANGE BETWEEN CURRENT ROW AND :us_1d FOLLOWING
    ) - CASE WHEN `follower` THEN 1 ELSE 0 END AS `followers`
  FROM `product_added_followed_2_rows`
), `product_added_followed_3_rows` AS (
  SELECT
    `r`.`profile_id`,
    `occurred_at` AS `at`,
    COALESCE(`event` IN (:event), FALSE) AS `asked`,
    TRUE AS `follower`,
    `message_id` AS `id`
  FROM `event` AS `r`
  WHERE
    `event` IN (:event_2, :event) AND `occurred_at` <= :t
), `product_added_followed_3` AS (
  SELECT
    `profile_id`,
    `at`,
    `asked`,
    SUM(CASE WHEN `follower` THEN 1 ELSE 0 END) OVER (
      PARTITION BY `profile_id`
      ORDER BY `at` ASC NULLS LAST
      RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) - SUM(CASE WHEN `follower` THEN 1 ELSE 0 END) OVER (
      PARTITION BY `profile_id`, `at`
      ORDER BY `id` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS `followers`
  FROM `product_added_followed_3_rows`
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`ordered_at`) AS `of_order_last_at`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND `ordered_at` >= :t_90d_ago
  GROUP BY
    `r`.`profile_id`
), `product_added_followed_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) FILTER(WHERE
      `r`.`followers` = 0 AND `r`.`at` < :t_1h_ago) AS `product_added_followed_by_profile_count`,
    MIN(`r`.`at`) AS `product_added_followed_by_profile_oldest`,
    MIN(`r`.`at`) FILTER(WHERE
      `r`.`at` >= :t_1h_ago) AS `product_added_followed_by_profile_oldest_2`
  FROM `product_added_followed` AS `r`
  WHERE
    `r`.`asked` AND `r`.`at` >= :t_7d_ago
  GROUP BY
    `r`.`profile_id`
), `product_added_followed_2_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `product_added_followed_2_by_profile_count`
  FROM `product_added_followed_2` AS `r`
  WHERE
    `r`.`asked` AND `r`.`followers` > 0
  GROUP BY
    `r`.`profile_id`
), `of_subscription_ended_and_1_more` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`occurred_at`) FILTER(WHERE
      `event` = :event_4) AS `of_subscription_ended_and_1_more_last_at`,
    MAX(`occurred_at`) FILTER(WHERE
      `event` = :event_3) AS `of_subscription_ended_and_1_more_last_at_2`,
    MIN(`occurred_at`) FILTER(WHERE
      `event` = :event_3 AND `occurred_at` >= :t_90d_ago) AS `of_subscription_ended_first_at`
  FROM `event` AS `r`
  WHERE
    `event` IN (:event_3, :event_4) AND `occurred_at` <= :t
  GROUP BY
    `r`.`profile_id`
), `product_added_followed_3_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `product_added_followed_3_by_profile_count`
  FROM `product_added_followed_3` AS `r`
  WHERE
    `r`.`asked` AND `r`.`followers` = 0
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `g1`.`of_order_last_at` AS `of_order_last_at`,
    COALESCE(`g2`.`product_added_followed_by_profile_count`, 0) AS `product_added_followed_by_profile_count`,
    `g2`.`product_added_followed_by_profile_oldest` AS `product_added_followed_by_profile_oldest`,
    `g2`.`product_added_followed_by_profile_oldest_2` AS `product_added_followed_by_profile_oldest_2`,
    COALESCE(`g3`.`product_added_followed_2_by_profile_count`, 0) AS `product_added_followed_2_by_profile_count`,
    `g4`.`of_subscription_ended_and_1_more_last_at` AS `of_subscription_ended_and_1_more_last_at`,
    `g4`.`of_subscription_ended_and_1_more_last_at_2` AS `of_subscription_ended_and_1_more_last_at_2`,
    `g4`.`of_subscription_ended_first_at` AS `of_subscription_ended_first_at`,
    COALESCE(`g5`.`product_added_followed_3_by_profile_count`, 0) AS `product_added_followed_3_by_profile_count`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `product_added_followed_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `product_added_followed_2_by_profile` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id`
  LEFT JOIN `of_subscription_ended_and_1_more` AS `g4`
    ON `p`.`profile_id` = `g4`.`profile_id`
  LEFT JOIN `product_added_followed_3_by_profile` AS `g5`
    ON `p`.`profile_id` = `g5`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    `product_added_followed_by_profile_count` >= 1 AS `left_behind`,
    LEAST(
      COALESCE((
        `product_added_followed_by_profile_oldest` + :us_7d
      ) + 1, 9223372036854775807),
      COALESCE(
        (
          `product_added_followed_by_profile_oldest_2` + :us_1h
        ) + 1,
        9223372036854775807
      )
    ) AS `left_behind__until`,
    `product_added_followed_2_by_profile_count` >= 1 AS `added_again`,
    NOT `of_subscription_ended_and_1_more_last_at_2` IS NULL
    AND (
      `of_subscription_ended_and_1_more_last_at` IS NULL
      OR `of_subscription_ended_and_1_more_last_at_2` > `of_subscription_ended_and_1_more_last_at`
    ) AS `ended`,
    `product_added_followed_3_by_profile_count` >= 1 AS `added_last`,
    COALESCE(`of_subscription_ended_first_at` <= `of_order_last_at`, FALSE) AS `back`,
    COALESCE((
      `of_subscription_ended_first_at` + :us_90d
    ) + 1, 9223372036854775807) AS `back__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `left_behind` AS `left_behind`,
  NULLIF(`left_behind__until`, 9223372036854775807) AS `left_behind__until`,
  `added_again` AS `added_again`,
  CAST(NULL AS BIGINT) AS `added_again__until`,
  `ended` AS `ended`,
  CAST(NULL AS BIGINT) AS `ended__until`,
  `added_last` AS `added_last`,
  CAST(NULL AS BIGINT) AS `added_last__until`,
  `back` AS `back`,
  NULLIF(`back__until`, 9223372036854775807) AS `back__until`
FROM `layer_1`
