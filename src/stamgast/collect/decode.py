"""Files to tables of rows: which columns there are, of which type, and where each row stands."""

from __future__ import annotations

import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.convert import Raw, category, column_value
from stamgast.collect.sql import fill
from stamgast.errors import UserError
from stamgast.language.reader.issues import suggest
from stamgast.language.sql.terms import Sql, col

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.collect.convert import Reading
    from stamgast.collect.sql import Params
    from stamgast.store.database import Database

ROW_NUMBER = "file_row_number"
"""The column that DuckDB adds to a Parquet file, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that could not even be taken apart. ``line``: where it begins."""

    line: int
    reason: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A decoded file: something to select from, and its columns.

    ``relation``: of a FROM; ``line``: the row's line (Parquet: its number, from 1); ``types``: the
    DuckDB type of each column; ``names``: how the relation calls each column; ``total``: all rows,
    ``bad`` ones included.
    """

    number: int
    path: Path
    sha256: str
    bytes: int
    relation: Sql
    line: Sql
    types: Mapping[str, str]
    names: Mapping[str, str]
    known: tuple[str, ...]
    """Every column of the file, for messages."""
    total: int
    bad: tuple[BadRow, ...] = ()
    empty: int = 0
    """Rows without any value, beside ``total``: they are left out."""
    cells: bool = False
    """Whether its cells know their type, so that dates among them are ISO 8601 (Excel)."""
    erased: int = 0
    """Rows that were left out before, because they are of somebody who was erased."""
    in_place: bool = False
    """Whether the relation reads the file itself, and no more of it than is asked for."""


def files(paths: Iterable[str | Path]) -> list[Path]:
    """The files meant by paths and patterns (``*``, ``?``, ``**``), patterns sorted, each once.

    Raises UserError ``ingest.no_such_file`` for one that means none.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if path.is_file():
            found.setdefault(path)
            continue
        matches = sorted(
            Path(name)
            for name in glob.glob(str(given), recursive=True)  # noqa: PTH207 - also absolute patterns
        )
        matches = [match for match in matches if match.is_file()]
        if not matches:
            what = "a folder" if path.is_dir() else "no such file"
            hint = f"name its files, such as {path}/*.csv" if path.is_dir() else ""
            raise UserError("ingest.no_such_file", what, where=str(given), hint=hint)
        found.update(dict.fromkeys(matches))
    return list(found)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parquet(number: int, path: Path, db: Database, params: Params) -> Source:
    """A Parquet file, read in place by the engine.

    Raises UserError ``ingest.broken_file`` when it is none, or not whole.
    """
    import pyarrow as pa  # noqa: PLC0415 - only for Parquet
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        file = pq.ParquetFile(path)
        total = file.metadata.num_rows
        file.close()
    except (pa.ArrowException, OSError) as error:
        raise broken(path, str(error)) from None
    relation = exp.Anonymous(
        this="read_parquet",
        expressions=[
            params.name(f"path_{number}", _escaped(path)),
            exp.EQ(this=exp.to_identifier(ROW_NUMBER), expression=exp.true()),
            exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false()),
        ],
    )
    query = exp.select("*").from_(exp.Table(this=relation))
    types = dict(db.describe(query, params.of(query)))
    del types[ROW_NUMBER]
    return Source(
        number=number,
        path=path,
        sha256=sha256(path),
        bytes=path.stat().st_size,
        relation=relation,
        line=fill("_x + 1", x=col(ROW_NUMBER)),
        types=types,
        names={name: name for name in types},
        known=tuple(types),
        total=total,
        in_place=True,
    )


def _escaped(path: Path) -> str:
    """The path as a pattern that means itself."""
    return glob.escape(str(path)) if glob.has_magic(str(path)) else str(path)


def broken(path: Path, why: str) -> UserError:
    """The error for a Parquet file that is damaged or none."""
    return UserError(
        "ingest.broken_file",
        f"this is no whole Parquet file: {why.strip().splitlines()[0][:200]}",
        where=str(path),
        hint="fetch or export it again; nothing was imported",
    )


def columns(
    source: Source, wanted: Sequence[str], optional: Sequence[str], reading: Reading
) -> tuple[dict[str, Raw], list[Sql]]:
    """Each wanted column as ``c0``, ``c1``, ..., and the select list that makes them.

    A name fits exactly, or case and outer blanks aside if only one does. An optional column that the
    file lacks is a missing text. Raises UserError ``ingest.missing_column``, ``ingest.column_type``.
    """
    found: dict[str, Raw] = {}
    select: list[Sql] = []
    absent = []
    for place, name in enumerate(wanted):
        actual = _actual(name, source.types)
        if actual is None and name not in optional:
            absent.append(name)
            continue
        sql, type_ = _column(source, actual, reading)
        here = f"c{place}"
        select.append(exp.Alias(this=sql, alias=exp.to_identifier(here, quoted=True)))
        found[name] = column_value(col(here), type_, name)
    if absent:
        raise _missing_columns(source, absent)
    return found, select


def _column(source: Source, name: str | None, reading: Reading) -> tuple[Sql, str]:
    if name is None:
        return exp.cast(exp.null(), "varchar"), "VARCHAR"
    kind = category(source.types[name])
    if kind is None:
        raise UserError(
            "ingest.column_type",
            f"the column `{name}` holds {source.types[name]}, which is no single value",
            where=str(source.path),
        )
    return reading.column(col(source.names[name]), kind), source.types[name]


def _actual(name: str, types: Mapping[str, str]) -> str | None:
    if name in types:
        return name
    near = [one for one in types if one.strip().casefold() == name.strip().casefold()]
    return near[0] if len(near) == 1 else None


def _missing_columns(source: Source, absent: Sequence[str]) -> UserError:
    named = ", ".join(f"`{name}`" for name in absent)
    guesses = [suggest(name, source.known, "") for name in absent]
    said = [
        f"{name}: {guess}" for name, guess in zip(absent, guesses, strict=True) if "mean" in guess
    ]
    has = "the file has: " + ", ".join(source.known)
    return UserError(
        "ingest.missing_column",
        f"the mapping reads {named}, which the file does not have",
        where=str(source.path),
        hint="\n  ".join([*said, has]),
    )


def selected(source: Source, select: Sequence[Sql]) -> exp.Select:
    """``SELECT line, c0, c1, ... FROM the file``."""
    line = exp.Alias(
        this=exp.cast(source.line, "bigint"), alias=exp.to_identifier("line", quoted=True)
    )
    return exp.select(line, *select).from_(exp.Table(this=source.relation))
