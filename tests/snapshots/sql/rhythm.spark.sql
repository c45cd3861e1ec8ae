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
-- us_365d = 31536000000000
-- us_1095d = 94608000000000
-- today = datetime.date(2026, 10, 1)
-- t_21d_ago = 1789041600000000
-- us_14d = 1209600000000
-- us_21d = 1814400000000
-- t_365d_ago = 1759320000000000
-- t_1095d_ago = 1696248000000000
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
    COUNT(*) AS `of_order_by_day_rows`,
    COUNT(*) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_by_day_rows_2`,
    MAX(`ordered_at`) AS `of_order_by_day_last_at`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND `ordered_at` >= :t_1095d_ago
  GROUP BY
    `r`.`profile_id`,
    `key`
), `rhythm_days` AS (
  SELECT
    `d`.`profile_id`,
    `c`.`days`,
    `c`.`last_at`,
    CAST((
      (
        (
          (
            (
              275 * MONTH(DATE_ADD(CAST('1970-01-01' AS DATE), `d`.`key`))
            ) DIV 9
          ) - (
            (
              MONTH(DATE_ADD(CAST('1970-01-01' AS DATE), `d`.`key`)) + 9
            ) DIV 12
          )
        )
      ) + DAY(DATE_ADD(CAST('1970-01-01' AS DATE), `d`.`key`))
    ) - 31 AS INT) AS `place`,
    `d`.`of_order_by_day_rows` AS `rows`,
    CASE WHEN `d`.`of_order_by_day_rows_2` > 0 THEN 1 ELSE 0 END AS `recent`,
    CASE
      WHEN `d`.`of_order_by_day_rows` > `d`.`of_order_by_day_rows_2`
      THEN 1
      ELSE 0
    END AS `older`,
    CAST(NULL AS INT) AS `slot`,
    CAST(NULL AS INT) AS `start`
  FROM `of_order_by_day` AS `d`
  JOIN (
    SELECT
      `d`.`profile_id`,
      COUNT(*) AS `days`,
      MAX(`d`.`of_order_by_day_last_at`) AS `last_at`
    FROM `of_order_by_day` AS `d`
    WHERE
      `d`.`of_order_by_day_rows` > 0
    GROUP BY
      `d`.`profile_id`
    HAVING
      COUNT(*) >= 3
      AND SUM(`d`.`of_order_by_day_rows_2`) > 0
      AND SUM(`d`.`of_order_by_day_rows`) > SUM(`d`.`of_order_by_day_rows_2`)
  ) AS `c`
    ON `d`.`profile_id` = `c`.`profile_id`
  WHERE
    `d`.`of_order_by_day_rows` > 0
), `rhythm_able` AS (
  SELECT
    `profile_id`
  FROM (
    SELECT
      `profile_id`,
      `days`,
      BIT_COUNT(`r` | `o`) AS `met`,
      BIT_COUNT(
        (
          `r` | `o`
        ) & (
          `r` | (
            SHIFTLEFT(`r`, 1)
          ) | (
            SHIFTRIGHT(`r`, 1)
          ) | (
            SHIFTLEFT((
              `r` & 1
            ), 12)
          ) | (
            SHIFTRIGHT(`r`, 12)
          )
        ) & (
          `o` | (
            SHIFTLEFT(`o`, 1)
          ) | (
            SHIFTRIGHT(`o`, 1)
          ) | (
            SHIFTLEFT((
              `o` & 1
            ), 12)
          ) | (
            SHIFTRIGHT(`o`, 12)
          )
        )
      ) AS `good`
    FROM (
      SELECT
        `profile_id`,
        `days`,
        BIT_OR(
          CASE
            WHEN `recent` = 1
            THEN SHIFTLEFT(CAST(1 AS BIGINT), CAST(LEAST(`place` DIV 28, 12) AS INT))
            ELSE CAST(0 AS BIGINT)
          END
        ) AS `r`,
        BIT_OR(
          CASE
            WHEN `older` = 1
            THEN SHIFTLEFT(CAST(1 AS BIGINT), CAST(LEAST(`place` DIV 28, 12) AS INT))
            ELSE CAST(0 AS BIGINT)
          END
        ) AS `o`
      FROM `rhythm_days`
      GROUP BY
        `profile_id`,
        `days`
    ) AS `masks`
  ) AS `counted`
  WHERE
    CASE
      WHEN `days` < 5
      THEN `days` - GREATEST(`met` - `good`, `met` - 4, 0) = `days`
      ELSE (
        `days` - GREATEST(`met` - `good`, `met` - 4, 0)
      ) * 5 >= `days` * 4
    END
), `rhythm_held` AS (
  SELECT
    `d`.*
  FROM `rhythm_days` AS `d`
  JOIN `rhythm_able` AS `c`
    ON `d`.`profile_id` = `c`.`profile_id`
), `rhythm_best_1` AS (
  SELECT
    `profile_id`,
    MAX(
      STRUCT(
        `rows` AS `rows`,
        -(
          CASE WHEN `ends` - 27 < 0 THEN (
            `ends` - 27
          ) + 366 ELSE `ends` - 27 END
        ) AS `late`
      )
    ) AS `best`
  FROM (
    SELECT
      `profile_id`,
      `ends`,
      `own`,
      SUM(`rows`) OVER (
        PARTITION BY `profile_id`
        ORDER BY `ends` ASC NULLS LAST
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS `rows`,
      MAX(`recent`) OVER (
        PARTITION BY `profile_id`
        ORDER BY `ends` ASC NULLS LAST
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS `recent`,
      MAX(`older`) OVER (
        PARTITION BY `profile_id`
        ORDER BY `ends` ASC NULLS LAST
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS `older`
    FROM (
      SELECT
        `profile_id`,
        `place` AS `ends`,
        `rows`,
        `recent`,
        `older`,
        1 AS `own`
      FROM `rhythm_held`
      UNION ALL
      SELECT
        `profile_id`,
        `place` - 366 AS `ends`,
        `rows`,
        `recent`,
        `older`,
        0 AS `own`
      FROM `rhythm_held`
      UNION ALL
      SELECT
        `profile_id`,
        27 AS `ends`,
        0 AS `rows`,
        0 AS `recent`,
        0 AS `older`,
        1 AS `own`
      FROM `rhythm_held`
      GROUP BY
        `profile_id`
    ) AS `circle`
  ) AS `windows`
  WHERE
    `own` = 1 AND `recent` = 1 AND `older` = 1 AND `rows` > 0
  GROUP BY
    `profile_id`
), `rhythm_held_1` AS (
  SELECT
    `h`.`profile_id`,
    `h`.`days`,
    `h`.`last_at`,
    `h`.`place`,
    `h`.`recent`,
    `h`.`older`,
    CASE
      WHEN `h`.`slot` IS NULL
      AND (
        (
          (
            `h`.`place` - (
              -`b`.`best`.`late`
            )
          ) + 366
        ) % 366
      ) < 28
      THEN 0
      ELSE `h`.`rows`
    END AS `rows`,
    CASE
      WHEN `h`.`slot` IS NULL
      AND (
        (
          (
            `h`.`place` - (
              -`b`.`best`.`late`
            )
          ) + 366
        ) % 366
      ) < 28
      THEN 1
      ELSE `h`.`slot`
    END AS `slot`,
    CASE
      WHEN `h`.`slot` IS NULL
      AND (
        (
          (
            `h`.`place` - (
              -`b`.`best`.`late`
            )
          ) + 366
        ) % 366
      ) < 28
      THEN -`b`.`best`.`late`
      ELSE `h`.`start`
    END AS `start`
  FROM `rhythm_held` AS `h`
  JOIN `rhythm_best_1` AS `b`
    ON `h`.`profile_id` = `b`.`profile_id`
), `rhythm_best_2` AS (
  SELECT
    `profile_id`,
    MAX(
      STRUCT(
        `rows` AS `rows`,
        -(
          CASE WHEN `ends` - 27 < 0 THEN (
            `ends` - 27
          ) + 366 ELSE `ends` - 27 END
        ) AS `late`
      )
    ) AS `best`
  FROM (
    SELECT
      `profile_id`,
      `ends`,
      `own`,
      SUM(`rows`) OVER (
        PARTITION BY `profile_id`
        ORDER BY `ends` ASC NULLS LAST
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS `rows`,
      MAX(`recent`) OVER (
        PARTITION BY `profile_id`
        ORDER BY `ends` ASC NULLS LAST
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS `recent`,
      MAX(`older`) OVER (
        PARTITION BY `profile_id`
        ORDER BY `ends` ASC NULLS LAST
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS `older`
    FROM (
      SELECT
        `profile_id`,
        `place` AS `ends`,
        `rows`,
        `recent`,
        `older`,
        1 AS `own`
      FROM `rhythm_held_1`
      UNION ALL
      SELECT
        `profile_id`,
        `place` - 366 AS `ends`,
        `rows`,
        `recent`,
        `older`,
        0 AS `own`
      FROM `rhythm_held_1`
      UNION ALL
      SELECT
        `profile_id`,
        27 AS `ends`,
        0 AS `rows`,
        0 AS `recent`,
        0 AS `older`,
        1 AS `own`
      FROM `rhythm_held_1`
      GROUP BY
        `profile_id`
    ) AS `circle`
  ) AS `windows`
  WHERE
    `own` = 1 AND `recent` = 1 AND `older` = 1 AND `rows` > 0
  GROUP BY
    `profile_id`
), `rhythm_held_2` AS (
  SELECT
    `h`.`profile_id`,
    `h`.`days`,
    `h`.`last_at`,
    `h`.`place`,
    `h`.`recent`,
    `h`.`older`,
    CASE
      WHEN `h`.`slot` IS NULL
      AND (
        (
          (
            `h`.`place` - (
              -`b`.`best`.`late`
            )
          ) + 366
        ) % 366
      ) < 28
      THEN 0
      ELSE `h`.`rows`
    END AS `rows`,
    CASE
      WHEN `h`.`slot` IS NULL
      AND (
        (
          (
            `h`.`place` - (
              -`b`.`best`.`late`
            )
          ) + 366
        ) % 366
      ) < 28
      THEN 2
      ELSE `h`.`slot`
    END AS `slot`,
    CASE
      WHEN `h`.`slot` IS NULL
      AND (
        (
          (
            `h`.`place` - (
              -`b`.`best`.`late`
            )
          ) + 366
        ) % 366
      ) < 28
      THEN -`b`.`best`.`late`
      ELSE `h`.`start`
    END AS `start`
  FROM `rhythm_held_1` AS `h`
  LEFT JOIN `rhythm_best_2` AS `b`
    ON `h`.`profile_id` = `b`.`profile_id`
), `rhythm_slot` AS (
  SELECT
    `profile_id`,
    `last_at`,
    DATE_ADD(CAST('2000-01-01' AS DATE), `place`) AS `day`
  FROM (
    SELECT
      `profile_id`,
      MAX(`days`) AS `days`,
      MAX(`last_at`) AS `last_at`,
      CAST((
        MAX(`start`) + (
          (
            SUM((
              (
                `place` - `start`
              ) + 366
            ) % 366) DIV COUNT(*)
          )
        )
      ) % 366 AS INT) AS `place`,
      SUM(COUNT(*)) OVER (PARTITION BY `profile_id`) AS `held`
    FROM `rhythm_held_2`
    WHERE
      NOT `slot` IS NULL
    GROUP BY
      `profile_id`,
      `slot`
  ) AS `slots`
  WHERE
    CASE WHEN `days` < 5 THEN `held` = `days` ELSE `held` * 5 >= `days` * 4 END
), `rhythm_coming` AS (
  SELECT
    *,
    UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(`day` AS TIMESTAMP), :zone)) AS `starts_at`
  FROM (
    SELECT
      `s`.`profile_id`,
      `s`.`last_at`,
      DATE_ADD(MAKE_DATE(YEAR(:today) + `y`.`years`, MONTH(`s`.`day`), 1), DAY(`s`.`day`) - 1) AS `day`
    FROM `rhythm_slot` AS `s`
    CROSS JOIN (
      SELECT
        -1 AS `years`
      UNION ALL
      SELECT
        0 AS `years`
      UNION ALL
      SELECT
        1 AS `years`
      UNION ALL
      SELECT
        2 AS `years`
    ) AS `y`
  ) AS `days`
), `of_order` AS (
  SELECT
    `r`.`profile_id`,
    MIN(`ordered_at`) FILTER(WHERE
      `ordered_at` >= :t_365d_ago) AS `of_order_oldest`,
    MIN(`ordered_at`) AS `of_order_oldest_2`
  FROM `order_version` AS `r`
  WHERE
    `valid_from` <= :t
    AND (
      `valid_to` IS NULL OR `valid_to` > :t
    )
    AND `counts`
    AND `ordered_at` >= :t_1095d_ago
  GROUP BY
    `r`.`profile_id`
), `of_order_by_day_by_profile` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `of_order_by_day_by_profile_days`
  FROM `of_order_by_day` AS `r`
  GROUP BY
    `r`.`profile_id`
), `of_rhythm_slot` AS (
  SELECT
    `r`.`profile_id`,
    COLLECT_LIST(SUBSTRING(CAST(`r`.`day` AS STRING), 6, 5)) AS `of_rhythm_slot_usual_days`
  FROM `rhythm_slot` AS `r`
  GROUP BY
    `r`.`profile_id`
), `of_rhythm_coming` AS (
  SELECT
    `r`.`profile_id`,
    MIN(`r`.`day`) AS `of_rhythm_coming_usual_day`,
    MIN(`r`.`starts_at`) AS `of_rhythm_coming_usual_day_at`
  FROM `rhythm_coming` AS `r`
  WHERE
    `r`.`starts_at` >= :t_21d_ago AND `r`.`last_at` < `r`.`starts_at` - :us_14d
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    `g1`.`of_order_oldest` AS `of_order_oldest`,
    `g1`.`of_order_oldest_2` AS `of_order_oldest_2`,
    COALESCE(`g2`.`of_order_by_day_by_profile_days`, 0) AS `of_order_by_day_by_profile_days`,
    `g3`.`of_rhythm_slot_usual_days` AS `of_rhythm_slot_usual_days`,
    `g4`.`of_rhythm_coming_usual_day` AS `of_rhythm_coming_usual_day`,
    `g4`.`of_rhythm_coming_usual_day_at` AS `of_rhythm_coming_usual_day_at`
  FROM `profile` AS `p`
  LEFT JOIN `of_order` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
  LEFT JOIN `of_order_by_day_by_profile` AS `g2`
    ON `p`.`profile_id` = `g2`.`profile_id`
  LEFT JOIN `of_rhythm_slot` AS `g3`
    ON `p`.`profile_id` = `g3`.`profile_id`
  LEFT JOIN `of_rhythm_coming` AS `g4`
    ON `p`.`profile_id` = `g4`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    NULLIF(ARRAY_JOIN(SORT_ARRAY(`of_rhythm_slot_usual_days`), ' '), '') AS `usual`,
    CASE
      WHEN `of_order_by_day_by_profile_days` >= 3
      THEN LEAST(
        COALESCE((
          `of_order_oldest` + :us_365d
        ) + 1, 9223372036854775807),
        COALESCE((
          `of_order_oldest_2` + :us_1095d
        ) + 1, 9223372036854775807)
      )
      ELSE 9223372036854775807
    END AS `usual__until`,
    LEAST(
      CASE
        WHEN `of_order_by_day_by_profile_days` >= 3
        THEN LEAST(
          COALESCE((
            `of_order_oldest` + :us_365d
          ) + 1, 9223372036854775807),
          COALESCE((
            `of_order_oldest_2` + :us_1095d
          ) + 1, 9223372036854775807)
        )
        ELSE 9223372036854775807
      END,
      COALESCE((
        `of_rhythm_coming_usual_day_at` + :us_21d
      ) + 1, 9223372036854775807)
    ) AS `usual_day__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `usual` AS `usual`,
  NULLIF(`usual__until`, 9223372036854775807) AS `usual__until`,
  `of_rhythm_coming_usual_day` AS `usual_day`,
  NULLIF(`usual_day__until`, 9223372036854775807) AS `usual_day__until`
FROM `layer_1`
