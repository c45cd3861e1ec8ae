-- us_365d = 31536000000000
-- event = 'Product Added'
-- us_7d = 604800000000
-- us_1h = 3600000000
-- attribute = 'birthday'
-- zone = 'Europe/Amsterdam'
-- us_14d = 1209600000000
-- event_2 = 'Page Viewed'
-- us_28d = 2419200000000
WITH `profile` AS (
  SELECT
    `profile_id`,
    `t`
  FROM `ask`
), `product_added_followed_rows` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `occurred_at` AS `at`,
    TRUE AS `asked`,
    FALSE AS `follower`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `event` = :event AND `occurred_at` <= `t` AND `occurred_at` >= `t` - :us_7d
  UNION ALL
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `ordered_at` AS `at`,
    FALSE AS `asked`,
    TRUE AS `follower`
  FROM `cut_order_version` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `valid_from` <= `t`
    AND (
      `valid_to` IS NULL OR `valid_to` > `t`
    )
    AND `counts`
    AND `ordered_at` >= `t` - :us_7d
), `product_added_followed` AS (
  SELECT
    `profile_id`,
    `t`,
    `at`,
    `asked`,
    SUM(CASE WHEN `follower` THEN 1 ELSE 0 END) OVER (
      PARTITION BY `profile_id`, `t`
      ORDER BY `at` ASC NULLS LAST
      RANGE BETWEEN CURRENT ROW AND :us_1h FOLLOWING
    ) - CASE WHEN `follower` THEN 1 ELSE 0 END AS `followers`
  FROM `product_added_followed_rows`
), `of_order_by_day` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    CAST(DATEDIFF(`day`, CAST('1970-01-01' AS DATE)) AS BIGINT) AS `key`,
    COUNT(*) AS `of_order_by_day_rows`
  FROM `cut_order_version` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `valid_from` <= `t` AND (
      `valid_to` IS NULL OR `valid_to` > `t`
    ) AND `counts`
  GROUP BY
    `r`.`profile_id`,
    `a`.`t`,
    `key`
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    COUNT(*) AS `of_order_count`,
    MIN(`ordered_at`) AS `of_order_oldest`
  FROM `cut_order_version` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `valid_from` <= `t`
    AND (
      `valid_to` IS NULL OR `valid_to` > `t`
    )
    AND `counts`
    AND `ordered_at` >= `t` - :us_365d
  GROUP BY
    `r`.`profile_id`,
    `a`.`t`
), `of_order_by_day_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    MAX(`key`) AS `of_order_by_day_by_profile_last`,
    COUNT(*) AS `of_order_by_day_by_profile_days`,
    MIN(`key`) AS `of_order_by_day_by_profile_first`
  FROM `of_order_by_day` AS `r`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `product_added_followed_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    COUNT(*) FILTER(WHERE
      `r`.`followers` = 0 AND `r`.`at` < `t` - :us_1h) AS `product_added_followed_by_profile_count`,
    MIN(`r`.`at`) AS `product_added_followed_by_profile_oldest`,
    MIN(`r`.`at`) FILTER(WHERE
      `r`.`at` >= `t` - :us_1h) AS `product_added_followed_by_profile_oldest_2`
  FROM `product_added_followed` AS `r`
  WHERE
    `r`.`asked` AND `r`.`at` >= `t` - :us_7d
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `of_attribute` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    MAX(
      STRUCT(
        COALESCE(`r`.`at`, -9223372036854775807) AS `at`,
        `r`.`received_at` AS `received_at`,
        NOT `r`.`value` IS NULL AS `said`,
        COALESCE(`r`.`value`, '') AS `value`
      )
    ) AS `of_attribute_birthday`
  FROM `cut_attribute` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    (
      `r`.`at` <= `t` OR `r`.`at` IS NULL
    ) AND `r`.`name` = :attribute
  GROUP BY
    `r`.`profile_id`,
    `a`.`t`
), `of_page_viewed` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    COLLECT_LIST(`occurred_at`) AS `of_page_viewed_latest_3`
  FROM `cut_event` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `event` = :event_2 AND `occurred_at` <= `t` AND `occurred_at` >= `t` - :us_28d
  GROUP BY
    `r`.`profile_id`,
    `a`.`t`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `p`.`t`,
    COALESCE(`g1`.`of_order_count`, 0) AS `of_order_count`,
    `g1`.`of_order_oldest` AS `of_order_oldest`,
    `g2`.`of_order_by_day_by_profile_last` AS `of_order_by_day_by_profile_last`,
    COALESCE(`g2`.`of_order_by_day_by_profile_days`, 0) AS `of_order_by_day_by_profile_days`,
    `g2`.`of_order_by_day_by_profile_first` AS `of_order_by_day_by_profile_first`,
    COALESCE(`g3`.`product_added_followed_by_profile_count`, 0) AS `product_added_followed_by_profile_count`,
    `g3`.`product_added_followed_by_profile_oldest` AS `product_added_followed_by_profile_oldest`,
    `g3`.`product_added_followed_by_profile_oldest_2` AS `product_added_followed_by_profile_oldest_2`,
    `g4`.`of_attribute_birthday` AS `of_attribute_birthday`,
    `g5`.`of_page_viewed_latest_3` AS `of_page_viewed_latest_3`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id` AND `p`.`t` = `g1`.`t`
  LEFT JOIN `of_order_by_day_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id` AND `p`.`t` = `g2`.`t`
  LEFT JOIN `product_added_followed_by_profile` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id` AND `p`.`t` = `g3`.`t`
  LEFT JOIN `of_attribute` AS `g4`
    ON `p`.`profile_id` = `g4`.`profile_id` AND `p`.`t` = `g4`.`t`
  LEFT JOIN `of_page_viewed` AS `g5`
    ON `p`.`profile_id` = `g5`.`profile_id` AND `p`.`t` = `g5`.`t`
), `layer_1` AS (
  SELECT
    *,
    COALESCE((
      `of_order_oldest` + :us_365d
    ) + 1, 9223372036854775807) AS `orders_365d__until`,
    CASE
      WHEN `of_order_by_day_by_profile_days` > 1
      THEN CAST((
        (
          `of_order_by_day_by_profile_last` - `of_order_by_day_by_profile_first`
        ) * 86400000000
      ) DIV (
        `of_order_by_day_by_profile_days` - 1
      ) AS BIGINT)
    END AS `order_gap`,
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
    CAST(CASE WHEN `of_attribute_birthday`.`said` THEN `of_attribute_birthday`.`value` END AS DATE) AS `value`,
    COALESCE(GET(SORT_ARRAY(`of_page_viewed_latest_3`, FALSE), 2) >= `t` - :us_28d, FALSE) AS `visitors`,
    COALESCE(
      CASE
        WHEN GET(SORT_ARRAY(`of_page_viewed_latest_3`, FALSE), 2) >= `t` - :us_28d
        THEN COALESCE(
          (
            GET(SORT_ARRAY(`of_page_viewed_latest_3`, FALSE), 2) + :us_28d
          ) + 1,
          9223372036854775807
        )
      END,
      9223372036854775807
    ) AS `visitors__until`
  FROM `known`
), `layer_2` AS (
  SELECT
    *,
    CASE
      WHEN `value` >= CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t`), :zone) AS DATE)
      THEN `value`
      WHEN DATE_ADD(
        MAKE_DATE(
          YEAR(CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t`), :zone) AS DATE)),
          MONTH(`value`),
          1
        ),
        DAY(`value`) - 1
      ) >= CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t`), :zone) AS DATE)
      THEN DATE_ADD(
        MAKE_DATE(
          YEAR(CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t`), :zone) AS DATE)),
          MONTH(`value`),
          1
        ),
        DAY(`value`) - 1
      )
      ELSE DATE_ADD(
        MAKE_DATE(
          YEAR(CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t`), :zone) AS DATE)) + 1,
          MONTH(`value`),
          1
        ),
        DAY(`value`) - 1
      )
    END AS `anniversary`
  FROM `layer_1`
), `layer_3` AS (
  SELECT
    *,
    COALESCE(
      `anniversary` <= CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t` + :us_14d), :zone) AS DATE),
      FALSE
    ) AS `birthday`,
    CASE
      WHEN `anniversary` IS NULL
      THEN 9223372036854775807
      WHEN `anniversary` <= CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`t` + :us_14d), :zone) AS DATE)
      THEN UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(DATE_ADD(`anniversary`, 1) AS TIMESTAMP), :zone))
      ELSE UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(`anniversary` AS TIMESTAMP), :zone)) - :us_14d
    END AS `birthday__until`
  FROM `layer_2`
)
SELECT
  `profile_id`,
  `t`,
  `of_order_count` AS `orders_365d`,
  NULLIF(`orders_365d__until`, 9223372036854775807) AS `orders_365d__until`,
  `order_gap` AS `order_gap`,
  CAST(NULL AS BIGINT) AS `order_gap__until`,
  `left_behind` AS `left_behind`,
  NULLIF(`left_behind__until`, 9223372036854775807) AS `left_behind__until`,
  `birthday` AS `birthday`,
  NULLIF(`birthday__until`, 9223372036854775807) AS `birthday__until`,
  `visitors` AS `visitors`,
  NULLIF(`visitors__until`, 9223372036854775807) AS `visitors__until`
FROM `layer_3`
