"""Formulas over traits and attributes: missing in, missing out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import (
    Aggregate,
    AttributeRef,
    Call,
    Case,
    Literal_,
    Score,
    ShopTotal,
    TraitRef,
)
from stamgast.language.sql.aggregates import aggregate
from stamgast.language.sql.by_calendar import BY_CALENDAR
from stamgast.language.sql.cases import chosen, score, shop_total
from stamgast.language.sql.dialect import (
    anniversary,
    finite,
    floor_division,
    host,
    lower_ascii,
    next_anniversary,
    site,
    year_of,
)
from stamgast.language.sql.filters import stored
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    case,
    coalesce,
    greatest,
    gt,
    least,
    lt,
    lte,
    mul,
    never,
    num,
    present,
    sub,
)
from stamgast.language.sql.values import Value, earliest
from stamgast.language.types import SCALE, SUMMABLE, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Expression, Formula
    from stamgast.language.sql.plan import Plan

LARGEST = 2**63 - 1


def formula(expr: Expression, plan: Plan) -> Value:
    """The value of an expression."""
    match expr:
        case Literal_(type=type_):
            bound = plan.moment.parameters.bind(stored(expr), "number")
            return Value(sql=bound, until=None, level=0, type=type_, nullable=False)
        case AttributeRef():
            return plan.attribute(expr)
        case TraitRef(name=name):
            return plan.trait(name)
        case Aggregate(op=op):
            return BY_CALENDAR[op](expr, plan) if op in BY_CALENDAR else aggregate(expr, plan)
        case Call():
            return _call(expr, plan)
        case ShopTotal():
            return shop_total(expr, plan)
        case Case():
            return chosen(expr, plan)
        case Score():
            return score(expr, plan)
        case _:
            assert_never(expr)


def _call(call: Call, plan: Plan) -> Value:
    args = [plan.small(formula(arg, plan)) for arg in call.args]
    if call.op == "years_since":
        return _years_since(args[0], plan)
    if call.op == "site":
        return _site(args[0], plan)
    value = _operation(call, args, plan)
    level = max(arg.level for arg in args)
    if call.type is Type.NUMBER and call.op not in ("coalesce", "min", "max", "negate"):
        double = plan.small(_wide(value, call, level), named="double")
        value, level = finite(double.sql), double.level
    elif call.type in SUMMABLE or call.type is Type.DURATION:
        wide = plan.small(_wide(value, call, level), named="exact")
        value, level = plan.face.in_64_bits(wide.sql), wide.level
    return Value(
        sql=value,
        until=earliest([arg.until for arg in args]),
        level=level,
        type=call.type,
    )


def _site(address: Value, plan: Plan) -> Value:
    """In three steps: what an expression names twice is a column."""
    named = plan.small(replace(address, sql=host(address.sql)), named="host")
    small = plan.small(replace(named, sql=lower_ascii(named.sql)), named="host_small")
    return replace(small, sql=site(small.sql), nullable=True)


def _wide(value: Sql, call: Call, level: int) -> Value:
    return Value(sql=value, until=None, level=level, type=call.type)


def instant_of(value: Value, plan: Plan) -> Sql:
    """The instant a value stands for: a day stands for its local midnight."""
    if value.type is Type.DAY:
        return plan.face.midnight(value.sql, plan.moment.zone_name())
    return value.sql


def day_of(value: Value, plan: Plan) -> Sql:
    """The local day of an instant, or the day itself."""
    if value.type is Type.DAY:
        return value.sql
    return plan.face.local_day(value.sql, plan.moment.zone_name())


def _years_since(x: Value, plan: Plan) -> Value:
    """Whole calendar years: 29 Feb counts from 1 Mar in common years; missing for days ahead.

    ``CASE WHEN day <= $today THEN YEAR($today) - YEAR(day) - CASE WHEN <this year's anniversary>
    <= $today THEN 0 ELSE 1 END END``, until the midnight of the next one.
    """
    face, today = plan.face, plan.moment.today()
    x = plan.small(
        Value(sql=day_of(x, plan), until=x.until, level=x.level, type=Type.DAY), named="day"
    )
    reached = lte(anniversary(face, x.sql, year_of(today)), today)
    years = sub(sub(year_of(today), year_of(x.sql)), case((reached, num(0)), otherwise=num(1)))
    following = next_anniversary(face, x.sql, face.add_days(today, num(1)))
    birthday = plan.small(
        Value(sql=following, until=None, level=x.level, type=Type.DAY), named="birthday"
    )
    turns = coalesce(face.midnight(birthday.sql, plan.moment.zone_name()), never())
    return Value(
        sql=case((lte(x.sql, today), exp.cast(years, "BIGINT"))),
        until=earliest([x.until, turns]),
        level=birthday.level,
        type=Type.INTEGER,
    )


def _operation(call: Call, args: Sequence[Value], plan: Plan) -> Sql:
    same = [_as(call.type, arg, plan) for arg in args]
    match call.op:
        case "days_since":
            return instant_of(args[0], plan)
        case "divide" | "ratio":
            return _divide(args, _times_of(call), plan)
        case "whole":
            return _floor(args[0], plan)
        case "multiply":
            return _multiply(call, args, plan)
        case "add":
            return reduce(add, same)
        case "subtract":
            return reduce(sub, same)
        case "negate":
            return exp.Neg(this=exp.Paren(this=same[0]))
        case "min" | "max":
            extreme = least(same) if call.op == "min" else greatest(same)
            return case((all_of([present(arg.sql) for arg in args]), extreme))
        case "coalesce":
            return coalesce(*same)
        case _:
            raise InternalError(f"no formula {call.op}")


def _as(wanted: Type, value: Value, plan: Plan) -> Sql:
    """A value in the type of the result: a double, or whole numbers in a finer unit."""
    if wanted is Type.NUMBER:
        return double_of(value, plan)
    if wanted in SUMMABLE and value.type in SUMMABLE:
        whole = plan.face.whole(value.sql)
        scale = plan.definitions.scales[wanted] if value.type is Type.INTEGER else 1
        return whole if scale == 1 else mul(whole, num(scale))
    return plan.face.whole(value.sql) if wanted is Type.DURATION else value.sql


def double_of(value: Value, plan: Plan) -> Sql:
    """The double of a value: MONEY and DECIMAL by one division by their scale."""
    if value.type is Type.NUMBER:
        return value.sql
    double = plan.face.double(value.sql)
    scale = plan.definitions.scales.get(value.type, 1)
    return double if scale == 1 else exp.Div(this=double, expression=plan.face.double(num(scale)))


def _floor(value: Value, plan: Plan) -> Sql:
    """``FLOOR(double)``, or a division of whole numbers that rounds down."""
    if value.type is Type.NUMBER:
        return exp.Floor(this=value.sql)
    return floor_division(plan.face, value.sql, num(1), num(plan.definitions.scales[value.type]))


def _times_of(call: Call) -> Fraction:
    """What multiplies a ratio."""
    return _fraction(call.args[2]) if len(call.args) > 2 else Fraction(1)  # noqa: PLR2004 - the third


def _divide(args: Sequence[Value], times: Fraction, plan: Plan) -> Sql:
    """One division of two exact numbers; missing when the divisor is 0.

    ``CASE WHEN b <> 0 THEN CAST(a * 1 AS DOUBLE) / CAST(b * 100 AS DOUBLE) END``
    """
    a, b, *_ = args
    if Type.NUMBER in (a.type, b.type):
        above, below = double_of(a, plan), double_of(b, plan)
        if times != 1:
            factor = exp.cast(plan.moment.parameters.bind(float(times), "times"), "DOUBLE")
            above = mul(_bracket(above), factor)
    else:
        scales = plan.definitions.scales
        above = plan.face.double(_times(a, scales.get(b.type, 1) * times.numerator, plan))
        below = plan.face.double(_times(b, scales.get(a.type, 1) * times.denominator, plan))
    quotient = exp.Div(this=_bracket(above), expression=_bracket(below))
    return case((exp.NEQ(this=b.sql, expression=num(0)), quotient))


def _times(value: Value, scale: int, plan: Plan) -> Sql:
    return value.sql if scale == 1 else mul(plan.face.whole(value.sql), num(scale))


def _bracket(sql: Sql) -> Sql:
    return exp.Paren(this=sql) if isinstance(sql, exp.Binary) else sql


def _multiply(call: Call, args: Sequence[Value], plan: Plan) -> Sql:
    if call.type is not Type.DURATION:
        return reduce(mul, (_bracket(double_of(arg, plan)) for arg in args))
    (duration,) = (arg for arg in args if arg.type is Type.DURATION)
    (factor,) = (arg for arg in call.args if arg.type is not Type.DURATION)
    return _times_fraction(duration.sql, _fraction(factor), plan)


def _fraction(factor: Formula) -> Fraction:
    if not isinstance(factor, Literal_) or not isinstance(factor.value, int | float):
        raise InternalError("what multiplies is a literal number")
    return Fraction(factor.value) / SCALE.get(factor.type, 1)


def _times_fraction(duration: Sql, by: Fraction, plan: Plan) -> Sql:
    """``floor(duration x by)``; of a factor beyond 64 bits only what the result can be is written."""
    bind = plan.moment.parameters.bind
    if abs(by) > LARGEST:
        return case((exp.EQ(this=duration, expression=num(0)), num(0)))
    if by.denominator > LARGEST * LARGEST:
        rest = lt(duration, num(0)) if by > 0 else gt(duration, num(0))
        return case((rest, num(-1)), (present(duration), num(0)))
    return floor_division(
        plan.face, duration, bind(by.numerator, "above"), bind(by.denominator, "below")
    )
