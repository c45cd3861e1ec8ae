"""The rows of one file under one mapping: which are understood, and what each field of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.compiled import compiled
from stamgast.collect.sql import fill
from stamgast.errors import InternalError
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    col,
    name,
    not_,
    num,
    present,
    tab,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from collections.abc import Mapping as Map

    from stamgast.collect.compiled import Check, SectionRows
    from stamgast.collect.convert import Reading
    from stamgast.collect.decode import Source
    from stamgast.collect.mapping import Mapping
    from stamgast.collect.sql import Written

MOST_SHOWN = 32_767
"""So many characters of a cell are kept of a row in quarantine: a cell of a spreadsheet holds no more."""


class FileRows:
    """One file under one mapping."""

    def __init__(self, source: Source, mapping: Mapping, reading: Reading) -> None:
        """Compile the mapping over the file's columns. Raises UserError for a missing column."""
        self.source = source
        self.refused: str | None = None
        """A table of the lines in which a check fails, once it is there (see ``failing``)."""
        self.clean = False
        """Whether it is known that no check fails in any row (see ``survey``)."""
        self.mapping = mapping
        self._compiled = compiled(source, mapping, reading)
        reading.params.take(self._compiled.params)

    @property
    def left_out(self) -> list[tuple[Sql, str]]:
        """The conditions on which a row is left out, and why."""
        return self._compiled.left_out

    @property
    def sections(self) -> tuple[SectionRows, ...]:
        """The sections that read the file."""
        return self._compiled.sections

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks of all sections, each only for the rows of its section."""
        return self._compiled.checks

    @property
    def base(self) -> exp.Subquery:
        """``(SELECT line, c0, c1, ... FROM the file) AS raw``."""
        return self._compiled.base

    def survey_columns(self) -> tuple[Written, list[str]]:
        """One row: whether each of the conditions on the file's columns holds in all rows; and these."""
        return self._compiled.survey_columns

    def survey(self) -> tuple[Written, list[str]]:
        """One row: whether no check fails (``clean``), then conditions on values as ``survey_columns``."""
        return self._compiled.survey

    def kept(self, what: Hashable, make: Callable[[], exp.Query]) -> Written:
        """The text of a statement about the rows; ``what`` and the file say all that it depends on."""
        return self._compiled.kept((what, self.refused, self.clean), make)

    def always(self, section: SectionRows, field: str) -> bool:
        """Whether every row of the file is known to have a field, which is a column of it."""
        value = section.section.fields.get(field)
        if value is None or value.column is None:
            return False
        return self._compiled.reading.holds(present(self._compiled.columns[value.column].sql))

    def good(self, section: SectionRows, fields: Map[str, Sql]) -> exp.Select:
        """``SELECT line, <fields>`` of the rows of a section that are wanted and understood."""
        conditions = [section.where, *(not_(where) for where, _ in self.left_out)]
        if self.refused is not None:
            refused = exp.select(col("line")).from_(tab(self.refused))
            conditions.append(not_(exp.In(this=col("line"), query=refused.subquery())))
        elif not isinstance(self._bad, exp.Boolean):
            conditions.append(fill("(_x) IS NOT TRUE", x=self._bad))
        chosen = [as_(sql, field) for field, sql in fields.items()]
        query = exp.select(exp.column("line", quoted=True), *chosen).from_(self.base.copy())
        condition = all_of(conditions)
        return query if condition == exp.true() else query.where(condition)

    def failing(self) -> exp.Select:
        """The lines in which a check fails. All checks are a long text: asked once, they are kept."""
        query = exp.select(exp.column("line", quoted=True)).from_(self.base.copy())
        return query.where(self._bad.copy())

    @property
    def _bad(self) -> Sql:
        """Whether any check fails in a row."""
        return exp.false() if self.clean else self._compiled.bad

    def section_of_check(self, place: int) -> int:
        """Of which of ``sections`` a place in ``checks`` is, by its place."""
        for number, section in enumerate(self.sections):
            if place < len(section.checks):
                return number
            place -= len(section.checks)
        raise InternalError("there is no such check")

    def _records(self) -> list[Sql]:
        return [as_(one.record.copy(), f"record_{n}") for n, one in enumerate(self.sections)]

    def others(self) -> exp.Select:
        """The other rows: line, left, bad, read, row, and ``record_<n>`` by each section.

        ``left`` and ``bad``: places in ``left_out`` and ``checks``, NULL: not that; ``read``: whether a
        section reads it; ``row``: JSON of the mapped columns. Of a ``clean`` file no row and no record.
        """
        left = _first([where for where, _ in self.left_out])
        bad = _first([] if self.clean else [check.failed for check in self.checks])
        read = any_of(section.where for section in self.sections)
        marked = exp.select(
            exp.column("line", quoted=True),
            as_(left, "left"),
            as_(bad, "bad"),
            as_(read, "read"),
            *([] if self.clean else [as_(self._shown(), "row"), *self._records()]),
        ).from_(self.base.copy())
        return (
            exp.select("*")
            .from_(exp.Subquery(this=marked, alias=exp.TableAlias(this=name("marked"))))
            .where(fill('"left" IS NOT NULL OR "bad" IS NOT NULL OR NOT "read"'))
        )

    def shown(self) -> exp.Select:
        """``line``, ``row``, the mapped columns as JSON text, and ``record_<n>``, of every row."""
        line = exp.column("line", quoted=True)
        records = self._records()
        return exp.select(line, as_(self._shown(), "row"), *records).from_(self.base.copy())

    def good_shown(self, section: SectionRows) -> exp.Select:
        """``line``, ``row`` and ``record`` of the rows of a section that are wanted and understood."""
        return self.good(section, {"row": self._shown(), "record": section.record.copy()})

    def _shown(self) -> Sql:
        fields = [
            exp.PropertyEQ(
                this=exp.to_identifier(column, quoted=True),
                expression=fill(f"left(CAST(_x AS VARCHAR), {MOST_SHOWN})", x=raw.sql),
            )
            for column, raw in self._compiled.columns.items()
        ]
        return fill("CAST(to_json(_x) AS VARCHAR)", x=exp.Struct(expressions=fields))


def _first(conditions: Sequence[Sql]) -> Sql:
    """The place of the first condition that holds, or NULL."""
    case = exp.Case()
    for place, condition in enumerate(conditions):
        case = case.when(condition, num(place))
    return case if conditions else exp.cast(exp.null(), "int")
