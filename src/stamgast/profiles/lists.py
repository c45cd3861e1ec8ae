"""A list of customers as people paste it: one column of addresses, or a few lines of a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES = 256 * 1024 * 1024
_DELIMITERS = (";", "\t", "|", ",")
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One customer that a list names: the cells of its line, the one that may name it first.

    ``line``: 1 is the first of the file. A line of several addresses has an entry for each.
    """

    line: int
    cells: tuple[str, ...]


def read_list(path: Path) -> tuple[Entry, ...]:
    """The entries of a text file. UTF-8, UTF-16 with its mark, or Windows' letters.

    Raises UserError ``extension.file`` when it cannot be read as text.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unread(path, "it is larger than a list of customers can be")
        data = path.read_bytes()
    except OSError as error:
        raise _unread(path, error.strerror or "it cannot be opened") from None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if data[:2] == b"PK" or (b"\x00" in data and not wide):
        raise _unread(path, "it is no text")
    return tuple(entries(_text(data)))


def _text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _unread(path: Path, why: str) -> UserError:
    return UserError(
        "extension.file",
        f"the list cannot be read: {why}",
        where=str(path),
        hint="save the list as text or CSV, one customer per line",
    )


def entries(text: str) -> Iterator[Entry]:
    """The entries of a text, line by line; empty lines name nobody."""
    for number, line in enumerate(text.splitlines(), 1):
        cells = tuple(cell for cell in map(_bare, _cells(line)) if cell)
        addresses = [cell for cell in cells if "@" in cell]
        if len(addresses) > 1:
            for one in addresses:
                yield Entry(line=number, cells=(one,))
        elif cells:
            rest = tuple(cell for cell in cells if cell not in addresses)
            yield Entry(line=number, cells=(*addresses, *rest))


def _cells(line: str) -> list[str]:
    delimiter = next((one for one in _DELIMITERS if one in line), ",")
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def _bare(cell: str) -> str:
    """Without spaces and quotes around it; of ``Anna <anna@example.org>`` the address."""
    found = _ADDRESS.search(cell)
    return found[1] if found else cell.strip().strip("\"'").strip()
