"""The faces of the engines: everything that DuckDB and Spark write differently is here.

Both are given the same steps; where no common expression exists, a method of ``Face`` makes the
one that its dialect has. Values are bound by name: ``$t`` in DuckDB, ``:t`` in Spark.
"""

from __future__ import annotations

from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import Protocol

from sqlglot import exp

from stamgast.language.sql.terms import (
    NEVER,
    Sql,
    case,
    eq,
    gte,
    lt,
    mul,
    num,
    sub,
    wrap,
)
from stamgast.language.types import Type

HOUR_US = 3_600_000_000

STORED = {
    Type.INTEGER: "BIGINT",
    Type.MONEY: "BIGINT",
    Type.DECIMAL: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.TEXT: "TEXT",
    Type.BOOLEAN: "BOOLEAN",
    Type.INSTANT: "BIGINT",
    Type.DAY: "DATE",
    Type.DURATION: "BIGINT",
    Type.AGE: "BIGINT",
}
"""The SQL type of a stored value."""


def function(called: str, *args: Sql) -> exp.Anonymous:
    """A function by the name it has in one dialect."""
    return exp.Anonymous(this=called, expressions=list(args))


def cast(this: Sql, to: str) -> Sql:
    """``CAST(this AS to)``."""
    return exp.cast(this, _kind(to))


@cache
def _kind(named: str) -> exp.DataType:
    """The type of a name, parsed once."""
    return exp.DataType.build(named)


class Face(Protocol):
    """What one engine calls things. Lists count from 1; a missing element is NULL."""

    name: str
    """SQLGlot's name of the dialect."""
    materializes: bool
    """Whether a step that is read several times can be told to be made once."""

    def whole(self, this: Sql) -> Sql:
        """The number in the widest whole type: products and sums do not overflow."""

    def in_64_bits(self, this: Sql) -> Sql:
        """The wide whole number as BIGINT, NULL when that does not hold it."""

    def double(self, this: Sql) -> Sql:
        """The double nearest to a whole number."""

    def latest(self, at: Sql, many: int) -> Sql:
        """An aggregate: the list of the ``many`` greatest instants, the greatest first."""

    def element(self, items: Sql, place: int) -> Sql:
        """An element of a list, NULL when the list is shorter."""

    def entry(self, items: Sql, place: Sql) -> Sql:
        """The entry of a constant list at a place of 1 or more, NULL beyond its end."""

    def listed(self, this: Sql) -> Sql:
        """An aggregate: the list of the values, in no order."""

    def joined(self, items: Sql) -> Sql:
        """The texts of a list in order, with spaces between; NULL of NULL."""

    def row(self, **fields: Sql) -> Sql:
        """A row of values; rows compare field by field (no field may be missing)."""

    def field(self, row: Sql, name: str) -> Sql:
        """A field of a row."""

    def value_of_least(self, value: Sql, key: Sql) -> Sql:
        """An aggregate: the value, even if missing, of the row with the least key."""

    def value_of_greatest(self, value: Sql, key: Sql) -> Sql:
        """An aggregate: the value, even if missing, of the row with the greatest key."""

    def local_day(self, instant: Sql, zone: Sql) -> Sql:
        """The day of the calendar in the zone at an instant (BIGINT microseconds)."""

    def midnight(self, day: Sql, zone: Sql) -> Sql:
        """The instant (BIGINT microseconds) at which a local day starts."""

    def days_between(self, first: Sql, last: Sql) -> Sql:
        """The number of calendar days from one day to another."""

    def add_days(self, day: Sql, days: Sql) -> Sql:
        """The day some days later."""


class DuckFace:
    """DuckDB 2."""

    name = "duckdb"
    materializes = True

    def whole(self, this: Sql) -> Sql:
        """``CAST(x AS INT128)``."""
        return cast(this, "INT128")

    def in_64_bits(self, this: Sql) -> Sql:
        """``TRY_CAST(x AS BIGINT)``."""
        return exp.TryCast(this=this, to=exp.DataType.build("BIGINT"))

    def double(self, this: Sql) -> Sql:
        """``CAST(x AS DOUBLE)``."""
        return cast(this, "DOUBLE")

    def latest(self, at: Sql, many: int) -> Sql:
        """``MAX(at, 3)``."""
        return function("MAX", at, num(many))

    def element(self, items: Sql, place: int) -> Sql:
        """``LIST_EXTRACT(items, 3)``."""
        return function("LIST_EXTRACT", items, num(place))

    def entry(self, items: Sql, place: Sql) -> Sql:
        """``LIST_EXTRACT($items, place)``."""
        return function("LIST_EXTRACT", items, place)

    def listed(self, this: Sql) -> Sql:
        """``LIST(x)``."""
        return function("LIST", this)

    def joined(self, items: Sql) -> Sql:
        """``ARRAY_TO_STRING(LIST_SORT(items), ' ')``."""
        return function("ARRAY_TO_STRING", function("LIST_SORT", items), exp.Literal.string(" "))

    def row(self, **fields: Sql) -> Sql:
        """``{'n': n, 'at': at}``."""
        return exp.Struct(expressions=[_field(key, value) for key, value in fields.items()])

    def field(self, row: Sql, name: str) -> Sql:
        """``STRUCT_EXTRACT(row, 'at')``."""
        return function("STRUCT_EXTRACT", row, exp.Literal.string(name))

    def value_of_least(self, value: Sql, key: Sql) -> Sql:
        """``ARG_MIN_NULL(value, key)``: plain ARG_MIN skips rows whose value is missing."""
        return function("ARG_MIN_NULL", value, key)

    def value_of_greatest(self, value: Sql, key: Sql) -> Sql:
        """``ARG_MAX_NULL(value, key)``."""
        return function("ARG_MAX_NULL", value, key)

    def local_day(self, instant: Sql, zone: Sql) -> Sql:
        """``CAST(TIMEZONE($zone, TIMEZONE('UTC', MAKE_TIMESTAMP(x))) AS DATE)``."""
        utc = function("TIMEZONE", exp.Literal.string("UTC"), function("MAKE_TIMESTAMP", instant))
        return cast(function("TIMEZONE", zone, utc), "DATE")

    def midnight(self, day: Sql, zone: Sql) -> Sql:
        """``EPOCH_US(TIMEZONE($zone, CAST(day AS TIMESTAMP)))``, the first of two midnights.

        Where clocks go back at midnight (Azores, Havana), ICU takes the second one.
        """
        late = function("EPOCH_US", function("TIMEZONE", zone, exp.cast(day, "TIMESTAMPNTZ")))
        early = sub(late, num(HOUR_US))
        return case(
            (eq(self.local_day(early.copy(), zone.copy()), day.copy()), early),
            otherwise=late.copy(),
        )

    def days_between(self, first: Sql, last: Sql) -> Sql:
        """``last - first`` of two DATEs."""
        return cast(exp.Sub(this=wrap(last), expression=wrap(first)), "BIGINT")

    def add_days(self, day: Sql, days: Sql) -> Sql:
        """``day + CAST(days AS INT)``."""
        return exp.Add(this=wrap(day), expression=cast(days, "INT"))


class SparkFace:
    """Spark SQL 4; the session's zone is UTC."""

    name = "spark"
    materializes = False

    def whole(self, this: Sql) -> Sql:
        """``CAST(x AS DECIMAL(38, 0))``."""
        return cast(this, "DECIMAL(38, 0)")

    def in_64_bits(self, this: Sql) -> Sql:
        """``CASE WHEN x BETWEEN ... THEN CAST(x AS BIGINT) END``: SQLGlot has no TRY_CAST here."""
        least = sub(num(-NEVER), num(1))
        fits = exp.Between(this=wrap(this), low=exp.Paren(this=least), high=num(NEVER))
        return case((fits, cast(this, "BIGINT")))

    def double(self, this: Sql) -> Sql:
        """``CAST(x AS DOUBLE)``."""
        return cast(this, "DOUBLE")

    def latest(self, at: Sql, many: int) -> Sql:
        """``SLICE(SORT_ARRAY(COLLECT_LIST(at), FALSE), 1, 3)``, without its two outer calls.

        A FILTER belongs to the aggregate itself, so ``element`` sorts.
        """
        del many
        return function("COLLECT_LIST", at)

    def element(self, items: Sql, place: int) -> Sql:
        """``GET(SORT_ARRAY(items, FALSE), 2)``."""
        return function("GET", function("SORT_ARRAY", items, exp.false()), num(place - 1))

    def entry(self, items: Sql, place: Sql) -> Sql:
        """``GET(:items, CAST(place - 1 AS INT))``."""
        return function("GET", items, cast(sub(place, num(1)), "INT"))

    def listed(self, this: Sql) -> Sql:
        """``COLLECT_LIST(x)``."""
        return function("COLLECT_LIST", this)

    def joined(self, items: Sql) -> Sql:
        """``NULLIF(ARRAY_JOIN(SORT_ARRAY(items), ' '), '')``: of nothing Spark lists nothing."""
        text = function("ARRAY_JOIN", function("SORT_ARRAY", items), exp.Literal.string(" "))
        return exp.Nullif(this=text, expression=exp.Literal.string(""))

    def row(self, **fields: Sql) -> Sql:
        """``STRUCT(n AS n, at AS at)``."""
        return exp.Struct(expressions=[_field(key, value) for key, value in fields.items()])

    def field(self, row: Sql, name: str) -> Sql:
        """``row.at``."""
        return exp.Dot(this=row, expression=exp.to_identifier(name, quoted=True))

    def value_of_least(self, value: Sql, key: Sql) -> Sql:
        """``MIN_BY(value, key)``."""
        return function("MIN_BY", value, key)

    def value_of_greatest(self, value: Sql, key: Sql) -> Sql:
        """``MAX_BY(value, key)``."""
        return function("MAX_BY", value, key)

    def local_day(self, instant: Sql, zone: Sql) -> Sql:
        """``CAST(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(x), :zone) AS DATE)``."""
        return cast(
            function("FROM_UTC_TIMESTAMP", function("TIMESTAMP_MICROS", instant), zone), "DATE"
        )

    def midnight(self, day: Sql, zone: Sql) -> Sql:
        """``UNIX_MICROS(TO_UTC_TIMESTAMP(CAST(day AS TIMESTAMP), :zone))``."""
        local = cast(day, "TIMESTAMP")
        return function("UNIX_MICROS", function("TO_UTC_TIMESTAMP", local, zone))

    def days_between(self, first: Sql, last: Sql) -> Sql:
        """``CAST(DATEDIFF(last, first) AS BIGINT)``."""
        return cast(function("DATEDIFF", last, first), "BIGINT")

    def add_days(self, day: Sql, days: Sql) -> Sql:
        """``DATE_ADD(day, days)``."""
        return function("DATE_ADD", day, days)


DUCKDB = DuckFace()
SPARK = SparkFace()


def _field(key: str, value: Sql) -> Sql:
    return exp.PropertyEQ(this=exp.to_identifier(key, quoted=True), expression=value)


# --- made of what both know ----------------------------------------------------------------------


def finite(this: Sql) -> Sql:
    """The double, or NULL when it is no finite number."""
    infinity = cast(exp.Literal.string("Infinity"), "DOUBLE")
    return case((lt(exp.Abs(this=this), infinity), this.copy()))


def floor_division(face: Face, number: Sql, numerator: Sql, denominator: Sql) -> Sql:
    """``floor(number x numerator / denominator)``, exact and wide; the denominator is positive.

    The engines' own division of whole numbers rounds towards zero.
    """
    product = mul(face.whole(number), numerator)
    rest = exp.Mod(this=wrap(product), expression=denominator)
    positive = exp.Mod(
        this=exp.Paren(this=exp.Add(this=rest, expression=denominator)), expression=denominator
    )
    return exp.IntDiv(
        this=exp.Paren(this=exp.Sub(this=wrap(product), expression=positive)),
        expression=denominator,
    )


def year_of(day: Sql) -> Sql:
    """``YEAR(day)``."""
    return exp.Year(this=day)


def anniversary(face: Face, day: Sql, year: Sql) -> Sql:
    """The day's anniversary in a year: 29 Feb is kept on 1 Mar in common years.

    ``MAKE_DATE(year, MONTH(day), 1)`` plus ``DAY(day) - 1`` days, which runs over into March.
    """
    first = function("MAKE_DATE", year, exp.Month(this=day.copy()), num(1))
    return face.add_days(first, exp.Sub(this=exp.Day(this=day.copy()), expression=num(1)))


def next_anniversary(face: Face, day: Sql, today: Sql) -> Sql:
    """The first anniversary on or after today; the day itself is one, and the first."""
    this_year = anniversary(face, day, year_of(today.copy()))
    next_year = anniversary(face, day, exp.Add(this=year_of(today.copy()), expression=num(1)))
    return case(
        (gte(day.copy(), today.copy()), day.copy()),
        (gte(this_year, today.copy()), this_year.copy()),
        otherwise=next_year,
    )


def lower_ascii(text: Sql) -> Sql:
    """``CASE WHEN LOWER(x) = x THEN x ELSE TRANSLATE(x, 'ABC...', 'abc...') END``.

    The engines' own LOWER differ beyond A-Z; TRANSLATE, which is slow, is for who has capitals.
    """
    letters = exp.Literal.string(ascii_uppercase)
    small = function("TRANSLATE", text, letters, exp.Literal.string(ascii_lowercase))
    if not isinstance(text, exp.Column):
        return small
    return case((eq(exp.Lower(this=text.copy()), text.copy()), text.copy()), otherwise=small)


def text_test(op: str, text: Sql, part: Sql) -> Sql:
    """``CONTAINS``, ``STARTS_WITH`` or ``ENDS_WITH``: plain text, case-sensitive."""
    made = {"contains": exp.Contains, "starts_with": exp.StartsWith, "ends_with": exp.EndsWith}
    return made[op](this=text, expression=part)


def host(address: Sql) -> Sql:
    """The host of a web address as it is written.

    ``SPLIT_PART(SPLIT_PART(..., '/', 1), ':', 1)`` of what comes after the first ``://``.
    """
    mark = exp.Literal.string("://")
    after = function("SPLIT_PART", address, mark, num(2))
    found: Sql = case((text_test("contains", address, mark), after), otherwise=address)
    for end in "/?#:":
        found = function("SPLIT_PART", found, exp.Literal.string(end), num(1))
    return found


def site(small: Sql) -> Sql:
    """A host in small letters, without ``www.``; NULL when there is none."""
    www = exp.Literal.string("www.")
    bare = exp.Substring(this=small, start=num(len("www.") + 1))
    named = case((text_test("starts_with", small, www), bare), otherwise=small)
    return exp.Nullif(this=named, expression=exp.Literal.string(""))
