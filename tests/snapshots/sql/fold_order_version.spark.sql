WITH `changed_order` AS (
  SELECT
    `order_key`
  FROM `order_statement`
  GROUP BY
    `order_key`
  HAVING
    COUNT(*) > 1
  UNION
  SELECT
    `order_key`
  FROM `refund_statement`
  WHERE
    NOT `order_key` IS NULL
), `version_simple` AS (
  SELECT
    `s`.`identity_id`,
    `s`.`order_key`,
    1 AS `version`,
    `s`.`ordered_at`,
    `s`.`valid_from`,
    NULLIF(`s`.`valid_from`, `s`.`valid_from`) AS `valid_to`,
    `s`.`counts`,
    `s`.`total`,
    CAST(0 AS BIGINT) AS `refunded`,
    `s`.`total` AS `net_total`,
    `s`.`coupon`,
    `s`.`received_at`
  FROM `order_statement` AS `s`
  ANTI JOIN `changed_order` AS `c`
    ON `s`.`order_key` = `c`.`order_key`
), `changed_statement` AS (
  SELECT
    `s`.*
  FROM `order_statement` AS `s`
  SEMI JOIN `changed_order` AS `c`
    ON `s`.`order_key` = `c`.`order_key`
), `change` AS (
  SELECT
    `order_key`,
    `valid_from` AS `changed_at`
  FROM `changed_statement`
  UNION
  SELECT
    `r`.`order_key`,
    `r`.`at` AS `changed_at`
  FROM `refund_statement` AS `r`
  JOIN (
    SELECT
      `order_key`,
      MIN(`valid_from`) AS `first_at`
    FROM `changed_statement`
    GROUP BY
      `order_key`
  ) AS `f`
    ON `r`.`order_key` = `f`.`order_key` AND `r`.`at` >= `f`.`first_at`
), `in_force` AS (
  SELECT
    *
  FROM (
    SELECT
      `s`.`identity_id`,
      `s`.`order_key`,
      `s`.`ordered_at`,
      `s`.`counts`,
      `s`.`total`,
      `s`.`coupon`,
      `s`.`received_at`,
      `c`.`changed_at`,
      ROW_NUMBER() OVER (
        PARTITION BY `c`.`order_key`, `c`.`changed_at`
        ORDER BY `s`.`source_rank` ASC NULLS LAST, `s`.`valid_from` DESC, `s`.`received_at` DESC, `s`.`seq` DESC
      ) AS `place`
    FROM `change` AS `c`
    JOIN `changed_statement` AS `s`
      ON `c`.`order_key` = `s`.`order_key` AND `s`.`valid_from` <= `c`.`changed_at`
  ) AS `ranked`
  WHERE
    `place` = 1
), `refunded_by` AS (
  SELECT
    `c`.`order_key`,
    `c`.`changed_at`,
    COALESCE(SUM(`r`.`amount`), 0) AS `amount`,
    COUNT(*) > COUNT(`r`.`amount`) AS `rest`
  FROM `change` AS `c`
  JOIN `refund_statement` AS `r`
    ON `c`.`order_key` = `r`.`order_key` AND `r`.`at` <= `c`.`changed_at`
  GROUP BY
    `c`.`order_key`,
    `c`.`changed_at`
), `version_changed` AS (
  SELECT
    `s`.`identity_id`,
    `s`.`order_key`,
    CAST(ROW_NUMBER() OVER (PARTITION BY `s`.`order_key` ORDER BY `s`.`changed_at` ASC NULLS LAST) AS INT) AS `version`,
    `s`.`ordered_at`,
    `s`.`changed_at` AS `valid_from`,
    LEAD(`s`.`changed_at`) OVER (PARTITION BY `s`.`order_key` ORDER BY `s`.`changed_at` ASC NULLS LAST) AS `valid_to`,
    `s`.`counts`,
    `s`.`total`,
    CAST(CASE
      WHEN `r`.`rest`
      THEN GREATEST(`r`.`amount`, `s`.`total`)
      ELSE COALESCE(`r`.`amount`, 0)
    END AS BIGINT) AS `refunded`,
    `s`.`total` - CAST(CASE
      WHEN `r`.`rest`
      THEN GREATEST(`r`.`amount`, `s`.`total`)
      ELSE COALESCE(`r`.`amount`, 0)
    END AS BIGINT) AS `net_total`,
    `s`.`coupon`,
    `s`.`received_at`
  FROM `in_force` AS `s`
  LEFT JOIN `refunded_by` AS `r`
    ON `s`.`order_key` = `r`.`order_key` AND `s`.`changed_at` = `r`.`changed_at`
)
SELECT
  *
FROM (
  SELECT
    `identity_id`,
    `order_key`,
    `version`,
    `ordered_at`,
    `valid_from`,
    `valid_to`,
    `counts`,
    `total`,
    `refunded`,
    `net_total`,
    `coupon`,
    `received_at`
  FROM `version_simple`
  UNION ALL
  SELECT
    `identity_id`,
    `order_key`,
    `version`,
    `ordered_at`,
    `valid_from`,
    `valid_to`,
    `counts`,
    `total`,
    `refunded`,
    `net_total`,
    `coupon`,
    `received_at`
  FROM `version_changed`
) AS `v`
