"""Comparisons that turn as time passes: of ages, and of how near an instant or day is."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from stamgast.errors import InternalError
from stamgast.language.ast import Literal_
from stamgast.language.sql.dialect import next_anniversary
from stamgast.language.sql.formulas import day_of, instant_of
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
    lt,
    lte,
    never,
    not_,
    num,
    sub,
)
from stamgast.language.sql.values import Held, Value, earliest, strict
from stamgast.language.types import Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Compare
    from stamgast.language.sql.plan import Plan

LONGEST_GAP_US = 368 * DAY_US
"""More than lies between the starts of two anniversaries."""


def timed(c: Compare, x: Value, values: Sequence[Value], plan: Plan) -> Held:
    """A comparison of ``u - x`` (an AGE, or older_than ...) with durations, or of an anniversary.

    older_than 30 days: ``"x" < $t_30d_ago``, until ``"x" + $us_30d + 1`` while it does not hold.
    """
    level = max([x.level, *(value.level for value in values)])
    until = earliest([x.until, *(value.until for value in values)])
    if c.op == "anniversary_within_next":
        turning = _anniversary(c, x, plan)
    else:
        at = Value(
            sql=instant_of(x, plan),
            until=None,
            level=x.level,
            type=Type.INSTANT,
            nullable=x.nullable,
        )
        at = plan.small(at, named="instant")
        level = max(level, at.level)
        turning = _span(c, at, values, plan)
    return Held(
        sql=turning.sql, until=earliest([until, turning.until]), level=max(level, turning.level)
    )


def _span(c: Compare, x: Value, values: Sequence[Value], plan: Plan) -> Held:
    held = _held(c, x, values, plan)
    nullable = x.nullable or any(value.nullable for value in values)
    if c.op in ("is_not", "not_in"):
        sql = not_(strict(held, nullable=nullable))
    else:
        sql = strict(held, nullable=nullable)
    edges = _edges(c, x.sql, values, plan)
    now = plan.moment.now()
    nexts: list[Sql | None] = [coalesce(case((gt(edge, now), edge)), never()) for edge in edges]
    return Held(sql=sql, until=earliest(nexts), level=x.level)


def _held(c: Compare, x: Value, values: Sequence[Value], plan: Plan) -> Sql:
    """Whether it holds, NULL if something is missing (of ``is_not``: whether ``is`` does)."""
    back = [_back(value, literal, plan) for value, literal in zip(values, c.values, strict=True)]
    at = x.sql
    match c.op:
        case "gt" | "older_than":
            return lt(at, back[0])
        case "gte":
            return lte(at, back[0])
        case "lt":
            return gt(at, back[0])
        case "lte" | "newer_than":
            return gte(at, back[0])
        case "is" | "is_not":
            return eq(at, back[0])
        case "in" | "not_in":
            return any_of([eq(at, one) for one in back])
        case "between":
            return all_of([lte(at, back[0]), gte(at, back[1])])
        case "within_next":
            return all_of(
                [gte(at, plan.moment.now()), lte(at, _ahead(values[0], c.values[0], plan))]
            )
        case _:
            raise InternalError(f"{c.op} is no comparison of an age")


def _back(value: Value, literal: object, plan: Plan) -> Sql:
    """``u - d``."""
    if isinstance(literal, Literal_) and isinstance(literal.value, int):
        return plan.moment.ago(literal.value)
    return sub(plan.moment.now(), value.sql)


def _ahead(value: Value, literal: object, plan: Plan) -> Sql:
    """``u + d``."""
    if isinstance(literal, Literal_) and isinstance(literal.value, int):
        return plan.moment.ahead(literal.value)
    return add(plan.moment.now(), value.sql)


def _edges(c: Compare, x: Sql, values: Sequence[Value], plan: Plan) -> list[Sql]:
    """The instants at which the outcome is another than just before, x held."""

    def reaches(i: int) -> Sql:
        return add(x, _span_of(values[i], c.values[i], plan))

    def passes(i: int) -> Sql:
        return add(reaches(i), num(1))

    match c.op:
        case "gt" | "older_than" | "lte" | "newer_than":
            return [passes(0)]
        case "gte" | "lt":
            return [reaches(0)]
        case "is" | "is_not":
            return [reaches(0), passes(0)]
        case "between":
            return [] if _empty(c) else [reaches(0), passes(1)]
        case "within_next":
            return [sub(x, _span_of(values[0], c.values[0], plan)), add(x, num(1))]
        case _:
            return [edge for low, high in _runs(c) for edge in (reaches(low), passes(high))]


def _span_of(value: Value, literal: object, plan: Plan) -> Sql:
    if isinstance(literal, Literal_) and isinstance(literal.value, int):
        return plan.moment.span(literal.value)
    return value.sql


def _empty(c: Compare) -> bool:
    low, high = (value.value for value in c.values if isinstance(value, Literal_))
    return isinstance(low, int) and isinstance(high, int) and low > high


def _runs(c: Compare) -> list[tuple[int, int]]:
    """The places, in ``values``, of the first and last of each run of neighbouring durations."""
    spans = {v.value: i for i, v in enumerate(c.values) if isinstance(v, Literal_)}
    ordered = sorted((span, i) for span, i in spans.items() if isinstance(span, int))
    starts = [ordered[0][1]]
    ends = []
    for (before, i), (after, j) in pairwise(ordered):
        if after != before + 1:
            ends.append(i)
            starts.append(j)
    return list(zip(starts, [*ends, ordered[-1][1]], strict=True))


# --- anniversaries ---------------------------------------------------------------------------------


def _anniversary(c: Compare, x: Value, plan: Plan) -> Held:
    """The next anniversary that has not ended starts within the span.

    That is the first one from today on; it is near when it is not later than the local day of
    ``u + span``. Turns at ``start - span`` when it is not near, else when it ends; never, when the
    next one is always within the span.
    """
    (span,) = (value.value for value in c.values if isinstance(value, Literal_))
    if not isinstance(span, int):
        raise InternalError("an anniversary is within a duration")
    day = plan.small(
        Value(sql=day_of(x, plan), until=None, level=x.level, type=Type.DAY), named="day"
    )
    following = _following(day, plan.moment.today(), plan)
    near = strict(lte(following.sql, plan.moment.day_in(span)), nullable=True)
    begins = sub(_midnight(following.sql, plan), plan.moment.span(span))
    ends = never() if span >= LONGEST_GAP_US else _midnight(_tomorrow(following.sql, plan), plan)
    until = case(
        (is_null(following.sql), never()),
        (lte(following.sql, plan.moment.day_in(span)), ends),
        otherwise=begins,
    )
    return Held(sql=near, until=until, level=following.level)


def _following(day: Value, today: Sql, plan: Plan) -> Value:
    value = next_anniversary(plan.face, day.sql, today)
    return plan.small(
        Value(sql=value, until=None, level=day.level, type=Type.DAY), named="anniversary"
    )


def _tomorrow(day: Sql, plan: Plan) -> Sql:
    return plan.face.add_days(day, num(1))


def _midnight(day: Sql, plan: Plan) -> Sql:
    return plan.face.midnight(day, plan.moment.zone_name())
