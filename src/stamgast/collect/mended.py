"""Quarantine that heals: rows refused before whose record this import reads well.

A record (``compiled.RECORDS``: the order, the refund, the event's message id, ...) is read well by a file when
rows of it are understood and none is refused there or in a later file of the import. Where no record could
be read off a refused row, it is mended when a file written to be mended names it by its mark, or when on the same line of a file of the same name now stands a row
that is understood and of which more than half of what the cells say was said then too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from stamgast.collect.erased import mentions_erased
from stamgast.collect.groups import GROUPED
from stamgast.collect.opening import MARK
from stamgast.collect.repeats import read_before
from stamgast.language.sql.terms import as_, col, tab

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from stamgast.collect.compiled import SectionRows
    from stamgast.collect.rows import FileRows
    from stamgast.collect.run import Run
    from stamgast.store.quarantine import Kept, QuarantinedRow

    Record: TypeAlias = "tuple[str, str]"
    """Kind and key."""


def settle_quarantine(
    run: Run, files: Sequence[FileRows], refused: Sequence[list[QuarantinedRow]]
) -> tuple[int, int]:
    """Hand what the files refused to the session, and close what they mend; returns how many rows.

    And how many of those refused were mended or dismissed before. ``refused``: per file.
    """
    ledger, batch = run.session.ledger, run.session.batch
    waiting = ledger.waiting(run.source)
    last_bad = {
        (str(row.kind), row.key): number
        for number, rows in enumerate(refused)
        for row in rows
        if row.key is not None
    }
    asked = {(str(r.said.kind), r.said.key) for r in waiting if r.said.key is not None}
    asked |= last_bad.keys() if len(files) > 1 else set()
    last_good = _read_well(run, files, asked)
    mended = {one for one, number in last_good.items() if number > last_bad.get(one, -1)}
    rows = [
        row
        for file, some in zip(files, refused, strict=True)
        for row in (_with_beside(run, file, some) if some else ())
    ]
    kept = run.session.quarantine(rows, read_before(run, files))
    settled = sum(1 for row in kept if row.closed is not None)
    many = ledger.close((row for row in waiting if _record(row) in mended), "mended", batch)
    many += ledger.close(_same_lines(run, files, waiting), "mended", batch)
    good, bad = _marked(run, files, refused, waiting)
    many += ledger.close(good, "mended", batch)
    # a row that came back as it was stands for itself: it goes on waiting
    again = {id(row) for row in kept}
    ledger.close((row for row in bad if id(row) not in again), "replaced", batch)
    # what was refused and mended in one import
    ledger.close((row for row in kept if _record(row) in mended), "mended", batch)
    ledger.close(_stood_in_for(waiting, kept), "replaced", batch)
    return many, settled


def _record(row: Kept) -> Record | None:
    return None if row.said.key is None else (str(row.said.kind), row.said.key)


def _stood_in_for(waiting: Iterable[Kept], kept: Sequence[Kept]) -> list[Kept]:
    """Rows refused before that were not met again, while others of their record were."""
    again = {id(row) for row in kept}
    records = {_record(row) for row in kept if row.said.key is not None}
    lines: dict[tuple[str, int | None], list[Kept]] = {}
    for row in kept:
        lines.setdefault(_line(row), []).append(row)
    return [
        row
        for row in waiting
        if id(row) not in again
        and (
            _record(row) in records
            or (
                row.said.key is None
                and any(_alike(row.said.row, new.said.row) for new in lines.get(_line(row), ()))
            )
        )
    ]


def _line(row: Kept) -> tuple[str, int | None]:
    return PurePath(row.said.file).name, row.said.line


# --- by mark --------------------------------------------------------------------------------------


def _marked(
    run: Run,
    files: Sequence[FileRows],
    refused: Sequence[list[QuarantinedRow]],
    waiting: Iterable[Kept],
) -> tuple[list[Kept], list[Kept]]:
    """Rows that a file names by their mark, and that are understood now; and those that are not."""
    known = {row.digest.hex(): row for row in waiting}
    good: list[Kept] = []
    bad: list[Kept] = []
    for file, some in zip(files, refused, strict=True):
        marks = _marks(run, file)
        asked = {line: known[mark] for line, mark in marks.items() if mark in known}
        understood = {line for line, _ in _rows_on(run, file, sorted(asked))}
        wrong = {row.line for row in some}
        good += [asked[line] for line in sorted(understood - wrong)]
        bad += [row for line, row in sorted(asked.items()) if line in wrong]
    return good, bad


def _marks(run: Run, file: FileRows) -> dict[int, str]:
    source = file.source
    if MARK not in source.names:
        return {}
    mark = col(source.names[MARK])
    query = exp.select(as_(source.line.copy(), "line"), as_(mark, "mark"))
    query = query.from_(exp.Table(this=source.relation.copy()))
    return {line: mark.strip() for line, mark in run.fetch(query) if mark}


# --- by record ------------------------------------------------------------------------------------


def _read_well(
    run: Run, files: Sequence[FileRows], asked: set[tuple[str, str]]
) -> dict[Record, int]:
    """Of these records those of which a row is understood: the number of the last file with one."""
    found: dict[Record, int] = {}
    if not asked:
        return found
    for number, file in enumerate(files):
        for section in file.sections:
            kind = section.section.kind
            keys = sorted(key for of, key in asked if of == kind)
            if keys:
                found |= {(kind, key): number for key in _keys(run, file, section, keys)}
    return found


def _keys(run: Run, file: FileRows, section: SectionRows, keys: list[str]) -> list[str]:
    run.db.register("asked_record", pa.table({"record": keys}))
    good = file.good(section, {"record": section.record.copy()}).subquery("good")
    known = exp.select(col("record")).from_(tab("asked_record")).subquery()
    query = exp.select(col("record")).distinct().from_(good)
    return [row[0] for row in run.fetch(query.where(exp.In(this=col("record"), query=known)))]


def _with_beside(run: Run, file: FileRows, refused: list[QuarantinedRow]) -> list[QuarantinedRow]:
    """With the rows of the same order or refund that were understood, on the first that was not."""
    first: dict[Record, int] = {}
    for place, row in enumerate(refused):
        if row.kind in GROUPED and row.key is not None:
            first.setdefault((str(row.kind), row.key), place)
    rows = list(refused)
    wrong = {row.line for row in refused}
    for section in file.sections:
        kind = section.section.kind
        keys = sorted(key for of, key in first if of == kind)
        if not keys:
            continue
        for key, told in _understood(run, file, section, keys).items():
            place = first[kind, key]
            kept = [
                json.loads(text)
                for line, text in told
                # of an order that cannot be taken as a whole each row is refused
                if line not in wrong and not mentions_erased(run, text)
            ]
            if not kept:
                continue
            rows[place] = replace(rows[place], beside=json.dumps(kept, ensure_ascii=False))
    return rows


def _understood(
    run: Run, file: FileRows, section: SectionRows, keys: list[str]
) -> dict[str, list[tuple[int, str]]]:
    run.db.register("asked_record", pa.table({"record": keys}))
    known = exp.select(col("record")).from_(tab("asked_record")).subquery()
    query = (
        exp.select(col("record"), exp.column("line", quoted=True), col("row"))
        .from_(file.good_shown(section).subquery("good"))
        .where(exp.In(this=col("record"), query=known))
        .order_by(exp.column("line", quoted=True))
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for key, line, row in run.fetch(query):
        found.setdefault(key, []).append((line, row))
    return found


# --- by line --------------------------------------------------------------------------------------


def _same_lines(run: Run, files: Sequence[FileRows], waiting: Iterable[Kept]) -> list[Kept]:
    """Rows without a record on whose line of a file of the same name now a like row is understood."""
    lines: dict[str, dict[int, list[Kept]]] = {}
    for row in waiting:
        if row.said.key is None and row.said.line is not None:
            places = lines.setdefault(PurePath(row.said.file).name, {})
            places.setdefault(row.said.line, []).append(row)
    found = []
    for file in files:
        path = str(file.source.path)
        asked = lines.get(PurePath(run.session.called.get(path, path)).name, {})
        for line, text in _rows_on(run, file, sorted(asked)):
            found += [row for row in asked[line] if _alike(row.said.row, text)]
    return found


def _rows_on(run: Run, file: FileRows, lines: list[int]) -> list[tuple[int, str]]:
    if not lines:
        return []
    run.db.register("asked_line", pa.table({"line": lines}))
    known = exp.select(col("line")).from_(tab("asked_line")).subquery()
    found: dict[int, str] = {}
    for section in file.sections:
        good = file.good_shown(section).subquery("good")
        line = exp.column("line", quoted=True)
        query = (
            exp.select(line, col("row")).from_(good).where(exp.In(this=line.copy(), query=known))
        )
        found |= dict(run.fetch(query))
    return list(found.items())


def _alike(before: str, now: str) -> bool:
    """Whether more than half of the cells of a row say what was said there, or then at all."""
    old, new = json.loads(before), json.loads(now)
    cells = {key: str(value) for key, value in new.items() if value is not None}
    if isinstance(old, dict):
        same = sum(str(old.get(key)) == value for key, value in cells.items())
    else:
        same = sum(value in str(old) for value in cells.values())
    return 2 * same > len(cells)
