-- t = 1790856000000000
-- zone = 'Europe/Amsterdam'
-- clock = 1774746000000000
-- shift = 7200000000
-- clock_2 = 1761440400000000
-- shift_2 = 3600000000
-- clock_3 = 1743296400000000
-- clock_4 = 1729990800000000
-- clock_5 = 1711846800000000
-- clock_6 = 1698541200000000
-- clock_7 = 1679792400000000
-- clock_8 = 1667091600000000
-- clock_9 = 1648342800000000
-- clock_10 = 1635642000000000
-- clock_11 = 1632744000000000
-- attribute = 'country'
-- value = 'NL'
-- t_365d_ago = 1759320000000000
-- us_365d = 31536000000000
-- t_30d_ago = 1788264000000000
-- t_90d_ago = 1783080000000000
-- us_30d = 2592000000000
-- us_90d = 7776000000000
-- attribute_2 = 'registered_at'
-- t_in_7d = 1791460800000000
-- us_7d = 604800000000
-- attribute_3 = 'birthday'
-- today = datetime.date(2026, 10, 1)
-- day_in_14d = datetime.date(2026, 10, 15)
-- us_14d = 1209600000000
-- stage = 'red_alert'
-- stage_2 = 'prospect'
-- stage_3 = 'new_buyer'
-- t_60d_ago = 1785672000000000
-- stage_4 = 'promising'
-- stage_5 = 'drifting'
-- stage_6 = 'sleeper'
-- stage_7 = 'loyal'
-- stage_8 = 'at_risk'
-- us_60d = 5184000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `of_order_by_day` AS (
  SELECT
    `r`.`profile_id`,
    CASE
      WHEN `ordered_at` >= :clock_11
      THEN (
        `ordered_at` + CASE
          WHEN `ordered_at` >= :clock
          THEN :shift
          WHEN `ordered_at` >= :clock_2
          THEN :shift_2
          WHEN `ordered_at` >= :clock_3
          THEN :shift
          WHEN `ordered_at` >= :clock_4
          THEN :shift_2
          WHEN `ordered_at` >= :clock_5
          THEN :shift
          WHEN `ordered_at` >= :clock_6
          THEN :shift_2
          WHEN `ordered_at` >= :clock_7
          THEN :shift
          WHEN `ordered_at` >= :clock_8
          THEN :shift_2
          WHEN `ordered_at` >= :clock_9
          THEN :shift
          WHEN `ordered_at` >= :clock_10
          THEN :shift_2
          ELSE :shift
        END
      ) DIV 86400000000
      ELSE CAST(DATEDIFF(
        CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`ordered_at`), :zone) AS DATE),
        CAST('1970-01-01' AS DATE)
      ) AS BIGINT)
    END AS `key`,
    COUNT(*) AS `of_order_by_day_rows`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t AND (
      `valid_to` IS NULL OR `valid_to` > :t
    ) AND `counts`
  GROUP BY
    `r`.`profile_id`,
    `key`
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`ordered_at`) AS `of_order_last_at`,
    COUNT(*) AS `of_order_count`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t AND (
      `valid_to` IS NULL OR `valid_to` > :t
    ) AND `counts`
  GROUP BY
    `r`.`profile_id`
), `of_order_by_day_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`key`) AS `of_order_by_day_by_profile_last`,
    COUNT(*) AS `of_order_by_day_by_profile_days`,
    MIN(`key`) AS `of_order_by_day_by_profile_first`
  FROM `of_order_by_day` AS `r`
  GROUP BY
    `r`.`profile_id`
), `of_attribute` AS (
  SELECT
    `r`.`profile_id`,
    MAX(
      STRUCT(
        COALESCE(`r`.`at`, -9223372036854775807) AS `at`,
        `r`.`received_at` AS `received_at`,
        NOT `r`.`value` IS NULL AS `said`,
        COALESCE(`r`.`value`, '') AS `value`
      )
    ) FILTER(WHERE
      `r`.`name` = :attribute) AS `of_attribute_country`,
    MAX(
      STRUCT(
        COALESCE(`r`.`at`, -9223372036854775807) AS `at`,
        `r`.`received_at` AS `received_at`,
        NOT `r`.`value` IS NULL AS `said`,
        COALESCE(`r`.`value`, '') AS `value`
      )
    ) FILTER(WHERE
      `r`.`name` = :attribute_2) AS `of_attribute_registered_at`,
    MAX(
      STRUCT(
        COALESCE(`r`.`at`, -9223372036854775807) AS `at`,
        `r`.`received_at` AS `received_at`,
        NOT `r`.`value` IS NULL AS `said`,
        COALESCE(`r`.`value`, '') AS `value`
      )
    ) FILTER(WHERE
      `r`.`name` = :attribute_3) AS `of_attribute_birthday`
  FROM `attribute` AS `r`
  WHERE
    (
      `r`.`at` <= :t OR `r`.`at` IS NULL
    )
    AND (
      `r`.`name` = :attribute OR `r`.`name` = :attribute_2 OR `r`.`name` = :attribute_3
    )
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `g1`.`of_order_last_at` AS `of_order_last_at`,
    COALESCE(`g1`.`of_order_count`, 0) AS `of_order_count`,
    `g2`.`of_order_by_day_by_profile_last` AS `of_order_by_day_by_profile_last`,
    COALESCE(`g2`.`of_order_by_day_by_profile_days`, 0) AS `of_order_by_day_by_profile_days`,
    `g2`.`of_order_by_day_by_profile_first` AS `of_order_by_day_by_profile_first`,
    `g3`.`of_attribute_country` AS `of_attribute_country`,
    `g3`.`of_attribute_registered_at` AS `of_attribute_registered_at`,
    `g3`.`of_attribute_birthday` AS `of_attribute_birthday`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `of_order_by_day_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `of_attribute` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    CASE
      WHEN `of_order_by_day_by_profile_days` > 1
      THEN CAST((
        (
          `of_order_by_day_by_profile_last` - `of_order_by_day_by_profile_first`
        ) * 86400000000
      ) DIV (
        `of_order_by_day_by_profile_days` - 1
      ) AS BIGINT)
    END AS `gap`,
    CASE WHEN `of_attribute_country`.`said` THEN `of_attribute_country`.`value` END AS `value`,
    COALESCE(`of_order_last_at` < :t_365d_ago, FALSE) AS `old`,
    COALESCE(
      CASE
        WHEN (
          `of_order_last_at` + :us_365d
        ) + 1 > :t
        THEN (
          `of_order_last_at` + :us_365d
        ) + 1
      END,
      9223372036854775807
    ) AS `old__until`,
    COALESCE(`of_order_last_at` <= :t_30d_ago AND `of_order_last_at` >= :t_90d_ago, FALSE) AS `between`,
    LEAST(
      COALESCE(
        CASE WHEN `of_order_last_at` + :us_30d > :t THEN `of_order_last_at` + :us_30d END,
        9223372036854775807
      ),
      COALESCE(
        CASE
          WHEN (
            `of_order_last_at` + :us_90d
          ) + 1 > :t
          THEN (
            `of_order_last_at` + :us_90d
          ) + 1
        END,
        9223372036854775807
      )
    ) AS `between__until`,
    CAST(CASE
      WHEN `of_attribute_registered_at`.`said`
      THEN `of_attribute_registered_at`.`value`
    END AS BIGINT) AS `value_2`,
    CAST(CASE WHEN `of_attribute_birthday`.`said` THEN `of_attribute_birthday`.`value` END AS DATE) AS `value_3`,
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
    COALESCE(`value` = :value, FALSE) AS `dutch`,
    COALESCE(`of_order_last_at` < :t - `gap`, FALSE) AS `patient`,
    COALESCE(
      CASE
        WHEN (
          `of_order_last_at` + `gap`
        ) + 1 > :t
        THEN (
          `of_order_last_at` + `gap`
        ) + 1
      END,
      9223372036854775807
    ) AS `patient__until`,
    COALESCE(`value_2` >= :t AND `value_2` <= :t_in_7d, FALSE) AS `due`,
    LEAST(
      COALESCE(CASE WHEN `value_2` - :us_7d > :t THEN `value_2` - :us_7d END, 9223372036854775807),
      COALESCE(CASE WHEN `value_2` + 1 > :t THEN `value_2` + 1 END, 9223372036854775807)
    ) AS `due__until`,
    CASE
      WHEN `value_3` >= :today
      THEN `value_3`
      WHEN DATE_ADD(MAKE_DATE(YEAR(:today), MONTH(`value_3`), 1), DAY(`value_3`) - 1) >= :today
      THEN DATE_ADD(MAKE_DATE(YEAR(:today), MONTH(`value_3`), 1), DAY(`value_3`) - 1)
      ELSE DATE_ADD(MAKE_DATE(YEAR(:today) + 1, MONTH(`value_3`), 1), DAY(`value_3`) - 1)
    END AS `anniversary`,
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
    END AS `stage__until`,
    NOT `value_3` IS NULL AS `holds_2`
  FROM `layer_1`
), `layer_3` AS (
  SELECT
    *,
    COALESCE(`anniversary` <= :day_in_14d, FALSE) AS `birthday`,
    CASE
      WHEN `anniversary` IS NULL
      THEN 9223372036854775807
      WHEN `anniversary` <= :day_in_14d
      THEN UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(DATE_ADD(`anniversary`, 1) AS TIMESTAMP), :zone))
      ELSE UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(`anniversary` AS TIMESTAMP), :zone)) - :us_14d
    END AS `birthday__until`,
    `stage_now` IN (:stage_8, :stage) AS `holds`
  FROM `layer_2`
), `layer_4` AS (
  SELECT
    *,
    NOT (
      `old` AND `holds` AND `holds_2`
    ) AS `holds_3`,
    CASE
      WHEN `old` AND `holds` AND `holds_2`
      THEN LEAST(`old__until`, `stage__until`)
      ELSE GREATEST(
        CASE WHEN `old` THEN 0 ELSE `old__until` END,
        CASE WHEN `holds` THEN 0 ELSE `stage__until` END,
        CASE WHEN `holds_2` THEN 0 ELSE 9223372036854775807 END
      )
    END AS `holds__until`
  FROM `layer_3`
), `layer_5` AS (
  SELECT
    *,
    `dutch` OR `holds_3` AS `nested`,
    CASE
      WHEN `dutch` OR `holds_3`
      THEN GREATEST(
        CASE WHEN `dutch` THEN 9223372036854775807 ELSE 0 END,
        CASE WHEN `holds_3` THEN `holds__until` ELSE 0 END
      )
      ELSE `holds__until`
    END AS `nested__until`
  FROM `layer_4`
)
SELECT
  `profile_id`,
  `of_order_last_at` AS `last_order_at`,
  CAST(NULL AS BIGINT) AS `last_order_at__until`,
  `of_order_last_at` AS `since_last_order`,
  CAST(NULL AS BIGINT) AS `since_last_order__until`,
  `gap` AS `gap`,
  CAST(NULL AS BIGINT) AS `gap__until`,
  `dutch` AS `dutch`,
  CAST(NULL AS BIGINT) AS `dutch__until`,
  `old` AS `old`,
  NULLIF(`old__until`, 9223372036854775807) AS `old__until`,
  `patient` AS `patient`,
  NULLIF(`patient__until`, 9223372036854775807) AS `patient__until`,
  `between` AS `between`,
  NULLIF(`between__until`, 9223372036854775807) AS `between__until`,
  `due` AS `due`,
  NULLIF(`due__until`, 9223372036854775807) AS `due__until`,
  `birthday` AS `birthday`,
  NULLIF(`birthday__until`, 9223372036854775807) AS `birthday__until`,
  `nested` AS `nested`,
  NULLIF(`nested__until`, 9223372036854775807) AS `nested__until`
FROM `layer_5`
