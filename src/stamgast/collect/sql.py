"""SQL as values: static templates filled with expressions, and values as bound parameters."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one

from stamgast.language.sql.terms import Sql, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.store.database import Database


@lru_cache(maxsize=4096)
def _name(kind: str, value: object) -> str:
    said = f"{kind} {value!r}".encode()
    return "p" + blake2b(said, digest_size=8).hexdigest()


@cache
def _template(text: str) -> exp.Expr:
    return parse_one(text, dialect="duckdb")


def fill(template: str, **parts: Sql) -> Sql:
    """The expression of a constant template with each column ``_name`` replaced by an expression.

    >>> from stamgast.language.sql.terms import col
    >>> fill("coalesce(_x, 0)", x=col("a")).sql("duckdb")
    'COALESCE("a", 0)'
    """
    return _filled(_template(template), parts)


def _filled(node: exp.Expr, parts: Mapping[str, Sql]) -> exp.Expr:
    """A copy with the parts in their places; what is put in is copied, what is replaced is not."""
    if isinstance(node, exp.Column) and node.name[:1] == "_" and node.name[1:] in parts:
        return wrap(parts[node.name[1:]]).copy()
    return type(node)(**{key: _filled_in(value, parts) for key, value in node.args.items()})


def _filled_in(value: object, parts: Mapping[str, Sql]) -> object:
    if isinstance(value, exp.Expr):
        return _filled(value, parts)
    if isinstance(value, list):
        return [_filled_in(one, parts) for one in value]
    return value


def text(query: exp.Expr) -> str:
    """The DuckDB text of a statement, all names quoted."""
    return query.sql(dialect="duckdb", identify=True, copy=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a leaf was made of, and the names of the placeholders in it."""

    part: Sql
    names: tuple[str, ...]


_SMALL = (exp.Boolean, exp.Column, exp.Literal, exp.Null, exp.Placeholder, exp.Var)
_KEPT = "kept"


def leaf(part: Sql) -> Sql:
    """The same expression as a single node that holds its text.

    Expressions over a file's columns are large and are put into many statements: a leaf is copied,
    searched and written in no time.
    """
    if isinstance(part, _SMALL):
        return part
    whole = wrap(part)
    made = exp.Var(this=text(whole))
    made.args[_KEPT] = _Kept(whole, tuple(_placeholders(whole)))
    return made


def _placeholders(query: exp.Expr) -> dict[str, None]:
    found: dict[str, None] = {}
    for node in query.find_all(exp.Placeholder, exp.Var):
        if isinstance(node, exp.Placeholder):
            found[node.name] = None
        elif _KEPT in node.args:
            found |= dict.fromkeys(node.args[_KEPT].names)
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as text, and the names of the values it needs."""

    text: str
    names: tuple[str, ...]


def written(query: exp.Expr) -> Written:
    """A statement that is asked again: its text is made once."""
    return Written(text(query), tuple(_placeholders(query)))


NOW = exp.Placeholder(this="now")
"""When the rows are received, in microseconds."""


class Params:
    """Values of a statement under way; each is bound, none is written into the text.

    Names follow from values, so that the same statement is the same text in every import.
    """

    def __init__(self) -> None:
        self._values: ChainMap[str, object] = ChainMap()

    def bind(self, value: str | float | None) -> exp.Placeholder:
        """A placeholder for a value; the same value has the same one."""
        return self.name(_name(type(value).__name__, value), value)

    def name(self, name: str, value: object) -> exp.Placeholder:
        """A placeholder of this name, for what differs between imports of the same form."""
        self._values[name] = value
        return exp.Placeholder(this=name)

    def take(self, others: Params) -> None:
        """Know the values of others, too, also those that they come to know."""
        self._values.maps.append(others._values)

    def of(self, query: exp.Expr | Written) -> dict[str, object]:
        """The values that a statement needs, and no other: DuckDB refuses one that is not used."""
        names = query.names if isinstance(query, Written) else _placeholders(query)
        return {name: self._values[name] for name in names}


def create(db: Database, name: str, query: exp.Query | Written, params: Params) -> None:
    """Keep the rows of a query in a temporary table, replacing one of that name."""
    asked = written(query) if isinstance(query, exp.Query) else query
    db.run(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {asked.text}', params.of(asked))


def create_view(db: Database, name: str, query: exp.Query, params: Params | None = None) -> None:
    """Give a query a name. A view takes no parameters: their values are kept as variables."""
    values = {} if params is None else params.of(query)
    for variable, value in values.items():
        db.run(f"SET VARIABLE {variable} = $value", {"value": value})
    shown = query.transform(_variable) if values else query
    db.run(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {text(shown)}')


def _variable(node: exp.Expr) -> exp.Expr:
    kept: _Kept | None = node.args.get(_KEPT)
    if kept is not None and kept.names:
        return kept.part.transform(_variable)
    if not isinstance(node, exp.Placeholder):
        return node
    return exp.Anonymous(this="getvariable", expressions=[exp.Literal.string(node.name)])


def rows(db: Database, query: exp.Query | Written, params: Params) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    asked = written(query) if isinstance(query, exp.Query) else query
    return db.run(asked.text, params.of(asked))


def union_all(queries: list[exp.Query]) -> exp.Query:
    """All rows of all queries; of one: itself."""
    result = queries[0]
    for query in queries[1:]:
        result = exp.union(result, query, distinct=False, copy=False)
    return result
