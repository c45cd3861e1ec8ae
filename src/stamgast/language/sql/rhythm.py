"""A yearly rhythm: a few slots of the year that hold the days with a row.

Only who has enough days, recent and older ones, is looked at. The best slot begins on 1 January or
ends on a day with a row, so the windows that end on each such day are counted, in one pass over the
days in the order of the year (twice, to run over New Year); what a slot holds is left out of the next
pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import Within
from stamgast.language.sql.aggregates import Part
from stamgast.language.sql.dialect import anniversary, year_of
from stamgast.language.sql.groups import Group, Wish
from stamgast.language.sql.moment import epoch_day
from stamgast.language.sql.sources import RowSet
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    as_,
    asc,
    case,
    coalesce,
    col,
    count,
    eq,
    gt,
    gte,
    is_null,
    lt,
    mul,
    never,
    num,
    present,
    sub,
    tab,
)
from stamgast.language.sql.values import Value, earliest
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate, Rhythm
    from stamgast.language.sql.plan import Plan

PLACES = 366
"""Days of the year, 29 February among them; 1 January is 0."""
YEARS = (-1, 0, 1, 2)
"""Of the days that can be waited for, counted from this year."""


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


def _keys(plan: Plan, table: str | None = None) -> list[Sql]:
    names = ["profile_id"] if plan.moment.t is not None else ["profile_id", "t"]
    return [col(name, table) for name in names]


def _same(plan: Plan, one: str, other: str) -> Sql:
    pairs = zip(_keys(plan, one), _keys(plan, other), strict=True)
    return all_of([eq(left, right) for left, right in pairs])


def _slot_group(a: Aggregate, plan: Plan, *, coming: bool) -> Group:
    """The group over the slots of those with a rhythm; ``coming``: over their days of some years."""
    r, part = _parameters(a), Part.of(a.rows, plan)
    where = "" if part.where is None else part.where.sql()
    waits = (r.before_us, r.after_us) if coming else ()
    rule = (r.slot_days, r.slots, r.recent_us, r.reach_us, r.least_days, r.share, r.share_from)
    key = ("rhythm", part.group.step, where, *rule)
    if key not in plan.rhythms:
        plan.rhythms[key] = _steps(r, part, plan)
    step = plan.rhythms[key]
    if coming:
        if (*key, "coming") not in plan.rhythms:
            name = plan.new_step("rhythm_coming")
            plan.late[name] = _coming(step, plan)
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
    held = plan.new_step("rhythm_days")
    plan.late[held] = _days(inner.step, reached, recent, last, r, plan)
    plan.once.add(held)
    for number in range(1, r.slots + 1):
        best, next_ = plan.new_step(f"rhythm_best_{number}"), plan.new_step(f"rhythm_held_{number}")
        plan.late[best] = _best(held, r, plan)
        plan.late[next_] = _held(held, best, number, r, plan)
        plan.once.add(next_)
        held = next_
    slots = plan.new_step("rhythm_slot")
    plan.late[slots] = _slots(held, r, plan)
    return slots


def _days(step: str, reached: str, recent: str, last: str, r: Rhythm, plan: Plan) -> exp.Select:
    """The days within reach of who has enough of them, recent and older ones.

    ``profile_id, days, last_at, place, rows, recent, older, slot, start``: the place in the year;
    ``rows`` within reach, until a slot holds them; recent and older are 0 or 1.
    """
    inner = tab(step, "d")
    many, fresh = col(reached, "d"), col(recent, "d")
    everything = [exp.Sum(this=many), exp.Sum(this=fresh)]
    enough = [
        gte(count(), num(r.least_days)),
        gt(everything[1], num(0)),
        gt(everything[0], everything[1].copy()),
    ]
    candidates = (
        exp.select(
            *_keys(plan, "d"),
            as_(count(), "days"),
            as_(exp.Max(this=col(last, "d")), "last_at"),
        )
        .from_(inner)
        .where(gt(many, num(0)))
        .group_by(*_keys(plan, "d"))
        .having(all_of(enough))
    )
    day = plan.face.add_days(epoch_day(), col("key", "d"))
    alias = exp.TableAlias(this=exp.to_identifier("c", quoted=True))
    return (
        exp.select(
            *_keys(plan, "d"),
            col("days", "c"),
            col("last_at", "c"),
            as_(_place(day), "place"),
            as_(many, "rows"),
            as_(_flag(gt(fresh, num(0))), "recent"),
            as_(_flag(gt(many, fresh)), "older"),
            as_(_no_number(), "slot"),
            as_(_no_number(), "start"),
        )
        .from_(inner.copy())
        .join(exp.Subquery(this=candidates, alias=alias), on=_same(plan, "d", "c"))
        .where(gt(many, num(0)))
    )


def _flag(holds: Sql) -> Sql:
    return case((holds, num(1)), otherwise=num(0))


def _no_number() -> Sql:
    return exp.cast(exp.null(), "INT")


def _place(day: Sql) -> Sql:
    """``275 * MONTH(day) // 9 - (MONTH(day) + 9) // 12 + DAY(day) - 31``: 0 is 1 January."""
    month = exp.Month(this=day)
    late = exp.IntDiv(this=exp.Paren(this=mul(num(275), month)), expression=num(9))
    leap = exp.IntDiv(this=exp.Paren(this=add(month.copy(), num(9))), expression=num(12))
    place = sub(add(exp.Paren(this=sub(late, leap)), exp.Day(this=day.copy())), num(31))
    return exp.cast(place, "INT")


def _best(held: str, r: Rhythm, plan: Plan) -> exp.Select:
    """Per profile the slot with most rows that no slot holds yet, of equals the first of the year.

    ``MAX({'rows': rows, 'late': -start}) AS best`` over the windows that end on a day; the window of
    1 January is that of a day without rows.
    """
    reach = r.slot_days - 1
    columns = ("rows", "recent", "older")
    plain = exp.select(
        *_keys(plan),
        as_(col("place"), "ends"),
        *(col(name) for name in columns),
        as_(num(1), "own"),
    ).from_(tab(held))
    before = exp.select(
        *_keys(plan),
        as_(sub(col("place"), num(PLACES)), "ends"),
        *(col(name) for name in columns),
        as_(num(0), "own"),
    ).from_(tab(held))
    first = (
        exp.select(
            *_keys(plan),
            as_(num(reach), "ends"),
            *(as_(num(0), name) for name in columns),
            as_(num(1), "own"),
        )
        .from_(tab(held))
        .group_by(*_keys(plan))
    )
    circle = exp.union(exp.union(plain, before, distinct=False), first, distinct=False)
    windows = exp.select(
        *_keys(plan),
        col("ends"),
        col("own"),
        *(
            as_(_over(made(this=col(name)), reach, plan), name)
            for name, made in zip(columns, (exp.Sum, exp.Max, exp.Max), strict=True)
        ),
    ).from_(exp.Subquery(this=circle, alias=_alias("circle")))
    starts = sub(col("ends"), num(reach))
    late = case((lt(starts, num(0)), add(starts, num(PLACES))), otherwise=starts.copy())
    key = plan.face.row(rows=col("rows"), late=exp.Neg(this=exp.Paren(this=late)))
    good = [eq(col(name), num(1)) for name in ("own", "recent", "older")]
    return (
        exp.select(*_keys(plan), as_(exp.Max(this=key), "best"))
        .from_(exp.Subquery(this=windows, alias=_alias("windows")))
        .where(all_of([*good, gt(col("rows"), num(0))]))
        .group_by(*_keys(plan))
    )


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def _over(made: Sql, reach: int, plan: Plan) -> exp.Window:
    """``made OVER (PARTITION BY profile_id ORDER BY ends RANGE BETWEEN 27 PRECEDING AND CURRENT ROW)``."""
    frame = exp.WindowSpec(
        kind="RANGE", start=num(reach), start_side="PRECEDING", end="CURRENT ROW"
    )
    return exp.Window(
        this=made,
        partition_by=_keys(plan),
        order=exp.Order(expressions=[asc(col("ends"))]),
        spec=frame,
    )


def _held(held: str, best: str, number: int, r: Rhythm, plan: Plan) -> exp.Select:
    """The days again: those in the slot that no other holds are held by it, and count no more."""
    start = exp.Neg(this=plan.face.field(col("best", "b"), "late"))
    offset = exp.Mod(
        this=exp.Paren(this=add(sub(col("place", "h"), start), num(PLACES))),
        expression=num(PLACES),
    )
    took = all_of([is_null(col("slot", "h")), lt(offset, num(r.slot_days))])
    kept = ("days", "last_at", "place", "recent", "older")
    return (
        exp.select(
            *_keys(plan, "h"),
            *(col(name, "h") for name in kept),
            as_(case((took, num(0)), otherwise=col("rows", "h")), "rows"),
            as_(case((took, num(number)), otherwise=col("slot", "h")), "slot"),
            as_(case((took, start.copy()), otherwise=col("start", "h")), "start"),
        )
        .from_(tab(held, "h"))
        .join(tab(best, "b"), on=_same(plan, "h", "b"), join_type="left")
    )


def _slots(held: str, r: Rhythm, plan: Plan) -> exp.Select:
    """The slots of those with a rhythm: ``profile_id, last_at, day``, the usual day as of 2000."""
    offset = exp.Mod(
        this=exp.Paren(this=add(sub(col("place"), col("start")), num(PLACES))),
        expression=num(PLACES),
    )
    mean = exp.IntDiv(this=exp.Sum(this=offset), expression=count())
    place = exp.Mod(
        this=exp.Paren(this=add(exp.Max(this=col("start")), exp.Paren(this=mean))),
        expression=num(PLACES),
    )
    per_slot = (
        exp.select(
            *_keys(plan),
            as_(exp.Max(this=col("days")), "days"),
            as_(exp.Max(this=col("last_at")), "last_at"),
            as_(exp.cast(place, "INT"), "place"),
            as_(exp.Window(this=exp.Sum(this=count()), partition_by=_keys(plan)), "held"),
        )
        .from_(tab(held))
        .where(present(col("slot")))
        .group_by(*_keys(plan), col("slot"))
    )
    share = gte(
        mul(col("held"), num(r.share.denominator)), mul(col("days"), num(r.share.numerator))
    )
    enough = case(
        (lt(col("days"), num(r.share_from)), eq(col("held"), col("days"))), otherwise=share
    )
    day = plan.face.add_days(exp.cast(exp.Literal.string("2000-01-01"), "DATE"), col("place"))
    return (
        exp.select(*_keys(plan), col("last_at"), as_(day, "day"))
        .from_(exp.Subquery(this=per_slot, alias=_alias("slots")))
        .where(enough)
    )


def _coming(slots: str, plan: Plan) -> exp.Select:
    """The usual days of some years around ``u``: ``profile_id, last_at, day, starts_at``."""
    years: exp.Query = exp.select(as_(num(YEARS[0]), "years"))
    for more in YEARS[1:]:
        years = exp.union(years, exp.select(as_(num(more), "years")), distinct=False)
    year = add(year_of(plan.moment.today()), col("years", "y"))
    day = anniversary(plan.face, col("day", "s"), year)
    columns = (
        ["profile_id", "last_at"] if plan.moment.t is not None else ["profile_id", "t", "last_at"]
    )
    days = (
        exp.select(*(col(name, "s") for name in columns), as_(day, "day"))
        .from_(tab(slots, "s"))
        .join(exp.Subquery(this=years, alias=_alias("y")), join_type="cross")
    )
    starts = plan.face.midnight(col("day"), plan.moment.zone_name())
    return exp.select("*", as_(starts, "starts_at")).from_(
        exp.Subquery(this=days, alias=_alias("days"))
    )
