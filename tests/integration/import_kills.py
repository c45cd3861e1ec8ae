"""SIGKILL during an import of the command line, and whether the shop is as before or as after it."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.shop import Shop
from stamgast.store.doctor import examine
from stamgast.store.files import listed
from stamgast.store.lake import LAKE
from stamgast.store.shop import ShopStore
from stamgast.store.views import create_lake_views

if TYPE_CHECKING:
    from pathlib import Path

OWN = {"batch", "received_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One import that was killed: after how long, and what it left."""

    after_s: float
    state: str
    """``before`` or ``after``."""
    finished: bool
    """It had ended by itself."""


def stamgast(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "stamgast", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def ingest(shop: Path, file: Path, mapping: str) -> subprocess.Popen[bytes]:
    return stamgast("--shop", str(shop), "ingest", str(file), "--mapping", mapping)


def content(shop: Path) -> str:
    """A digest of every row of the lake, the quarantine and the counters, but for instants of import."""
    store = ShopStore(shop, "UTC", threads=1)
    database = store.database()
    digest = hashlib.sha256()
    with store.catalogue.reading() as connection:
        create_lake_views(database, store.lake, listed(connection))
        for table in ("quarantine", "counter"):
            digest.update(repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all()).encode())
    for known in LAKE.values():
        columns = ", ".join(f'"{name}"' for name, _ in known.columns if name not in OWN)
        rows = database.run(
            f"SELECT count(*), coalesce(sum(hash(x)), 0) FROM (SELECT {columns} FROM lake_{known.name}) AS x"
        )
        digest.update(repr((known.name, rows)).encode())
    database.close()
    return digest.hexdigest()


def kills(base: Path, file: Path, mapping: str, moments: list[float]) -> list[Kill]:
    """Import ``file`` into copies of the shop ``base``, killed after shares of the time it takes.

    Raises AssertionError when a shop is neither as before nor as after, when the doctor finds a fault,
    or when the same import, run again, does not end in the state after.
    """
    before = content(base)
    whole = base.parent / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    shutil.copytree(base, whole)
    started = time.monotonic()
    assert ingest(whole, file, mapping).wait() == 0
    took = time.monotonic() - started
    after = content(whole)
    assert before != after
    found = []
    for number, moment in enumerate(moments):
        shop = base.parent / f"killed{number}"
        shutil.copytree(base, shop)
        process = ingest(shop, file, mapping)
        time.sleep(moment * took)
        finished = process.poll() is not None
        if not finished:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        state = {before: "before", after: "after"}[content(shop)]
        faults = [f for f in examine(ShopStore(shop, "UTC")) if f.level == "error"]
        assert not faults, faults
        with Shop.open(shop) as again:
            again.ingest(file, mapping=mapping)
        assert content(shop) == after or state == "after"
        found.append(Kill(after_s=moment * took, state=state, finished=finished))
        shutil.rmtree(shop)
    return found
