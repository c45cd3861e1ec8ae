"""Orders and their lines said apart, in files of their own: what they say together.

A row of kind ``orders`` says nothing of lines, one of kind ``order_lines`` gives them: each is a *part*
of what the source says. Where both parts of an order are known, one more statement at every instant
at which one of them begins to hold says what they mean together (``joined_order``): the order's own
saying in force then, filled in from the lines; the lines in force then, else the first ones. It is
made anew from all that was said whenever a part is said, so the order of arrival leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.collect.moved import withdraw_joined
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from stamgast.collect.run import Run

ORDERS, LINES = "orders", "order_lines"


def date_lines(run: Run) -> None:
    """Give lines without an instant that of their order; until it is known, the import's.

    Which these are is kept in the column ``undated``: it is no part of what they say. Lines whose rows
    name no currency take the order's too.
    """
    groups = run.of_kind(LINES)
    if not run.mapping.joins or not groups:
        return
    _known_orders(run)
    for group in groups:
        given = "currency" in group.section.fields
        currency = "g.currency" if given else "coalesce(g.currency, k.currency)"
        run.db.run(
            f'CREATE OR REPLACE TEMP TABLE "{group.table}" AS SELECT g.* REPLACE ('  # noqa: S608 - ours
            "coalesce(g.ordered_at, k.ordered_at, make_timestamptz($now)) AS ordered_at, "
            f"{currency} AS currency), g.ordered_at IS NULL AS undated "
            f'FROM "{group.table}" AS g LEFT JOIN order_known AS k ON k.number = g.number',
            {"now": run.now},
        )


def _known_orders(run: Run) -> None:
    """``order_known``: number, instant and currency of orders, by this import or as said before."""
    lines = " UNION ALL ".join(
        f'SELECT number FROM "{group.table}" WHERE ordered_at IS NULL OR currency IS NULL'  # noqa: S608 - our own names
        for group in run.of_kind(LINES)
    )
    told = "".join(
        f"UNION ALL SELECT number, ordered_at, currency, {2**62} AS seq "  # noqa: S608 - our own tables
        f'FROM "{group.table}" WHERE trouble IS NULL '
        for group in run.of_kind(ORDERS)
    )
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE order_known AS "  # noqa: S608 - our own tables
        f"WITH asked AS (SELECT concat($namespace, number) AS order_key FROM ({lines})), "
        "before AS (SELECT order_id AS number, ordered_at, "
        "json_extract_string(said, '$.currency') AS currency, seq FROM lake_order_statement "
        "WHERE source = $source AND said IS NOT NULL "
        "AND order_key IN (SELECT order_key FROM asked) "
        "AND seq NOT IN (SELECT statement_seq FROM lake_order_line "
        "WHERE order_key IN (SELECT order_key FROM asked))) "
        "SELECT number, arg_max(ordered_at, seq) AS ordered_at, arg_max(currency, seq) AS currency "
        f"FROM (SELECT * FROM before {told}) GROUP BY number",
        {"namespace": run.mapping.order_namespace + ":", "source": run.source},
    )


def join_parts(run: Run) -> None:
    """Add to ``fresh_statement`` what the parts of the touched orders say together.

    To be called when the statements of both parts are in it. Sets ``run.joined``.
    """
    kinds = {group.kind for group in run.of_kind(ORDERS, LINES)}
    if len(kinds) == 1 and not run.knows_orders:
        return
    run.db.run(_PARTS, {"source": run.source})
    run.db.run(_JOINED_KEYS)
    if not run.db.run("SELECT 1 FROM joined_key LIMIT 1"):
        return
    run.joined = True
    run.db.run(_TOGETHER, {"now": run.now})
    withdraw_joined(run)
    added = run.db.run("SELECT count(*) FROM together")[0][0]
    first = run.session.allot("seq", added)
    run.db.run(
        "UPDATE together SET seq = $first + place",
        {"first": first - 1},
    )
    run.db.run(
        "INSERT INTO fresh_statement BY NAME "
        "SELECT * EXCLUDE (place, lines_seq), 'together' AS part FROM together"
    )
    run.session.write(
        "joined_order",
        "SELECT order_key, seq, lines_seq FROM together",
        order_by=LAKE["joined_order"].order,
    )


_PARTS = """
CREATE OR REPLACE TEMP TABLE part_statement AS
WITH lake AS (
    SELECT * EXCLUDE (batch),
        max(seq) FILTER (said IS NOT NULL) OVER (PARTITION BY order_key ORDER BY seq) AS head_seq
    FROM lake_order_statement
    WHERE source = $source
        AND order_key IN (SELECT order_key FROM fresh_statement)
        AND seq NOT IN (SELECT seq FROM lake_joined_order)
),
lined AS (
    SELECT DISTINCT statement_seq FROM lake_order_line
    WHERE order_key IN (SELECT order_key FROM lake)
),
head AS (
    SELECT
        seq AS head_seq,
        CASE WHEN seq IN (SELECT statement_seq FROM lined) THEN 'order_lines' ELSE 'orders' END AS part,
        approximate AS undated,
        json_extract_string(said, '$.total') IS NULL AS untotalled
    FROM lake
    WHERE said IS NOT NULL
)
SELECT l.*, h.part, CASE h.part WHEN 'orders' THEN h.untotalled ELSE h.undated END AS lacks
FROM lake AS l
JOIN head AS h USING (head_seq)
ANTI JOIN lake_withdrawn_statement AS w ON w.seq = l.seq
ANTI JOIN new_withdrawn_statement AS n ON n.seq = l.seq
UNION ALL BY NAME
SELECT * FROM fresh_statement ANTI JOIN new_withdrawn_statement USING (seq)
"""
"""What was said of the orders that are said now, but for what was said together: with ``part``,
``head_seq`` (the first statement of its saying) and ``lacks`` (an order's total, the lines' instant)."""

_JOINED_KEYS = """
CREATE OR REPLACE TEMP TABLE joined_key AS
SELECT order_key FROM part_statement GROUP BY order_key HAVING count(DISTINCT part) = 2
"""

_TOGETHER = """
CREATE OR REPLACE TEMP TABLE together AS
WITH told AS (
    SELECT *,
        -- lines without an instant hold from always
        CASE WHEN part = 'order_lines' AND lacks THEN '-infinity'::TIMESTAMPTZ ELSE valid_from END
            AS since,
        min(source_rank) OVER (PARTITION BY order_key) AS rank
    FROM part_statement SEMI JOIN joined_key USING (order_key)
),
change AS (
    SELECT DISTINCT order_key, valid_from AS begins FROM told
),
order_then AS (
    SELECT c.begins, s.*
    FROM change AS c
    JOIN told AS s ON s.order_key = c.order_key AND s.part = 'orders' AND s.since <= c.begins
    QUALIFY row_number() OVER (
        PARTITION BY c.order_key, c.begins
        ORDER BY s.since DESC, s.received_at DESC, s.seq DESC
    ) = 1
),
lines_then AS (
    SELECT c.begins, s.*
    FROM change AS c
    JOIN told AS s ON s.order_key = c.order_key AND s.part = 'order_lines'
    QUALIFY row_number() OVER (
        PARTITION BY c.order_key, c.begins
        ORDER BY s.since <= c.begins DESC,
            CASE WHEN s.since <= c.begins THEN s.since END DESC,
            s.since, s.received_at DESC, s.seq DESC
    ) = 1
)
SELECT
    coalesce(o.identity_id, l.identity_id) AS identity_id,
    l.order_key,
    l.rank AS source_rank,
    0::BIGINT AS seq,
    row_number() OVER (ORDER BY l.order_key, l.begins) AS place,
    coalesce(o.ordered_at, l.ordered_at) AS ordered_at,
    l.begins AS valid_from,
    make_timestamptz($now) AS received_at,
    coalesce(o.counts, FALSE) AS counts,
    CASE WHEN o.order_key IS NULL OR o.lacks THEN l.total ELSE o.total END AS total,
    coalesce(o.gross, l.gross) AS gross,
    coalesce(o.discount, l.discount) AS discount,
    coalesce(o.order_id, l.order_id) AS order_id,
    coalesce(o.coupon, l.coupon) AS coupon,
    coalesce(o.coupon_used OR l.coupon_used, o.coupon_used, l.coupon_used) AS coupon_used,
    coalesce(o.channel, l.channel) AS channel,
    coalesce(o.store, l.store) AS store,
    coalesce(o.status, l.status) AS status,
    l.source,
    l.currency,
    coalesce(o.approximate, FALSE) AS approximate,
    NULL::VARCHAR AS said,
    l.head_seq AS lines_seq
FROM lines_then AS l
LEFT JOIN order_then AS o ON o.order_key = l.order_key AND o.begins = l.begins
"""
"""Before the order's own first instant its lines are no order: it is known when it was placed."""
