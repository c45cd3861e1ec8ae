-- Shipped traits, the stage (grid) and shipped segments of each profile at $t, each with the instant
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
        o.gross,
        o.discount,
        o.lines_seq,
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
        sum(net_total) FILTER (at_us >= $t - 31536000000000)::BIGINT AS net_365,
        sum(gross) FILTER (at_us >= $t - 31536000000000)::BIGINT AS gross_365,
        sum(discount) FILTER (at_us >= $t - 31536000000000)::BIGINT AS discount_365
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
    SELECT profile_id, day, max(at_us) AS last_us
    FROM purchase JOIN hour ON h = at_us // 3600000000
    WHERE holds_now
    GROUP BY ALL
),
gaps AS (
    SELECT
        profile_id,
        (max(day) - min(day)) * 86400000000 // nullif(count(*) - 1, 0) AS mean_gap,
        (max(day, 2)[1] - max(day, 2)[2]) * 86400000000 AS last_gap,
        (min(day, 2)[2] - min(day, 2)[1]) * 86400000000 AS first_gap,
        count(*) AS days,
        count(*) FILTER (last_us >= $t - 31536000000000) AS days_365
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
good AS (
    SELECT b.profile_id, b.at_us, b.order_key, l.line_no, l.category, l.brand
    FROM purchase AS b
    JOIN order_line AS l ON l.statement_seq = b.lines_seq
    WHERE b.holds_now AND (l.line_kind IS NULL OR l.line_kind = 'goods')
),
category_bought AS (
    SELECT profile_id, arg_max(category, struct_pack(n, last_row)) AS category
    FROM (SELECT profile_id, category, count(*) AS n,
            max(struct_pack(at_us := at_us, order_key := order_key, line_no := line_no)) AS last_row
        FROM good WHERE category IS NOT NULL GROUP BY ALL)
    GROUP BY profile_id
),
brand_bought AS (
    SELECT profile_id, arg_max(brand, struct_pack(n, last_row)) AS brand
    FROM (SELECT profile_id, brand, count(*) AS n,
            max(struct_pack(at_us := at_us, order_key := order_key, line_no := line_no)) AS last_row
        FROM good WHERE brand IS NOT NULL GROUP BY ALL)
    GROUP BY profile_id
),
good_year AS (
    SELECT profile_id, count(*) AS n, min(at_us) + 31536000000001 AS leaves
    FROM good WHERE at_us >= $t - 31536000000000
    GROUP BY profile_id
),
seen AS MATERIALIZED (  -- of the last 30 days and half an hour
    SELECT coalesce(p.profile_id, e.identity_id) AS profile_id, epoch_us(e.occurred_at) AS at_us,
        e.event, e.p_product_id AS product, e.p_category AS category
    FROM event AS e
    LEFT JOIN person AS p ON p.identifier_id = e.identity_id
    WHERE e.event IN ('Page Viewed', 'Screen Viewed', 'Product Viewed', 'Product List Viewed',
            'Cart Viewed', 'Products Searched')
        AND e.occurred_at <= make_timestamptz($t)
        AND e.occurred_at >= make_timestamptz($t - 2593800000000)
),
visit AS (
    SELECT profile_id, at_us
    FROM (SELECT profile_id, at_us, lag(at_us) OVER (PARTITION BY profile_id ORDER BY at_us) AS before
        FROM seen)
    WHERE (before IS NULL OR at_us - before >= 1800000000) AND at_us >= $t - 2592000000000
),
visited AS (
    SELECT profile_id, count(*) AS n,
        count(DISTINCT timezone($zone, make_timestamptz(at_us))::DATE) AS days,
        min(at_us) + 2592000000001 AS leaves
    FROM visit
    GROUP BY profile_id
),
looked AS MATERIALIZED (
    SELECT profile_id, at_us, event, product, category,
        max(begun) OVER (PARTITION BY profile_id ORDER BY at_us) AS begun,
        at_us > coalesce(latest[1], at_us - 1) AS later  -- than the last purchase
    FROM (
        SELECT *,
            CASE WHEN at_us - lag(at_us) OVER (PARTITION BY profile_id ORDER BY at_us)
                < 1800000000 THEN NULL ELSE at_us END AS begun
        FROM seen
        WHERE at_us >= $t - 1211400000000)
    LEFT JOIN bought USING (profile_id)
),
again AS (
    SELECT coalesce(a.profile_id, b.profile_id) AS profile_id, a.found AS product, a.leaves AS
        product_leaves, b.found AS category, b.leaves AS category_leaves
    FROM (
        SELECT profile_id, arg_max(value, struct_pack(n, latest, value)) FILTER (n >= 2) AS found,
            min(leaves) AS leaves
        FROM (SELECT profile_id, value, count(*) AS n, max(begun) AS latest,
                min(begun) + 1209600000001 AS leaves
            FROM (SELECT DISTINCT profile_id, product AS value, begun FROM looked
                WHERE later AND event = 'Product Viewed' AND product IS NOT NULL
                    AND begun >= $t - 1209600000000)
            GROUP BY profile_id, value)
        GROUP BY profile_id) AS a
    FULL JOIN (
        SELECT profile_id, arg_max(value, struct_pack(n, latest, value)) FILTER (n >= 2) AS found,
            min(leaves) AS leaves
        FROM (SELECT profile_id, value, count(*) AS n, max(begun) AS latest,
                min(begun) + 1209600000001 AS leaves
            FROM (SELECT DISTINCT profile_id, category AS value, begun FROM looked
                WHERE later AND event IN ('Product Viewed', 'Product List Viewed')
                    AND category IS NOT NULL AND begun >= $t - 1209600000000)
            GROUP BY profile_id, value)
        GROUP BY profile_id) AS b ON b.profile_id = a.profile_id
),
reachable AS (
    SELECT DISTINCT coalesce(p.profile_id, i.identifier_id) AS profile_id
    FROM identifier AS i
    LEFT JOIN person AS p ON p.identifier_id = i.identifier_id
    WHERE i.kind IN ('email', 'phone', 'customer_id')
),
buyer AS (  -- at the midnight
    SELECT profile_id, count(*) AS n, sum(net_total)::BIGINT AS net, max(at_us) AS last_us,
        sum(gross)::BIGINT AS gross, sum(discount)::BIGINT AS discount
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
        1 + 5 * (rank() OVER (ORDER BY b.last_us) - 1) // count(*) OVER () AS recency,
        1 + 5 * (rank() OVER (ORDER BY b.n) - 1) // count(*) OVER () AS frequency,
        1 + 5 * (rank() OVER (ORDER BY b.net - coalesce(g.amount, 0)) - 1) // count(*) OVER ()
            AS monetary,
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
shop AS (  -- orders of nobody too
    SELECT sum(gross)::BIGINT AS gross, sum(discount)::BIGINT AS discount FROM (
        SELECT gross, discount FROM buyer
        UNION ALL
        SELECT gross, discount FROM order_version
        WHERE counts AND identity_id IS NULL AND valid_from <= make_timestamptz($midnight)
            AND (valid_to IS NULL OR valid_to > make_timestamptz($midnight))
            AND epoch_us(ordered_at) >= $midnight - 31536000000000)
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
        gaps.first_gap,
        coalesce(gaps.days, 0) AS days,
        coalesce(gaps.days_365, 0) AS days_365,
        coalesce(b.gross_365, 0) AS gross_365,
        coalesce(b.discount_365, 0) AS discount_365,
        CASE WHEN b.gross_365 <> 0 THEN coalesce(b.discount_365, 0)::DOUBLE / b.gross_365::DOUBLE
            END AS discount_share,
        shop.discount::DOUBLE / nullif(shop.gross, 0)::DOUBLE AS shop_share,
        (shop.discount * 3)::DOUBLE / nullif(shop.gross * 2, 0)::DOUBLE AS bargain_line,
        shop.discount::DOUBLE / nullif(shop.gross * 2, 0)::DOUBLE AS full_line,
        scored.recency,
        scored.frequency,
        scored.monetary,
        category_bought.category AS category_bought,
        brand_bought.brand AS brand_bought,
        coalesce(gy.n, 0) AS lines_365,
        gy.leaves AS line_leaves,
        coalesce(visited.n, 0) AS visits,
        coalesce(visited.days, 0) AS visit_days,
        visited.leaves AS visit_leaves,
        reachable.profile_id IS NOT NULL AS identified,
        again.product AS product_again,
        again.product_leaves,
        again.category AS category_again,
        again.category_leaves,
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
    LEFT JOIN scored USING (profile_id)
    LEFT JOIN category_bought USING (profile_id)
    LEFT JOIN brand_bought USING (profile_id)
    LEFT JOIN good_year AS gy USING (profile_id)
    LEFT JOIN visited USING (profile_id)
    LEFT JOIN again USING (profile_id)
    LEFT JOIN reachable ON reachable.profile_id = known.profile_id
    CROSS JOIN shop
),
judged AS (
    SELECT
        *,
        $t - p1 AS r,
        least(order_leaves, refund_leaves) AS either_leaves,
        n_365 >= 3 AS thrice,
        identified AND n = 0 AND visits >= 3 AND visit_days >= 2 AS browses,
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
    CASE WHEN NOT lost THEN p1 + 31536000000001 END AS lost_customers__until,
    first_gap AS first_order_gap,
    NULL::BIGINT AS first_order_gap__until,
    days AS purchase_days,
    NULL::BIGINT AS purchase_days__until,
    days_365 AS purchase_days_365d,
    order_leaves AS purchase_days_365d__until,
    gross_365 AS gross_365d,
    order_leaves AS gross_365d__until,
    discount_365 AS discount_365d,
    order_leaves AS discount_365d__until,
    discount_share,
    order_leaves AS discount_share__until,
    shop_share AS shop_discount_share,
    $next_midnight::BIGINT AS shop_discount_share__until,
    bargain_line,
    $next_midnight::BIGINT AS bargain_line__until,
    full_line AS full_price_line,
    $next_midnight::BIGINT AS full_price_line__until,
    coalesce(thrice AND shop_share > 0 AND discount_share >= bargain_line, false) AS bargain_hunters,
    CASE WHEN thrice THEN least(order_leaves, $next_midnight) ELSE $next_midnight END
        AS bargain_hunters__until,
    coalesce(thrice AND shop_share > 0 AND discount_share <= full_line, false) AS full_price_buyers,
    CASE WHEN thrice THEN least(order_leaves, $next_midnight) ELSE $next_midnight END
        AS full_price_buyers__until,
    n_365 AS rfm_orders,
    order_leaves AS rfm_orders__until,
    net_365 AS rfm_revenue,
    either_leaves AS rfm_revenue__until,
    recency AS rfm_recency,
    $next_midnight::BIGINT AS rfm_recency__until,
    frequency AS rfm_frequency,
    $next_midnight::BIGINT AS rfm_frequency__until,
    monetary AS rfm_monetary,
    $next_midnight::BIGINT AS rfm_monetary__until,
    100 * recency + 10 * frequency + monetary AS rfm,
    $next_midnight::BIGINT AS rfm__until,
    category_bought AS favourite_category_bought,
    NULL::BIGINT AS favourite_category_bought__until,
    brand_bought AS favourite_brand,
    NULL::BIGINT AS favourite_brand__until,
    lines_365 AS recent_lines,
    line_leaves AS recent_lines__until,
    visits AS recent_visits,
    visit_leaves AS recent_visits__until,
    visit_days AS recent_visit_days,
    visit_leaves AS recent_visit_days__until,
    browses AS frequent_browsers,
    CASE WHEN browses OR identified AND n = 0 THEN visit_leaves END AS frequent_browsers__until,
    product_again AS product_looked_at_again,
    product_leaves AS product_looked_at_again__until,
    category_again AS category_looked_at_again,
    category_leaves AS category_looked_at_again__until
FROM judged
