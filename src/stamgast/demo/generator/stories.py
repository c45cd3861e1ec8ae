"""For every ready-made segment some who surely belong, and some who just miss it.

A story holds on the day asked from its first to its last moment, so nothing in it lies within a day
of a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from stamgast.demo.generator import seasons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stamgast.demo.generator.persons import Person

REGULAR = (200, 170, 140, 110)
_DAY = timedelta(days=1)
_SALES_HIT = 4
_NEW_PRODUCTS = 4
_SOON = range(2, 21)
"""In so many days a season begins that is due soon (within 21 days)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One customer's story, and what it proves."""

    about: str
    tell: Callable[[Person], object]
    belongs: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    anonymous: bool = False
    alone: bool = False
    """Told of one customer only; else of ``COPIES``, an hour apart."""


COPIES = 2


def stories(until: date) -> tuple[Story, ...]:
    """Every story that can be told on this day (some need a season that begins soon)."""
    return (
        *_best(),
        *_buyers(),
        *_coming_back(until),
        *_money(),
        *_problems(),
        *_browsing(),
        *_stages(),
    )


# --- the best, and what they are worth ----------------------------------------------------------


def _everything_back(person: Person) -> None:
    for ago in range(6, 186, 3):
        bought = person.buys(ago, cents=20_000)
        person.sends_back(bought, ago - 4, reason="bedacht")


def _best() -> Iterator[Story]:
    best = ("best_buyers", "vip", "elite_vip")
    yield Story(
        about="buys every fifth day for 200 euros, more than anybody else",
        tell=lambda p: p.buys(*range(2, 302, 5), cents=20_000),
        belongs=best,
        misses=("one_time_buyers", "lost_customers", "returned_customers"),
        alone=True,
    )
    yield Story(
        about="sixty orders, all of them sent back: no revenue is left",
        tell=_everything_back,
        belongs=("high_returners",),
        misses=best,
    )


def _money() -> Iterator[Story]:
    yield Story(
        about="four orders this year at 60 % off",
        tell=lambda p: p.buys(300, 200, 100, 50, off=60),
        belongs=("bargain_hunters",),
        misses=("full_price_buyers",),
    )
    yield Story(
        about="four orders this year, never a discount",
        tell=lambda p: p.buys(300, 200, 100, 50),
        belongs=("full_price_buyers",),
        misses=("bargain_hunters",),
    )
    yield Story(
        about="two orders this year at 60 % off: one too few",
        tell=lambda p: p.buys(100, 50, off=60),
        misses=("bargain_hunters", "full_price_buyers"),
    )
    yield Story(
        about="four orders, 80 % of each sent back",
        tell=lambda p: _returns(p, (200, 150, 100, 50), 80),
        belongs=("high_returners",),
    )
    yield Story(
        about="four orders, 20 % of each sent back",
        tell=lambda p: _returns(p, (200, 150, 100, 50), 20),
        misses=("high_returners",),
    )
    yield Story(
        about="two orders, all sent back: one too few",
        tell=lambda p: _returns(p, (100, 50), 100),
        misses=("high_returners",),
    )
    yield Story(
        about="four orders of what had been launched five days before",
        tell=lambda p: _launches(p, new=True),
        belongs=("newness_lovers",),
    )
    yield Story(
        about="the same days, but what was launched long ago",
        tell=lambda p: _launches(p, new=False),
        misses=("newness_lovers",),
    )


def _returns(person: Person, days: tuple[int, ...], percent: int) -> None:
    for ago in days:
        person.sends_back(person.buys(ago), ago - 10, percent=percent, reason="bedacht")


def _launches(person: Person, *, new: bool) -> None:
    goods, today = person.frame.catalogue, seasons.number(person.frame.until)
    recent = np.flatnonzero((goods.launched > today - 330) & (goods.launched < today - 20))
    old = int(np.argmin(goods.launched))
    for product in recent[:: len(recent) // _NEW_PRODUCTS][:_NEW_PRODUCTS].tolist():
        day = seasons.day_of(int(goods.launched[product]) + 5)
        person.buys(day, product=product if new else old)


# --- once, again, no more -----------------------------------------------------------------------


def _cancelled_too(person: Person) -> None:
    person.buys(150)
    person.buys(100, status="cancelled", cancelled_at=person.moment(99), cancelled_by="customer")
    person.buys(90, status="failed")


def _buyers() -> Iterator[Story]:
    yield Story(about="one order", tell=lambda p: p.buys(150), belongs=("one_time_buyers",))
    yield Story(
        about="one order that stands, one cancelled, one never paid",
        tell=_cancelled_too,
        belongs=("one_time_buyers",),
    )
    yield Story(about="two orders", tell=lambda p: p.buys(150, 60), misses=("one_time_buyers",))
    yield Story(
        about="the first order with a welcome coupon, the second without",
        tell=lambda p: (p.buys(300, coupon="WELKOM10", off=10), p.buys(100)),
        belongs=("coupon_shoppers",),
    )
    yield Story(
        about="a coupon on the second order only",
        tell=lambda p: (p.buys(300), p.buys(100, coupon="TERUG15", off=15)),
        misses=("coupon_shoppers",),
    )
    yield Story(
        about="the first order with the staff discount, which is no coupon",
        tell=lambda p: (p.buys(300, coupon="PERSONEEL20", off=20), p.is_called("employee")),
        misses=("coupon_shoppers",),
    )
    yield Story(
        about="170 days away, back a month ago",
        tell=lambda p: p.buys(200, 30),
        belongs=("returned_customers",),
    )
    yield Story(
        about="70 days away", tell=lambda p: p.buys(100, 30), misses=("returned_customers",)
    )
    yield Story(
        about="back after 210 days, but 120 days ago",
        tell=lambda p: p.buys(330, 120),
        misses=("returned_customers",),
    )
    yield from _gone()


def _gone() -> Iterator[Story]:
    yield Story(
        about="last order 400 days ago; never said that mail is welcome",
        tell=lambda p: p.buys(400),
        belongs=("lost_customers", "lost_without_consent"),
        misses=("lost_with_consent",),
    )
    yield Story(
        about="last order 400 days ago; mail is welcome",
        tell=lambda p: (p.buys(400), p.consents("granted")),
        belongs=("lost_customers", "lost_with_consent"),
        misses=("lost_without_consent",),
    )
    yield Story(
        about="last order 350 days ago; mail is welcome",
        tell=lambda p: (p.buys(350), p.consents("granted")),
        misses=("lost_customers", "lost_with_consent"),
    )
    yield Story(
        about="ended the subscription, nothing since",
        tell=lambda p: (p.buys(100), p.subscribes(("started", 90), ("ended", 40))),
        belongs=("lost_customers",),
    )
    yield Story(
        about="ended the subscription, and ordered after it",
        tell=lambda p: (p.subscribes(("started", 90), ("ended", 40)), p.buys(20)),
        misses=("lost_customers",),
    )
    yield Story(
        about="asleep since five months; mail is welcome",
        tell=lambda p: (p.buys(200, 150), p.consents("granted")),
        belongs=("lapsed_with_consent",),
    )
    yield Story(
        about="asleep since five months; took the consent back",
        tell=lambda p: (p.buys(200, 150), p.consents("granted"), p.consents("withdrawn", 100)),
        misses=("lapsed_with_consent",),
    )
    yield Story(
        about="bought ten days ago; mail is welcome",
        tell=lambda p: (p.buys(10), p.consents("granted")),
        misses=("lapsed_with_consent",),
    )


# --- by the calendar ----------------------------------------------------------------------------


def _coming_back(until: date) -> Iterator[Story]:
    valentine = [
        year for year in range(until.year - 2, until.year + 1) if date(year, 2, 16) < until
    ]
    february = date(valentine[-1], 2, 10)
    yield Story(
        about="one order, for Valentine's day",
        tell=lambda p: p.buys(february),
        belongs=("first_time_seasonal",),
    )
    yield Story(
        about="an order for Valentine's day, and one two months before it",
        tell=lambda p: (p.buys(february - 60 * _DAY), p.buys(february)),
        misses=("first_time_seasonal", "seasonal_due"),
    )
    due = _bought_a_year_before(until)
    if due is not None:
        yield Story(
            about="one order, in the season that begins again soon",
            tell=lambda p: p.buys(due),
            belongs=("first_time_seasonal", "seasonal_due"),
        )
    firsts = _first_days(until)
    yield Story(
        about="bought on the first day of the last four sales",
        tell=lambda p: p.buys(*firsts[-_SALES_HIT:]),
        belongs=("sale_shoppers",),
    )
    yield Story(
        about="bought on the first day of one sale, and twice before it",
        tell=lambda p: p.buys(firsts[-2] - 40 * _DAY, firsts[-2] - 33 * _DAY, firsts[-2]),
        misses=("sale_shoppers",),
    )
    yield Story(
        about="buys every other day, so also when a sale begins",
        tell=lambda p: p.buys(*range(1, 301, 2), cents=500),
        misses=("sale_shoppers",),
    )
    yield from _rhythms()


def _rhythms() -> Iterator[Story]:
    yield Story(
        about="buys once a year, at this time of the year",
        tell=lambda p: (p.signs_up(1150), p.buys(1092, 727, 362)),
        belongs=("fixed_rhythm", "due_now"),
    )
    yield Story(
        about="buys once a year, half a year from now",
        tell=lambda p: p.buys(910, 545, 180),
        belongs=("fixed_rhythm",),
        misses=("due_now",),
    )
    yield Story(
        about="buys once a year at this time, and just did",
        tell=lambda p: (p.signs_up(1150), p.buys(1092, 727, 362, 4)),
        misses=("due_now",),
    )
    yield Story(
        about="three orders this year, none before",
        tell=lambda p: p.buys(290, 160, 30),
        misses=("fixed_rhythm", "due_now"),
    )


def _first_days(until: date) -> list[date]:
    """The first days of the sales that began before the day asked."""
    years = range(until.year - 2, until.year + 1)
    return [sale.start for year in years for sale in seasons.sales(year) if sale.start < until]


def _bought_a_year_before(until: date) -> date | None:
    """A day of last year's occurrence of a season that begins soon, which is in no other season."""
    for season in seasons.seasons(until.year) + seasons.seasons(until.year + 1):
        if (season.start - until).days not in _SOON:
            continue
        before = seasons.seasons(season.start.year - 1)
        last = next(one for one in before if one.name == season.name)
        for ahead in range((last.end - last.start).days + 1):
            day = last.start + ahead * _DAY
            if sum(one.start <= day <= one.end for one in before) == 1:
                return day
    return None


# --- problems -----------------------------------------------------------------------------------


def _problems() -> Iterator[Story]:
    both = ("dissatisfied", "risk_customers")
    yield Story(
        about="bought every month, complained, and never came back",
        tell=lambda p: (p.buys(*REGULAR), p.says("complaint", 100, reason="defect")),
        belongs=("dissatisfied",),
        misses=("risk_customers",),
    )
    yield Story(
        about="complained, and bought again since",
        tell=lambda p: (p.buys(*REGULAR, 20), p.says("complaint", 100, reason="defect")),
        misses=both,
    )
    yield Story(
        about="complained, and it was solved well",
        tell=lambda p: (
            p.buys(*REGULAR),
            p.says("complaint", 100, reason="defect"),
            p.says("resolved", 95, rating=5),
        ),
        misses=both,
    )
    yield Story(
        about="one order, and a complaint two weeks ago",
        tell=lambda p: (p.buys(20), p.says("complaint", 15, reason="te laat")),
        belongs=("risk_customers",),
    )
    yield Story(
        about="one order and a very bad review two weeks ago",
        tell=lambda p: (p.buys(20), p.says("review", 15, rating=1)),
        belongs=("risk_customers",),
    )
    yield Story(
        about="one order, and an NPS of 2 two weeks ago",
        tell=lambda p: (p.buys(20), p.says("nps", 15, score=2)),
        belongs=("risk_customers",),
    )
    yield Story(
        about="one order, a complaint, solved well",
        tell=lambda p: (
            p.buys(20),
            p.says("complaint", 15, reason="te laat"),
            p.says("resolved", 12, rating=5),
        ),
        misses=("risk_customers",),
    )
    yield Story(
        about="a complaint, and an order five days ago",
        tell=lambda p: (p.buys(20, 5), p.says("complaint", 15, reason="te laat")),
        misses=("risk_customers",),
    )
    yield Story(
        about="one order and an NPS of 9",
        tell=lambda p: (p.buys(20), p.says("nps", 15, score=9)),
        misses=both,
    )


# --- looking ------------------------------------------------------------------------------------


def _looks(person: Person, *days: int) -> Person:
    for ago in days:
        person.visits(ago)
    return person


def _in_one_day(person: Person) -> None:
    for hour in range(8, 20, 2):
        person.visits(3, hour=hour)


def _adds(person: Person, ago: int, *, removes: bool = False) -> Person:
    person.visits(ago)
    person.does("Product Added", ago, minute=2, quantity=1, cart_id=f"c{person.number}")
    if removes:
        person.does("Product Removed", ago, minute=4, quantity=1, cart_id=f"c{person.number}")
    return person


OFTEN = (20, 14, 11, 8, 5, 2)


def _browsing() -> Iterator[Story]:
    yield Story(
        about="six visits in three weeks, no order",
        tell=lambda p: _looks(p, *OFTEN),
        belongs=("frequent_browsers", "fans", "stage:prospect"),
    )
    yield Story(
        about="six visits in three weeks, and an order long ago",
        tell=lambda p: (p.buys(200), _looks(p, *OFTEN)),
        misses=("frequent_browsers",),
    )
    yield Story(about="six visits on one day", tell=_in_one_day, misses=("frequent_browsers",))
    yield Story(
        about="six visits in three weeks by nobody knows who",
        tell=lambda p: _looks(p, *OFTEN),
        misses=("frequent_browsers",),
        anonymous=True,
    )
    yield Story(
        about="two visits to one category",
        tell=lambda p: _looks(p, 12, 9),
        misses=("fans", "browse_abandoners"),
    )
    yield Story(
        about="put something in the cart two days ago",
        tell=lambda p: _adds(p, 2),
        belongs=("cart_abandoners", "buying_phase:deciding"),
    )
    yield Story(
        about="put it in the cart, and took it out again",
        tell=lambda p: _adds(p, 2, removes=True),
        misses=("cart_abandoners",),
    )
    yield Story(
        about="put it in the cart, and ordered the day after",
        tell=lambda p: (_adds(p, 3), p.buys(1)),
        belongs=("buying_phase:just_bought",),
        misses=("cart_abandoners", "browse_abandoners"),
    )
    yield Story(
        about="put something in the cart twelve days ago",
        tell=lambda p: _adds(p, 12),
        misses=("cart_abandoners", "buying_phase:deciding"),
    )
    yield Story(
        about="looked at one product in two visits, two days ago",
        tell=lambda p: _looks(p, 4, 2),
        belongs=("browse_abandoners", "buying_phase:considering"),
    )
    yield Story(
        about="one visit two days ago",
        tell=lambda p: _looks(p, 2),
        belongs=("buying_phase:orienting",),
        misses=("browse_abandoners", "buying_phase:considering"),
    )
    yield Story(
        about="searched five days ago",
        tell=lambda p: p.does("Products Searched", 5, query="tas leer"),
        belongs=("buying_phase:considering",),
    )


# --- stages (the grid) --------------------------------------------------------------------------

STAGES: tuple[tuple[str, tuple[int, ...], str], ...] = (
    # the stage, days of orders ago, the stage that is just missed
    ("new_buyer", (10,), "drifting"),
    ("drifting", (40,), "new_buyer"),
    ("sleeper", (100,), "drifting"),
    ("promising", (40, 20), "loyal"),
    ("drifting", (100, 70), "promising"),
    ("sleeper", (300, 250, 200), "at_risk"),
    ("loyal", (100, 80, 50, 20), "promising"),
    ("at_risk", (200, 150, 120, 100), "loyal"),
    ("at_risk", (500, 450, 420, 350), "red_alert"),
    ("red_alert", (700, 650, 600, 400), "at_risk"),
)


def _stages() -> Iterator[Story]:
    for stage, days, missed in STAGES:
        yield Story(
            about=f"orders {', '.join(str(ago) for ago in days)} days ago",
            tell=lambda p, days=days: p.buys(*days),  # type: ignore[misc]
            belongs=(f"stage:{stage}",),
            misses=(f"stage:{missed}",),
        )
    yield Story(
        about="an order that was never paid",
        tell=lambda p: p.buys(30, status="failed"),
        belongs=("stage:prospect",),
    )
    yield Story(
        about="an order, a hundred days ago, and quiet since",
        tell=lambda p: p.buys(100),
        belongs=("buying_phase:resting",),
        misses=("stage:prospect",),
    )
