-- Every shipped trait, the stage (grid) and every shipped segment of each profile at $t, each with the instant
-- until which it holds (NULL: for ever): one CTE per kind of row. By hand, from the retail rules.
--
-- Views order_version, loose_refund, event, first_seen and person are the lake's own files. $t is the instant,
-- $midnight the last local midnight at or before it, $next_midnight the one after it, $zone the shop's zone.
-- All instants as microseconds UTC; a day is 86,400,000,000 and 365 days 31,536,000,000,000 of them. Nothing is
-- dated ahead. What was tried and kept: local days by a join on hours (a cast per row costs 6 times as much),
-- days by their own DISTINCT, the first order as the least of a struct, the latest three by max(at, 3).
WITH
purchase AS MATERIALIZED (
    SELECT
        coalesce(p.profile_id, o.identity_id) AS profile_id,
        epoch_us(o.ordered_at) AS at_us,
        o.order_key,
        o.coupon,
        o.coupon_used,
        o.total,
        o.refunded,
        o.net_total,
        o.valid_from <= make_timestamptz($t)
            AND (o.valid_to IS NULL OR o.valid_to > make_timestamptz($t)) AS holds_now,
        o.valid_from <= make_timestamptz($midnight)
            AND (o.valid_to IS NULL OR o.valid_to > make_timestamptz($midnight)) AS held_then
    FROM order_version AS o
    LEFT JOIN person AS p ON p.identifier_id = o.identity_id
    WHERE o.counts
        AND o.identity_id IS NOT NULL
        AND o.valid_from <= make_timestamptz($t)
        AND (o.valid_to IS NULL OR o.valid_to > make_timestamptz($midnight))
),
loose AS MATERIALIZED (
    SELECT
        coalesce(p.profile_id, r.identity_id) AS profile_id,
        epoch_us(r."at") AS at_us,
        r.amount,
        r.valid_to IS NULL OR r.valid_to > make_timestamptz($t) AS holds_now,
        r.valid_from <= make_timestamptz($midnight) AS held_then
    FROM loose_refund AS r
    LEFT JOIN person AS p ON p.identifier_id = r.identity_id
    WHERE r.identity_id IS NOT NULL
        AND r.valid_from <= make_timestamptz($t)
        AND (r.valid_to IS NULL OR r.valid_to > make_timestamptz($midnight))
),
bought AS (
    SELECT
        profile_id,
        count(*) AS n,
        max(at_us, 3) AS latest,
        min(struct_pack(at_us := at_us, order_key := order_key, coupon := coupon,
            used := coupon_used)) AS first_order,
        sum(net_total)::BIGINT AS net,
        count(*) FILTER (at_us >= $t - 31536000000000) AS n_365,
        min(at_us) FILTER (at_us >= $t - 31536000000000) AS oldest_365,
        sum(total) FILTER (at_us >= $t - 31536000000000)::BIGINT AS total_365,
        sum(refunded) FILTER (at_us >= $t - 31536000000000)::BIGINT AS refunded_365,
        sum(net_total) FILTER (at_us >= $t - 31536000000000)::BIGINT AS net_365
    FROM purchase
    WHERE holds_now
    GROUP BY profile_id
),
hour AS (
    SELECT h, timezone($zone, make_timestamptz(h * 3600000000))::DATE AS day
    FROM range((SELECT min(at_us) // 3600000000 FROM purchase),
        (SELECT max(at_us) // 3600000000 + 1 FROM purchase)) AS hours (h)
),
bought_on AS (
    SELECT DISTINCT profile_id, day
    FROM purchase JOIN hour ON h = at_us // 3600000000
    WHERE holds_now
),
gaps AS (
    SELECT
        profile_id,
        (max(day) - min(day)) * 86400000000 // nullif(count(*) - 1, 0) AS mean_gap,
        (max(day, 2)[1] - max(day, 2)[2]) * 86400000000 AS last_gap
    FROM bought_on
    GROUP BY profile_id
),
given_back AS (
    SELECT
        profile_id,
        sum(amount)::BIGINT AS amount,
        sum(amount) FILTER (at_us >= $t - 31536000000000)::BIGINT AS amount_365,
        min(at_us) FILTER (at_us >= $t - 31536000000000) AS oldest_365
    FROM loose
    WHERE holds_now
    GROUP BY profile_id
),
unsubscribed AS (
    SELECT
        coalesce(p.profile_id, e.identity_id) AS profile_id,
        epoch_us(max(e.occurred_at) FILTER (e.event = 'Subscription Ended')) AS ended_at,
        epoch_us(max(e.occurred_at) FILTER (e.event <> 'Subscription Ended')) AS started_at
    FROM event AS e
    LEFT JOIN person AS p ON p.identifier_id = e.identity_id
    WHERE e.event IN ('Subscription Ended', 'Subscription Started', 'Subscription Renewed')
        AND e.occurred_at <= make_timestamptz($t)
    GROUP BY 1
),
buyer AS (  -- at the midnight
    SELECT profile_id, count(*) AS n, sum(net_total)::BIGINT AS net
    FROM purchase
    WHERE held_then AND at_us BETWEEN $midnight - 31536000000000 AND $midnight
    GROUP BY profile_id
),
buyer_gave_back AS (
    SELECT profile_id, sum(amount)::BIGINT AS amount
    FROM loose
    WHERE held_then AND at_us BETWEEN $midnight - 31536000000000 AND $midnight
    GROUP BY profile_id
),
scored AS (
    SELECT
        b.profile_id,
        b.net - coalesce(g.amount, 0) AS net,
        rank() OVER (ORDER BY b.n) + rank() OVER (ORDER BY b.net - coalesce(g.amount, 0)) AS score
    FROM buyer AS b
    LEFT JOIN buyer_gave_back AS g USING (profile_id)
),
line AS (
    SELECT
        min(score) FILTER (place <= (n + 4) // 5) AS fifth,
        min(score) FILTER (place <= (n + 19) // 20) AS twentieth,
        min(score) FILTER (place <= (n + 99) // 100) AS hundredth
    FROM (SELECT score, row_number() OVER (ORDER BY score DESC) AS place, count(*) OVER () AS n
        FROM scored)
),
best AS (
    SELECT profile_id, score >= fifth AS best, score >= twentieth AS vip, score >= hundredth AS elite
    FROM scored, line
    WHERE net > 0 AND score >= fifth
),
known AS (
    SELECT coalesce(p.profile_id, f.identity_id) AS profile_id
    FROM first_seen AS f
    LEFT JOIN person AS p ON p.identifier_id = f.identity_id
    WHERE f.first_at <= make_timestamptz($t)
    GROUP BY 1
),
told AS (
    SELECT
        known.profile_id,
        coalesce(b.n, 0) AS n,
        coalesce(b.n_365, 0) AS n_365,
        b.first_order,
        b.latest[1] AS p1,
        b.latest[3] AS p3,
        gaps.mean_gap,
        gaps.last_gap,
        coalesce(b.net, 0) - coalesce(g.amount, 0) AS net,
        coalesce(b.net_365, 0) - coalesce(g.amount_365, 0) AS net_365,
        coalesce(b.total_365, 0) AS total_365,
        coalesce(b.refunded_365, 0) AS refunded_365,
        coalesce(g.amount_365, 0) AS loose_365,
        b.oldest_365 + 31536000000001 AS order_leaves,
        g.oldest_365 + 31536000000001 AS refund_leaves,
        CASE WHEN b.total_365 <> 0 THEN least(1.0::DOUBLE,
            (coalesce(b.refunded_365, 0) + coalesce(g.amount_365, 0))::DOUBLE
            / b.total_365::DOUBLE) END AS share,
        u.ended_at > coalesce(b.latest[1], u.ended_at - 1)
            AND u.ended_at > coalesce(u.started_at, u.ended_at - 1) AS unsubscribed,
        best.best,
        best.vip,
        best.elite
    FROM known
    LEFT JOIN bought AS b USING (profile_id)
    LEFT JOIN gaps USING (profile_id)
    LEFT JOIN given_back AS g USING (profile_id)
    LEFT JOIN unsubscribed AS u USING (profile_id)
    LEFT JOIN best USING (profile_id)
),
judged AS (
    SELECT
        *,
        $t - p1 AS r,
        least(order_leaves, refund_leaves) AS either_leaves,
        n_365 >= 3 AS thrice,
        coalesce(share >= 0.4, false) AS sends_back,
        coalesce($t - p1 <= 7776000000000, false) AND coalesce(last_gap > 7776000000000, false)
            AS came_back,
        coalesce($t - p1 > 31536000000000, false) OR coalesce(unsubscribed, false) AS lost
    FROM told
)
SELECT
    profile_id,
    n AS orders,
    NULL::BIGINT AS orders__until,
    n_365 AS orders_365d,
    order_leaves AS orders_365d__until,
    first_order.at_us AS first_order_at,
    NULL::BIGINT AS first_order_at__until,
    p1 AS last_order_at,
    NULL::BIGINT AS last_order_at__until,
    mean_gap AS order_gap,
    NULL::BIGINT AS order_gap__until,
    last_gap AS last_order_gap,
    NULL::BIGINT AS last_order_gap__until,
    first_order.coupon AS first_coupon,
    NULL::BIGINT AS first_coupon__until,
    first_order.used AS first_coupon_used,
    NULL::BIGINT AS first_coupon_used__until,
    net AS net_revenue,
    NULL::BIGINT AS net_revenue__until,
    net_365 AS net_revenue_365d,
    either_leaves AS net_revenue_365d__until,
    net::DOUBLE / nullif(n * 100, 0)::DOUBLE AS average_order,
    NULL::BIGINT AS average_order__until,
    total_365 AS order_value_365d,
    order_leaves AS order_value_365d__until,
    refunded_365 AS refunded_365d,
    order_leaves AS refunded_365d__until,
    loose_365 AS loose_refunds_365d,
    refund_leaves AS loose_refunds_365d__until,
    share AS return_share,
    either_leaves AS return_share__until,
    CASE
        WHEN n = 0 THEN 'prospect'
        WHEN n = 1 THEN CASE WHEN r <= 2592000000000 THEN 'new_buyer'
            WHEN r <= 7776000000000 THEN 'drifting' ELSE 'sleeper' END
        WHEN n <= 3 THEN CASE WHEN r <= 5184000000000 THEN 'promising'
            WHEN r <= 7776000000000 THEN 'drifting' ELSE 'sleeper' END
        WHEN r <= 7776000000000 THEN 'loyal'
        WHEN r <= 31536000000000 THEN 'at_risk'
        ELSE 'red_alert'
    END AS stage,
    p1 + 1 + CASE
        WHEN n = 0 THEN NULL
        WHEN n = 1 THEN CASE WHEN r <= 2592000000000 THEN 2592000000000
            WHEN r <= 7776000000000 THEN 7776000000000 END
        WHEN n <= 3 THEN CASE WHEN r <= 5184000000000 THEN 5184000000000
            WHEN r <= 7776000000000 THEN 7776000000000 END
        WHEN r <= 7776000000000 THEN 7776000000000
        WHEN r <= 31536000000000 THEN 31536000000000
    END AS stage__until,
    coalesce(best, false) AS best_buyers,
    $next_midnight::BIGINT AS best_buyers__until,
    coalesce(vip, false) AS vip,
    $next_midnight::BIGINT AS vip__until,
    coalesce(elite, false) AS elite_vip,
    $next_midnight::BIGINT AS elite_vip__until,
    coalesce(first_order.used, false) AS coupon_shoppers,
    NULL::BIGINT AS coupon_shoppers__until,
    thrice AND sends_back AS high_returners,
    -- holds: until the first condition may fail; else: until the last of those that fail may hold
    CASE
        WHEN thrice AND sends_back THEN least(p3 + 31536000000001, either_leaves)
        WHEN thrice THEN either_leaves
    END AS high_returners__until,
    n = 1 AS one_time_buyers,
    NULL::BIGINT AS one_time_buyers__until,
    came_back AS returned_customers,
    CASE WHEN came_back THEN p1 + 7776000000001 END AS returned_customers__until,
    lost AS lost_customers,
    CASE WHEN NOT lost THEN p1 + 31536000000001 END AS lost_customers__until
FROM judged
