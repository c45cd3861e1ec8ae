"""``Did``: whether the number of rows lies between two bounds, and exactly until when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.ast import Between, Within
from stamgast.language.sql.aggregates import Part, after
from stamgast.language.sql.groups import floor_of
from stamgast.language.sql.named import next_due
from stamgast.language.sql.sequences import sequence_group
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    case,
    coalesce,
    col,
    count,
    eq,
    gt,
    gte,
    is_null,
    lt,
    lte,
    never,
    no,
    not_,
    num,
    present,
)
from stamgast.language.sql.values import Held, earliest

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.language.ast import Did, Sequence
    from stamgast.language.sql.plan import Plan


def did(c: Did, plan: Plan) -> Held:
    """Whether the number of rows lies in ``at_least .. at_most``."""
    following = None if c.sequence is None else c.sequence.rows
    due = earliest([next_due(c.rows, plan), next_due(following, plan)])
    held = _did(c, plan)
    return held if due is None else replace(held, until=earliest([held.until, due]))


def _did(c: Did, plan: Plan) -> Held:
    if c.sequence is not None:
        return _in_sequence(c, plan)
    part = Part.of(c.rows, plan)
    if isinstance(c.rows.window, Within):
        return _within(c, part, c.rows.window, plan)
    rows = part.want("count", count(), c.rows.window, default=0)
    edge = part.edge(c.rows.window) if isinstance(c.rows.window, Between) else None
    return Held(sql=_bounded(rows, c), until=edge, level=0)


def _bounded(rows: Sql, c: Did) -> Sql:
    if c.at_most is not None and c.at_most == c.at_least:
        return eq(rows, num(c.at_least))
    low = [gte(rows, num(c.at_least))] if c.at_least > 0 else []
    high = [lte(rows, num(c.at_most))] if c.at_most is not None else []
    return all_of([*low, *high])


def _within(c: Did, part: Part, window: Within, plan: Plan) -> Held:
    """By the instants of the ``at_least``-th and the ``at_most + 1``-th latest row alone.

    ``COALESCE("p" >= $t_365d_ago, FALSE)``, until ``"p" + $us_365d + 1`` while it holds.
    """
    low = c.at_least
    high = None if c.at_most is None else c.at_most + 1
    place = _places(part, max(low, high or 0), window, plan)
    edge = plan.moment.ago(window.us)
    enough = coalesce(gte(place(low), edge), no()) if low else exp.true()
    if high is None:
        if not low:
            return Held(sql=exp.true(), until=None, level=0)
        leaves = case((gte(place(low), edge), after(place(low), window.us, plan)))
        return Held(sql=enough, until=coalesce(leaves, never()), level=0)
    few = any_of([is_null(place(high)), lt(place(high), edge)])
    leaves = after(place(low), window.us, plan) if low else never()
    drops = after(place(high), window.us, plan)
    back = drops if not low else case((gt(place(low), place(high)), drops), otherwise=never())
    missing = [] if not low else [(_not_yet(place(low), edge), never())]
    until = case(*missing, (few, leaves), otherwise=back)
    return Held(sql=all_of([enough, few]), until=until, level=0)


def _not_yet(at: Sql, edge: Sql) -> Sql:
    return any_of([is_null(at), lt(at, edge)])


def _places(part: Part, deepest: int, window: Within, plan: Plan) -> Callable[[int], Sql]:
    """The instant of the m-th latest row; NULL, or before the window, when there are fewer in it."""
    if deepest > 1:
        latest = part.want(
            f"latest_{deepest}", plan.face.latest(part.rows.at, deepest), window, exact=False
        )
        return lambda m: plan.face.element(latest, m)
    if deepest == 0:
        return lambda _: exp.null()
    last = part.want("last_at", exp.Max(this=part.rows.at), window, exact=False)
    return lambda _: last


# --- sequences -------------------------------------------------------------------------------------


def _in_sequence(c: Did, plan: Plan) -> Held:
    if c.sequence is not None and _is_simple(c, c.sequence):
        return _by_ends(c, c.sequence, plan)
    group = sequence_group(c, plan)
    sequence, window = c.sequence, c.rows.window
    assert sequence is not None  # noqa: S101 - the caller's promise, for the type checker
    followers = col("followers", "r")
    holds = gt(followers, num(0))
    undecided = None
    if sequence.negated:
        holds = eq(followers, num(0))
        if sequence.limit_us is not None:
            holds = all_of([holds, lt(group.rows.at, plan.moment.ago(sequence.limit_us))])
            undecided = Within(us=sequence.limit_us)
    counting = Part(group, group.rows, holds, plan)
    rows = counting.want("count", count(), window, default=0)
    every = Part(group, group.rows, None, plan)
    edges = [every.edge(window), every.edge(undecided)]
    return Held(sql=_bounded(rows, c), until=earliest(edges), level=0)


def _is_simple(c: Did, sequence: Sequence) -> bool:
    """Whether only one matters of the rows asked about, and one of those that follow.

    So it is without a limit, when it is asked whether there is any such row, and no row is both.
    """
    if sequence.limit_us is not None or (c.at_least, c.at_most) not in ((1, None), (0, 0)):
        return False
    same = c.rows.source == sequence.rows.source
    return not same or (c.rows.source == "event" and not {*c.rows.events} & {*sequence.rows.events})


def _by_ends(c: Did, sequence: Sequence, plan: Plan) -> Held:
    """The latest row was not followed: then some row was not; the earliest was: then some row was.

    ``COALESCE("last_ended" > COALESCE("last_started", -1), FALSE)``: what follows lies at the same
    instant or later.
    """
    window = c.rows.window
    together = tuple(sorted({*c.rows.events, *sequence.rows.events}))
    asked = Part.of(c.rows, plan, events=together)
    following = Part.of(sequence.rows, plan, events=together)
    floor = floor_of(window)
    reach = None if floor is None or floor.age is None else Within(us=floor.age)
    last = following.want("last_at", exp.Max(this=following.rows.at), reach, exact=False)
    if sequence.negated:
        at = asked.want("last_at", exp.Max(this=asked.rows.at), window)
        some = all_of([present(at), any_of([is_null(last), gt(at, last)])])
    else:
        at = asked.want("first_at", exp.Min(this=asked.rows.at), window)
        some = coalesce(lte(at, last), no())
    holds = some if c.at_least else not_(exp.Paren(this=some))
    return Held(sql=holds, until=asked.edge(window), level=0)
