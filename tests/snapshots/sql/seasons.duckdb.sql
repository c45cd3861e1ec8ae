-- t = 1790856000000000
-- season_origin = 634777200000000
-- season_piece = 29296153846154
-- season_until = (635382000000000, 666918000000000, 698454000000000, 730076400000000, 761612400000000, 793148400000000, 824684400000000, 856306800000000, 887842800000000, 919378800000000, 950914800000000, 982537200000000, 1014073200000000, None, 1045609200000000, 1077145200000000, 1108767600000000, 1140303600000000, 1171839600000000, 1203375600000000, 1234998000000000, 1266534000000000, 1298070000000000, 1329606000000000, 1361228400000000, 1392764400000000, 1424300400000000, None, 1455836400000000, 1487458800000000, 1518994800000000, 1550530800000000, 1582066800000000, 1613689200000000, 1645225200000000, 1676761200000000, 1708297200000000, 1739919600000000, 1771455600000000)
-- season_number = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, None, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, None, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36)
-- season_from = (634777200000000, 666313200000000, 697849200000000, 729471600000000, 761007600000000, 792543600000000, 824079600000000, 855702000000000, 887238000000000, 918774000000000, 950310000000000, 981932400000000, 1013468400000000, None, 1045004400000000, 1076540400000000, 1108162800000000, 1139698800000000, 1171234800000000, 1202770800000000, 1234393200000000, 1265929200000000, 1297465200000000, 1329001200000000, 1360623600000000, 1392159600000000, 1423695600000000, None, 1455231600000000, 1486854000000000, 1518390000000000, 1549926000000000, 1581462000000000, 1613084400000000, 1644620400000000, 1676156400000000, 1707692400000000, 1739314800000000, 1770850800000000)
-- season_until_2 = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 1745791200000000, 1777327200000000)
-- season_number_2 = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 37, 38)
-- season_from_2 = (None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, 1745100000000000, 1776636000000000)
-- season_said = ('carnival 1990', 'carnival 1991', 'carnival 1992', 'carnival 1993', 'carnival 1994', 'carnival 1995', 'carnival 1996', 'carnival 1997', 'carnival 1998', 'carnival 1999', 'carnival 2000', 'carnival 2001', 'carnival 2002', 'carnival 2003', 'carnival 2004', 'carnival 2005', 'carnival 2006', 'carnival 2007', 'carnival 2008', 'carnival 2009', 'carnival 2010', 'carnival 2011', 'carnival 2012', 'carnival 2013', 'carnival 2014', 'carnival 2015', 'carnival 2016', 'carnival 2017', 'carnival 2018', 'carnival 2019', 'carnival 2020', 'carnival 2021', 'carnival 2022', 'carnival 2023', 'carnival 2024', 'carnival 2025', 'carnival 2026', 'kings_day 2025', 'kings_day 2026')
-- season_returns = (1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, 1802386800000000, None, None)
-- sale_since = 1767222000000000
-- sale_ends = 1767394800000000
-- sale_since_2 = 1773961200000000
-- sale_ends_2 = 1774047600000000
-- sale_begins = 1793487600000000
-- from_at = 1745100000000000
-- kings_day_origin = 1745100000000000
-- kings_day_piece = 16113600000001
-- kings_day_from = (1745100000000000, 1776636000000000)
-- kings_day_until = (1745791200000000, 1777327200000000)
-- from_at_2 = 1739314800000000
-- carnival_or_kings_day_origin = 1739314800000000
-- carnival_or_kings_day_piece = 3238200000001
-- carnival_or_kings_day_from = (1739314800000000, 1745100000000000)
-- carnival_or_kings_day_until = (1739919600000000, 1745791200000000)
-- from_at_3 = 1767222000000000
WITH "profile" AS (
  SELECT
    "profile_id"
  FROM "presence" AS "r"
  WHERE
    "first_at" <= $t
), "of_order" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) FILTER(WHERE
      "ordered_at" >= $from_at
      AND (
        "ordered_at" >= $kings_day_origin
        AND "ordered_at" >= LIST_EXTRACT(
          $kings_day_from,
          (
            (
              (
                "ordered_at" - $kings_day_origin
              ) // $kings_day_piece
            )
          ) + 1
        )
        AND "ordered_at" < LIST_EXTRACT(
          $kings_day_until,
          (
            (
              (
                "ordered_at" - $kings_day_origin
              ) // $kings_day_piece
            )
          ) + 1
        )
      )) AS "of_order_count",
    COUNT(*) FILTER(WHERE
      "ordered_at" >= $from_at_2
      AND (
        "ordered_at" >= $carnival_or_kings_day_origin
        AND "ordered_at" >= LIST_EXTRACT(
          $carnival_or_kings_day_from,
          (
            (
              (
                "ordered_at" - $carnival_or_kings_day_origin
              ) // $carnival_or_kings_day_piece
            )
          ) + 1
        )
        AND "ordered_at" < LIST_EXTRACT(
          $carnival_or_kings_day_until,
          (
            (
              (
                "ordered_at" - $carnival_or_kings_day_origin
              ) // $carnival_or_kings_day_piece
            )
          ) + 1
        )
      )) AS "of_order_count_2",
    MIN("ordered_at") AS "of_order_first_at",
    MAX("ordered_at") AS "of_order_last_at",
    BIT_OR(
      (
        (
          CASE
            WHEN "ordered_at" >= $sale_since AND "ordered_at" < $sale_ends
            THEN CAST(1 AS BIGINT)
            ELSE CAST(0 AS BIGINT)
          END
        )
      ) + (
        (
          CASE
            WHEN "ordered_at" >= $sale_since_2 AND "ordered_at" < $sale_ends_2
            THEN CAST(2 AS BIGINT)
            ELSE CAST(0 AS BIGINT)
          END
        )
      )
    ) FILTER(WHERE
      "ordered_at" >= $from_at_3) AS "of_order_sale_days"
  FROM "order_version" AS "r"
  WHERE
    "valid_from" <= $t AND (
      "valid_to" IS NULL OR "valid_to" > $t
    ) AND "counts"
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    COALESCE("g1"."of_order_count", 0) AS "of_order_count",
    COALESCE("g1"."of_order_count_2", 0) AS "of_order_count_2",
    "g1"."of_order_first_at" AS "of_order_first_at",
    "g1"."of_order_last_at" AS "of_order_last_at",
    COALESCE("g1"."of_order_sale_days", 0) AS "of_order_sale_days"
  FROM "profile" AS "p"
  LEFT JOIN "of_order" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
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
    CASE
      WHEN (
        "of_order_first_at" >= $season_origin
        AND "of_order_first_at" >= LIST_EXTRACT(
          $season_from_2,
          (
            (
              (
                "of_order_first_at" - $season_origin
              ) // $season_piece
            )
          ) + 1
        )
        AND "of_order_first_at" < LIST_EXTRACT(
          $season_until_2,
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
        $season_until_2,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
      THEN LIST_EXTRACT(
        $season_number_2,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
    END AS "season_3",
    CASE
      WHEN (
        "of_order_first_at" >= $season_origin
        AND "of_order_first_at" >= LIST_EXTRACT(
          $season_from_2,
          (
            (
              (
                "of_order_first_at" - $season_origin
              ) // $season_piece
            )
          ) + 1
        )
        AND "of_order_first_at" < LIST_EXTRACT(
          $season_until_2,
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
        $season_until_2,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
      THEN LIST_EXTRACT(
        $season_until_2,
        (
          (
            (
              "of_order_first_at" - $season_origin
            ) // $season_piece
          )
        ) + 1
      )
    END AS "season_4",
    CAST(BIT_COUNT("of_order_sale_days") AS BIGINT) AS "hit",
    CASE WHEN "of_order_first_at" IS NULL THEN 9223372036854775807 ELSE $sale_begins END AS "hit__until",
    CAST((
      (
        CASE
          WHEN "of_order_first_at" < $sale_ends
          THEN CAST(1 AS BIGINT)
          ELSE CAST(0 AS BIGINT)
        END
      )
    ) + (
      (
        CASE
          WHEN "of_order_first_at" < $sale_ends_2
          THEN CAST(1 AS BIGINT)
          ELSE CAST(0 AS BIGINT)
        END
      )
    ) AS BIGINT) AS "seen"
  FROM "known"
), "layer_2" AS (
  SELECT
    *,
    LEAST(
      CASE WHEN "season_2" <= $t THEN "season" END,
      CASE WHEN "season_4" <= $t THEN "season_3" END
    ) AS "season_number"
  FROM "layer_1"
), "layer_3" AS (
  SELECT
    *,
    LEAST(
      CASE
        WHEN "season_2" > $t AND (
          "season_number" IS NULL OR "season" < "season_number"
        )
        THEN "season_2"
        ELSE 9223372036854775807
      END,
      CASE
        WHEN "season_4" > $t AND (
          "season_number" IS NULL OR "season_3" < "season_number"
        )
        THEN "season_4"
        ELSE 9223372036854775807
      END
    ) AS "season_number__until"
  FROM "layer_2"
), "layer_4" AS (
  SELECT
    *,
    LIST_EXTRACT($season_said, "season_number" + 1) AS "season_5",
    LIST_EXTRACT($season_returns, "season_number" + 1) AS "returns"
  FROM "layer_3"
), "layer_5" AS (
  SELECT
    *,
    LEAST("season_number__until", COALESCE("returns", 9223372036854775807)) AS "returns__until"
  FROM "layer_4"
)
SELECT
  "profile_id",
  "of_order_count" AS "in_kings_day",
  CAST(NULL AS BIGINT) AS "in_kings_day__until",
  "of_order_count_2" AS "in_one",
  CAST(NULL AS BIGINT) AS "in_one__until",
  "season_5" AS "season",
  NULLIF("season_number__until", 9223372036854775807) AS "season__until",
  "returns" AS "returns",
  NULLIF("returns__until", 9223372036854775807) AS "returns__until",
  "hit" AS "hit",
  NULLIF("hit__until", 9223372036854775807) AS "hit__until",
  "seen" AS "seen",
  NULLIF("hit__until", 9223372036854775807) AS "seen__until"
FROM "layer_5"
