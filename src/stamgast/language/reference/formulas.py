"""The values of traits: aggregates over rows, and formulas. Each with its ``w`` (meaning.md)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import floor, isfinite, prod
from operator import add, mul, sub
from typing import TYPE_CHECKING

from stamgast.language.ast import (
    Aggregate,
    AttributeRef,
    Call,
    Case,
    ExtensionRef,
    Literal_,
    Property,
    Score,
    ShopTotal,
    TraitRef,
)
from stamgast.language.reference.compare import site
from stamgast.language.reference.days import anniversaries, local_day, midnight, whole_years
from stamgast.language.reference.labels import standing
from stamgast.language.reference.moments import NEVER, figures, latest_statement, next_after
from stamgast.language.reference.recurring import recurring
from stamgast.language.reference.rhythm import rhythm, rhythm_day
from stamgast.language.reference.rows import filtered, in_window, next_edge, passes, visits
from stamgast.language.reference.seasons import only_season, sale_first_days, season_returns
from stamgast.language.types import Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from stamgast.language.ast import Expression, Operand
    from stamgast.language.reference.moments import Moment, Told, Value
    from stamgast.language.reference.rows import Row

LARGEST = 2**63 - 1
"""Of an exact result, in its stored unit."""


def formula(expr: Expression | Operand | None, m: Moment) -> Told:
    """An expression's value, None when missing, and ``w``; None is a value that is missing."""
    match expr:
        case TraitRef(name=name):
            return trait(name, m)
        case Aggregate():
            return aggregate(expr, m)
        case Call():
            return _call(expr, m)
        case ExtensionRef():
            found = standing(expr, m)
            return (found.live[-1].value if found.live else None), found.until
        case Case() | Score():
            from stamgast.language.reference import (  # noqa: PLC0415 - conditions ask for values
                judged,
            )

            return judged.case(expr, m) if isinstance(expr, Case) else judged.score(expr, m)
        case _:
            return _steady(expr, m), NEVER


def trait(name: str, m: Moment) -> Told:
    """A trait's value and ``w``."""
    key = ("trait", name)
    if key not in m.known:
        m.known[key] = formula(m.definitions.traits[name].expr, m)
    told: Told = m.known[key]
    return told


def _steady(expr: Literal_ | Property | AttributeRef | ShopTotal | None, m: Moment) -> Value:
    """A value that time alone does not change."""
    match expr:
        case Literal_(value=value):
            return value
        case Property(name=name):
            return m.row.get(name)
        case AttributeRef(name=name):
            latest = latest_statement(name, m)
            return None if latest is None else latest.value
        case ShopTotal():
            return figures(m).totals[expr]
        case None:
            return None


# --- aggregates ----------------------------------------------------------------------------------

OF_THEIR_OWN: dict[str, Callable[[Aggregate, Moment], Told]] = {
    "only_season": only_season,
    "season_returns": season_returns,
    "sale_first_days_hit": sale_first_days,
    "sale_first_days_seen": sale_first_days,
    "rhythm": rhythm,
    "rhythm_day": rhythm_day,
    "recurring": recurring,
}
"""Aggregates whose value and ``w`` are not made of the rows of one window."""


def aggregate(a: Aggregate, m: Moment) -> Told:
    """One value over rows, and when a row next enters or leaves the window."""
    if a.op in OF_THEIR_OWN:
        return OF_THEIR_OWN[a.op](a, m)
    rows = visit_starts(a, m) if a.op in ("visits", "visit_days") else of_visit(a, m)
    inside = [row for row in rows if in_window(row.at, a.rows.window, m.u)]
    return _over(a, inside, m), next_edge(a.rows, [row.at for row in rows], m)


def visit_starts(a: Aggregate, m: Moment) -> list[Row]:
    """The rows that come a pause or more after the row before them."""
    return [visit[0] for visit in visits(filtered(a.rows, m), a.gap_us or 0)]


def of_visit(a: Aggregate, m: Moment) -> list[Row]:
    """The rows that pass; with ``visit`` only those of the first, or last, visit of all its events."""
    if a.visit is None:
        return filtered(a.rows, m)
    every = visits(filtered(replace(a.rows, where=None), m), a.gap_us or 0)
    (visit,) = (every[:1] if a.visit == "first" else every[-1:]) or [[]]
    return [row for row in visit if passes(a.rows.where, row, m)]


def _over(a: Aggregate, rows: list[Row], m: Moment) -> Value:
    every: list[Value] = [row.properties.get(a.of or "") for row in rows]
    values = [value for value in every if value is not None]
    match a.op:
        case "count" | "visits":
            return len(rows)
        case "first" | "last":
            return every[0 if a.op == "first" else -1] if every else None
        case "sum":
            return kept(sum(values))
        case "distinct":
            return len(set(values))
        case "min" | "max":
            return (min if a.op == "min" else max)(values, default=None)
        case "most_frequent":
            # The first of equals, looked at from the latest
            return max(reversed(values), key=Counter(values).__getitem__, default=None)
        case "mean":
            scale = m.definitions.scales[a.of_type or Type.INTEGER]
            return float(sum(values)) / float(len(values) * scale) if values else None
        case _:
            return _of_days(a.op, sorted({local_day(row.at, m.definitions.zone) for row in rows}))


def _of_days(op: str, days: list[date]) -> int | None:
    gaps = [(day - before).days * DAY_US for before, day in pairwise(days)]
    if op in ("days", "visit_days"):
        return len(days)
    if not gaps or op == "mean_gap":
        return sum(gaps) // len(gaps) if gaps else None
    return gaps[0 if op == "first_gap" else -1]


# --- formulas ------------------------------------------------------------------------------------

FOLDS: dict[str, Callable[[Value, Value], Value]]
FOLDS = {"add": add, "subtract": sub, "multiply": mul, "min": min, "max": max}
"""Operations on values of one type, from the left."""


def _call(call: Call, m: Moment) -> Told:
    told = [formula(arg, m) for arg in call.args]
    args, w = [value for value, _ in told], min(until for _, until in told)
    if call.op == "years_since" and args[0] is not None:
        return _years_since(args[0], call.args[0].type, w, m)
    if None in args and call.op != "coalesce":
        return None, w
    return kept(_worked_out(call, args, m)), w


def _years_since(x: Value, type_: Type, w: int, m: Moment) -> Told:
    zone = m.definitions.zone
    day, today = x if type_ is Type.DAY else local_day(x, zone), local_day(m.u, zone)
    birthdays = [midnight(birthday, zone) for birthday in anniversaries(day, today, years=3)]
    return whole_years(day, today), min(w, next_after(m.u, birthdays))


def _worked_out(call: Call, args: Sequence[Value], m: Moment) -> Value:
    scales, types = m.definitions.scales, [arg.type for arg in call.args]
    units = [(value, scales.get(type_, 1)) for value, type_ in zip(args, types, strict=True)]
    match call.op:
        case "site":
            return site(args[0])
        case "days_since":
            return instant_of(args[0], types[0], m.definitions.zone)
        case "divide" | "ratio":
            return _divide(units, exact=Type.NUMBER not in types[:2])
        case "whole":
            return floor(Fraction(args[0]) / units[0][1])
        case "multiply" if call.type is Type.DURATION:
            return floor(prod(Fraction(value) / scale for value, scale in units))
    alike = [_as(call.type, *unit, scales) for unit in units if unit[0] is not None]
    if call.op in ("coalesce", "negate"):
        return next((one if call.op == "coalesce" else -one for one in alike), None)
    return reduce(FOLDS[call.op], alike)


def _divide(units: Sequence[tuple[Value, int]], *, exact: bool) -> float | None:
    """One division of two doubles; those of exact numbers are rounded once."""
    (a, scale_a), (b, scale_b) = units[:2]
    times = Fraction(units[2][0]) / units[2][1] if units[2:] else Fraction(1)
    if b == 0:
        return None
    if not exact:
        return float(a) / scale_a * float(times) / (float(b) / scale_b)
    return float(a * scale_b * times.numerator) / float(b * scale_a * times.denominator)


def _as(wanted: Type, value: Value, scale: int, scales: Mapping[Type, int]) -> Value:
    """A value in the type of the result: as a double, or whole numbers in a finer unit."""
    if wanted is Type.NUMBER:
        return float(value) / scale
    return value if scale == scales.get(wanted, 1) else value * scales[wanted]


def kept(value: Value) -> Value:
    """Missing: a double that is not finite, an exact number that 64 bits do not hold."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    return None if isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST else value


def instant_of(value: Value, type_: Type, zone: str) -> int:
    """The instant a value stands for: a day stands for its local midnight."""
    return midnight(value, zone) if type_ is Type.DAY else value
