"""The rows of one file under one mapping: which are understood, and what each field of them is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.convert import NAMES, Raw, Reading
from stamgast.collect.decode import Source, columns, selected
from stamgast.collect.kinds import OF_PERSONS
from stamgast.collect.sql import fill, leaf
from stamgast.collect.values import Values
from stamgast.errors import InternalError
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    coalesce,
    col,
    is_null,
    name,
    not_,
    num,
    present,
    tab,
)

if TYPE_CHECKING:
    from collections.abc import Mapping as Map
    from collections.abc import Sequence

    from stamgast.collect.kinds import FieldType
    from stamgast.collect.mapping import Mapping, Section

AHEAD_US = 86_400_000_000
"""A row may be dated this far ahead of now: a day."""

MOST_SHOWN = 32_767
"""So many characters of a cell are kept of a row in quarantine: a cell of a spreadsheet holds no more."""

RECORDS = {
    "orders": ("order",),
    "order_lines": ("order",),
    "refunds": ("refund",),
    "coupons": ("message_id",),
    "events": ("message_id",),
    "products": ("product_id",),
    "customers": (),
    "consents": ("purpose", "channel", "address"),
    "extensions": ("extension", "origin"),
}
"""By kind: the fields that tell a record apart; of rows of persons, with their first identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a row must not have: ``failed`` is TRUE, FALSE or NULL (fine)."""

    failed: Sql
    reason: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field of a section as SQL over the file's columns.

    ``late``: an id that is a whole number in the file; it stays one while rows are grouped and
    joined, and becomes text (``text``) once per group.
    """

    sql: Sql
    late: bool = False

    def text(self, of: Sql) -> Sql:
        """The final value of what was made of this column (``of``)."""
        return exp.cast(of, "varchar") if self.late else of


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRows:
    """One section of a mapping over one file."""

    number: int
    section: Section
    where: Sql
    fields: Map[str, Column]
    identifiers: Map[str, Column]
    further: Map[str, Column]
    checks: tuple[Check, ...]
    record: Sql
    """What tells the row's record apart among those of its kind and source, or NULL (see ``record``)."""


class FileRows:
    """One file under one mapping.

    ``now``: microseconds; ``kinds``: the identifier kinds there are, for messages of the caller.
    """

    def __init__(self, source: Source, mapping: Mapping, reading: Reading, now: int) -> None:
        """Compile the mapping over the file's columns. Raises UserError for a missing column."""
        self.source = source
        self.refused: str | None = None
        """A table of the lines in which a check fails, once it is there (see ``failing``)."""
        self.clean = False
        """Whether it is known that no check fails in any row (see ``survey``)."""
        self.mapping = mapping
        sections = mapping.sections_of(source.path.name)
        # where each row says its currency, a sign could say another
        told = any("currency" in section.fields for _, section in sections)
        reading = replace(reading, cells=source.cells, currency="" if told else mapping.currency)
        self._reading = reading
        self._now = now
        self._columns, self._select = columns(
            source, mapping.columns_of(source.path.name), mapping.optional_columns, reading
        )
        self._values = Values(columns=self._columns, reading=reading)
        self._numbered = sections

    @cached_property
    def left_out(self) -> list[tuple[Sql, str]]:
        """The conditions on which a row is left out, and why."""
        return [
            (leaf(self._values.condition(one.where)), one.reason)
            for one in self.mapping.leave_out_of(self.source.path.name)
        ]

    @cached_property
    def sections(self) -> tuple[SectionRows, ...]:
        """The sections that read the file."""
        return tuple(self._section(number, section) for number, section in self._numbered)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The checks of all sections, each only for the rows of its section."""
        return tuple(
            Check(
                failed=leaf(all_of([section.where, check.failed])),
                reason=check.reason,
                columns=check.columns,
            )
            for section in self.sections
            for check in section.checks
        )

    @cached_property
    def base(self) -> exp.Subquery:
        """``(SELECT line, c0, c1, ... FROM the file) AS raw``."""
        query = leaf(selected(self.source, self._select))
        return exp.Subquery(this=query, alias=exp.TableAlias(this=name("raw")))

    def always(self, section: SectionRows, field: str) -> bool:
        """Whether every row of the file is known to have a field, which is a column of it."""
        value = section.section.fields.get(field)
        if value is None or value.column is None:
            return False
        return self._reading.holds(present(self._columns[value.column].sql))

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

    @cached_property
    def _bad(self) -> Sql:
        """Whether any check fails in a row."""
        return leaf(any_of(() if self.clean else (check.failed for check in self.checks)))

    def survey_columns(self) -> tuple[exp.Select, list[str]]:
        """One row: whether each of the conditions on the file's columns holds in all rows.

        What holds everywhere need not be asked again of every row (``certain``). There is at least
        one condition.
        """
        conditions = self._reading.on_columns
        flags = [as_(sql, f"f{place}") for place, sql in enumerate(conditions.values())]
        asked = [fill("bool_and(_x)", x=col(f"f{place}")) for place in range(len(flags))]
        base = selected(self.source, flags).subquery("raw")
        return exp.select(*asked).from_(base), list(conditions)

    def survey(self) -> tuple[exp.Select, list[str]]:
        """One row: whether no check fails (``clean``), then conditions on values as ``survey_columns``."""
        bad = any_of(check.failed for check in self.checks)
        _ = self.left_out  # compiled now: it notes conditions, too
        asked = [fill("(_x) IS NOT TRUE", x=bad), *self._reading.on_values.values()]
        query = exp.select(*(fill("bool_and(_x)", x=one) for one in asked)).from_(self.base.copy())
        return query, list(self._reading.on_values)

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
        section reads it; ``row``: JSON of the mapped columns.
        """
        left = _first([where for where, _ in self.left_out])
        bad = _first([check.failed for check in self.checks])
        read = any_of(section.where for section in self.sections)
        marked = exp.select(
            exp.column("line", quoted=True),
            as_(left, "left"),
            as_(bad, "bad"),
            as_(read, "read"),
            as_(self._shown(), "row"),
            *self._records(),
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
            for column, raw in self._columns.items()
        ]
        return fill("CAST(to_json(_x) AS VARCHAR)", x=exp.Struct(expressions=fields))

    # --- one section --------------------------------------------------------------------------

    def _section(self, number: int, section: Section) -> SectionRows:
        where = leaf(self._values.condition(section.where)) if section.where else exp.true()
        if "message_id" in section.fields and section.fields["message_id"].column is not None:
            column = self._columns[str(section.fields["message_id"].column)]
            self._reading.holds(present(column.sql))
        reading = self._reading
        if section.kind in {"orders", "order_lines", "refunds"}:
            reading = replace(reading, digits=max(reading.digits, reading.given_digits))
        checks: list[Check] = []
        fields: dict[str, Column] = {}
        for field_name, value in section.fields.items():
            field = section.of_kind.by_name[field_name]
            raw = self._values.of(value)
            fields[field_name] = self._column(raw, field.type, reading)
            checks += self._checks(field_name, raw, field.type, fields[field_name], reading)
            if _needed(section, field_name):
                checks.append(
                    Check(
                        failed=not_(raw.present),
                        reason=f"{field_name} is missing",
                        columns=raw.columns,
                    )
                )
        identifiers = {
            kind: self._column(self._values.of(value), "text", self._reading)
            for kind, value in section.identifiers.items()
        }
        further: dict[str, Column] = {}
        for further_name, typed in section.further.items():
            raw = self._values.of(typed.of)
            made = further[further_name] = self._column(raw, typed.type, self._reading)
            checks += self._checks(further_name, raw, typed.type, made, self._reading)
        if section.of_kind.identifiers_required:
            nobody = all_of(is_null(column.sql) for column in identifiers.values())
            checks.append(Check(failed=nobody, reason="no identifier", columns=()))
        return SectionRows(
            number=number,
            section=section,
            where=where,
            fields=fields,
            identifiers=identifiers,
            further=further,
            checks=tuple(checks),
            record=leaf(_record(section, fields, identifiers)),
        )

    def _column(self, raw: Raw, type_: FieldType, reading: Reading) -> Column:
        if type_ == "text" and raw.category == "int":
            return Column(sql=raw.sql, late=True)
        return Column(sql=leaf(reading.typed(raw, type_)))

    def _checks(
        self, field: str, raw: Raw, type_: FieldType, column: Column, reading: Reading
    ) -> list[Check]:
        checks = []
        unread = reading.unread(raw, type_)
        if not isinstance(unread, exp.Boolean):
            reason = f"{field} is not {NAMES[type_]}"
            checks.append(Check(failed=unread, reason=reason, columns=raw.columns))
        if type_ == "instant":
            limit = fill("make_timestamptz(_x)", x=num(self._now + AHEAD_US))
            checks.append(
                Check(
                    failed=fill("_x > _limit", x=column.sql, limit=limit),
                    reason=f"{field} lies more than 24 hours ahead",
                    columns=raw.columns,
                )
            )
        return checks


def _record(section: Section, fields: Map[str, Column], identifiers: Map[str, Column]) -> Sql:
    """What tells the record apart as one text; NULL where the row does not say it."""
    own = [_text(fields[name]) for name in RECORDS[section.kind] if name in fields]
    if section.kind not in OF_PERSONS:
        return own[0] if own else exp.cast(exp.null(), "varchar")
    said = [
        fill(
            "CASE WHEN _x IS NOT NULL THEN concat(_k, ':', lower(_x)) END",
            k=exp.Literal.string(kind),
            x=_text(column),
        )
        for kind, column in identifiers.items()
    ]
    who = coalesce(said[0], *said[1:]) if said[1:] else said[0]
    whole = who
    for one in own:
        whole = fill("concat(_a, ' ', _b)", a=whole, b=one)
    return fill("CASE WHEN _w IS NOT NULL THEN _x END", w=who.copy(), x=whole)


def _text(column: Column) -> Sql:
    return exp.cast(column.text(column.sql.copy()), "varchar")


def _needed(section: Section, field: str) -> bool:
    """Whether each row must have it; what is said of an order may stand on any of its rows."""
    declared = section.of_kind.by_name[field]
    if field in {"order", "refund"}:
        return declared.required
    if field == "amount":
        return section.kind == "order_lines" and "total" not in section.fields
    return declared.required and declared.level == "row"


def _first(conditions: Sequence[Sql]) -> Sql:
    """The place of the first condition that holds, or NULL."""
    case = exp.Case()
    for place, condition in enumerate(conditions):
        case = case.when(condition, num(place))
    return case if conditions else exp.cast(exp.null(), "int")
