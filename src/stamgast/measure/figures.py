"""Orders and revenue per month beside the shop's own totals, and what makes up each difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from stamgast.measure.model import Cell, Column, Drawing, Fact, Insight, Note, columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.model.log import Instant
    from stamgast.store.database import Database

VAT: Mapping[str, tuple[int, ...]] = {
    "NL": (21, 9),
    "BE": (21, 12, 6),
    "DE": (19, 7),
    "FR": (20, 10),
    "GB": (20, 5),
    "LU": (17, 8),
    "AT": (20, 10),
}
"""Rates in percent that a shop of a country may count with or without."""

_MONTHS = """
    WITH state AS (
        SELECT *, timezone($zone, make_timestamptz(ordered_at)) AS local_at FROM order_version
        WHERE ordered_at <= $t AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t)
    ), loose AS (
        SELECT coalesce(amount, 0) AS amount, timezone($zone, make_timestamptz("at")) AS local_at
        FROM loose_refund
        WHERE "at" <= $t AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t)
    ), given AS (
        SELECT timezone($zone, make_timestamptz("at")) AS local_at, amount FROM refund_statement
        WHERE "at" <= $t
    ), part AS (
        SELECT strftime(local_at, '%Y-%m-01') AS month,
            CASE WHEN counts THEN 1 ELSE 0 END AS orders,
            CASE WHEN counts THEN net_total ELSE 0 END AS revenue,
            CASE WHEN NOT counts THEN 1 ELSE 0 END AS cancelled_orders,
            CASE WHEN NOT counts THEN total ELSE 0 END AS cancelled,
            CASE WHEN counts AND profile_id IS NULL THEN 1 ELSE 0 END AS nobody_orders,
            CASE WHEN counts AND profile_id IS NULL THEN net_total ELSE 0 END AS nobody,
            CASE WHEN counts THEN refunded ELSE 0 END AS refunded, 0 AS given
        FROM state
        UNION ALL SELECT strftime(local_at, '%Y-%m-01'), 0, -amount, 0, 0, 0, 0, amount, 0 FROM loose
        UNION ALL SELECT strftime(local_at, '%Y-%m-01'), 0, 0, 0, 0, 0, 0, 0, coalesce(amount, 0) FROM given
    )
    SELECT month, sum(orders)::BIGINT, sum(revenue)::BIGINT, sum(cancelled_orders)::BIGINT,
        sum(cancelled)::BIGINT, sum(nobody_orders)::BIGINT, sum(nobody)::BIGINT,
        sum(refunded)::BIGINT, sum(given)::BIGINT
    FROM part GROUP BY month ORDER BY month
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of the shop's calendar; money in minor units."""

    month: str
    """Its first day, ISO."""
    orders: int = 0
    """Purchases: orders that count, those of nobody too."""
    revenue: int = 0
    """Net: refunds of known orders in the month of the order, others in their own."""
    cancelled_orders: int = 0
    """Orders that do not count: cancelled, failed or unpaid."""
    cancelled: int = 0
    nobody_orders: int = 0
    """Of ``orders`` those without a customer."""
    nobody: int = 0
    refunded: int = 0
    """What was taken off ``revenue``."""
    given: int = 0
    """Refunds dated in the month, as far as their amount was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A month as the shop itself counts it."""

    orders: int
    revenue: int
    """Minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a shop may count: what it counts that we do not, and the reverse."""

    cancelled: bool = False
    """Cancelled orders too."""
    nobody: bool = False
    """Not the orders without a customer."""
    refunds: str = "net"
    """``net`` as we do; ``gross``: before refunds; ``given``: less those dated in the month."""
    vat: int = 0
    """Percent; above 0: without VAT of that rate; below 0: with it, where our figures are without."""

    @property
    def steps(self) -> int:
        """In how many things it differs."""
        return self.cancelled + self.nobody + (self.refunds != "net") + (self.vat != 0)

    def orders(self, month: Month) -> tuple[int, int]:
        """What cancelled orders and those of nobody make of the number of orders."""
        return (
            month.cancelled_orders if self.cancelled else 0,
            -month.nobody_orders if self.nobody else 0,
        )

    def revenue(self, month: Month) -> tuple[int, int, int, int]:
        """What cancelled orders, those of nobody, refunds and VAT make of the revenue."""
        cancelled = month.cancelled if self.cancelled else 0
        nobody = -month.nobody if self.nobody else 0
        refunds = {
            "net": 0,
            "gross": month.refunded,
            "given": month.refunded - month.given,
        }[self.refunds]
        counted = month.revenue + cancelled + nobody + refunds
        return cancelled, nobody, refunds, round(counted * self.factor) - counted

    @property
    def factor(self) -> Fraction:
        """What revenue is multiplied by."""
        rate = Fraction(100 + abs(self.vat), 100)
        return 1 / rate if self.vat > 0 else rate


def months(database: Database, t: Instant, zone: str) -> list[Month]:
    """Every month with an order or a refund up to ``t``."""
    names = ("orders", "revenue", "cancelled_orders", "cancelled", "nobody_orders", "nobody")
    found = []
    for month, *numbers in database.run(_MONTHS, {"t": t, "zone": zone}):
        values = dict(zip((*names, "refunded", "given"), map(int, numbers), strict=True))
        found.append(Month(month=month, **values))
    return found


def way_of(ours: Mapping[str, Month], own: Mapping[str, Own], country: str) -> Way:
    """How the shop seems to count: what fits most months, then what differs in fewest things.

    A month fits when orders are equal and revenue is too: to the unit, with VAT to a unit per order.
    """
    rates = VAT.get(country, sorted({rate for some in VAT.values() for rate in some}))
    ways = [
        Way(cancelled=cancelled, nobody=nobody, refunds=refunds, vat=vat)
        for cancelled, nobody, refunds, vat in product(
            (False, True),
            (False, True),
            ("net", "gross", "given"),
            (0, *rates, *(-rate for rate in rates)),
        )
    ]
    return max(ways, key=lambda way: (*_fit(way, ours, own), -way.steps))


def _fit(way: Way, ours: Mapping[str, Month], own: Mapping[str, Own]) -> tuple[int, int]:
    """How many months fit in both, and how many of the two figures."""
    both = either = 0
    for name, told in own.items():
        month = ours.get(name, Month(month=name))
        orders = month.orders + sum(way.orders(month)) == told.orders
        missed = told.revenue - month.revenue - sum(way.revenue(month))
        revenue = abs(missed) <= (max(told.orders, 1) if way.vat else 0)
        both += orders and revenue
        either += orders + revenue
    return both, either


def our_figures(t: Instant, found: Iterable[Month], notes: Sequence[Note]) -> Insight:
    """The months as they are counted here."""
    rows = [
        (
            one.month,
            one.orders,
            one.revenue,
            one.refunded,
            one.nobody_orders,
            one.nobody,
            one.cancelled_orders,
            one.cancelled,
        )
        for one in found
    ]
    head = columns(
        month="month",
        orders="count",
        revenue_minor="money",
        given_back_minor="money",
        nobody_orders="count",
        nobody_minor="money",
        cancelled_orders="count",
        cancelled_minor="money",
    )
    return _insight("figures", t, head, rows, tuple(notes))


def beside_own(
    t: Instant, found: Sequence[Month], own: Mapping[str, Own], country: str, notes: Sequence[Note]
) -> Insight:
    """The months beside the shop's own; per month the differences add up.

    own orders = orders + ``cancelled_orders`` + ``nobody_orders`` + ``orders_left``; own revenue =
    revenue + ``cancelled`` + ``nobody`` + ``refunds`` + ``vat`` + ``left``. Months of one side alone
    are compared with 0.
    """
    ours = {one.month: one for one in found}
    way = way_of(ours, own, country)
    rows: list[tuple[Cell, ...]] = []
    open_months = 0
    for name in sorted({*ours, *own}):
        month = ours.get(name, Month(month=name))
        told = own.get(name)
        if told is None:
            rows.append((name, None, month.orders, *[None] * 4, month.revenue, *[None] * 5))
            continue
        orders, revenue = way.orders(month), way.revenue(month)
        orders_left = told.orders - month.orders - sum(orders)
        left = told.revenue - month.revenue - sum(revenue)
        open_months += bool(orders_left or abs(left) > (max(told.orders, 1) if way.vat else 0))
        rows.append(
            (
                *(name, told.orders, month.orders, *orders, orders_left),
                *(told.revenue, month.revenue, *revenue, left),
            )
        )
    head = columns(
        month="month",
        own_orders="count",
        orders="count",
        cancelled_orders="count",
        nobody_orders="count",
        orders_left="count",
        own_revenue_minor="money",
        revenue_minor="money",
        cancelled_minor="money",
        nobody_minor="money",
        refunds_minor="money",
        vat_minor="money",
        left_minor="money",
    )
    facts = {
        "months": Fact(kind="count", value=len(own)),
        "open_months": Fact(kind="count", value=open_months),
    }
    key = "figures_open" if open_months else "figures_all"
    told_notes = (*_ways(way), Note(key=key, facts={"n": facts["open_months"], **facts}))
    seen = ("month", "own_orders", "orders", "own_revenue_minor", "revenue_minor")
    shown = tuple(replace(column, optional=column.name not in seen) for column in head)
    found_insight = _insight("figures_own", t, shown, rows, (*told_notes, *notes))
    return replace(found_insight, facts=facts)


def _insight(
    name: str,
    t: Instant,
    head: tuple[Column, ...],
    rows: Sequence[tuple[Cell, ...]],
    notes: tuple[Note, ...],
) -> Insight:
    return Insight(
        name=name,
        as_of=t,
        columns=head,
        rows=tuple(rows),
        notes=notes,
        drawing=Drawing(form="bars", names=("month",), value="revenue_minor"),
    )


def _ways(way: Way) -> list[Note]:
    """How the shop counts otherwise than we do, in words."""
    found = []
    if way.cancelled:
        found.append(Note(key="own_cancelled"))
    if way.nobody:
        found.append(Note(key="own_nobody"))
    if way.refunds == "gross":
        found.append(Note(key="own_gross"))
    if way.refunds == "given":
        found.append(Note(key="own_given"))
    if way.vat:
        key = "own_without_vat" if way.vat > 0 else "own_with_vat"
        rate = Fact(kind="share", value=abs(way.vat) / 100)
        found.append(Note(key=key, facts={"rate": rate}))
    return found or [Note(key="own_same")]
