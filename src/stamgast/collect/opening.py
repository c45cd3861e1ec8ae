"""Which decoder reads a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from stamgast.collect.decode import Source, parquet, sha256
from stamgast.collect.sniff import check_bytes
from stamgast.collect.textfiles import read_csv, read_excel, read_json_lines, unguarded
from stamgast.errors import UserError
from stamgast.language.sql.terms import col

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.collect.run import Run

DECODERS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), read_csv),
    **dict.fromkeys((".jsonl", ".ndjson"), read_json_lines),
    **dict.fromkeys((".xlsx", ".xlsm"), read_excel),
}
"""By the ending of the file's name; Parquet (.parquet, .pq) is read in place."""


MARK = "stamgast_quarantine"
"""The column of a file written to be mended that says which row in quarantine a row was."""


class Teller(Protocol):
    """Who is told how far decoding is."""

    def read(self, path: Path, position: int, rows: int) -> None:
        """So many bytes of a file are read, and so many rows decoded."""

    def done(self, path: Path) -> None:
        """The whole file is decoded."""


def open_file(run: Run, number: int, path: Path, tell: Teller) -> Source:
    """Decode a file by its ending. Raises UserError ``ingest.*`` when it cannot be read."""
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise UserError("ingest.empty_file", "the file is empty", where=str(path))
    check_bytes(path, encoded=run.mapping.read.encoding is not None)
    if suffix in {".parquet", ".pq"}:
        source = parquet(number, path, run.db, run.params)
    elif suffix in DECODERS:
        source = _text(run, number, path, tell)
    else:
        raise UserError(
            "ingest.unknown_format",
            f"files ending in `{suffix}` are not read",
            where=str(path),
            hint="CSV (.csv, .tsv, .txt), JSON Lines (.jsonl, .ndjson), Parquet (.parquet), Excel (.xlsx)",
        )
    tell.done(path)
    return source


def _text(run: Run, number: int, path: Path, tell: Teller) -> Source:
    decode = DECODERS[path.suffix.lower()]
    # before it is read: a file that grows meanwhile is then no known one, and read again
    digest = sha256(path)
    decoded = decode(
        path,
        (*run.mapping.columns_of(path.name), MARK),
        run.mapping.read,
        lambda position, rows: tell.read(path, position, rows),
    )
    name, table = f"file_{number}", decoded.table
    if MARK in decoded.names:
        for place, column in enumerate(table.column_names[1:], 1):
            table = table.set_column(place, column, unguarded(table.column(place)))
    run.db.register(name, table)
    return Source(
        number=number,
        path=path,
        sha256=digest,
        bytes=path.stat().st_size,
        relation=exp.to_identifier(name, quoted=True),
        line=col("line"),
        types=dict.fromkeys(decoded.names, "VARCHAR"),
        names=decoded.names,
        known=decoded.known,
        total=decoded.rows + len(decoded.bad),
        empty=decoded.empty,
        # what was set apart is written as it is shown, with dates as ISO 8601
        cells=decode is read_excel or MARK in decoded.names,
        bad=tuple(decoded.bad),
    )
