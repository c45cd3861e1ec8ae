"""The derived tables of orders: their versions, and the refunds that belong to none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from stamgast.collect.moved import statements_that_hold
from stamgast.collect.rectify import dead_refunds, turned_refunds
from stamgast.collect.sql import text
from stamgast.store.lake import LAKE
from stamgast.store.lines import with_lines_seq
from stamgast.store.orders import ORDER_COLUMNS, FoldSpec, fold_statements, loose_refunds

if TYPE_CHECKING:
    from stamgast.collect.run import Run

FEW = 10_000
"""Up to so many touched orders, what is read several times is kept: planning it takes longer than it does."""


def write_versions(run: Run) -> None:
    """Fold what was said of the touched orders, old and new, and write what comes of it.

    An order is touched when a new statement is of it, a new refund names it or one that named it
    counts no more, or again. Its derived rows of earlier batches are declared dead.
    """
    held, live = (f"ANTI JOIN {dead} USING (refund_key)" for dead in ("withdrawn", "dead_refund"))
    session = run.session
    first = not session.had("order_statement") and not session.had("refund_statement")
    told = any(map(session.wrote, ("order_statement", "refund_statement", "withdrawn_refund")))
    if not told and not run.choices:
        return
    if not session.had("refund_statement") and not session.wrote("refund_statement"):
        _without_refunds(run, first=first)
        return
    _view(
        run,
        "touched",
        "SELECT order_key FROM new_order_statement UNION "  # noqa: S608 - our own tables
        "SELECT order_key FROM new_refund_statement WHERE order_key IS NOT NULL UNION "
        f"SELECT order_key FROM lake_refund_statement SEMI JOIN ({turned_refunds(run)}) "
        "USING (refund_key) WHERE order_key IS NOT NULL",
    )
    _view(run, "dead_refund", dead_refunds(run))
    _view(
        run,
        "withdrawn",
        "SELECT refund_key FROM lake_withdrawn_refund UNION SELECT refund_key FROM new_withdrawn_refund",
    )
    of_refunds = "SELECT * FROM new_refund_statement {}"
    of = _fold_statements(run, first=first)
    if not first:
        of_refunds = (
            f"SELECT * FROM lake_refund_statement {{0}} WHERE {of} UNION ALL "  # noqa: S608 - constants
            "SELECT * FROM new_refund_statement {0}"
        )
    many = run.db.run("SELECT count(*) FROM (FROM touched LIMIT $most)", {"most": FEW + 1})[0][0]
    keep = _table if many <= FEW else _view
    keep(run, "fold_refund", of_refunds.format(live))
    keep(run, "fold_loose", of_refunds.format(held))
    keep(run, "live_statement", statements_that_hold(run, "fold_statement"))
    session.write("order_version", _versions(), order_by=LAKE["order_version"].order)
    if _any(run, "fold_loose"):
        session.write("loose_refund", _loose(), order_by=LAKE["loose_refund"].order)


def _without_refunds(run: Run, *, first: bool) -> None:
    """The same where nobody ever told of a refund."""
    _view(run, "touched", "SELECT order_key FROM new_order_statement")
    _fold_statements(run, first=first)
    _view(run, "fold_refund", "FROM new_refund_statement")
    many = run.db.run("SELECT count(*) FROM (FROM touched LIMIT $most)", {"most": FEW + 1})[0][0]
    keep = _table if many <= FEW else _view
    keep(run, "live_statement", statements_that_hold(run, "fold_statement"))
    run.session.write("order_version", _versions(), order_by=LAKE["order_version"].order)


def _fold_statements(run: Run, *, first: bool) -> str:
    """Make ``fold_statement``, what was said of the touched orders; also which these are, as a condition."""
    if first:
        told = "SELECT * FROM new_order_statement"
        _view(run, "fold_statement", with_lines_seq(told, "SELECT * FROM new_joined_order"))
        return "TRUE"
    run.session.replace_orders("SELECT order_key FROM touched")
    run.db.run("CREATE OR REPLACE TEMP TABLE touched_order AS SELECT order_key FROM touched")
    of = "order_key IN (SELECT order_key FROM touched_order)"
    both = f"SELECT * FROM lake_{{0}} WHERE {of} UNION ALL SELECT * FROM new_{{0}}"  # noqa: S608 - constants
    told, joined = (both.format(table) for table in ("order_statement", "joined_order"))
    _view(run, "fold_statement", with_lines_seq(told, joined))
    return of


_SPEC = FoldSpec(
    statements="live_statement",
    refunds="fold_refund",
    who="identity_id",
    order_columns=(*ORDER_COLUMNS, "received_at", "lines_seq"),
    refund_columns=("order_key",),
)


@cache
def _versions() -> str:
    return text(fold_statements(_SPEC)[0])


@cache
def _loose() -> str:
    """One that is outranked is kept: it is hidden while it is, and may count again."""
    return text(loose_refunds(replace(_SPEC, refunds="fold_loose")))


def _any(run: Run, table: str) -> bool:
    return bool(run.db.run(f"SELECT 1 FROM {table} LIMIT 1"))  # noqa: S608 - our own tables


def _view(run: Run, name: str, select: str) -> None:
    run.db.run(f"CREATE OR REPLACE TEMP VIEW {name} AS {select}")


def _table(run: Run, name: str, select: str) -> None:
    run.db.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")
