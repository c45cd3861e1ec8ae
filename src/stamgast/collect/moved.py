"""Orders that turn out to have been placed later, or by somebody else.

An order is placed at one instant, by one customer. What the source said of it before is kept, but it is
*withdrawn*: what began to hold before that instant never held, and neither did what named another customer
from the very instant from which the source names this one now. So nobody exists by a mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.sql import union_all
from stamgast.language.sql.terms import as_, col, tab
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run


def withdraw_statements(run: Run, groups: list[Group]) -> None:
    """Withdraw what never held, by what is said now; to be called when ``fresh_statement`` is made."""
    if not run.knows_orders:
        run.db.run("CREATE OR REPLACE TEMP TABLE moved_order (order_key VARCHAR)")
        return
    run.create("moved_order", union_all([_moved(group) for group in groups]))
    run.db.run(_TOLD, {"source": run.source})
    if run.db.run(f"SELECT 1 FROM ({_WITHDRAWN}) LIMIT 1"):  # noqa: S608 - constant text
        _write(run, _WITHDRAWN)


def withdraw_joined(run: Run) -> None:
    """Likewise what was made of an order and its lines: also where neither begins any more."""
    if run.db.run(f"SELECT 1 FROM ({_STALE}) LIMIT 1"):  # noqa: S608 - constant text
        _write(run, _STALE)


def statements_that_hold(run: Run, statements: str) -> str:
    """Of a table of statements those that are not withdrawn, as a query."""
    session = run.session
    if not (session.had("withdrawn_statement") or session.wrote("withdrawn_statement")):
        return f"FROM {statements}"
    return (
        f"FROM {statements} ANTI JOIN lake_withdrawn_statement USING (seq) "
        "ANTI JOIN new_withdrawn_statement USING (seq)"
    )


def _write(run: Run, select: str, params: dict[str, object] | None = None) -> None:
    run.session.write(
        "withdrawn_statement", select, params, order_by=LAKE["withdrawn_statement"].order
    )
    run.session.write("restated", _LOSERS, order_by=LAKE["restated"].order)


def _moved(group: Group) -> exp.Select:
    return (
        exp.select(
            *map(col, ("order_key", "ordered_at", "seq")),
            as_(exp.Literal.string(group.kind), "part"),
        )
        .from_(tab(f"{group.table}_head"))
        .where(col("prior_moved"))
    )


_TOLD = """
CREATE OR REPLACE TEMP TABLE told_statement AS
WITH again AS (SELECT order_key FROM fresh_statement SEMI JOIN candidate USING (order_key)),
old AS (
    SELECT s.order_key, s.seq, s.valid_from, s.identity_id, s.head_seq IN (
        SELECT statement_seq FROM lake_order_line
        WHERE order_key IN (SELECT order_key FROM again)) AS lined
    FROM (
        SELECT *, max(seq) FILTER (said IS NOT NULL) OVER (
            PARTITION BY order_key ORDER BY seq) AS head_seq
        FROM lake_order_statement
        WHERE source = $source AND order_key IN (SELECT order_key FROM again)
            AND seq NOT IN (SELECT seq FROM lake_joined_order)
    ) AS s
    ANTI JOIN lake_withdrawn_statement USING (seq)
)
SELECT order_key, seq, valid_from, identity_id,
    CASE WHEN lined THEN 'order_lines' ELSE 'orders' END AS part
FROM old
UNION ALL
SELECT order_key, seq, valid_from, identity_id, part FROM fresh_statement
WHERE order_key IN (SELECT order_key FROM again)
"""
"""What this source said, now and before, of the orders that are said again."""
_WITHDRAWN = """
SELECT t.order_key, t.seq
FROM told_statement AS t
JOIN moved_order AS m ON m.order_key = t.order_key AND m.part = t.part
    AND t.seq < m.seq AND t.valid_from < m.ordered_at
UNION
SELECT t.order_key, t.seq
FROM told_statement AS t
JOIN told_statement AS n ON n.order_key = t.order_key AND n.part = t.part
    AND n.seq > t.seq AND n.valid_from = t.valid_from
    AND n.identity_id IS DISTINCT FROM t.identity_id
"""
_STALE = """
SELECT s.order_key, s.seq
FROM lake_order_statement AS s
SEMI JOIN lake_joined_order AS j ON j.seq = s.seq
ANTI JOIN lake_withdrawn_statement AS w ON w.seq = s.seq
LEFT JOIN together AS t ON t.order_key = s.order_key AND t.valid_from = s.valid_from
WHERE s.order_key IN (SELECT order_key FROM together)
    AND (t.seq IS NULL OR s.order_key IN (SELECT order_key FROM moved_order)
        OR t.identity_id IS DISTINCT FROM s.identity_id)
"""
_LOSERS = """
SELECT DISTINCT identity_id
FROM (FROM lake_order_statement UNION ALL FROM new_order_statement)
SEMI JOIN new_withdrawn_statement USING (seq)
WHERE identity_id IS NOT NULL
"""
"""Whose past is another now."""
