"""A shop's data on one machine: ``data/stamgast.sqlite``, ``data/lake`` and the writer lock."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.clock import SystemClock
from stamgast.errors import UserError
from stamgast.store import catalogue as tables
from stamgast.store.catalogue import Catalogue
from stamgast.store.compact import compact, due
from stamgast.store.database import Database
from stamgast.store.faults import faults
from stamgast.store.files import LakeFile, listed, sweep, sweep_spills
from stamgast.store.lock import writer_lock
from stamgast.store.owned import Vocabulary
from stamgast.store.writing import Verdict, WriteSession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stamgast.clock import Clock
    from stamgast.store.reading import Reader


class ShopStore:
    """Opens a shop's data, or makes it; many may read while one writes.

    ``folder``: the shop's folder; ``zone``: the IANA name of its time zone.
    """

    def __init__(
        self,
        folder: Path,
        zone: str,
        *,
        clock: Clock | None = None,
        memory_limit: str | None = None,
        threads: int | None = None,
    ) -> None:
        """Bring the operational store up to date. Raises UserError as ``faults`` and ``store.newer``."""
        self.folder = folder
        self.zone = zone
        self.data = folder / "data"
        self.lake = self.data / "lake"
        self.clock = clock or SystemClock()
        self._memory_limit = memory_limit
        self._threads = threads
        with faults(self.data):
            if not self.lake.is_dir():
                self.folder.mkdir(parents=True, exist_ok=True)
                self.data.mkdir(mode=0o700, exist_ok=True)  # all that is known about persons
                self.lake.mkdir(exist_ok=True)
        self.catalogue = Catalogue(self.data / "stamgast.sqlite")
        self.catalogue.migrate()
        self.writes = 0
        """How often a write began or ended here: what was read before it may be old."""

    def database(self) -> Database:
        """A new in-memory DuckDB connection that spills under ``data``."""
        return Database(self.data, memory_limit=self._memory_limit, threads=self._threads)

    @contextmanager
    def writing(self, kind: str) -> Iterator[WriteSession]:
        """Be the one writer while inside. ``kind``: what for (``import``, ``refresh``, ...).

        Leaving without ``commit`` means that nothing happened. Raises UserError ``store.locked`` at
        once when there is a writer already.
        """
        now = self.clock.now()
        with writer_lock(self.data, kind, now), self.catalogue.kept_open():
            with faults(self.lake):
                sweep(self.lake, self.catalogue, now)
                sweep_spills(self.data)
            self.writes += 1
            try:
                with self._session(kind) as session:
                    yield session
            finally:
                self.writes += 1
            if session.committed:
                self._tidy()

    @contextmanager
    def _session(self, kind: str) -> Iterator[WriteSession]:
        session = WriteSession(kind, self.lake, self.catalogue, self.database(), self.clock)
        try:
            yield session
        finally:
            session.close()

    def _tidy(self) -> None:
        """Merge small files where they are many. What was committed stands, also when this fails."""
        with suppress(UserError):
            if self.catalogue.erased_somebody():
                self.catalogue.flush(wait_ms=0)
        tables_due = due(self.files())
        if not tables_due:
            return
        with suppress(UserError), self._session("compact") as session:
            with self.catalogue.reading() as connection:
                refreshed = connection.execute(
                    sa.select(sa.func.max(tables.refresh.c.batch))
                ).scalar()
            compact(session, tables_due, refreshed)
            session.commit()

    def reading(
        self,
        vocabulary: Vocabulary | None = None,
        files: tuple[LakeFile, ...] | None = None,
    ) -> Reader:
        """The shop as it is now; safe in any process, also during an import. Close it after use.

        ``files``: others than those listed, such as what a write session would commit.
        """
        from stamgast.store.reading import Reader  # noqa: PLC0415 - writers do without

        return Reader(self, vocabulary or Vocabulary(), files)

    # --- what is small ----------------------------------------------------------------------------

    def files(self) -> tuple[LakeFile, ...]:
        """The files of the lake that the catalogue lists now."""
        with self.catalogue.reading() as connection:
            return listed(connection)

    def version(self) -> int:
        """A number that changes with each commit; 0: nothing was ever committed."""
        with self.catalogue.reading() as connection:
            found = connection.execute(
                sa.select(tables.counter.c.last).where(tables.counter.c.name == "version")
            ).scalar()
        return int(found or 0)

    def applied(self) -> dict[str, str]:
        """The definition files (name -> text) that were applied last; empty: never any."""
        table = tables.applied_definition
        with self.catalogue.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.name)).all()
        return {row.name: row.text for row in rows}

    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict ever given, in order; those that stand have no ``withdrawn_at``."""
        table = tables.verdict
        with self.catalogue.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()
        return tuple(Verdict(**row) for row in rows)
