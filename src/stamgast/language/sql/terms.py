"""Short words for SQLGlot expressions: quoted names, comparisons, steps of a WITH."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

Sql: TypeAlias = exp.Expr
Kind = TypeVar("Kind", bound=exp.Expr)

NEVER = 9_223_372_036_854_775_807
"""The instant of what never happens, inside a statement; outside it is NULL."""


def name(text: str) -> exp.Identifier:
    """A quoted identifier: ``"at"``."""
    return exp.Identifier(this=text, quoted=True)


def col(column: str, table: str | None = None) -> exp.Column:
    """A quoted column: ``"o"."at"``."""
    return exp.Column(this=name(column), table=name(table) if table else None)


def tab(table: str, alias: str | None = None) -> exp.Table:
    """A quoted table: ``"order_version" AS "o"``."""
    found = exp.Table(this=name(table))
    if alias:
        found.set("alias", exp.TableAlias(this=name(alias)))
    return found


def as_(expression: Sql, alias: str) -> exp.Alias:
    """A named column: ``... AS "alias"``."""
    return exp.Alias(this=expression, alias=name(alias))


def num(value: int) -> Sql:
    """A whole number that is part of the statement's form (0, 1, never)."""
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def every(expression: Sql, kind: type[Kind]) -> Iterator[Kind]:
    """What of exactly this kind is in an expression, from the outside in; itself too.

    As ``find_all``, which asks of each node whether some ancestor of its class is meant: that took a
    tenth of the time in which statements are made.
    """
    nodes: list[object] = [expression]
    for node in nodes:  # it grows meanwhile
        if type(node) is kind:
            yield node
        for value in node.args.values():  # type: ignore[attr-defined] # only expressions get in
            if type(value) is list:
                nodes += [one for one in value if hasattr(one, "args")]
            elif hasattr(value, "args"):
                nodes.append(value)


def form(value: object) -> Hashable:
    """A key of an expression (or None), equal for those built alike, without writing them as text."""
    if type(value) is list:
        return tuple([form(one) for one in value])
    args = getattr(value, "args", None)
    if args is None:
        return value  # a name, a number, a flag
    return (value.__class__, *[(key, form(one)) for key, one in args.items() if one])


def never() -> Sql:
    """The instant that never comes: ``9223372036854775807``."""
    return num(NEVER)


def no() -> Sql:
    """``FALSE``."""
    return exp.false()


def wrap(expression: Sql) -> Sql:
    """The expression in parentheses, if it needs them inside another one."""
    if isinstance(expression, exp.Binary | exp.Connector | exp.Unary | exp.Between | exp.In):
        return exp.Paren(this=expression)
    return expression


def side(expression: Sql) -> Sql:
    """One side of a comparison: arithmetic binds tighter and needs no parentheses."""
    return expression if isinstance(expression, exp.Add | exp.Sub | exp.Mul) else wrap(expression)


def eq(left: Sql, right: Sql) -> Sql:
    """``left = right``."""
    return exp.EQ(this=side(left), expression=side(right))


def lt(left: Sql, right: Sql) -> Sql:
    """``left < right``."""
    return exp.LT(this=side(left), expression=side(right))


def lte(left: Sql, right: Sql) -> Sql:
    """``left <= right``."""
    return exp.LTE(this=side(left), expression=side(right))


def gt(left: Sql, right: Sql) -> Sql:
    """``left > right``."""
    return exp.GT(this=side(left), expression=side(right))


def gte(left: Sql, right: Sql) -> Sql:
    """``left >= right``."""
    return exp.GTE(this=side(left), expression=side(right))


def add(left: Sql, right: Sql) -> Sql:
    """``left + right``."""
    return exp.Add(this=wrap(left), expression=wrap(right))


def sub(left: Sql, right: Sql) -> Sql:
    """``left - right``."""
    return exp.Sub(this=wrap(left), expression=wrap(right))


def mul(left: Sql, right: Sql) -> Sql:
    """``left * right``."""
    return exp.Mul(this=wrap(left), expression=wrap(right))


def is_null(this: Sql) -> Sql:
    """``this IS NULL``."""
    return exp.Is(this=wrap(this), expression=exp.null())


def present(this: Sql) -> Sql:
    """``NOT this IS NULL``."""
    return exp.Not(this=is_null(this))


def not_(this: Sql) -> Sql:
    """``NOT this``."""
    return exp.Not(this=wrap(this))


def all_of(items: Iterable[Sql]) -> Sql:
    """``a AND b AND ...``; of none: TRUE."""
    found = [item for item in items if not is_boolean(item, value=True)]
    if any(is_boolean(item, value=False) for item in found):
        return exp.false()
    return exp.and_(*found, copy=False) if found else exp.true()


def any_of(items: Iterable[Sql]) -> Sql:
    """``a OR b OR ...``; of none: FALSE."""
    found = [item for item in items if not is_boolean(item, value=False)]
    if any(is_boolean(item, value=True) for item in found):
        return exp.true()
    return exp.or_(*found, copy=False) if found else exp.false()


def is_boolean(item: Sql, *, value: bool) -> bool:
    """Whether the expression is the constant TRUE, or FALSE."""
    return isinstance(item, exp.Boolean) and item.this is value


def coalesce(first: Sql, *rest: Sql) -> Sql:
    """``COALESCE(first, ...)``; a constant is never missing."""
    if isinstance(first, exp.Boolean):
        return first
    return exp.Coalesce(this=first, expressions=list(rest))


def case(*branches: tuple[Sql, Sql], otherwise: Sql | None = None) -> Sql:
    """``CASE WHEN ... THEN ... ELSE ... END``; without branches what is otherwise."""
    if not branches:
        return exp.null() if otherwise is None else otherwise
    found = exp.Case()
    for condition, value in branches:
        found = found.when(condition, value, copy=False)
    return found.else_(otherwise, copy=False) if otherwise is not None else found


def call(function: str, *args: Sql) -> Sql:
    """A function that every dialect knows by this name."""
    return exp.func(function, *args)


def count() -> Sql:
    """``COUNT(*)``."""
    return exp.Count(this=exp.Star())


def least(items: Sequence[Sql]) -> Sql:
    """The least of some columns that are not missing."""
    if len(items) == 1:
        return items[0]
    return exp.Least(this=items[0], expressions=list(items[1:]), ignore_nulls=True)


def greatest(items: Sequence[Sql]) -> Sql:
    """The greatest of some columns that are not missing."""
    if len(items) == 1:
        return items[0]
    return exp.Greatest(this=items[0], expressions=list(items[1:]), ignore_nulls=True)


def left_join(select: exp.Select, table: Sql, *, on: Sql) -> exp.Select:
    """The select itself, with ``LEFT JOIN table ON on``; SQLGlot's own way parses a text each time."""
    return select.join(exp.Join(this=table, side="LEFT", on=on), copy=False)


def window(function: Sql, partition: Sequence[Sql], order: Sequence[Sql]) -> exp.Window:
    """``function OVER (PARTITION BY ... ORDER BY ...)``."""
    return exp.Window(
        this=function,
        partition_by=list(partition),
        order=exp.Order(expressions=list(order)) if order else None,
    )


def asc(this: Sql) -> Sql:
    """Ascending, for ORDER BY; columns that are never missing only."""
    return exp.Ordered(this=this, desc=False, nulls_first=False)


def desc(this: Sql) -> Sql:
    """Descending, for ORDER BY; columns that are never missing only."""
    return exp.Ordered(this=this, desc=True, nulls_first=False)
