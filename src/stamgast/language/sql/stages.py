"""The lifecycle stage of a profile, and the exact instant at which it is another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.aggregates import Part, after
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    case,
    coalesce,
    count,
    eq,
    greatest,
    gt,
    gte,
    lte,
    never,
    num,
)
from stamgast.language.sql.values import Value
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.language.ast import StageRule, StageTerm
    from stamgast.language.sql.plan import Plan


def stage(plan: Plan) -> Value:
    """``CASE WHEN <a term of the first rule holds> THEN 'prospect' WHEN ... END``.

    As long as no row comes, terms only cease to hold: a rule ends when its last term does. The
    stage is another from the end of its rule, unless the next rule that then holds says the same.
    """
    group = plan.group("order", ())
    part = Part(group, group.rows, None, plan)
    n = part.want("count", count(), None, default=0)
    deepest = max((term.at_least for rule in _rules(plan) for term in rule.any_of), default=0)
    place = _places(part, deepest, plan)
    rules = _rules(plan)
    value = case(
        *((_holds(rule, n, place, plan), _name(rule, plan)) for rule in rules[:-1]),
        otherwise=_name(rules[-1], plan),
    )
    stage_ = plan.named("stage_now", value, 0)
    ends = [_end(rule, n, place, plan) for rule in rules]
    if all(end is None for end in ends):
        return Value(sql=stage_[0], until=None, level=stage_[1], type=Type.TEXT, nullable=False)
    until = _until(rules, ends, plan)
    return Value(sql=stage_[0], until=until, level=stage_[1], type=Type.TEXT, nullable=False)


def _rules(plan: Plan) -> tuple[StageRule, ...]:
    return plan.definitions.lifecycle.rules


def _name(rule: StageRule, plan: Plan) -> Sql:
    return plan.moment.parameters.bind(rule.stage, "stage")


def _places(part: Part, deepest: int, plan: Plan) -> Callable[[int], Sql]:
    """The instant of the k-th latest purchase, NULL when there are fewer."""
    if deepest > 1:
        latest = part.want("latest", plan.face.latest(part.rows.at, deepest), None)
        return lambda k: plan.face.element(latest.copy(), k)
    last = part.want("last_at", exp.Max(this=part.rows.at), None) if deepest else exp.null()
    return lambda _: last.copy()


def _ever(term: StageTerm, n: Sql) -> list[Sql]:
    if term.ever_max is not None and term.ever_max == term.ever_min:
        return [eq(n, num(term.ever_min))]
    low = [gte(n, num(term.ever_min))] if term.ever_min > 0 else []
    high = [lte(n, num(term.ever_max))] if term.ever_max is not None else []
    return low + high


def _term(term: StageTerm, n: Sql, place: Callable[[int], Sql], plan: Plan) -> Sql:
    parts = _ever(term, n)
    if term.at_least and term.within_us is None:
        parts.append(gte(n, num(term.at_least)))
    elif term.at_least and term.within_us is not None:
        recent = gte(place(term.at_least), plan.moment.ago(term.within_us))
        parts.append(recent)
    return all_of(parts)


def _holds(rule: StageRule, n: Sql, place: Callable[[int], Sql], plan: Plan) -> Sql:
    if not rule.any_of:
        return exp.true()
    return any_of([_term(term, n, place, plan) for term in rule.any_of])


def _end(rule: StageRule, n: Sql, place: Callable[[int], Sql], plan: Plan) -> Sql | None:
    """When the rule ceases to hold; 0 or past: it does not hold now; None: it never ceases."""
    if not rule.any_of:
        return None
    ends = []
    for term in rule.any_of:
        ever = _ever(term, n)
        if term.at_least and term.within_us is None:
            ever = [*ever, gte(n, num(term.at_least))]
        if term.at_least and term.within_us is not None:
            end = coalesce_after(place(term.at_least), term.within_us, plan)
        else:
            end = never()
        ends.append(case((all_of(ever), end), otherwise=num(0)) if ever else end)
    return greatest(ends)


def coalesce_after(at: Sql, us: int, plan: Plan) -> Sql:
    """``at + us + 1``, 0 when there is no such instant."""
    found = after(at, us, plan)
    return coalesce(found.this, num(0))


def _until(rules: tuple[StageRule, ...], ends: list[Sql | None], plan: Plan) -> Sql:
    """Per rule, when it is the first that holds: the end of the stage it gives."""
    columns = [
        plan.named(f"stage_end_{i}", end, 0)[0] if end is not None else never()
        for i, end in enumerate(ends)
    ]
    turns: list[Sql] = [never()] * len(rules)
    for i in reversed(range(len(rules))):
        turns[i] = _turn(i, rules, columns, turns)
    branches = [(gt(columns[i], plan.moment.now()), turns[i]) for i in range(len(rules) - 1)]
    return case(*branches, otherwise=turns[-1])


def _turn(i: int, rules: tuple[StageRule, ...], ends: list[Sql], turns: list[Sql]) -> Sql:
    """When the stage of rule i, in force, gives way: at its end, or after later rules of its name."""
    later = range(i + 1, len(rules))
    if not any(rules[j].stage == rules[i].stage for j in later):
        return ends[i]
    branches = [
        (gt(ends[j], ends[i]), turns[j] if rules[j].stage == rules[i].stage else ends[i])
        for j in later
    ]
    return case(*branches, otherwise=ends[i])
