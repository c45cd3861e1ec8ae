"""What an import takes back of what was said before: orders that moved, refunds that do not count.

Statements of refunds do not count when they are withdrawn (their source corrected them) or outranked
(another source's word counts); see ``refunds``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from stamgast.collect.run import Run


def dead_refunds(run: Run) -> str:
    """A query: the keys of all statements of refunds that do not count."""
    outranked = "new_outranked_refund" if run.choices else "lake_outranked_refund"
    return (
        "SELECT refund_key FROM lake_withdrawn_refund "  # noqa: S608 - our own tables
        "UNION SELECT refund_key FROM new_withdrawn_refund "
        f"UNION SELECT refund_key FROM {outranked}"
    )


def turned_refunds(run: Run) -> str:
    """A query: the keys of those that this import made count, or not any more."""
    withdrawn = "SELECT refund_key FROM new_withdrawn_refund"
    if not run.choices:
        return withdrawn
    return f"{withdrawn} UNION SELECT refund_key FROM turned_refund"  # noqa: S608 - as above


def rectify_first_seen(run: Run) -> None:
    """Whoever loses an order or a refund exists from their other rows on; to be called last."""
    session = run.session
    if not (
        run.choices or session.wrote("withdrawn_refund") or session.wrote("withdrawn_statement")
    ):
        return
    turned = turned_refunds(run)
    lost = f"SELECT 1 FROM ({turned}) UNION ALL SELECT 1 FROM new_withdrawn_statement LIMIT 1"  # noqa: S608 - ours
    if not run.db.run(lost):
        return
    run.session.replace(
        "first_seen",
        _FIRST_SEEN.format(gone=dead_refunds(run), turned=turned),
        {"batch": run.session.batch},
        order_by=LAKE["first_seen"].order,
        keep_batch=True,
    )


_FIRST_SEEN = """
WITH gone AS ({gone}),
refund AS (FROM lake_refund_statement UNION ALL FROM new_refund_statement),
statement AS (FROM lake_order_statement UNION ALL FROM new_order_statement),
asked AS (
    SELECT identity_id FROM refund SEMI JOIN ({turned}) USING (refund_key)
    UNION SELECT identity_id FROM statement SEMI JOIN new_withdrawn_statement USING (seq)
),
dated AS (
    SELECT identity_id, valid_from AS "at" FROM statement
    ANTI JOIN lake_withdrawn_statement USING (seq) ANTI JOIN new_withdrawn_statement USING (seq)
    UNION ALL SELECT identity_id, "at" FROM refund ANTI JOIN gone USING (refund_key)
    UNION ALL SELECT identity_id, occurred_at FROM lake_event
    UNION ALL SELECT identity_id, occurred_at FROM new_event
    UNION ALL SELECT identity_id, "at" FROM lake_customer_statement
    UNION ALL SELECT identity_id, "at" FROM new_customer_statement
    UNION ALL SELECT identity_id, "at" FROM lake_consent
    UNION ALL SELECT identity_id, "at" FROM new_consent
)
SELECT identity_id, min(first_at) AS first_at, max(batch) AS batch
FROM (
    SELECT identity_id, first_at, batch FROM lake_first_seen ANTI JOIN asked USING (identity_id)
    UNION ALL
    SELECT identity_id, first_at, batch FROM new_first_seen ANTI JOIN asked USING (identity_id)
    UNION ALL
    SELECT identity_id, "at", CAST($batch AS INTEGER) FROM dated SEMI JOIN asked USING (identity_id)
    WHERE "at" IS NOT NULL
)
GROUP BY identity_id
"""
"""One row of each: a table that is one file has an identity once."""
