"""Which statements of refunds count: not those withdrawn, and of one refund those of one source.

The same refund may be reported by several sources. As with orders the lowest source rank wins, then
the latest said; but a source's statements of one refund add up, so it is the source that is chosen.
"""

from __future__ import annotations

DEAD_REFUNDS = ("withdrawn_refund", "outranked_refund")
"""Tables of the keys of statements that do not count."""


def live_refunds(outranked: str = "lake_outranked_refund") -> str:
    """A query: the statements in the lake that count."""
    return (
        "SELECT r.* FROM lake_refund_statement AS r "  # noqa: S608 - our own tables
        "ANTI JOIN lake_withdrawn_refund USING (refund_key) "
        f"ANTI JOIN {outranked} USING (refund_key)"
    )


def outranked_refunds(statements: str) -> str:
    """A query: the keys of the statements that another source's word on the same refund replaces.

    ``statements``: a table with ``refund_key``, ``base_key`` (the refund), ``source``,
    ``source_rank``, ``received_at`` and ``batch`` of the statements that are not withdrawn.
    """
    return f"""
        WITH best AS (
            SELECT base_key, arg_min(source, struct_pack(
                rank := source_rank, received := -epoch_us(received_at), batch := -batch)) AS source
            FROM {statements} GROUP BY base_key HAVING count(DISTINCT source) > 1
        )
        SELECT s.refund_key FROM {statements} AS s JOIN best USING (base_key)
        WHERE s.source <> best.source
        """  # noqa: S608 - our own tables
