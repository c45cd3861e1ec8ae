-- t = 1790856000000000
-- p_category = 'praise'
-- event = 'Complaint'
-- zone = 'Europe/Amsterdam'
-- event_2 = 'Cancelled'
-- event_3 = 'Delivered'
-- event_4 = 'Promised'
-- p_rating = 4.0
-- event_5 = 'Solved'
-- us_90d = 7776000000000
-- t_90d_ago = 1783080000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `trouble_due` AS (
  SELECT
    `e`.`profile_id`,
    `e`.`message_id`,
    `e`.`p_category`,
    `e`.`p_rating`,
    GREATEST(
      UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(DATE_ADD(`e`.`p_on_day`, 1) AS TIMESTAMP), :zone)),
      `e`.`occurred_at`
    ) AS `at`,
    `e`.`occurred_at` AS `said_at`,
    NULLIF(
      LEAST(
        COALESCE(
          CASE
            WHEN `d`.`done_at` < UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(DATE_ADD(`e`.`p_on_day`, 1) AS TIMESTAMP), :zone))
            THEN `d`.`done_at`
          END,
          9223372036854775807
        ),
        COALESCE(
          CASE
            WHEN NOT `e`.`p_category` IS NULL
            AND LEAD(`e`.`occurred_at`) OVER (
              PARTITION BY `e`.`profile_id`, `e`.`p_category`
              ORDER BY `e`.`occurred_at` ASC NULLS LAST, `e`.`message_id` ASC NULLS LAST
            ) < UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(DATE_ADD(`e`.`p_on_day`, 1) AS TIMESTAMP), :zone))
            THEN LEAD(`e`.`occurred_at`) OVER (
              PARTITION BY `e`.`profile_id`, `e`.`p_category`
              ORDER BY `e`.`occurred_at` ASC NULLS LAST, `e`.`message_id` ASC NULLS LAST
            )
          END,
          9223372036854775807
        )
      ),
      9223372036854775807
    ) AS `done_at`
  FROM `event` AS `e`
  LEFT JOIN (
    SELECT
      `e`.`profile_id`,
      `e`.`p_category` AS `same`,
      MIN(`e`.`occurred_at`) AS `done_at`
    FROM `event` AS `e`
    WHERE
      `event` IN (:event_2, :event_3)
      AND NOT `e`.`p_category` IS NULL
      AND `e`.`occurred_at` <= :t
    GROUP BY
      `e`.`profile_id`,
      `e`.`p_category`
  ) AS `d`
    ON `e`.`profile_id` = `d`.`profile_id` AND `e`.`p_category` = `d`.`same`
  WHERE
    `event` = :event_4
    AND `e`.`p_on_day` >= CAST('0002-01-01' AS DATE)
    AND `e`.`p_on_day` <= CAST('9998-12-31' AS DATE)
    AND `e`.`occurred_at` <= :t
), `trouble_all` AS (
  SELECT
    `e`.`profile_id`,
    `e`.`message_id`,
    `e`.`p_category`,
    `e`.`p_rating`,
    `e`.`occurred_at` AS `at`,
    `e`.`occurred_at` AS `said_at`,
    CAST(NULL AS BIGINT) AS `done_at`
  FROM `event` AS `e`
  WHERE
    (
      `event` = :event AND `e`.`p_category` IS DISTINCT FROM :p_category
    )
    AND `e`.`occurred_at` <= :t
  UNION ALL
  SELECT
    `profile_id`,
    `message_id`,
    `p_category`,
    `p_rating`,
    `at`,
    `said_at`,
    `done_at`
  FROM `trouble_due`
  WHERE
    `done_at` IS NULL
), `trouble_closed` AS (
  SELECT
    `profile_id`,
    `message_id`,
    MIN(`closed_at`) AS `closed_at`
  FROM (
    SELECT
      `a`.`profile_id`,
      `a`.`message_id`,
      `e`.`occurred_at` AS `closed_at`,
      CASE WHEN `e`.`p_category` = `a`.`p_category` THEN 1 ELSE 0 END AS `alike`,
      CASE WHEN NOT `e`.`p_category` IS NULL THEN 1 ELSE 0 END AS `named`,
      ROW_NUMBER() OVER (
        PARTITION BY `e`.`profile_id`, `e`.`message_id`
        ORDER BY `a`.`at` DESC, `a`.`message_id` DESC
      ) AS `place`
    FROM `event` AS `e`
    JOIN `trouble_all` AS `a`
      ON `a`.`profile_id` = `e`.`profile_id`
      AND `a`.`at` <= `e`.`occurred_at`
      AND `a`.`done_at` IS NULL
    WHERE
      (
        `event` = :event_5 AND `e`.`p_rating` >= :p_rating
      )
      AND `e`.`occurred_at` <= :t
  ) AS `pairs`
  WHERE
    `alike` = 1 OR (
      `named` = 0 AND `place` = 1
    )
  GROUP BY
    `profile_id`,
    `message_id`
), `trouble_rows` AS (
  SELECT
    `a`.*,
    `c`.`closed_at`
  FROM `trouble_all` AS `a`
  LEFT JOIN `trouble_closed` AS `c`
    ON `a`.`profile_id` = `c`.`profile_id` AND `a`.`message_id` = `c`.`message_id`
), `of_trouble` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`at`) AS `of_trouble_last_at`,
    MAX(`at`) FILTER(WHERE
      `at` >= :t_90d_ago) AS `of_trouble_last_at_2`,
    MIN(`at`) FILTER(WHERE
      `at` >= :t_90d_ago) AS `of_trouble_oldest`
  FROM `trouble_rows` AS `r`
  WHERE
    `done_at` IS NULL AND `at` <= :t AND (
      `closed_at` IS NULL OR `closed_at` > :t
    )
  GROUP BY
    `r`.`profile_id`
), `trouble_pending` AS (
  SELECT
    `r`.`profile_id`,
    MIN(`at`) AS `trouble_pending_next`
  FROM `trouble_rows` AS `r`
  WHERE
    `said_at` <= :t AND `at` > :t AND (
      `done_at` IS NULL OR `done_at` > :t
    )
  GROUP BY
    `r`.`profile_id`
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    MAX(`ordered_at`) AS `of_order_last_at`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND `ordered_at` >= :t_90d_ago
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `g1`.`of_trouble_last_at` AS `of_trouble_last_at`,
    `g1`.`of_trouble_last_at_2` AS `of_trouble_last_at_2`,
    `g1`.`of_trouble_oldest` AS `of_trouble_oldest`,
    `g2`.`trouble_pending_next` AS `trouble_pending_next`,
    `g3`.`of_order_last_at` AS `of_order_last_at`
  FROM `profile` AS `p`
  LEFT JOIN `of_trouble` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `trouble_pending` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `of_order` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    NOT `of_trouble_last_at_2` IS NULL
    AND (
      `of_order_last_at` IS NULL OR `of_trouble_last_at_2` > `of_order_last_at`
    ) AS `troubled`,
    LEAST(
      COALESCE((
        `of_trouble_oldest` + :us_90d
      ) + 1, 9223372036854775807),
      COALESCE(`trouble_pending_next`, 9223372036854775807)
    ) AS `troubled__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `of_trouble_last_at` AS `last_trouble_at`,
  NULLIF(COALESCE(`trouble_pending_next`, 9223372036854775807), 9223372036854775807) AS `last_trouble_at__until`,
  `troubled` AS `troubled`,
  NULLIF(`troubled__until`, 9223372036854775807) AS `troubled__until`
FROM `layer_1`
