"""Visits to the web shop: devices, where visitors came from, what they looked at, and carts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stamgast.demo.generator import columns
from stamgast.demo.generator.catalogue import SITE
from stamgast.demo.generator.draws import MILLION, gamma, spread
from stamgast.demo.generator.orders import FAILED, STORE, liked
from stamgast.demo.generator.people import ACCOUNT, GUEST, NONE, PLACES, VISITOR
from stamgast.demo.generator.purchases import LONGEST, renewals
from stamgast.demo.generator.seasons import DAY_S
from stamgast.demo.generator.words import SEARCHES

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Bits, Draws, Flags, Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.mailing import Mails
    from stamgast.demo.generator.orders import Lines, Orders
    from stamgast.demo.generator.people import People
    from stamgast.demo.generator.purchases import Habits

(PAGE, LIST, VIEW, SEARCH, ADD, REMOVE, CART, CHECKOUT, WISH) = range(9)
EVENTS = (
    "Page Viewed", "Product List Viewed", "Product Viewed", "Products Searched", "Product Added",
    "Product Removed", "Cart Viewed", "Checkout Started", "Product Added to Wishlist",
)  # fmt: skip
BROWSED, BOUGHT, CLICKED, STRANGER, TILL = range(5)
"""What a session was: looking round, ending in an order, from a mail, by somebody who never said who
they were, at a screen in a store."""
SOURCES = (
    # source, medium, campaign, referrer; how often of visits that come by themselves
    ("", "", "", "", 38),
    ("google", "organic", "", "https://www.google.com/", 27),
    ("google", "cpc", "merk", "https://www.google.com/", 9),
    ("google", "cpc", "shopping", "https://www.google.com/", 6),
    ("facebook", "paid_social", "inspiratie", "https://www.facebook.com/", 6),
    ("instagram", "paid_social", "inspiratie", "https://www.instagram.com/", 6),
    ("beslist", "affiliate", "", "https://www.beslist.example/", 3),
    ("", "referral", "", "https://woonblog.example/", 5),
    ("nieuwsbrief", "email", "", "", 0),
)
MAIL_SOURCE = len(SOURCES) - 1
KIOSKS = tuple(f"kiosk-{number:02d}" for number in range(1, 5))
"""Screens in the stores: devices of everybody and nobody."""
_ROOM = 16
"""Events of one session at most; more are of the next."""
_TYPES = 4096
_MAIL_CLICKS, _BROWSES, _ORDERS, _FIRST, _STRANGERS, _TILLS = 3072, 2048, 1024, 0, 1, 2
_GAP_WEEKS, _GAP_SHAPE = 13, 0.8
_STEP_S = 20
_DRAWN = (LIST, VIEW, SEARCH, PAGE, ADD, WISH)
_WEIGHTS = (22, 52, 7, 6, 9, 4)
_EVENTS_IN = (14, 20, 20, 16, 12, 8, 5, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Sessions, one place each; ``owner``: a place of ``People``."""

    owner: Ints
    uid: Ints
    at: Ints
    """When it begins, UTC seconds."""
    day: Ints
    kind: Ints
    events: Ints
    order: Ints
    """Of those that end in an order: the place of ``Orders``, else below 0."""
    campaign: Ints
    """Of those from a mail: which campaign, else below 0."""


def make_sessions(
    frame: Frame, people: People, habit: Habits, orders: Orders, mails: Mails
) -> Sessions:
    """Every session before the day asked."""
    parts = [
        _browsed(frame, people, habit),
        _first(frame, people),
        _bought(people, orders),
        _clicked(frame, people, mails),
        _strangers(frame, people),
        _at_the_till(frame, people, orders),
    ]
    whole = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Sessions.__dataclass_fields__
    }
    seen = np.flatnonzero(whole["at"] < frame.end)
    return Sessions(**{name: values[seen] for name, values in whole.items()})


def _sessions(
    people: People, owner: Ints, which: Ints, at: Ints, kind: int, **more: Ints
) -> Sessions:
    none = np.full(len(owner), NONE, dtype=np.int64)
    return Sessions(
        owner=owner,
        uid=people.number[owner] * _TYPES + which,
        at=at,
        day=at // DAY_S,
        kind=np.full(len(owner), kind, dtype=np.int64),
        events=more["events"],
        order=more.get("order", none),
        campaign=more.get("campaign", none),
    )


def _browsed(frame: Frame, people: People, habit: Habits) -> Sessions:
    draws, online = frame.draws, np.flatnonzero(people.online)
    rate = draws.quantile("browses", people.number[online], gamma(_GAP_SHAPE))
    gap = np.minimum(frame.pace.week * _GAP_WEEKS * MILLION // rate, LONGEST)
    until = np.minimum(habit.leaves[online] + frame.pace.week * 4, frame.end_pace)
    found = renewals(draws, "visits", people.key[online], people.since[online], gap, until)
    owner = online[found.owner]
    which = _BROWSES + found.which
    count = 1 + draws.weighted("events", people.number[owner] * _TYPES + which, _EVENTS_IN)
    return _sessions(people, owner, which, frame.utc(found.pace), BROWSED, events=count)


def _first(frame: Frame, people: People) -> Sessions:
    """What brought them, some days before they said who they are."""
    draws, owner = frame.draws, np.flatnonzero(people.online)
    back = draws.below("first visit", people.number[owner], 6 * DAY_S) + 3600
    at = frame.utc(people.since[owner]) - back
    count = 2 + draws.weighted("first events", people.number[owner], _EVENTS_IN)
    which = np.full_like(owner, _FIRST)
    return _sessions(people, owner, which, at, BROWSED, events=count)


def _bought(people: People, orders: Orders) -> Sessions:
    place = np.flatnonzero((orders.channel != STORE) & (orders.status != FAILED))
    count = np.minimum(2 * orders.lines[place] + 4, _ROOM)
    start = orders.at[place] - count * (_STEP_S + 41) - 30
    which = _ORDERS + orders.which[place]
    return _sessions(people, orders.owner[place], which, start, BOUGHT, events=count, order=place)


def _clicked(frame: Frame, people: People, mails: Mails) -> Sessions:
    place = np.flatnonzero(mails.clicked_at > 0)
    owner, which = mails.owner[place], _MAIL_CLICKS + mails.campaign[place] % 1000
    count = 1 + frame.draws.weighted("events", people.number[owner] * _TYPES + which, _EVENTS_IN)
    return _sessions(
        people,
        owner,
        which,
        mails.clicked_at[place] + 2,
        CLICKED,
        events=count,
        campaign=mails.campaign[place],
    )


def _strangers(frame: Frame, people: People) -> Sessions:
    """Visitors who never say who they are: one for every three customers, about when one came."""
    draws = frame.draws
    owner = np.flatnonzero(draws.chance("stranger", people.number, 330_000))
    at = frame.utc(people.since[owner]) + draws.below("stranger at", people.number[owner], DAY_S)
    count = 1 + draws.weighted("stranger events", people.number[owner], _EVENTS_IN)
    which = np.full_like(owner, _STRANGERS)
    return _sessions(people, owner, which, at, STRANGER, events=count)


def _at_the_till(frame: Frame, people: People, orders: Orders) -> Sessions:
    """A look at the screen in the store before paying with a card: one in twenty."""
    till = (orders.channel == STORE) & ~orders.nobody
    place = np.flatnonzero(till & frame.draws.chance("kiosk", orders.key, 50_000))
    which = _TILLS + orders.which[place]
    count = np.full_like(place, 2)
    return _sessions(people, orders.owner[place], which, orders.at[place] - 600, TILL, events=count)


# --- what happened in them ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hits:
    """Events, one place each, in order of time; ``session``: a place of ``Sessions``."""

    session: Ints
    which: Ints
    at_ms: Ints
    name: Ints
    product: Ints
    price: Ints
    quantity: Ints


def events_table(
    frame: Frame, people: People, orders: Orders, lines: Lines, sessions: Sessions
) -> pa.Table:
    """``events.parquet``: a row per event of the web shop, in order of time."""
    hits = _hits(frame, people, orders, lines, sessions)
    session, goods, draws = hits.session, frame.catalogue, frame.draws
    device = devices(draws, people, sessions)
    who = _told(draws, people, sessions)
    owner = sessions.owner[session]
    shown = np.where(np.isin(hits.name, (LIST, VIEW, ADD, REMOVE, WISH)), hits.product, NONE)
    one = np.where(hits.name == LIST, NONE, shown)
    said = who.at_checkout[session] & (hits.name == CHECKOUT)
    said |= who.by_link[session] & (hits.which == 0)
    number = np.where(who.logged_in[session], owner, NONE)
    source = _sources(draws, sessions)
    landed = np.where((hits.which == 0) & (sessions.kind[session] != TILL), source[session], NONE)
    query = draws.below("query", sessions.uid, len(SEARCHES))
    carted = np.isin(hits.name, (ADD, REMOVE, CART, CHECKOUT))
    return pa.table(
        {
            "message_id": columns.numbered("w", sessions.uid[session], 14, ("-", hits.which, 2)),
            "event": columns.chosen(EVENTS, hits.name),
            "occurred_at": columns.micros(hits.at_ms * 1000),
            "anonymous_id": columns.taken(device, session),
            "customer_id": columns.taken(people.customer_id, number),
            "email": columns.taken(people.email, np.where(said, owner, NONE)),
            "loyalty_card": columns.taken(people.card, np.where(sessions.kind[session] == TILL, owner, NONE)),
            "device": columns.chosen(("mobile", "desktop", "tablet", "kiosk"), _shape(draws, sessions)[session]),
            "url": _urls(hits, goods.urls, shown),
            "referrer": _source(3, landed),
            "utm_source": _source(0, landed),
            "utm_medium": _source(1, landed),
            "utm_campaign": _campaigns(frame, sessions, session, landed),
            "product_id": goods.column(goods.ids, one),
            "category": goods.column(goods.categories, shown),
            "brand": goods.column(goods.brands, one),
            "price": columns.cents(hits.price, one >= 0),
            "quantity": pa.array(hits.quantity.astype(np.int32), mask=~np.isin(hits.name, (ADD, REMOVE))),
            "query": columns.chosen(SEARCHES, np.where(hits.name == SEARCH, query[session], NONE)),
            "cart_id": columns.where(carted, columns.numbered("c", sessions.uid[session], 14)),
        }
    )  # fmt: skip


def _hits(frame: Frame, people: People, orders: Orders, lines: Lines, sessions: Sessions) -> _Hits:
    draws = frame.draws
    session, which = spread(sessions.events)
    uid = sessions.uid[session] * _ROOM + which
    step = (_STEP_S + draws.below("step", sessions.uid, 40))[session]
    at_ms = (sessions.at[session] + which * step) * 1000 + draws.below("ms", uid, 9_000)
    name = np.asarray(_DRAWN, dtype=np.int64)[draws.weighted("hit", uid, _WEIGHTS)]
    name = np.where(which == 0, PAGE, name)
    follows = np.zeros(len(name), dtype=np.bool_)
    follows[1:] = name[:-1] == ADD
    follows &= which % 3 != 0  # the same product as the hit before, of the same session
    name = np.where(follows & draws.chance("removed", uid, 400_000), REMOVE, name)
    owner = sessions.owner[session]
    pick = frame.catalogue.pick(
        liked(draws, frame, people, sessions.owner, sessions.uid)[session],
        sessions.uid[session] * _ROOM + which // 3,
        sessions.day[session],
        people.eager[owner],
    )
    product, price, quantity = pick.row, pick.price, np.ones_like(uid)
    bought = np.flatnonzero(sessions.kind[session] == BOUGHT)
    shown, line = _checkout(orders, sessions, session[bought], which[bought])
    name[bought] = shown
    there = line >= 0
    product[bought[there]] = lines.product[line[there]]
    price[bought[there]] = lines.price[line[there]]
    quantity[bought[there]] = lines.quantity[line[there]]
    order = np.lexsort((uid, at_ms))
    early = order[at_ms[order] < frame.end * 1000]
    parts = (session, which, at_ms, name, product, price, quantity)
    names = ("session", "which", "at_ms", "name", "product", "price", "quantity")
    return _Hits(**{key: part[early] for key, part in zip(names, parts, strict=True)})


def _checkout(orders: Orders, sessions: Sessions, session: Ints, which: Ints) -> tuple[Ints, Ints]:
    """Of sessions that end in an order: page, list, then each line viewed and added, cart, checkout."""
    order, count = sessions.order[session], sessions.events[session]
    starts = np.cumsum(orders.lines) - orders.lines
    body = which - 2
    name = np.where(body % 2 == 0, VIEW, ADD)
    name = np.where(which == 0, PAGE, np.where(which == 1, LIST, name))
    name = np.where(which == count - 2, CART, np.where(which == count - 1, CHECKOUT, name))
    line = np.where(np.isin(name, (VIEW, ADD)), starts[order] + body // 2, NONE)
    return name, line


# --- who it was, and from where -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What each session says of who it is."""

    logged_in: Flags
    at_checkout: Flags
    by_link: Flags


def _told(draws: Draws, people: People, sessions: Sessions) -> _Told:
    kind = people.kind[sessions.owner]
    account = (kind == ACCOUNT) | (kind == VISITOR)
    first = sessions.uid % _TYPES == _FIRST
    logged = draws.chance("logs in", sessions.uid, 520_000) & (sessions.kind == BROWSED) & ~first
    logged |= sessions.kind == BOUGHT
    return _Told(
        logged_in=logged & account,
        at_checkout=(sessions.kind == BOUGHT) & (kind == GUEST),
        by_link=sessions.kind == CLICKED,
    )


def devices(draws: Draws, people: People, sessions: Sessions) -> pa.Array:
    """The device of each session: one of the person's own, a tablet of the household, or a screen."""
    return columns.hexadecimal_or(
        "a-", device_bits(draws, people, sessions), KIOSKS, _kiosk(draws, sessions)
    )


def _kiosk(draws: Draws, sessions: Sessions) -> Ints:
    return np.where(
        sessions.kind == TILL, draws.below("which kiosk", sessions.uid, len(KIOSKS)), NONE
    )


def device_bits(draws: Draws, people: People, sessions: Sessions) -> Bits:
    """What the number of each session's device is made of."""
    number = people.number[sessions.owner]
    used = draws.weighted("uses", sessions.uid, (60, 28, 12))
    which = np.minimum(used, own_devices(draws, people)[sessions.owner] - 1)
    which = np.where(sessions.uid % _TYPES == _FIRST, 0, which)
    bits = own_device(draws, number, which)
    shared = has_tablet(draws, number) & (used == LAST_DEVICE)
    bits = np.where(shared, tablet(draws, number), bits)
    return np.where(sessions.kind == STRANGER, strange_device(draws, number), bits)


LAST_DEVICE = 2


def own_devices(draws: Draws, people: People) -> Ints:
    """How many devices each has."""
    return 1 + draws.weighted("devices", people.number, (45, 40, 15))


def own_device(draws: Draws, number: Ints, which: Ints | int) -> Bits:
    """A device of one's own."""
    return draws.bits("device", number, which)


def has_tablet(draws: Draws, number: Ints) -> Flags:
    """Whether they share a tablet with the customer in the place beside theirs."""
    return draws.chance("tablet", number % PLACES // 2, 30_000)


def tablet(draws: Draws, number: Ints) -> Bits:
    """The tablet that two share."""
    return draws.bits("tablet device", number % PLACES // 2)


def strange_device(draws: Draws, number: Ints) -> Bits:
    """The device of the visitor who was never known."""
    return draws.bits("strange device", number)


def _shape(draws: Draws, sessions: Sessions) -> Ints:
    return np.where(sessions.kind == TILL, 3, draws.weighted("shape", sessions.uid, (62, 30, 8)))


def _sources(draws: Draws, sessions: Sessions) -> Ints:
    drawn = draws.weighted("source", sessions.uid, [often for *_, often in SOURCES])
    return np.where(sessions.kind == CLICKED, MAIL_SOURCE, drawn)


def _source(part: int, place: Ints) -> pa.Array:
    texts = [str(source[part]) for source in SOURCES]
    empty = np.asarray([not text for text in texts])
    return columns.chosen(texts, np.where((place >= 0) & ~empty[place], place, NONE))


def _campaigns(frame: Frame, sessions: Sessions, session: Ints, landed: Ints) -> pa.Array:
    names = [*frame.campaigns.names, *(str(source[2]) for source in SOURCES)]
    count = len(frame.campaigns.names)
    empty = np.asarray([not source[2] for source in SOURCES])
    paid = np.where((landed >= 0) & ~empty[landed], landed + count, NONE)
    mailed = np.where(
        landed == MAIL_SOURCE, frame.campaigns.place(sessions.campaign[session]), paid
    )
    return columns.chosen(names, mailed)


_PAGES = (f"{SITE}/", f"{SITE}/zoeken", f"{SITE}/winkelwagen", f"{SITE}/afrekenen")


def _urls(hits: _Hits, products: list[str], shown: Ints) -> pa.Array:
    count = len(products)
    place = np.where(hits.name == SEARCH, count + 1, count)
    place = np.where(hits.name == CART, count + 2, place)
    place = np.where(hits.name == CHECKOUT, count + 3, place)
    place = np.where((shown >= 0) & (hits.name != LIST), shown, place)
    lists = np.where(hits.name == LIST, NONE, place)
    return columns.chosen([*products, *_PAGES], lists)
