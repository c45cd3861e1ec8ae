"""The operational store: one SQLite file with the catalogue of the lake and what is small.

A file of the lake that is not listed here does not exist. Instants are INTEGER microseconds UTC.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote
from uuid import uuid4

import sqlalchemy as sa

from stamgast.errors import UserError
from stamgast.store.faults import faults, sqlite_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "0008"
"""The revision of the tables below: the newest file in ``migrations/versions``."""

BUSY_TIMEOUT_MS = 10_000
NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK)
"""What a disk without hard links says to one."""

metadata = sa.MetaData()

import_batch = sa.Table(
    "import_batch",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("ended_at", sa.Integer, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("mapping", sa.Text),
    sa.Column("counts", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)
import_file = sa.Table(
    "import_file",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), nullable=False, index=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
)
lake_file = sa.Table(
    "lake_file",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("table", sa.Text, nullable=False, index=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("max_lead_us", sa.Integer),
    sa.Column("min_instant", sa.Integer),
    sa.Column("max_instant", sa.Integer),
    sa.Column("columns", sa.JSON, nullable=False),
)
dropped_file = sa.Table(
    "dropped_file",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("dropped_at", sa.Integer, nullable=False),
)
quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("line", sa.Integer),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("key", sa.Text),
    sa.Column("why", sa.Text),
    sa.Column("beside", sa.Text),
    sa.Column("closed", sa.Text),
    sa.Column("closed_who", sa.Text),
    sa.Column("closed_note", sa.Text),
    sa.Column("closed_by", sa.Integer),
    sa.Column("closed_at", sa.Integer),
    sa.Index("quarantine_waiting", "source", "closed"),
)
"""``closed``: see ``store.quarantine.Closed``; NULL: the row waits. ``closed_by``: a batch."""

verdict = sa.Table(
    "verdict",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("a", sa.Integer, nullable=False),
    sa.Column("b", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("withdrawn_at", sa.Integer),
    sa.CheckConstraint("kind IN ('same', 'never')", name="verdict_kind"),
    sqlite_autoincrement=True,
)
applied_definition = sa.Table(
    "applied_definition",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("applied_at", sa.Integer, nullable=False),
)
refresh = sa.Table(
    "refresh",
    metadata,
    sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("data_version", sa.Integer, nullable=False),
    sa.Column("statistics", sa.JSON),
)
"""``statistics``: what ``store.standings`` writes, NULL: nothing was kept."""
counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
"""Numbers given out so far: ``seq``, ``identifier``, ...; ``version`` counts the commits."""

fold_rule = sa.Table(
    "fold_rule",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)
"""The rules (limits, blocked values) under which persons were folded last, as JSON."""

undone_batch = sa.Table(
    "undone_batch",
    metadata,
    sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
    sa.Column("undone_by", sa.Integer, nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
)
import_mapping = sa.Table(
    "import_mapping",
    metadata,
    sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)
"""The mapping under which an import was read, as JSON."""

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
)
erased_identifier = sa.Table(
    "erased_identifier",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
)
"""A keyed hash of each identifier of an erased person, and when it was erased."""

export = sa.Table(
    "export",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("as_of", sa.Integer, nullable=False),
    sa.Column("segment", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("members", sa.Integer, nullable=False),
    sa.Column("sent", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""What went out through the gate; ``members``: who was looked at."""

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("export", sa.Integer, sa.ForeignKey("export.id"), primary_key=True),
    sa.Column("profile", sa.Integer, primary_key=True),
    sa.Column("yes", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("decision_profile", "profile"),
    sqlite_with_rowid=False,
)
"""What an export decided on each of them."""

secret = sa.Table(
    "secret",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
"""Keys of this shop; they never leave it."""

user = sa.Table(
    "user",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("created_at", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""Who may use the web app; ``password``: its argon2 hash, missing until one is chosen."""

session = sa.Table(
    "session",
    metadata,
    sa.Column("token", sa.LargeBinary, primary_key=True),
    sa.Column("user", sa.Integer, sa.ForeignKey("user.id"), nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("expires_at", sa.Integer, nullable=False),
    sa.Index("session_user", "user"),
)
"""Who is signed in; ``token``: the SHA-256 of what the browser holds."""

sign_in_link = sa.Table(
    "sign_in_link",
    metadata,
    sa.Column("token", sa.LargeBinary, primary_key=True),
    sa.Column("user", sa.Integer, sa.ForeignKey("user.id"), nullable=False),
    sa.Column("expires_at", sa.Integer, nullable=False),
)
"""Links that sign in once, by their SHA-256; a used one is gone."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Who saw or changed what in the web app; ``about``: a profile's number or a name, no personal data."""

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("used_at", sa.Integer),
    sqlite_autoincrement=True,
)
"""Keys with which programs ask the API, by their SHA-256; a withdrawn one is gone."""

note = sa.Table(
    "note",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("identity", sa.Integer, nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("note_identity", "identity"),
    sqlite_autoincrement=True,
)
"""What people of the shop wrote about a customer; ``identity``: an identifier's number."""


@cache
def _empty() -> bytes:
    """A file with the tables of ``HEAD`` and nothing in them, in WAL mode."""
    from stamgast.store.migrations import upgrade  # noqa: PLC0415 - Alembic, rarely needed

    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.connect() as connection:
        upgrade(connection, Path(":memory:"))
        connection.commit()
        held = connection.connection.driver_connection
        found = bytearray(held.serialize())  # type: ignore[union-attr] # SQLite's own
    engine.dispose()
    found[18:20] = b"\x02\x02"  # what the file format says of a file with a WAL
    return bytes(found)


def _make_whole(path: Path, content: bytes) -> None:
    """Make a file that is there whole or not at all; one that somebody else made meanwhile stays."""
    with faults(path):
        new = path.with_name(f"{path.name}.{uuid4().hex}.new")
        try:
            with new.open("xb") as file:
                _write(file, content)
            with suppress(FileExistsError):
                _put(new, path)
        finally:
            new.unlink(missing_ok=True)


def _write(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _put(new: Path, path: Path) -> None:
    """Give the file its name. Raises FileExistsError where there is one of that name."""
    try:
        os.link(new, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        with path.open("xb") as file:  # a disk without hard links
            _write(file, new.read_bytes())


class Catalogue:
    """A connection source for one SQLite file: WAL, full synchronisation, explicit transactions."""

    def __init__(self, path: Path) -> None:
        """Path: the file; it is made by ``migrate``."""
        self.path = path
        self._engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=sa.NullPool)

    def _connect(self) -> sqlite3.Connection:
        """Leave transactions to us, make a commit durable, wait for others.

        In a folder that may not be written SQLite cannot keep its WAL: then nobody can change the
        file either, and it is read as it is (unless somebody left a WAL behind).
        """
        wal = self.path.with_name(self.path.name + "-wal")
        fixed = not os.access(self.path.parent, os.W_OK) and not _has_content(wal)
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}{'?immutable=1' if fixed else ''}",
            uri=True,
            timeout=BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        return connection

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Meanwhile the file stays open: who closes it last folds the log into it, which takes its time."""
        with sqlite_faults(self.path):
            connection = self._connect()
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        try:
            yield
        finally:
            connection.close()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One read transaction: everything read in it is of one instant."""
        with sqlite_faults(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                with suppress(sa.exc.DatabaseError):
                    connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def changing(self) -> Iterator[sa.Connection]:
        """One write transaction (BEGIN IMMEDIATE); committed on leaving, undone by an exception."""
        with sqlite_faults(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                with suppress(sa.exc.DatabaseError):  # a full disk has ended it already
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def flush(self, wait_ms: int = BUSY_TIMEOUT_MS) -> bool:
        """Bring all that was committed into the file itself, and empty the log beside it.

        False: another program was still reading after so long, and the log is as it was.
        """
        with sqlite_faults(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(wait_ms)}")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        return not busy

    def erased_somebody(self) -> bool:
        """Whether somebody was ever erased: then the log must not keep what was there before."""
        with self.reading() as connection:
            return connection.execute(sa.select(erasure.c.batch).limit(1)).first() is not None

    def migrate(self) -> None:
        """Bring the tables to ``HEAD``; a current file costs one query and no import of Alembic."""
        if not self.path.exists():
            _make_whole(self.path, _empty())
        if self._revision() == HEAD:
            return
        from stamgast.store.migrations import upgrade  # noqa: PLC0415 - Alembic, rarely needed

        with sqlite_faults(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            upgrade(connection, self.path)
            connection.exec_driver_sql("COMMIT")

    def _revision(self) -> str | None:
        with self.reading() as connection:
            known = connection.exec_driver_sql(
                "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            ).first()
            if known is None:
                return None
            revision = connection.exec_driver_sql(
                "SELECT version_num FROM alembic_version"
            ).scalar()
        return None if revision is None else str(revision)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def newer(path: Path, revision: str) -> UserError:
    """The error for a file that a later version of Stamgast has changed."""
    return UserError(
        "store.newer",
        f"the store was written by a newer version of Stamgast (revision {revision})",
        where=str(path),
        hint="install that version, or a later one",
    )
