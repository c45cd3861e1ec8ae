"""Files of the lake on the disk: names, durability, fingerprints, and sweeping what is left over."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.store.catalogue import dropped_file, lake_file
from stamgast.store.database import SPILL
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.store.catalogue import Catalogue

PART = ".part"
"""What a file's name ends with until its import commits."""

GRACE_US = 600_000_000
"""How long a dropped file stays for readers that have it in their list: 10 minutes."""

FINGERPRINT_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFile:
    """A file of the lake, as the catalogue lists it.

    ``path``: below ``data/lake``, with ``/``. ``max_lead_us``: the largest instant - received_at when
    that is above 0, else an upper bound of it; None: no dated rows. ``columns``: names in file order.
    """

    path: str
    table: str
    rows: int
    bytes: int
    fingerprint: str
    batch: int
    max_lead_us: int | None
    min_instant: int | None
    max_instant: int | None
    columns: tuple[str, ...]


def listed(connection: sa.Connection) -> tuple[LakeFile, ...]:
    """All files of the lake in the catalogue, in order of batch and path."""
    rows = connection.execute(
        sa.select(lake_file).order_by(lake_file.c.batch, lake_file.c.path)
    ).mappings()
    return tuple(LakeFile(**{**row, "columns": tuple(row["columns"])}) for row in rows)


def new_name(table: str, batch: int) -> str:
    """A path below ``data/lake`` that was never used."""
    return f"{table}/{batch:08d}-{secrets.token_hex(6)}.parquet"


def fingerprint(path: Path) -> tuple[int, str]:
    """Size of a file and the SHA-256 of its last 64 KiB: a Parquet file's table of contents."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - FINGERPRINT_BYTES))
        return size, hashlib.sha256(file.read()).hexdigest()


def sync(path: Path) -> None:
    """Have the system put a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def on_disk(lake: Path) -> set[str]:
    """Paths below ``data/lake`` of everything in the folders of our tables."""
    return {
        f"{table}/{path.name}"
        for table in LAKE
        if (lake / table).is_dir()
        for path in (lake / table).iterdir()
        if path.is_file()
    }


def remove(lake: Path, path: str) -> None:
    """Unlink a file; gone already is as good."""
    with suppress(FileNotFoundError):
        (lake / path).unlink()


def sweep_spills(data: Path) -> None:
    """Remove what DuckDB connections of processes that are gone had spilled."""
    for folder in data.glob(f"{SPILL}*-*"):
        number = folder.name.removeprefix(SPILL).partition("-")[0]
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def sweep(lake: Path, catalogue: Catalogue, now: int) -> tuple[str, ...]:
    """Unlink what no reader can have: files never listed, and dropped ones after their grace.

    To be called under the writer lock only. Returns the paths that were unlinked.
    """
    with catalogue.reading() as connection:
        known = {file.path for file in listed(connection)}
        dropped = {row.path: row.dropped_at for row in connection.execute(sa.select(dropped_file))}
    over = {path for path, at in dropped.items() if now - at >= GRACE_US}
    gone = sorted((on_disk(lake) - known - dropped.keys()) | over)
    for path in gone:
        remove(lake, path)
    if over:
        with catalogue.changing() as connection:
            connection.execute(sa.delete(dropped_file).where(dropped_file.c.path.in_(sorted(over))))
    return tuple(gone)
