"""Every operator on every pair of awkward values, and every aggregate: both engines the same.

What random examples meet rarely (a tie broken by an id, a product rounded down below zero, the
birthday of somebody born on 29 February) is gone through here one by one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from random import Random
from typing import TYPE_CHECKING

import pytest
from engines import by_duckdb, by_reference, named
from making import GRID, LABEL, says, segment, trait
from row_sets import DUE_DAY, DUE_SAME, NAME
from shops import Shop, crowd_of
from strategies import NUMERIC, RATIO_TIMES, calls, plain_ops
from tables import connect, load
from vocabulary import (
    ANCHOR_DAYS,
    ATTRIBUTES,
    EVENT_PROPERTIES,
    EVENTS,
    HOUR_US,
    ORDER_PROPERTIES,
    ROW_PROPERTIES,
    scene_of,
)

from stamgast.language.ast import (
    Aggregate,
    AttributeRef,
    Between,
    Branch,
    Call,
    Case,
    Closing,
    Compare,
    Definitions,
    Due,
    During,
    Literal_,
    NamedRows,
    Rhythm,
    RowPart,
    Rows,
    Segment,
    Trait,
    TraitRef,
    Within,
)
from stamgast.language.calendars import joined_spans
from stamgast.language.operators import CASELESS
from stamgast.language.reference.days import midnight
from stamgast.language.types import ORDERED, SUMMABLE, Type
from stamgast.model.log import DAY_US
from stamgast.store.engine import DuckEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vocabulary import Scene

    from stamgast.language.ast import AggregateOp, CompareOp, Formula
    from stamgast.model.log import AttributeStatement, Scalar, Source

ZONE = "Europe/Amsterdam"
NOON = midnight(date(2024, 6, 1), ZONE) + 12 * HOUR_US
DATABASE = connect()
TROUBLE = NamedRows(
    name=NAME,
    one=LABEL,
    many=LABEL,
    parts=(
        RowPart(events=EVENTS[:1]),
        RowPart(
            events=EVENTS[1:2], due=Due(day=DUE_DAY, unless=(EVENTS[0], EVENTS[2]), same=DUE_SAME)
        ),
    ),
    closed_by=Closing(events=EVENTS[2:], same=(DUE_SAME,)),
)
NAMES_OF = {"event": EVENTS, "named": (NAME,)}
A_STATEMENT = 24
"""How many definitions are asked at once."""


@cache
def scene(zone: str = ZONE, day: date = date(2024, 6, 1)) -> Scene:
    return scene_of(zone, midnight(day, zone), (1, HOUR_US, 7 * DAY_US))


def stored(statements: Sequence[Mapping[str, Scalar]], at: int) -> Shop:
    """A shop with a profile per mapping, of attribute to value; all exist at ``at``."""
    dated: list[tuple[int, AttributeStatement]] = []
    for who, values in enumerate(statements, start=1):
        dated.append((who, says("exists", value=True, when=at)))
        dated += [(who, says(name, value)) for name, value in values.items()]
    return Shop(profiles=len(statements), orders=(), refunds=(), events=(), attributes=tuple(dated))


def agree(
    shop: Shop,
    instants: Iterable[int],
    defined: Sequence[Trait | Segment],
    *,
    attributes: Mapping[str, Type] = ATTRIBUTES,
    also: Sequence[Trait] = (),
) -> None:
    """Both engines say the same of all definitions; ``also``: traits that they name."""
    agree_of([(shop, instants)], defined, attributes=attributes, also=also)


def agree_of(
    shops: Iterable[tuple[Shop, Iterable[int]]],
    defined: Sequence[Trait | Segment],
    *,
    zone: str = ZONE,
    attributes: Mapping[str, Type] = ATTRIBUTES,
    also: Sequence[Trait] = (),
) -> None:
    """The same of several shops, each at its instants: statements are put together once for all."""
    parts = []
    for first in range(0, len(defined), A_STATEMENT):
        some = defined[first : first + A_STATEMENT]
        parts.append(
            Definitions(
                traits={one.name: one for one in (*also, *some) if isinstance(one, Trait)},
                segments={one.name: one for one in some if isinstance(one, Segment)},
                lifecycle=GRID,
                order_properties=ORDER_PROPERTIES,
                event_properties=EVENT_PROPERTIES,
                attributes=attributes,
                zone=zone,
                calendar=scene().calendar,
                first_days=scene().first_days,
                rows={NAME: TROUBLE},
            )
        )
    for shop, instants in shops:
        load(DATABASE, shop, zone)
        told: set[str] = set()
        for every in parts:
            engine = DuckEngine(DATABASE, every, has_ahead=shop.has_ahead)
            names = [name for name in named(every) if name != "stage"]
            for t in instants:
                expected = by_reference(every, shop, t, names)
                told.update(name for (_, name), one in expected.items() if one.value is not None)
                assert by_duckdb(engine, shop, t, names) == expected
        assert len(told) > len(defined) // 2


# --- comparisons ---------------------------------------------------------------------------------

STORED = [type_ for type_ in Type if type_ is not Type.AGE]


def literals(op: CompareOp, type_: Type) -> Sequence[tuple[Literal_, ...]]:
    pool = [Literal_(value=value, type=type_) for value in scene().values(type_)]
    match op:
        case "present" | "missing":
            return [()]
        case "between":
            return list(product(pool, repeat=2))[:: max(1, len(pool) // 4)]
        case "in" | "not_in":
            return list(pairwise(pool))
        case _:
            return [(one,) for one in pool]


@pytest.mark.parametrize("type_", STORED, ids=lambda type_: type_.value)
def test_comparisons(type_: Type) -> None:
    attribute = AttributeRef(name="it", type=type_)
    asked = [
        Compare(operand=attribute, op=op, values=values)
        for op in plain_ops(type_)
        for values in literals(op, type_)
    ]
    if type_ is Type.TEXT:
        asked += [replace(one, ignore_case=True) for one in asked if one.op in CASELESS]
    segments = [segment(one, name=f"s{i}") for i, one in enumerate(asked)]
    shop = stored([{"it": value} for value in (None, *scene().values(type_))], NOON)
    agree(shop, [NOON], segments, attributes={"it": type_})


# --- formulas ------------------------------------------------------------------------------------


def argument_lists(takes: Sequence[Type | str]) -> list[tuple[Formula, ...]]:
    """Every way to give an operation its arguments: attributes a, b and c, or a factor."""
    choices: list[list[Formula]] = []
    for letter, one in zip("abc", takes, strict=False):
        if isinstance(one, Type):
            choices.append([AttributeRef(name=f"{letter}_{one.value}", type=one)])
        elif one == "factor":
            factors = (Type.INTEGER, Type.DECIMAL)
            pool = [Literal_(value=v, type=t) for t in factors for v in scene().values(t)]
            choices.append([*pool])
        elif one == "times":
            choices.append([*RATIO_TIMES])
        else:
            choices.append([AttributeRef(name=f"{letter}_{t.value}", type=t) for t in NUMERIC])
    return list(product(*choices))


@pytest.mark.parametrize("type_", list(Type), ids=lambda type_: type_.value)
def test_formulas(type_: Type) -> None:
    traits = [
        trait(f"t{i}_{j}", Call(op=op, args=args, type=type_), type_)
        for i, (op, takes) in enumerate(calls(type_))
        for j, args in enumerate(argument_lists(takes))
    ]
    attributes = {f"{letter}_{t.value}": t for letter in "abc" for t in STORED}
    most = max(len(scene().values(t)) for t in STORED) + 1
    profiles = []
    for i, j in product(range(most), range(most)):
        places = {"a": i, "b": j, "c": i + j}
        profiles.append({name: _place(t, places[name[0]]) for name, t in attributes.items()})
    agree(stored(profiles, NOON), [NOON], traits, attributes=attributes)


def _place(type_: Type, i: int) -> Scalar:
    pool = (*scene().values(type_), None)
    return pool[i % len(pool)]


# --- cases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", STORED, ids=lambda type_: type_.value)
def test_cases(type_: Type) -> None:
    """The first branch that holds counts, whatever is missing."""
    x, y = (AttributeRef(name=name, type=type_) for name in ("x", "y"))
    also = [trait("tx", x, type_), trait("ty", y, type_)]
    literal = Literal_(value=scene().values(type_)[0], type=type_)
    given = [TraitRef(name="tx", type=type_), TraitRef(name="ty", type=type_), None, literal]
    whens = [
        Compare(operand=x, op="present"),
        Compare(operand=y, op="is", values=(Literal_(value=_place(type_, 1), type=type_),)),
    ]
    traits = []
    for i, (one, other, rest) in enumerate(product(given, repeat=3)):
        branches = (Branch(when=whens[i % 2], then=one), Branch(when=whens[1 - i % 2], then=other))
        made = Case(branches=branches, otherwise=rest, type=type_)
        traits.append(trait(f"t{i}", made, type_))
    pool = (None, *scene().values(type_)[:4])
    shop = stored([{"x": a, "y": b} for a, b in product(pool, repeat=2)], NOON)
    agree(shop, [NOON], traits, attributes={"x": type_, "y": type_}, also=also)


# --- the clock -----------------------------------------------------------------------------------

CLOCKS = ("Europe/Amsterdam", "America/Havana", "Asia/Beirut", "Atlantic/Azores", "UTC")
TIMED: tuple[CompareOp, ...] = (
    "older_than",
    "newer_than",
    "within_next",
    "anniversary_within_next",
)
AGED: tuple[CompareOp, ...] = ("is", "is_not", "gt", "gte", "lt", "lte")
WINDOWS = (1, 7 * DAY_US, 364 * DAY_US, 365 * DAY_US, 366 * DAY_US, 400 * DAY_US)


def timed_definitions() -> tuple[list[Trait], list[Trait | Segment]]:
    """Years, ages, and comparisons that look at the clock, of a day and of an instant."""
    named_by: list[Trait] = []
    defined: list[Trait | Segment] = []
    for type_ in (Type.DAY, Type.INSTANT):
        x = AttributeRef(name=f"x_{type_.value}", type=type_)
        years = Call(op="years_since", args=(x,), type=Type.INTEGER)
        defined.append(trait(f"years_{type_.value}", years, Type.INTEGER))
        age = trait(f"age_{type_.value}", Call(op="days_since", args=(x,), type=Type.AGE), Type.AGE)
        named_by.append(age)
        for op, us in product(TIMED, WINDOWS):
            window = Literal_(value=us, type=Type.DURATION)
            asked = Compare(operand=x, op=op, values=(window,))
            defined.append(segment(asked, name=f"{op}_{us}_{type_.value}"))
        aged = TraitRef(name=age.name, type=Type.AGE)
        for op, us in product(AGED, (-DAY_US, 7 * DAY_US)):
            asked = Compare(operand=aged, op=op, values=(Literal_(value=us, type=Type.DURATION),))
            defined.append(segment(asked, name=f"age_{op}_{us}_{type_.value}"))
    return named_by, defined


@pytest.mark.parametrize("zone", CLOCKS)
def test_the_clock(zone: str) -> None:
    ages, defined = timed_definitions()
    shops = []
    for day in ANCHOR_DAYS[::2]:
        here = scene(zone, day)
        start = midnight(day, zone)
        xs = [{"x_day": one} for one in here.values(Type.DAY)]
        xs += [{"x_instant": one} for one in here.values(Type.INSTANT)[::3]]
        shops.append((stored(xs, start - 2), [start - 1, start]))
    attributes = {"x_day": Type.DAY, "x_instant": Type.INSTANT}
    agree_of(shops, defined, zone=zone, attributes=attributes, also=ages)


# --- aggregates ----------------------------------------------------------------------------------

AGGREGATES: tuple[AggregateOp, ...] = (
    "sum",
    "mean",
    "min",
    "max",
    "first",
    "last",
    "distinct",
    "most_frequent",
)
GAPS: tuple[AggregateOp, ...] = ("mean_gap", "last_gap", "first_gap")
VISITS: tuple[AggregateOp, ...] = ("visits", "visit_days")
SALES: tuple[AggregateOp, ...] = ("sale_first_days_hit", "sale_first_days_seen")
TAKES = {"sum": SUMMABLE, "mean": SUMMABLE, "min": ORDERED, "max": ORDERED}
GIVES = {"mean": Type.NUMBER, "distinct": Type.INTEGER}


def aggregates(source: Source) -> list[Trait]:
    """Every aggregate of every property, windows in turn."""
    rows = [
        Rows(source=source, events=NAMES_OF.get(source, ()), window=window)
        for window in (None, Within(us=7 * DAY_US), None, Between(from_us=1, to_us=8 * DAY_US))
    ]
    found: list[Aggregate] = []
    for op, (of, of_type) in product(AGGREGATES, ROW_PROPERTIES[source].items()):
        if of_type in TAKES.get(op, set(Type)):
            given = GIVES.get(op, of_type)
            every = rows[len(found) % 4]
            found.append(Aggregate(op=op, rows=every, of=of, of_type=of_type, type=given))
    for every in rows:
        found.append(Aggregate(op="count", rows=every, type=Type.INTEGER))
        found.append(Aggregate(op="days", rows=every, type=Type.INTEGER))
        found += [Aggregate(op=gap, rows=every, type=Type.DURATION) for gap in GAPS]
        if source == "event":
            found += [
                Aggregate(op=visits, rows=every, gap_us=HOUR_US, type=Type.INTEGER)
                for visits in VISITS
            ]
    return [trait(f"t{i}", one, one.type) for i, one in enumerate(found)]


def by_calendar(source: Source) -> list[Trait]:
    """Every aggregate that looks at the calendar, and counts during each season."""
    here = scene()
    rows = Rows(source=source, events=NAMES_OF.get(source, ()))
    found = [
        Aggregate(op="only_season", rows=rows, type=Type.TEXT),
        Aggregate(op="season_returns", rows=rows, type=Type.INSTANT),
    ]
    found += [
        Aggregate(op=op, rows=rows, latest=latest, type=Type.INTEGER)
        for op, latest in product(SALES, (1, 2, 60))
    ]
    for slot_days, slots, share in ((183, 1, 1), (28, 2, Fraction(1, 3)), (1, 4, Fraction(1, 2))):
        rule = Rhythm(
            slot_days=slot_days,
            slots=slots,
            recent_us=HOUR_US,
            reach_us=8 * DAY_US,
            least_days=1,
            share=Fraction(share),
            share_from=2,
        )
        found.append(Aggregate(op="rhythm", rows=rows, rhythm=rule, type=Type.TEXT))
        waits = replace(rule, before_us=HOUR_US, after_us=7 * DAY_US)
        found.append(Aggregate(op="rhythm_day", rows=rows, rhythm=waits, type=Type.DAY))
    for season in here.calendar.seasons.values():
        spans = joined_spans([one.span for one in season.occurrences])
        during = During(names=(season.name,), spans=spans)
        found.append(Aggregate(op="count", rows=replace(rows, window=during), type=Type.INTEGER))
    return [trait(f"t{i}", one, one.type) for i, one in enumerate(found)]


@pytest.mark.parametrize("source", [one for one in ROW_PROPERTIES if one != "named"])
def test_what_looks_at_the_calendar(source: Source) -> None:
    here = scene()
    shop = crowd_of(here, Random(2026), groups=25)  # noqa: S311 - not for secrets
    agree(shop, [here.anchor, here.anchor + 1], by_calendar(source))


@pytest.mark.parametrize("source", ROW_PROPERTIES)
def test_aggregates(source: Source) -> None:
    here = scene()
    shop = crowd_of(here, Random(2024), groups=40)  # noqa: S311 - not for secrets
    agree(shop, [here.anchor, here.anchor + 1], aggregates(source))
