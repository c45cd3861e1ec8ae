-- t = 1790856000000000
-- zone = 'Europe/Amsterdam'
-- shift = 7200000000
-- shift_2 = 3600000000
-- p_line_kind = 'goods'
-- clock_day = datetime.date(2026, 3, 30)
-- clock_day_2 = datetime.date(2025, 10, 27)
-- clock_day_3 = datetime.date(2025, 3, 31)
-- clock_day_4 = datetime.date(2024, 10, 28)
-- clock_day_5 = datetime.date(2024, 4, 1)
-- clock_day_6 = datetime.date(2023, 10, 30)
-- clock_day_7 = datetime.date(2023, 3, 27)
-- clock_day_8 = datetime.date(2022, 10, 31)
-- clock_day_9 = datetime.date(2022, 3, 28)
-- clock_day_10 = datetime.date(2021, 11, 1)
-- p_product_age = 2592000000000
-- us_365d = 31536000000000
-- t_365d_ago = 1759320000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `of_line_by_brand` AS (
  SELECT
    `r`.`profile_id`,
    `brand` AS `key`,
    COUNT(*) AS `of_line_by_brand_rows`,
    MAX(STRUCT(`ordered_at` AS `at`, `line_id` AS `id`)) AS `of_line_by_brand_last`
  FROM `order_line` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND NOT `brand` IS NULL
    AND (
      `line_kind` IS NULL OR `line_kind` = :p_line_kind
    )
  GROUP BY
    `r`.`profile_id`,
    `key`
), `of_line` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `of_line_count`,
    MIN(`ordered_at`) AS `of_line_oldest`
  FROM `order_line` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND (
      (
        `line_kind` IS NULL OR `line_kind` = :p_line_kind
      )
      AND CASE
        WHEN `ordered_at` >= CASE
          WHEN `launched` >= :clock_day_10
          THEN CAST(DATEDIFF(`launched`, CAST('1970-01-01' AS DATE)) AS BIGINT) * 86400000000 - CASE
            WHEN `launched` >= :clock_day
            THEN :shift
            WHEN `launched` >= :clock_day_2
            THEN :shift_2
            WHEN `launched` >= :clock_day_3
            THEN :shift
            WHEN `launched` >= :clock_day_4
            THEN :shift_2
            WHEN `launched` >= :clock_day_5
            THEN :shift
            WHEN `launched` >= :clock_day_6
            THEN :shift_2
            WHEN `launched` >= :clock_day_7
            THEN :shift
            WHEN `launched` >= :clock_day_8
            THEN :shift_2
            WHEN `launched` >= :clock_day_9
            THEN :shift
            ELSE :shift_2
          END
          ELSE UNIX_MICROS(
            TO_UTC_TIMESTAMP(
              CAST((
                CASE
                  WHEN `launched` >= CAST('0002-01-01' AS DATE)
                  AND `launched` <= CAST('9998-12-31' AS DATE)
                  THEN `launched`
                END
              ) AS TIMESTAMP),
              :zone
            )
          )
        END
        THEN `ordered_at` - (
          (
            CASE
              WHEN `launched` >= :clock_day_10
              THEN CAST(DATEDIFF(`launched`, CAST('1970-01-01' AS DATE)) AS BIGINT) * 86400000000 - CASE
                WHEN `launched` >= :clock_day
                THEN :shift
                WHEN `launched` >= :clock_day_2
                THEN :shift_2
                WHEN `launched` >= :clock_day_3
                THEN :shift
                WHEN `launched` >= :clock_day_4
                THEN :shift_2
                WHEN `launched` >= :clock_day_5
                THEN :shift
                WHEN `launched` >= :clock_day_6
                THEN :shift_2
                WHEN `launched` >= :clock_day_7
                THEN :shift
                WHEN `launched` >= :clock_day_8
                THEN :shift_2
                WHEN `launched` >= :clock_day_9
                THEN :shift
                ELSE :shift_2
              END
              ELSE UNIX_MICROS(
                TO_UTC_TIMESTAMP(
                  CAST((
                    CASE
                      WHEN `launched` >= CAST('0002-01-01' AS DATE)
                      AND `launched` <= CAST('9998-12-31' AS DATE)
                      THEN `launched`
                    END
                  ) AS TIMESTAMP),
                  :zone
                )
              )
            END
          )
        )
      END <= :p_product_age
    )
    AND `ordered_at` >= :t_365d_ago
  GROUP BY
    `r`.`profile_id`
), `of_line_by_brand_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    MAX_BY(
      `key`,
      STRUCT(`of_line_by_brand_rows` AS `rows`, `of_line_by_brand_last` AS `last`)
    ) AS `of_line_by_brand_by_profile_most_frequent`
  FROM `of_line_by_brand` AS `r`
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_line_count`, 0) AS `of_line_count`,
    `g1`.`of_line_oldest` AS `of_line_oldest`,
    `g2`.`of_line_by_brand_by_profile_most_frequent` AS `of_line_by_brand_by_profile_most_frequent`
  FROM `profile` AS `p`
  LEFT JOIN `of_line` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `of_line_by_brand_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    COALESCE((
      `of_line_oldest` + :us_365d
    ) + 1, 9223372036854775807) AS `bought_new__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `of_line_by_brand_by_profile_most_frequent` AS `brand_bought`,
  CAST(NULL AS BIGINT) AS `brand_bought__until`,
  `of_line_count` AS `bought_new`,
  NULLIF(`bought_new__until`, 9223372036854775807) AS `bought_new__until`
FROM `layer_1`
