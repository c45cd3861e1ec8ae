"""What the operational store has on record of imports and refreshes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    sha256: str = ""
    """Of what it held; a file read twice has the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshOnRecord:
    """A refresh: its batch, the instant it asked about, and the numbers it noted."""

    batch: int
    at: int
    counts: Mapping[str, int] = field(default_factory=dict)
    statistics: Mapping[str, Any] | None = None
    """The shop's figures at the midnight before (``store.standings``); None: they were not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOnRecord:
    """One commit of a kind: an import, a refresh, a verdict, an undo, an erasure."""

    batch: int
    kind: str
    source: str
    mapping: str
    started_at: int
    ended_at: int
    files: tuple[str, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    undone_at: int | None = None
    """When it was undone; None: it stands."""


def batches(store: ShopStore, kind: str | None = None) -> tuple[BatchOnRecord, ...]:
    """Every batch (of a kind), in order; compaction (``compact``) only when it is asked for."""
    batch, file, undone = tables.import_batch, tables.import_file, tables.undone_batch
    with store.catalogue.reading() as connection:
        rows = connection.execute(
            sa.select(batch, undone.c.at)
            .outerjoin(undone, undone.c.batch == batch.c.id)
            .order_by(batch.c.id)
        ).all()
        named = connection.execute(sa.select(file.c.batch, file.c.path).order_by(file.c.id)).all()
    paths: dict[int, list[str]] = {}
    for number, path in named:
        paths.setdefault(number, []).append(path)
    return tuple(
        BatchOnRecord(
            batch=row.id,
            kind=row.kind,
            source=row.source or "",
            mapping=row.mapping or "",
            started_at=row.started_at,
            ended_at=row.ended_at,
            files=tuple(paths.get(row.id, ())),
            counts=row.counts,
            undone_at=row.at,
        )
        for row in rows
        if row.kind == kind or (kind is None and row.kind != "compact")
    )


def imports_of(
    store: ShopStore, asked: Iterable[int]
) -> dict[int, tuple[str | None, tuple[tuple[str, str], ...]]]:
    """Per import what ``import_of`` says of it, all read in one go."""
    mapping, file = tables.import_mapping, tables.import_file
    files: dict[int, list[tuple[str, str]]] = {}
    with store.catalogue.reading() as connection:
        told = connection.execute(sa.select(mapping.c.batch, mapping.c.text))
        texts = {int(row.batch): str(row.text) for row in told}
        for batch, path, sha256 in connection.execute(
            sa.select(file.c.batch, file.c.path, file.c.sha256).order_by(file.c.id)
        ):
            files.setdefault(batch, []).append((path, sha256))
    return {one: (texts.get(one), tuple(files.get(one, ()))) for one in asked}


def import_of(store: ShopStore, batch: int) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """An import's mapping as JSON (None: not kept) and its files, as (path, SHA-256)."""
    mapping, file = tables.import_mapping, tables.import_file
    with store.catalogue.reading() as connection:
        text = connection.execute(
            sa.select(mapping.c.text).where(mapping.c.batch == batch)
        ).scalar()
        rows = connection.execute(
            sa.select(file.c.path, file.c.sha256).where(file.c.batch == batch).order_by(file.c.id)
        ).all()
    return text, tuple((row.path, row.sha256) for row in rows)


def imported_files(store: ShopStore) -> tuple[FileOnRecord, ...]:
    """Every file read by an import that stands, in order; a file read twice is there twice."""
    file, batch, undone = tables.import_file, tables.import_batch, tables.undone_batch
    with store.catalogue.reading() as connection:
        rows = connection.execute(
            sa.select(file, batch.c.mapping, batch.c.ended_at)
            .join(batch, batch.c.id == file.c.batch)
            .where(file.c.batch.not_in(sa.select(undone.c.batch)))
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
            sha256=row.sha256,
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


def last_refresh(store: ShopStore, version: int | None = None) -> RefreshOnRecord | None:
    """The latest refresh; None: there was none. ``version``: of those that a reader of it can see."""
    refresh, batch = tables.refresh, tables.import_batch
    seen = sa.true() if version is None else refresh.c.data_version <= version
    with store.catalogue.reading() as connection:
        row = connection.execute(
            sa.select(refresh, batch.c.counts)
            .join(batch, batch.c.id == refresh.c.batch)
            .where(seen)
            .order_by(refresh.c.batch.desc())
            .limit(1)
        ).first()
    if row is None:
        return None
    return RefreshOnRecord(batch=row.batch, at=row.at, counts=row.counts, statistics=row.statistics)
