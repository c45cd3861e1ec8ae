-- t = 1790856000000000
-- threshold = 7
-- next_midnight = 1790892000000000
-- percentile = 3
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `of_order_count`,
    SUM(`net_total`) AS `of_order_sum_amount`
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
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_order_count`, 0) AS `of_order_count`,
    COALESCE(`g1`.`of_order_sum_amount`, 0) AS `of_order_sum_amount`,
    COALESCE(`g2`.`of_refund_sum_amount`, 0) AS `of_refund_sum_amount`,
    `s3`.`score` AS `score`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `of_refund` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `scores` AS `s3`
    ON `p`.`profile_id` = `s3`.`profile_id`
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
    COALESCE(`score` >= :threshold, FALSE) AS `best`,
    `of_order_count` > :percentile AS `above_median`
  FROM `known`
)
SELECT
  `profile_id`,
  `of_order_count` AS `orders`,
  CAST(NULL AS BIGINT) AS `orders__until`,
  `net_revenue` AS `net_revenue`,
  CAST(NULL AS BIGINT) AS `net_revenue__until`,
  `best` AS `best`,
  NULLIF(:next_midnight, 9223372036854775807) AS `best__until`,
  `above_median` AS `above_median`,
  NULLIF(:next_midnight, 9223372036854775807) AS `above_median__until`
FROM `layer_1`
