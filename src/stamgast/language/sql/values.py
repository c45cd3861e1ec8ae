"""A compiled part of a definition: its value and its ``w``, over the columns of a profile's row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    case,
    coalesce,
    form,
    greatest,
    least,
    never,
    no,
    not_,
    num,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of a profile: NULL when missing; ``until`` is never NULL, None means never."""

    sql: Sql
    until: Sql | None
    level: int
    """The step whose columns the expressions read: 0 is the join of the groups."""
    type: Type
    nullable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A condition of a profile: TRUE or FALSE, never NULL; ``until`` as in ``Value``."""

    sql: Sql
    until: Sql | None
    level: int


def earliest(untils: Sequence[Sql | None]) -> Sql | None:
    """The least of some ``until``s."""
    found = {form(until): until for until in untils if until is not None}
    return least(list(found.values())) if found else None


def strict(sql: Sql, *, nullable: bool) -> Sql:
    """FALSE instead of NULL."""
    return coalesce(sql, no()) if nullable else sql


def decided(items: Sequence[Held], *, by: bool) -> Held:
    """One item that is ``by`` decides, and the last of those to change keeps the whole.

    all (``by`` FALSE): ``a AND b``, until ``CASE WHEN a AND b THEN LEAST(wa, wb) ELSE
    GREATEST(CASE WHEN a THEN 0 ELSE wa END, CASE WHEN b THEN 0 ELSE wb END) END``.
    """
    if len(items) == 1:
        return items[0]
    values = [item.sql for item in items]
    joined = any_of(values) if by else all_of(values)
    level = max((item.level for item in items), default=0)
    if all(item.until is None for item in items):
        return Held(sql=joined, until=None, level=level)
    lasts = [
        case((item.sql, item.until or never()), otherwise=num(0))
        if by
        else case((item.sql, num(0)), otherwise=item.until or never())
        for item in items
    ]
    last, first = greatest(lasts), earliest([item.until for item in items])
    until = case((joined, last if by else first or never()), otherwise=first if by else last)
    return Held(sql=joined, until=until, level=level)


def negated(item: Held) -> Held:
    """Plain negation; the ``until`` stays."""
    return Held(sql=not_(item.sql), until=item.until, level=item.level)


def is_plain(sql: Sql) -> bool:
    """Whether an expression is small enough to be written wherever it is used."""
    if isinstance(sql, exp.Coalesce):
        return all(is_plain(part) for part in (sql.this, *sql.expressions))
    return isinstance(sql, exp.Column | exp.Placeholder | exp.Literal | exp.Boolean | exp.Null)
