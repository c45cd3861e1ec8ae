"""What a question leaves on the shop's connection, and that it goes when the question is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.database import quoted

if TYPE_CHECKING:
    from stamgast.store.database import Database

NAMES = r"(asked|glance|insight|flow|suggest|draft|plan)(_.*)?|at_[0-9]+|year_worth|worth|stay_at|given|asking|answered"
"""Tables that app and measure make to put one question; those of engines are not among them."""

_LEFT = """
    SELECT 'VIEW' AS kind, view_name AS name FROM duckdb_views()
    WHERE temporary AND NOT internal AND regexp_full_match(view_name, $names)
    UNION ALL
    SELECT 'TABLE', table_name FROM duckdb_tables()
    WHERE temporary AND regexp_full_match(table_name, $names)
    """


def clear(database: Database) -> None:
    """Drop them: they may be as large as the shop, and an open shop would keep them for nobody."""
    for kind, name in sorted(database.run(_LEFT, {"names": NAMES}), reverse=True):
        if kind == "VIEW":
            database.unregister(name)  # of a table of Arrow's that is also the end
        database.run(f"DROP {kind} IF EXISTS temp.{quoted(name)}")
