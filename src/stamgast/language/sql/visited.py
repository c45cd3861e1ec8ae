"""Rows of the first and of the last visit.

Steps: ``..._stretches`` (instants of events without a pause in between) -> ``..._in_order`` (with the
end of the one before) -> ``..._of_visits`` (per profile the end of the first visit and the start of the
last). Then of each condition on rows: ``..._of_visits_passing`` (the instants of events of the two that
pass) -> ``..._of_visits_instants`` (per profile those that are asked) -> ``..._of_visits_rows`` (the events
at these instants). Conditions are in the WHERE of what reads events, and texts are read of the last
step alone: rows with texts are many times what memory holds where they are kept to be joined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.filters import row_filter
from stamgast.language.sql.groups import Group, join_ask, window_filter
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
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from stamgast.language.ast import Aggregate, Rows
    from stamgast.language.sql.plan import Plan

    Read: TypeAlias = Mapping[str, tuple[str, Sql]]

ENDS = ("first_until", "last_from")
"""What tells both visits of a profile from all between."""
BEFORE_ALL = 10**17
"""Microseconds from an instant before all there are, to 1970."""


def in_visit(a: Aggregate) -> Sql:
    """Whether a row of the group is of the visit that is asked."""
    return col("in_first" if a.visit == "first" else "in_last", "r")


def visited_rows(a: Aggregate, plan: Plan) -> Group:
    """The group over the rows of these events that pass, each with whether it is of either visit.

    The properties that are read of it become columns of its steps: ``"utm_source" AS "p1"``.
    """
    gap = a.gap_us or 0
    key = ("visited", a.rows.events, gap, a.rows.where)
    found = plan.groups.get(key)
    if found is not None:
        return found
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
    ends = _visits(a, base, plan)
    passing = plan.new_step(f"{base.name}_of_visits_passing")
    instants = plan.new_step(f"{base.name}_of_visits_instants")
    plan.steps[passing] = lambda: _passing(a.rows, base, ends, plan)
    plan.steps[instants] = lambda: _instants(passing, group)
    plan.before += [instants, group.step]
    plan.steps[step] = lambda: _at_instants(a.rows, base, instants, read, group, plan)
    plan.groups[key] = group
    return group


def _visits(a: Aggregate, base: RowSet, plan: Plan) -> str:
    """The step that tells the visits of these events, the same one for all that is asked of them."""
    gap = a.gap_us or 0
    key = (a.rows.events, gap)
    if key in plan.visited:
        plan.once.add(plan.visited[key])
    else:
        near = plan.add_step(plan.new_step(f"{base.name}_stretches"), _stretches(base, gap, plan))
        before = plan.add_step(plan.new_step(f"{base.name}_in_order"), _in_order(near, plan))
        ends = plan.new_step(f"{base.name}_of_visits")
        plan.visited[key] = plan.add_step(ends, _ends(before, gap, plan))
        plan.before.append(ends)
    return plan.visited[key]


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


def _passing(rows: Rows, base: RowSet, ends: str, plan: Plan) -> exp.Query:
    """The instants of the events of both visits that pass."""
    either = [lte(base.at, col("first_until", "v")), gte(base.at.copy(), col("last_from", "v"))]
    return _beside(rows, base, ends, [col(end, "v") for end in ENDS], either, plan)


def _instants(step: str, group: Group) -> exp.Query:
    """Per profile the instants of the rows that are asked of its visits, and what tells the visits.

    ``SELECT profile_id, MIN(first_until) AS first_until, MIN(last_from) AS last_from,
    MAX(at) FILTER (WHERE in_first) AS instant_1, ... GROUP BY profile_id``.
    """
    at = col("at", "r")
    found = [as_(exp.Min(this=col(end, "r")), end) for end in ENDS]
    for number, want in enumerate(group.wants.values(), start=1):
        is_first = want.of_first or isinstance(want.aggregate, exp.Min)
        made: Sql = (exp.Min if is_first else exp.Max)(this=at.copy())
        asked = [] if want.wish.where is None else [want.wish.where.copy()]
        asked += window_filter(want.wish.window, at.copy(), group.moment)
        if asked:
            made = exp.Filter(this=made, expression=exp.Where(this=all_of(asked)))
        found.append(as_(made, f"instant_{number}"))
    keys = [col("profile_id", "r"), *([col("t", "r")] if group.moment.t is None else [])]
    named = [keys[0].copy(), *(as_(key.copy(), "visits_t") for key in keys[1:])]
    return exp.select(*named, *found).from_(tab(step, "r")).group_by(*keys, copy=False)


def _at_instants(
    rows: Rows, base: RowSet, instants: str, read: Read, group: Group, plan: Plan
) -> exp.Query:
    """The events at these instants, with what is read of them: of several at one their ids decide."""
    numbers = range(1, len(group.wants) + 1)
    at = [eq(base.at.copy(), col(f"instant_{number}", "v")) for number in numbers]
    told = [as_(sql.copy(), alias) for alias, sql in read.values()]
    return _beside(rows, base, instants, [as_(base.id, "id"), *told], at, plan)


def _beside(
    rows: Rows,
    base: RowSet,
    step: str,
    more: Sequence[Sql],
    either: Sequence[Sql],
    plan: Plan,
) -> exp.Query:
    """The events that pass beside what a step has of their profile, where any of some conditions holds."""
    asked = plan.moment.t is None
    columns: list[Sql] = [col("profile_id", "r"), *([col("t", "a")] if asked else [])]
    columns += [as_(base.at.copy(), "at"), *more]
    columns.append(as_(lte(base.at.copy(), col("first_until", "v")), "in_first"))
    columns.append(as_(gte(base.at.copy(), col("last_from", "v")), "in_last"))
    select = join_ask(exp.select(*columns).from_(tab(base.table, "r")), base, plan.moment)
    same = [eq(col("profile_id", "r"), col("profile_id", "v"))]
    same += [eq(col("t", "a"), col("visits_t", "v"))] if asked else []
    select = select.join(tab(step, "v"), on=all_of(same), copy=False)
    where = [one.copy() for one in base.come]
    if rows.where is not None:
        where.append(row_filter(rows.where, base.column, plan.moment.parameters))
    return select.where(all_of([*where, exp.Paren(this=any_of(either))]), copy=False)
