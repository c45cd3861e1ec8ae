"""``shop.quarantine``: rows that could not be understood, and what to do with them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.collect.mapping import Mapping as FileMapping
from stamgast.collect.opening import MARK
from stamgast.collect.textfiles import guarded
from stamgast.errors import UserError
from stamgast.store import quarantine as store
from stamgast.store.books import import_of
from stamgast.store.writing import ImportRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.collect.report import ImportReport
    from stamgast.store.quarantine import QuarantinedOnRecord, Waiting

COMMIT = "quarantine"
"""The kind of a commit that dismisses rows, or opens them again."""

REASON = "stamgast_reason"
"""The column of an exported file that says why a row was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMend:
    """A file with rows to mend was written."""

    file: Path
    source: str
    refused: int
    """Rows to mend; each has its reason."""
    beside: int
    """Other rows of the same orders or refunds, which are told anew with them."""
    left_out: tuple[int, ...]
    """Ids of rows that could not even be taken apart: they are mended where they came from."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "file": str(self.file),
            "source": self.source,
            "rows": self.refused,
            "beside": self.beside,
            "left_out": list(self.left_out),
        }


@of_one_snapshot
class QuarantineDesk:
    """Rows in quarantine: ``list``, ``count``, ``show``, ``dismiss``, ``reopen``, ``export``."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def list(self, *, everything: bool = False) -> tuple[QuarantinedOnRecord, ...]:
        """The rows that wait, in order of reading; ``everything``: also mended and dismissed ones."""
        return store.quarantined(self._core.store, waiting=not everything)

    def count(self) -> Waiting:
        """How many wait, and why."""
        return store.count(self._core.store)

    def show(self, row: int) -> QuarantinedOnRecord:
        """One row. Raises UserError ``quarantine.unknown``."""
        return self._known([row])[0]

    def dismiss(self, rows: Iterable[int], *, by: str, reason: str) -> tuple[int, ...]:
        """Say of rows that they are left as they are; they do not wait any more, and stay on record.

        Returns their ids. Raises UserError ``quarantine.unknown``, ``quarantine.not_waiting`` and
        ``store.locked``; then nothing changed.
        """
        found = self._known(rows)
        _must_all(found, None, "row {id} does not wait")
        ids = tuple(one.id for one in found)
        with self._core.store.writing(COMMIT) as session:
            session.ledger.dismiss(ids, who=by, note=reason, at=session.now)
            session.commit(ImportRecord(counts={"dismissed": len(ids)}))
        return ids

    def reopen(self, rows: Iterable[int]) -> tuple[int, ...]:
        """Take a dismissal back: the rows wait again. Errors as for ``dismiss``."""
        found = self._known(rows)
        _must_all(found, "dismissed", "row {id} was not dismissed")
        ids = tuple(one.id for one in found)
        with self._core.store.writing(COMMIT) as session:
            session.ledger.reopen(ids)
            session.commit(ImportRecord(counts={"reopened": len(ids)}))
        return ids

    def export(
        self, file: str | Path, *, source: str | None = None, of: str | None = None
    ) -> ToMend:
        """Write the rows that wait to a CSV file, to be mended and ingested with their mapping.

        The header is that of the source (the columns that its mapping reads), with the reason and a mark
        by which a mended row is known. An order of several rows is written whole, since it is told anew.
        ``source``, ``of``: only rows of this source, of files of this name.
        Raises UserError ``quarantine.nothing``, ``quarantine.several``, ``quarantine.file_name``,
        ``quarantine.file_exists`` and ``export.cannot_write``.
        """
        path = Path(file)
        rows = [
            one
            for one in self.list()
            if source in (None, one.source) and of in (None, PurePath(one.file).name)
        ]
        _must_be_one(rows)
        text, left_out = self._mapping_of(rows[-1], path), []
        sheet = _Sheet()
        for one in rows:
            said = json.loads(one.row)
            if not isinstance(said, dict) or not said:
                left_out.append(one.id)
                continue
            sheet.add(said, reason=one.reason, mark=one.digest)
        for one in _first_of_each(rows):
            for beside in json.loads(one.beside or "[]"):
                sheet.add(beside)
        _write(path, sheet, text)
        return ToMend(
            file=path,
            source=rows[-1].source,
            refused=len(rows) - len(left_out),
            beside=len(sheet.rows) - len(rows) + len(left_out),
            left_out=tuple(left_out),
        )

    def mend(self, row: int, cells: Mapping[str, str]) -> ImportReport:
        """Read a row again with other cells (column -> text), under the mapping that refused it.

        An order of several rows is told anew as a whole. The report says whether it was understood.
        Raises UserError ``quarantine.unknown``, ``quarantine.not_waiting``, ``quarantine.not_apart``,
        ``quarantine.no_mapping``, ``quarantine.file_name`` and ``ingest.*``; then nothing changed.
        """
        from stamgast.app.ingesting import ingest_files  # noqa: PLC0415 - collect is not light

        found = self._known([row])
        _must_all(found, None, "row {id} does not wait")
        one, said = found[0], json.loads(found[0].row)
        if not isinstance(said, dict) or not said:
            raise UserError(
                "quarantine.not_apart",
                f"row {row} could not even be taken apart into cells",
                hint="mend it in the file that it came from, and read that again",
            )
        sheet = _Sheet()
        sheet.add({**said, **{name: cells.get(name, said[name]) for name in said}}, mark=one.digest)
        for beside in json.loads(one.beside or "[]"):
            sheet.add(beside)
        with TemporaryDirectory(dir=self._core.store.data) as folder:
            path = Path(folder) / PurePath(one.file).with_suffix(".csv").name
            mapping = self._mapping_of(one, path)
            if mapping is None:
                raise UserError(
                    "quarantine.no_mapping",
                    "the mapping of this row was not kept",
                    hint="mend it in the file that it came from, and read that again",
                )
            _write(path, sheet, mapping)
            return ingest_files(self._core, [path], mapping, None)

    def _mapping_of(self, row: QuarantinedOnRecord, path: Path) -> FileMapping | None:
        """The mapping under which it was read; None: it was not kept."""
        text, _ = import_of(self._core.store, row.batch)
        if text is None:
            return None
        mapping = FileMapping.model_validate_json(text)
        name = PurePath(row.file).name
        read = [place for place, _ in mapping.sections_of(name)]
        if read != [place for place, _ in mapping.sections_of(path.name)]:
            raise UserError(
                "quarantine.file_name",
                "by this name the mapping would read the file otherwise than the one it came from",
                where=str(path),
                hint=f"call it {name}, in another folder",
            )
        return mapping

    def _known(self, rows: Iterable[int]) -> Sequence[QuarantinedOnRecord]:
        known = {one.id: one for one in self.list(everything=True)}
        asked = [*dict.fromkeys(rows)]
        for row in asked:
            if row not in known:
                raise UserError(
                    "quarantine.unknown",
                    f"there is no row {row} in quarantine",
                    hint="`stamgast quarantine list --all` gives the numbers",
                )
        return [known[row] for row in asked]


def _must_all(rows: Iterable[QuarantinedOnRecord], state: str | None, otherwise: str) -> None:
    for row in rows:
        if row.closed != state:
            raise UserError(
                "quarantine.not_waiting",
                otherwise.format(id=row.id),
                hint="`stamgast quarantine list --all` shows what became of each",
            )


def as_json(row: QuarantinedOnRecord) -> dict[str, object]:
    """A row as the command line writes it."""
    return {
        "id": row.id,
        "source": row.source,
        "file": row.file,
        "line": row.line,
        "reason": row.reason,
        "row": json.loads(row.row),
        "kind": row.kind,
        "key": row.key,
        "import": row.batch,
        "since": format_instant(row.since),
        "state": row.closed or "waiting",
        "closed_by_import": row.closed_by,
        "closed_at": format_instant(row.closed_at),
        "dismissed_by": row.who,
        "dismissed_because": row.note,
    }


def said_on(row: QuarantinedOnRecord) -> str:
    """What stands on a row, its cells set apart by bars."""
    said = json.loads(row.row)
    if not isinstance(said, dict):
        return str(said)
    return " | ".join("" if value is None else str(value) for value in said.values())


# --- a file to mend -------------------------------------------------------------------------------


class _Sheet:
    """Rows of a file to mend, each once, and the columns that they have."""

    def __init__(self) -> None:
        self.columns: dict[str, None] = {}
        self.rows: list[tuple[Mapping[str, object], str, str]] = []

    def add(self, said: Mapping[str, object], *, reason: str = "", mark: str = "") -> None:
        self.columns |= dict.fromkeys(said)
        self.rows.append((said, reason, mark))

    def text(self, delimiter: str) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([*self.columns, REASON, MARK])
        for said, reason, mark in self.rows:
            cells = [said.get(column) for column in self.columns]
            texts = ["" if cell is None else guarded(str(cell)) for cell in cells]
            writer.writerow([*texts, guarded(reason), mark])
        return out.getvalue()


def _must_be_one(rows: Sequence[QuarantinedOnRecord]) -> None:
    """One file has the rows of one source, and of files that have the same columns."""
    if not rows:
        raise UserError(
            "quarantine.nothing",
            "no row waits in quarantine",
            hint="`stamgast quarantine list --all` shows what became of those that did",
        )
    sources = list(dict.fromkeys(one.source for one in rows))
    if len(sources) > 1:
        raise UserError(
            "quarantine.several",
            f"rows of {len(sources)} sources wait, and each has columns of its own",
            hint=f"write one file of each: --source {sources[0]}",
        )
    columns = {
        tuple(said) for one in rows if isinstance(said := json.loads(one.row), dict) and said
    }
    if len(columns) > 1:
        names = ", ".join(dict.fromkeys(PurePath(one.file).name for one in rows))
        raise UserError(
            "quarantine.several",
            f"rows of files with different columns wait: {names}",
            hint="write one file of each: --of NAME",
        )


def _first_of_each(rows: Iterable[QuarantinedOnRecord]) -> list[QuarantinedOnRecord]:
    """Of each record one row that knows the others beside it."""
    found: dict[tuple[str | None, str | None], QuarantinedOnRecord] = {}
    for row in rows:
        if row.beside:
            found[row.kind, row.key] = row
    return list(found.values())


def _write(path: Path, sheet: _Sheet, mapping: FileMapping | None) -> None:
    read = None if mapping is None else mapping.read
    comma = ";" if read is not None and read.decimal == "," else ","
    delimiter = (None if read is None else read.delimiter) or comma
    encoding = (None if read is None else read.encoding) or "utf-8-sig"
    try:
        with path.open("x", encoding=encoding, newline="") as file:
            file.write(sheet.text(delimiter))
    except FileExistsError as error:
        raise UserError(
            "quarantine.file_exists",
            "there is a file of this name, which may be the one it all came from",
            where=str(path),
            hint="name a new file",
        ) from error
    except (OSError, UnicodeEncodeError) as error:
        raise UserError(
            "export.cannot_write",
            f"cannot write the file: {error}",
            where=str(path),
            hint="name a file in a folder that exists and may be written to",
        ) from error
