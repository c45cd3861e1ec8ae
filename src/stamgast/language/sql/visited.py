"""Rows of the first and of the last visit.

Steps: ``..._stretches`` (instants of events without a pause in between) -> ``..._in_order`` (with the
end of the one before) -> ``..._of_visits`` (per profile the end of the first visit and the start of the
last) -> ``..._of_visits_rows`` (the events of the two).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.groups import Group, join_ask
from stamgast.language.sql.sources import RowSet
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    any_of,
    as_,
    asc,
    case,
    coalesce,
    col,
    eq,
    gte,
    is_null,
    lte,
    num,
    sub,
    tab,
    window,
    wrap,
)

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate
    from stamgast.language.sql.plan import Plan

BEFORE_ALL = 10**17
"""Microseconds from an instant before all there are, to 1970."""


def in_visit(a: Aggregate) -> Sql:
    """Whether a row of the group is of the visit that is asked."""
    return col("in_first" if a.visit == "first" else "in_last", "r")


def visited_rows(a: Aggregate, plan: Plan) -> Group:
    """The group over all rows of these events, each with the start of its visit.

    The properties that are read of it become columns of its steps: ``"utm_source" AS "p1"``.
    """
    gap = a.gap_us or 0
    key = ("visited", a.rows.events, gap)
    if key in plan.groups:
        return plan.groups[key]
    base = plan.base("event", a.rows.events)
    step = plan.new_step(f"{base.name}_of_visits_rows")
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
    group = Group(
        step=plan.new_step(f"{base.name}_of_visits_by_profile"), rows=rows, moment=plan.moment
    )
    near = plan.add_step(plan.new_step(f"{base.name}_stretches"), _stretches(base, gap, plan))
    before = plan.add_step(plan.new_step(f"{base.name}_in_order"), _in_order(near, plan))
    ends = plan.add_step(plan.new_step(f"{base.name}_of_visits"), _ends(before, gap, plan))
    plan.steps[step] = lambda: _of_two(base, ends, read, plan)
    plan.groups[key] = group
    return group


def _stretches(base: RowSet, gap: int, plan: Plan) -> exp.Query:
    """Rows that lie too near to each other for a pause, put together: far fewer to put in order.

    ``SELECT profile_id, MIN(at) AS at, MAX(at) AS until FROM event GROUP BY profile_id, at // $gap``
    """
    keys = [col("profile_id", "r"), *([col("t", "a")] if plan.moment.t is None else [])]
    ends = [as_(exp.Min(this=base.at), "at"), as_(exp.Max(this=base.at.copy()), "until")]
    select = exp.select(*keys, *ends).from_(tab(base.table, "r"))
    select = join_ask(select, base, plan.moment)
    narrow = [] if plan.narrow is None else [plan.narrow.copy()]
    select = select.where(all_of([*base.come, *narrow]), copy=False)
    # whole numbers are divided towards zero: all are made positive, so that no stretch is longer
    place = exp.IntDiv(this=wrap(add(base.at.copy(), num(BEFORE_ALL))), expression=num(max(gap, 1)))
    return select.group_by(*(key.copy() for key in keys), place, copy=False)


def _in_order(step: str, plan: Plan) -> exp.Query:
    """``SELECT *, LAG(until) OVER (PARTITION BY profile_id ORDER BY at) AS before``."""
    keys = [col("profile_id"), *([col("t")] if plan.moment.t is None else [])]
    before = window(exp.Lag(this=col("until")), keys, [asc(col("at"))])
    return exp.select("*", as_(before, "before")).from_(tab(step))


def _ends(step: str, gap: int, plan: Plan) -> exp.Query:
    """Per profile the last instant of the first visit and the first instant of the last one.

    ``COALESCE(MIN(CASE WHEN at - before >= $gap THEN before END), MAX(until)) AS first_until``,
    ``MAX(CASE WHEN before IS NULL OR at - before >= $gap THEN at END) AS last_from``. Asked at several
    instants each has its own, under another name than ``t``, which is that of the question.
    """
    keys = [col("profile_id"), *([col("t")] if plan.moment.t is None else [])]
    named = [keys[0].copy(), *(as_(key.copy(), "visits_t") for key in keys[1:])]
    again = gte(sub(col("at"), col("before")), plan.moment.span(gap))
    begins = exp.or_(is_null(col("before")), again.copy(), copy=False)
    first = coalesce(exp.Min(this=case((again, col("before")))), exp.Max(this=col("until")))
    last = exp.Max(this=case((begins, col("at"))))
    select = exp.select(*named, as_(first, "first_until"), as_(last, "last_from"))
    return select.from_(tab(step)).group_by(*keys, copy=False)


def _of_two(base: RowSet, ends: str, read: dict[str, tuple[str, Sql]], plan: Plan) -> exp.Query:
    """The events of both visits, with what is read of them: only they need to be carried along."""
    asked = plan.moment.t is None
    keys = [col("profile_id", "r"), *([col("t", "a")] if asked else [])]
    in_first = lte(base.at, col("first_until", "v"))
    in_last = gte(base.at, col("last_from", "v"))
    select = exp.select(
        *keys,
        as_(base.at, "at"),
        as_(base.id, "id"),
        *(as_(sql.copy(), alias) for alias, sql in read.values()),
        as_(in_first, "in_first"),
        as_(in_last, "in_last"),
    ).from_(tab(base.table, "r"))
    select = join_ask(select, base, plan.moment)
    same = [eq(col("profile_id", "r"), col("profile_id", "v"))]
    same += [eq(col("t", "a"), col("visits_t", "v"))] if asked else []
    select = select.join(tab(ends, "v"), on=all_of(same), copy=False)
    either = any_of([in_first.copy(), in_last.copy()])
    return select.where(all_of([*base.come, exp.Paren(this=either)]), copy=False)
