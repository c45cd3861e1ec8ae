-- extension = 'points'
-- value = 100
-- channel = 'post'
-- purpose = 'marketing'
WITH `profile` AS (
  SELECT
    `profile_id`,
    `t`
  FROM `ask`
), `extension_points_said` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `r`.`holder`,
    `r`.`origin`,
    `r`.`action`,
    `r`.`value`,
    `r`.`until`,
    `r`.`at`,
    `r`.`received_at`,
    `r`.`seq`
  FROM `cut_extension` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `r`.`name` = :extension AND `r`.`at` <= `t`
), `extension_points_latest` AS (
  SELECT
    `profile_id`,
    `t`,
    `holder`,
    `origin`,
    `action`,
    `value`,
    `until`,
    `at`,
    `received_at`,
    `seq`,
    FALSE AS `denies`,
    ROW_NUMBER() OVER (
      PARTITION BY `profile_id`, `t`, `holder`, `origin`
      ORDER BY `at` DESC, `received_at` DESC, `seq` DESC
    ) AS `place`
  FROM `extension_points_said`
  WHERE
    `action` IN ('give', 'take')
  UNION ALL
  SELECT
    `profile_id`,
    `t`,
    `holder`,
    `origin`,
    `action`,
    `value`,
    `until`,
    `at`,
    `received_at`,
    `seq`,
    TRUE AS `denies`,
    ROW_NUMBER() OVER (PARTITION BY `profile_id`, `t` ORDER BY `at` DESC, `received_at` DESC, `seq` DESC) AS `place`
  FROM `extension_points_said`
  WHERE
    `action` IN ('no', 'lift')
    OR (
      `action` = 'give' AND STARTSWITH(`origin`, 'hand:')
    )
), `extension_points` AS (
  SELECT
    *,
    MAX(CASE WHEN `denies` THEN 1 ELSE 0 END) OVER (PARTITION BY `profile_id`, `t`) AS `silenced`,
    CASE
      WHEN STARTSWITH(`origin`, 'hand:')
      THEN 3
      WHEN STARTSWITH(`origin`, 'api:')
      THEN 2
      WHEN STARTSWITH(`origin`, 'import:')
      THEN 1
      ELSE 0
    END AS `strength`
  FROM `extension_points_latest`
  WHERE
    `place` = 1
    AND `action` = CASE WHEN `denies` THEN 'no' ELSE 'give' END
    AND (
      `until` IS NULL OR `until` > `t`
    )
), `consent_post_marketing_said` AS (
  SELECT
    `r`.`profile_id`,
    `a`.`t`,
    `r`.`address`,
    `r`.`state`,
    `r`.`at`,
    `r`.`received_at`,
    `r`.`seq`
  FROM `cut_consent` AS `r`
  JOIN `ask` AS `a`
    ON `r`.`profile_id` = `a`.`profile_id`
  WHERE
    `r`.`channel` = :channel
    AND `r`.`purpose` = :purpose
    AND (
      `r`.`at` IS NULL OR `r`.`at` <= `t`
    )
), `consent_post_marketing` AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY `profile_id`, `t`, `address`
      ORDER BY COALESCE(`at`, -9223372036854775807) DESC, `received_at` DESC, `seq` DESC
    ) AS `place`
  FROM `consent_post_marketing_said`
), `extension_points_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    MAX_BY(
      `r`.`value`,
      STRUCT(
        `r`.`strength` AS `strength`,
        `r`.`at` AS `at`,
        `r`.`received_at` AS `received_at`,
        `r`.`seq` AS `seq`
      )
    ) FILTER(WHERE
      NOT `r`.`denies` AND `r`.`silenced` = 0) AS `extension_points_by_profile_value`,
    MIN(`r`.`until`) AS `extension_points_by_profile_until`
  FROM `extension_points` AS `r`
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `consent_post_marketing_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    `r`.`t`,
    COUNT(*) AS `consent_post_marketing_by_profile_agreed`
  FROM `consent_post_marketing` AS `r`
  WHERE
    `r`.`place` = 1 AND `r`.`state` IN ('granted', 'soft_opt_in')
  GROUP BY
    `r`.`profile_id`,
    `r`.`t`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `p`.`t`,
    `g1`.`extension_points_by_profile_value` AS `extension_points_by_profile_value`,
    `g1`.`extension_points_by_profile_until` AS `extension_points_by_profile_until`,
    COALESCE(`g2`.`consent_post_marketing_by_profile_agreed`, 0) AS `consent_post_marketing_by_profile_agreed`
  FROM `profile` AS `p`
  LEFT JOIN `extension_points_by_profile` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id` AND `p`.`t` = `g1`.`t`
  LEFT JOIN `consent_post_marketing_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id` AND `p`.`t` = `g2`.`t`
), `layer_1` AS (
  SELECT
    *,
    CAST(`extension_points_by_profile_value` AS BIGINT) AS `value`,
    `consent_post_marketing_by_profile_agreed` > 0 AS `holds_2`
  FROM `known`
), `layer_2` AS (
  SELECT
    *,
    COALESCE(`value` >= :value, FALSE) AS `holds`
  FROM `layer_1`
), `layer_3` AS (
  SELECT
    *,
    `holds` AND `holds_2` AS `many`,
    CASE
      WHEN `holds` AND `holds_2`
      THEN COALESCE(`extension_points_by_profile_until`, 9223372036854775807)
      ELSE GREATEST(
        CASE
          WHEN `holds`
          THEN 0
          ELSE COALESCE(`extension_points_by_profile_until`, 9223372036854775807)
        END,
        CASE WHEN `holds_2` THEN 0 ELSE 9223372036854775807 END
      )
    END AS `many__until`
  FROM `layer_2`
)
SELECT
  `profile_id`,
  `t`,
  `many` AS `many`,
  NULLIF(`many__until`, 9223372036854775807) AS `many__until`
FROM `layer_3`
