"""From what a column holds to what a field means, exactly: numbers, money, instants, texts.

Doubles are read by their shortest decimal: a double that is the nearest one to a whole number of
hundredths (``round(x * 100) / 100 = x``, below 1e11) is that number of hundredths, for two decimals
of at most 15 digits never share a double; every other double goes through its text. Rounding is
half up, away from zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlglot import exp

from stamgast.collect.sql import Params, fill
from stamgast.collect.sql import text as text_of
from stamgast.collect.zones import OFFSET, instant_of_local
from stamgast.errors import InternalError
from stamgast.language.sql.terms import Sql, all_of, any_of, coalesce, is_null, present
from stamgast.language.wording import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.collect.kinds import FieldType
    from stamgast.collect.mapping import Read

Category: TypeAlias = Literal[
    "text", "int", "decimal", "double", "bool", "date", "timestamp", "timestamptz"
]

WHITE = " \t\r\n\u00a0"
"""What is trimmed from both ends of a text."""

_TRIMMED = "_x >= '!' AND _x < chr(127) AND array_extract(_x, -1) BETWEEN '!' AND '~'"
"""Surely trimmed: it begins and ends with a printable character of ASCII."""


DECIMAL_DIGITS = 4
QUANTITY_DIGITS = 3
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


Quick: TypeAlias = "Callable[[int], tuple[Sql, Sql]]"
"""Of a number of decimals: when a cheap way to whole units of ``10 ** -decimals`` is exact, and that
way. The condition is never NULL where the value is present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A value before it is read as a field's type.

    ``present``: whether there is anything to read (never NULL itself); ``columns``: what to show
    when it cannot be read; ``quick``: numbers only; ``bits``: of whole numbers, how wide at most.
    """

    sql: Sql
    category: Category
    present: Sql
    columns: tuple[str, ...] = ()
    quick: Quick | None = None
    bits: int = 64


def column_value(sql: Sql, duckdb_type: str, name: str) -> Raw:
    """A column as a value; of a type that ``category`` knows."""
    kind = category(duckdb_type)
    if kind is None:
        raise InternalError(f"no value is read from {duckdb_type}")
    bits = _BITS.get(duckdb_type, 128) if kind == "int" else 64
    return Raw(
        sql=sql,
        category=kind,
        present=present(sql),
        columns=(name,),
        quick=_quick(sql, kind, duckdb_type, bits),
        bits=bits,
    )


_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
_BITS |= {"UTINYINT": 16, "USMALLINT": 32, "UINTEGER": 64}
_NARROW_BITS, _WIDE_BITS = 32, 64
_ROOM = 15
"""Digits of a decimal that can be multiplied and still fit."""


def _quick(sql: Sql, kind: Category, duckdb_type: str, bits: int) -> Quick | None:
    if kind == "double":
        return lambda digits: (
            fill(f"abs(_x) < 1e11 AND round(_x * {10**digits}) / {10**digits} = _x", x=sql),
            fill(f"CAST(round(_x * {10**digits}) AS BIGINT)", x=sql),
        )
    if kind == "int" and bits <= _WIDE_BITS:
        return lambda digits: (
            exp.true()
            if bits <= _NARROW_BITS
            else fill("_x BETWEEN -100000000000000 AND 100000000000000", x=sql),
            fill(f"CAST(_x AS BIGINT) * {10**digits}", x=sql),
        )
    if kind == "decimal" and "(" in duckdb_type:
        width, scale = (int(part) for part in duckdb_type[8:-1].split(","))
        return lambda digits: (
            exp.true() if width <= _ROOM and scale <= digits else exp.false(),
            fill(f"CAST(_x * {10**digits} AS BIGINT)", x=sql),
        )
    return None


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
    "TIMESTAMPTZ_NS": "timestamptz",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one mapping reads values: its notation, zone and number of decimals of its money."""

    read: Read
    zone: str
    digits: int
    params: Params
    cells: bool = False
    """Whether the file has cells that know their type (Excel): their dates come as ISO 8601."""
    currency: str = ""
    """Its sign or code may stand before or after a number; empty: none may."""
    given_digits: int = 0
    """Decimals of the money of orders and refunds that may be in another currency, if more."""
    certain: frozenset[str] = frozenset()
    """Conditions (their text) that are known to hold for every row of the file."""
    on_columns: dict[str, Sql] = field(default_factory=dict)
    """Conditions on the file's own columns that would be good to know of, by their text."""
    on_values: dict[str, Sql] = field(default_factory=dict)
    """Conditions on the columns c0, c1, ... likewise."""

    def holds(self, condition: Sql) -> bool:
        """Whether a condition on the columns c0, c1, ... is known to hold in every row."""
        return self._holds(condition, self.on_values)

    def _holds(self, condition: Sql, noted: dict[str, Sql]) -> bool:
        """Whether a condition is known to hold; if not, it is noted."""
        key = text_of(condition)
        if key in self.certain:
            return True
        noted[key] = condition
        return False

    def column(self, sql: Sql, kind: Category) -> Sql:
        """A column with text trimmed; empty text, the mapping's words for it, NaN and infinity missing."""
        if kind == "double":
            finite = fill("coalesce(isfinite(_x), TRUE)", x=sql)
            if self._holds(finite, self.on_columns):
                return sql
            return fill("CASE WHEN _f THEN _x END", f=finite, x=sql)
        if kind != "text":
            return sql
        text = fill("CAST(_x AS VARCHAR)", x=sql)
        words = [self._bind(word.strip()) for word in self.read.missing]
        # trimming costs more than all else that is done to a text; most need none
        trimmed = fill(_TRIMMED, x=text)
        as_said = all_of([trimmed, *(fill("_x <> _word", x=text, word=word) for word in words)])
        if self._holds(coalesce(as_said, exp.true()), self.on_columns):
            return text
        text = fill(
            "CASE WHEN _trimmed THEN _x ELSE nullif(trim(_x, _white), '') END",
            trimmed=trimmed,
            x=text,
            white=self._bind(WHITE),
        )
        for word in words:
            text = fill("nullif(_x, _word)", x=text, word=word)
        return text

    def typed(self, raw: Raw, type_: FieldType) -> Sql:
        """The value as the type; NULL when it is missing or cannot be read (see ``unread``)."""
        match type_:
            case "text":
                return self.text(raw)
            case "money":
                return self.minor(raw, self.digits)
            case "decimal":
                return self.minor(raw, DECIMAL_DIGITS)
            case "quantity":
                return self._quantity(raw)
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

    def unread(self, raw: Raw, type_: FieldType) -> Sql:
        """TRUE where there is a value that cannot be read as the type; FALSE or NULL elsewhere.

        Written so that rows which are surely fine cost next to nothing.
        """
        if type_ == "text" or (type_ == "boolean" and raw.category == "bool"):
            return exp.false()
        typed = self.typed(raw, type_)
        if type_ == "instant":
            early = fill(
                "_x < CAST(_low AS TIMESTAMPTZ)", x=typed, low=exp.Literal.string(EARLIEST)
            )
            if raw.category in {"timestamp", "timestamptz", "date"}:
                return early
            return any_of([all_of([raw.present, is_null(typed)]), early])
        places = {"money": self.digits, "decimal": DECIMAL_DIGITS, "quantity": QUANTITY_DIGITS}
        if type_ in places and raw.quick is not None:
            sure, _ = raw.quick(places[type_])
            if sure == exp.true():
                return exp.false()
            return fill(
                "CASE WHEN _sure OR NOT _there THEN FALSE ELSE _x IS NULL END",
                sure=sure,
                there=raw.present,
                x=typed,
            )
        return all_of([raw.present, is_null(typed)])

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
        slow = fill(
            f"TRY_CAST(TRY_CAST(_x AS DECIMAL(38, {digits})) * {10**digits} AS BIGINT)",
            x=self.number(raw),
        )
        if raw.quick is None:
            return slow
        sure, value = raw.quick(digits)
        if isinstance(sure, exp.Boolean):
            return value if sure.this else slow
        if self._holds(fill("NOT _p OR _c", p=raw.present, c=sure), self.on_values):
            return value
        return fill("CASE WHEN _sure THEN _value ELSE _slow END", sure=sure, value=value, slow=slow)

    def instant(self, raw: Raw) -> Sql:
        """TIMESTAMPTZ; a time without an offset is of the mapping's zone.

        Of a local time that comes twice (the clock goes back) the first one; of one that never was
        (it goes forward) the instant an hour on.
        """
        match raw.category:
            case "timestamptz":
                found = fill("CAST(_x AS TIMESTAMPTZ)", x=raw.sql)
            case "timestamp" | "date":
                found = self._local(fill("CAST(_x AS TIMESTAMP)", x=raw.sql))
            case "int" | "double" | "decimal":
                found = self._epoch(raw)
            case "text":
                candidates = [self._dated(raw, pattern) for pattern in self.read.dates]
                candidates += [self._cell(raw.sql)] if self.cells else []
                found = (
                    coalesce(candidates[0], *candidates[1:]) if candidates[1:] else candidates[0]
                )
            case _:
                return exp.null()
        return found

    # --- parts --------------------------------------------------------------------------------

    def _bind(self, value: str) -> Sql:
        return self.params.bind(value)

    def _local(self, naive: Sql) -> Sql:
        if self.zone == "UTC":
            # a cast would ask the calendar of the session's zone about every row
            return fill("make_timestamptz(epoch_us(_x))", x=naive)
        return instant_of_local(naive, self.zone, self._bind(self.zone))

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
        if "%z" not in pattern:
            return self._local(parsed)
        rest = "" if pattern.endswith("%z") else "([^0-9:].*)?"
        return fill(
            "CASE WHEN regexp_full_match(_x, _sane) THEN _parsed END",
            x=raw.sql,
            sane=exp.Literal.string(f".*{OFFSET}{rest}"),
            parsed=parsed,
        )

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
            offset=exp.Literal.string(f"{day}[Tt ]{clock} ?([Zz]|{OFFSET})"),
            naive=self._local(local),
            aware=offset,
        )

    def _cell(self, text: Sql) -> Sql:
        """The instant of a cell of a sheet that holds one."""
        shape = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?"
        return fill(
            "CASE WHEN regexp_full_match(_x, _shape) THEN _naive END",
            x=text,
            shape=exp.Literal.string(shape),
            naive=self._local(fill("TRY_CAST(_x AS TIMESTAMP)", x=text)),
        )

    def _digits(self, text: Sql) -> Sql:
        """A number as written, with a point; NULL when it is none."""
        plain = self._plain_digits(text)
        if not self.currency:
            return plain
        signs = dict.fromkeys((SYMBOLS.get(self.currency, self.currency), self.currency))
        sign, white = "|".join(map(re.escape, signs)), "[ \u00a0\u202f]*"
        bare = fill(
            r"regexp_replace(_x, _sign, '\1')",
            x=text,
            sign=exp.Literal.string(f"^([+-]?){white}(?:{sign}){white}|{white}(?:{sign})$"),
        )
        return coalesce(plain, self._plain_digits(bare))

    def _plain_digits(self, text: Sql) -> Sql:
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

    def _quantity(self, raw: Raw) -> Sql:
        if raw.category == "int" and raw.bits <= _NARROW_BITS:
            return fill("CAST(_x AS DECIMAL(18, 3))", x=raw.sql)
        if raw.category == "int":
            return fill("TRY_CAST(_x AS DECIMAL(18, 3))", x=raw.sql)
        if raw.category != "double":
            return fill("TRY_CAST(_x AS DECIMAL(18, 3))", x=self.number(raw))
        thousandths = self.minor(raw, QUANTITY_DIGITS)
        return fill(
            "TRY_CAST(TRY_CAST(_x AS DECIMAL(18, 0)) * CAST('0.001' AS DECIMAL(3, 3)) "
            "AS DECIMAL(18, 3))",
            x=thousandths,
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
