"""How an export is written, told from the file itself: encoding, delimiter, decimal sign, dates, columns.

It reads the file once, within limits, and keeps its first rows. Nothing is decided that a person may
not change: what comes out is a suggestion.
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from stamgast.collect.guess import DAYS
from stamgast.collect.roles import IGNORE, roles_of
from stamgast.collect.sniff import BEGINNING, TEXT, check_bytes
from stamgast.collect.textfiles import BOMS, DELIMITERS, FIELD_LIMIT, sheet_head
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stamgast.collect.roles import Shape

SAMPLE = 500
"""So many rows are looked at for what columns hold."""
PROBED = 100
"""Of them so many values are tried as dates."""
CHUNK = 1 << 20
CLOCKS = ("%H:%M:%S", "%H:%M")
EXCEL = frozenset({".xlsx", ".xlsm"})
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d:?\d\d))?)?")
_NUMBER = re.compile(r"[^\w]*[A-Z]{0,3}[^\w]*-?\d[\d.,' ]*[^\w]*([A-Z]{3})?-?", re.IGNORECASE)
_COMMA = re.compile(r"\d{1,3}(\.\d{3})+,\d|^\D*\d+,\d{1,2}\D*$|^\D*\d{1,3}(\.\d{3}){2,}\D*$")
_POINT = re.compile(r"\d{1,3}(,\d{3})+\.\d|^\D*\d+\.\d{1,2}\D*$|^\D*\d{1,3}(,\d{3}){2,}\D*$")
_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_WORDS = re.compile(r"[^\W\d_]+\.?([ ,.'\u2019&-]+[^\W\d_]+\.?)+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST = 0.6
"""Of the values that are there so many must look alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may be at most."""

    file_bytes: int = 100 * 1024 * 1024
    unpacked_bytes: int = 500 * 1024 * 1024
    """Of Excel, which is packed."""
    columns: int = 150
    field_characters: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How a file is written. ``encoding`` None: UTF-8, or as a mark in the file says."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    dates: tuple[str, ...] = ("iso",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a file."""

    name: str
    shape: Shape
    samples: tuple[str, ...]
    """Its first different values."""
    role: str
    """What it seems to be; empty: not read."""
    usable: bool = True
    """False: it has no name, or another column has the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file as it was recognised."""

    notation: Notation
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first rows, as wide as the columns."""
    lines: int
    """Rows in all, without the header."""
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Role -> the different words of its column, of the rows looked at; of ``status``."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(one.name for one in self.columns)

    @property
    def roles(self) -> tuple[str, ...]:
        """The role of each column."""
        return tuple(one.role for one in self.columns)


def recognise(path: Path, limits: Limits | None = None) -> Recognised:
    """How a CSV or Excel file is written, and what its columns seem to be.

    Raises UserError ``upload.too_large``, ``upload.field``, ``upload.columns``, ``upload.binary``,
    ``upload.no_rows`` and ``ingest.*``.
    """
    limits = limits or Limits()
    if path.stat().st_size > limits.file_bytes:
        raise too_large(limits.file_bytes)
    if path.stat().st_size == 0:
        raise UserError("ingest.empty_file", "the file is empty")
    suffix = path.suffix.lower()
    if suffix in EXCEL:
        _check_packed(path, limits)
        names, rows, lines = sheet_head(path, SAMPLE)
        return _described(Notation(), _fitting(names, limits), rows, lines)
    if suffix not in TEXT:
        raise UserError(
            "ingest.unknown_format",
            f"files ending in `{suffix}` are not read",
            hint="save it as CSV, or as .xlsx",
        )
    check_bytes(path, encoded=True)
    encoding = _encoding(path)
    delimiter = _delimiter(path, encoding or "utf-8-sig")
    names, rows, lines = _read(path, encoding or "utf-8-sig", delimiter, limits)
    marked = encoding if encoding not in BOMS.values() else None
    return _described(Notation(encoding=marked, delimiter=delimiter), names, rows, lines)


def too_large(most: int) -> UserError:
    """The file is larger than it may be."""
    return UserError(
        "upload.too_large",
        f"the file is larger than {most // (1024 * 1024)} MB",
        hint="split it, or read it on the command line with `stamgast ingest`",
    )


# --- the file -------------------------------------------------------------------------------------


def _check_packed(path: Path, limits: Limits) -> None:
    """An Excel file is a zip: what comes out of it is bounded by what it says of itself."""
    try:
        with zipfile.ZipFile(path) as packed:
            whole = sum(one.file_size for one in packed.infolist())
    except (zipfile.BadZipFile, OSError):
        raise UserError(
            "ingest.broken_file", "this is no whole Excel file", hint="save it again as .xlsx"
        ) from None
    if whole > limits.unpacked_bytes:
        raise UserError(
            "upload.packed",
            f"unpacked this file is larger than {limits.unpacked_bytes // (1024 * 1024)} MB",
            hint="split it, or save the sheet as CSV",
        )


def _encoding(path: Path) -> str | None:
    """None: UTF-8. By the mark at its beginning; else UTF-8 when all of it is; else that of Windows."""
    with path.open("rb") as file:
        start = file.read(BEGINNING)
        marked = next((name for mark, name in BOMS.items() if start.startswith(mark)), None)
        if marked:
            return marked
        wide = _wide(start)
        if wide:
            return wide
        if 0 in start:
            raise _binary()
        file.seek(0)
        utf8 = codecs.getincrementaldecoder("utf-8")()
        windows = codecs.getincrementaldecoder("cp1252")()
        fits = {"utf-8": True, "cp1252": True}
        while chunk := file.read(CHUNK):
            if 0 in chunk:
                raise _binary()
            for name, decoder in (("utf-8", utf8), ("cp1252", windows)):
                fits[name] = fits[name] and _decodes(decoder, chunk)
        fits["utf-8"] = fits["utf-8"] and _decodes(utf8, b"", final=True)
    return None if fits["utf-8"] else "cp1252" if fits["cp1252"] else "iso-8859-15"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: of text in our alphabet every second byte is zero."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if half and odd > half * 0.6 and not even:
        return "utf-16-le"
    return "utf-16-be" if half and even > half * 0.6 and not odd else None


def _binary() -> UserError:
    return UserError(
        "upload.binary",
        "this is no text: it holds bytes that no export has",
        hint="save the sheet as CSV, or as .xlsx",
    )


def _delimiter(path: Path, encoding: str) -> str:
    """The one that parts most of the first lines into equally many cells, and into most."""
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        lines = [line[:CHUNK] for line, _ in zip(_filled(file), range(20), strict=False)]

    def fit(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        common = widths[0] if widths else 0
        return (widths.count(common) if common > 1 else 0) / max(len(widths), 1), common

    csv.field_size_limit(FIELD_LIMIT)
    return max(DELIMITERS, key=fit)


def _filled(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line.strip() and not line.lower().startswith("sep="))


def _read(
    path: Path, encoding: str, delimiter: str, limits: Limits
) -> tuple[list[str], list[list[str]], int]:
    """The header, the first rows, and how many there are; every field is measured."""
    csv.field_size_limit(FIELD_LIMIT)
    names: list[str] = []
    rows: list[list[str]] = []
    lines = 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        for row in reader:
            if max(map(len, row), default=0) > limits.field_characters:
                longest = max(map(len, row))
                raise UserError(
                    "upload.field",
                    f"up to line {reader.line_num} there is one field of {longest} characters",
                    hint="a quote that is opened and never closed does this; no field of an export is so long",
                )
            if not any(map(str.strip, row)) or (not names and _says_delimiter(row)):
                continue
            if not names:
                names = _fitting([name.strip().lstrip("\ufeff") for name in row], limits)
                continue
            lines += 1
            if len(rows) < SAMPLE:
                rows.append(row)
    return names, rows, lines


def _says_delimiter(row: Sequence[str]) -> bool:
    return "".join(row).strip('"\ufeff').lower() in {"sep=", "sep=,", "sep=;", "sep=|", "sep=\t"}


def _fitting(names: list[str], limits: Limits) -> list[str]:
    if len(names) > limits.columns:
        raise UserError(
            "upload.columns",
            f"the file has {len(names)} columns, more than {limits.columns}",
            hint="leave those out that say nothing about orders and customers",
        )
    return names


# --- what it says -------------------------------------------------------------------------------


def _described(
    notation: Notation, names: list[str], rows: list[list[str]], lines: int
) -> Recognised:
    if not lines:
        raise UserError(
            "upload.no_rows",
            "there is no row below the names of the columns",
            hint="export the orders again; the first line names the columns",
        )
    whole = [row[: len(names)] + [""] * (len(names) - len(row)) for row in rows]
    held = [[row[n].strip() for row in whole if row[n].strip()] for n in range(len(names))]
    shapes = [_shape(values) for values in held]
    usable = [bool(name) and names.count(name) == 1 for name in names]
    known = [(name if fine else "", one) for name, one, fine in zip(names, shapes, usable, strict=True)]  # fmt: skip
    roles = [role if fine else IGNORE for role, fine in zip(roles_of(known), usable, strict=True)]
    found = Notation(
        encoding=notation.encoding,
        delimiter=notation.delimiter,
        decimal=_decimal(held, shapes, notation),
        dates=_dates(held, shapes, roles),
    )
    columns = tuple(
        Column(name=name, shape=shape, samples=_few(values), role=role, usable=fine)
        for name, shape, values, role, fine in zip(names, shapes, held, roles, usable, strict=True)
    )
    words = {
        "status": tuple(dict.fromkeys(held[roles.index("status")])) if "status" in roles else ()
    }
    return Recognised(
        notation=found,
        columns=columns,
        rows=tuple(tuple(row) for row in whole),
        lines=lines,
        words=words,
    )


def _few(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:3]


def _shape(values: Sequence[str]) -> Shape:
    if not values:
        return "empty"
    tests: tuple[tuple[Shape, re.Pattern[str]], ...] = (
        ("email", _EMAIL),
        ("time", _TIME),
        ("instant", _ISO),
        ("number", _NUMBER),
        ("words", _WORDS),
    )
    if pattern_of(values):
        return "instant"
    for shape, pattern in tests:
        if sum(bool(pattern.fullmatch(value)) for value in values) >= _MOST * len(values):
            return shape
    return "text"


def pattern_of(values: Sequence[str]) -> str | None:
    """The pattern of dates that fits most values, the day before the month where both would do.

    >>> pattern_of(["31-12-2025", "1-1-2026"]), pattern_of(["12/31/2025 10:00"])
    ('%d-%m-%Y', '%m/%d/%Y %H:%M')
    """
    some = values[:PROBED]
    dated = sum(any(mark in value for mark in "-/.") and value[:1].isdigit() for value in some)
    if dated < _MOST * len(some) or all(map(_ISO.fullmatch, some)):
        return None
    for pattern in [day + clock for clock in ("", *(f" {one}" for one in CLOCKS)) for day in DAYS]:
        if sum(_reads(pattern, value) for value in some) >= _MOST * len(some):
            return pattern
    return None


def _reads(pattern: str, value: str) -> bool:
    try:
        datetime.strptime(value, pattern)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True


def _dates(held: list[list[str]], shapes: Sequence[Shape], roles: Sequence[str]) -> tuple[str, ...]:
    """``iso`` and the patterns of the columns with dates; a time of its own goes behind its day."""
    patterns: dict[str, None] = {}
    clock = _clock(held, roles)
    for values, shape, role in zip(held, shapes, roles, strict=True):
        if shape != "instant":
            continue
        pattern = pattern_of(values)
        if role == "ordered_at" and clock:
            patterns.setdefault(f"{pattern or '%Y-%m-%d'} {clock}")
        if pattern:
            patterns.setdefault(pattern)
    return (*patterns, "iso")


def _clock(held: list[list[str]], roles: Sequence[str]) -> str | None:
    if "ordered_time" not in roles:
        return None
    times = held[roles.index("ordered_time")]
    return next((one for one in CLOCKS if times and _reads(one, times[0])), None)


def _decimal(held: list[list[str]], shapes: Sequence[Shape], notation: Notation) -> str:
    """What stands before the cents: told by the numbers, and by the semicolons where they do not tell."""
    numbers = [
        value
        for values, one in zip(held, shapes, strict=True)
        if one == "number"
        for value in values
    ]
    comma = sum(bool(_COMMA.search(value)) for value in numbers)
    point = sum(bool(_POINT.search(value)) for value in numbers)
    if comma == point:
        return "," if notation.delimiter == ";" else "."
    return "," if comma > point else "."
