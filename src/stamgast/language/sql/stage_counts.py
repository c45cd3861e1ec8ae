"""How many profiles are in each stage at several instants, in one pass over the orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.moment import Moment
from stamgast.language.sql.parameters import Parameters
from stamgast.language.sql.sources import in_force
from stamgast.language.sql.statement import Statement
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    case,
    col,
    count,
    eq,
    gt,
    gte,
    lte,
    num,
    present,
    tab,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Definitions, StageRule, StageTerm
    from stamgast.language.sql.dialect import Face


def stage_counts(definitions: Definitions, instants: Sequence[int], face: Face) -> Statement:
    """One row: per instant i and rule j the column ``s_<i>_<j>``, and who has no purchase.

    ``known_<i>``: profiles that exist, ``anonymous_<i>``: those without a name, ``bought_<i>``:
    those with a purchase, ``visitors_<i>``: those of them without a name. Steps: ``purchases`` (one
    GROUP BY of the orders, with FILTERs per instant) -> ``staged`` (the number of the rule that
    holds) -> ``bought``; ``present``.
    """
    rules = definitions.lifecycle.rules
    parameters = Parameters()
    moments = [
        Moment(zone=definitions.zone, t=t, face=face, parameters=parameters) for t in instants
    ]
    steps = {
        "purchases": _purchases(rules, moments),
        "staged": _staged(rules, moments),
        "bought": _bought(rules, moments),
        "present": _present(moments),
    }
    query = exp.select("*").from_(tab("bought")).join(tab("present"), join_type="cross")
    for name, step in steps.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=step, copy=False)
    return Statement(query=query, parameters=parameters.used_in(query))


def rule_of_none(rules: Sequence[StageRule]) -> int:
    """The number of the rule that holds for a profile without a purchase."""
    return next(
        i
        for i, rule in enumerate(rules)
        if not rule.any_of or any(term.at_least == 0 and term.ever_min == 0 for term in rule.any_of)
    )


def _filtered(aggregate: Sql, *conditions: Sql) -> Sql:
    return exp.Filter(this=aggregate, expression=exp.Where(this=all_of(conditions)))


def _spans(rules: Sequence[StageRule]) -> tuple[bool, list[int]]:
    """Whether the last purchase is looked at, and the windows in which purchases are counted."""
    terms = [t for rule in rules for t in rule.any_of if t.within_us is not None and t.at_least]
    several = {term.within_us for term in terms if term.at_least > 1 and term.within_us is not None}
    return any(term.at_least == 1 for term in terms), sorted(several)


def _purchases(rules: Sequence[StageRule], moments: Sequence[Moment]) -> exp.Select:
    """Per buyer and instant the number of purchases, the last one, and those in each window.

    ``COUNT(*) FILTER(WHERE <in force at t>) AS n_1, MAX("ordered_at") FILTER(...) AS p_1, ...``
    """
    last, spans = _spans(rules)
    columns: list[Sql] = [col("profile_id")]
    for i, moment in enumerate(moments):
        standing = all_of(in_force(moment))
        columns.append(as_(_filtered(count(), standing), f"n_{i}"))
        if last:
            columns.append(as_(_filtered(exp.Max(this=col("ordered_at")), standing), f"p_{i}"))
        for span in spans:
            recent = gte(col("ordered_at"), moment.ago(span))
            columns.append(as_(_filtered(count(), standing, recent), f"w_{i}_{span}"))
    return (
        exp.select(*columns)
        .from_(tab("order_version"))
        .where(all_of([col("counts"), present(col("profile_id"))]))
        .group_by(col("profile_id"))
    )


def _staged(rules: Sequence[StageRule], moments: Sequence[Moment]) -> exp.Select:
    columns: list[Sql] = [col("profile_id")]
    for i, moment in enumerate(moments):
        held = [
            (any_of([_term(term, i, moment) for term in rule.any_of]), num(j))
            for j, rule in enumerate(rules[:-1])
            if rule.any_of
        ]
        columns.append(as_(case(*held, otherwise=num(len(rules) - 1)), f"rule_{i}"))
        columns.append(col(f"n_{i}"))
    return exp.select(*columns).from_(tab("purchases"))


def _term(term: StageTerm, i: int, moment: Moment) -> Sql:
    n = col(f"n_{i}")
    parts: list[Sql] = [gte(n, num(term.ever_min))] if term.ever_min else []
    if term.ever_max is not None:
        parts.append(lte(n, num(term.ever_max)))
    if term.at_least and term.within_us is None:
        parts.append(gte(n, num(term.at_least)))
    elif term.at_least == 1 and term.within_us is not None:
        parts.append(gte(col(f"p_{i}"), moment.ago(term.within_us)))
    elif term.at_least > 1:
        parts.append(gte(col(f"w_{i}_{term.within_us}"), num(term.at_least)))
    return all_of(parts)


def _bought(rules: Sequence[StageRule], moments: Sequence[Moment]) -> exp.Select:
    columns = []
    nameless = exp.select(as_(col("profile_id"), "visitor_id")).from_(tab("presence"))
    nameless = nameless.where(col("anonymous"))
    for i in range(len(moments)):
        some = gt(col(f"n_{i}"), num(0))
        columns += [
            as_(_filtered(count(), some, eq(col(f"rule_{i}"), num(j))), f"s_{i}_{j}")
            for j in range(len(rules))
        ]
        columns.append(as_(_filtered(count(), some), f"bought_{i}"))
        columns.append(as_(_filtered(count(), some, present(col("visitor_id"))), f"visitors_{i}"))
    # of a shop without visitors the right side is known to be empty: the join costs nothing
    return (
        exp.select(*columns)
        .from_(tab("staged"))
        .join(
            exp.Subquery(
                this=nameless, alias=exp.TableAlias(this=exp.to_identifier("v", quoted=True))
            ),
            on=eq(col("profile_id"), col("visitor_id")),
            join_type="left",
        )
    )


def _present(moments: Sequence[Moment]) -> exp.Select:
    columns = []
    for i, moment in enumerate(moments):
        come = lte(col("first_at"), moment.now())
        columns.append(as_(_filtered(count(), come), f"known_{i}"))
        columns.append(as_(_filtered(count(), come, col("anonymous")), f"anonymous_{i}"))
    return exp.select(*columns).from_(tab("presence"))
