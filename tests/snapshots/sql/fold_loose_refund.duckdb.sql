SELECT
  "r"."identity_id",
  "r"."refund_key",
  "r"."at",
  "r"."at" AS "valid_from",
  "f"."first_at" AS "valid_to",
  "r"."amount"
FROM "refund_statement" AS "r"
LEFT JOIN (
  SELECT
    "order_key",
    MIN("valid_from") AS "first_at"
  FROM "order_statement"
  WHERE
    "order_key" IN (
      SELECT
        "order_key"
      FROM "refund_statement"
      WHERE
        NOT "order_key" IS NULL
    )
  GROUP BY
    "order_key"
) AS "f"
  ON "r"."order_key" = "f"."order_key"
WHERE
  "f"."first_at" IS NULL OR "r"."at" < "f"."first_at"
