-- t = 1790856000000000
-- zone = 'Europe/Amsterdam'
-- p_line_kind = 'goods'
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
        WHEN `ordered_at` >= UNIX_MICROS(
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
        THEN `ordered_at` - (
          (
            UNIX_MICROS(
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
