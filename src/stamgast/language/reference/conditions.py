"""Whether a condition holds at an instant, and its ``w``: until when that is sure (meaning.md)."""

from __future__ import annotations

from bisect import bisect_left
from math import ceil, floor
from typing import TYPE_CHECKING, TypeAlias

from stamgast.language.ast import (
    All,
    AnyOf,
    Carries,
    Compare,
    Consented,
    Did,
    Identified,
    InSegment,
    InStage,
    Literal_,
    Not,
    Percentile,
    Rows,
    Top,
    TraitRef,
    Within,
)
from stamgast.language.reference.compare import FOLDED, outcome
from stamgast.language.reference.days import anniversaries, end_of, local_day, midnight
from stamgast.language.reference.formulas import formula, instant_of, kept
from stamgast.language.reference.labels import AGREED, consents, standing
from stamgast.language.reference.moments import NEVER, exists, figures, moment, next_after
from stamgast.language.reference.named import next_due
from stamgast.language.reference.rows import filtered, next_edge, rows_of
from stamgast.language.types import Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stamgast.language.ast import CompareOp, Condition, StageRule, StageTerm
    from stamgast.language.reference.moments import Moment, Told, Value
    from stamgast.language.reference.rows import Row

Held: TypeAlias = tuple[bool, int]
"""Whether it holds at u, and w."""

LONGEST_YEAR_US = 368 * DAY_US
"""More than lies between the starts of two anniversaries (366 days, and clocks that change)."""


def condition(c: Condition | None, m: Moment) -> Held:
    """Whether the condition holds at ``m.u``, and its ``w``; no condition always holds."""
    match c:
        case All(items=items) | AnyOf(items=items):
            return _decided([condition(item, m) for item in items], by=isinstance(c, AnyOf))
        case Not(item=item):
            holds, until = condition(item, m)
            return not holds, until
        case InSegment(name=name):
            return segment(name, m)
        case InStage(stages=stages):
            found, until = stage(m)
            return found in stages, until
        case Compare():
            return _compare(c, m)
        case Did():
            return _did(c, m)
        case Carries(rule=rule):
            stands, (ruled, until) = standing(c, m), condition(rule, m)
            by_rule = rule is not None and ruled and not stands.denied
            return bool(stands.live) or by_rule, min(stands.until, until)
        case _:
            return _steady(c, m), NEVER


def segment(name: str, m: Moment) -> Held:
    """Membership of a segment."""
    key = ("segment", name)
    if key not in m.known:
        m.known[key] = condition(m.definitions.segments[name].where, m)
    held: Held = m.known[key]
    return held


def _decided(items: Sequence[Held], *, by: bool) -> Held:
    """One item that is ``by`` decides; the last of those to change keeps the whole as it is."""
    deciding = [until for holds, until in items if holds is by]
    if deciding:
        return by, max(deciding)
    return not by, min((until for _, until in items), default=NEVER)


def _steady(c: Consented | Identified | Top | None, m: Moment) -> bool:
    """What time alone does not change."""
    match c:
        case Consented():
            return any(word.state in AGREED for word in consents(c, m))
        case Identified():
            return bool(m.log.known_by & {*c.kinds}) if c.kinds else m.log.identified
        case Top():
            return _in_top(c, m)
        case None:
            return True


def crossing(test: Callable[[int], object], u: int, candidates: Iterable[int]) -> int:
    """The first candidate after u at which the test has another outcome than at u."""
    now = test(u)
    return next((at for at in sorted(candidates) if at > u and test(at) != now), NEVER)


# --- comparisons ---------------------------------------------------------------------------------

OF_AGE: dict[CompareOp, CompareOp] = {
    "older_than": "gt",
    "newer_than": "lte",
    "within_next": "between",
}
"""What is asked of the age ``u - x`` of an instant x; it is negative while x lies ahead."""


def _compare(c: Compare, m: Moment) -> Held:
    x, until = formula(c.operand, m)
    told = [compared_value(value, c.op, m) for value in c.values]
    until = min([until, *(w for _, w in told)])
    values = [value for value, _ in told]
    if c.ignore_case:
        x, *values = (None if one is None else one.translate(FOLDED) for one in (x, *values))
    if not looks_at_time(c) or None in (x, *values):
        return outcome(c.op, x, values), until
    at = instant_of(x, c.operand.type, m.definitions.zone)
    turning = _anniversary if c.op == "anniversary_within_next" else _aged
    holds, crosses = turning(c.op, at, values, m)
    return holds, min(until, crosses)


def looks_at_time(c: Compare) -> bool:
    """Whether the comparison has another outcome as time passes, its operand held."""
    aged = c.operand.type is Type.AGE and c.op not in ("present", "missing")
    return aged or c.op in (*OF_AGE, "anniversary_within_next")


def compared_value(value: Literal_ | TraitRef | Percentile, op: CompareOp, m: Moment) -> Told:
    """The value that is compared with, and its ``w``; of a percentile so many times the number."""
    if not isinstance(value, Percentile):
        return formula(value, m)
    number = figures(m).numbers[value]
    if number is None or value.times == 1:
        return number, NEVER
    times: Value = number * value.times
    if isinstance(times, float):
        return kept(times), NEVER
    if op in ("is", "is_not") and times.denominator != 1:
        return None, NEVER
    return kept(floor(times) if op in ("gt", "lte") else ceil(times)), NEVER


def _aged(op: CompareOp, x: int, values: list[Value], m: Moment) -> Held:
    """A comparison of the age of the instant x, or of how near it is."""
    ages = [-values[0], 0] if op == "within_next" else values

    def holds(u: int) -> bool:
        return outcome(OF_AGE.get(op, op), u - x, ages)

    return holds(m.u), crossing(holds, m.u, [x + age + more for age in ages for more in (0, 1)])


def _anniversary(_: CompareOp, x: int, values: list[Value], m: Moment) -> Held:
    """Whether the first anniversary of x's day that has not ended goes on or starts in time."""
    zone, (us,) = m.definitions.zone, values
    around = anniversaries(local_day(x, zone), local_day(m.u, zone), years=3)
    day = next(day for day in around if end_of(day, zone) > m.u)
    starts = midnight(day, zone) - us
    if starts > m.u:
        return False, starts
    return True, NEVER if us >= LONGEST_YEAR_US else end_of(day, zone)


# --- what was done -------------------------------------------------------------------------------


def _did(c: Did, m: Moment) -> Held:
    at, window, most = [row.at for row in did_rows(c, m)], c.rows.window, c.at_most
    if c.sequence is None and isinstance(window, Within):
        us = window.us

        def holds(u: int) -> bool:
            count = len(at) - bisect_left(at, u - us)
            return c.at_least <= count and (most is None or count <= most)

        leaves = crossing(holds, m.u, [one + us + 1 for one in at])
        return holds(m.u), min(next_due(c.rows, m), leaves)
    edges = [row.at for row in filtered(c.rows, m)]
    until = next_edge(c.rows, edges, m)
    if c.sequence is not None:
        until = min(until, next_due(c.sequence.rows, m))
    if c.sequence is not None and c.sequence.negated and c.sequence.limit_us is not None:
        until = min(until, next_after(m.u, (one + c.sequence.limit_us + 1 for one in edges)))
    return c.at_least <= len(at) and (most is None or len(at) <= most), until


def did_rows(c: Did, m: Moment) -> list[Row]:
    """The rows that are counted: with a sequence those that were followed, or were not."""
    s, rows = c.sequence, rows_of(c.rows, m)
    if s is None:
        return rows
    following, same = filtered(s.rows, m), s.rows.source == c.rows.source

    def holds(row: Row) -> bool:
        first = (row.at, row.id if s.strictly else "")
        last = m.u if s.limit_us is None else row.at + s.limit_us
        others = [f for f in following if not (same and f.id == row.id)]
        followed = any(first <= (f.at, f.id) and f.at <= last for f in others)
        judged = s.limit_us is None or m.u > last
        return judged and not followed if s.negated else followed

    return [row for row in rows if holds(row)]


# --- stage ---------------------------------------------------------------------------------------


def stage(m: Moment) -> Told:
    """The lifecycle stage, and the exact instant at which, with the same rows, it is another."""
    bought, rules = purchases(m), m.definitions.lifecycle.rules

    def at(u: int) -> str:
        return next(rule.stage for rule in rules if _rule_holds(rule, bought, u))

    spans = {term.within_us for rule in rules for term in rule.any_of}
    edges = [one + span + 1 for one in bought for span in spans if span is not None]
    return at(m.u), crossing(at, m.u, edges)


def purchases(m: Moment) -> list[int]:
    """The instants of the purchases, the latest first."""
    return [row.at for row in reversed(filtered(Rows(source="order"), m))]


def _rule_holds(rule: StageRule, latest_first: list[int], u: int) -> bool:
    return not rule.any_of or any(term_holds(term, latest_first, u) for term in rule.any_of)


def term_holds(term: StageTerm, latest_first: list[int], u: int) -> bool:
    """Whether a term of a stage's rule holds for purchases at these instants."""
    count, most, k = len(latest_first), term.ever_max, term.at_least
    if not term.ever_min <= count <= (count if most is None else most) or count < k:
        return False
    return k == 0 or term.within_us is None or u - latest_first[k - 1] <= term.within_us


# --- among the best ------------------------------------------------------------------------------


def at_midnight(m: Moment) -> Moment:
    """The moment the statistics are of, with what was said by then."""
    return moment(m.definitions, m.cut, m.statistics, figures(m).midnight)


def _in_top(top: Top, m: Moment) -> bool:
    """Whether the profile is among the best, all of it as of the statistics' midnight."""
    then, table = at_midnight(m), figures(m).tops[top]
    values = ranked_values(top.by, top.among, then)
    if values is None or table.threshold is None:
        return False
    score = sum(worse[value] for worse, value in zip(table.worse, values, strict=True))
    return score >= table.threshold and condition(top.provided, then)[0]


def ranked_values(
    by: Sequence[TraitRef], among: Condition | None, m: Moment
) -> tuple[Value, ...] | None:
    """The profile's values if it is of the population that is ranked, else None."""
    values = tuple(formula(ref, m)[0] for ref in by)
    return values if exists(m) and condition(among, m)[0] and None not in values else None
