"""A thin hand on one in-memory DuckDB connection."""

from __future__ import annotations

import os
import shutil
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

from stamgast.store.faults import faults
from stamgast.store.parsed import execute, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pyarrow as pa
    from sqlglot import exp

    Parameters: TypeAlias = "Mapping[str, object] | Sequence[object] | None"

Query: TypeAlias = "str | exp.Expression"

SPILL = "spill-"
"""What the folder's name begins with that a connection spills in; then its process and a number."""

_numbers = count(1)


def text_of(query: Query) -> str:
    """The DuckDB text of a query; names are quoted, since ``at`` and others are reserved words."""
    return query if isinstance(query, str) else query.sql(dialect="duckdb", identify=True)


class Database:
    """One in-memory DuckDB connection: session zone UTC, spills under the shop's own folder.

    Instants (TIMESTAMPTZ) can be read by ``arrow`` or, through ``epoch_us(...)``, by ``run``; a bare
    TIMESTAMPTZ in ``run`` would need a package that we do not have.
    """

    def __init__(
        self, data: Path, *, memory_limit: str | None = None, threads: int | None = None
    ) -> None:
        """Data: the folder to spill in; the limits are DuckDB's own (80 % of memory, all cores)."""
        # straight below data: DuckDB makes the folder when it first spills, but not one above it
        self._spill = data / f"{SPILL}{os.getpid()}-{next(_numbers)}"
        config: dict[str, Any] = {
            "temp_directory": str(self._spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if memory_limit is not None:
            config["memory_limit"] = memory_limit
        if threads is not None:
            config["threads"] = threads
        self._where = data
        self.connection = duckdb.connect(":memory:", config=config)
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET parquet_metadata_cache = true")

    def confine(self, folder: Path) -> None:
        """From now on no file is read or written but below this folder, and no setting changes.

        DuckDB goes on spilling: the folder it spills in stays allowed.
        """
        self.connection.execute(f"SET allowed_directories = [{literal(str(folder.resolve()))}]")
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")

    def faults(self) -> AbstractContextManager[None]:
        """What goes wrong inside, outside us, becomes a UserError: see ``store.faults``."""
        return faults(self._where)

    def run(self, query: Query, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """Execute one statement and fetch all its rows.

        Raises UserError for a full disk, a read-only folder, a missing or a damaged file.
        """
        with faults(self._where):
            result = execute(self.connection, text_of(query), parameters)
            return result.fetchall()

    def arrow(self, query: Query, parameters: Parameters = None) -> pa.Table:
        """Execute one query; its rows as an Arrow table. Errors as for ``run``."""
        with faults(self._where):
            statement = parsed(self.connection, text_of(query))
            return self.connection.sql(statement, params=parameters).to_arrow_table()

    def register(self, name: str, data: object) -> None:
        """Let queries read an Arrow table (or anything DuckDB takes) by a name."""
        self.connection.register(name, data)

    def unregister(self, name: str) -> None:
        """Forget a name given by ``register``."""
        self.connection.unregister(name)

    def describe(self, query: Query, parameters: Parameters = None) -> list[tuple[str, str]]:
        """Names and types of the columns of a query, without running it."""
        rows = self.run(f"DESCRIBE {text_of(query)}", parameters)
        return [(str(name), str(kind).strip('"')) for name, kind, *_ in rows]

    def close(self) -> None:
        """End the connection and remove what it spilled."""
        self.connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)


def quoted(name: str) -> str:
    """A name as DuckDB reads it, whatever it is made of."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def literal(text: str) -> str:
    """A text as a DuckDB constant; for the few places that take no parameter (views)."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
