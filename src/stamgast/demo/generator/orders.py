"""Orders and their lines, what came of them, and what was sent back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.demo.generator import columns, seasons
from stamgast.demo.generator.draws import spread
from stamgast.demo.generator.people import (
    ACCOUNT,
    CARD,
    GUEST,
    NONE,
    NUMBER_DIGITS,
    dirty_emails,
    dirty_phones,
)
from stamgast.demo.generator.purchases import UNKNOWN
from stamgast.demo.generator.seasons import DAY_S
from stamgast.demo.generator.words import STORES

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Draws, Flags, Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.people import People
    from stamgast.demo.generator.purchases import Purchases

WEB, APP, STORE = range(3)
CHANNELS = ("web", "app", "store")
COMPLETED, CANCELLED, FAILED = range(3)
STATUSES = ("completed", "cancelled", "failed")
COUPONS = ("WELKOM10", "TERUG15", "VOORJOU10", "TWEEDE10", "CADEAUKAART", "PERSONEEL20")
WELCOME, BACK, FOR_YOU, SECOND, GIFT_CARD, STAFF = range(len(COUPONS))
PERCENT_OFF = (10, 15, 10, 10, 0, 20)
"""Of each coupon; the gift card pays, it takes nothing off."""
REASONS = (
    "verkeerde maat", "bedacht", "defect", "verkeerd artikel", "te laat", "niet zoals beschreven",
    "geen reden",
)  # fmt: skip
STAND_IN_CARD, STAND_IN_MAIL = "999999", "geen-email@example.com"
"""What the till writes to have something there: nobody's."""
_HOUR = 3600
_STORE_OPENS, _STORE_HOURS = 9 * _HOUR + _HOUR // 2, 17
"""The shops are open eight and a half hours: half of the hours that the web shop is busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Orders, one place each, in no order; ``owner``: a place of ``People``."""

    owner: Ints
    nobody: Flags
    """Paid at the till without a word of who it was."""
    key: Ints
    number: pa.Array
    which: Ints
    """0 is the customer's first."""
    at: Ints
    """UTC seconds."""
    day: Ints
    """Local, since 1970."""
    channel: Ints
    store: Ints
    status: Ints
    cancelled_at: Ints
    by_shop: Flags
    """Of the cancelled: it was the shop that could not deliver."""
    coupon: Ints
    promised: Ints
    """The local day that was promised, below 0 none."""
    delivered_at: Ints
    """0: not yet, or not at all."""
    lines: Ints
    """How many."""

    def __len__(self) -> int:
        """How many."""
        return len(self.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines of orders; ``order``: a place of ``Orders``."""

    order: Ints
    which: Ints
    product: Ints
    """A row of the catalogue."""
    quantity: Ints
    price: Ints
    discount: Ints
    amount: Ints
    """Cents, like price and discount: quantity x price - discount."""


def make_orders(frame: Frame, people: People, bought: Purchases) -> Orders:
    """What each purchase was, and what had become of it by the day asked."""
    draws, owner = frame.draws, bought.owner
    key = people.key[owner] * 1000 + bought.which
    nobody = bought.which == UNKNOWN
    channel = np.where(nobody, STORE, _channel(draws, people, owner, key))
    local = _opened(frame.pace.local(bought.pace), channel == STORE)
    at = seasons.utc(local)
    status = draws.weighted("status", key, (955, 25, 20))
    cancelled_at = at + _HOUR + draws.below("cancelled", key, 40 * _HOUR)
    status = np.where((channel == STORE) | (at < 0), COMPLETED, status)
    cancelled = (status == CANCELLED) & (cancelled_at < frame.end)
    status = np.where((status == CANCELLED) & ~cancelled, COMPLETED, status)
    promised, delivered = _delivery(frame, key, local, (channel != STORE) & (status == COMPLETED))
    return Orders(
        owner=owner,
        nobody=nobody,
        key=key,
        number=columns.numbered("", people.number[owner], NUMBER_DIGITS, ("-", bought.which, 3)),
        which=bought.which,
        at=at,
        day=local // DAY_S,
        channel=channel,
        store=np.where(channel == STORE, _store(draws, people, owner, key), NONE),
        status=status,
        cancelled_at=np.where(cancelled, cancelled_at, 0),
        by_shop=cancelled & draws.chance("by shop", key, 300_000),
        coupon=np.where(nobody, NONE, _coupons(draws, people, owner, key, bought.which)),
        promised=promised,
        delivered_at=delivered,
        lines=1 + draws.weighted("lines", key, (48, 28, 13, 7, 4)),
    )


def _channel(draws: Draws, people: People, owner: Ints, key: Ints) -> Ints:
    drawn = draws.weighted("channel", key, (70, 12, 18))
    kind = people.kind[owner]
    drawn = np.where((kind == GUEST) & (drawn != WEB), WEB, drawn)
    return np.where(kind == CARD, STORE, drawn)


def _store(draws: Draws, people: People, owner: Ints, key: Ints) -> Ints:
    """Mostly the one nearby."""
    home = draws.below("home store", people.key[owner], len(STORES))
    away = draws.below("store", key, len(STORES))
    return np.where(draws.chance("away", key, 150_000), away, home)


def _opened(local: Ints, in_store: Flags) -> Ints:
    """The moment, brought into the opening hours of the stores."""
    day, second = local // DAY_S, local % DAY_S
    within = _STORE_OPENS + (second - 7 * _HOUR) // 2
    return np.where(in_store, day * DAY_S + within, local)


def _delivery(frame: Frame, key: Ints, local: Ints, sent: Flags) -> tuple[Ints, Ints]:
    """The day promised, and when it came: one in twenty-five late."""
    draws, day = frame.draws, local // DAY_S
    promised = day + 1 + draws.below("promised", key, 3)
    late = draws.chance("late", key, 40_000)
    came = promised + np.where(late, 1 + draws.below("days late", key, 4), 0)
    clock = 9 * _HOUR + draws.below("delivery hour", key, 12 * _HOUR)
    at = seasons.utc(came * DAY_S + clock)
    return np.where(sent, promised, NONE), np.where(sent & (at < frame.end), at, 0)


def _coupons(draws: Draws, people: People, owner: Ints, key: Ints, which: Ints) -> Ints:
    first = np.where(draws.chance("welcome", key, 220_000), WELCOME, NONE)
    kinds = draws.weighted("coupon kind", key, (25, 50, 15, 10))
    later = np.where(draws.chance("coupon", key, 90_000), BACK + kinds, NONE)
    found = np.where(which == 0, first, later)
    return np.where(people.employee[owner], STAFF, found)


# --- lines --------------------------------------------------------------------------------------


def make_lines(frame: Frame, people: People, orders: Orders) -> Lines:
    """What was in each order: mostly of the categories that the customer likes."""
    draws = frame.draws
    order, which = spread(orders.lines)
    key, owner = orders.key[order] * 10 + which, orders.owner[order]
    pick = frame.catalogue.pick(
        liked(draws, frame, people, owner, key), key, orders.day[order], people.eager[owner]
    )
    quantity = 1 + draws.weighted("quantity", key, (86, 11, 3))
    gross = quantity * pick.price
    reduced = gross * pick.off // 100
    coupon = np.asarray((*PERCENT_OFF, 0), dtype=np.int64)[orders.coupon[order]]
    discount = reduced + (gross - reduced) * coupon // 100
    return Lines(
        order=order,
        which=which,
        product=pick.row,
        quantity=quantity,
        price=pick.price,
        discount=discount,
        amount=gross - discount,
    )


def liked(draws: Draws, frame: Frame, people: People, owner: Ints, key: Ints) -> Ints:
    """A category for each: the customer's first, second, or any."""
    drawn = draws.weighted("category", key, (45, 20, 35))
    any_one = draws.below("any category", key, frame.categories)
    count = len(people)
    first, second = people.likes[owner], people.likes[owner + count]
    return np.where(drawn == 0, first, np.where(drawn == 1, second, any_one))


def orders_table(frame: Frame, people: People, orders: Orders, lines: Lines) -> pa.Table:
    """``orders.parquet``: a row per line, in order of time."""
    order = np.lexsort((lines.which, orders.key[lines.order], orders.at[lines.order]))
    place = lines.order[order]
    product = lines.product[order]
    goods, who = frame.catalogue, _identified(frame, people, orders)
    return pa.table(
        {
            "order_no": columns.taken(orders.number, place),
            "line_no": pa.array(lines.which[order].astype(np.int32) + 1),
            "ordered_at": columns.seconds(orders.at[place]),
            **{name: columns.taken(column, place) for name, column in who.items()},
            "channel": columns.chosen(CHANNELS, orders.channel[place]),
            "store": columns.chosen(STORES, orders.store[place]),
            "status": columns.chosen(STATUSES, orders.status[place]),
            "cancelled_at": columns.seconds(
                orders.cancelled_at[place], orders.cancelled_at[place] > 0
            ),
            "cancelled_by": columns.where(
                orders.cancelled_at[place] > 0,
                columns.chosen(("customer", "shop"), orders.by_shop[place].astype(np.int64)),
            ),
            "coupon": columns.chosen(COUPONS, orders.coupon[place]),
            "promised_on": columns.days(orders.promised[place], orders.promised[place] >= 0),
            "delivered_at": columns.seconds(
                orders.delivered_at[place], orders.delivered_at[place] > 0
            ),
            "product_id": goods.column(goods.ids, product),
            "name": goods.column(goods.names, product),
            "category": goods.column(goods.categories, product),
            "brand": goods.column(goods.brands, product),
            "quantity": pa.array(lines.quantity[order].astype(np.int32)),
            "unit_price": columns.cents(lines.price[order]),
            "line_discount": columns.cents(lines.discount[order]),
            "amount": columns.cents(lines.amount[order]),
        }
    )


def _identified(frame: Frame, people: People, orders: Orders) -> dict[str, pa.Array]:
    """Who each order says it is of: at the till the card, else what was typed."""
    draws, owner = frame.draws, np.where(orders.nobody, NONE, orders.owner)
    till = orders.channel == STORE
    kind = people.kind[orders.owner]
    carded = columns.taken(people.card, owner)
    second = draws.chance("with second", orders.key, 300_000)
    mail = np.where(second & ~till, owner, NONE)
    other = columns.taken(people.second_email, mail)
    email = columns.taken(people.email, owner)
    email = pc.coalesce(other, email)
    has_card = np.asarray(carded.is_valid())
    card = np.where(second, owner, NONE)
    shown = pc.coalesce(columns.taken(people.second_card, card), carded)
    with_mail = (~till & (kind != CARD)) | (till & ~has_card)
    swiped = orders.nobody & draws.chance("stand-in card", orders.key, 200_000)
    typed = orders.nobody & draws.chance("stand-in mail", orders.key, 100_000)
    mailed = columns.where(with_mail, dirty_emails(draws, email, orders.key))
    asked = draws.chance("phone asked", orders.key, 500_000) & ~till
    return {
        "customer_id": columns.where(
            ~till & (kind == ACCOUNT), columns.taken(people.customer_id, owner)
        ),
        "loyalty_card": columns.instead(columns.where(till, shown), swiped, STAND_IN_CARD),
        "email": columns.instead(mailed, typed, STAND_IN_MAIL),
        "phone": columns.where(
            asked, dirty_phones(draws, columns.taken(people.phone, owner), orders.key)
        ),
    }
