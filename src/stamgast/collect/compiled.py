"""A mapping over the columns of files of one layout: all that does not depend on what their rows say.

To compile it takes as long as to read a small file, and the next file of the same source is nearly always
of the same layout: so what was compiled is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.convert import NAMES, Raw, Reading
from stamgast.collect.decode import Source, columns, selected
from stamgast.collect.kinds import OF_PERSONS
from stamgast.collect.sql import NOW, Params, Written, fill, leaf, text, written
from stamgast.collect.values import Values
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
    present,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from collections.abc import Mapping as Map

    from stamgast.collect.kinds import FieldType
    from stamgast.collect.mapping import Mapping, Section

LAYOUTS_KEPT = 32

AHEAD_US = 86_400_000_000
"""A row may be dated this far ahead of now: a day."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What compiling looks at; equal ones are compiled alike.

    ``shape``: all of it but the mapping, which ``mapped`` is as text.
    """

    shape: Hashable
    mapped: str
    source: Source = field(compare=False)
    mapping: Mapping = field(compare=False)
    reading: Reading = field(compare=False)


def compiled(source: Source, mapping: Mapping, reading: Reading) -> Compiled:
    """The mapping over the file's columns. Raises UserError for a missing column."""
    shape = (
        source.path.name,
        text(source.relation),
        text(source.line),
        *source.types.items(),
        *source.names.items(),
        source.cells,
        reading.zone,
        reading.digits,
        reading.given_digits,
        reading.certain,
    )
    return _compiled(
        Layout(
            shape=shape,
            mapped=mapping.model_dump_json(),
            source=replace(source, bad=()),  # what rows say is not kept
            mapping=mapping,
            reading=reading,
        )
    )


@lru_cache(maxsize=LAYOUTS_KEPT)
def _compiled(layout: Layout) -> Compiled:
    return Compiled(layout.source, layout.mapping, layout.reading)


class Compiled:
    """A mapping over files of one layout. Its expressions are put into statements as copies."""

    def __init__(self, source: Source, mapping: Mapping, reading: Reading) -> None:
        """Made by ``compiled``."""
        file = source.path.name
        self._numbered = mapping.sections_of(file)
        self._leave_out = mapping.leave_out_of(file)
        # where each row says its currency, a sign could say another
        told = any("currency" in section.fields for _, section in self._numbered)
        self.params = Params()
        """The values that its expressions need."""
        self.reading = replace(
            reading,
            params=self.params,
            cells=source.cells,
            currency="" if told else mapping.currency,
            on_columns={},
            on_values={},
        )
        self.columns, select = columns(
            source, mapping.columns_of(file), mapping.optional_columns, self.reading
        )
        self._values = Values(columns=self.columns, reading=self.reading)
        self._written: dict[Hashable, Written] = {}
        query = leaf(selected(source, select))
        self.base = exp.Subquery(this=query, alias=exp.TableAlias(this=name("raw")))
        """``(SELECT line, c0, c1, ... FROM the file) AS raw``."""
        self._whole = selected(source, self._flags(self.reading.on_columns))

    def kept(self, key: Hashable, make: Callable[[], exp.Query]) -> Written:
        """The text of a statement that follows from this and the key."""
        if key not in self._written:
            self._written[key] = written(make())
        return self._written[key]

    @cached_property
    def left_out(self) -> list[tuple[Sql, str]]:
        """The conditions on which a row is left out, and why."""
        return [(leaf(self._values.condition(one.where)), one.reason) for one in self._leave_out]

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
    def bad(self) -> Sql:
        """Whether any check fails in a row."""
        return leaf(any_of(check.failed for check in self.checks))

    @cached_property
    def survey_columns(self) -> tuple[Written, list[str]]:
        """One row: whether each of the conditions on the file's columns holds in all rows.

        What holds everywhere need not be asked again of every row (``certain``). There is at least
        one condition.
        """
        conditions = self.reading.on_columns
        asked = [fill("bool_and(_x)", x=col(f"f{place}")) for place in range(len(conditions))]
        query = exp.select(*asked).from_(self._whole.subquery("raw"))
        return written(query), list(conditions)

    @cached_property
    def survey(self) -> tuple[Written, list[str]]:
        """One row: whether no check fails (``clean``), then conditions on values as ``survey_columns``."""
        _ = self.left_out  # compiled now: it notes conditions, too
        asked = [fill("(_x) IS NOT TRUE", x=self.bad), *self.reading.on_values.values()]
        query = exp.select(*(fill("bool_and(_x)", x=one) for one in asked)).from_(self.base.copy())
        return written(query), list(self.reading.on_values)

    @staticmethod
    def _flags(conditions: Map[str, Sql]) -> list[Sql]:
        return [as_(sql, f"f{place}") for place, sql in enumerate(conditions.values())]

    def _section(self, number: int, section: Section) -> SectionRows:
        where = leaf(self._values.condition(section.where)) if section.where else exp.true()
        if "message_id" in section.fields and section.fields["message_id"].column is not None:
            column = self.columns[str(section.fields["message_id"].column)]
            self.reading.holds(present(column.sql))
        reading = self.reading
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
            kind: self._column(self._values.of(value), "text", self.reading)
            for kind, value in section.identifiers.items()
        }
        further: dict[str, Column] = {}
        for further_name, typed in section.further.items():
            raw = self._values.of(typed.of)
            made = further[further_name] = self._column(raw, typed.type, self.reading)
            checks += self._checks(further_name, raw, typed.type, made, self.reading)
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
            limit = fill(f"make_timestamptz(_now + {AHEAD_US})", now=NOW)
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
