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
-- number = 500
-- number_2 = 0
-- above = 3
-- below = 2
-- attribute = 'birthday'
-- today = datetime.date(2026, 10, 1)
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
    COUNT(*) AS `of_order_count`,
    SUM(`net_total`) AS `of_order_sum_amount`,
    MAX(`ordered_at`) AS `of_order_last_at`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t AND (
      `valid_to` IS NULL OR `valid_to` > :t
    ) AND `counts`
  GROUP BY
    `r`.`profile_id`
), `of_refund` AS (
  SELECT
    `r`.`profile_id`,
    SUM(-`amount`) AS `of_refund_sum_amount`
  FROM `loose_refund` AS `r`
  WHERE
    `valid_from` <= :t AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
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
    ) AS `of_attribute_birthday`
  FROM `attribute` AS `r`
  WHERE
    (
      `r`.`at` <= :t OR `r`.`at` IS NULL
    ) AND `r`.`name` = :attribute
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_order_count`, 0) AS `of_order_count`,
    COALESCE(`g1`.`of_order_sum_amount`, 0) AS `of_order_sum_amount`,
    `g1`.`of_order_last_at` AS `of_order_last_at`,
    COALESCE(`g2`.`of_refund_sum_amount`, 0) AS `of_refund_sum_amount`,
    `g3`.`of_order_by_day_by_profile_last` AS `of_order_by_day_by_profile_last`,
    COALESCE(`g3`.`of_order_by_day_by_profile_days`, 0) AS `of_order_by_day_by_profile_days`,
    `g3`.`of_order_by_day_by_profile_first` AS `of_order_by_day_by_profile_first`,
    `g4`.`of_attribute_birthday` AS `of_attribute_birthday`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `of_refund` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `of_order_by_day_by_profile` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id`
  LEFT JOIN `of_attribute` AS `g4`
    ON `p`.`profile_id` = `g4`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    CASE
      WHEN (
        `of_order_sum_amount` + `of_refund_sum_amount`
      ) BETWEEN (
        (
          -9223372036854775807
        ) - 1
      ) AND 9223372036854775807
      THEN CAST(`of_order_sum_amount` + `of_refund_sum_amount` AS BIGINT)
    END AS `net_revenue`,
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
    CAST(CASE WHEN `of_attribute_birthday`.`said` THEN `of_attribute_birthday`.`value` END AS DATE) AS `value_3`
  FROM `known`
), `layer_2` AS (
  SELECT
    *,
    CASE
      WHEN `of_order_count` <> 0
      THEN CAST(`net_revenue` AS DOUBLE) / CAST(CAST(`of_order_count` AS DECIMAL(38, 0)) * 100 AS DOUBLE)
    END AS `double`,
    CAST(`net_revenue` AS DECIMAL(38, 0)) + CAST(:number AS DECIMAL(38, 0)) AS `exact`,
    COALESCE(CAST(`net_revenue` AS DECIMAL(38, 0)), CAST(:number_2 AS DECIMAL(38, 0))) AS `exact_2`,
    (
      (
        CAST(`gap` AS DECIMAL(38, 0)) * :above
      ) - (
        (
          CAST(`gap` AS DECIMAL(38, 0)) * :above
        ) % :below + :below
      ) % :below
    ) DIV :below AS `exact_4`,
    CASE
      WHEN `value_3` >= DATE_ADD(:today, 1)
      THEN `value_3`
      WHEN DATE_ADD(MAKE_DATE(YEAR(DATE_ADD(:today, 1)), MONTH(`value_3`), 1), DAY(`value_3`) - 1) >= DATE_ADD(:today, 1)
      THEN DATE_ADD(MAKE_DATE(YEAR(DATE_ADD(:today, 1)), MONTH(`value_3`), 1), DAY(`value_3`) - 1)
      ELSE DATE_ADD(MAKE_DATE(YEAR(DATE_ADD(:today, 1)) + 1, MONTH(`value_3`), 1), DAY(`value_3`) - 1)
    END AS `birthday`
  FROM `layer_1`
), `layer_3` AS (
  SELECT
    *,
    CASE WHEN ABS(`double`) < CAST('Infinity' AS DOUBLE) THEN `double` END AS `average_order`,
    CASE
      WHEN `exact` BETWEEN (
        (
          -9223372036854775807
        ) - 1
      ) AND 9223372036854775807
      THEN CAST(`exact` AS BIGINT)
    END AS `value`,
    CASE
      WHEN `exact_2` BETWEEN (
        (
          -9223372036854775807
        ) - 1
      ) AND 9223372036854775807
      THEN CAST(`exact_2` AS BIGINT)
    END AS `value_2`,
    CASE
      WHEN `exact_4` BETWEEN (
        (
          -9223372036854775807
        ) - 1
      ) AND 9223372036854775807
      THEN CAST(`exact_4` AS BIGINT)
    END AS `patience`,
    CASE
      WHEN `value_3` <= :today
      THEN CAST((
        YEAR(:today) - YEAR(`value_3`)
      ) - CASE
        WHEN DATE_ADD(MAKE_DATE(YEAR(:today), MONTH(`value_3`), 1), DAY(`value_3`) - 1) <= :today
        THEN 0
        ELSE 1
      END AS BIGINT)
    END AS `age`,
    COALESCE(
      UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(`birthday` AS TIMESTAMP), :zone)),
      9223372036854775807
    ) AS `age__until`
  FROM `layer_2`
), `layer_4` AS (
  SELECT
    *,
    CASE
      WHEN NOT `value` IS NULL AND NOT `value_2` IS NULL
      THEN GREATEST(CAST(`value` AS DECIMAL(38, 0)), CAST(`value_2` AS DECIMAL(38, 0)))
    END AS `exact_3`
  FROM `layer_3`
), `layer_5` AS (
  SELECT
    *,
    CASE
      WHEN `exact_3` BETWEEN (
        (
          -9223372036854775807
        ) - 1
      ) AND 9223372036854775807
      THEN CAST(`exact_3` AS BIGINT)
    END AS `more`
  FROM `layer_4`
)
SELECT
  `profile_id`,
  `of_order_count` AS `orders`,
  CAST(NULL AS BIGINT) AS `orders__until`,
  `net_revenue` AS `net_revenue`,
  CAST(NULL AS BIGINT) AS `net_revenue__until`,
  `gap` AS `gap`,
  CAST(NULL AS BIGINT) AS `gap__until`,
  `of_order_last_at` AS `last_order_at`,
  CAST(NULL AS BIGINT) AS `last_order_at__until`,
  `average_order` AS `average_order`,
  CAST(NULL AS BIGINT) AS `average_order__until`,
  `more` AS `more`,
  CAST(NULL AS BIGINT) AS `more__until`,
  `patience` AS `patience`,
  CAST(NULL AS BIGINT) AS `patience__until`,
  `of_order_last_at` AS `since_last_order`,
  CAST(NULL AS BIGINT) AS `since_last_order__until`,
  `age` AS `age`,
  NULLIF(`age__until`, 9223372036854775807) AS `age__until`
FROM `layer_5`
