"""The values of traits: aggregates over rows, and formulas. Each with its ``w`` (meaning.md)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import floor, isfinite
from operator import add, mul
from typing import TYPE_CHECKING, assert_never

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
from stamgast.language.reference.compare import site
from stamgast.language.reference.days import anniversaries, local_day, midnight, whole_years
from stamgast.language.reference.named import next_due
from stamgast.language.reference.recurring import recurring
from stamgast.language.reference.rhythm import rhythm, rhythm_day
from stamgast.language.reference.rows import (
    NEVER,
    attribute,
    filtered,
    in_window,
    window_edges,
)
from stamgast.language.reference.seasons import only_season, sale_first_days, season_returns
from stamgast.language.types import SCALE, Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from stamgast.language.ast import Expression, Formula
    from stamgast.language.reference.rows import Moment, Row, Value

LARGEST = 2**63 - 1
"""Of an exact result, in its stored unit."""


def trait(name: str, m: Moment) -> tuple[Value, int]:
    """A trait's value and ``w``."""
    key = ("trait", name)
    if key not in m.known:
        m.known[key] = formula(m.definitions.traits[name].expr, m)
    result: tuple[Value, int] = m.known[key]
    return result


def formula(expr: Expression, m: Moment) -> tuple[Value, int]:
    """An expression's value, None when missing, and ``w``."""
    match expr:
        case Literal_(value=value):
            return value, NEVER
        case AttributeRef(name=name):
            return attribute(name, m), NEVER
        case TraitRef(name=name):
            return trait(name, m)
        case Aggregate():
            return aggregate(expr, m)
        case Call():
            return _call(expr, m)
        case ShopTotal():
            return shop_total(expr, m), NEVER
        case Case() | Score():
            from stamgast.language.reference import (  # noqa: PLC0415 - conditions ask for values
                judged,
            )

            return judged.case(expr, m) if isinstance(expr, Case) else judged.score(expr, m)
        case _:
            assert_never(expr)


def shop_total(total: ShopTotal, m: Moment) -> Value:
    """The sum over everybody that is in force."""
    if m.statistics is None:
        raise InternalError("a shop statistic inside a shop statistic")
    return m.statistics.totals[total]


def next_after(u: int, instants: Iterable[int]) -> int:
    """The least of the instants that is later than u."""
    return min((at for at in instants if at > u), default=NEVER)


# --- aggregates ----------------------------------------------------------------------------------


def aggregate(a: Aggregate, m: Moment) -> tuple[Value, int]:
    """One value over rows, and when a row next enters or leaves the window."""
    if a.op in OF_THEIR_OWN:
        return OF_THEIR_OWN[a.op](a, m)
    rows = visit_starts(a, m) if a.op in ("visits", "visit_days") else of_visit(a, m)
    inside = [row for row in rows if in_window(row.at, a.rows.window, m.u)]
    value = _over(a, inside, m)
    edges = [edge for row in rows for edge in window_edges(row.at, a.rows.window)]
    return value, min(next_due(a.rows, m), next_after(m.u, edges))


OF_THEIR_OWN: dict[str, Callable[[Aggregate, Moment], tuple[Value, int]]] = {
    "only_season": only_season,
    "season_returns": season_returns,
    "sale_first_days_hit": sale_first_days,
    "sale_first_days_seen": sale_first_days,
    "rhythm": rhythm,
    "rhythm_day": rhythm_day,
    "recurring": recurring,
}
"""Aggregates whose value and ``w`` are not made of the rows of one window."""


def visit_starts(a: Aggregate, m: Moment) -> list[Row]:
    """The rows that come a pause or more after the row before them."""
    rows = filtered(a.rows, m)
    pauses = [row.at - before.at for before, row in pairwise(rows)]
    return rows[:1] + [
        row for row, pause in zip(rows[1:], pauses, strict=True) if pause >= (a.gap_us or 0)
    ]


def of_visit(a: Aggregate, m: Moment) -> list[Row]:
    """The rows that pass; with ``visit`` only those of the first, or last, visit of all its events."""
    rows = filtered(a.rows, m)
    if a.visit is None or not rows:
        return rows
    every = visit_starts(replace(a, rows=replace(a.rows, where=None)), m)
    starts = [*(start.at for start in every), NEVER]
    begin, end = starts[:2] if a.visit == "first" else starts[-2:]
    return [row for row in rows if begin <= row.at < end]


def _over(a: Aggregate, rows: list[Row], m: Moment) -> Value:
    if a.op in ("count", "visits"):
        return len(rows)
    if a.op in ("days", "visit_days", "first_gap", "mean_gap", "last_gap"):
        return _of_days(a.op, sorted({local_day(row.at, m.definitions.zone) for row in rows}))
    every: list[Value] = [row.properties.get(a.of or "") for row in rows]
    if a.op in ("first", "last"):
        return (every[0] if a.op == "first" else every[-1]) if every else None
    return _of_values(a, [value for value in every if value is not None], m.definitions.scales)


def _of_values(a: Aggregate, values: list[Value], scales: Mapping[Type, int]) -> Value:
    match a.op:
        case "sum":
            return _kept(sum(values))
        case "mean":
            scale = scales[a.of_type or Type.INTEGER]
            return float(sum(values)) / float(len(values) * scale) if values else None
        case "min":
            return min(values, default=None)
        case "max":
            return max(values, default=None)
        case "distinct":
            return len(set(values))
        case "most_frequent":
            return _most_frequent(values)
        case _:
            raise InternalError(f"no aggregate {a.op}")


def _most_frequent(values: list[Value]) -> Value:
    """Of the values that most rows have, the one that came last."""
    most = max((values.count(value) for value in values), default=0)
    return next((value for value in reversed(values) if values.count(value) == most), None)


def _of_days(op: str, days: list[date]) -> int | None:
    if op in ("days", "visit_days"):
        return len(days)
    if len(days) < 2:  # noqa: PLR2004 - a gap lies between two
        return None
    if op == "first_gap":
        return (days[1] - days[0]).days * DAY_US
    if op == "last_gap":
        return (days[-1] - days[-2]).days * DAY_US
    return (days[-1] - days[0]).days * DAY_US // (len(days) - 1)


# --- formulas ------------------------------------------------------------------------------------


def _call(call: Call, m: Moment) -> tuple[Value, int]:
    parts = [formula(arg, m) for arg in call.args]
    args = [value for value, _ in parts]
    w = min(until for _, until in parts)
    if call.op == "coalesce":
        typed = zip(args, call.args, strict=True)
        found = next(((value, arg) for value, arg in typed if value is not None), None)
        if found is None:
            return None, w
        return _kept(_as(call.type, found[0], found[1].type, m.definitions.scales)), w
    if None in args:
        return None, w
    if call.op == "years_since":
        return _years_since(args[0], call.args[0].type, m, w)
    if call.op == "site":
        return site(args[0]), w
    return _kept(_arithmetic(call, args, m)), w


def _kept(value: Value) -> Value:
    """Missing: a double that is not finite, an exact number that 64 bits do not hold."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    return None if isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST else value


def instant_of(value: Value, type_: Type, zone: str) -> int:
    """The instant a value stands for: a day stands for its local midnight."""
    return midnight(value, zone) if type_ is Type.DAY else value


def _years_since(x: Value, type_: Type, m: Moment, w: int) -> tuple[Value, int]:
    zone = m.definitions.zone
    day = x if type_ is Type.DAY else local_day(x, zone)
    today = local_day(m.u, zone)
    birthdays = [midnight(birthday, zone) for birthday in anniversaries(day, today, years=3)]
    return whole_years(day, today), min(w, next_after(m.u, birthdays))


def _arithmetic(call: Call, args: Sequence[Value], m: Moment) -> Value:
    types, scales = [arg.type for arg in call.args], m.definitions.scales
    same = [_as(call.type, value, type_, scales) for value, type_ in zip(args, types, strict=True)]
    match call.op:
        case "days_since":
            return instant_of(args[0], types[0], m.definitions.zone)
        case "divide" | "ratio":
            return _divide(args, types, _times(call), scales)
        case "whole":
            return floor(
                args[0] if types[0] is Type.NUMBER else Fraction(args[0], scales[types[0]])
            )
        case "multiply":
            return _multiply(call, args, scales)
        case "add":
            return reduce(add, same)
        case "subtract":
            return same[0] - same[1]
        case "negate":
            return -same[0]
        case "min":
            return min(same)
        case "max":
            return max(same)
        case _:
            raise InternalError(f"no formula {call.op}")


def _as(wanted: Type, value: Value, type_: Type, scales: Mapping[Type, int]) -> Value:
    """A value in the type of the result: as a double, or whole numbers in a finer unit."""
    if wanted is Type.NUMBER:
        return _double(value, type_, scales)
    if type_ is Type.INTEGER and wanted in scales:
        return value * scales[wanted]
    return value


def _double(value: Value, type_: Type, scales: Mapping[Type, int]) -> float:
    return float(value) if type_ not in scales else float(value) / float(scales[type_])


def _times(call: Call) -> Fraction:
    """What multiplies a ratio."""
    return _fraction(call.args[2]) if len(call.args) > 2 else Fraction(1)  # noqa: PLR2004 - the third


def _divide(
    args: Sequence[Value], types: Sequence[Type], times: Fraction, scales: Mapping[Type, int]
) -> float | None:
    a, b, *_ = args
    if b == 0:
        return None
    if Type.NUMBER in types[:2]:
        above, below = _double(a, types[0], scales), _double(b, types[1], scales)
        return above * float(times) / below if times != 1 else above / below
    scale_a, scale_b = scales.get(types[0], 1), scales.get(types[1], 1)
    return float(a * scale_b * times.numerator) / float(b * scale_a * times.denominator)


def _multiply(call: Call, args: Sequence[Value], scales: Mapping[Type, int]) -> Value:
    if call.type is not Type.DURATION:
        return reduce(
            mul, (_double(v, a.type, scales) for v, a in zip(args, call.args, strict=True))
        )
    (duration,) = (v for v, a in zip(args, call.args, strict=True) if a.type is Type.DURATION)
    (factor,) = (a for a in call.args if a.type is not Type.DURATION)
    return floor(duration * _fraction(factor))


def _fraction(literal: Formula) -> Fraction:
    return Fraction(formula_literal(literal)) / SCALE.get(literal.type, 1)


def formula_literal(expr: Formula) -> Value:
    """The value of what must be a literal."""
    if not isinstance(expr, Literal_):
        raise InternalError("a duration is multiplied by literals only")
    return expr.value
