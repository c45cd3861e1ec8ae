"""Named rows: events of several names, days that passed without something, and what closes them.

Three steps, that do not look at ``u``: each row has the instants at which it comes, is said, would be
done, and is closed, so that whoever reads them compares with ``u``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.filters import row_filter
from stamgast.language.sql.groups import Group, Wish
from stamgast.language.sql.sources import RowSet, day_number, event_filter
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    asc,
    case,
    coalesce,
    col,
    desc,
    eq,
    greatest,
    gt,
    gte,
    is_null,
    least,
    lt,
    lte,
    never,
    num,
    present,
    tab,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Closing, Condition, Due, NamedRows, RowPart, Rows
    from stamgast.language.sql.plan import Plan

FIRST_DUE, LAST_DUE = "0002-01-01", "9998-12-31"
"""A day before or after is none: its midnight is no instant in some zones."""


def named_rows(name: str, plan: Plan) -> RowSet:
    """The rows that have come by ``u`` and that nothing has closed.

    ``FROM "problem_rows" AS "r" WHERE "done_at" IS NULL AND "at" <= $t AND ("closed_at" IS NULL OR
    "closed_at" > $t)``
    """
    now = plan.moment.now
    closed = any_of([is_null(col("closed_at")), gt(col("closed_at"), now())])
    return _rows(name, (is_null(col("done_at")), lte(col("at"), now()), closed), plan)


def next_due(rows: Rows | None, plan: Plan) -> Sql | None:
    """The least instant after ``u`` at which a row that passes the filter comes by itself.

    ``MIN("at")`` of those with ``"said_at" <= $t AND "at" > $t AND ("done_at" IS NULL OR "done_at" >
    $t)``.
    """
    if rows is None or rows.source != "named":
        return None
    (name,) = rows.events
    if all(part.due is None for part in plan.definitions.rows[name].parts):
        return None
    key = ("due", name)
    if key not in plan.groups:
        now = plan.moment.now
        undone = any_of([is_null(col("done_at")), gt(col("done_at"), now())])
        pending = _rows(name, (lte(col("said_at"), now()), gt(col("at"), now()), undone), plan)
        step = plan.new_step(f"{name}_pending")
        plan.groups[key] = Group(step=step, rows=pending, moment=plan.moment)
    group = plan.groups[key]
    where = _filtered(rows.where, None, plan)
    wanted = group.want("next", exp.Min(this=group.rows.at), Wish(where=where))
    return coalesce(col(wanted.column), never())


def _rows(name: str, come: tuple[Sql, ...], plan: Plan) -> RowSet:
    declared = plan.definitions.event_properties

    def column(property_: str) -> Sql | None:
        if property_ == "occurred_at":
            return col("at")
        return col("p_" + property_) if property_ in declared else None

    return RowSet(
        name=name,
        table=_steps(plan.definitions.rows[name], plan),
        come=come,
        at=col("at"),
        day=day_number(col("at"), plan.moment),
        id=col("message_id"),
        column=column,
    )


def _steps(named: NamedRows, plan: Plan) -> str:
    """The step that holds the rows, made once."""
    known = plan.row_steps.get(named.name)
    if known is not None:
        return known
    name = plan.new_step(f"{named.name}_all")
    plan.wide.append(name)
    every = plan.add_step(name, _all_parts(named, plan))
    closed = None
    if named.closed_by is not None:
        query = _closings(named.closed_by, every, plan)
        closed = plan.add_step(plan.new_step(f"{named.name}_closed"), query)
        plan.of_named.append(closed)
    step = plan.add_step(plan.new_step(f"{named.name}_rows"), _with_closing(every, closed))
    plan.once |= {every, step}
    plan.of_named.append(every)
    plan.row_steps[named.name] = step
    return step


def _all_parts(named: NamedRows, plan: Plan) -> exp.Query:
    """All rows: ``profile_id, message_id, at, said_at, done_at, day`` and the properties.

    Asked at one instant nothing reads rows of what was done by then, which are most: they are left out.
    """
    plain = [part for part in named.parts if part.due is None]
    queries: list[exp.Query] = [_plain(plain, plan)] if plain else []
    for part in named.parts:
        if part.due is None:
            continue
        query = _due(part, part.due, plan)
        if plan.moment.t is not None:
            step = plan.add_step(plan.new_step(f"{named.name}_due"), query)
            plan.wide.append(step)
            plan.of_named.append(step)
            offered = [col(one.alias_or_name) for one in query.selects]
            query = exp.select(*offered).from_(tab(step)).where(is_null(col("done_at")))
        queries.append(query)
    first, *rest = queries
    for further in rest:
        first = exp.union(first, further, distinct=False, copy=False)
    return first


def _plain(parts: Sequence[RowPart], plan: Plan) -> exp.Select:
    """Events that pass the filter of a part: one row, however many take them."""
    wanted = any_of([exp.Paren(this=_taken(part.events, part.where, plan)) for part in parts])
    missing = exp.cast(exp.null(), "BIGINT")
    at = col("occurred_at", "e")
    return (
        exp.select(
            *_kept(plan),
            as_(at, "at"),
            as_(at.copy(), "said_at"),
            as_(missing, "done_at"),
            col("day", "e"),
        )
        .from_(_events(plan))
        .where(all_of([wanted, *_reach(plan, "e")]), copy=False)
    )


def _due(part: RowPart, due: Due, plan: Plan) -> exp.Select:
    """Events whose row comes at the end of a day: never, if it was done before.

    ``done_at`` is the first instant before that end at which it was done, NULL if it was not.
    """
    face, moment = plan.face, plan.moment
    same, day = "p_" + due.same, col("p_" + due.day, "e")
    next_day = face.add_days(day, num(1))
    ends = face.midnight(next_day, moment.zone_name())
    done = (
        exp.select(
            col("profile_id", "e"),
            as_(col(same, "e"), "same"),
            as_(exp.Min(this=col("occurred_at", "e")), "done_at"),
        )
        .from_(_events(plan))
        .where(
            all_of([_taken(due.unless, None, plan), present(col(same, "e")), *_reach(plan, "e")]),
            copy=False,
        )
        .group_by(col("profile_id", "e"), col(same, "e"), copy=False)
    )
    alias = exp.TableAlias(this=exp.to_identifier("d", quoted=True))
    alike = [eq(col(key, "e"), col(other, "d")) for key, other in _pairs(same)]
    at = col("occurred_at", "e")
    done_at: Sql = case((lt(col("done_at", "d"), ends.copy()), col("done_at", "d")))
    if due.latest:
        moved = _moved(same)
        again = all_of([present(col(same, "e")), lt(moved, ends.copy())])
        first = [coalesce(one, never()) for one in (done_at, case((again, moved.copy())))]
        done_at = exp.Nullif(this=least(first), expression=never())
    possible = [
        gte(day.copy(), exp.cast(exp.Literal.string(FIRST_DUE), "DATE")),
        lte(day.copy(), exp.cast(exp.Literal.string(LAST_DUE), "DATE")),
    ]
    return (
        exp.select(
            *_kept(plan),
            as_(greatest([ends, at]), "at"),
            as_(at.copy(), "said_at"),
            as_(done_at, "done_at"),
            as_(greatest([next_day.copy(), col("day", "e")]), "day"),
        )
        .from_(_events(plan))
        .join(exp.Subquery(this=done, alias=alias), on=all_of(alike), join_type="left", copy=False)
        .where(
            all_of([_taken(part.events, part.where, plan), *possible, *_reach(plan, "e")]),
            copy=False,
        )
    )


def _moved(same: str) -> Sql:
    """When the next event of the part with the same value came.

    ``LEAD(occurred_at) OVER (PARTITION BY profile_id, p_order_id ORDER BY occurred_at, message_id)``
    """
    order = [asc(col(name, "e")) for name in ("occurred_at", "message_id")]
    return window(
        exp.Lead(this=col("occurred_at", "e")), [col("profile_id", "e"), col(same, "e")], order
    )


def _pairs(same: str) -> tuple[tuple[str, str], ...]:
    return (("profile_id", "profile_id"), (same, "same"))


def _closings(closing: Closing, every: str, plan: Plan) -> exp.Select:
    """Per row the first closing that closes it: as alike, or as the latest before one that names none.

    ``SELECT "profile_id", "message_id", MIN("closed_at") FROM (SELECT ..., "alike", "named",
    ROW_NUMBER() OVER (PARTITION BY closing ORDER BY "at" DESC, "message_id" DESC) AS "place" ...)
    WHERE "alike" = 1 OR "named" = 0 AND "place" = 1 GROUP BY ...``
    """
    names = [present(col(f"p_{one}", "e")) for one in closing.same]
    named = case((any_of(names), num(1)), otherwise=num(0)) if names else num(0)
    tests = [eq(col(f"p_{one}", "e"), col(f"p_{one}", "a")) for one in closing.same]
    alike = case((any_of(tests), num(1)), otherwise=num(0)) if tests else num(0)
    who, at = col("profile_id", "a"), col("occurred_at", "e")
    of_closing = [col("profile_id", "e"), col("message_id", "e")]
    latest = [desc(col("at", "a")), desc(col("message_id", "a"))]
    joined = [
        eq(who, col("profile_id", "e")),
        lte(col("at", "a"), at),
        is_null(col("done_at", "a")),
    ]
    pairs = (
        exp.select(
            who.copy(),
            col("message_id", "a"),
            as_(at.copy(), "closed_at"),
            as_(alike, "alike"),
            as_(named, "named"),
            as_(window(exp.RowNumber(), of_closing, latest), "place"),
        )
        .from_(_events(plan))
        .join(tab(every, "a"), on=all_of(joined), copy=False)
        .where(
            all_of([_taken(closing.events, closing.where, plan), *_reach(plan, "e")]), copy=False
        )
    )
    alias = exp.TableAlias(this=exp.to_identifier("pairs", quoted=True))
    fallen = exp.Paren(this=all_of([eq(col("named"), num(0)), eq(col("place"), num(1))]))
    return (
        exp.select(
            col("profile_id"), col("message_id"), as_(exp.Min(this=col("closed_at")), "closed_at")
        )
        .from_(exp.Subquery(this=pairs, alias=alias))
        .where(any_of([eq(col("alike"), num(1)), fallen]), copy=False)
        .group_by(col("profile_id"), col("message_id"), copy=False)
    )


def _with_closing(every: str, closed: str | None) -> exp.Select:
    rows = exp.Column(this=exp.Star(), table=exp.to_identifier("a", quoted=True))
    if closed is None:
        missing = exp.cast(exp.null(), "BIGINT")
        return exp.select(rows, as_(missing, "closed_at")).from_(tab(every, "a"))
    on = all_of([eq(col(key, "a"), col(key, "c")) for key in ("profile_id", "message_id")])
    return (
        exp.select(rows, col("closed_at", "c"))
        .from_(tab(every, "a"))
        .join(tab(closed, "c"), on=on, join_type="left", copy=False)
    )


def _taken(events: tuple[str, ...], where: Condition | None, plan: Plan) -> Sql:
    """Whether an event has one of the names and passes a filter."""
    found = _filtered(where, "e", plan)
    named = event_filter(events, plan.moment)
    return named if found is None else all_of([named, found])


def _filtered(where: Condition | None, alias: str | None, plan: Plan) -> Sql | None:
    if where is None:
        return None
    declared = plan.definitions.event_properties

    def column(name: str) -> Sql | None:
        if name == "occurred_at":
            return col("occurred_at", alias) if alias else col("at")
        return col("p_" + name, alias) if name in declared else None

    return row_filter(where, column, plan.moment.parameters)


def _kept(plan: Plan) -> list[Sql]:
    names = [
        "profile_id",
        "message_id",
        *("p_" + name for name in plan.definitions.event_properties),
    ]
    return [col(name, "e") for name in names]


def _events(plan: Plan) -> exp.Table:
    return tab(plan.moment.prefix + "event", "e")


def _reach(plan: Plan, alias: str) -> list[Sql]:
    """Only what can matter: up to ``u``, or of who is asked about."""
    if plan.moment.t is not None:
        return [lte(col("occurred_at", alias), plan.moment.now())]
    asked = exp.Subquery(this=exp.select(col("profile_id")).from_(tab("ask")))
    return [exp.In(this=col("profile_id", alias), query=asked)]
