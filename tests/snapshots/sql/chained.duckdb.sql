-- next_midnight = 1790812800000000
WITH "chain" AS (
  SELECT
    *,
    LEAD("t") OVER (PARTITION BY "profile_id" ORDER BY "t" ASC) AS "next_t"
  FROM "answer_ahead"
), "turn" AS (
  SELECT
    "c"."profile_id",
    MIN("c"."t") AS "first_t",
    MIN(
      LEAST(
        CASE
          WHEN "c"."orders" IS DISTINCT FROM "n"."orders"
          THEN "c"."t"
          ELSE 9223372036854775807
        END,
        CASE
          WHEN "c"."orders__until" < COALESCE("c"."next_t", 9223372036854775807)
          THEN "c"."orders__until"
          ELSE 9223372036854775807
        END
      )
    ) AS "orders",
    MIN(
      LEAST(
        CASE
          WHEN "c"."best" IS DISTINCT FROM "n"."best"
          THEN "c"."t"
          ELSE 9223372036854775807
        END,
        CASE
          WHEN "c"."best__until" < COALESCE("c"."next_t", 9223372036854775807)
          THEN "c"."best__until"
          ELSE 9223372036854775807
        END
      )
    ) AS "best"
  FROM "chain" AS "c"
  JOIN "answer_now" AS "n"
    ON "c"."profile_id" = "n"."profile_id"
  GROUP BY
    "c"."profile_id"
)
SELECT
  "n"."profile_id",
  TRUE AS "exists",
  "n"."orders",
  NULLIF(
    LEAST(
      CASE
        WHEN "n"."orders__until" < COALESCE("x"."first_t", 9223372036854775807)
        THEN "n"."orders__until"
        ELSE 9223372036854775807
      END,
      COALESCE("x"."orders", 9223372036854775807)
    ),
    9223372036854775807
  ) AS "orders__until",
  "n"."best",
  NULLIF(
    LEAST(
      CASE
        WHEN "n"."best__until" < COALESCE("x"."first_t", 9223372036854775807)
        THEN "n"."best__until"
        ELSE 9223372036854775807
      END,
      COALESCE("x"."best", 9223372036854775807),
      $next_midnight
    ),
    9223372036854775807
  ) AS "best__until"
FROM "answer_now" AS "n"
LEFT JOIN "turn" AS "x"
  ON "n"."profile_id" = "x"."profile_id"
UNION ALL
SELECT
  "profile_id",
  FALSE AS "exists",
  NULL AS "orders",
  "from_at" AS "orders__until",
  NULL AS "best",
  "from_at" AS "best__until"
FROM "comes_to_exist"
