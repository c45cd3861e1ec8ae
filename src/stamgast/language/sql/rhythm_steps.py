"""The steps of a yearly rhythm: days with rows, the best slots of the year one by one, usual days.

Only who has enough days, recent and older ones near each other, is looked at. The best slot begins on
1 January or ends on a day with a row, so the windows that end on each such day are counted, in one pass
over the days in the order of the year (twice, to run over New Year); what a slot holds is left out of
the next pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.dialect import anniversary, function, year_of
from stamgast.language.sql.moment import epoch_day
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    as_,
    asc,
    case,
    col,
    count,
    eq,
    greatest,
    gt,
    gte,
    is_null,
    least,
    lt,
    mul,
    num,
    present,
    sub,
    tab,
)

if TYPE_CHECKING:
    from stamgast.language.ast import Rhythm
    from stamgast.language.sql.plan import Plan

PLACES = 366
"""Days of the year, 29 February among them; 1 January is 0."""
SHORTEST_BIN = 6
"""So that the bins of a year are bits of one whole number."""
YEARS = (-1, 0, 1, 2)
"""Of the days that can be waited for, counted from this year."""


def keys(plan: Plan, table: str | None = None) -> list[Sql]:
    """``profile_id``, with an instant per row also ``t``."""
    names = ["profile_id"] if plan.moment.t is not None else ["profile_id", "t"]
    return [col(name, table) for name in names]


def same(plan: Plan, one: str, other: str) -> Sql:
    """Whether two tables are of the same profile (and instant)."""
    pairs = zip(keys(plan, one), keys(plan, other), strict=True)
    return all_of([eq(left, right) for left, right in pairs])


def days(step: str, columns: tuple[str, str, str], r: Rhythm, plan: Plan) -> exp.Select:
    """The days within reach of who has enough of them, recent and older ones.

    ``profile_id, days, last_at, place, rows, recent, older, slot, start``: the place in the year;
    ``rows`` within reach, until a slot holds them; recent and older are 0 or 1.
    """
    reached, recent, last = columns
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
            *keys(plan, "d"),
            as_(count(), "days"),
            as_(exp.Max(this=col(last, "d")), "last_at"),
        )
        .from_(inner)
        .where(gt(many, num(0)))
        .group_by(*keys(plan, "d"))
        .having(all_of(enough))
    )
    day = plan.face.add_days(epoch_day(), col("key", "d"))
    alias = exp.TableAlias(this=exp.to_identifier("c", quoted=True))
    return (
        exp.select(
            *keys(plan, "d"),
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
        .join(exp.Subquery(this=candidates, alias=alias), on=same(plan, "d", "c"))
        .where(gt(many, num(0)))
    )


def able(days: str, r: Rhythm, plan: Plan) -> exp.Select:
    """Those whose days can have a rhythm at all; most have none, and are not looked at further.

    The year in bins that are no shorter than a slot, so that a slot meets two neighbours at most:
    ``r`` and ``o`` are the bins with a recent day and with an older one, as bits. A day is in a slot
    only if there is one of both in its bin or beside it, and the slots meet so many bins at most.
    """
    width = max(r.slot_days, SHORTEST_BIN)
    bins = PLACES // width
    place = least([exp.IntDiv(this=col("place"), expression=num(width)), num(bins - 1)])
    bit = exp.BitwiseLeftShift(this=exp.cast(num(1), "BIGINT"), expression=exp.cast(place, "INT"))

    def met(flag: str) -> Sql:
        none = exp.cast(num(0), "BIGINT")
        return function("BIT_OR", case((eq(col(flag), num(1)), bit), otherwise=none))

    masks = (
        exp.select(*keys(plan), col("days"), as_(met("recent"), "r"), as_(met("older"), "o"))
        .from_(tab(days))
        .group_by(*keys(plan), col("days"))
    )
    every = exp.BitwiseOr(this=col("r"), expression=col("o"))
    good: Sql = exp.Paren(this=every)
    for flag in ("r", "o"):
        good = exp.BitwiseAnd(this=good, expression=exp.Paren(this=_beside(col(flag), bins)))
    counted = exp.select(
        *keys(plan),
        col("days"),
        as_(function("BIT_COUNT", every.copy()), "met"),
        as_(function("BIT_COUNT", good), "good"),
    ).from_(exp.Subquery(this=masks, alias=_alias("masks")))
    outside = greatest([sub(col("met"), col("good")), sub(col("met"), num(2 * r.slots)), num(0)])
    return (
        exp.select(*keys(plan))
        .from_(exp.Subquery(this=counted, alias=_alias("counted")))
        .where(_enough(sub(col("days"), outside), r))
    )


def _beside(bits: Sql, bins: int) -> Sql:
    """The bits, and those of the bins beside them, the last beside the first."""
    first = exp.Paren(this=exp.BitwiseAnd(this=bits.copy(), expression=num(1)))
    shifts = [
        exp.BitwiseLeftShift(this=bits.copy(), expression=num(1)),
        exp.BitwiseRightShift(this=bits.copy(), expression=num(1)),
        exp.BitwiseLeftShift(this=first, expression=num(bins - 1)),
        exp.BitwiseRightShift(this=bits.copy(), expression=num(bins - 1)),
    ]
    found = bits
    for shifted in shifts:
        found = exp.BitwiseOr(this=found, expression=exp.Paren(this=shifted))
    return found


def enabled(days: str, able_: str, plan: Plan) -> exp.Select:
    """The days of those."""
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("d", quoted=True))
    return exp.select(every).from_(tab(days, "d")).join(tab(able_, "c"), on=same(plan, "d", "c"))


def _enough(held: Sql, r: Rhythm) -> Sql:
    """Whether so many days are all of them, or from some on the share."""
    share = gte(mul(held, num(r.share.denominator)), mul(col("days"), num(r.share.numerator)))
    return case((lt(col("days"), num(r.share_from)), eq(held.copy(), col("days"))), otherwise=share)


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


def best(held: str, r: Rhythm, plan: Plan) -> exp.Select:
    """Per profile the slot with most rows that no slot holds yet, of equals the first of the year.

    ``MAX({'rows': rows, 'late': -start}) AS best`` over the windows that end on a day; the window of
    1 January is that of a day without rows.
    """
    reach = r.slot_days - 1
    columns = ("rows", "recent", "older")
    plain = exp.select(
        *keys(plan),
        as_(col("place"), "ends"),
        *(col(name) for name in columns),
        as_(num(1), "own"),
    ).from_(tab(held))
    before = exp.select(
        *keys(plan),
        as_(sub(col("place"), num(PLACES)), "ends"),
        *(col(name) for name in columns),
        as_(num(0), "own"),
    ).from_(tab(held))
    first = (
        exp.select(
            *keys(plan),
            as_(num(reach), "ends"),
            *(as_(num(0), name) for name in columns),
            as_(num(1), "own"),
        )
        .from_(tab(held))
        .group_by(*keys(plan))
    )
    circle = exp.union(exp.union(plain, before, distinct=False), first, distinct=False)
    windows = exp.select(
        *keys(plan),
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
        exp.select(*keys(plan), as_(exp.Max(this=key), "best"))
        .from_(exp.Subquery(this=windows, alias=_alias("windows")))
        .where(all_of([*good, gt(col("rows"), num(0))]))
        .group_by(*keys(plan))
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
        partition_by=keys(plan),
        order=exp.Order(expressions=[asc(col("ends"))]),
        spec=frame,
    )


def held(held: str, best: str, number: int, r: Rhythm, plan: Plan) -> exp.Select:
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
            *keys(plan, "h"),
            *(col(name, "h") for name in kept),
            as_(case((took, num(0)), otherwise=col("rows", "h")), "rows"),
            as_(case((took, num(number)), otherwise=col("slot", "h")), "slot"),
            as_(case((took, start.copy()), otherwise=col("start", "h")), "start"),
        )
        .from_(tab(held, "h"))
        .join(tab(best, "b"), on=same(plan, "h", "b"), join_type="left" if number > 1 else "")
    )


def slots(held: str, r: Rhythm, plan: Plan) -> exp.Select:
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
            *keys(plan),
            as_(exp.Max(this=col("days")), "days"),
            as_(exp.Max(this=col("last_at")), "last_at"),
            as_(exp.cast(place, "INT"), "place"),
            as_(exp.Window(this=exp.Sum(this=count()), partition_by=keys(plan)), "held"),
        )
        .from_(tab(held))
        .where(present(col("slot")))
        .group_by(*keys(plan), col("slot"))
    )
    day = plan.face.add_days(exp.cast(exp.Literal.string("2000-01-01"), "DATE"), col("place"))
    return (
        exp.select(*keys(plan), col("last_at"), as_(day, "day"))
        .from_(exp.Subquery(this=per_slot, alias=_alias("slots")))
        .where(_enough(col("held"), r))
    )


def coming(slots: str, plan: Plan) -> exp.Select:
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
