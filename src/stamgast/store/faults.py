"""What can go wrong outside us, said so that a user can mend it.

Drivers report a full disk, a missing file or a broken one each in their own words; here they become
``UserError``. Anything else is passed on as it is: it is our mistake.
"""

from __future__ import annotations

import errno
import re
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa

from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
_FULL_WORDS = ("no space left", "file too large", "disk quota", "database or disk is full")
_FORBIDDEN_WORDS = ("permission denied", "read-only file system", "readonly database")
_MISSING_WORDS = ("no files found that match", "no such file or directory")
_BROKEN_WORDS = (
    "no magic bytes",
    "too small to be a parquet",
    "failed to read file",
    "failed to read parquet",
    "not a parquet file",
    "tprotocolexception",
    "decompression failure",
    "footer length",
    "malformed parquet",
    "invalid parquet",
    "don't know what type",
)
_PATH = re.compile(r"""["']([^"']*\.parquet)["']""")


def disk_full(where: str) -> UserError:
    """The disk, or what this user may use of it, is full."""
    return UserError(
        "store.disk_full",
        "there is no room left on the disk; nothing was changed",
        where=where,
        hint="make room and run the same command again",
    )


def read_only(where: str) -> UserError:
    """The folder may not be written."""
    return UserError(
        "store.read_only",
        "this folder may not be written",
        where=where,
        hint="give this user the right to write in it",
    )


def missing_file(where: str) -> UserError:
    """A file of the catalogue is not on the disk."""
    return UserError(
        "lake.file_missing",
        "a file of the lake is missing",
        where=where,
        hint="it may have been replaced long ago: open the shop again. If it stays missing, put "
        "data/lake back from a backup; `stamgast doctor` lists what is missing",
    )


def broken_file(where: str) -> UserError:
    """A file of the lake cannot be read as Parquet."""
    return UserError(
        "lake.file_broken",
        "a file of the lake is damaged",
        where=where,
        hint="put it back from a backup; `stamgast doctor` lists what is damaged",
    )


def out_of_memory(where: str) -> UserError:
    """DuckDB may not have more memory, and has no room to spill either."""
    return UserError(
        "store.out_of_memory",
        "there is too little memory for this; nothing was changed",
        where=where,
        hint="end other programs, make room on the disk, or allow more memory",
    )


def _by_errno(error: OSError, where: str) -> UserError | None:
    place = str(error.filename or where)
    if error.errno in _FULL:
        return disk_full(place)
    if error.errno in _FORBIDDEN:
        return read_only(place)
    if error.errno in _NO_LOCKS:
        return UserError(
            "store.no_locks",
            "this file system has no file locks, so two writers could not be kept apart",
            where=place,
            hint="put the shop on a local disk",
        )
    return None


def _by_words(error: Exception, where: str) -> UserError | None:
    text = str(error)
    lower = text.lower()
    if isinstance(error, duckdb.OutOfMemoryException):
        return out_of_memory(where)
    found = _PATH.search(text)
    place = found.group(1) if found else where
    if any(words in lower for words in _FULL_WORDS):
        return disk_full(where)
    if any(words in lower for words in _FORBIDDEN_WORDS):
        return read_only(where)
    if found and any(words in lower for words in _MISSING_WORDS):
        return missing_file(place)
    if found and any(words in lower for words in _BROKEN_WORDS):
        return broken_file(place)
    return None


@contextmanager
def faults(where: Path | str) -> Iterator[None]:
    """Turn what the disk and DuckDB report into a UserError that says what to do.

    Raises UserError ``store.disk_full``, ``store.read_only``, ``lake.file_missing``,
    ``lake.file_broken``, ``store.out_of_memory``; other errors pass unchanged.
    """
    try:
        yield
    except OSError as error:
        known = _by_errno(error, str(where))
        if known is None:
            raise
        raise known from error
    except duckdb.Error as error:
        known = _by_words(error, str(where))
        if known is None:
            raise
        raise known from error


@contextmanager
def sqlite_faults(path: Path) -> Iterator[None]:
    """The same for the operational store.

    Raises UserError ``store.busy``, ``store.damaged``, ``store.disk_error``, ``store.missing``, and
    those of ``faults``.
    """
    try:
        yield
    except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
        known = _by_words(error, str(path)) or _of_sqlite(error, path)
        if known is None:
            raise
        raise known from error


def _of_sqlite(error: Exception, path: Path) -> UserError | None:
    text = str(error).lower()
    if "database is locked" in text:
        return UserError(
            "store.busy",
            "another program keeps the store busy",
            where=str(path),
            hint="close programs that have the file open, and try again",
        )
    if "disk i/o error" in text:
        return UserError(
            "store.disk_error",
            "the disk refuses to read or write; nothing was changed",
            where=str(path),
            hint="see whether the disk is full or failing, and try again",
        )
    if "unable to open database" in text:
        return read_only(str(path)) if path.exists() else _no_store(path)
    if "malformed" in text or "not a database" in text:
        return UserError(
            "store.damaged",
            "the operational store is damaged",
            where=str(path),
            hint="put it back from a backup, together with data/lake of the same moment",
        )
    return None


def _no_store(path: Path) -> UserError:
    return UserError(
        "store.missing",
        "there is no shop here",
        where=str(path.parent),
        hint="make one with `stamgast init DIR`, or name the folder with --shop",
    )
