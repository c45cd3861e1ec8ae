"""Rows of the first and of the last visit.

Steps: ``..._in_order`` (events with the instant of the one before) -> ``..._of_visits`` (the same with
the start of their visit, of the first visit and of the last).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.groups import Group, join_ask
from stamgast.language.sql.sources import RowSet
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    as_,
    asc,
    case,
    col,
    eq,
    gte,
    is_null,
    sub,
    tab,
    window,
)

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate
    from stamgast.language.sql.plan import Plan


def in_visit(a: Aggregate) -> Sql:
    """Whether a row of the group is of the visit that is asked."""
    if a.visit == "first":
        return eq(col("begun", "r"), col("first_begun", "r"))
    return eq(col("begun", "r"), col("last_begun", "r"))


def visited_rows(a: Aggregate, plan: Plan) -> Group:
    """The group over all rows of these events, each with the start of its visit.

    The properties that are read of it become columns of its steps: ``"utm_source" AS "p1"``.
    """
    gap = a.gap_us or 0
    key = ("visited", a.rows.events, gap)
    if key in plan.groups:
        return plan.groups[key]
    base = plan.base("event", a.rows.events)
    step = plan.new_step(f"{base.name}_of_visits")
    read: dict[str, tuple[str, Sql]] = {}

    def column(name: str) -> Sql | None:
        found = base.column(name)
        if found is None:
            return None
        alias, _ = read.setdefault(name, (f"p{len(read) + 1}", found))
        return col(alias, "r")

    at = col("at", "r")
    rows = RowSet(
        name=step, table=step, come=(), at=at, day=at, id=col("id", "r"), column=column, asked=True
    )
    group = Group(step=f"{step}_by_profile", rows=rows, moment=plan.moment)
    before = plan.new_step(f"{base.name}_in_order")
    plan.steps[before] = lambda: _in_order(base, read, plan)
    plan.steps[step] = lambda: _begun(before, gap, read, plan)
    plan.groups[key] = group
    return group


def _in_order(base: RowSet, read: dict[str, tuple[str, Sql]], plan: Plan) -> exp.Query:
    """``SELECT profile_id, at, id, ..., LAG(at) OVER (PARTITION BY profile_id ORDER BY at)``."""
    keys = [col("profile_id", "r"), *([col("t", "a")] if plan.moment.t is None else [])]
    before = window(exp.Lag(this=base.at), keys, [asc(base.at)])
    taken = [as_(sql.copy(), alias) for alias, sql in read.values()]
    select = exp.select(
        *keys, as_(base.at, "at"), as_(base.id, "id"), *taken, as_(before, "before")
    ).from_(tab(base.table, "r"))
    select = join_ask(select, base, plan.moment)
    return select.where(all_of(base.come), copy=False)


def _begun(step: str, gap: int, read: dict[str, tuple[str, Sql]], plan: Plan) -> exp.Query:
    """``MAX(CASE WHEN before IS NULL OR at - before >= $gap THEN at END) OVER (...) AS begun``."""
    keys = [col("profile_id"), *([col("t")] if plan.moment.t is None else [])]
    begins = exp.or_(
        is_null(col("before")),
        gte(sub(col("at"), col("before")), plan.moment.span(gap)),
        copy=False,
    )
    begun = exp.Max(this=case((begins, col("at"))))
    return exp.select(
        *keys,
        col("at"),
        col("id"),
        *(col(alias) for alias, _ in read.values()),
        as_(window(begun, keys, [asc(col("at"))]), "begun"),
        as_(window(exp.Min(this=col("at")), keys, []), "first_begun"),
        as_(window(begun.copy(), keys, []), "last_begun"),
    ).from_(tab(step))
