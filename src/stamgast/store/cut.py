"""A reader that knows only what had happened by an instant: to ask what comes if nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.model import tables
from stamgast.store.database import quoted

if TYPE_CHECKING:
    from stamgast.model.log import Instant
    from stamgast.store.reading import Reader


def cut_at(reader: Reader, t: Instant) -> Reader:
    """Make the engine views of a reader those of the rows up to ``t``; returns the same reader.

    States of orders and refunds that began by then last for ever. Rows dated ahead that were said by
    then are left out too: ask about the last instant of the log, uncut, to have them.
    """
    lasting = f"CASE WHEN valid_to <= {int(t)} THEN valid_to END AS valid_to"
    for contract, instant, replace in (
        (tables.ORDER_VERSION, "valid_from", lasting),
        (tables.ORDER_LINE, "valid_from", lasting),
        (tables.LOOSE_REFUND, "valid_from", lasting),
        (tables.EVENT, "occurred_at", ""),
        (tables.ATTRIBUTE, "at", ""),
        (tables.EXTENSION, "at", ""),
        (tables.CONSENT, "at", ""),
        (tables.PRESENCE, "first_at", ""),
    ):
        name, whole = quoted(contract.name), quoted(f"whole_{contract.name}")
        reader.db.run(f"ALTER VIEW {name} RENAME TO {whole}")
        replaced = f" REPLACE ({replace})" if replace else ""
        reader.db.run(
            f"CREATE VIEW {name} AS SELECT *{replaced} FROM {whole} "  # noqa: S608 - our own names and a number
            f"WHERE {quoted(instant)} IS NULL OR {quoted(instant)} <= {int(t)}"
        )
    reader.cut = True
    return reader
