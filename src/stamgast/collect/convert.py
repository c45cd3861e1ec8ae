"""From what a column holds to what a field means, exactly: numbers, money, instants, texts.

Doubles are read by their shortest decimal: a double that is the nearest one to a whole number of
hundredths (``round(x * 100) / 100 = x``, below 1e11) is that number of hundredths, for two decimals
of at most 15 digits never share a double; every other double goes through its text. Rounding is
half up, away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlglot import exp

from stamgast.collect.sql import Params, fill
from stamgast.language.sql.terms import Sql, coalesce

if TYPE_CHECKING:
    from stamgast.collect.kinds import FieldType
    from stamgast.collect.mapping import Read

Category: TypeAlias = Literal[
    "text", "int", "decimal", "double", "bool", "date", "timestamp", "timestamptz"
]

WHITE = " \t\r\n\v\f\u00a0\ufeff"
"""What is trimmed from both ends of a text."""

EARLIEST = "1900-01-01"
"""Instants before this are slips of the pen, such as a year of two digits."""

NAMES: dict[FieldType, str] = {
    "text": "text",
    "money": "an amount of money",
    "quantity": "a quantity",
    "boolean": "yes or no",
    "instant": "an instant",
    "integer": "a whole number",
    "decimal": "a number",
    "number": "a number",
    "day": "a day",
}
"""For messages: what a value of the type is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A value before it is read as a field's type.

    ``present``: whether there is anything to read (never NULL itself); ``columns``: what to show
    when it cannot be read.
    """

    sql: Sql
    category: Category
    present: Sql
    columns: tuple[str, ...] = ()


def category(duckdb_type: str) -> Category | None:
    """How values of a DuckDB type are read; None: not at all (lists, structs, blobs).

    >>> category("DECIMAL(7,2)"), category("TIMESTAMP_NS"), category("INTEGER[]")
    ('decimal', 'timestamp', None)
    """
    return (
        _CATEGORIES.get(duckdb_type.partition("(")[0].strip('"').upper())
        if (not duckdb_type.endswith("]"))
        else None
    )


_CATEGORIES: dict[str, Category] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "int"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "int"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "double"),
    **dict.fromkeys(("VARCHAR", "ENUM", "UUID", "JSON", "NULL"), "text"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"), "timestamp"),
    "DECIMAL": "decimal",
    "BOOLEAN": "bool",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one mapping reads values: its notation, zone and number of decimals of its money."""

    read: Read
    zone: str
    digits: int
    params: Params

    def column(self, sql: Sql, kind: Category) -> Sql:
        """A column with text trimmed and empty text, and the mapping's words for it, missing."""
        if kind != "text":
            return sql
        text = fill("nullif(trim(CAST(_x AS VARCHAR), _white), '')", x=sql, white=self._bind(WHITE))
        for word in self.read.missing:
            text = fill("nullif(_x, _word)", x=text, word=self._bind(word.strip()))
        return text

    def typed(self, raw: Raw, type_: FieldType) -> Sql:
        """The value as the type; NULL when it is missing or cannot be read."""
        match type_:
            case "text":
                return self.text(raw)
            case "money":
                return self.minor(raw, self.digits)
            case "decimal":
                return self.minor(raw, 4)
            case "quantity":
                return fill("TRY_CAST(_x AS DECIMAL(18, 3))", x=self.number(raw))
            case "integer":
                return self._integer(raw)
            case "number":
                return self._double(raw)
            case "boolean":
                return self._boolean(raw)
            case "instant":
                return self.instant(raw)
            case "day":
                return self._day(raw)

    def text(self, raw: Raw) -> Sql:
        """As digits where it is a whole number, so that ids never get a point or an exponent."""
        if raw.category == "text":
            return raw.sql
        if raw.category == "double":
            return fill(
                "CASE WHEN isnan(_x) THEN NULL WHEN _x = floor(_x) AND abs(_x) < 9007199254740992 "
                "THEN CAST(CAST(_x AS BIGINT) AS VARCHAR) ELSE CAST(_x AS VARCHAR) END",
                x=raw.sql,
            )
        return fill("CAST(_x AS VARCHAR)", x=raw.sql)

    def number(self, raw: Raw, into: str = "DECIMAL(38, 18)") -> Sql:
        """The exact decimal of a value, rounded half up to the places of ``into``."""
        to = exp.DataType.build(into, dialect="duckdb")
        match raw.category:
            case "text":
                found = self._digits(raw.sql)
            case "double":
                found = fill("CAST(_x AS VARCHAR)", x=raw.sql)
            case "int" | "decimal":
                found = raw.sql
            case "bool":
                found = fill("CAST(_x AS TINYINT)", x=raw.sql)
            case _:
                return exp.null()
        return exp.TryCast(this=found.copy(), to=to)

    def minor(self, raw: Raw, digits: int) -> Sql:
        """Whole units of ``10 ** -digits``, rounded half up, as BIGINT; NULL beyond its range."""
        scale = 10**digits
        slow = fill(
            f"TRY_CAST(TRY_CAST(_x AS DECIMAL(38, {digits})) * {scale} AS BIGINT)",
            x=self.number(raw),
        )
        if raw.category == "int":
            return fill(f"TRY_CAST(CAST(_x AS HUGEINT) * {scale} AS BIGINT)", x=raw.sql)
        if raw.category != "double":
            return slow
        return fill(
            f"CASE WHEN abs(_x) < 1e11 AND round(_x * {scale}) / {scale} = _x "
            f"THEN CAST(round(_x * {scale}) AS BIGINT) ELSE _slow END",
            x=raw.sql,
            slow=slow,
        )

    def instant(self, raw: Raw) -> Sql:
        """TIMESTAMPTZ; a time without an offset is of the mapping's zone.

        Of a local time that comes twice (the clock goes back) the later one; of one that never was
        (it goes forward) the instant an hour on.
        """
        match raw.category:
            case "timestamptz":
                found = raw.sql
            case "timestamp" | "date":
                found = self._local(fill("CAST(_x AS TIMESTAMP)", x=raw.sql))
            case "int" | "double" | "decimal":
                found = self._epoch(raw)
            case "text":
                candidates = [self._dated(raw, pattern) for pattern in self.read.dates]
                found = (
                    coalesce(candidates[0], *candidates[1:]) if candidates[1:] else candidates[0]
                )
            case _:
                return exp.null()
        return fill(
            "CASE WHEN _x >= CAST(_low AS TIMESTAMPTZ) AND _x < CAST('9999-01-01' AS TIMESTAMPTZ) "
            "THEN _x END",
            x=found,
            low=exp.Literal.string(EARLIEST),
        )

    # --- parts --------------------------------------------------------------------------------

    def _bind(self, value: str) -> Sql:
        return self.params.bind(value)

    def _local(self, naive: Sql) -> Sql:
        if self.zone == "UTC":
            return fill("CAST(_x AS TIMESTAMPTZ)", x=naive)
        return fill("timezone(_zone, _x)", zone=self._bind(self.zone), x=naive)

    def _epoch(self, raw: Raw) -> Sql:
        places = {"epoch_s": 6, "epoch_ms": 3}
        known = [places[name] for name in self.read.dates if name in places]
        if not known:
            return exp.cast(exp.null(), "timestamptz")
        return fill("make_timestamptz(_x)", x=self.minor(raw, known[0]))

    def _dated(self, raw: Raw, pattern: str) -> Sql:
        if pattern == "iso":
            return self._iso(raw.sql)
        if pattern in {"epoch_s", "epoch_ms"}:
            return self._epoch(raw)
        parsed = fill("try_strptime(_x, _pattern)", x=raw.sql, pattern=self._bind(pattern))
        return parsed if "%z" in pattern else self._local(parsed)

    def _iso(self, text: Sql) -> Sql:
        day, clock = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
        local = fill("TRY_CAST(replace(_x, ',', '.') AS TIMESTAMP)", x=text)
        offset = fill(
            r"TRY_CAST(regexp_replace(replace(_x, ',', '.'), ' +([Zz+-])', '\1') AS TIMESTAMPTZ)",
            x=text,
        )
        return fill(
            "CASE WHEN regexp_full_match(_x, _local) THEN _naive "
            "WHEN regexp_full_match(_x, _offset) THEN _aware END",
            x=text,
            local=exp.Literal.string(f"{day}([Tt ]{clock})?"),
            offset=exp.Literal.string(f"{day}[Tt ]{clock} ?([Zz]|[+-][0-9]{{2}}(:?[0-9]{{2}})?)"),
            naive=self._local(local),
            aware=offset,
        )

    def _digits(self, text: Sql) -> Sql:
        """A number as written, with a point; NULL when it is none."""
        point, group = (",", ".") if self.read.decimal == "," else (".", ",")
        p, g = f"[{point}]", f"[{group}]"
        plain = rf"[+-]?([0-9]+({p}[0-9]*)?|{p}[0-9]+)([eE][+-]?[0-9]{{1,2}})?"
        grouped = rf"[+-]?[0-9]{{1,3}}({g}[0-9]{{3}})+({p}[0-9]*)?"
        return fill(
            "CASE WHEN regexp_full_match(_x, _shape) THEN replace(replace(_x, _group, ''), _point, '.') END",
            x=text,
            shape=exp.Literal.string(f"{plain}|{grouped}"),
            group=exp.Literal.string(group),
            point=exp.Literal.string(point),
        )

    def _integer(self, raw: Raw) -> Sql:
        if raw.category == "int":
            return fill("TRY_CAST(_x AS BIGINT)", x=raw.sql)
        return fill("CASE WHEN _x = trunc(_x) THEN TRY_CAST(_x AS BIGINT) END", x=self.number(raw))

    def _double(self, raw: Raw) -> Sql:
        if raw.category in {"int", "decimal", "double"}:
            found = fill("CAST(_x AS DOUBLE)", x=raw.sql)
        elif raw.category == "text":
            found = fill("TRY_CAST(_x AS DOUBLE)", x=self._digits(raw.sql))
        else:
            return exp.cast(exp.null(), "double")
        return fill("CASE WHEN isfinite(_x) THEN _x END", x=found)

    def _boolean(self, raw: Raw) -> Sql:
        if raw.category == "bool":
            return raw.sql
        return fill(
            "CASE WHEN lower(_x) IN ('1', 'true', 't', 'yes', 'y', 'ja', 'j', 'waar', 'on') THEN TRUE "
            "WHEN lower(_x) IN ('0', 'false', 'f', 'no', 'n', 'nee', 'onwaar', 'off') THEN FALSE END",
            x=self.text(raw),
        )

    def _day(self, raw: Raw) -> Sql:
        if raw.category in {"date", "timestamp"}:
            return fill("CAST(_x AS DATE)", x=raw.sql)
        if raw.category != "text":
            return exp.cast(exp.null(), "date")
        patterns = [pattern for pattern in self.read.dates if "%" in pattern]
        found = [
            fill(
                "CASE WHEN regexp_full_match(_x, '[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?') "
                "THEN TRY_CAST(left(_x, 10) AS DATE) END",
                x=raw.sql,
            )
        ]
        for pattern in patterns:
            parsed = fill("try_strptime(_x, _p)", x=raw.sql, p=self._bind(pattern))
            found.append(fill("CAST(_x AS DATE)", x=parsed))
        return coalesce(found[0], *found[1:]) if found[1:] else found[0]
