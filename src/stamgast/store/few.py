"""The rows of few profiles, fetched once into tables of their own for what is asked about them.

A question reads the log for each kind of rows it is made of, all of it, for maybe a few profiles. Which
rows are copied for whom, and how this goes with ``gathered.py`` and ``sample.py``: docs/adr/0008.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.model.tables import EVENT, ORDER_LINE, ORDER_VERSION
from stamgast.store.parsed import execute
from stamgast.store.scripts import OF_PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    import duckdb

    from stamgast.store.engine_views import FewSources
    from stamgast.store.scripts import Script

FEW = "few_"
"""Before the names of these tables."""
OF_LINES = (
    "profile_id",
    "order_key",
    "order_id",
    "ordered_at",
    "valid_from",
    "valid_to",
    "counts",
    "lines_seq",
)
"""What lines have of the state of their order."""
MOST_ASKED = 200_000
"""For so many rows of ``ask`` at most rows are fetched for one question."""
MOST_KEPT = 50_000
"""For so many profiles at most they are kept for several questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcuts:
    """What is known of a log's tables that makes questions cheaper.

    ``seen_often``: there is a table ``seen`` (``profile_id``, ``first_at``), of which ``presence`` has the
    least instant of each profile; it is read instead where that is faster. ``told``: the columns of
    ``event`` that are filled otherwise in a table ``bare_event``; it is read instead where nobody asks
    for them. ``few``: where the rows of few profiles are found, for a prefix (see ``FewRows``); None: in
    the tables that have everybody's.
    """

    seen_often: bool = False
    told: tuple[str, ...] = ()
    few: Callable[[str], FewSources] | None = None


class FewRows:
    """The tables ``few_profile``, ``few_event``, ... of one engine; of one set of profiles at a time.

    On a connection one engine at a time may hold them; another one that begins meanwhile is an error
    of DuckDB, not a wrong answer.
    """

    def __init__(
        self, db: duckdb.DuckDBPyConnection, shortcuts: Shortcuts, prefix: str = FEW
    ) -> None:
        """``prefix``: before the names of the tables, in place of ``few_``."""
        self._db = db
        self._told = shortcuts.told
        self.sources = None if shortcuts.few is None else shortcuts.few(prefix)
        """Where rows are found; None: in the tables that have everybody's."""
        self.prefix = prefix
        self._held: dict[str, tuple[str, ...]] = {}
        self._fetched: dict[str, set[str]] = {}
        self._opened = False
        self.kept = False
        """Whether what is asked now is about profiles whose rows are kept for several questions."""

    @contextmanager
    def of(self, profiles: str) -> Iterator[None]:
        """Within, the tables are of these profiles: a query of ``profile_id``."""
        self.begin(f"SELECT DISTINCT profile_id FROM ({profiles})")  # noqa: S608 - the caller's query
        try:
            yield
        finally:
            self._forget()

    def begin(self, profiles: str, bound: Mapping[str, object] | None = None) -> None:
        """From now on the tables are of these profiles, each once: a query of ``profile_id`` and more."""
        self._forget()
        self._opened = True
        execute(self._db, f'CREATE TEMP TABLE "{self.prefix}profile" AS {profiles}', bound)
        if self.sources is not None:
            made = self.sources.identity
            execute(self._db, f'CREATE TEMP TABLE "{self.prefix}identity" AS {made}')

    @contextmanager
    def kept_of(self, profiles: str) -> Iterator[None]:
        """The same for several questions, if they are few; of some of those kept now, nothing happens."""
        if self.kept and not self._others(profiles):
            yield
            return
        self.kept = False
        with self.of(profiles):
            self.kept = self.are_few(f"{self.prefix}profile", MOST_KEPT)
            try:
                yield
            finally:
                self.kept = False

    @property
    def membership(self) -> str:
        """A table or query of the stays on record of those whose rows are kept, maybe of others too."""
        if self.kept and self.sources is not None:
            return f"({self.sources.membership})"
        return "membership"

    def are_few(self, table: str, most: int = MOST_ASKED) -> bool:
        """Whether a table has no more rows."""
        [(many,)] = execute(self._db, f'SELECT count(*) FROM "{table}"').fetchall()  # noqa: S608 - our own name
        return bool(many <= most)

    def fetch(self, script: Script) -> None:
        """Make the tables and columns that a script reads and that are not there yet."""
        wanted = {table: self._wanted(table, script.named) for table in script.read}
        lines = ORDER_LINE.name in wanted and self.sources is not None
        if lines:  # they are found by the orders, which are few then
            wanted.setdefault(ORDER_VERSION.name, set()).update(OF_LINES)
        for table in sorted(wanted, key=lambda name: (name == ORDER_LINE.name, name)):
            self._fetch(table, wanted[table])

    def _wanted(self, table: str, named: Collection[str]) -> set[str]:
        """The columns to fetch: what is kept for several questions, but for events, all at once."""
        every = self.kept and table != EVENT.name
        return {name for name in self._columns(table) if every or name in named}

    def _fetch(self, table: str, wanted: set[str]) -> None:
        had = self._fetched.get(table)
        if had is not None and wanted <= had:
            return
        self._fetched[table] = wanted = wanted | (had or set())
        columns = ", ".join(f'"{name}"' for name in self._columns(table) if name in wanted)
        execute(
            self._db,
            f'CREATE OR REPLACE TEMP TABLE "{self.prefix}{table}" AS SELECT {columns} '  # noqa: S608 - our own names
            f"FROM {self._source(table, wanted)} "
            f'WHERE profile_id IN (SELECT profile_id FROM "{self.prefix}profile")',
        )

    def _source(self, table: str, wanted: set[str]) -> str:
        bare = table == EVENT.name and self._told and not wanted & {*self._told}
        name = f"bare_{table}" if bare else table
        if self.sources is None:
            return f'"{name}"'
        if table == ORDER_LINE.name:
            return f"({self.sources.lines(self.prefix + ORDER_VERSION.name)})"
        return f"({self.sources.rows[name]})"

    def _columns(self, table: str) -> tuple[str, ...]:
        if not self._held:
            self._held = {one.name: self._described(one.name) for one in OF_PROFILES}
        return self._held[table]

    def _described(self, table: str) -> tuple[str, ...]:
        found = execute(self._db, f'DESCRIBE "{table}"').fetchall()
        return tuple(name for name, *_ in found)

    def _others(self, profiles: str) -> bool:
        """Whether the query finds somebody whose rows were not looked up."""
        query = f'profile_id NOT IN (SELECT profile_id FROM "{self.prefix}profile") LIMIT 1'  # noqa: S608 - our own name
        found = execute(self._db, f"SELECT 1 FROM ({profiles}) WHERE {query}")  # noqa: S608 - the caller's query
        return bool(found.fetchall())

    def _forget(self) -> None:
        if self._opened:
            for table in ("profile", "identity", *self._fetched):
                execute(self._db, f'DROP TABLE IF EXISTS temp."{self.prefix}{table}"')
        self._fetched.clear()
        self._opened = False
