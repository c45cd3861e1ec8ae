"""SQL as values: static templates filled with expressions, and values as bound parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one

from stamgast.language.sql.terms import Sql, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.store.database import Database


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


class Params:
    """Values of a statement under way; each is bound, none is written into the text."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}
        self._names: dict[tuple[type, object], str] = {}

    def bind(self, value: str | float | None) -> exp.Placeholder:
        """A placeholder ``$p1`` for a value; the same value has the same one."""
        key = (type(value), value)
        if key not in self._names:
            self._names[key] = f"p{len(self._names) + 1}"
            self._values[self._names[key]] = value
        return exp.Placeholder(this=self._names[key])

    def of(self, query: exp.Expr) -> dict[str, object]:
        """The values that a statement needs, and no other: DuckDB refuses one that is not used."""
        return {name: self._values[name] for name in _placeholders(query)}


def create(db: Database, name: str, query: exp.Query, params: Params) -> None:
    """Keep the rows of a query in a temporary table, replacing one of that name."""
    statement = exp.Create(
        this=exp.Table(this=exp.to_identifier(name, quoted=True)),
        kind="TABLE",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=query,
    )
    db.run(text(statement), params.of(statement))


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


def rows(db: Database, query: exp.Query, params: Params) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    return db.run(text(query), params.of(query))


def union_all(queries: list[exp.Query]) -> exp.Query:
    """All rows of all queries; of one: itself."""
    result = queries[0]
    for query in queries[1:]:
        result = exp.union(result, query, distinct=False, copy=False)
    return result
