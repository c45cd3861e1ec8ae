"""Which decoder reads a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from stamgast.collect.decode import Source, parquet
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.collect.run import Run


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
    if suffix in {".parquet", ".pq"}:
        source = parquet(number, path, run.db, run.params)
    else:
        raise UserError("ingest.unknown_format", f"no decoder reads `{suffix}`", where=str(path))
    tell.done(path)
    return source
