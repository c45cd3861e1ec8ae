"""What an import told, once it is written: what counts of it, and what does not (yet)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.collect.report import FileReport, ImportReport

if TYPE_CHECKING:
    from stamgast.collect.mapping import Mapping
    from stamgast.collect.run import Run

_ORDERS = "SELECT count(*), coalesce(sum(total), 0) FROM new_order_statement WHERE said IS NOT NULL"
_ORDERS_JOINED = """
SELECT count(*), coalesce(sum(total), 0)
FROM (SELECT arg_max(total, seq) AS total FROM new_order_statement GROUP BY order_key)
"""
"""An order once, though it and its lines were both said."""

_COUNTING = """
WITH state AS (
    SELECT order_key, max_by(counts, version) AS counts, max_by(total, version) AS total,
        max_by(identity_id, version) AS identity_id
    FROM new_order_version
    WHERE order_key IN (SELECT order_key FROM new_order_statement)
    GROUP BY order_key
)
SELECT count(*) FILTER (counts), coalesce(sum(total) FILTER (counts), 0),
    count(DISTINCT coalesce(p.profile_id, s.identity_id)) FILTER (counts), count(*) FILTER (NOT counts)
FROM state AS s LEFT JOIN {persons} AS p ON p.identifier_id = s.identity_id
"""
"""How the orders that were told stand after all that is known of them."""

_WAITING = """
SELECT count(*) FROM (
    SELECT order_key FROM fresh_statement GROUP BY order_key
    HAVING bool_and(part = 'order_lines' AND lacks)
)
"""
"""Orders of which only lines without an instant are known."""

_REFUNDS = """
SELECT count(*), coalesce(sum(amount), 0), count(*) FILTER (approximate) FROM new_refund_statement
"""


def summary(run: Run, mapping: Mapping, files: tuple[FileReport, ...]) -> ImportReport:
    """The report of an import that is written, but not committed."""
    wrote = run.session.wrote
    orders = run.db.run(_ORDERS_JOINED if run.joined else _ORDERS)[0]
    refunds = run.db.run(_REFUNDS)[0] if wrote("refund_statement") else (0, 0, 0)
    events = run.db.run("SELECT count(*) FROM new_event")[0][0] if wrote("event") else 0
    heads = run.db.run(
        "SELECT count(DISTINCT identity_id), epoch_us(min(first_at)), epoch_us(max(last_at)) FROM who"
    )[0]
    # a table of persons that this import wrote is whole
    counted = _COUNTING.format(persons="new_person" if wrote("person") else "lake_person")
    counting, counting_minor, buyers, others = run.db.run(counted)[0]
    waiting = run.db.run(_WAITING)[0][0] if run.mapping.joins and run.of_kind("order_lines") else 0
    return ImportReport(
        batch=run.session.batch,
        source=mapping.source,
        mapping=mapping.source,
        files=files,
        orders=orders[0],
        orders_counting=counting,
        orders_not_counting=others - waiting,
        orders_waiting=waiting,
        buyers=buyers,
        refunds=refunds[0],
        refunds_undated=refunds[2],
        events=events,
        customers=heads[0],
        first_at=heads[1],
        last_at=heads[2],
        total_minor=int(orders[1]),
        counting_minor=int(counting_minor),
        refunded_minor=int(refunds[1]),
        currency=run.currency,
        sets={},
    )
