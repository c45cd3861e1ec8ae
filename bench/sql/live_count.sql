-- How many profiles placed two orders or more in the last 365 days, worth 100.00 or more together, and viewed a
-- product in the last 90 days, at the instant $t: over the lake's own files, by hand.
WITH ordered AS (
    SELECT coalesce(p.profile_id, o.identity_id) AS profile_id
    FROM order_version AS o LEFT JOIN person AS p ON p.identifier_id = o.identity_id
    WHERE o.counts AND o.identity_id IS NOT NULL
        AND o.valid_from <= $t::TIMESTAMPTZ AND (o.valid_to IS NULL OR o.valid_to > $t::TIMESTAMPTZ)
        AND o.ordered_at >= $t::TIMESTAMPTZ - to_microseconds(365 * 86400000000)
    GROUP BY 1 HAVING count(*) >= 2 AND sum(o.total) >= 10000
),
viewed AS (
    SELECT DISTINCT coalesce(p.profile_id, e.identity_id) AS profile_id
    FROM event AS e LEFT JOIN person AS p ON p.identifier_id = e.identity_id
    WHERE e.event = 'Product Viewed' AND e.identity_id IS NOT NULL
        AND e.occurred_at >= $t::TIMESTAMPTZ - to_microseconds(90 * 86400000000)
        AND e.occurred_at <= $t::TIMESTAMPTZ
)
SELECT count(*) FROM ordered SEMI JOIN viewed USING (profile_id)
