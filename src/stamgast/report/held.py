"""What is held about a person by table, in words that people understand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNDERSTOOD = (
    "event",
    "attribute",
    "customer_statement",
    "extension",
    "consent",
    "membership",
    "order_statement",
    "order_line",
    "refund_statement",
)
"""Tables whose rows people understand; the others are told as one, ``other``."""


def understood(rows: Mapping[str, int]) -> dict[str, int]:
    """What is held by table, as people are told of it; nothing that is 0."""
    known = {table: many for table, many in rows.items() if table in UNDERSTOOD}
    told = {**known, "other": sum(rows.values()) - sum(known.values())}
    return {name: many for name, many in told.items() if many}
