-- extension = 'staff'
-- t = 1790856000000000
-- event = 'Badge Scanned'
-- t_30d_ago = 1788264000000000
-- us_30d = 2592000000000
-- extension_2 = 'tier'
-- value = 'GOLD'
-- value_2 = 'PLATINUM'
-- channel = 'email'
-- purpose = 'marketing'
-- extension_3 = 'leave_alone'
WITH "profile" AS (
  SELECT
    "profile_id"
  FROM "presence" AS "r"
  WHERE
    "first_at" <= $t
), "extension_staff_said" AS (
  SELECT
    "r"."profile_id",
    "r"."holder",
    "r"."origin",
    "r"."action",
    "r"."value",
    "r"."until",
    "r"."at",
    "r"."received_at",
    "r"."seq"
  FROM "extension" AS "r"
  WHERE
    "r"."name" = $extension AND "r"."at" <= $t
), "extension_staff_latest" AS (
  SELECT
    "profile_id",
    "holder",
    "origin",
    "action",
    "value",
    "until",
    "at",
    "received_at",
    "seq",
    FALSE AS "denies",
    ROW_NUMBER() OVER (
      PARTITION BY "profile_id", "holder", "origin"
      ORDER BY "at" DESC, "received_at" DESC, "seq" DESC
    ) AS "place"
  FROM "extension_staff_said"
  WHERE
    "action" IN ('give', 'take')
  UNION ALL
  SELECT
    "profile_id",
    "holder",
    "origin",
    "action",
    "value",
    "until",
    "at",
    "received_at",
    "seq",
    TRUE AS "denies",
    ROW_NUMBER() OVER (PARTITION BY "profile_id" ORDER BY "at" DESC, "received_at" DESC, "seq" DESC) AS "place"
  FROM "extension_staff_said"
  WHERE
    "action" IN ('no', 'lift')
    OR (
      "action" = 'give' AND STARTS_WITH("origin", 'hand:')
    )
), "extension_staff" AS (
  SELECT
    *,
    MAX(CASE WHEN "denies" THEN 1 ELSE 0 END) OVER (PARTITION BY "profile_id") AS "silenced",
    CASE
      WHEN STARTS_WITH("origin", 'hand:')
      THEN 3
      WHEN STARTS_WITH("origin", 'api:')
      THEN 2
      WHEN STARTS_WITH("origin", 'import:')
      THEN 1
      ELSE 0
    END AS "strength"
  FROM "extension_staff_latest"
  WHERE
    "place" = 1
    AND "action" = CASE WHEN "denies" THEN 'no' ELSE 'give' END
    AND (
      "until" IS NULL OR "until" > $t
    )
), "extension_tier_said" AS (
  SELECT
    "r"."profile_id",
    "r"."holder",
    "r"."origin",
    "r"."action",
    "r"."value",
    "r"."until",
    "r"."at",
    "r"."received_at",
    "r"."seq"
  FROM "extension" AS "r"
  WHERE
    "r"."name" = $extension_2 AND "r"."at" <= $t
), "extension_tier_latest" AS (
  SELECT
    "profile_id",
    "holder",
    "origin",
    "action",
    "value",
    "until",
    "at",
    "received_at",
    "seq",
    FALSE AS "denies",
    ROW_NUMBER() OVER (
      PARTITION BY "profile_id", "holder", "origin"
      ORDER BY "at" DESC, "received_at" DESC, "seq" DESC
    ) AS "place"
  FROM "extension_tier_said"
  WHERE
    "action" IN ('give', 'take')
  UNION ALL
  SELECT
    "profile_id",
    "holder",
    "origin",
    "action",
    "value",
    "until",
    "at",
    "received_at",
    "seq",
    TRUE AS "denies",
    ROW_NUMBER() OVER (PARTITION BY "profile_id" ORDER BY "at" DESC, "received_at" DESC, "seq" DESC) AS "place"
  FROM "extension_tier_said"
  WHERE
    "action" IN ('no', 'lift')
    OR (
      "action" = 'give' AND STARTS_WITH("origin", 'hand:')
    )
), "extension_tier" AS (
  SELECT
    *,
    MAX(CASE WHEN "denies" THEN 1 ELSE 0 END) OVER (PARTITION BY "profile_id") AS "silenced",
    CASE
      WHEN STARTS_WITH("origin", 'hand:')
      THEN 3
      WHEN STARTS_WITH("origin", 'api:')
      THEN 2
      WHEN STARTS_WITH("origin", 'import:')
      THEN 1
      ELSE 0
    END AS "strength"
  FROM "extension_tier_latest"
  WHERE
    "place" = 1
    AND "action" = CASE WHEN "denies" THEN 'no' ELSE 'give' END
    AND (
      "until" IS NULL OR "until" > $t
    )
), "consent_email_marketing_said" AS (
  SELECT
    "r"."profile_id",
    "r"."address",
    "r"."state",
    "r"."at",
    "r"."received_at",
    "r"."seq"
  FROM "consent" AS "r"
  WHERE
    "r"."channel" = $channel
    AND "r"."purpose" = $purpose
    AND (
      "r"."at" IS NULL OR "r"."at" <= $t
    )
), "consent_email_marketing" AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY "profile_id", "address"
      ORDER BY COALESCE("at", -9223372036854775807) DESC, "received_at" DESC, "seq" DESC
    ) AS "place"
  FROM "consent_email_marketing_said"
), "extension_leave_alone_said" AS (
  SELECT
    "r"."profile_id",
    "r"."holder",
    "r"."origin",
    "r"."action",
    "r"."value",
    "r"."until",
    "r"."at",
    "r"."received_at",
    "r"."seq"
  FROM "extension" AS "r"
  WHERE
    "r"."name" = $extension_3 AND "r"."at" <= $t
), "extension_leave_alone_latest" AS (
  SELECT
    "profile_id",
    "holder",
    "origin",
    "action",
    "value",
    "until",
    "at",
    "received_at",
    "seq",
    FALSE AS "denies",
    ROW_NUMBER() OVER (
      PARTITION BY "profile_id", "holder", "origin"
      ORDER BY "at" DESC, "received_at" DESC, "seq" DESC
    ) AS "place"
  FROM "extension_leave_alone_said"
  WHERE
    "action" IN ('give', 'take')
  UNION ALL
  SELECT
    "profile_id",
    "holder",
    "origin",
    "action",
    "value",
    "until",
    "at",
    "received_at",
    "seq",
    TRUE AS "denies",
    ROW_NUMBER() OVER (
      PARTITION BY "profile_id", "holder"
      ORDER BY "at" DESC, "received_at" DESC, "seq" DESC
    ) AS "place"
  FROM "extension_leave_alone_said"
  WHERE
    "action" IN ('no', 'lift')
    OR (
      "action" = 'give' AND STARTS_WITH("origin", 'hand:')
    )
), "extension_leave_alone" AS (
  SELECT
    *,
    MAX(CASE WHEN "denies" THEN 1 ELSE 0 END) OVER (PARTITION BY "profile_id", "holder") AS "silenced",
    CASE
      WHEN STARTS_WITH("origin", 'hand:')
      THEN 3
      WHEN STARTS_WITH("origin", 'api:')
      THEN 2
      WHEN STARTS_WITH("origin", 'import:')
      THEN 1
      ELSE 0
    END AS "strength"
  FROM "extension_leave_alone_latest"
  WHERE
    "place" = 1
    AND "action" = CASE WHEN "denies" THEN 'no' ELSE 'give' END
    AND (
      "until" IS NULL OR "until" > $t
    )
), "extension_staff_by_profile" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) FILTER(WHERE
      NOT "r"."denies" AND "r"."silenced" = 0) AS "extension_staff_by_profile_held",
    MIN("r"."until") AS "extension_staff_by_profile_until",
    COUNT(*) FILTER(WHERE
      "r"."denies") AS "extension_staff_by_profile_denied"
  FROM "extension_staff" AS "r"
  GROUP BY
    "r"."profile_id"
), "of_badge_scanned" AS (
  SELECT
    "r"."profile_id",
    MAX("occurred_at") AS "of_badge_scanned_last_at"
  FROM "event" AS "r"
  WHERE
    "event" = $event AND "occurred_at" <= $t AND "occurred_at" >= $t_30d_ago
  GROUP BY
    "r"."profile_id"
), "extension_tier_by_profile" AS (
  SELECT
    "r"."profile_id",
    ARG_MAX_NULL(
      "r"."value",
      {'strength': "r"."strength", 'at': "r"."at", 'received_at': "r"."received_at", 'seq': "r"."seq"}
    ) FILTER(WHERE
      NOT "r"."denies" AND "r"."silenced" = 0) AS "extension_tier_by_profile_value",
    MIN("r"."until") AS "extension_tier_by_profile_until"
  FROM "extension_tier" AS "r"
  GROUP BY
    "r"."profile_id"
), "consent_email_marketing_by_profile" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) AS "consent_email_marketing_by_profile_agreed"
  FROM "consent_email_marketing" AS "r"
  WHERE
    "r"."place" = 1 AND "r"."state" IN ('granted', 'soft_opt_in')
  GROUP BY
    "r"."profile_id"
), "extension_leave_alone_by_profile" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) FILTER(WHERE
      NOT "r"."denies" AND "r"."silenced" = 0) AS "extension_leave_alone_by_profile_held",
    MIN("r"."until") AS "extension_leave_alone_by_profile_until"
  FROM "extension_leave_alone" AS "r"
  GROUP BY
    "r"."profile_id"
), "of_presence" AS (
  SELECT
    "r"."profile_id",
    COUNT(*) AS "of_presence_known"
  FROM "presence" AS "r"
  WHERE
    NOT "r"."anonymous"
  GROUP BY
    "r"."profile_id"
), "known" AS (
  SELECT
    "p"."profile_id",
    COALESCE("g1"."extension_staff_by_profile_held", 0) AS "extension_staff_by_profile_held",
    "g1"."extension_staff_by_profile_until" AS "extension_staff_by_profile_until",
    COALESCE("g1"."extension_staff_by_profile_denied", 0) AS "extension_staff_by_profile_denied",
    "g2"."of_badge_scanned_last_at" AS "of_badge_scanned_last_at",
    "g3"."extension_tier_by_profile_value" AS "extension_tier_by_profile_value",
    "g3"."extension_tier_by_profile_until" AS "extension_tier_by_profile_until",
    COALESCE("g4"."consent_email_marketing_by_profile_agreed", 0) AS "consent_email_marketing_by_profile_agreed",
    COALESCE("g5"."extension_leave_alone_by_profile_held", 0) AS "extension_leave_alone_by_profile_held",
    "g5"."extension_leave_alone_by_profile_until" AS "extension_leave_alone_by_profile_until",
    COALESCE("g6"."of_presence_known", 0) AS "of_presence_known"
  FROM "profile" AS "p"
  LEFT JOIN "extension_staff_by_profile" AS "g1"
    ON "p"."profile_id" = "g1"."profile_id"
  LEFT JOIN "of_badge_scanned" AS "g2"
    ON "p"."profile_id" = "g2"."profile_id"
  LEFT JOIN "extension_tier_by_profile" AS "g3"
    ON "p"."profile_id" = "g3"."profile_id"
  LEFT JOIN "consent_email_marketing_by_profile" AS "g4"
    ON "p"."profile_id" = "g4"."profile_id"
  LEFT JOIN "extension_leave_alone_by_profile" AS "g5"
    ON "p"."profile_id" = "g5"."profile_id"
  LEFT JOIN "of_presence" AS "g6"
    ON "p"."profile_id" = "g6"."profile_id"
), "layer_1" AS (
  SELECT
    *,
    COALESCE("of_badge_scanned_last_at" >= $t_30d_ago, FALSE) AS "holds",
    COALESCE(
      CASE
        WHEN "of_badge_scanned_last_at" >= $t_30d_ago
        THEN COALESCE((
          "of_badge_scanned_last_at" + $us_30d
        ) + 1, 9223372036854775807)
      END,
      9223372036854775807
    ) AS "holds__until",
    COALESCE("extension_tier_by_profile_value" IN ($value, $value_2), FALSE) AS "best",
    "consent_email_marketing_by_profile_agreed" > 0 AS "holds_2",
    NOT (
      "extension_leave_alone_by_profile_held" > 0
    ) AS "holds_3",
    "of_presence_known" > 0 AS "holds_4"
  FROM "known"
), "layer_2" AS (
  SELECT
    *,
    "extension_staff_by_profile_held" > 0
    OR (
      "holds" AND NOT (
        "extension_staff_by_profile_denied" > 0
      )
    ) AS "colleagues",
    LEAST(COALESCE("extension_staff_by_profile_until", 9223372036854775807), "holds__until") AS "colleagues__until",
    "holds_2" AND "holds_3" AND "holds_4" AS "reachable",
    CASE
      WHEN "holds_2" AND "holds_3" AND "holds_4"
      THEN COALESCE("extension_leave_alone_by_profile_until", 9223372036854775807)
      ELSE GREATEST(
        CASE WHEN "holds_2" THEN 0 ELSE 9223372036854775807 END,
        CASE
          WHEN "holds_3"
          THEN 0
          ELSE COALESCE("extension_leave_alone_by_profile_until", 9223372036854775807)
        END,
        CASE WHEN "holds_4" THEN 0 ELSE 9223372036854775807 END
      )
    END AS "reachable__until"
  FROM "layer_1"
)
SELECT
  "profile_id",
  "colleagues" AS "colleagues",
  NULLIF("colleagues__until", 9223372036854775807) AS "colleagues__until",
  "best" AS "best",
  NULLIF(
    COALESCE("extension_tier_by_profile_until", 9223372036854775807),
    9223372036854775807
  ) AS "best__until",
  "reachable" AS "reachable",
  NULLIF("reachable__until", 9223372036854775807) AS "reachable__until"
FROM "layer_2"
