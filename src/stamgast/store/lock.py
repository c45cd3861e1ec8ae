"""One writer at a time: a file lock that the system releases when its holder dies."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from stamgast.clock import format_instant
from stamgast.errors import UserError
from stamgast.language.ast import Text
from stamgast.store.faults import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECOND_US = 1_000_000


def _lock(data: Path) -> FileLock:
    """The lock; never a mere file that would outlive a killed holder."""
    return FileLock(data / "lock", thread_local=False, fallback_to_soft=False)


@contextmanager
def writer_lock(data: Path, what: str, now: int) -> Iterator[None]:
    """Hold ``data/lock`` while inside; who holds it is written beside it in ``data/lock.json``.

    Raises UserError ``store.locked`` at once when another process (or session) holds it.
    """
    lock = _lock(data)
    try:
        with faults(data):
            lock.acquire(timeout=0)
    except Timeout:
        raise locked(data) from None
    try:
        with faults(data):
            (data / "lock.json").write_text(
                json.dumps(
                    {"pid": os.getpid(), "host": socket.gethostname(), "what": what, "since": now}
                ),
                encoding="utf-8",
            )
        yield
    finally:
        with suppress(OSError):
            (data / "lock.json").unlink()
        lock.release()


def holder(data: Path) -> Text | None:
    """Who holds the lock now, in words; None when nobody does."""
    lock = _lock(data)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _said(data)
    except OSError:
        return None
    lock.release()
    return None


def locked(data: Path) -> UserError:
    """The error for a second writer."""
    told = _told(data)
    return UserError(
        "store.locked",
        "the shop is being written by another process"
        if told is None
        else f"the shop is being written by process {told[0]} on {told[1]} ({told[2]}, since {told[3]})",
        where=str(data / "lock"),
        hint="wait until it is ready, or end that process, and try again",
    )


def _said(data: Path) -> Text:
    told = _told(data)
    if told is None:
        return Text(en="another process", nl="een ander proces")
    pid, host, what, since = told
    return Text(
        en=f"process {pid} on {host} ({what}, since {since})",
        nl=f"proces {pid} op {host} ({what}, sinds {since})",
    )


def _told(data: Path) -> tuple[str, str, str, str] | None:
    """Process, machine, what it does and since when, to the second; None: it has not said so yet."""
    try:
        told = json.loads((data / "lock.json").read_text(encoding="utf-8"))
        since = str(format_instant(told["since"] // SECOND_US * SECOND_US))
        return str(told["pid"]), str(told["host"]), str(told["what"]), since
    except (OSError, ValueError, KeyError, TypeError):
        return None
