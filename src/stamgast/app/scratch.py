"""What a question leaves on the shop's connection, and that it goes when the question is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.database import quoted
from stamgast.store.midnight import SCORES
from stamgast.store.sample import SAMPLE

if TYPE_CHECKING:
    from stamgast.store.database import Database

_HELD = """
    SELECT 'VIEW' AS kind, view_name AS name FROM duckdb_views() WHERE temporary AND NOT internal
    UNION ALL
    SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary
    """


def held(database: Database) -> frozenset[tuple[str, str]]:
    """The temporary views and tables there are, as (kind, name); a registered one is a view."""
    return frozenset((str(kind), str(name)) for kind, name in database.run(_HELD))


def clear(database: Database, kept: frozenset[tuple[str, str]]) -> None:
    """Drop them but for these: they may be as large as the shop, and an open shop would keep them for nobody."""
    for kind, name in sorted(held(database) - kept, reverse=True):
        if name.startswith((SCORES, SAMPLE)):
            continue
        if kind == "VIEW":
            database.unregister(name)  # of a table of Arrow's that is also the end
        database.run(f"DROP {kind} IF EXISTS temp.{quoted(name)}")
