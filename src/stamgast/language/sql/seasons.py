"""Seasons and sales: the only season that all rows lie in, and the first days of sales."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.ast import Dates
from stamgast.language.sql.aggregates import Part
from stamgast.language.sql.dialect import function
from stamgast.language.sql.spans import Lookup, SpanIndex
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    any_of,
    case,
    coalesce,
    eq,
    gt,
    gte,
    is_null,
    least,
    lt,
    lte,
    never,
    num,
)
from stamgast.language.sql.values import Value, earliest
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.language.ast import Aggregate, Span
    from stamgast.language.calendars import Occurrence
    from stamgast.language.sql.parameters import Given
    from stamgast.language.sql.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The occurrence that holds all rows and has ended, as a number; NULL without one."""

    number: Value
    occurrences: Sequence[Occurrence]
    """By number."""


def only_season(a: Aggregate, plan: Plan) -> Value:
    """``LIST_EXTRACT($season_said, "season_number" + 1)``."""
    found = _found(a, plan)
    if found is None:
        return _missing(Type.TEXT)
    said = _entry([one.said for one in found.occurrences], "season_said", found, plan)
    return Value(sql=said, until=found.number.until, level=found.number.level, type=Type.TEXT)


def season_returns(a: Aggregate, plan: Plan) -> Value:
    """When the next occurrence of that season begins; until then."""
    found = _found(a, plan)
    if found is None:
        return _missing(Type.INSTANT)
    begins = plan.small(
        Value(
            sql=_next_begin(found, plan),
            until=None,
            level=found.number.level,
            type=Type.INSTANT,
        ),
        named="returns",
    )
    until = earliest([found.number.until, coalesce(begins.sql, never())])
    return Value(sql=begins.sql, until=until, level=begins.level, type=Type.INSTANT)


def _missing(type_: Type) -> Value:
    kind = "TEXT" if type_ is Type.TEXT else "BIGINT"
    return Value(sql=exp.cast(exp.null(), kind), until=None, level=0, type=type_)


def _entry(values: Sequence[object], called: str, found: Found, plan: Plan) -> Sql:
    listed = plan.moment.parameters.bind(tuple(values), called)
    return plan.face.entry(listed, add(found.number.sql, num(1)))


def _found(a: Aggregate, plan: Plan) -> Found | None:
    """The first in precedence of those around the first and the last row that have ended.

    Per slot of the lookup of the first row: ``CASE WHEN <inside> AND "last_at" < until THEN number
    END``, likewise its end; of those ended the least number. Until the end of one with a smaller
    number.
    """
    moment, part = plan.moment, Part.of(a.rows, plan)
    every = plan.definitions.calendar.occurrences
    known = list(every)
    if moment.t is not None:
        known = moment.decide(
            lambda given: [one for one in every if one.from_at <= given.at], "seasons begun"
        )
    if not known:
        return None
    first = part.want("first_at", exp.Min(this=part.rows.at), None)
    last = part.want("last_at", exp.Max(this=part.rows.at), None)
    index = SpanIndex.of([one.span for one in known])
    lookup = Lookup(index, first, moment, "season")
    around: list[tuple[Value, Value]] = []
    for slot in lookup.slots:
        ends = lookup.entry(slot, [one.until_at for one in known], "until")
        number = lookup.entry(slot, range(len(known)), "number")
        holds = all_of([lookup.inside(slot), lt(last, ends)])
        around.append((_column(plan, holds, number), _column(plan, holds, ends)))
    now = moment.now()
    ended = [case((lte(ends.sql, now), number.sql)) for number, ends in around]
    chosen = plan.small(
        Value(sql=least(ended), until=None, level=1, type=Type.INTEGER), named="season_number"
    )
    betters = [
        case(
            (
                all_of(
                    [
                        gt(ends.sql, now),
                        any_of([is_null(chosen.sql), lt(number.sql, chosen.sql)]),
                    ]
                ),
                ends.sql,
            ),
            otherwise=never(),
        )
        for number, ends in around
    ]
    sure = Value(sql=chosen.sql, until=least(betters), level=chosen.level, type=Type.INTEGER)
    return Found(number=plan.small(sure, named="season_number"), occurrences=known)


def _column(plan: Plan, holds: Sql, value: Sql) -> Value:
    made = Value(sql=case((holds, value)), until=None, level=0, type=Type.INTEGER)
    return plan.small(made, named="season")


def _next_begin(found: Found, plan: Plan) -> Sql:
    """The next begin, after ``u``, of the season of the occurrence."""
    begins = {
        name: [one.from_at for one in season.occurrences]
        for name, season in plan.definitions.calendar.seasons.items()
    }
    if plan.moment.t is not None:
        nexts = plan.moment.decide(partial(_first_after, begins), "seasons to come")
        listed = [nexts[one.name] for one in found.occurrences]
        if not any(listed):
            return exp.cast(exp.null(), "BIGINT")
        return _entry(listed, "season_returns", found, plan)
    names = list(begins)
    kind = _entry([names.index(one.name) for one in found.occurrences], "season_kind", found, plan)
    branches = [
        (eq(kind, num(i)), _next_of(begins[name], name, plan))
        for i, name in enumerate(names)
        if len(begins[name]) > 1
    ]
    return case(*branches) if branches else exp.cast(exp.null(), "BIGINT")


def _first_after(begins: Mapping[str, Sequence[int]], given: Given) -> dict[str, int | None]:
    return {
        name: min((at for at in all_ if at > given.at), default=None)
        for name, all_ in begins.items()
    }


def _begun(days: Sequence[Span], latest: int, given: Given) -> list[Span]:
    """The latest first days that have begun."""
    return [span for span in days if span[0] <= given.at][-latest:]


def _next_of(begins: Sequence[int], name: str, plan: Plan) -> Sql:
    """The begin after ``u``, which is not before the first one."""
    gaps = list(pairwise(begins))
    lookup = Lookup(SpanIndex.of(gaps), plan.moment.now(), plan.moment, f"{name}_begins")
    return lookup.value([until for _, until in gaps], "next")


# --- first days of sales ---------------------------------------------------------------------------


def sale_first_days(a: Aggregate, plan: Plan) -> Value:
    """The latest first days that have begun: how many hold a row, or ended after the first row.

    hit: ``BIT_COUNT(BIT_OR(CASE WHEN at >= $since AND at < $ends THEN 1 ELSE 0 END + CASE ... THEN
    2 ...))``; seen: ``CASE WHEN "first_at" < $ends THEN 1 ELSE 0 END + ...``.
    """
    part = Part.of(a.rows, plan)
    days = plan.definitions.first_days
    first = part.want("first_at", exp.Min(this=part.rows.at), None)
    latest = _latest(days, a.latest or 0, plan)
    begins = _next_sale(days, plan)
    until = None if begins is None else case((is_null(first), never()), otherwise=begins)
    if not latest:
        return Value(
            sql=exp.cast(num(0), "BIGINT"), until=until, level=0, type=Type.INTEGER, nullable=False
        )
    if a.op == "sale_first_days_seen":
        marks = [_mark(lt(first, ends), 1) for _, ends in latest]
        value = exp.cast(reduce(add, marks), "BIGINT")
    else:
        at = part.rows.at
        mask = reduce(
            add,
            [
                _mark(all_of([gte(at, since), lt(at, ends)]), 2**i)
                for i, (since, ends) in enumerate(latest)
            ],
        )
        window = None
        if plan.moment.t is not None:
            begun = plan.moment.decide(partial(_begun, days, a.latest or 0), ("sales", a.latest))
            window = Dates(from_at=min(since for since, _ in begun), until_at=None)
        hit = part.want("sale_days", function("BIT_OR", mask), window, default=0)
        value = exp.cast(function("BIT_COUNT", hit), "BIGINT")
    return Value(sql=value, until=until, level=0, type=Type.INTEGER, nullable=False)


def _mark(holds: Sql, bit: int) -> Sql:
    return exp.Paren(
        this=case((holds, exp.cast(num(bit), "BIGINT")), otherwise=exp.cast(num(0), "BIGINT"))
    )


def _latest(days: Sequence[Span], latest: int, plan: Plan) -> list[tuple[Sql, Sql]]:
    """The latest first days that have begun at ``u``: since when, and their end; NULL without."""
    moment = plan.moment
    bind = moment.parameters.bind
    if moment.t is not None:
        begun = moment.decide(partial(_begun, days, latest), ("sales", latest))
        return [(bind(since, "sale_since"), bind(ends, "sale_ends")) for since, ends in begun]
    eras = _eras(days)
    per_era = [[span for span in days if span[0] <= since][-latest:] for since in eras]
    found = []
    for place in range(max((len(spans) for spans in per_era), default=0)):
        spans = [one[place] if place < len(one) else (None, None) for one in per_era]
        called = f"sale_{place + 1}"
        since = _in_era(eras, [span[0] for span in spans], f"{called}_since", plan)
        ends = _in_era(eras, [span[1] for span in spans], f"{called}_ends", plan)
        found.append((since, ends))
    return found


def _eras(days: Sequence[Span]) -> list[int]:
    """Between two of these instants the same first days have begun."""
    return sorted({since for since, _ in days})


def _in_era(eras: Sequence[int], values: Sequence[int | None], called: str, plan: Plan) -> Sql:
    """The value of the era that ``u`` lies in, NULL before the first."""
    moment = plan.moment
    bind = moment.parameters.bind
    last = (gte(moment.now(), bind(eras[-1], "sale_last")), _bound(values[-1], called, plan))
    gaps = list(pairwise(eras))
    if not gaps or not any(values[:-1]):
        return case(last)
    lookup = Lookup(SpanIndex.of(gaps), moment.now(), moment, "sale_era")
    return case(last, otherwise=lookup.value(values[:-1], called))


def _bound(value: int | None, called: str, plan: Plan) -> Sql:
    if value is None:
        return exp.cast(exp.null(), "BIGINT")
    return plan.moment.parameters.bind(value, f"{called}_last")


def _next_sale(days: Sequence[Span], plan: Plan) -> Sql | None:
    """When the next first day begins, after ``u``; None: never."""
    moment = plan.moment
    bind = moment.parameters.bind
    eras = _eras(days)
    if moment.t is not None:
        begins = moment.decide(
            lambda given: next((at for at in eras if at > given.at), None), "next sale"
        )
        return None if begins is None else bind(begins, "sale_begins")
    if not eras:
        return None
    before = (lt(moment.now(), bind(eras[0], "sale_first")), bind(eras[0], "sale_first"))
    nexts = _in_era(eras, [*eras[1:], None], "sale_begins", plan)
    return case(before, otherwise=coalesce(nexts, never()))
