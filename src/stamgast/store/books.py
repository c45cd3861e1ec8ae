"""What the operational store has on record of imports and refreshes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.store.shop import ShopStore


REASON = "reason: "
"""In a file's counts: ``reason: <why>``, the lines left out or quarantined for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOnRecord:
    """A file that an import read; its counts add up to its lines."""

    batch: int
    path: str
    mapping: str
    imported_at: int
    counts: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[tuple[str, int], ...] = ()
    """Why lines were left out or quarantined, and how many, most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshOnRecord:
    """A refresh: its batch, the instant it asked about, and the numbers it noted."""

    batch: int
    at: int
    counts: Mapping[str, int] = field(default_factory=dict)


def imported_files(store: ShopStore) -> tuple[FileOnRecord, ...]:
    """Every file read, in order; a file read twice is there twice."""
    file, batch = tables.import_file, tables.import_batch
    with store.catalogue.reading() as connection:
        rows = connection.execute(
            sa.select(file, batch.c.mapping, batch.c.ended_at)
            .join(batch, batch.c.id == file.c.batch)
            .order_by(file.c.id)
        ).all()
    return tuple(
        FileOnRecord(
            batch=row.batch,
            path=row.path,
            mapping=row.mapping or "",
            imported_at=row.ended_at,
            counts=row.counts,
            reasons=_reasons(row.counts),
        )
        for row in rows
    )


def _reasons(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    found = [
        (name.removeprefix(REASON), lines)
        for name, lines in counts.items()
        if name.startswith(REASON)
    ]
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def last_refresh(store: ShopStore) -> RefreshOnRecord | None:
    """The latest refresh; None: there was none."""
    refresh, batch = tables.refresh, tables.import_batch
    with store.catalogue.reading() as connection:
        row = connection.execute(
            sa.select(refresh, batch.c.counts)
            .join(batch, batch.c.id == refresh.c.batch)
            .order_by(refresh.c.batch.desc())
            .limit(1)
        ).first()
    if row is None:
        return None
    return RefreshOnRecord(batch=row.batch, at=row.at, counts=row.counts)
