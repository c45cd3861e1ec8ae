"""Queries that users write themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from stamgast.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa

    from stamgast.store.database import Database


def ask_as_written(database: Database, query: str) -> pa.Table:
    """The rows of a user's own query. What is wrong with it is a UserError ``sql.invalid``."""
    try:
        return database.arrow(query)
    except duckdb.Error as error:
        raise UserError(
            "sql.invalid",
            f"the query cannot be asked: {str(error).strip()}",
            hint="the tables and their columns are in docs/tables.md",
        ) from None
