"""Refunds: a statement of money given back, under the number the source gives it.

A refund that is said again with another content adds the difference, under its number with ``~2``,
``~3``, ...: so a running total, such as Shopify's Refunded Amount, comes out right, and nothing that was
said is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.messages import heads
from stamgast.collect.repeats import place
from stamgast.collect.said import said
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col, num
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run


def write_refunds(run: Run) -> None:
    """Write the new refund statements."""
    groups = run.of_kind("refunds")
    if not groups:
        return
    run.create("refund_said", union_all([_said(run, group) for group in groups]))
    run.db.run(_PLACED, {"source": run.source})
    run.session.write("refund_statement", _STATEMENTS, order_by=LAKE["refund_statement"].order)


def _said(run: Run, group: Group) -> exp.Select:
    namespace = run.params.bind(run.mapping.order_namespace + ":")
    now = fill("make_timestamptz(_now)", now=num(run.now))
    head = exp.Subquery(this=heads(group), alias=exp.TableAlias(this=exp.to_identifier("head")))
    columns: dict[str, Sql] = {
        "first_line": col("first_line"),
        "identity_id": col("identity_id"),
        "seq": col("seq"),
        "base_key": fill("concat(_n, _x)", n=namespace, x=col("number")),
        "order_key": fill(
            'CASE WHEN "order" IS NOT NULL THEN concat(_n, "order") END', n=namespace
        ),
        "at": fill('coalesce("at", _now)', now=now),
        "received_at": now,
        "amount": col("total"),
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "currency": exp.cast(run.params.bind(run.currency), "varchar"),
        "approximate": fill('"at" IS NULL'),
        "said": said(group),
    }
    return exp.select(*place(group), *(as_(sql, column) for column, sql in columns.items())).from_(
        head
    )


_PLACED = """
CREATE OR REPLACE TEMP TABLE refund_placed AS
WITH old AS (
    SELECT
        regexp_replace(refund_key, '~[0-9]+$', '') AS base_key,
        count(*) AS many,
        CASE WHEN count(*) = count(amount) THEN sum(amount) END AS amount
    FROM lake_refund_statement
    WHERE source = $source
    GROUP BY base_key
),
numbered AS (
    SELECT
        n.*,
        coalesce(o.many, 0) + row_number() OVER again AS number,
        coalesce(
            CASE WHEN row_number() OVER again = 1 THEN o.amount ELSE lag(n.amount) OVER again END, 0
        ) AS before
    FROM refund_said AS n
    LEFT JOIN old AS o ON o.base_key = n.base_key
    WINDOW again AS (PARTITION BY n.base_key ORDER BY n.file, n.first_line, n.section)
)
SELECT
    *,
    CASE WHEN number = 1 THEN base_key ELSE concat(base_key, '~', number) END AS refund_key,
    CAST(amount - before AS BIGINT) AS difference
FROM numbered
"""

_STATEMENTS = """
SELECT identity_id, refund_key, order_key, "at", received_at, difference AS amount, source, currency,
    approximate, said
FROM refund_placed
"""
