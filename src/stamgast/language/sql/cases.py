"""Values that rest on conditions: cases, scores and totals of the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.ast import Literal_
from stamgast.language.sql.dialect import STORED
from stamgast.language.sql.filters import stored
from stamgast.language.sql.terms import add, case, mul, never, num
from stamgast.language.sql.values import Value, earliest

if TYPE_CHECKING:
    from stamgast.language.ast import Case, Score, ShopTotal, TraitRef
    from stamgast.language.sql.plan import Plan
    from stamgast.language.sql.terms import Sql
    from stamgast.language.types import Type


def chosen(c: Case, plan: Plan) -> Value:
    """``CASE WHEN a THEN x WHEN b THEN y ELSE z END``.

    Until ``CASE WHEN a THEN LEAST(wa, wx) WHEN b THEN LEAST(wa, wb, wy) ELSE LEAST(wa, wb, wz) END``.
    """
    values: list[tuple[Sql, Sql]] = []
    untils: list[tuple[Sql, Sql | None]] = []
    passed: list[Sql | None] = []
    level = 0
    for branch in c.branches:
        held = plan.small_held(plan.condition(branch.when))
        then = _value(branch.then, c.type, plan)
        passed.append(held.until)
        values.append((held.sql, then.sql))
        untils.append((held.sql, earliest([*passed, then.until])))
        level = max(level, held.level, then.level)
    rest = _value(c.otherwise, c.type, plan)
    last = earliest([*passed, rest.until])
    until = None
    if last is not None or any(one is not None for _, one in untils):
        turns = [(holds, one or never()) for holds, one in untils]
        until = case(*turns, otherwise=last or never())
    return Value(
        sql=case(*values, otherwise=rest.sql),
        until=until,
        level=max(level, rest.level),
        type=c.type,
    )


def score(s: Score, plan: Plan) -> Value:
    """``1 + $bands * "score" // $size``; NULL for who is not ranked.

    The column is the number of the population that is strictly worse.
    """
    worse, size = plan.rank(s)
    share = exp.IntDiv(this=exp.Paren(this=mul(worse, num(s.bands))), expression=size)
    band = exp.cast(add(num(1), exp.Paren(this=share)), "BIGINT")
    return Value(sql=band, until=None, level=0, type=s.type)


def shop_total(total: ShopTotal, plan: Plan) -> Value:
    """The sum over everybody, bound."""
    number = plan.total(total)
    if number is None:
        return Value(sql=exp.cast(exp.null(), "BIGINT"), until=None, level=0, type=total.type)
    return Value(
        sql=exp.cast(number, "BIGINT"), until=None, level=0, type=total.type, nullable=False
    )


def _value(given: Literal_ | TraitRef | None, type_: Type, plan: Plan) -> Value:
    if given is None:
        missing = exp.cast(exp.null(), STORED[type_])
        return Value(sql=missing, until=None, level=0, type=type_)
    if isinstance(given, Literal_):
        bound = plan.moment.parameters.bind(stored(given), "outcome")
        return Value(sql=exp.cast(bound, STORED[type_]), until=None, level=0, type=type_)
    return plan.small(plan.trait(given.name))
