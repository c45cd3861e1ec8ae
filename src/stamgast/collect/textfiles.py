"""CSV, JSON Lines and Excel to tables of text: what stands there, not what it may mean.

Each row keeps the line it begins on. A row that cannot be taken apart is a ``BadRow``; a file that
cannot is an error. Only the columns that a mapping reads are kept.
"""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from stamgast.collect.csvlines import Lines
from stamgast.collect.decode import BadRow
from stamgast.collect.sniff import check_header
from stamgast.errors import UserError
from stamgast.language.reader.issues import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from stamgast.collect.mapping import Read

CHUNK_ROWS = 65_536
MAX_SHOWN = 10_000
"""Characters of a bad row that are kept."""
FIELD_LIMIT = 2**31 - 1
DELIMITERS = ",;\t|"
_SEP = re.compile(r'"?sep=(?P<sep>[^"]?)"?', re.IGNORECASE)
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

FORMULA = "=+-@\t\r"
"""What a cell begins with that a spreadsheet computes."""
_PLAIN = re.compile(r"[+-]?[\d.,]*")
_GUARDED = re.compile(r"'[=+\-@\t\r']")


def guarded(cell: str) -> str:
    """A cell of a file to be mended in a spreadsheet, where a formula is shown and not computed.

    >>> guarded("=1+1"), guarded("-12,50"), guarded("'tis")
    ("'=1+1", '-12,50', "'tis")
    """
    formula = cell[:1] in {*FORMULA} and not _PLAIN.fullmatch(cell)
    return f"'{cell}" if formula or _GUARDED.match(cell) else cell


def unguarded(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells as they were before ``guarded``.

    >>> unguarded(pa.chunked_array([["'=1+1", "'tis", None]])).to_pylist()
    ['=1+1', "'tis", None]
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load, rarely needed

    return pc.replace_substring_regex(cells, r"^'([=+\-@\t\r'])", r"\1")


Row: TypeAlias = "tuple[int, Sequence[str | None]]"
"""Where it begins, and its values in the order of the columns wanted."""


@dataclass(slots=True, kw_only=True)
class Decoded:
    """The rows of a text file: Arrow columns ``line``, ``v0``, ``v1``, ... all text but the line."""

    names: dict[str, str]
    """Column of the file -> column of the table; of those wanted that the file has."""
    known: tuple[str, ...]
    """Every column of the file, for messages."""
    bad: list[BadRow] = field(default_factory=list)
    chunks: list[pa.RecordBatch] = field(default_factory=list)
    rows: int = 0
    empty: int = 0
    """Rows without any value."""

    @property
    def table(self) -> pa.Table:
        """All rows."""
        return pa.Table.from_batches(self.chunks, schema=self._schema())

    def _schema(self) -> pa.Schema:
        columns = [(name, pa.string()) for name in self.names.values()]
        return pa.schema([("line", pa.int64()), *columns])

    def without(self, absent: Sequence[str]) -> Decoded:
        """Without columns that turned out not to be there."""
        names = {name: column for name, column in self.names.items() if name not in absent}
        keep = ["line", *names.values()]
        chunks = [chunk.select(keep) for chunk in self.chunks]
        return replace(self, names=names, chunks=chunks)

    def add(self, lines: list[int], values: list[Sequence[str | None]]) -> None:
        """Rows, in order."""
        width = len(self.names)
        columns = list(zip(*values, strict=True)) if values else [()] * width
        arrays = [pa.array(lines, pa.int64())]
        arrays += [pa.array(column, pa.string()) for column in columns]
        self.chunks.append(pa.record_batch(arrays, schema=self._schema()))
        self.rows += len(lines)


Tell: TypeAlias = "Callable[[int, int], None]"
"""Called with the bytes read and the rows decoded so far."""


def _collect(decoded: Decoded, rows: Iterator[Row], tell: Callable[[int], None]) -> Decoded:
    lines: list[int] = []
    values: list[Sequence[str | None]] = []
    for line, row in rows:
        lines.append(line)
        values.append(row)
        if len(lines) == CHUNK_ROWS:
            decoded.add(lines, values)
            lines, values = [], []
            tell(decoded.rows)
    decoded.add(lines, values)
    tell(decoded.rows)
    return decoded


# --- encoding -------------------------------------------------------------------------------------


def _encoding(path: Path, declared: str | None) -> str:
    """The declared encoding, else by the mark at the file's beginning, else UTF-8."""
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in BOMS.items() if start.startswith(mark)), None)
    chosen = declared or marked or "utf-8-sig"
    if chosen.lower().replace("_", "-") in {"utf-8", "utf8"}:
        chosen = "utf-8-sig"
    try:
        "".encode(chosen)
    except LookupError:
        raise UserError(
            "ingest.encoding",
            f"there is no encoding `{chosen}`",
            hint="such as utf-8, cp1252 or iso-8859-15",
        ) from None
    return chosen


def _wrong_encoding(path: Path, encoding: str) -> UserError:
    """Where the first byte is that does not fit."""
    offset = 0
    message = f"this is not {encoding.removesuffix('-sig').upper()}"
    where = str(path)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(encoding.removesuffix("-sig"))
            except UnicodeDecodeError as error:
                byte = line[error.start]
                message += f": byte 0x{byte:02X} at offset {offset + error.start:,}"
                where = f"{path}:{number}"
                break
            offset += len(line)
    return UserError(
        "ingest.encoding",
        message,
        where=where,
        hint="say how the file is written, in the mapping: read: {encoding: cp1252}",
    )


# --- CSV ------------------------------------------------------------------------------------------


def read_csv(path: Path, wanted: Sequence[str], read: Read, tell: Tell) -> Decoded:
    """A CSV file with a header. Raises UserError ``ingest.encoding``, ``ingest.no_header``."""
    csv.field_size_limit(FIELD_LIMIT)
    encoding = _encoding(path, read.encoding)
    try:
        with path.open("rb") as raw:
            delimiter = read.delimiter or _delimiter(path, encoding, wanted)
            text = io.TextIOWrapper(raw, encoding=encoding, newline="")
            lines = Lines(text)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            header = _header(path, reader)
            decoded, places = _columns(path, header, wanted)
            if not places:
                check_header(path, encoding, wanted[:-1], read.delimiter)
            rows = _records(reader, lines, header, (places, decoded))
            return _collect(decoded, rows, lambda many: tell(raw.tell(), many))
    except UnicodeDecodeError:
        raise _wrong_encoding(path, encoding) from None


def _delimiter(path: Path, encoding: str, wanted: Sequence[str]) -> str:
    """The one that makes the header have most of the wanted columns, then most columns."""
    with path.open(encoding=encoding, newline="") as file:
        filled = (line for line in file if line.strip())
        first = next(filled, "")
        said = _SEP.fullmatch(first.strip("\ufeff\r\n"))
        if said is not None and said["sep"]:
            return said["sep"]
    asked = {name.strip().casefold() for name in wanted}

    def fit(delimiter: str) -> tuple[int, int]:
        names = [
            name.strip().casefold() for name in next(csv.reader([first], delimiter=delimiter), [])
        ]
        return len(asked & set(names)), len(names)

    return max(DELIMITERS, key=fit)


def _header(path: Path, reader: Any) -> list[str]:  # noqa: ANN401 - csv names no type for it
    try:
        for record in reader:
            if record and not _says_delimiter(record):
                return [name.strip().lstrip("\ufeff") for name in record]
    except csv.Error as error:
        raise UserError(
            "ingest.no_header", f"the first line cannot be read: {error}", where=f"{path}:1"
        ) from None
    raise UserError("ingest.empty_file", "the file has no lines", where=str(path))


def _says_delimiter(record: Sequence[str]) -> bool:
    """Whether it is the line ``sep=;`` with which some files for Excel begin."""
    return bool(_SEP.fullmatch("".join(record)))


def _columns(path: Path, header: Sequence[str], wanted: Sequence[str]) -> tuple[Decoded, list[int]]:
    """The wanted columns that the header has, and their places."""
    folded = [name.strip().casefold() for name in header]
    names: dict[str, str] = {}
    places: list[int] = []
    for name in wanted:
        found = [i for i, one in enumerate(header) if one == name]
        found = found or [i for i, one in enumerate(folded) if one == name.strip().casefold()]
        if len(found) > 1:
            raise UserError(
                "ingest.double_column",
                f"the column `{name}` stands {len(found)} times in the header",
                where=str(path),
                hint="give each its own name",
            )
        if found and header[found[0]] not in names:
            names[header[found[0]]] = f"v{len(places)}"
            places.append(found[0])
    return Decoded(names=names, known=tuple(header)), places


def _records(
    reader: Any,  # noqa: ANN401 - csv names no type for it
    lines: Lines,
    header: Sequence[str],
    kept: tuple[list[int], Decoded],
) -> Iterator[Row]:
    places, decoded = kept
    bad = decoded.bad
    width = len(header)
    while True:
        begins = lines.begin()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            bad.append(_bad(begins, f"its quotes do not fit: {error}", lines.give_up()))
            continue
        if not any(map(str.strip, record)):
            decoded.empty += bool(record)
        elif len(record) == width or (len(record) > width and not any(record[width:])):
            yield begins, [record[place] for place in places]
        else:
            reason = f"it has {len(record)} fields, the header has {width}"
            if len(lines.record) > 1:
                reason += ", and a quoted text that goes on below"
            bad.append(_bad(begins, reason, lines.give_up()))


def _bad(number: int, reason: str, line: str) -> BadRow:
    return BadRow(line=number, reason=reason, row=json.dumps(line[:MAX_SHOWN]))


# --- JSON Lines -----------------------------------------------------------------------------------


def read_json_lines(path: Path, wanted: Sequence[str], read: Read, tell: Tell) -> Decoded:
    """One JSON object a line; ``a.b`` reaches into objects. Numbers stay the digits they were."""
    encoding = _encoding(path, read.encoding)
    bad: list[BadRow] = []
    seen: dict[str, None] = {}
    decoded = Decoded(names={name: f"v{i}" for i, name in enumerate(wanted)}, known=(), bad=bad)
    try:
        with path.open("rb") as raw, io.TextIOWrapper(raw, encoding, newline="\n") as text:
            rows = (
                (line, [_reach(found, name) for name in wanted])
                for line, found in _objects(text, bad, seen, partial(_noted, read=read))
            )
            _collect(decoded, rows, lambda many: tell(raw.tell(), many))
    except UnicodeDecodeError:
        raise _wrong_encoding(path, encoding) from None
    absent = [name for name in wanted if not {name, name.partition(".")[0]} & seen.keys()]
    decoded.known = tuple(seen)
    return decoded.without(absent)


def _objects(
    text: io.TextIOWrapper,
    bad: list[BadRow],
    seen: dict[str, None],
    number: Callable[[str], str],
) -> Iterator[tuple[int, dict[str, Any]]]:
    for place, line in enumerate(text, 1):
        if not line.strip():
            continue
        reason = "it is no JSON object"
        try:
            found = json.loads(line, parse_float=number, parse_int=str, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            found, reason = None, f"it is no JSON: {str(error)[:100]}"
        if not isinstance(found, dict):
            bad.append(BadRow(line=place, reason=reason, row=json.dumps(line[:MAX_SHOWN])))
            continue
        seen.update(dict.fromkeys(found))
        yield place, found


def _noted(number: str, read: Read) -> str:
    """A number that the file knows to be one, in the notation in which texts are read."""
    return number.replace(".", read.decimal)


def _no_number(_text: str) -> None:
    """NaN and infinity are missing."""


def _reach(found: Any, name: str) -> str | None:  # noqa: ANN401 - any JSON
    if isinstance(found, dict) and name in found:
        return _json_text(found[name])
    first, dot, rest = name.partition(".")
    if dot and isinstance(found, dict) and isinstance(found.get(first), dict):
        return _reach(found[first], rest)
    return None


def _json_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


# --- Excel ----------------------------------------------------------------------------------------


def read_excel(path: Path, wanted: Sequence[str], read: Read, tell: Tell) -> Decoded:
    """A sheet whose first row that is not empty is the header.

    Raises UserError ``ingest.no_excel`` without the extra, ``ingest.broken_file``, ``ingest.no_sheet``.
    """
    with _book(path) as book:
        rows = [
            (number, [_cell(value, read) for value in row])
            for number, row in enumerate(
                _sheet(book, read.sheet, path).iter_rows(values_only=True), 1
            )
        ]
    return _sheet_rows(path, wanted, rows, tell)


def sheet_head(path: Path, most: int) -> tuple[list[str], list[list[str]], int]:
    """Of the first sheet the header, the first rows as text, and how many rows there are.

    Raises UserError as ``read_excel``.
    """
    from stamgast.collect.mapping import Read  # noqa: PLC0415 - only its defaults

    plain, many = Read(), 0
    head: list[list[str]] = []
    with _book(path) as book:
        for row in book.worksheets[0].iter_rows(values_only=True):
            if all(value in (None, "") for value in row):
                continue
            many += 1
            if len(head) <= most:
                head.append([_cell(value, plain) or "" for value in row])
    return [name.strip() for name in head[0]] if head else [], head[1:], max(many - 1, 0)


@contextmanager
def _book(path: Path) -> Iterator[Any]:
    """An Excel file, open."""
    import warnings  # noqa: PLC0415 - with openpyxl only

    try:
        import openpyxl  # noqa: PLC0415 - an extra
    except ImportError:
        raise UserError(
            "ingest.no_excel",
            "reading Excel needs an extra package",
            where=str(path),
            hint="pip install 'stamgast[excel]', or save the sheet as CSV",
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles it does not know
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # noqa: BLE001 - whatever a damaged zip or XML raises
            raise UserError(
                "ingest.broken_file",
                f"this is no whole Excel file: {str(error)[:200]}",
                where=str(path),
                hint="save it again as .xlsx",
            ) from None
        try:
            yield book
        finally:
            book.close()


def _sheet_rows(
    path: Path, wanted: Sequence[str], rows: list[tuple[int, list[str | None]]], tell: Tell
) -> Decoded:
    filled = [(number, row) for number, row in rows if any(value for value in row)]
    if not filled:
        raise UserError("ingest.empty_file", "the sheet is empty", where=str(path))
    header = [(name or "").strip() for name in filled[0][1]]
    decoded, places = _columns(path, header, wanted)
    kept = (
        (number, [row[place] if place < len(row) else None for place in places])
        for number, row in filled[1:]
    )
    size = path.stat().st_size
    return _collect(decoded, kept, lambda many: tell(size, many))


def _sheet(book: Any, name: str | None, path: Path) -> Any:  # noqa: ANN401 - openpyxl has no types
    if name is None:
        return book.worksheets[0]
    if name not in book.sheetnames:
        raise UserError(
            "ingest.no_sheet",
            f"there is no sheet `{name}`",
            where=str(path),
            hint=suggest(name, book.sheetnames, "sheets"),
        )
    return book[name]


def _cell(value: Any, read: Read) -> str | None:  # noqa: ANN401 - whatever a cell holds
    """A cell as text: whole numbers as digits, others in the notation of texts, dates in ISO 8601."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float):
        return _noted(str(value), read)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)
