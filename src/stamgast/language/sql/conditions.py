"""Conditions on a profile: whether they hold, and until when that is sure."""

from __future__ import annotations

from functools import partial
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import (
    All,
    AnyOf,
    Carries,
    Compare,
    Consented,
    Did,
    ExtensionRef,
    Identified,
    InSegment,
    InStage,
    Literal_,
    Not,
    Percentile,
    Property,
    Top,
)
from stamgast.language.sql.dialect import lower_ascii
from stamgast.language.sql.did import did
from stamgast.language.sql.filters import compare, compare_folded, stored
from stamgast.language.sql.formulas import formula
from stamgast.language.sql.labels import carries, consented, extension_value, identified
from stamgast.language.sql.terms import NEVER, Sql, coalesce, gte, no
from stamgast.language.sql.timed import timed
from stamgast.language.sql.values import Held, Value, decided, earliest, negated, strict
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.ast import CompareOp, Condition, TraitRef
    from stamgast.language.sql.plan import Number, Plan

TIMED = ("older_than", "newer_than", "within_next", "anniversary_within_next")
NULL_PROOF = ("is_not", "not_in", "present", "missing")


def condition(c: Condition, plan: Plan) -> Held:
    """Whether the condition holds."""
    match c:
        case Compare():
            return _compare(c, plan)
        case Did():
            return did(c, plan)
        case InSegment() | InStage():
            return plan.segment(c.name) if isinstance(c, InSegment) else _in_stage(c.stages, plan)
        case Carries():
            return carries(c, plan)
        case Consented() | Identified():
            return consented(c, plan) if isinstance(c, Consented) else identified(c, plan)
        case Top():
            return _in_top(c, plan)
        case All(items=items) | AnyOf(items=items):
            held = [plan.small_held(condition(item, plan)) for item in items]
            return decided(held, by=isinstance(c, AnyOf))
        case Not(item=item):
            return negated(condition(item, plan))
        case _:
            assert_never(c)


def _in_stage(stages: tuple[str, ...], plan: Plan) -> Held:
    """``"stage_now" IN ($stage, $stage_2)``."""
    stage = plan.stage()
    names = [plan.moment.parameters.bind(name, "stage") for name in stages]
    return Held(sql=exp.In(this=stage.sql, expressions=names), until=stage.until, level=stage.level)


def _in_top(top: Top, plan: Plan) -> Held:
    """``COALESCE("score" >= $threshold, FALSE)``, the score being that of the midnight's population."""
    score, threshold = plan.score(top)
    if threshold is None:
        return Held(sql=no(), until=None, level=0)
    return Held(sql=coalesce(gte(score, threshold), no()), until=None, level=0)


def _compare(c: Compare, plan: Plan) -> Held:
    if isinstance(c.operand, Property):
        raise InternalError("a property belongs to a row")
    if isinstance(c.operand, ExtensionRef):
        x = plan.small(extension_value(c.operand, plan))
    else:
        x = plan.small(formula(c.operand, plan))
    values = [_compared(value, c.op, x.type, plan) for value in c.values]
    if c.op in TIMED or (x.type is Type.AGE and c.op not in ("present", "missing")):
        return timed(c, x, values, plan)
    nullable = c.op not in NULL_PROOF and (x.nullable or any(v.nullable for v in values))
    made = compare_folded if c.ignore_case else compare
    sql = strict(made(c.op, x.sql, [value.sql for value in values]), nullable=nullable)
    if c.op == "is_not" and values[0].nullable:
        sides = (x.sql, values[0].sql)
        one, other = (lower_ascii(side) for side in sides) if c.ignore_case else sides
        sql = _is_not_of_missing(one, other)
    return Held(
        sql=sql,
        until=earliest([x.until, *(value.until for value in values)]),
        level=max([x.level, *(value.level for value in values)]),
    )


def _times(percentile: Percentile, op: CompareOp, number: Number) -> Number:
    """So many times the number, rounded to where whole numbers compare with it as they should."""
    if number is None or percentile.times == 1:
        return number
    if isinstance(number, float):
        product = number * float(percentile.times)
        return product if isfinite(product) else None
    exact = number * percentile.times
    if op in ("is", "is_not") and exact.denominator != 1:
        return None
    whole = floor(exact) if op in ("gt", "lte") else ceil(exact)
    return whole if -NEVER - 1 <= whole <= NEVER else None


def _is_not_of_missing(x: Sql, value: Sql) -> Sql:
    """``NOT COALESCE(x = value, FALSE)``: two missing values are not the same."""
    return exp.Not(this=coalesce(exp.EQ(this=x, expression=value), no()))


def _compared(
    value: Literal_ | TraitRef | Percentile, op: CompareOp, type_: Type, plan: Plan
) -> Value:
    """What is compared with: bound, or another trait's column."""
    match value:
        case Literal_():
            bound = plan.moment.parameters.bind(stored(value), "value")
            return Value(sql=bound, until=None, level=0, type=value.type, nullable=False)
        case Percentile():
            number = plan.number(value, partial(_times, value, op), op)
            if number is None:
                return Value(sql=exp.null(), until=None, level=0, type=type_)
            return Value(sql=number, until=None, level=0, type=type_, nullable=False)
        case _:
            return plan.small(formula(value, plan))
