"""One write: new files for the lake, then one transaction that makes them exist."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from stamgast.clock import to_micros
from stamgast.errors import InternalError
from stamgast.store import catalogue as tables
from stamgast.store import recording
from stamgast.store.database import Database, literal, quoted, text_of
from stamgast.store.faults import faults
from stamgast.store.files import PART, LakeFile, fingerprint, listed, new_name, remove, sync
from stamgast.store.lake import BATCH, DERIVED_OF_ORDERS, INSTANT, LAKE, PROPERTY_PREFIX
from stamgast.store.quarantine import Ledger
from stamgast.store.trace import trace_of
from stamgast.store.views import create_lake_view, create_lake_views

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from stamgast.clock import Clock
    from stamgast.store.catalogue import Catalogue
    from stamgast.store.database import Query
    from stamgast.store.lake import LakeTable
    from stamgast.store.quarantine import Kept, QuarantinedRow
    from stamgast.store.trace import Trace

ROW_GROUP_ROWS = 122_880
_WIDENED = frozenset(
    {"NULL", "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file that was read: where it lay, what it was, and what came of its rows."""

    path: str
    sha256: str
    bytes: int
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """What a write was, for the books."""

    source: str | None = None
    mapping: str | None = None
    files: tuple[ImportedFile, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    mapping_text: str | None = None
    """The mapping itself, as JSON."""
    refreshed_at: int | None = None
    """For a refresh: the instant it asked about."""
    statistics: Mapping[str, object] | None = None
    """For a refresh: the shop's figures at its midnight (``store.standings``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's word on two identifiers: the same person, or never. ``id`` None: not stored yet."""

    kind: str
    a: int
    b: int
    by: str
    at: int
    withdrawn_at: int | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Somebody who is erased: the trace they leave, and what goes of the operational store."""

    by: str
    digests: frozenset[bytes]
    identifiers: frozenset[int]
    quarantined: frozenset[int]
    """Ids of rows in quarantine that hold an identifier of theirs."""
    counts: Mapping[str, int]


class WriteSession:
    """What one holder of the writer lock does; nothing of it exists before ``commit``.

    ``db`` has the views ``lake_<table>`` (the lake when the session began, raw) and ``new_<table>``
    (what this session wrote). ``batch`` is the number of this import; ``committed``: whether it is done;
    ``called``: by what name a file is known that is read elsewhere; ``of_erased``: per batch the orders and
    refunds of erased persons that its files say, as (kind, key), which are left out.
    """

    def __init__(
        self, kind: str, lake: Path, catalogue: Catalogue, db: Database, clock: Clock
    ) -> None:
        """Made by ``ShopStore.writing``."""
        self.kind = kind
        self.db = db
        self.lake = lake
        self.now = clock.now()
        self._clock = clock
        self._catalogue = catalogue
        self._new: list[LakeFile] = []
        self._dropped: set[str] = set()
        self.called: dict[str, str] = {}
        self.of_erased: dict[int, set[tuple[str, str]]] = {}
        self._earlier = 0
        self._undone: int | None = None
        self._erasure: Erasure | None = None
        self._told_again: dict[int, ImportRecord] = {}
        self._verdicts: list[Verdict] = []
        self._definitions: dict[str, str] | None = None
        self._rules: dict[str, str] = {}
        self._syncing: dict[str, Future[None]] = {}
        self._syncer = ThreadPoolExecutor(max_workers=1)
        self.committed = False
        with catalogue.reading() as connection:
            self.files = listed(connection)
            self._counters: dict[str, int] = {
                row.name: row.last for row in connection.execute(sa.select(tables.counter))
            }
            last = connection.exec_driver_sql(
                "SELECT seq FROM sqlite_sequence WHERE name = 'import_batch'"
            ).scalar()
        self.batch = int(last or 0) + 1
        self._before = frozenset(file.table for file in self.files)
        create_lake_views(db, self.lake, self.files)
        create_lake_views(db, self.lake, (), prefix="new_")

    # --- the lake ---------------------------------------------------------------------------------

    def write(
        self,
        table: str,
        select: Query,
        params: Mapping[str, object] | None = None,
        *,
        order_by: Sequence[str] = (),
        keep_batch: bool = False,
    ) -> int:
        """Write the rows of a query to a new file of the table; returns how many.

        The query has exactly the columns of the table, in any order and without ``batch`` (events also
        ``p_...``). ``order_by``: how to sort; none: the rows stay in the order of the query.
        ``keep_batch``: the query gives ``batch`` itself (compaction). No rows: no file.
        Raises InternalError when the columns are not the table's; UserError as ``faults``.
        """
        contract = LAKE[table]
        given: dict[str, object] = dict(params or {})
        columns, header = _cast(contract, self.db.describe(select, params), keep_batch=keep_batch)
        if not keep_batch:
            columns += ", $this_batch::INTEGER AS batch"
            header = (*header, "batch")
            given["this_batch"] = self.batch
        body = f"SELECT {columns} FROM ({text_of(select)}) AS rows"  # noqa: S608 - names are quoted
        if order_by:
            body += " ORDER BY " + ", ".join(quoted(name) for name in order_by)
        path = new_name(table, self.batch)
        with faults(self.lake):
            (self.lake / table).mkdir(parents=True, exist_ok=True)
        part = self.lake / (path + PART)
        stats = self.db.run(
            # the path is bound: the text is the same in every import, and is parsed once
            f"COPY ({body}) TO $this_file (FORMAT parquet, "
            f"COMPRESSION {contract.compression}, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, "
            "USE_TMP_FILE false, RETURN_STATS)",
            {**given, "this_file": str(part)},
        )
        rows = int(stats[0][1])
        if rows == 0:
            part.unlink()
            return 0
        self._add(self._described(contract, path, header, stats[0]))
        return rows

    def replace(
        self,
        table: str,
        select: Query,
        params: Mapping[str, object] | None = None,
        *,
        order_by: Sequence[str] = (),
        keep_batch: bool = False,
    ) -> int:
        """Like ``write``, and on commit the table is these rows alone."""
        fresh = [file.path for file in self._new if file.table == table]
        rows = self.write(table, select, params, order_by=order_by, keep_batch=keep_batch)
        self.drop(file.path for file in self.files if file.table == table)
        self._earlier -= sum(file.path in fresh for file in self._new[: self._earlier])
        self._new = [file for file in self._new if file.path not in fresh]
        for path in fresh:
            wait([self._syncing.pop(path)])
            remove(self.lake, path + PART)
        self._show(table)
        return rows

    def replace_orders(self, select: Query, params: Mapping[str, object] | None = None) -> int:
        """Declare dead what earlier batches derived from these orders (a query of ``order_key``).

        Returns how many orders; 0 without a write when nothing was derived from any order yet.
        """
        if not any(file.table in DERIVED_OF_ORDERS for file in self.files):
            return 0
        body = f"SELECT DISTINCT order_key FROM ({text_of(select)}) AS touched"  # noqa: S608 - a query of ours
        return self.write("replaced", body, params, order_by=LAKE["replaced"].order)

    def had(self, table: str) -> bool:
        """Whether ``lake_<table>`` has rows."""
        return table in self._before

    def wrote(self, table: str) -> bool:
        """Whether ``new_<table>`` has rows."""
        return any(file.table == table for file in self._new[self._earlier :])

    def drop(self, paths: Iterable[str]) -> None:
        """Unlist these files on commit; they stay on the disk for their grace."""
        self._dropped.update(paths)

    # --- several batches in one session: an undo -----------------------------------------------------

    def continue_as(self, batch: int, db: Database) -> None:
        """Go on as another batch, on a fresh connection: what was written so far is in the lake."""
        wait(self._syncing.values())
        self.db.close()
        self.db, self.batch = db, batch
        self._earlier = len(self._new)
        self.files = tuple(file for file in self.files if file.path not in self._dropped)
        self._before = frozenset(file.table for file in self.as_files())
        create_lake_views(db, self.lake, self.as_files())
        create_lake_views(db, self.lake, (), prefix="new_")

    def as_files(self) -> tuple[LakeFile, ...]:
        """The files of the lake as it would be after a commit, where they are now."""
        kept = (file for file in self.files if file.path not in self._dropped)
        return (*kept, *(replace(file, path=file.path + PART) for file in self._new))

    def undo(self, batch: int, told_again: Mapping[int, ImportRecord]) -> None:
        """Record that an import is undone, and what later ones come to without it."""
        self._undone, self._told_again = batch, dict(told_again)

    # --- what is small ----------------------------------------------------------------------------

    def allot(self, name: str, many: int) -> int:
        """The first of ``many`` consecutive numbers that were never given out; kept by ``commit``.

        Names in use: ``seq`` (positions in the log) and ``identifier``. The first number is 1.
        """
        last = self._counters.get(name, 0)
        self._counters[name] = last + many
        return last + 1

    def imported(self, fingerprints: Iterable[str]) -> frozenset[str]:
        """Those of the SHA-256 fingerprints that are of files imported before this session."""
        table = tables.import_file
        undone = sa.select(tables.undone_batch.c.batch)
        asked = sa.and_(
            table.c.sha256.in_(list(fingerprints)),
            table.c.batch < self.batch,
            table.c.batch.not_in(undone),
            table.c.batch != (self._undone or 0),
        )
        with self._catalogue.reading() as connection:
            return frozenset(connection.execute(sa.select(table.c.sha256).where(asked)).scalars())

    @cached_property
    def ledger(self) -> Ledger:
        """The rows in quarantine, as they are for this session."""
        return Ledger(self._catalogue, self._undone)

    def quarantine(
        self, rows: Iterable[QuarantinedRow], read_before: Collection[str] = ()
    ) -> list[Kept]:
        """Keep rows that could not be understood; see ``Ledger.refuse``."""
        told = [replace(row, file=self.called.get(row.file, row.file)) for row in rows]
        before = {self.called.get(file, file) for file in read_before}
        return self.ledger.refuse(self.batch, told, before)

    def erase(self, erasure: Erasure) -> None:
        """Record that somebody is erased; files that this session drops have no grace."""
        self._erasure = erasure

    @cached_property
    def trace(self) -> Trace:
        """Who was erased before this session."""
        return trace_of(self._catalogue)

    def add_verdict(self, verdict: Verdict) -> None:
        """Record a verdict, or with its ``id`` and ``withdrawn_at`` that it is withdrawn."""
        self._verdicts.append(verdict)

    def rules_of(self, name: str) -> str | None:
        """The rules under which something was worked out last; None: never."""
        return self._rules.get(name) or recording.rules_of(self._catalogue, name)

    def record_rules(self, name: str, text: str) -> None:
        """Record the rules under which something is worked out in this session."""
        self._rules[name] = text

    def record_applied(self, definitions: Mapping[str, str]) -> None:
        """Record these definition files (name -> text) as the applied ones, in place of all others."""
        self._definitions = dict(definitions)

    # --- the end ----------------------------------------------------------------------------------

    def commit(self, record: ImportRecord | None = None) -> int:
        """Make it so: files durable under their names, then one transaction. Returns the batch.

        Killed at any point before that transaction ends, nothing happened. Raises UserError as
        ``faults``; then too nothing happened.
        """
        if self.committed:
            raise InternalError("a session commits once")
        self._make_durable()
        with faults(self.lake), self._catalogue.changing() as connection:
            self._record(connection, record or ImportRecord())
        self.committed = True
        return self.batch

    def close(self) -> None:
        """Forget what was not committed. Called on leaving ``ShopStore.writing``."""
        self._syncer.shutdown(wait=True, cancel_futures=True)
        self.db.close()
        if self.committed:
            return
        with suppress(Exception):  # what is left is swept by the next writer
            with self._catalogue.reading() as connection:
                known = {file.path for file in listed(connection)}
            for file in self._new:
                remove(self.lake, file.path + PART)
                if file.path not in known:
                    remove(self.lake, file.path)

    def _make_durable(self) -> None:
        with faults(self.lake):
            for done in self._syncing.values():
                done.result()
            for file in self._new:
                final = self.lake / file.path
                final.with_name(final.name + PART).rename(final)
            folders = {(self.lake / file.path).parent for file in self._new}
            for folder in (*sorted(folders), self.lake, self.lake.parent):
                sync(folder)

    def _record(self, connection: sa.Connection, record: ImportRecord) -> None:
        ended = self._clock.now()
        recording.batch(connection, self.batch, record, kind=self.kind, span=(self.now, ended))
        recording.dropped(connection, self._dropped, ended)
        recording.files(connection, self._new)
        if self._undone is not None:
            recording.undone(connection, self._undone, self.batch, self._told_again, ended)
        if self._erasure is not None:
            recording.erased(connection, self._erasure, self.batch, ended)
        self.ledger.write(connection)
        recording.verdicts(connection, self._verdicts)
        recording.rules(connection, self._rules)
        if self._definitions is not None:
            recording.definitions(connection, self._definitions, ended)
        version = self.allot("version", 1)
        recording.counters(connection, self._counters)
        if record.refreshed_at is not None:
            recording.refresh(
                connection, self.batch, version, record.refreshed_at, record.statistics
            )

    def _add(self, file: LakeFile) -> None:
        self._new.append(file)
        path = self.lake / (file.path + PART)
        self._syncing[file.path] = self._syncer.submit(sync, path)
        self._show(file.table)

    def _show(self, table: str) -> None:
        """Make ``new_<table>`` the view of what this session wrote."""
        fresh = [
            replace(file, path=file.path + PART)
            for file in self._new[self._earlier :]
            if file.table == table
        ]
        create_lake_view(self.db, LAKE[table], self.lake, fresh, prefix="new_")

    def _described(
        self, table: LakeTable, path: str, header: tuple[str, ...], stats: tuple[Any, ...]
    ) -> LakeFile:
        part = self.lake / (path + PART)
        size, print_ = fingerprint(part)
        known = {name.strip('"'): of for name, of in stats[4].items()}
        low, high = (_instant(known, table.instant, end) for end in ("min", "max"))
        received = _instant(known, "received_at", "min")
        lead = None if high is None or received is None else high - received
        if lead is not None and lead > 0:
            lead = self._lead(str(table.instant), part)
        return LakeFile(
            path=path,
            table=table.name,
            rows=int(stats[1]),
            bytes=size,
            fingerprint=print_,
            batch=self.batch,
            max_lead_us=lead,
            min_instant=low,
            max_instant=high,
            columns=header,
        )

    def _lead(self, instant: str, part: Path) -> int:
        rows = self.db.run(
            f"SELECT max(epoch_us({quoted(instant)}) - epoch_us(received_at)) "  # noqa: S608 - quoted
            f"FROM read_parquet([{literal(str(part))}], hive_partitioning = false)"
        )
        return int(rows[0][0])


def _instant(stats: dict[str, dict[str, str]], column: str | None, end: str) -> int | None:
    """The least or greatest instant of a column by the file's statistics; None: no dated rows."""
    text = stats.get(column or "", {}).get(end)
    return None if text is None else to_micros(datetime.fromisoformat(text))


def _cast(
    table: LakeTable, found: list[tuple[str, str]], *, keep_batch: bool
) -> tuple[str, tuple[str, ...]]:
    """The table's columns in its order, cast where nothing can be lost, and their names."""
    types = dict(found)
    wanted = dict(table.columns)
    if keep_batch:
        wanted[BATCH[0]] = BATCH[1]
    if table.open:
        wanted |= {n: k for n, k in sorted(types.items()) if n.startswith(PROPERTY_PREFIX)}
    wrong = [
        f"{name}: {types.get(name, 'absent')} instead of {kind}"
        for name, kind in wanted.items()
        if not _fits(types.get(name, "absent"), kind)
    ]
    wrong += [f"{name}: not a column" for name in types if name not in wanted]
    if wrong or len(types) != len(found):
        raise InternalError(f"rows for the lake table {table.name}: {'; '.join(wrong)}")
    return (
        ", ".join(f"CAST({quoted(n)} AS {kind}) AS {quoted(n)}" for n, kind in wanted.items()),
        tuple(wanted),
    )


def _fits(found: str, wanted: str) -> bool:
    """Whether a value of one type can be cast to the other without a loss."""
    if found in (wanted, "NULL"):
        return True
    return found in _WIDENED and wanted in {"BIGINT", "INTEGER"} and wanted != INSTANT
