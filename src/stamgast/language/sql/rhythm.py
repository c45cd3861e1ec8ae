"""A yearly rhythm: a few slots of the year that hold the days with a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import Within
from stamgast.language.sql import rhythm_steps as steps
from stamgast.language.sql.aggregates import Part
from stamgast.language.sql.groups import Group, Wish
from stamgast.language.sql.sources import RowSet
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    case,
    coalesce,
    col,
    count,
    form,
    gte,
    lt,
    never,
    num,
    sub,
)
from stamgast.language.sql.values import Value, earliest
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate, Rhythm
    from stamgast.language.sql.plan import Plan


def rhythm(a: Aggregate, plan: Plan) -> Value:
    """The usual days, ``05-05 10-06``."""
    slots = _slot_group(a, plan, coming=False)
    month_day = exp.Substring(this=exp.cast(col("day", "r"), "TEXT"), start=num(6), length=num(5))
    listed = slots.want("usual_days", plan.face.listed(month_day))
    value = plan.face.joined(col(listed.column))
    return Value(sql=value, until=_edge(a, plan), level=0, type=Type.TEXT)


def rhythm_day(a: Aggregate, plan: Plan) -> Value:
    """The first usual day that is waited for: ``MIN("day") FILTER(WHERE ...)``."""
    r = _parameters(a)
    slots = _slot_group(a, plan, coming=True)
    starts = col("starts_at", "r")
    waited = Wish(
        where=all_of(
            [
                gte(starts, plan.moment.ago(r.after_us)),
                lt(col("last_at", "r"), sub(starts, plan.moment.span(r.before_us))),
            ]
        )
    )
    day = slots.want("usual_day", exp.Min(this=col("day", "r")), waited)
    at = slots.want("usual_day_at", exp.Min(this=starts), waited)
    passes = add(add(col(at.column), plan.moment.span(r.after_us)), num(1))
    until = earliest([_edge(a, plan), coalesce(passes, never())])
    return Value(sql=col(day.column), until=until, level=0, type=Type.DAY)


def _parameters(a: Aggregate) -> Rhythm:
    if a.rhythm is None:
        raise InternalError("a rhythm without its parameters")
    return a.rhythm


def _edge(a: Aggregate, plan: Plan) -> Sql:
    """When a row next stops to be recent or within reach; never with too few days to matter."""
    r, part = _parameters(a), Part.of(a.rows, plan)
    edges = earliest([part.edge(Within(us=us)) for us in (r.recent_us, r.reach_us)])
    inner, outer = plan.groups_by(part.group, "day", part.rows.day)
    reached = inner.want("rows", count(), _wish(part, r.reach_us))
    days = outer.want("days", count(), default=0, when=(inner, reached))
    return case((gte(col(days.column), num(r.least_days)), edges or never()), otherwise=never())


def _wish(part: Part, us: int) -> Wish:
    return Wish(where=part.where, window=Within(us=us))


def _slot_group(a: Aggregate, plan: Plan, *, coming: bool) -> Group:
    """The group over the slots of those with a rhythm; ``coming``: over their days of some years."""
    r, part = _parameters(a), Part.of(a.rows, plan)
    where = form(part.where)
    waits = (r.before_us, r.after_us) if coming else ()
    rule = (r.slot_days, r.slots, r.recent_us, r.reach_us, r.least_days, r.share, r.share_from)
    key = ("rhythm", part.group.step, where, *rule)
    if key not in plan.rhythms:
        plan.rhythms[key] = _steps(r, part, plan)
    step = plan.rhythms[key]
    if coming:
        if (*key, "coming") not in plan.rhythms:
            name = plan.new_step("rhythm_coming")
            plan.late[name] = steps.coming(step, plan)
            plan.rhythms[*key, "coming"] = name
        step = plan.rhythms[*key, "coming"]
    found = ("of_slots", step, *waits)
    if found not in plan.groups:
        rows = RowSet(
            name=step,
            table=step,
            come=(),
            at=col("starts_at", "r"),
            day=col("day", "r"),
            id=col("day", "r"),
            column=lambda _: None,
            asked=True,
        )
        plan.groups[found] = Group(step=plan.new_step(f"of_{step}"), rows=rows, moment=plan.moment)
    return plan.groups[found]


def _steps(r: Rhythm, part: Part, plan: Plan) -> str:
    """The steps up to the slots; the name of the last one."""
    inner, _ = plan.groups_by(part.group, "day", part.rows.day)
    reached = inner.want("rows", count(), _wish(part, r.reach_us)).column
    recent = inner.want("rows", count(), _wish(part, r.recent_us)).column
    last = inner.want("last_at", exp.Max(this=part.rows.at), _wish(part, r.reach_us)).column
    found, able = plan.new_step("rhythm_days"), plan.new_step("rhythm_able")
    plan.late[found] = steps.days(inner.step, (reached, recent, last), r, plan)
    plan.late[able] = steps.able(found, r, plan)
    held = plan.new_step("rhythm_held")
    plan.late[held] = steps.enabled(found, able, plan)
    plan.once |= {inner.step, found, held}
    for number in range(1, r.slots + 1):
        best, next_ = plan.new_step(f"rhythm_best_{number}"), plan.new_step(f"rhythm_held_{number}")
        plan.late[best] = steps.best(held, r, plan)
        plan.late[next_] = steps.held(held, best, number, r, plan)
        plan.once.add(next_)
        held = next_
    slots = plan.new_step("rhythm_slot")
    plan.late[slots] = steps.slots(held, r, plan)
    return slots
