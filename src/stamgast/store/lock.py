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
from stamgast.store.faults import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def holder(data: Path) -> str | None:
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
    return UserError(
        "store.locked",
        f"the shop is being written by {_said(data)}",
        where=str(data / "lock"),
        hint="wait until it is ready, or end that process, and try again",
    )


def _said(data: Path) -> str:
    try:
        told = json.loads((data / "lock.json").read_text(encoding="utf-8"))
        return (
            f"process {told['pid']} on {told['host']} "
            f"({told['what']}, since {format_instant(told['since'])})"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
