"""Rows in quarantine: which wait, and what became of the others.

Two rows are one when they are of the same source, kind and record (``key``) for the same reason and say
the same; where no record could be read off them, when they stand on the same line of a file of the same
name. What is closed stays on record; an undo of the import that closed a row opens it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, TypeAlias

import sqlalchemy as sa

from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from stamgast.store.catalogue import Catalogue
    from stamgast.store.shop import ShopStore

Closed: TypeAlias = Literal["mended", "replaced", "dismissed"]
"""Why a row waits no more: its record was read well later; it was refused again later, and that row
stands for it; or a person said to leave it."""

MOST_BOUND = 500
"""So many values are bound to one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that could not be understood. ``row``: as it was read, JSON; ``line``: 1 is the first.

    ``key``: what tells its record apart within source and kind; None: that could not be read.
    ``why``: the reason without what stood there; empty: all of ``reason``. ``beside``: the other rows of
    its record that were understood, a JSON list of rows; they are needed to tell the record anew.
    """

    file: str
    line: int | None
    reason: str
    row: str
    source: str = ""
    kind: str | None = None
    key: str | None = None
    why: str = ""
    beside: str | None = None


@dataclass(slots=True, kw_only=True)
class Kept:
    """A row on record, or about to be. ``id`` None: not stored yet."""

    id: int | None
    batch: int
    digest: bytes
    said: QuarantinedRow
    closed: Closed | None = None
    closed_by: int | None = None
    who: str | None = None
    note: str | None = None
    closed_at: int | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedOnRecord:
    """A row in quarantine as it is on record; ``since``: when its record was first refused."""

    id: int
    digest: str
    """What it is known by, in hexadecimal digits; unlike the id it outlives an undo."""
    batch: int
    source: str
    kind: str | None
    key: str | None
    file: str
    line: int | None
    reason: str
    why: str
    row: str
    beside: str | None
    read_at: int
    since: int
    closed: Closed | None
    closed_by: int | None
    closed_at: int | None
    """When: of a row that an import closed, the instant of that import."""
    who: str | None
    note: str | None


class Ledger:
    """The rows in quarantine as a session sees and changes them.

    ``undone``: the first of the batches that the session takes out; what they refused is gone, and what
    they closed is open.
    """

    def __init__(self, catalogue: Catalogue, undone: int | None) -> None:
        """Reads of the catalogue what is asked, when it is asked."""
        self._catalogue = catalogue
        self._undone = undone
        self._known: dict[str, list[Kept]] = {}
        """Per source the rows that waited before the session."""
        self._digests: dict[bytes, Kept] = {}
        """Rows that were looked up, or are new."""
        self._new: list[Kept] = []
        self._by_hand: list[tuple[object, ...]] = []

    # --- asked --------------------------------------------------------------------------------------

    def waiting(self, source: str) -> list[Kept]:
        """The rows of a source that wait, with those that this session refused before."""
        return [row for row in self._of(source) if row.closed is None]

    def many_waiting(self) -> int:
        """How many rows wait, of all sources, after what this session did so far."""
        table = tables.quarantine
        query = sa.select(sa.func.count()).where(self._stands(), self._open())
        with self._catalogue.reading() as connection:
            stored = int(connection.execute(query.select_from(table)).scalar_one())
        gone = sum(
            row.id is not None and row.changed for one in self._known.values() for row in one
        )
        return stored - gone + sum(row.closed is None for row in self._new)

    # --- told ---------------------------------------------------------------------------------------

    def refuse(
        self, batch: int, rows: Iterable[QuarantinedRow], read_before: Collection[str] = ()
    ) -> list[Kept]:
        """Keep rows that a batch could not understand; returns them as they are on record.

        One that waits already, or that a person dismissed, stays as it is. One that was closed otherwise
        waits anew, unless it is of a file that was imported before (``read_before``).
        """
        told = list(rows)
        prints = _numbered(told)
        self._look_up({_digest(base, 0) for base in prints})
        return [
            self._refuse(batch, row, base, read_before=row.file in read_before)
            for row, base in zip(told, prints, strict=True)
        ]

    def close(self, rows: Iterable[Kept], how: Closed, batch: int) -> int:
        """Rows that wait no more since a batch; returns how many did."""
        many = 0
        for row in rows:
            if row.closed is None:
                row.closed, row.closed_by, row.changed = how, batch, True
                many += 1
        return many

    def dismiss(self, ids: Collection[int], *, who: str, note: str, at: int) -> None:
        """A person says to leave these rows."""
        self._by_hand += [("dismissed", who, note, at, row) for row in ids]

    def reopen(self, ids: Collection[int]) -> None:
        """A person takes that back."""
        self._by_hand += [(None, None, None, None, row) for row in ids]

    def write(self, connection: sa.Connection) -> None:
        """Make it so, inside the session's transaction."""
        if self._undone is not None:
            _open_again(connection, self._undone)
        known = (row for rows in self._known.values() for row in rows)
        changed = [(row.closed, row.closed_by, row.id) for row in known if row.id and row.changed]
        if changed:
            connection.exec_driver_sql(
                "UPDATE quarantine SET closed = ?, closed_by = ? WHERE id = ?", changed
            )
        if self._by_hand:
            connection.exec_driver_sql(_BY_HAND, self._by_hand)
        if self._new:
            connection.exec_driver_sql(_INSERT, [_values(row) for row in self._new])

    # --- parts --------------------------------------------------------------------------------------

    def _refuse(self, batch: int, said: QuarantinedRow, base: bytes, *, read_before: bool) -> Kept:
        for turn in range(1_000_000):
            digest = _digest(base, turn)
            if turn:
                self._look_up({digest})
            found = self._digests.get(digest)
            if found is None:
                break
            if found.closed in (None, "dismissed") or read_before:
                if not self._is_gone(found):
                    return found
                # an undo tells it again: what a person said of it stands
                return self._add(_again(found, batch, said))
        return self._add(Kept(id=None, batch=batch, digest=digest, said=said))

    def _add(self, row: Kept) -> Kept:
        self._new.append(row)
        self._digests[row.digest] = row
        self._of(row.said.source).append(row)
        return row

    def _is_gone(self, row: Kept) -> bool:
        return row.id is not None and self._undone is not None and row.batch >= self._undone

    def _of(self, source: str) -> list[Kept]:
        if source not in self._known:
            query = sa.select(tables.quarantine).where(
                tables.quarantine.c.source == source, self._stands(), self._open()
            )
            self._known[source] = [
                self._digests.setdefault(row.digest, row) for row in self._read(query)
            ]
        return self._known[source]

    def _stands(self) -> sa.ColumnElement[bool]:
        if self._undone is None:
            return sa.true()
        return tables.quarantine.c.batch < self._undone

    def _open(self) -> sa.ColumnElement[bool]:
        table = tables.quarantine
        waits = table.c.closed.is_(None)
        return waits if self._undone is None else waits | (table.c.closed_by >= self._undone)

    def _look_up(self, digests: set[bytes]) -> None:
        asked = sorted(digests - self._digests.keys())
        for first in range(0, len(asked), MOST_BOUND):
            some = asked[first : first + MOST_BOUND]
            query = sa.select(tables.quarantine).where(tables.quarantine.c.digest.in_(some))
            for row in self._read(query):
                self._digests.setdefault(row.digest, row)

    def _read(self, query: sa.Select[tuple[object, ...]]) -> list[Kept]:
        with self._catalogue.reading() as connection:
            return [self._kept(row) for row in connection.execute(query).all()]

    def _kept(self, row: sa.Row[tuple[object, ...]]) -> Kept:
        found = row._mapping  # noqa: SLF001 - the documented way to columns by name
        undone = self._undone
        open_again = undone is not None and (found["closed_by"] or 0) >= undone
        return Kept(
            id=found["id"],
            batch=found["batch"],
            digest=found["digest"],
            said=QuarantinedRow(
                file=found["file"],
                line=found["line"],
                reason=found["reason"],
                row=found["row"],
                source=found["source"] or "",
                kind=found["kind"],
                key=found["key"],
                why=found["why"] or "",
                beside=found["beside"],
            ),
            closed=None if open_again else found["closed"],
            closed_by=None if open_again else found["closed_by"],
            who=found["closed_who"],
            note=found["closed_note"],
            closed_at=found["closed_at"],
        )


def _again(found: Kept, batch: int, said: QuarantinedRow) -> Kept:
    return Kept(
        id=None,
        batch=batch,
        digest=found.digest,
        said=said,
        closed=found.closed,
        closed_by=found.closed_by,
        who=found.who,
        note=found.note,
        closed_at=found.closed_at,
    )


def _numbered(rows: Sequence[QuarantinedRow]) -> list[bytes]:
    """What a row is known by; rows of one record that say the same are numbered."""
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for row in rows:
        if row.key is None:
            parts: tuple[str, ...] = (
                row.source,
                PurePath(row.file).name,
                str(row.line),
                row.reason,
                row.row,
            )
            number = 0
        else:
            parts = (row.source, row.kind or "", row.key, row.reason, row.row, row.beside or "")
            number = seen[parts] = seen.get(parts, -1) + 1
        text = "\x1f".join((*parts, str(number)))
        found.append(text.encode("utf-8", "surrogatepass"))
    return found


def _digest(base: bytes, turn: int) -> bytes:
    return hashlib.sha256(base + b"\x1f%d" % turn).digest()[:16]


_BY_HAND = (
    "UPDATE quarantine SET closed = ?, closed_who = ?, closed_note = ?, closed_at = ? WHERE id = ?"
)
_INSERT = (
    "INSERT INTO quarantine (digest, batch, file, line, reason, row, source, kind, key, why, beside, "
    "closed, closed_by, closed_who, closed_note, closed_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _values(row: Kept) -> tuple[object, ...]:
    said = row.said
    return (
        row.digest,
        row.batch,
        said.file,
        said.line,
        said.reason,
        said.row,
        said.source,
        said.kind,
        said.key,
        said.why or said.reason,
        said.beside,
        row.closed,
        row.closed_by,
        row.who,
        row.note,
        row.closed_at,
    )


def _open_again(connection: sa.Connection, undone: int) -> None:
    table = tables.quarantine
    connection.execute(sa.delete(table).where(table.c.batch >= undone))
    connection.execute(
        sa.update(table)
        .where(table.c.closed_by >= undone)
        .values(closed=None, closed_by=None, closed_at=None)
    )


# --- on record ------------------------------------------------------------------------------------


def quarantined(store: ShopStore, *, waiting: bool = False) -> tuple[QuarantinedOnRecord, ...]:
    """Every row that ever was in quarantine, or those that wait, in order of reading."""
    table, batch = tables.quarantine, tables.import_batch
    read, closing = batch.alias("read"), batch.alias("closing")
    query = (
        sa.select(table, read.c.ended_at.label("read_at"), closing.c.ended_at.label("batch_at"))
        .join(read, read.c.id == table.c.batch)
        .outerjoin(closing, closing.c.id == table.c.closed_by)
        .order_by(table.c.id)
    )
    with store.catalogue.reading() as connection:
        rows = connection.execute(query).all()
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        if row.closed in (None, "replaced"):
            first.setdefault(_record(row), row.read_at)
    return tuple(
        QuarantinedOnRecord(
            id=row.id,
            digest=row.digest.hex(),
            batch=row.batch,
            source=row.source or "",
            kind=row.kind,
            key=row.key,
            file=row.file,
            line=row.line,
            reason=row.reason,
            why=row.why or row.reason,
            row=row.row,
            beside=row.beside,
            read_at=row.read_at,
            since=min(first.get(_record(row), row.read_at), row.read_at),
            closed=row.closed,
            closed_by=row.closed_by,
            closed_at=row.closed_at if row.closed_by is None else row.batch_at,
            who=row.closed_who,
            note=row.closed_note,
        )
        for row in rows
        if not waiting or row.closed is None
    )


def _record(row: sa.Row[tuple[object, ...]]) -> tuple[str, ...]:
    found = row._mapping  # noqa: SLF001 - the documented way to columns by name
    if found["key"] is None:
        return (str(found["source"]), PurePath(str(found["file"])).name, str(found["line"]))
    return (str(found["source"]), str(found["kind"]), "", str(found["key"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many rows wait, how many were dismissed, and why those that wait do, most first."""

    waiting: int
    dismissed: int
    reasons: Mapping[str, int]
    ever: frozenset[str]
    """Every reason for which a row was ever refused."""


def count(store: ShopStore) -> Waiting:
    """The figures of the quarantine, as every page says them."""
    table = tables.quarantine
    with store.catalogue.reading() as connection:
        rows = connection.execute(
            sa.select(table.c.why, table.c.closed, sa.func.count().label("many")).group_by(
                table.c.why, table.c.closed
            )
        ).all()
    waits = {row.why: row.many for row in rows if row.closed is None}
    return Waiting(
        waiting=sum(waits.values()),
        dismissed=sum(row.many for row in rows if row.closed == "dismissed"),
        reasons=dict(sorted(waits.items(), key=lambda pair: (-pair[1], str(pair[0])))),
        ever=frozenset(row.why for row in rows),
    )
