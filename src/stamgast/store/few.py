"""The rows of few profiles, fetched once into tables of their own for what is asked about them.

A question reads the log for each kind of rows it is made of, all of it, for maybe a few profiles.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from stamgast.model.tables import EVENT
from stamgast.store.parsed import execute
from stamgast.store.scripts import OF_PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from stamgast.store.scripts import Script

FEW = "few_"
"""Before the names of these tables."""
MOST_ASKED = 200_000
"""For so many rows of ``ask`` at most rows are fetched for one question."""
MOST_KEPT = 50_000
"""For so many profiles at most they are kept for several questions."""


class FewRows:
    """The tables ``few_profile``, ``few_event``, ... of one engine; of one set of profiles at a time.

    On a connection one engine at a time may hold them; another one that begins meanwhile is an error
    of DuckDB, not a wrong answer.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, told: tuple[str, ...]) -> None:
        """``told``: the columns of ``event`` that ``bare_event`` does not have filled."""
        self._db = db
        self._told = told
        self._held: dict[str, tuple[str, ...]] = {}
        self._fetched: dict[str, set[str]] = {}
        self._opened = False
        self.kept = False
        """Whether what is asked now is about profiles whose rows are kept for several questions."""

    @contextmanager
    def of(self, profiles: str) -> Iterator[None]:
        """Within, the tables are of these profiles: a query of ``profile_id``."""
        self._forget()
        self._opened = True
        execute(
            self._db,
            f"CREATE TEMP TABLE few_profile AS SELECT DISTINCT profile_id FROM ({profiles})",  # noqa: S608 - the caller's query
        )
        try:
            yield
        finally:
            self._forget()

    @contextmanager
    def kept_of(self, profiles: str) -> Iterator[None]:
        """The same for several questions, if they are few; of some of those kept now, nothing happens."""
        if self.kept and not self._others(profiles):
            yield
            return
        self.kept = False
        with self.of(profiles):
            self.kept = self.are_few("few_profile", MOST_KEPT)
            try:
                yield
            finally:
                self.kept = False

    def are_few(self, table: str, most: int = MOST_ASKED) -> bool:
        """Whether a table has no more rows."""
        [(many,)] = execute(self._db, f'SELECT count(*) FROM "{table}"').fetchall()  # noqa: S608 - our own name
        return bool(many <= most)

    def fetch(self, script: Script) -> None:
        """Make the tables and columns that a script reads and that are not there yet."""
        for table in sorted(script.read):
            wanted = {name for name in self._columns(table) if name in script.named}
            had = self._fetched.get(table)
            if had is not None and wanted <= had:
                continue
            self._fetched[table] = wanted = wanted | (had or set())
            bare = table == EVENT.name and self._told and not wanted & {*self._told}
            columns = ", ".join(f'"{name}"' for name in self._columns(table) if name in wanted)
            execute(
                self._db,
                f'CREATE OR REPLACE TEMP TABLE "{FEW}{table}" AS SELECT {columns} '  # noqa: S608 - our own names
                f'FROM "{"bare_" if bare else ""}{table}" '
                "WHERE profile_id IN (SELECT profile_id FROM few_profile)",
            )

    def _columns(self, table: str) -> tuple[str, ...]:
        if not self._held:
            self._held = {one.name: self._described(one.name) for one in OF_PROFILES}
        return self._held[table]

    def _described(self, table: str) -> tuple[str, ...]:
        found = execute(self._db, f'DESCRIBE "{table}"').fetchall()
        return tuple(name for name, *_ in found)

    def _others(self, profiles: str) -> bool:
        """Whether the query finds somebody whose rows were not looked up."""
        query = "profile_id NOT IN (SELECT profile_id FROM few_profile) LIMIT 1"
        found = execute(self._db, f"SELECT 1 FROM ({profiles}) WHERE {query}")  # noqa: S608 - the caller's query
        return bool(found.fetchall())

    def _forget(self) -> None:
        if self._opened:
            for table in ("profile", *self._fetched):
                execute(self._db, f'DROP TABLE IF EXISTS temp."{FEW}{table}"')
        self._fetched.clear()
        self._opened = False
