-- season_origin = 1745100000000000
-- season_piece = 16113600000001
-- season_until = (1745791200000000, 1777327200000000)
-- season_number = (0, 1)
-- season_from = (1745100000000000, 1776636000000000)
-- season_kind = (0, 0)
-- kings_day_begins_origin = 1745100000000000
-- kings_day_begins_piece = 31536000000001
-- kings_day_begins_from = (1745100000000000,)
-- kings_day_begins_until = (1776636000000000,)
-- kings_day_begins_next = (1776636000000000,)
-- sale_last = 1773961200000000
-- sale_1_since_last = 1767222000000000
-- sale_era_origin = 1767222000000000
-- sale_era_piece = 6739200000001
-- sale_era_from = (1767222000000000,)
-- sale_era_until = (1773961200000000,)
-- sale_era_sale_1_since = (1767222000000000,)
-- sale_1_ends_last = 1767394800000000
-- sale_era_sale_1_ends = (1767394800000000,)
-- sale_2_since_last = 1773961200000000
-- sale_2_ends_last = 1774047600000000
-- sale_first = 1767222000000000
-- sale_era_sale_begins = (1773961200000000,)
-- zone = 'Europe/Amsterdam'
-- us_21d = 1814400000000
-- us_14d = 1209600000000
-- us_365d = 31536000000000
-- us_1095d = 94608000000000
WITH "profile" AS (
  SELECT
    "profile_id",
    "t"
  FROM "ask"
), "of_order_by_day" AS MATERIALIZED (
  SELECT
    "r"."profile_id",
    "a"."t",
    CAST("day" - CAST('1970-01-01' AS DATE) AS BIGINT) AS "key",
    COUNT(*) AS "of_order_by_day_rows",
    COUNT(*) FILTER(WHERE
      "ordered_at" >= "t" - $us_365d) AS "of_order_by_day_rows_2",
    MAX("ordered_at") AS "of_order_by_day_last_at"
  FROM "cut_order_version" AS "r"
  JOIN "ask" AS "a"
    ON "r"."profile_id" = "a"."profile_id"
  WHERE
    "valid_from" <= "t"
    AND (
      "valid_to" IS NULL OR "valid_to" > "t"
    )
    AND "counts"
    AND "ordered_at" >= "t" - $us_1095d
  GROUP BY
    "r"."profile_id",
    "a"."t",
    "key"
), "rhythm_days" AS MATERIALIZED (
  SELECT
    "d"."profile_id",
    "d"."t",
    "c"."days",
    "c"."last_at",
    CAST((
      (
        (
          (
            (
              275 * MONTH(CAST('1970-01-01' AS DATE) + CAST("d"."key" AS INT))
            ) // 9
          ) - (
            (
              MONTH(CAST('1970-01-01' AS DATE) + CAST("d"."key" AS INT)) + 9
            ) // 12
          )
        )
      ) + DAY(CAST('1970-01-01' AS DATE) + CAST("d"."key" AS INT))
    ) - 31 AS INT) AS "place",
    "d"."of_order_by_day_rows" AS "rows",
    CASE WHEN "d"."of_order_by_day_rows_2" > 0 THEN 1 ELSE 0 END AS "recent",
    CASE
      WHEN "d"."of_order_by_day_rows" > "d"."of_order_by_day_rows_2"
      THEN 1
      ELSE 0
    END AS "older",
    CAST(NULL AS INT) AS "slot",
    CAST(NULL AS INT) AS "start"
  FROM "of_order_by_day" AS "d"
  JOIN (
    SELECT
      "d"."profile_id",
      "d"."t",
      COUNT(*) AS "days",
      MAX("d"."of_order_by_day_last_at") AS "last_at"
    FROM "of_order_by_day" AS "d"
    WHERE
      "d"."of_order_by_day_rows" > 0
    GROUP BY
      "d"."profile_id",
      "d"."t"
    HAVING
      COUNT(*) >= 3
      AND SUM("d"."of_order_by_day_rows_2") > 0
      AND SUM("d"."of_order_by_day_rows") > SUM("d"."of_order_by_day_rows_2")
  ) AS "c"
    ON "d"."profile_id" = "c"."profile_id" AND "d"."t" = "c"."t"
  WHERE
    "d"."of_order_by_day_rows" > 0
), "rhythm_able" AS (
  SELECT
    "profile_id",
    "t"
  FROM (
    SELECT
      "profile_id",
      "t",
      "days",
      BIT_COUNT("r" | "o") AS "met",
      BIT_COUNT(
        (
          "r" | "o"
        ) & (
          "r" | (
            "r" << 1
          ) | (
            "r" >> 1
          ) | (
            (
              "r" & 1
            ) << 12
          ) | (
            "r" >> 12
          )
        ) & (
          "o" | (
            "o" << 1
          ) | (
            "o" >> 1
          ) | (
            (
              "o" & 1
            ) << 12
          ) | (
            "o" >> 12
          )
        )
      ) AS "good"
    FROM (
      SELECT
        "profile_id",
        "t",
        "days",
        BIT_OR(
          CASE
            WHEN "recent" = 1
            THEN CAST(1 AS BIGINT) << CAST(LEAST("place" // 28, 12) AS INT)
            ELSE CAST(0 AS BIGINT)
          END
        ) AS "r",
        BIT_OR(
          CASE
            WHEN "older" = 1
            THEN CAST(1 AS BIGINT) << CAST(LEAST("place" // 28, 12) AS INT)
            ELSE CAST(0 AS BIGINT)
          END
        ) AS "o"
      FROM "rhythm_days"
      GROUP BY
        "profile_id",
        "t",
        "days"
    ) AS "masks"
  ) AS "counted"
  WHERE
    CASE
      WHEN "days" < 5
      THEN "days" - GREATEST("met" - "good", "met" - 2, 0) = "days"
      ELSE (
        "days" - GREATEST("met" - "good", "met" - 2, 0)
      ) * 5 >= "days" * 4
    END
), "rhythm_held" AS MATERIALIZED (
  SELECT
    "d".*
  FROM "rhythm_days" AS "d"
  JOIN "rhythm_able" AS "c"
    ON "d"."profile_id" = "c"."profile_id" AND "d"."t" = "c"."t"
), "rhythm_best_1" AS (
  SELECT
    "profile_id",
    "t",
    MAX(
      {'rows': "rows", 'late': -(
        CASE WHEN "ends" - 27 < 0 THEN (
          "ends" - 27
        ) + 366 ELSE "ends" - 27 END
      )}
    ) AS "best"
  FROM (
    SELECT
      "profile_id",
      "t",
      "ends",
      "own",
      SUM("rows") OVER (
        PARTITION BY "profile_id", "t"
        ORDER BY "ends" ASC
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS "rows",
      MAX("recent") OVER (
        PARTITION BY "profile_id", "t"
        ORDER BY "ends" ASC
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS "recent",
      MAX("older") OVER (
        PARTITION BY "profile_id", "t"
        ORDER BY "ends" ASC
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
      ) AS "older"
    FROM (
      SELECT
        "profile_id",
        "t",
        "place" AS "ends",
        "rows",
        "recent",
        "older",
        1 AS "own"
      FROM "rhythm_held"
      UNION ALL
      SELECT
        "profile_id",
        "t",
        "place" - 366 AS "ends",
        "rows",
        "recent",
        "older",
        0 AS "own"
      FROM "rhythm_held"
      UNION ALL
      SELECT
        "profile_id",
        "t",
        27 AS "ends",
        0 AS "rows",
        0 AS "recent",
        0 AS "older",
        1 AS "own"
      FROM "rhythm_held"
      GROUP BY
        "profile_id",
        "t"
    ) AS "circle"
  ) AS "windows"
  WHERE
    "own" = 1 AND "recent" = 1 AND "older" = 1 AND "rows" > 0
  GROUP BY
    "profile_id",
    "t"
), "rhythm_held_1" AS MATERIALIZED (
  SELECT
    "h"."profile_id",
    "h"."t",
    "h"."days",
    "h"."last_at",
    "h"."place",
    "h"."recent",
    "h"."older",
    CASE
      WHEN "h"."slot" IS NULL
      AND (
        (
          (
            "h"."place" - (
              -STRUCT_EXTRACT("b"."best", 'late')
            )
          ) + 366
        ) % 366
      ) < 28
      THEN 0
      ELSE "h"."rows"
    END AS "rows",
    CASE
      WHEN "h"."slot" IS NULL
      AND (
        (
          (
            "h"."place" - (
              -STRUCT_EXTRACT("b"."best", 'late')
            )
          ) + 366
        ) % 366
      ) < 28
      THEN 1
      ELSE "h"."slot"
    END AS "slot",
    CASE
      WHEN "h"."slot" IS NULL
      AND (
        (
          (
            "h"."place" - (
              -STRUCT_EXTRACT("b"."best", 'late')
            )
          ) + 366
        ) % 366
      ) < 28
      THEN -STRUCT_EXTRACT("b"."best", 'late')
      ELSE "h"."start"
    END AS "start"
  FROM "rhythm_held" AS "h"
  JOIN "rhythm_best_1" AS "b"
    ON "h"."profile_id" = "b"."profile_id" AND "h"."t" = "b"."t"
), "rhythm_slot" AS (
  SELECT
    "profile_id",
    "t",
    "last_at",
    CAST('2000-01-01' AS DATE) + CAST("place" AS INT) AS "day"
  FROM (
    SELECT
      "profile_id",
      "t",
      MAX("days") AS "days",
      MAX("last_at") AS "last_at",
      CAST((
        MAX("start") + (
          (
            SUM((
              (
                "place" - "start"
              ) + 366
            ) % 366) // COUNT(*)
          )
        )
      ) % 366 AS INT) AS "place",
      SUM(COUNT(*)) OVER (PARTITION BY "profile_id", "t") AS "held"
    FROM "rhythm_held_1"
    WHERE
      NOT "slot" IS NULL
    GROUP BY
      "profile_id",
      "t",
      "slot"
  ) AS "slots"
  WHERE
    CASE WHEN "days" < 5 THEN "held" = "days" ELSE "held" * 5 >= "days" * 4 END
), "rhythm_coming" AS (
  SELECT
    *,
    CASE
      WHEN CAST(TIMEZONE(
        $zone,
        TIMEZONE(
          'UTC',
          MAKE_TIMESTAMP(EPOCH_US(TIMEZONE($zone, CAST("day" AS TIMESTAMP))) - 3600000000)
        )
      ) AS DATE) = "day"
      THEN EPOCH_US(TIMEZONE($zone, CAST("day" AS TIMESTAMP))) - 3600000000
      ELSE EPOCH_US(TIMEZONE($zone, CAST("day" AS TIMESTAMP)))
    END AS "starts_at"
  FROM (
    SELECT
      "s"."profile_id",
      "s"."t",
      "s"."last_at",
      MAKE_DATE(
        YEAR(CAST(TIMEZONE($zone, TIMEZONE('UTC', MAKE_TIMESTAMP("t"))) AS DATE)) + "y"."years",
        MONTH("s"."day"),
        1
      ) + CAST(DAY("s"."day") - 1 AS INT) AS "day"
    FROM "rhythm_slot" AS "s"
    CROSS JOIN (
      SELECT
        -1 AS "years"
      UNION ALL
      SELECT
        0 AS "years"
      UNION ALL
      SELECT
        1 AS "years"
      UNION ALL
      SELECT
        2 AS "years"
    ) AS "y"
  ) AS "days"
), "of_order" AS (
  SELECT
    "r"."profile_id",
    "a"."t",
    MIN("ordered_at") AS "of_order_first_at",
    MAX("ordered_at") AS "of_order_last_at",
    BIT_OR(
      (
        (
          CASE
            WHEN "ordered_at" >= CASE
              WHEN "t" >= $sale_last
              THEN $sale_1_since_last
              ELSE CASE
                WHEN "t" >= $sale_era_origin
                AND "t" >= LIST_EXTRACT(
                  $sale_era_from,
                  (
                    (
                      (
                        "t" - $sale_era_origin
                      ) // $sale_era_piece
                    )
                  ) + 1
                )
                AND "t" < LIST_EXTRACT(
                  $sale_era_until,
                  (
                    (
                      (
                        "t" - $sale_era_origin
                      ) // $sale_era_piece
                    )
                  ) + 1
                )
                THEN LIST_EXTRACT(
                  $sale_era_sale_1_since,
                  (
                    (
                      (
                        "t" - $sale_era_origin
                      ) // $sale_era_piece
                    )
                  ) + 1
                )
              END
            END
            AND "ordered_at" < CASE
              WHEN "t" >= $sale_last
              THEN $sale_1_ends_last
              ELSE CASE
                WHEN "t" >= $sale_era_origin
                AND "t" >= LIST_EXTRACT(
                  $sale_era_from,
                  (
                    (
                      (
                        "t" - $sale_era_origin
                      ) // $sale_era_piece
                    )
                  ) + 1
                )
                AND "t" < LIST_EXTRACT(
                  $sale_era_until,
                  (
                    (
                      (
                        "t" - $sale_era_origin
                      ) // $sale_era_piece
                    )
                  ) + 1
                )
                THEN LIST_EXTRACT(
                  $sale_era_sale_1_ends,
                  (
                    (
                      (
                        "t" - $sale_era_origin
                      ) // $sale_era_piece
                    )
                  ) + 1
                )
              END
            END
            THEN CAST(1 AS BIGINT)
            ELSE CAST(0 AS BIGINT)
          END
        )
      ) + (
        (
          CASE
            WHEN "ordered_at" >= CASE WHEN "t" >= $sale_last THEN $sale_2_since_last END
            AND "ordered_at" < CASE WHEN "t" >= $sale_last THEN $sale_2_ends_last END
            THEN CAST(2 AS BIGINT)
            ELSE CAST(0 AS BIGINT)
          END
        )
      )
    ) AS "of_order_sale_days",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= "t" - $us_365d) AS "of_order_oldest",
    MIN("ordered_at") FILTER(WHERE
      "ordered_at" >= "t" - $us_1095d) AS "of_order_oldest_2"
  FROM "cut_order_version" AS "r"
  JOIN "ask" AS "a"
    ON "r"."profile_id" = "a"."profile_id"
  WHERE
    "valid_from" <= "t" AND (
      "valid_to" IS NULL OR "valid_to" > "t"
    ) AND "counts"
  GROUP BY
    "r"."profile_id",
    "a"."t"
), "of_order_by_day_by_profile" AS (
  SELECT
    "r"."profile_id",
    "r"."t",
    COUNT(*) AS "of_order_by_day_by_profile_days"
  FROM "of_order_by_day" AS "r"
  GROUP BY
    "r"."profile_id",
    "r"."t"
), "of_rhythm_coming" AS (
  SELECT
    "r"."profile_id",
    "r"."t",
    MIN("r"."day") AS "of_rhythm_coming_usual_day",
    MIN("r"."starts_at") AS "of_rhythm_coming_usual_day_at"
  FROM "rhythm_coming" AS "r"
  WHERE
    "r"."starts_at" >= "t" - $us_21d AND "r"."last_at" < "r"."starts_at" - $us_14d
  GROUP BY
    "r"."profile_id",
    "r"."t"
), "known" AS (
  SELECT
    "p"."profile_id",
    "p"."t",
    "g1"."of_order_first_at" AS "of_order_first_at",
    "g1"."of_order_last_at" AS "of_order_last_at",
    COALESCE("g1"."of_order_sale_days", 0) AS "of_order_sale_days",
    "g1"."of_order_oldest" AS "of_order_oldest",
    "g1"."of_order_oldest_2" AS "of_order_oldest_2",
    COALESCE("g2"."of_order_by_day_by_profile_days", 0) AS "of_order_by_day_by_profile_days",
    "g3"."of_rhythm_coming_usual_day" AS "of_rhythm_coming_usual_day",
    "g3"."of_rhythm_coming_usual_day_at" AS "of_rhythm_coming_usual_day_at"
  FROM "profile" AS "p"
  LEFT JOIN "of_order" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id" AND "p"."t" = "g1"."t"
  LEFT JOIN "of_order_by_day_by_profile" AS "g2"
    ON "p"."profile_id" = "g2"."profile_id" AND "p"."t" = "g2"."t"
  LEFT JOIN "of_rhythm_coming" AS "g3"
    ON "p"."profile_id" = "g3"."profile_id" AND "p"."t" = "g3"."t"
), "layer_1" AS (
  SELECT
    *,
    CASE
      WHEN (
        "of_order_first_at" >= $season_origin
        AND "of_order_first_at" >= LIST_EXTRACT(
          $season_from,
          (
            (
              (
                "of_order_first_at" - $season_origin
              ) // $season_piece
            )
          ) + 1
        )
        AND "of_order_first_at" < LIST_EXTRACT(
          $season_until,
          (
            (
              (
                "of_order_first_at" - $season_origin
              ) // $season_piece
            )
          ) + 1
        )
      )
      AND "of_order_last_at" < LIST_EXTRACT(
        $season_until,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
      THEN LIST_EXTRACT(
        $season_number,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
    END AS "season",
    CASE
      WHEN (
        "of_order_first_at" >= $season_origin
        AND "of_order_first_at" >= LIST_EXTRACT(
          $season_from,
          (
            (
              (
                "of_order_first_at" - $season_origin
              ) // $season_piece
            )
          ) + 1
        )
        AND "of_order_first_at" < LIST_EXTRACT(
          $season_until,
          (
            (
              (
                "of_order_first_at" - $season_origin
              ) // $season_piece
            )
          ) + 1
        )
      )
      AND "of_order_last_at" < LIST_EXTRACT(
        $season_until,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
      THEN LIST_EXTRACT(
        $season_until,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
    END AS "season_2",
    CAST(BIT_COUNT("of_order_sale_days") AS BIGINT) AS "hit",
    CASE
      WHEN "of_order_first_at" IS NULL
      THEN 9223372036854775807
      ELSE CASE
        WHEN "t" < $sale_first
        THEN $sale_first
        ELSE COALESCE(
          CASE
            WHEN "t" >= $sale_last
            THEN CAST(NULL AS BIGINT)
            ELSE CASE
              WHEN "t" >= $sale_era_origin
              AND "t" >= LIST_EXTRACT(
                $sale_era_from,
                (
                  (
                    (
                      "t" - $sale_era_origin
                    ) // $sale_era_piece
                  )
                ) + 1
              )
              AND "t" < LIST_EXTRACT(
                $sale_era_until,
                (
                  (
                    (
                      "t" - $sale_era_origin
                    ) // $sale_era_piece
                  )
                ) + 1
              )
              THEN LIST_EXTRACT(
                $sale_era_sale_begins,
                (
                  (
                    (
                      "t" - $sale_era_origin
                    ) // $sale_era_piece
                  )
                ) + 1
              )
            END
          END,
          9223372036854775807
        )
      END
    END AS "hit__until",
    LEAST(
      CASE
        WHEN "of_order_by_day_by_profile_days" >= 3
        THEN LEAST(
          COALESCE((
            "of_order_oldest" + $us_365d
          ) + 1, 9223372036854775807),
          COALESCE((
            "of_order_oldest_2" + $us_1095d
          ) + 1, 9223372036854775807)
        )
        ELSE 9223372036854775807
      END,
      COALESCE((
        "of_rhythm_coming_usual_day_at" + $us_21d
      ) + 1, 9223372036854775807)
    ) AS "usual_day__until"
  FROM "known"
), "layer_2" AS (
  SELECT
    *,
    CASE WHEN "season_2" <= "t" THEN "season" END AS "season_number"
  FROM "layer_1"
), "layer_3" AS (
  SELECT
    *,
    CASE
      WHEN "season_2" > "t" AND (
        "season_number" IS NULL OR "season" < "season_number"
      )
      THEN "season_2"
      ELSE 9223372036854775807
    END AS "season_number__until"
  FROM "layer_2"
), "layer_4" AS (
  SELECT
    *,
    CASE
      WHEN LIST_EXTRACT($season_kind, "season_number" + 1) = 0
      THEN CASE
        WHEN "t" >= $kings_day_begins_origin
        AND "t" >= LIST_EXTRACT(
          $kings_day_begins_from,
          (
            (
              (
                "t" - $kings_day_begins_origin
              ) // $kings_day_begins_piece
            )
          ) + 1
        )
        AND "t" < LIST_EXTRACT(
          $kings_day_begins_until,
          (
            (
              (
                "t" - $kings_day_begins_origin
              ) // $kings_day_begins_piece
            )
          ) + 1
        )
        THEN LIST_EXTRACT(
          $kings_day_begins_next,
          (
            (
              (
                "t" - $kings_day_begins_origin
              ) // $kings_day_begins_piece
            )
          ) + 1
        )
      END
    END AS "returns"
  FROM "layer_3"
), "layer_5" AS (
  SELECT
    *,
    LEAST("season_number__until", COALESCE("returns", 9223372036854775807)) AS "returns__until"
  FROM "layer_4"
)
SELECT
  "profile_id",
  "t",
  "returns" AS "returns",
  NULLIF("returns__until", 9223372036854775807) AS "returns__until",
  "hit" AS "hit",
  NULLIF("hit__until", 9223372036854775807) AS "hit__until",
  "of_rhythm_coming_usual_day" AS "usual_day",
  NULLIF("usual_day__until", 9223372036854775807) AS "usual_day__until"
FROM "layer_5"
