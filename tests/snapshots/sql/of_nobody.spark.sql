-- t = 1790856000000000
-- us_365d = 31536000000000
-- t_365d_ago = 1759320000000000
WITH `profile` AS (
  SELECT
    CAST(NULL AS BIGINT) AS `profile_id`
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    SUM(`net_total`) AS `of_order_sum_amount`,
    COUNT(*) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_count`,
    MIN(`ordered_at`) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_oldest`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND `r`.`profile_id` IS NULL
  GROUP BY
    `r`.`profile_id`
), `of_refund` AS (
  SELECT
    `r`.`profile_id`,
    SUM(-`amount`) AS `of_refund_sum_amount`
  FROM `loose_refund` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `r`.`profile_id` IS NULL
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_order_sum_amount`, 0) AS `of_order_sum_amount`,
    COALESCE(`g1`.`of_order_count`, 0) AS `of_order_count`,
    `g1`.`of_order_oldest` AS `of_order_oldest`,
    COALESCE(`g2`.`of_refund_sum_amount`, 0) AS `of_refund_sum_amount`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` IS NOT DISTINCT FROM `g1`.`profile_id`
  LEFT JOIN `of_refund` AS `g2`
    ON `p`.`profile_id` IS NOT DISTINCT FROM `g2`.`profile_id`
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
    END AS `spent`,
    COALESCE((
      `of_order_oldest` + :us_365d
    ) + 1, 9223372036854775807) AS `bought__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `spent` AS `spent`,
  CAST(NULL AS BIGINT) AS `spent__until`,
  `of_order_count` AS `bought`,
  NULLIF(`bought__until`, 9223372036854775807) AS `bought__until`
FROM `layer_1`
