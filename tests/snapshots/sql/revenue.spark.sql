-- t = 1790856000000000
-- us_365d = 31536000000000
-- t_365d_ago = 1759320000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `revenue` AS (
  SELECT
    `profile_id`,
    `valid_from`,
    `valid_to`,
    `day`,
    `ordered_at` AS `at`,
    'o' || `order_key` AS `id`,
    `net_total` AS `amount`,
    `total`,
    `refunded`,
    `net_total`,
    `order_id`,
    `gross`,
    `discount`,
    `coupon`,
    `coupon_used`,
    `channel`,
    `store`,
    `status`
  FROM `order_version`
  WHERE
    `counts`
  UNION ALL
  SELECT
    `profile_id`,
    `valid_from`,
    `valid_to`,
    `day`,
    `at`,
    'r' || `refund_key` AS `id`,
    -`amount` AS `amount`,
    NULL AS `total`,
    NULL AS `refunded`,
    NULL AS `net_total`,
    NULL AS `order_id`,
    NULL AS `gross`,
    NULL AS `discount`,
    NULL AS `coupon`,
    NULL AS `coupon_used`,
    NULL AS `channel`,
    NULL AS `store`,
    NULL AS `status`
  FROM `loose_refund`
), `of_revenue_by_amount` AS (
  SELECT
    `r`.`profile_id`,
    `amount` AS `key`,
    COUNT(*) AS `of_revenue_by_amount_rows`
  FROM `revenue` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND NOT `amount` IS NULL
  GROUP BY
    `r`.`profile_id`,
    `key`
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    SUM(`net_total`) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_sum_amount`,
    MIN(`ordered_at`) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_oldest`,
    SUM(`net_total`) AS `of_order_sum_amount_2`,
    COUNT(`net_total`) AS `of_order_values_amount`,
    MIN(`net_total`) AS `of_order_min_amount`,
    MAX(`ordered_at`) AS `of_order_last_at`,
    MAX_BY(STRUCT(`net_total` AS `v1`), STRUCT(`ordered_at` AS `at`, `order_key` AS `id`)) AS `of_order_last`
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
    SUM(-`amount`) FILTER(WHERE
      `at` >= :t_365d_ago) AS `of_refund_sum_amount`,
    MIN(`at`) FILTER(WHERE
      `at` >= :t_365d_ago) AS `of_refund_oldest`,
    SUM(-`amount`) AS `of_refund_sum_amount_2`,
    COUNT(-`amount`) AS `of_refund_values_amount`,
    MIN(-`amount`) AS `of_refund_min_amount`,
    MAX(`at`) AS `of_refund_last_at`,
    MAX_BY(STRUCT(-`amount` AS `v1`), STRUCT(`at` AS `at`, `refund_key` AS `id`)) AS `of_refund_last`
  FROM `loose_refund` AS `r`
  WHERE
    `valid_from` <= :t AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
  GROUP BY
    `r`.`profile_id`
), `of_revenue_by_amount_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `of_revenue_by_amount_by_profile_distinct`
  FROM `of_revenue_by_amount` AS `r`
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_order_sum_amount`, 0) AS `of_order_sum_amount`,
    `g1`.`of_order_oldest` AS `of_order_oldest`,
    COALESCE(`g1`.`of_order_sum_amount_2`, 0) AS `of_order_sum_amount_2`,
    COALESCE(`g1`.`of_order_values_amount`, 0) AS `of_order_values_amount`,
    `g1`.`of_order_min_amount` AS `of_order_min_amount`,
    `g1`.`of_order_last_at` AS `of_order_last_at`,
    `g1`.`of_order_last` AS `of_order_last`,
    COALESCE(`g2`.`of_refund_sum_amount`, 0) AS `of_refund_sum_amount`,
    `g2`.`of_refund_oldest` AS `of_refund_oldest`,
    COALESCE(`g2`.`of_refund_sum_amount_2`, 0) AS `of_refund_sum_amount_2`,
    COALESCE(`g2`.`of_refund_values_amount`, 0) AS `of_refund_values_amount`,
    `g2`.`of_refund_min_amount` AS `of_refund_min_amount`,
    `g2`.`of_refund_last_at` AS `of_refund_last_at`,
    `g2`.`of_refund_last` AS `of_refund_last`,
    COALESCE(`g3`.`of_revenue_by_amount_by_profile_distinct`, 0) AS `of_revenue_by_amount_by_profile_distinct`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `of_refund` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `of_revenue_by_amount_by_profile` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id`
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
    LEAST(
      COALESCE((
        `of_order_oldest` + :us_365d
      ) + 1, 9223372036854775807),
      COALESCE((
        `of_refund_oldest` + :us_365d
      ) + 1, 9223372036854775807)
    ) AS `net_revenue__until`,
    CASE
      WHEN (
        (
          `of_order_values_amount` + `of_refund_values_amount`
        )
      ) > 0
      THEN CAST((
        `of_order_sum_amount_2` + `of_refund_sum_amount_2`
      ) AS DOUBLE) / CAST((
        (
          `of_order_values_amount` + `of_refund_values_amount`
        )
      ) * 100 AS DOUBLE)
    END AS `mean_amount`,
    CASE
      WHEN `of_refund_min_amount` IS NULL
      THEN `of_order_min_amount`
      WHEN `of_order_min_amount` < `of_refund_min_amount`
      THEN `of_order_min_amount`
      ELSE `of_refund_min_amount`
    END AS `least`,
    CASE
      WHEN NOT `of_refund_last_at` IS NULL
      AND (
        `of_order_last_at` IS NULL OR `of_refund_last_at` >= `of_order_last_at`
      )
      THEN `of_refund_last`.`v1`
      ELSE `of_order_last`.`v1`
    END AS `last_amount`
  FROM `known`
)
SELECT
  `profile_id`,
  `net_revenue` AS `net_revenue`,
  NULLIF(`net_revenue__until`, 9223372036854775807) AS `net_revenue__until`,
  `mean_amount` AS `mean_amount`,
  CAST(NULL AS BIGINT) AS `mean_amount__until`,
  `least` AS `least`,
  CAST(NULL AS BIGINT) AS `least__until`,
  `last_amount` AS `last_amount`,
  CAST(NULL AS BIGINT) AS `last_amount__until`,
  `of_revenue_by_amount_by_profile_distinct` AS `amounts`,
  CAST(NULL AS BIGINT) AS `amounts__until`
FROM `layer_1`
