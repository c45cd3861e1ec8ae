"""The ready-made segments on customers worked out by hand, asked of the reference."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from stamgast.clock import parse_instant
from stamgast.language import reference
from stamgast.language.answer import Statistics
from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.language.reader.source import SourceFile
from stamgast.model.log import AttributeStatement, Event, Log, OrderStatement, RefundStatement
from stamgast.retail import shipped_files

Order: TypeAlias = "tuple[str, int, str | None]"
"""Instant, total in minor units, coupon."""

PLAIN = read_definitions(shipped_files(), settings=LanguageSettings())
EDGE = read_definitions(
    shipped_files(), settings=LanguageSettings(history_from=parse_instant("2026-01-01"))
)
NOW = parse_instant("2026-06-01")
SPRING = (("2026-03-20", 10_000, None), ("2026-04-20", 10_000, None), ("2026-05-20", 10_000, None))


def customer(
    *orders: Order,
    refunds: tuple[tuple[str, int | None, int | None], ...] = (),
    events: tuple[tuple[str, str], ...] = (),
    attributes: tuple[tuple[str, int], ...] = (),
) -> Log:
    """A log; refunds are (instant, order by position or none, amount)."""
    return Log(
        profile_id=1,
        orders=tuple(
            OrderStatement(
                order_key=f"shop:{i}",
                profile_id=1,
                seq=i,
                ordered_at=parse_instant(at),
                valid_from=parse_instant(at),
                received_at=parse_instant(at),
                counts=True,
                total=total,
                properties={"coupon": coupon, "coupon_used": coupon is not None},
            )
            for i, (at, total, coupon) in enumerate(orders)
        ),
        refunds=tuple(
            RefundStatement(
                refund_key=f"r{i}",
                order_key=None if order is None else f"shop:{order}",
                profile_id=1,
                at=parse_instant(at),
                received_at=parse_instant(at),
                amount=amount,
            )
            for i, (at, order, amount) in enumerate(refunds)
        ),
        events=tuple(
            Event(
                name=name,
                at=parse_instant(at),
                received_at=parse_instant(at),
                message_id=f"{name} {at}",
            )
            for name, at in events
        ),
        attributes=tuple(
            AttributeStatement(name=name, value=value, at=None, received_at=0)
            for name, value in attributes
        ),
    )


ENDED, STARTED, RENEWED = "Subscription Ended", "Subscription Started", "Subscription Renewed"
OLD = ("2026-03-20", 5_000, None)

CASES: dict[str, tuple[Log, str, bool]] = {
    "returns of exactly 40%, one without an order": (
        customer(*SPRING, refunds=(("2026-04-01", 0, 6_000), ("2026-05-01", None, 6_000))),
        "high_returners",
        True,
    ),
    "returns of just under 40%": (
        customer(*SPRING, refunds=(("2026-04-01", 0, 6_000), ("2026-05-01", None, 5_999))),
        "high_returners",
        False,
    ),
    "returns without orders in the year": (
        customer(("2024-01-01", 100, None), refunds=(("2026-04-01", None, 6_000),)),
        "high_returners",
        False,
    ),
    "two purchases are too few to call a high returner": (
        customer(*SPRING[:2], refunds=(("2026-05-01", 0, None), ("2026-05-01", 1, None))),
        "high_returners",
        False,
    ),
    "a refund without amount is the rest of the order": (
        customer(*SPRING, refunds=(("2026-05-01", 0, None), ("2026-05-02", 1, 2_000))),
        "high_returners",
        True,
    ),
    "a subscription ended and nothing since": (
        customer(OLD, events=((ENDED, "2026-05-01"),)),
        "lost_customers",
        True,
    ),
    "bought after it": (
        customer(OLD, ("2026-05-03", 5_000, None), events=((ENDED, "2026-05-01"),)),
        "lost_customers",
        False,
    ),
    "renewed after it": (
        customer(OLD, events=((ENDED, "2026-05-01"), (RENEWED, "2026-05-05"))),
        "lost_customers",
        False,
    ),
    "started and ended again": (
        customer(
            OLD, events=((ENDED, "2026-05-01"), (STARTED, "2026-05-05"), (ENDED, "2026-05-10"))
        ),
        "lost_customers",
        True,
    ),
    "exactly 365 days is not lost": (customer(("2025-06-01", 1, None)), "lost_customers", False),
    "longer than 365 days is lost": (
        customer(("2025-05-31T23:59:59Z", 1, None)),
        "lost_customers",
        True,
    ),
    "never bought is not lost": (
        customer(events=(("Page Viewed", "2020-01-01"),)),
        "lost_customers",
        False,
    ),
    "away for 91 local days and back": (
        customer(("2026-02-18", 1, None), ("2026-05-20", 1, None)),
        "returned_customers",
        True,
    ),
    "away for 90 local days and back": (
        customer(("2026-02-19", 1, None), ("2026-05-20", 1, None)),
        "returned_customers",
        False,
    ),
    "back, but too long ago": (
        customer(("2025-01-01", 1, None), ("2026-03-02", 1, None)),
        "returned_customers",
        False,
    ),
    "a coupon on the first of two": (
        customer(("2026-05-20", 1, "A"), ("2026-05-21", 1, None)),
        "coupon_shoppers",
        True,
    ),
    "a coupon on the second of the same instant": (
        customer(("2026-05-20", 1, None), ("2026-05-20", 1, "A")),
        "coupon_shoppers",
        False,
    ),
    "bought once": (customer(OLD), "one_time_buyers", True),
    "bought twice": (customer(OLD, OLD), "one_time_buyers", False),
}


def statistics(t: int) -> Statistics:
    return Statistics(midnight=t, next_midnight=t + 86_400_000_000)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_ready_made_segment(case: tuple[Log, str, bool]) -> None:
    log, segment, member = case
    answer = reference.answer(PLAIN.segments[segment], log, statistics(NOW), NOW, PLAIN)
    assert (answer.exists, answer.value) == (True, member)


EARLY, LATE = ("2026-03-31T23:59:59Z", 1, "A"), ("2026-04-01", 1, "A")
LEFT_EDGE: dict[str, tuple[Log, bool]] = {
    "less than 90 days after the log begins": (customer(EARLY), False),
    "90 days after the log begins": (customer(LATE), True),
    "before the log begins": (customer(("2025-12-01", 1, "A")), False),
    "early, but known not to have bought before": (
        customer(EARLY, attributes=(("orders_before", 0),)),
        True,
    ),
    "early, and known to have bought before": (
        customer(EARLY, attributes=(("orders_before", 5),)),
        False,
    ),
    "late, and known to have bought before: it is the sixth": (
        customer(LATE, attributes=(("orders_before", 5),)),
        False,
    ),
}


@pytest.mark.parametrize("case", LEFT_EDGE.values(), ids=LEFT_EDGE)
def test_first_purchases_at_the_left_edge(case: tuple[Log, bool]) -> None:
    log, believed = case
    segment = reference.answer(EDGE.segments["coupon_shoppers"], log, statistics(NOW), NOW, EDGE)
    assert segment.value is believed
    value = reference.answer(EDGE.traits["first_coupon"], log, statistics(NOW), NOW, EDGE).value
    assert value == ("A" if believed else None)
    assert reference.answer(EDGE.traits["orders"], log, statistics(NOW), NOW, EDGE).value == 1


@pytest.mark.parametrize(
    ("code", "among"),
    [
        ("WELKOM10", True),
        ("GIFTCARD-22", False),
        ("gift card 3", False),
        ("Employee", False),
        ("PERSONEEL20", False),
        ("Points", False),
        ("wc_points_redemption_1", False),
        ("10POINTS", True),
    ],
)
def test_codes_that_are_no_coupons(code: str, *, among: bool) -> None:
    log = customer(("2026-05-01", 1_000, code), ("2026-05-02", 1_000, "WELKOM10"))
    found = reference.answer(PLAIN.segments["coupon_shoppers"], log, statistics(NOW), NOW, PLAIN)
    assert found.value is among


def test_a_shop_says_which_codes_are_no_coupons() -> None:
    own = SourceFile(name="shop.yaml", text="parameters: {not_coupons: [WELKOM, zomer]}")
    definitions = read_definitions((*shipped_files(), own), settings=LanguageSettings())
    segment = definitions.segments["coupon_shoppers"]
    for code, among in (("welkom10", False), ("ZOMER", False), ("GIFTCARD", True)):
        log = customer(("2026-05-01", 1_000, code))
        assert reference.answer(segment, log, statistics(NOW), NOW, definitions).value is among


def test_the_gap_to_the_second_order_is_held_back_at_the_left_edge() -> None:
    early, late = (
        customer((f"2026-{month}-05", 1_000, None), (f"2026-{month}-10", 1_000, None))
        for month in ("01", "05")
    )
    trait = EDGE.traits["first_order_gap"]
    found = [
        reference.answer(trait, log, statistics(NOW), NOW, EDGE).value for log in (early, late)
    ]
    assert found == [None, 5 * 86_400_000_000]


@pytest.mark.parametrize("view", ["Cart Viewed", "Products Searched", "Page Viewed"])
def test_any_view_is_looking_around(view: str) -> None:
    own = SourceFile(name="shop.yaml", text="parameters: {considering_for: 5d}")
    definitions = read_definitions((*shipped_files(), own), settings=LanguageSettings())
    log = customer(events=((view, "2026-05-22"),))
    phase = definitions.traits["buying_phase"]
    assert reference.answer(phase, log, statistics(NOW), NOW, definitions).value == "orienting"
