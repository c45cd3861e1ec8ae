"""Files that are not what their name says: recognised by their first bytes, and called by their name."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEGINNING = 4096
"""So many bytes are looked at."""
MOST_LINES = 30
"""Among so many lines a header is looked for that does not stand on the first."""

TEXT = frozenset({".csv", ".tsv", ".txt", ".jsonl", ".ndjson"})
_CODE = "ingest.unknown_format"
_WIDE = 4
"""Of text in UTF-16 of our alphabet every second byte is zero; of other text at most one in so many."""


def check_bytes(path: Path, *, encoded: bool) -> None:
    """Raise UserError ``ingest.unknown_format`` or ``ingest.encoding`` for what is no text, or no rows.

    ``encoded``: the mapping says how the text is written.
    """
    with path.open("rb") as file:
        start = file.read(BEGINNING)
    suffix, where = path.suffix.lower(), str(path)
    if suffix in TEXT | {".xls"}:
        _check_spreadsheet(start, where)
    if suffix in TEXT:
        _check_other(start, where)
        marked = start.startswith((b"\xff\xfe", b"\xfe\xff"))
        if not (encoded or marked) and start.count(0) * _WIDE > len(start):
            little = start[1:2] == b"\0"
            raise UserError(
                "ingest.encoding",
                "this text is written in UTF-16, without a mark that says so",
                where=where,
                hint="say so in the mapping: read: {encoding: utf-16-le}"
                if little
                else "say so in the mapping: read: {encoding: utf-16-be}",
            )
    if (
        suffix in {".json", ".jsonl", ".ndjson"}
        and start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
    ):
        raise UserError(
            _CODE,
            "this is one JSON list of everything",
            where=where,
            hint="write one object per line (JSON Lines), in a file ending in .jsonl",
        )


def _check_spreadsheet(start: bytes, where: str) -> None:
    if start.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in start or b"xl/" in start:
            raise UserError(
                _CODE,
                "this is an Excel file, whatever its name says",
                where=where,
                hint="let its name end in .xlsx",
            )
        raise UserError(
            _CODE, "this is a zip file", where=where, hint="unpack it, and name what is in it"
        )
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UserError(
            _CODE,
            "this is an Excel file of the old kind",
            where=where,
            hint="open it, and save it as .xlsx or CSV",
        )


def _check_other(start: bytes, where: str) -> None:
    if start.startswith(b"\x1f\x8b"):
        raise UserError(
            _CODE, "this file is compressed", where=where, hint="unpack it, and name what is in it"
        )
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith((b"<html", b"<!doctype")):
        raise UserError(
            _CODE,
            "this is a web page, not the rows of an export",
            where=where,
            hint="an address that asks to log in gives such a page; export it again from the shop itself",
        )


def check_header(path: Path, encoding: str, wanted: Sequence[str], delimiter: str | None) -> None:
    """Raise UserError ``ingest.no_header`` when the header stands on a later line than the first.

    To be called for a text file of which the first line has none of the wanted columns. ``delimiter``
    None: any may be meant.
    """
    asked = {name.strip().casefold() for name in wanted}
    with path.open(encoding=encoding, newline="") as file:
        for number, line in zip(range(1, MOST_LINES + 1), file, strict=False):
            for mark in [delimiter] if delimiter else ",;\t|":
                cells = next(csv.reader([line], delimiter=mark), [])
                if len(asked) > 1 and asked <= {name.strip().casefold() for name in cells}:
                    raise UserError(
                        "ingest.no_header",
                        f"the names of the columns stand on line {number}, with other text above them",
                        where=f"{path}:{number}",
                        hint="take the lines above them away",
                    )
