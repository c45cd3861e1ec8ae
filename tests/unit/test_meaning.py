"""The meaning of definitions at their edges: expected answers written by hand from meaning.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest
from making import (
    DAY,
    GRID,
    HOUR,
    MINUTE,
    WINDOWED,
    ask,
    at,
    definitions,
    event,
    log,
    order,
    refund,
    says,
    segment,
    trait,
)

from stamgast.language.answer import Answer
from stamgast.language.ast import (
    Aggregate,
    All,
    AnyOf,
    AttributeRef,
    Between,
    Call,
    Compare,
    Dates,
    Did,
    InSegment,
    InStage,
    Literal_,
    Not,
    Percentile,
    Property,
    Rows,
    Sequence,
    Top,
    TraitRef,
    Within,
)
from stamgast.language.reference import answer, next_change, statistics
from stamgast.language.types import Type
from stamgast.model.log import OrderLine

if TYPE_CHECKING:
    from stamgast.language.ast import AggregateOp, Condition, Formula, Operand, Trait, Window
    from stamgast.model.log import Event, Log, OrderStatement

Given: TypeAlias = Any  # parameters of table-driven tests, of any type

T = at("2026-06-01")
ORDERS = Rows(source="order")


def got(value: object, until: int | None = None) -> Answer:
    return Answer(exists=True, value=value, valid_until=until)  # type: ignore[arg-type]


def aggregate(
    op: str,
    rows: Rows,
    type_: Type,
    *,
    of: str | None = None,
    of_type: Type | None = None,
    gap_us: int | None = None,
) -> Trait:
    made = Aggregate(op=op, rows=rows, of=of, of_type=of_type, gap_us=gap_us, type=type_)  # type: ignore[arg-type]
    return trait("it", made, type_)


def views(where: Condition | None = None, window: Window | None = None) -> Rows:
    return Rows(source="event", events=("Viewed",), where=where, window=window)


# --- windows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "inside", "until"),
    [
        (0, 1, T + 30 * DAY + 1),
        (30 * DAY - 1, 1, T + 2),
        (30 * DAY, 1, T + 1),
        (30 * DAY + 1, 0, None),
    ],
)
def test_within_takes_exactly_the_limit(age: int, inside: int, until: int | None) -> None:
    counted = aggregate("count", Rows(source="order", window=Within(us=30 * DAY)), Type.INTEGER)
    assert ask(counted, log(order("a", T - age)), T) == got(inside, until)


@pytest.mark.parametrize(
    ("age", "inside", "until"),
    [
        (0, 0, T + 30 * DAY + 1),
        (30 * DAY, 0, T + 1),
        (30 * DAY + 1, 1, T + 60 * DAY),
        (90 * DAY, 1, T + 1),
        (90 * DAY + 1, 0, None),
    ],
)
def test_between_leaves_its_near_end_to_its_neighbour(
    age: int, inside: int, until: int | None
) -> None:
    window = Between(from_us=30 * DAY, to_us=90 * DAY)
    counted = aggregate("count", Rows(source="order", window=window), Type.INTEGER)
    assert ask(counted, log(order("a", T - age)), T) == got(inside, until)


@pytest.mark.parametrize(("when", "inside"), [(-1, 0), (0, 1), (DAY - 1, 1), (DAY, 0)])
def test_dates_take_the_first_and_not_the_last_instant(when: int, inside: int) -> None:
    window = Dates(from_at=T, until_at=T + DAY)
    counted = aggregate("count", Rows(source="order", window=window), Type.INTEGER)
    assert ask(counted, log(order("a", T + when)), T + 9 * DAY) == got(inside)


def test_a_window_looks_at_no_row_before_its_instant() -> None:
    counted = aggregate("count", views(window=Within(us=DAY)), Type.INTEGER)
    ahead = log(event("a", T - 1), event("b", T + HOUR, received_at=T))
    assert ask(counted, ahead, T) == got(1, T + HOUR)


# --- existing, and what was said -----------------------------------------------------------------


def test_nobody_exists_before_the_first_dated_row() -> None:
    counted = aggregate("count", ORDERS, Type.INTEGER)
    said = log(says("country", "NL"), event("a", T + 1, received_at=T + 5))
    assert ask(counted, said, T) == Answer(exists=False, value=None, valid_until=None)
    assert ask(counted, said, T + 1) == got(0)


def test_somebody_announced_comes_to_exist() -> None:
    counted = aggregate("count", views(), Type.INTEGER)
    said = log(
        event("a", T + 7, received_at=T),
        order("x", T + 3, of=2, received_at=T),
        refund("r", T + 9, 1),
    )
    assert ask(counted, said, T) == Answer(exists=False, value=None, valid_until=T + 7)


def test_a_row_is_said_when_it_reached_us_or_when_it_happened() -> None:
    counted = aggregate("count", views(), Type.INTEGER)
    late, ahead = event("a", T, received_at=T + 90 * DAY), event("b", T + 2, received_at=T + 1)
    assert ask(counted, log(late, ahead), T) == got(1)
    assert ask(counted, log(late, ahead), T + 1) == got(1, T + 2)
    assert ask(counted, log(late, ahead), T + 2) == got(2)


def test_a_chain_of_rows_ahead_and_windows() -> None:
    counted = segment(Did(rows=views(window=Within(us=10)), at_least=1))
    said = log(event("a", T), event("b", T + 5, received_at=T), event("c", T + 30, received_at=T))
    assert ask(counted, said, T) == got(True, T + 16)
    twice = segment(Did(rows=views(window=Within(us=10)), at_least=2))
    assert ask(twice, said, T) == got(False, T + 5)
    assert ask(twice, said, T + 5) == got(True, T + 11)
    assert ask(twice, said, T + 11) == got(False)


# --- orders and refunds --------------------------------------------------------------------------

NET = aggregate("sum", Rows(source="revenue"), Type.MONEY, of="amount", of_type=Type.MONEY)
PURCHASES = aggregate("count", ORDERS, Type.INTEGER)


@pytest.mark.parametrize(
    ("rows", "purchases", "net"),
    [
        ([order("a", T)], 1, 1000),
        ([order("a", T, total=0)], 1, 0),
        ([order("a", T), refund("r", T, 300, order_key="a")], 1, 700),
        ([order("a", T), refund("r", T, None, order_key="a")], 1, 0),
        (
            [
                order("a", T),
                refund("r", T, 300, order_key="a"),
                refund("s", T, None, order_key="a"),
            ],
            1,
            0,
        ),
        (
            [
                order("a", T),
                refund("r", T, 1300, order_key="a"),
                refund("s", T, None, order_key="a"),
            ],
            1,
            -300,
        ),
        ([order("a", T), refund("r", T, 300)], 1, 700),
        ([order("a", T), refund("r", T, None)], 1, 1000),
        ([order("a", T), refund("r", T, 300, order_key="b")], 1, 700),
        ([order("a", T), order("b", T, of=2), refund("r", T, 300, order_key="b")], 1, 1000),
        ([order("a", T), order("b", T, of=None), refund("r", T, 300, order_key="b")], 1, 1000),
        ([order("a", T), refund("r", T, 300, order_key="a", of=2)], 1, 700),
        ([order("a", T), order("b", T, counts=False), refund("r", T, 5, order_key="b")], 1, 1000),
        ([order("a", T), order("a", T, seq=2, of=2), order("c", T)], 1, 1000),
        ([order("a", T), order("a", T, seq=2, total=400)], 1, 400),
        ([order("a", T, seq=2), order("a", T, seq=1, total=400)], 1, 1000),
        ([order("a", T, received_at=T + 1), order("a", T, seq=2, total=400)], 1, 1000),
        ([order("a", T, rank=1), order("a", T, seq=2, rank=2, total=400)], 1, 1000),
        ([order("a", T - 5, rank=2), order("a", T, seq=2, rank=1, total=400)], 1, 400),
    ],
)
def test_orders_and_refunds_fold(rows: Given, purchases: int, net: int) -> None:
    assert ask(PURCHASES, log(*rows), T).value == purchases
    assert ask(NET, log(*rows), T).value == net


def test_a_cancellation_counts_from_its_instant_and_a_correction_always() -> None:
    placed = order("a", T)
    cancelled = order("a", T + 5, ordered_at=T, seq=2, counts=False)
    never_held = order("a", T, seq=3, received_at=T + 9, counts=False)
    assert ask(PURCHASES, log(placed, cancelled), T + 4) == got(1)
    assert ask(PURCHASES, log(placed, cancelled), T + 5) == got(0)
    assert ask(PURCHASES, log(placed, never_held), T) == got(0)


def test_a_refund_before_its_order_is_loose_until_the_order_is_known() -> None:
    rows = log(refund("r", T, 300, order_key="a"), order("a", T + 5))
    loose = aggregate("sum", Rows(source="refund"), Type.MONEY, of="amount", of_type=Type.MONEY)
    assert ask(loose, rows, T) == got(300)
    assert ask(NET, rows, T) == got(-300)
    assert ask(loose, rows, T + 5) == got(0)
    assert ask(NET, rows, T + 5) == got(700)


def test_an_order_taken_away_is_no_purchase_but_the_profile_stays() -> None:
    rows = log(order("a", T), order("a", T + 5, ordered_at=T, seq=2, of=2))
    assert ask(PURCHASES, rows, T + 4) == got(1)
    assert ask(PURCHASES, rows, T + 5) == got(0)


# --- aggregates ----------------------------------------------------------------------------------


def valued(*values: int | None) -> Log:
    return log(*(event(f"e{i}", T + i, price=v) for i, v in enumerate(values)))


@pytest.mark.parametrize(
    ("op", "values", "expected"),
    [
        ("sum", [], 0),
        ("sum", [None, 5], 5),
        ("mean", [None], None),
        ("mean", [100, None, 50], 0.75),
        ("min", [None, 7, 3], 3),
        ("max", [], None),
        ("first", [None, 7], None),
        ("last", [None, 7], 7),
        ("last", [], None),
        ("distinct", [None, 7, 7, 3], 2),
        ("most_frequent", [7, 3, 3, 7], 7),
        ("most_frequent", [None, None, 3], 3),
        ("most_frequent", [None], None),
    ],
)
def test_aggregates_of_missing_values(op: str, values: Given, expected: Given) -> None:
    kinds = {"mean": Type.NUMBER, "distinct": Type.INTEGER}
    asked = aggregate(op, views(), kinds.get(op, Type.MONEY), of="price", of_type=Type.MONEY)
    said = valued(*values)
    assert ask(asked, log(order("x", T), *said.events), T + 50) == got(expected)


def test_ties_go_by_id() -> None:
    last = aggregate("last", ORDERS, Type.TEXT, of="coupon", of_type=Type.TEXT)
    first = aggregate("first", ORDERS, Type.TEXT, of="coupon", of_type=Type.TEXT)
    rows = log(order("s:1002", T, coupon="b"), order("s:1001", T, coupon=None))
    assert ask(last, rows, T) == got("b")
    assert ask(first, rows, T) == got(None)


def test_gaps_are_between_local_days() -> None:
    mean = aggregate("mean_gap", ORDERS, Type.DURATION)
    last = aggregate("last_gap", ORDERS, Type.DURATION)
    near_midnight = log(order("a", at("2026-06-01T21:59:59Z")), order("b", at("2026-06-01T22:00Z")))
    assert ask(mean, near_midnight, T + 9 * DAY) == got(DAY)
    three = log(order("a", T), order("b", T + HOUR), order("c", T + DAY), order("d", T + 4 * DAY))
    assert ask(mean, three, T + 9 * DAY) == got(2 * DAY)
    assert ask(last, three, T + 9 * DAY) == got(3 * DAY)
    assert ask(mean, log(order("a", T), order("b", T + HOUR)), T + DAY) == got(None)


def test_visits_start_after_a_pause_of_exactly_the_gap() -> None:
    rows = log(*(event(str(i), T + m * MINUTE) for i, m in enumerate([0, 29, 59, 88, 118])))
    every = aggregate("visits", views(), Type.INTEGER, gap_us=30 * MINUTE)
    assert ask(every, rows, T + DAY) == got(3)
    recent = aggregate("visits", views(window=Within(us=HOUR)), Type.INTEGER, gap_us=30 * MINUTE)
    assert ask(recent, rows, T + 119 * MINUTE) == got(2, T + 119 * MINUTE + 1)


BOUGHT = Rows(source="line", window=Within(us=30 * DAY))
SEEN = Rows(source="event", events=("Viewed",), window=Within(us=30 * DAY))


def fan(
    rows: Rows, lines: Rows | None = None, *, at_least: int = 2, last_only: bool = False
) -> Trait:
    made = Aggregate(
        op="recurring",
        rows=rows,
        lines=lines,
        of="category",
        of_type=Type.TEXT,
        gap_us=30 * MINUTE,
        at_least=at_least,
        last_only=last_only,
        type=Type.TEXT,
    )
    return trait("it", made, Type.TEXT)


def seen(*rows: tuple[int, str | None]) -> list[Event]:
    return [event(str(i), T + m * MINUTE, category=what) for i, (m, what) in enumerate(rows)]


def bought(key: str, when: int, *categories: str) -> OrderStatement:
    lines = [OrderLine(line_no=i, properties={"category": one}) for i, one in enumerate(categories)]
    return replace(order(key, when), lines=tuple(lines))


def test_a_value_is_seen_once_a_visit_at_its_start() -> None:
    # one visit, 29 minutes apart each; then one that starts after exactly the gap
    one_visit = log(*seen((0, "a"), (29, None), (58, "a"), (87, "a")))
    assert ask(fan(SEEN), one_visit, T + DAY) == got(None, T + 30 * DAY + 1)
    two = log(*seen((0, "a"), (29, "b"), (59, "b"), (59, "a")))
    # both were in two visits, of the same starts: the greater
    assert ask(fan(SEEN), two, T + DAY) == got("b", T + 30 * DAY + 1)
    # rows before the window still join a visit to its start, which lies before it
    assert ask(fan(SEEN), two, T + 30 * DAY + 1) == got(None, T + 59 * MINUTE + 30 * DAY + 1)


def test_only_the_value_of_the_last_row() -> None:
    # a in three visits, b in two and last
    rows = log(*seen((0, "a"), (60, "a"), (120, "b"), (180, "a"), (240, "b")))
    left = T + 30 * DAY + 1
    assert ask(fan(SEEN), rows, T + DAY) == got("a", left)
    assert ask(fan(SEEN, last_only=True), rows, T + DAY) == got("b", left)
    # the last is of nothing, or of something seen once
    for last in (None, "c"):
        more = log(*seen((0, "a"), (60, "a"), (120, "b"), (180, "a"), (240, "b"), (300, last)))
        assert ask(fan(SEEN, last_only=True), more, T + DAY) == got(None, left)
    # the visit of the last row began before the window; what is bought is no last row
    late = log(*seen((0, "b"), (29, "b")), bought("o:1", T + DAY, "b"), bought("o:2", T + DAY, "b"))
    both = fan(SEEN, BOUGHT, last_only=True)
    assert ask(both, late, T + 30 * DAY) == got("b", left)
    assert ask(both, late, left).value is None
    assert ask(fan(SEEN, BOUGHT), late, left).value == "b"


def test_an_order_is_one_occasion_of_each_of_its_values() -> None:
    rows = log(bought("o", T + DAY, "a", "a", "b"), *seen((0, "a"), (0, "b")))
    assert ask(fan(BOUGHT), rows, T + 2 * DAY) == got(None, T + 31 * DAY + 1)
    assert ask(fan(SEEN, BOUGHT), rows, T + 2 * DAY) == got("b", T + 30 * DAY + 1)
    more = log(bought("o", T + DAY, "a"), bought("p", T + DAY, "a"), *seen((0, "b"), (60, "b")))
    assert ask(fan(SEEN, BOUGHT), more, T + 2 * DAY) == got("a", T + 30 * DAY + 1)
    assert ask(fan(SEEN, BOUGHT, at_least=3), more, T + 2 * DAY) == got(None, T + 30 * DAY + 1)


def test_a_product_has_an_age_from_its_launch_on() -> None:
    def of(launched: date | None) -> Log:
        line = OrderLine(line_no=1, properties={"launched": launched})
        return log(replace(order("o", at("2026-03-01T12:00Z")), lines=(line,)))

    age = aggregate(
        "first", Rows(source="line"), Type.DURATION, of="product_age", of_type=Type.DURATION
    )
    # local midnight of 1 March in Amsterdam is 23:00 UTC
    assert ask(age, of(date(2026, 3, 1)), T) == got(13 * HOUR)
    assert ask(age, of(date(2026, 3, 2)), T) == got(None)
    assert ask(age, of(None), T) == got(None)


# --- formulas ------------------------------------------------------------------------------------


def call(op: str, type_: Type, *args: Formula) -> Trait:
    return trait("it", Call(op=op, args=args, type=type_), type_)  # type: ignore[arg-type]


def lit(value: Given, type_: Type = Type.INTEGER) -> Literal_:
    return Literal_(value=value, type=type_)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (call("divide", Type.NUMBER, lit(1), lit(0)), None),
        (call("ratio", Type.NUMBER, lit(100, Type.MONEY), lit(3)), 1 / 3),
        (call("divide", Type.NUMBER, lit(15_000, Type.DECIMAL), lit(150, Type.MONEY)), 1.0),
        (
            call("divide", Type.NUMBER, lit(3 * DAY, Type.DURATION), lit(2 * DAY, Type.DURATION)),
            1.5,
        ),
        (call("add", Type.MONEY, lit(150, Type.MONEY), lit(2)), 350),
        (call("add", Type.NUMBER, lit(150, Type.MONEY), lit(0.25, Type.NUMBER)), 1.75),
        (call("subtract", Type.INTEGER, lit(1), lit(3)), -2),
        (call("negate", Type.DURATION, lit(DAY, Type.DURATION)), -DAY),
        (call("multiply", Type.NUMBER, lit(150, Type.MONEY), lit(2)), 3.0),
        (
            call("multiply", Type.DURATION, lit(3, Type.DURATION), lit(15_000, Type.DECIMAL)),
            4,
        ),
        (
            call("multiply", Type.DURATION, lit(-3, Type.DURATION), lit(15_000, Type.DECIMAL)),
            -5,
        ),
        (call("multiply", Type.NUMBER, lit(1e300, Type.NUMBER), lit(1e300, Type.NUMBER)), None),
        (call("coalesce", Type.INTEGER, AttributeRef(name="n", type=Type.INTEGER), lit(7)), 7),
        (call("add", Type.INTEGER, AttributeRef(name="n", type=Type.INTEGER), lit(7)), None),
        (call("max", Type.INTEGER, lit(2), lit(7)), 7),
    ],
)
def test_formulas(asked: Given, expected: Given) -> None:
    assert ask(asked, log(order("a", T)), T) == got(expected)


@pytest.mark.parametrize(
    ("born", "now", "years", "next_birthday"),
    [
        ("2000-02-29", "2026-02-28T22:59:59.999999Z", 25, "2026-02-28T23:00:00Z"),
        ("2000-02-29", "2026-02-28T23:00:00Z", 26, "2027-02-28T23:00:00Z"),
        ("2000-02-29", "2028-02-28T12:00:00Z", 27, "2028-02-28T23:00:00Z"),
        ("2000-03-29", "2026-03-28T23:00:00Z", 26, "2027-03-28T22:00:00Z"),
        ("2000-03-30", "2026-03-29T22:00:00Z", 26, "2027-03-29T22:00:00Z"),
        ("2026-06-02", "2026-06-01T12:00:00Z", None, "2026-06-01T22:00:00Z"),
        ("2026-06-01", "2026-06-01T12:00:00Z", 0, "2027-05-31T22:00:00Z"),
    ],
)
def test_years_turn_at_local_midnight(
    born: str, now: str, years: int | None, next_birthday: str
) -> None:
    birthday = AttributeRef(name="birthday", type=Type.DAY)
    asked = call("years_since", Type.INTEGER, birthday)
    said = log(order("a", at("2001-01-01")), says("birthday", date.fromisoformat(born)))
    assert ask(asked, said, at(now)) == got(years, at(next_birthday))


# --- conditions ----------------------------------------------------------------------------------

COUNTRY = AttributeRef(name="country", type=Type.TEXT)


def compare(op: str, *values: object, operand: Operand = COUNTRY) -> Compare:
    literals = tuple(
        v if isinstance(v, TraitRef | Literal_) else lit(v, operand.type) for v in values
    )
    return Compare(operand=operand, op=op, values=literals)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("op", "values", "of_missing", "of_nl"),
    [
        ("is", ["NL"], False, True),
        ("is_not", ["NL"], True, False),
        ("in", ["NL", "BE"], False, True),
        ("not_in", ["NL", "BE"], True, False),
        ("present", [], False, True),
        ("missing", [], True, False),
        ("contains", [""], False, True),
        ("contains", ["nl"], False, False),
        ("starts_with", ["N"], False, True),
        ("ends_with", ["L"], False, True),
        ("ends_with", ["%"], False, False),
    ],
)
def test_text_and_missing(op: str, values: Given, of_missing: Given, of_nl: Given) -> None:
    asked = segment(compare(op, *values))
    assert ask(asked, log(order("a", T)), T) == got(of_missing)
    assert ask(asked, log(order("a", T), says("country", "NL")), T) == got(of_nl)
    negated = segment(Not(item=asked.where))
    assert ask(negated, log(order("a", T)), T) == got(not of_missing)


@pytest.mark.parametrize(
    ("age", "op", "days", "holds", "until"),
    [
        (30 * DAY, "older_than", 30, False, T + 1),
        (30 * DAY + 1, "older_than", 30, True, None),
        (30 * DAY, "newer_than", 30, True, T + 1),
        (30 * DAY + 1, "newer_than", 30, False, None),
        (-DAY, "newer_than", 30, True, T + 31 * DAY + 1),
        (-DAY, "within_next", 1, True, T + DAY + 1),
        (-DAY - 1, "within_next", 1, False, T + 1),
        (0, "within_next", 1, True, T + 1),
        (1, "within_next", 1, False, None),
    ],
)
def test_instants_near_and_far(
    age: int, op: str, days: int, holds: Given, until: int | None
) -> None:
    due = AttributeRef(name="due", type=Type.INSTANT)
    asked = segment(compare(op, lit(days * DAY, Type.DURATION), operand=due))
    assert ask(asked, log(order("a", T), says("due", T - age)), T) == got(holds, until)


@pytest.mark.parametrize(
    ("age", "op", "holds", "until"),
    [
        (DAY - 1, "gt", False, T + 2),
        (DAY, "gt", False, T + 1),
        (DAY + 1, "gt", True, None),
        (DAY - 1, "gte", False, T + 1),
        (DAY, "is", True, T + 1),
        (DAY - 5, "is", False, T + 5),
        (DAY - 5, "is_not", True, T + 5),
        (DAY, "lte", True, T + 1),
        (DAY, "lt", False, None),
    ],
)
def test_ages_cross(age: int, op: str, holds: Given, until: int | None) -> None:
    last = aggregate("last", ORDERS, Type.INSTANT, of="occurred_at", of_type=Type.INSTANT)
    aged = trait(
        "aged",
        Call(op="days_since", args=(TraitRef(name="it", type=Type.INSTANT),), type=Type.AGE),
        Type.AGE,
    )
    asked = segment(
        compare(op, lit(DAY, Type.DURATION), operand=TraitRef(name="aged", type=Type.AGE)), name="s"
    )
    assert ask(asked, log(order("a", T - age)), T, last, aged) == got(holds, until)
    nothing = log(event("e", T))
    assert ask(asked, nothing, T, last, aged) == got(op == "is_not")


@pytest.mark.parametrize(
    ("born", "now", "holds", "until"),
    [
        ("1990-06-08", "2026-05-31T21:59:59.999999Z", False, "2026-05-31T22:00:00Z"),
        ("1990-06-08", "2026-05-31T22:00:00Z", True, "2026-06-08T22:00:00Z"),
        ("1990-06-08", "2026-06-08T21:59:59Z", True, "2026-06-08T22:00:00Z"),
        ("1990-06-08", "2026-06-08T22:00:00Z", False, "2027-05-31T22:00:00Z"),
        ("1992-02-29", "2026-03-01T12:00:00Z", True, "2026-03-01T23:00:00Z"),
        ("1992-02-29", "2028-02-29T12:00:00Z", True, "2028-02-29T23:00:00Z"),
        ("2026-06-08", "2026-06-01T12:00:00Z", True, "2026-06-08T22:00:00Z"),
        ("2028-06-08", "2026-06-01T12:00:00Z", False, "2028-05-31T22:00:00Z"),
    ],
)
def test_anniversaries(born: str, now: str, holds: Given, until: str) -> None:
    birthday = AttributeRef(name="birthday", type=Type.DAY)
    asked = segment(
        compare("anniversary_within_next", lit(7 * DAY, Type.DURATION), operand=birthday)
    )
    said = log(order("a", at("2001-01-01")), says("birthday", date.fromisoformat(born)))
    assert ask(asked, said, at(now)) == got(holds, at(until))


@pytest.mark.parametrize(
    ("ages", "bounds", "holds", "until"),
    [
        ([5, 3], (2, None), True, T + 6),
        ([5, 3], (1, None), True, T + 8),
        ([5, 3], (3, None), False, None),
        ([5, 3], (0, 1), False, T + 6),
        ([5, 3], (0, 2), True, None),
        ([5, 3], (1, 1), False, T + 6),
        ([3, 3], (1, 1), False, None),
        ([5, 3, 3], (1, 2), False, T + 6),
        ([5, 5, 3], (2, 2), False, None),
        ([11, 10], (1, None), True, T + 1),
    ],
)
def test_counts_change_exactly(ages: Given, bounds: Given, holds: Given, until: int | None) -> None:
    low, high = bounds
    asked = segment(Did(rows=views(window=Within(us=10)), at_least=low, at_most=high))
    said = log(*(event(str(i), T - age) for i, age in enumerate(ages)))
    assert ask(asked, said, T) == got(holds, until)


@pytest.mark.parametrize(
    ("bought", "now", "followed", "not_followed"),
    [
        (None, 10, False, (False, 11)),
        (None, 11, False, (True, None)),
        (10, 10, True, (False, 11)),
        (10, 11, True, (False, None)),
        (11, 11, False, (True, None)),
        (0, 0, True, (False, 11)),
        (-1, 5, False, (False, 11)),
    ],
)
def test_sequences_are_undecided_until_their_limit(
    bought: Given, now: int, followed: Given, not_followed: Given
) -> None:
    rows = [event("v", T)] + ([] if bought is None else [order("a", T + bought)])
    for negated, expected in ((False, followed), (True, not_followed[0])):
        sequence = Sequence(negated=negated, rows=ORDERS, limit_us=10)
        asked = segment(Did(rows=views(), at_least=1, sequence=sequence))
        found = ask(asked, log(*rows), T + now)
        assert found.value == expected
        if negated and not_followed[1] is not None:
            assert found.valid_until == T + not_followed[1]


def test_a_row_does_not_follow_itself() -> None:
    again = Sequence(negated=False, rows=views(), limit_us=10)
    asked = segment(Did(rows=views(), at_least=1, sequence=again))
    assert ask(asked, log(event("a", T)), T).value is False
    assert ask(asked, log(event("a", T), event("b", T)), T).value is True


def test_strictly_the_last_of_one_instant_is_the_last() -> None:
    for limit in (None, 10):
        last = Sequence(negated=True, rows=views(), limit_us=limit, strictly=True)
        asked = segment(Did(rows=views(), at_least=1, at_most=1, sequence=last))
        assert ask(asked, log(event("a", T), event("b", T)), T + 11).value is True
        assert (
            ask(asked, log(event("a", T), event("b", T), event("c", T + 1)), T + 12).value is True
        )
        loose = replace(last, strictly=False)
        asked = segment(Did(rows=views(), at_least=1, sequence=loose))
        assert ask(asked, log(event("a", T), event("b", T)), T + 11).value is False


def test_without_a_limit_it_is_judged_so_far() -> None:
    sequence = Sequence(negated=True, rows=ORDERS, limit_us=None)
    asked = segment(Did(rows=views(), at_least=1, sequence=sequence))
    assert ask(asked, log(event("a", T), order("o", T + 5)), T + 4) == got(True)
    assert ask(asked, log(event("a", T), order("o", T + 5)), T + 5) == got(False)


def test_all_and_any_know_what_keeps_them() -> None:
    soon = Did(rows=views(window=Within(us=10)), at_least=1)
    later = Did(rows=views(window=Within(us=20)), at_least=1)
    never = compare("is", "NL")
    said = log(event("a", T))
    assert ask(segment(All(items=(soon, later))), said, T) == got(True, T + 11)
    assert ask(segment(AnyOf(items=(soon, later))), said, T) == got(True, T + 21)
    assert ask(segment(All(items=(soon, never))), said, T) == got(False)
    assert ask(segment(Not(item=AnyOf(items=(soon, later)))), said, T) == got(False, T + 21)
    assert ask(segment(All(items=())), said, T) == got(True)
    assert ask(segment(AnyOf(items=())), said, T) == got(False)


def test_segments_and_stages_are_asked_at_the_same_instant() -> None:
    inner = segment(Did(rows=Rows(source="order", window=Within(us=10)), at_least=1), name="inner")
    outer = segment(All(items=(InSegment(name="inner"), InStage(stages=("new_buyer",)))))
    assert ask(outer, log(order("a", T)), T, inner) == got(True, T + 11)


def test_filters_read_the_row() -> None:
    coupon = Property(name="coupon", type=Type.TEXT)
    net = Property(name="net_total", type=Type.MONEY)
    where = All(items=(compare("missing", operand=coupon), compare("gte", 500, operand=net)))
    asked = aggregate("count", Rows(source="order", where=where), Type.INTEGER)
    said = log(
        order("a", T), order("b", T, coupon="X"), order("c", T), refund("r", T, 501, order_key="c")
    )
    assert ask(asked, said, T) == got(1)


# --- attributes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "value"),
    [
        ([says("country", "NL"), says("country", "BE", received_at=5)], "BE"),
        ([says("country", "NL", received_at=5), says("country", "BE", when=T)], "BE"),
        ([says("country", "NL", when=T), says("country", "BE", when=T - 1)], "NL"),
        ([says("country", "NL", when=T), says("country", "BE", when=T, received_at=T + 9)], "BE"),
        ([says("country", "NL", when=T), says("country", None, when=T)], "NL"),
        ([says("country", "NL", when=T), says("country", None, when=T, received_at=T + 1)], None),
        ([says("country", "é", when=T), says("country", "z", when=T)], "é"),
        ([says("country", "NL", when=T), says("country", "BE", when=T + 1)], "NL"),
        ([says("country", "NL", received_at=T + 99 * DAY)], "NL"),
    ],
)
def test_the_latest_statement_wins(statements: Given, value: Given) -> None:
    asked = trait("it", COUNTRY, Type.TEXT)
    assert ask(asked, log(order("a", T - DAY), *statements), T).value == value


# --- stages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [GRID, WINDOWED])
def test_a_stage_ends_at_its_exact_instant(model: Given) -> None:
    once = log(order("a", T), event("e", T - 5))
    assert ask(model, once, T - 5) == got("prospect")
    assert ask(model, once, T) == got("new_buyer", T + 30 * DAY + 1)
    assert ask(model, once, T + 30 * DAY) == got("new_buyer", T + 30 * DAY + 1)
    assert ask(model, once, T + 30 * DAY + 1) == got("drifting", T + 90 * DAY + 1)
    assert ask(model, once, T + 90 * DAY + 1) == got("sleeper")


# --- shop statistics -----------------------------------------------------------------------------


def test_the_best_are_those_of_last_midnight() -> None:
    midnight = at("2026-05-31T22:00:00Z")
    spent = [500, 300, 300, 100, 0]
    logs = [log(order(f"o{i}", midnight - DAY, of=i, total=v), of=i) for i, v in enumerate(spent)]
    logs.append(log(order("new", midnight + 1, of=9, total=9_999), of=9))
    logs.append(log(event("v", midnight), of=10))
    ref = TraitRef(name="it", type=Type.MONEY)
    top = Top(share=Fraction(2, 5), by=(ref,), among=Did(rows=ORDERS, at_least=1))
    best = segment(top, name="best", uses_statistics=True)
    shop = definitions(NET, best)
    found = statistics(shop, logs, T)
    assert (found.midnight, found.next_midnight) == (midnight, midnight + DAY)
    table = found.tops[top]
    assert (table.size, table.threshold, table.worse) == (5, 2, ({500: 4, 300: 2, 100: 1, 0: 0},))
    members = [answer(best, one, found, T, shop) for one in logs]
    assert [one.value for one in members] == [True, True, True, False, False, False, False]
    assert {one.valid_until for one in members} == {midnight + DAY}
    assert next_change(best, logs[0], found, T, shop) is None


def test_percentiles_are_nearest_rank() -> None:
    ref = TraitRef(name="it", type=Type.MONEY)
    logs = [
        log(order(f"o{i}", T - DAY, of=i, total=v), of=i) for i, v in enumerate([10, 20, 30, 40])
    ]
    for percent, expected in ((50, 20), (51, 30), (100, 40), (1, 10)):
        number = Percentile(percent=Fraction(percent), of=ref)
        above = segment(
            Compare(operand=ref, op="gte", values=(number,)), name="s", uses_statistics=True
        )
        shop = definitions(NET, above)
        found = statistics(shop, logs, T)
        assert found.numbers[number] == expected
        assert answer(above, logs[1], found, T, shop).value == (expected <= 20)
    assert statistics(shop, [], T).numbers[number] is None


def test_midnights_of_a_long_and_a_short_day() -> None:
    shop = definitions()
    for day, start, end in (
        ("2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("2026-10-25T23:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z"),
    ):
        found = statistics(shop, [], at(day))
        assert (found.midnight, found.next_midnight) == (at(start), at(end))


def of_visit(op: AggregateOp, which: Literal["first", "last"], where: Condition | None) -> Trait:
    made = Aggregate(
        op=op,
        rows=Rows(source="event", events=("Viewed",), where=where),
        of="category",
        of_type=Type.TEXT,
        visit=which,
        gap_us=30 * MINUTE,
        type=Type.TEXT,
    )
    return trait("it", made, Type.TEXT)


def test_a_value_of_the_first_or_last_visit() -> None:
    known = Compare(operand=Property(name="category", type=Type.TEXT), op="present")
    # visits at 0..29, at 59 (a pause of exactly the gap) and at 120..149
    rows = log(*seen((0, None), (10, "a"), (29, "b"), (59, "c"), (120, "d"), (149, None)))
    cases: list[tuple[AggregateOp, Literal["first", "last"], Condition | None, str | None]] = [
        ("first", "first", None, None),
        ("first", "first", known, "a"),
        ("last", "first", known, "b"),
        ("first", "last", None, "d"),
        ("last", "last", None, None),
        ("last", "last", known, "d"),
    ]
    for op, which, where, expected in cases:
        assert ask(of_visit(op, which, where), rows, T + DAY) == got(expected), (op, which)
    # no other visit is looked at, and rows to come are not there yet
    assert ask(of_visit("last", "last", known), log(*seen((0, "a"), (40, None))), T + DAY) == got(
        None
    )
    assert ask(of_visit("last", "last", known), rows, T + 30 * MINUTE) == got("b")
    bought_only = log(order("a", T))
    assert ask(of_visit("last", "first", None), bought_only, T + DAY) == got(None)
