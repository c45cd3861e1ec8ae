"""Whether a condition holds at an instant, and its ``w``: until when that is sure (meaning.md)."""

from __future__ import annotations

from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, TypeAlias, assert_never

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
    Rows,
    Top,
    TraitRef,
    Within,
)
from stamgast.language.reference.compare import compared, outcome
from stamgast.language.reference.days import anniversaries, end_of, local_day, midnight
from stamgast.language.reference.formulas import formula, instant_of, next_after
from stamgast.language.reference.labels import consented, extension_value, standing
from stamgast.language.reference.named import next_due
from stamgast.language.reference.rows import (
    NEVER,
    exists,
    filtered,
    moment,
    rows_of,
    window_edges,
)
from stamgast.language.types import Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stamgast.language.answer import Statistics
    from stamgast.language.ast import CompareOp, Condition, StageTerm
    from stamgast.language.reference.rows import Moment, Row, Value

Held: TypeAlias = tuple[bool, int]
"""Whether it holds at u, and w."""

TIMED = ("older_than", "newer_than", "within_next", "anniversary_within_next")
LONGEST_YEAR_US = 368 * DAY_US
"""More than lies between the starts of two anniversaries (366 days, and clocks that change)."""


def condition(c: Condition, m: Moment) -> Held:
    """Whether the condition holds at ``m.u``, and its ``w``."""
    match c:
        case Compare():
            return _compare(c, m)
        case Did():
            return _did(c, m)
        case InSegment(name=name):
            return segment(name, m)
        case InStage(stages=stages):
            found, until = stage(m)
            return found in stages, until
        case Carries():
            return _carries(c, m)
        case Consented() | Identified() | Top():
            return _steady(c, m), NEVER
        case All(items=items) | AnyOf(items=items):
            return _decided([condition(item, m) for item in items], by=isinstance(c, AnyOf))
        case Not(item=item):
            holds, until = condition(item, m)
            return not holds, until
        case _:
            assert_never(c)


def segment(name: str, m: Moment) -> Held:
    """Membership of a segment."""
    key = ("segment", name)
    if key not in m.known:
        m.known[key] = condition(m.definitions.segments[name].where, m)
    result: Held = m.known[key]
    return result


def _decided(items: Sequence[Held], *, by: bool) -> Held:
    """One item that is ``by`` decides; the last of those to change keeps the whole as it is."""
    deciding = [until for holds, until in items if holds is by]
    if deciding:
        return by, max(deciding)
    return not by, min((until for _, until in items), default=NEVER)


# --- comparisons ---------------------------------------------------------------------------------


def _compare(c: Compare, m: Moment) -> Held:
    x, until = operand(c, m)
    values = [compared_value(value, c.op, m) for value in c.values]
    until = min([until, *(w for _, w in values)])
    plain = [value for value, _ in values]
    if not looks_at_time(c):
        return compared(c, x, plain), until
    if x is None or None in plain:
        return c.op in ("is_not", "not_in"), until
    x = instant_of(x, c.operand.type, m.definitions.zone)
    timed = _anniversary if c.op == "anniversary_within_next" else _aged
    holds, crosses = timed(c, x, plain, m)
    return holds, min(until, crosses)


def looks_at_time(c: Compare) -> bool:
    """Whether the comparison has another outcome as time passes, its operand held."""
    aged = c.operand.type is Type.AGE and c.op not in ("present", "missing")
    return aged or c.op in TIMED


def operand(c: Compare, m: Moment) -> tuple[Value, int]:
    """The value that is compared, and its ``w``."""
    if isinstance(c.operand, Property):
        raise InternalError("a property belongs to a row")
    if isinstance(c.operand, ExtensionRef):
        return extension_value(c.operand, m)
    return formula(c.operand, m)


def compared_value(
    value: Literal_ | TraitRef | Percentile, op: CompareOp, m: Moment
) -> tuple[Value, int]:
    """The value that is compared with, and its ``w``."""
    if not isinstance(value, Percentile):
        return formula(value, m)
    if m.statistics is None:
        raise InternalError("a shop statistic inside a shop statistic")
    number = m.statistics.numbers[value]
    if number is None or value.times == 1:
        return number, NEVER
    return _times(number, value, op), NEVER


def _times(number: Value, percentile: Percentile, op: CompareOp) -> Value:
    """So many times the number: compared exactly, but for doubles; missing beyond 64 bits."""
    if percentile.of.type is Type.NUMBER:
        product = number * float(percentile.times)
        return product if isfinite(product) else None
    exact = number * percentile.times
    if op in ("is", "is_not") and exact.denominator != 1:
        return None
    whole = floor(exact) if op in ("gt", "lte") else ceil(exact)
    return whole if -(2**63) <= whole < 2**63 else None


def _aged(c: Compare, x: int, values: list[Value], m: Moment) -> Held:
    """A comparison of the age of the instant x, or of how near it is."""

    def test(u: int) -> bool:
        match c.op:
            case "older_than":
                return bool(u - x > values[0])
            case "newer_than":
                return bool(u - x <= values[0])
            case "within_next":
                return bool(0 <= x - u <= values[0])
            case _:
                return outcome(c.op, u - x, values)

    edges = [x + 1, *(edge for d in values for edge in (x - d, x + d, x + d + 1))]
    return test(m.u), crossing(test, m.u, edges)


def _anniversary(c: Compare, x: int, values: list[Value], m: Moment) -> Held:  # noqa: ARG001 - like _aged
    """Whether the first anniversary of x's day that has not ended goes on or starts in time."""
    zone, us = m.definitions.zone, values[0]
    around = anniversaries(local_day(x, zone), local_day(m.u, zone), years=3)
    day = next(day for day in around if end_of(day, zone) > m.u)
    starts = midnight(day, zone) - us
    if starts > m.u:
        return False, starts
    return True, NEVER if us >= LONGEST_YEAR_US else end_of(day, zone)


def crossing(test: Callable[[int], object], u: int, candidates: Iterable[int]) -> int:
    """The first candidate after u at which the test has another outcome than at u."""
    now = test(u)
    return next((at for at in sorted(candidates) if at > u and test(at) != now), NEVER)


def _steady(c: Consented | Identified | Top, m: Moment) -> bool:
    """What time alone does not change."""
    if isinstance(c, Identified):
        return m.log.identified
    return in_top(c, m) if isinstance(c, Top) else consented(c, m)


def _carries(c: Carries, m: Moment) -> Held:
    """A grant that lives, or the rule while no no stands."""
    found = standing(c, m)
    if c.rule is None:
        return bool(found.live), found.until
    by_rule, until = condition(c.rule, m)
    return bool(found.live) or (by_rule and not found.denied), min(found.until, until)


# --- what was done -------------------------------------------------------------------------------


def _did(c: Did, m: Moment) -> Held:
    counted = did_rows(c, m)
    most = NEVER if c.at_most is None else c.at_most
    holds = c.at_least <= len(counted) <= most
    due = min(next_due(c.rows, m), next_due(c.sequence.rows if c.sequence else None, m))
    if c.sequence is None and isinstance(c.rows.window, Within):
        return holds, min(due, _exact_until(c, counted, c.rows.window.us))
    edges = [edge for row in filtered(c.rows, m) for edge in _did_edges(c, row)]
    return holds, min(due, next_after(m.u, edges))


def did_rows(c: Did, m: Moment) -> list[Row]:
    """The rows that are counted."""
    rows = rows_of(c.rows, m)
    if c.sequence is None:
        return rows
    following = filtered(c.sequence.rows, m)
    same = c.sequence.rows.source == c.rows.source
    return [row for row in rows if _sequence_holds(c, row, following, m, same=same)]


def _sequence_holds(c: Did, row: Row, following: list[Row], m: Moment, *, same: bool) -> bool:
    assert c.sequence is not None  # noqa: S101 - the caller's promise, for the type checker
    limit = c.sequence.limit_us
    last = m.u if limit is None else row.at + limit
    others = [f for f in following if not (same and f.id == row.id)]
    first = (row.at, row.id if c.sequence.strictly else "")
    followed = any(first <= (f.at, f.id) and f.at <= last for f in others)
    return (limit is None or m.u > last) and not followed if c.sequence.negated else followed


def _did_edges(c: Did, row: Row) -> list[int]:
    edges = window_edges(row.at, c.rows.window)
    if c.sequence is not None and c.sequence.negated and c.sequence.limit_us is not None:
        edges.append(row.at + c.sequence.limit_us + 1)
    return edges


def _exact_until(c: Did, counted: list[Row], us: int) -> int:
    """When the count, which only falls as rows leave the window, next crosses a bound."""
    latest_first = [row.at for row in reversed(counted)]
    count, least = len(counted), c.at_least
    if count < least:
        return NEVER
    if c.at_most is None or count <= c.at_most:
        return NEVER if least == 0 else latest_first[least - 1] + us + 1
    leaves = latest_first[c.at_most]
    if least == 0 or latest_first[least - 1] > leaves:
        return leaves + us + 1
    return NEVER


# --- stage ---------------------------------------------------------------------------------------


def stage(m: Moment) -> tuple[str, int]:
    """The lifecycle stage, and the exact instant at which, with the same rows, it is another."""
    if "stage" not in m.known:
        latest_first = purchases(m)
        terms = [term for rule in m.definitions.lifecycle.rules for term in rule.any_of]
        edges = [
            latest_first[term.at_least - 1] + term.within_us + 1
            for term in terms
            if term.within_us is not None and 1 <= term.at_least <= len(latest_first)
        ]

        def at(u: int) -> str:
            return _stage_at(latest_first, u, m)

        m.known["stage"] = at(m.u), crossing(at, m.u, edges)
    result: tuple[str, int] = m.known["stage"]
    return result


def purchases(m: Moment) -> list[int]:
    """The instants of the purchases, the latest first."""
    return [row.at for row in reversed(rows_of(Rows(source="order"), m))]


def _stage_at(latest_first: list[int], u: int, m: Moment) -> str:
    for rule in m.definitions.lifecycle.rules:
        if not rule.any_of or any(term_holds(term, latest_first, u) for term in rule.any_of):
            return rule.stage
    raise InternalError("the last rule of a lifecycle always holds")


def term_holds(term: StageTerm, latest_first: list[int], u: int) -> bool:
    """Whether a term of a stage's rule holds for purchases at these instants."""
    n = len(latest_first)
    if n < term.ever_min or (term.ever_max is not None and n > term.ever_max):
        return False
    if term.at_least == 0:
        return True
    return n >= term.at_least and (
        term.within_us is None or u - latest_first[term.at_least - 1] <= term.within_us
    )


# --- among the best ------------------------------------------------------------------------------


def at_midnight(m: Moment, statistics: Statistics) -> Moment:
    """The moment the statistics are of, with what was said by then."""
    return moment(m.definitions, m.log, statistics, statistics.midnight)


def in_top(top: Top, m: Moment) -> bool:
    """Whether the profile is among the best, all of it as of the statistics' midnight."""
    if m.statistics is None:
        raise InternalError("a shop statistic inside a shop statistic")
    then = at_midnight(m, m.statistics)
    values = ranked_values(top.by, top.among, then)
    table = m.statistics.tops[top]
    if values is None or table.threshold is None:
        return False
    score = sum(worse[value] for worse, value in zip(table.worse, values, strict=True))
    provided = top.provided is None or condition(top.provided, then)[0]
    return score >= table.threshold and provided


def ranked_values(
    by: Sequence[TraitRef], among: Condition | None, m: Moment
) -> tuple[Value, ...] | None:
    """The profile's values if it is of the population that is ranked, else None."""
    if not exists(m) or not (among is None or condition(among, m)[0]):
        return None
    values = tuple(formula(ref, m)[0] for ref in by)
    return None if None in values else values
