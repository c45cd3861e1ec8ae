"""The rows that one commit writes to the operational store; all inside its one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.store import catalogue as tables
from stamgast.store.files import LakeFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stamgast.store.catalogue import Catalogue
    from stamgast.store.writing import Erasure, ImportRecord, Verdict


def batch(
    connection: sa.Connection,
    number: int,
    record: ImportRecord,
    *,
    kind: str,
    span: tuple[int, int],
) -> None:
    """The import itself, with the files it read; ``span``: when it began and ended."""
    connection.execute(
        tables.import_batch.insert().values(
            id=number,
            kind=kind,
            started_at=span[0],
            ended_at=span[1],
            source=record.source,
            mapping=record.mapping,
            counts=dict(record.counts),
        )
    )
    if record.mapping_text is not None:
        connection.execute(
            tables.import_mapping.insert().values(batch=number, text=record.mapping_text)
        )
    for file in record.files:
        connection.execute(
            tables.import_file.insert().values(
                batch=number,
                path=file.path,
                sha256=file.sha256,
                bytes=file.bytes,
                counts=dict(file.counts),
            )
        )


def files(connection: sa.Connection, new: Iterable[LakeFile]) -> None:
    """Files that exist from now on."""
    for file in new:
        row = {name: getattr(file, name) for name in LakeFile.__slots__}
        connection.execute(
            tables.lake_file.insert().values(**{**row, "columns": list(file.columns)})
        )


def dropped(connection: sa.Connection, paths: Iterable[str], now: int) -> None:
    """Files that do not exist any more; their grace begins now."""
    for path in sorted(paths):
        connection.execute(sa.delete(tables.lake_file).where(tables.lake_file.c.path == path))
        connection.execute(tables.dropped_file.insert().values(path=path, dropped_at=now))


def undone(
    connection: sa.Connection,
    number: int,
    by: int,
    told_again: Mapping[int, ImportRecord],
    now: int,
) -> None:
    """An import is undone by a batch; the counts of later imports as they are without it."""
    connection.execute(tables.undone_batch.insert().values(batch=number, undone_by=by, at=now))
    batch, file = tables.import_batch, tables.import_file
    for later, record in told_again.items():
        connection.execute(
            sa.update(batch).where(batch.c.id == later).values(counts=dict(record.counts))
        )
        ids = connection.execute(
            sa.select(file.c.id).where(file.c.batch == later).order_by(file.c.id)
        ).scalars()
        for one, read in zip(ids.all(), record.files, strict=True):
            counts = dict(read.counts)
            connection.execute(sa.update(file).where(file.c.id == one).values(counts=counts))


def verdicts(connection: sa.Connection, given: Iterable[Verdict]) -> None:
    """New verdicts, and the withdrawal of those that have an id."""
    table = tables.verdict
    for verdict in given:
        if verdict.id is None:
            connection.execute(
                table.insert().values(
                    kind=verdict.kind, a=verdict.a, b=verdict.b, by=verdict.by, at=verdict.at
                )
            )
        else:
            connection.execute(
                sa.update(table)
                .where(table.c.id == verdict.id)
                .values(withdrawn_at=verdict.withdrawn_at)
            )


def rules(connection: sa.Connection, texts: Mapping[str, str]) -> None:
    """The rules (name -> text) under which something was worked out."""
    for name, text in texts.items():
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO fold_rule (name, text) VALUES (?, ?)", (name, text)
        )


def rules_of(catalogue: Catalogue, name: str) -> str | None:
    """The rules under which something was worked out last; None: never."""
    with catalogue.reading() as connection:
        return rules_read(connection, name)


def rules_read(connection: sa.Connection, name: str) -> str | None:
    """As ``rules_of``, in a transaction that is open."""
    table = tables.fold_rule
    found = connection.execute(sa.select(table.c.text).where(table.c.name == name)).scalar()
    return None if found is None else str(found)


def erased(connection: sa.Connection, erasure: Erasure, number: int, now: int) -> None:
    """Somebody is erased: the trace, and what else the operational store held of them."""
    connection.execute(
        tables.erasure.insert().values(
            batch=number, at=now, by=erasure.by, counts=dict(erasure.counts)
        )
    )
    for digest in erasure.digests:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO erased_identifier (digest, at) VALUES (?, ?)", (digest, now)
        )
    verdict, row = tables.verdict, tables.quarantine
    ids = list(erasure.identifiers)
    connection.execute(sa.delete(verdict).where(verdict.c.a.in_(ids) | verdict.c.b.in_(ids)))
    connection.execute(sa.delete(row).where(row.c.id.in_(list(erasure.quarantined))))
    connection.execute(sa.delete(tables.decision).where(tables.decision.c.profile.in_(ids)))
    connection.execute(sa.delete(tables.note).where(tables.note.c.identity.in_(ids)))
    connection.execute(sa.update(tables.dropped_file).values(dropped_at=0))


def definitions(connection: sa.Connection, texts: Mapping[str, str], now: int) -> None:
    """The definition files (name -> text) that run from now on, in place of all others."""
    connection.execute(sa.delete(tables.applied_definition))
    for name, text in sorted(texts.items()):
        connection.execute(
            tables.applied_definition.insert().values(name=name, text=text, applied_at=now)
        )


def counters(connection: sa.Connection, last: Mapping[str, int]) -> None:
    """The last number given out of each sequence."""
    for name, number in last.items():
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO counter (name, last) VALUES (?, ?)", (name, number)
        )


def refresh(
    connection: sa.Connection, number: int, version: int, at: int, statistics: object
) -> None:
    """That this batch was a refresh: of what data, the instant it asked about, and the shop's figures."""
    kept = sa.null() if statistics is None else statistics
    connection.execute(
        tables.refresh.insert().values(batch=number, at=at, data_version=version, statistics=kept)
    )
