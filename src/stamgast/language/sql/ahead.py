"""``valid_until`` where rows are dated ahead: the answers at those instants, chained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.terms import (
    Sql,
    as_,
    asc,
    case,
    coalesce,
    col,
    eq,
    least,
    left_join,
    lt,
    never,
    tab,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stamgast.language.sql.parameters import Parameters


def chained(
    names: Sequence[str],
    midnight_names: Collection[str],
    next_midnight: int | None,
    parameters: Parameters,
) -> exp.Query:
    """The answers at t with their ``valid_until``, from what was answered at t and at each instant ahead.

    Tables: ``answer_now`` (profile_id, per name value and until), ``answer_ahead`` (also ``t``),
    ``comes_to_exist`` (profile_id, from_at). For one name::

        WITH "chain" AS (SELECT *, LEAD("t") OVER (PARTITION BY "profile_id" ORDER BY "t") AS "next_t"
          FROM "answer_ahead"),
        "turn" AS (SELECT "c"."profile_id", MIN("c"."t") AS "first_t", MIN(LEAST(
            CASE WHEN "c"."vip" IS DISTINCT FROM "n"."vip" THEN "c"."t" ELSE never END,
            CASE WHEN "c"."vip__until" < COALESCE("c"."next_t", never) THEN ... END)) AS "vip"
          FROM "chain" AS "c" JOIN "answer_now" AS "n" ... GROUP BY "c"."profile_id")
        SELECT "n"."profile_id", TRUE AS "exists", "n"."vip", NULLIF(LEAST(CASE WHEN
          "n"."vip__until" < "x"."first_t" THEN "n"."vip__until" ELSE never END, "x"."vip"), never)
        FROM "answer_now" AS "n" LEFT JOIN "turn" AS "x" ...
        UNION ALL SELECT "profile_id", FALSE, NULL, "from_at" FROM "comes_to_exist"
    """
    steps = {"chain": _chain(), "turn": _turns(names)}
    here = _here(names, midnight_names, next_midnight, parameters)
    later: list[Sql] = [col("profile_id"), as_(exp.false(), "exists")]
    for name in names:
        later += [as_(exp.null(), name), as_(col("from_at"), f"{name}__until")]
    query = exp.union(
        here, exp.select(*later).from_(tab("comes_to_exist")), distinct=False, copy=False
    )
    for name, step in steps.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=step, copy=False)
    return query


def _chain() -> exp.Select:
    following = window(exp.Lead(this=col("t")), [col("profile_id")], [asc(col("t"))])
    return exp.select("*", as_(following, "next_t")).from_(tab("answer_ahead"), copy=False)


def _before(until: Sql, limit: Sql) -> Sql:
    """``CASE WHEN until < limit THEN until ELSE never END``; a missing until never comes."""
    return case((lt(until, coalesce(limit, never())), until), otherwise=never())


def _turns(names: Sequence[str]) -> exp.Select:
    columns: list[Sql] = [col("profile_id", "c"), as_(exp.Min(this=col("t", "c")), "first_t")]
    for name in names:
        other = exp.NullSafeNEQ(this=col(name, "c"), expression=col(name, "n"))
        turns = case((other, col("t", "c")), otherwise=never())
        ends = _before(col(f"{name}__until", "c"), col("next_t", "c"))
        columns.append(as_(exp.Min(this=least([turns, ends])), name))
    return (
        exp.select(*columns)
        .from_(tab("chain", "c"), copy=False)
        .join(
            tab("answer_now", "n"),
            on=eq(col("profile_id", "c"), col("profile_id", "n")),
            copy=False,
        )
        .group_by(col("profile_id", "c"), copy=False)
    )


def _here(
    names: Sequence[str],
    midnight_names: Collection[str],
    next_midnight: int | None,
    parameters: Parameters,
) -> exp.Select:
    columns: list[Sql] = [col("profile_id", "n"), as_(exp.true(), "exists")]
    for name in names:
        ends = [_before(col(f"{name}__until", "n"), col("first_t", "x"))]
        ends.append(coalesce(col(name, "x"), never()))
        if name in midnight_names and next_midnight is not None:
            ends.append(parameters.bind(next_midnight, "next_midnight"))
        until = exp.Nullif(this=least(ends), expression=never())
        columns += [col(name, "n"), as_(until, f"{name}__until")]
    return left_join(
        exp.select(*columns).from_(tab("answer_now", "n"), copy=False),
        tab("turn", "x"),
        on=eq(col("profile_id", "n"), col("profile_id", "x")),
    )
