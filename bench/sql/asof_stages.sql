-- Profiles per lifecycle stage (grid) at the instant $t, over the lake's own files.
-- Views order_version, first_seen and person are those files; person holds the identifiers whose profile
-- has another id. Prospects are those known less those who bought: no join of profiles is needed.
WITH bought AS (
    SELECT
        coalesce(p.profile_id, o.identity_id) AS profile_id,
        count(*) AS n,
        epoch_us($t::TIMESTAMPTZ) - epoch_us(max(o.ordered_at)) AS r
    FROM order_version AS o
    LEFT JOIN person AS p ON p.identifier_id = o.identity_id
    WHERE o.valid_from <= $t::TIMESTAMPTZ
        AND (o.valid_to IS NULL OR o.valid_to > $t::TIMESTAMPTZ)
        AND o.counts
        AND o.identity_id IS NOT NULL
    GROUP BY 1
),
placed AS (
    SELECT CASE
        WHEN n = 1 THEN CASE WHEN r <= 30 * 86400000000 THEN 'new_buyer'
            WHEN r <= 90 * 86400000000 THEN 'drifting' ELSE 'sleeper' END
        WHEN n <= 3 THEN CASE WHEN r <= 60 * 86400000000 THEN 'promising'
            WHEN r <= 90 * 86400000000 THEN 'drifting' ELSE 'sleeper' END
        ELSE CASE WHEN r <= 90 * 86400000000 THEN 'loyal'
            WHEN r <= 365 * 86400000000 THEN 'at_risk' ELSE 'red_alert' END
    END AS stage
    FROM bought
),
known AS (
    SELECT count(DISTINCT coalesce(p.profile_id, f.identity_id)) AS profiles
    FROM first_seen AS f
    LEFT JOIN person AS p ON p.identifier_id = f.identity_id
    WHERE f.first_at <= $t::TIMESTAMPTZ
)
SELECT stage, count(*) AS profiles FROM placed GROUP BY stage
UNION ALL
SELECT 'prospect', (SELECT profiles FROM known) - (SELECT count(*) FROM bought)
