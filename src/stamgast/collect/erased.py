"""Rows of persons who were erased: left out, before anything is made of them.

A row is of the person of its strongest identifier. When that is an erased one, and the row is dated up
to the erasure or not at all, the row is left out, and so are all rows of the same order or refund. Where
a weaker identifier of a row is an erased one, that cell is read as empty. What is dated later is of
somebody who came back.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from stamgast.collect.groups import GROUPED, key_field
from stamgast.collect.messages import INSTANT_OF
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, any_of, as_, col, tab

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stamgast.collect.compiled import SectionRows
    from stamgast.collect.decode import Source
    from stamgast.collect.rows import FileRows
    from stamgast.collect.run import Run

ERASED = "erased"
"""The reason for which such rows are left out."""

_WORDS = re.compile(r"""[\s,;|"'{}\[\]:=<>]+""")


@dataclass(slots=True)
class _Found:
    lines: set[int] = field(default_factory=set)
    keys: dict[int, set[str]] = field(default_factory=dict)
    """Per section the orders or refunds."""
    cells: dict[str, set[int]] = field(default_factory=dict)
    """Column of the file -> lines where it is read as empty."""


def without_erased(run: Run, rows: FileRows) -> Source:
    """The file without rows of erased persons; the very same when there are none."""
    if not run.session.trace:
        return rows.source
    found = _Found()
    for section in rows.sections:
        _look(run, rows, section, found)
    if not (found.lines or found.cells):
        return rows.source
    said = run.session.of_erased.setdefault(run.session.batch, set())
    kinds = {section.number: section.section.kind for section in rows.sections}
    for number, keys in found.keys.items():
        kind = "refund" if kinds[number] == "refunds" else "order"
        said |= {(kind, f"{run.mapping.order_namespace}:{key}") for key in keys}
    return _kept(run, rows, found)


def mentions_erased(run: Run, text: str) -> bool:
    """Whether a row as it was read holds an erased identifier, in a cell or as a word."""
    trace = run.session.trace
    if not trace:
        return False
    words = {word for word in _WORDS.split(text) if word} | {text}
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if isinstance(said, dict):
        words |= {str(value) for value in said.values() if value is not None}
    kinds = (*run.resolver.person_kinds, *run.resolver.device_kinds)
    return any(
        value is not None and trace.erased_at(kind, value) is not None
        for kind in kinds
        for value in run.resolver.normalise(kind, words).values()
    )


def _look(run: Run, rows: FileRows, section: SectionRows, found: _Found) -> None:
    known = (*run.resolver.person_kinds, *run.resolver.device_kinds)
    kinds = [kind for kind in known if kind in section.identifiers]
    suspects = {kind: _erased_texts(run, rows, section, kind) for kind in kinds}
    if not any(suspects.values()):
        return
    for line, key, at, *said in run.fetch(_rows(run, rows, section, suspects)):
        _decide(run, section, found, (line, key, at), dict(zip(kinds, said, strict=True)))


def _decide(
    run: Run,
    section: SectionRows,
    found: _Found,
    place: tuple[int, str | None, int | None],
    said: dict[str, str | None],
) -> None:
    line, key, at = place
    strongest = True
    for kind, text in said.items():
        value = None if text is None else run.resolver.normalise(kind, [text])[text]
        if value is None:
            continue
        erased_at = run.session.trace.erased_at(kind, value)
        if erased_at is not None and (at is None or at <= erased_at):
            column = section.section.identifiers[kind].column
            if strongest or column is None:
                found.lines.add(line)
                if key is not None:
                    found.keys.setdefault(section.number, set()).add(key)
                return
            found.cells.setdefault(str(column), set()).add(line)
        strongest = False


def _erased_texts(run: Run, rows: FileRows, section: SectionRows, kind: str) -> list[str]:
    query = exp.select(as_(_text(section, kind), "said")).distinct().from_(rows.base.copy())
    texts = [row[0] for row in run.fetch(query) if row[0] is not None]
    trace = run.session.trace
    return [
        text
        for text, value in run.resolver.normalise(kind, texts).items()
        if value is not None and trace.erased_at(kind, value) is not None
    ]


def _text(section: SectionRows, kind: str) -> Sql:
    column = section.identifiers[kind]
    return exp.cast(column.text(column.sql.copy()), "varchar")


def _key(section: SectionRows) -> Sql:
    if section.section.kind not in GROUPED:
        return exp.cast(exp.null(), "varchar")
    column = section.fields[key_field(section)]
    return exp.cast(column.text(column.sql.copy()), "varchar")


def _rows(
    run: Run, rows: FileRows, section: SectionRows, suspects: dict[str, list[str]]
) -> exp.Select:
    """``line, key, at`` and the identifiers of the rows that hold an erased one."""
    dated = section.fields.get(INSTANT_OF[section.section.kind])
    at: Sql = exp.cast(exp.null(), "bigint")
    if dated is not None:
        at = fill("epoch_us(_x)", x=dated.sql.copy())
    hit = any_of(
        exp.In(this=_text(section, kind), query=_listed(run, f"erased_{kind}", texts))
        for kind, texts in suspects.items()
        if texts
    )
    return (
        exp.select(
            exp.column("line", quoted=True),
            as_(_key(section), "erased_key"),
            as_(at, "erased_at"),
            *(as_(_text(section, kind), f"said_{kind}") for kind in suspects),
        )
        .from_(rows.base.copy())
        .where(section.where.copy(), hit)
    )


def _listed(run: Run, name: str, values: Iterable[str | int]) -> exp.Subquery:
    run.db.register(name, pa.table({"one": list(values)}))
    return exp.select(col("one")).from_(tab(name)).subquery()


def _kept(run: Run, rows: FileRows, found: _Found) -> Source:
    source = rows.source
    gone = f"erased_line_{source.number}"
    lines: list[exp.Query] = (
        [
            exp.select(as_(exp.cast(col("one"), "bigint"), "one")).from_(
                _listed(run, f"erased_{gone}", found.lines)
            )
        ]
        if found.lines
        else []
    )
    for section in rows.sections:
        keys = found.keys.get(section.number)
        if keys:
            listed = _listed(run, f"erased_key_{source.number}_{section.number}", sorted(keys))
            lines.append(
                exp.select(as_(exp.cast(exp.column("line", quoted=True), "bigint"), "one"))
                .from_(rows.base.copy())
                .where(section.where.copy(), exp.In(this=_key(section), query=listed))
            )
    if lines:
        run.create(gone, union_all(lines))
    else:
        run.db.run(f"CREATE OR REPLACE TEMP TABLE {gone} (one BIGINT)")
    many = int(run.db.run(f"SELECT count(DISTINCT one) FROM {gone}")[0][0])  # noqa: S608 - ours
    kept = f"kept_{source.number}"
    run.create(kept, _all_but(run, source, gone, found.cells))
    return replace(
        source,
        relation=exp.to_identifier(kept, quoted=True),
        line=col("stamgast_line"),
        total=source.total - many,
        erased=many,
        in_place=False,
    )


def _all_but(run: Run, source: Source, gone: str, cells: dict[str, set[int]]) -> exp.Select:
    """Every column of a file, without the lines that are gone, and with some cells empty."""
    columns: list[Sql] = [as_(source.line.copy(), "stamgast_line")]
    for column, name in source.names.items():
        here: Sql = col(name)
        if column in cells:
            listed = _listed(
                run, f"erased_cell_{source.number}_{len(columns)}", sorted(cells[column])
            )
            here = (
                exp.Case()
                .when(exp.In(this=source.line.copy(), query=listed), exp.null())
                .else_(here)
            )
        columns.append(as_(here, name))
    everything = exp.select(*columns).from_(exp.Table(this=source.relation.copy()))
    listed = exp.select(col("one")).from_(tab(gone)).subquery()
    return everything.where(exp.Not(this=exp.In(this=source.line.copy(), query=listed)))
