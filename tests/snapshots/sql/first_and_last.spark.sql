-- t = 1790856000000000
-- us_365d = 31536000000000
-- t_365d_ago = 1759320000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    MIN(`ordered_at`) AS `of_order_first_at`,
    MIN_BY(
      STRUCT(`coupon` AS `v1`, `channel` AS `v2`),
      STRUCT(`ordered_at` AS `at`, `order_key` AS `id`)
    ) AS `of_order_first`,
    MAX_BY(STRUCT(`store` AS `v1`), STRUCT(`ordered_at` AS `at`, `order_key` AS `id`)) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_last`,
    MIN(`ordered_at`) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_oldest`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t AND (
      `valid_to` IS NULL OR `valid_to` > :t
    ) AND `counts`
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `g1`.`of_order_first_at` AS `of_order_first_at`,
    `g1`.`of_order_first` AS `of_order_first`,
    `g1`.`of_order_last` AS `of_order_last`,
    `g1`.`of_order_oldest` AS `of_order_oldest`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    `of_order_first`.`v1` AS `first_coupon`,
    `of_order_first`.`v2` AS `first_channel`,
    `of_order_last`.`v1` AS `last_store`,
    COALESCE((
      `of_order_oldest` + :us_365d
    ) + 1, 9223372036854775807) AS `last_store__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `of_order_first_at` AS `first_order_at`,
  CAST(NULL AS BIGINT) AS `first_order_at__until`,
  `first_coupon` AS `first_coupon`,
  CAST(NULL AS BIGINT) AS `first_coupon__until`,
  `first_channel` AS `first_channel`,
  CAST(NULL AS BIGINT) AS `first_channel__until`,
  `last_store` AS `last_store`,
  NULLIF(`last_store__until`, 9223372036854775807) AS `last_store__until`
FROM `layer_1`
