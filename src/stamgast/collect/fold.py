"""The derived tables of orders: their versions, and the refunds that belong to none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.lake import LAKE
from stamgast.store.orders import ORDER_COLUMNS, FoldSpec, fold_statements

if TYPE_CHECKING:
    from stamgast.collect.run import Run


def write_versions(run: Run) -> None:
    """Fold what was said of the touched orders, old and new, and write what comes of it.

    An order is touched when a new statement is of it, a new refund names it or one that named it is
    withdrawn. Its derived rows of
    earlier batches are declared dead.
    """
    db = run.db
    live = "ANTI JOIN withdrawn USING (refund_key)"
    first = not _any(run, "lake_order_statement") and not _any(run, "lake_refund_statement")
    db.run(
        "CREATE OR REPLACE TEMP VIEW touched AS SELECT order_key FROM new_order_statement UNION "
        "SELECT order_key FROM new_refund_statement WHERE order_key IS NOT NULL UNION "
        "SELECT order_key FROM lake_refund_statement SEMI JOIN new_withdrawn_refund USING (refund_key) "
        "WHERE order_key IS NOT NULL"
    )
    _view(
        run,
        "withdrawn",
        "SELECT refund_key FROM lake_withdrawn_refund UNION SELECT refund_key FROM new_withdrawn_refund",
    )
    if first:
        _view(run, "fold_statement", "SELECT * FROM new_order_statement")
        _view(run, "fold_refund", f"SELECT * FROM new_refund_statement {live}")  # noqa: S608
    else:
        run.session.replace_orders("SELECT order_key FROM touched")
        db.run("CREATE OR REPLACE TEMP TABLE touched_order AS SELECT order_key FROM touched")
        of = "order_key IN (SELECT order_key FROM touched_order)"
        _view(
            run,
            "fold_statement",
            f"SELECT * FROM lake_order_statement WHERE {of} UNION ALL "  # noqa: S608 - constants
            "SELECT * FROM new_order_statement",
        )
        _view(
            run,
            "fold_refund",
            f"SELECT * FROM lake_refund_statement {live} WHERE {of} UNION ALL "  # noqa: S608 - constants
            f"SELECT * FROM new_refund_statement {live}",
        )
    versions, loose = fold_statements(
        FoldSpec(
            statements="fold_statement",
            refunds="fold_refund",
            who="identity_id",
            order_columns=(*ORDER_COLUMNS, "received_at"),
            refund_columns=("order_key",),
        )
    )
    run.session.write("order_version", versions, order_by=LAKE["order_version"].order)
    run.session.write("loose_refund", loose, order_by=LAKE["loose_refund"].order)


def _any(run: Run, table: str) -> bool:
    return bool(run.db.run(f"SELECT 1 FROM {table} LIMIT 1"))  # noqa: S608 - our own tables


def _view(run: Run, name: str, select: str) -> None:
    run.db.run(f"CREATE OR REPLACE TEMP VIEW {name} AS {select}")
