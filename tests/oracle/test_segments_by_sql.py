"""Shipped segments on a made shop, beside plain SQL over the same rows (``segments_sql``)."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import duckdb
import pytest
import segments_sql
from engines import ENGINES, ask
from making import DAY, MINUTE, at, event, order, says
from shops import Shop
from tables import connect, load

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.model.log import ConsentStatement
from stamgast.retail import shipped_files
from stamgast.store.engine import DuckEngine

if TYPE_CHECKING:
    from stamgast.model.log import Event, OrderStatement

T = at("2026-06-01T12:00:00Z")
MIDNIGHT = at("2026-05-31T22:00:00Z")
PEOPLE = 600
EVENTS = (
    *("Page Viewed", "Product Viewed", "Product Viewed", "Product List Viewed", "Cart Viewed"),
    *("Products Searched", "Product Added", "Product Added", "Product Removed"),
    *("Checkout Started", "Payment Info Entered", "Product Added to Wishlist", "Newsletter Opened"),
)
DEFINITIONS = read_definitions(shipped_files(), settings=LanguageSettings())


CODES = (
    *(None, "WELKOM10", "zomer", "GIFTCARD-22", "Gift Card 9", "EMPLOYEE", "personeel20"),
    *("POINTS-500", "wc_points_redemption_1", "Spaarpunten", "NOPOINTS", ""),
)


PRODUCTS, CATEGORIES = ("p1", "p2", "p3", None), ("bags", "shoes", None)
"""What an event may be about."""


def made(dice: Random) -> Shop:
    """Purchases, events and consents near the edges of the rules; everybody exists."""
    orders: list[OrderStatement] = []
    events: list[tuple[int, Event]] = []
    codes, goods = Random(8), Random(10)  # noqa: S311 - not for secrets
    consents: list[tuple[int, ConsentStatement]] = []
    for who in range(1, PEOPLE + 1):
        for i in range(dice.choice((0, 0, 1, 2, 3, 4, 6))):
            back = dice.choice((1, 5, 14, 29, 30, 80, 90, 91, 200, 364, 365, 366, 500))
            when = T - back * DAY + dice.choice((0, 0, 1, -MINUTE, 8 * 60 * MINUTE))
            gross = dice.choice((1000, 2000, 2500))
            discount = dice.choice((0, 0, 0, 100, 200, 500))
            code = codes.choice(CODES)
            used = code is not None or codes.random() < 0.1
            if when <= T:
                orders.append(
                    order(
                        f"s:{who}-{i}",
                        when,
                        of=who,
                        total=gross - discount,
                        gross=gross,
                        discount=discount,
                        coupon=code,
                        coupon_used=used,
                    )
                )
        start = T - dice.choice((0, 1, 6, 7, 13, 14, 28, 30)) * DAY
        for i in range(dice.choice((0, 2, 5, 9))):
            start += dice.choice((0, 1, 29 * MINUTE, 30 * MINUTE, 61 * MINUTE, DAY))
            if start <= T:
                name = dice.choice(EVENTS)
                product, category = goods.choice(PRODUCTS), goods.choice(CATEGORIES)
                seen = event(f"e{who}-{i}", start, name=name, product_id=product, category=category)
                events.append((who, seen))
        for i in range(dice.choice((0, 1, 2, 3))):
            when = T - dice.choice((0, 1, 100, 400)) * DAY
            consents.append((who, consent(when, i, dice)))
    orders += of_nobody(Random(9))  # noqa: S311 - not for secrets
    return Shop(
        profiles=PEOPLE,
        orders=tuple(orders),
        refunds=(),
        events=tuple(events),
        attributes=tuple(
            (who, says("city", "Ede", when=T - 700 * DAY)) for who in range(1, PEOPLE + 1)
        ),
        consents=tuple(consents),
        visitors=frozenset(dice.sample(range(1, PEOPLE + 1), PEOPLE // 10)),
    )


def of_nobody(dice: Random) -> list[OrderStatement]:
    """At the till, without a name: with far more discount than others get."""
    return [
        order(
            f"s:till-{i}",
            T - dice.choice((1, 30, 200, 364, 366)) * DAY,
            of=None,
            total=1600,
            gross=2000,
            discount=400,
            coupon=None,
            coupon_used=False,
        )
        for i in range(PEOPLE)
    ]


def consent(when: int, seq: int, dice: Random) -> ConsentStatement:
    return ConsentStatement(
        purpose="marketing",
        channel="email",
        address=dice.choice(("a@x", "b@x")),
        state=dice.choice(("granted", "soft_opt_in", "withdrawn", "withdrawn")),
        at=when,
        received_at=when,
        seq=seq,
    )


def raw(shop: Shop) -> duckdb.DuckDBPyConnection:
    """The same rows, plain."""
    db = duckdb.connect(":memory:", config={"threads": 1})
    db.execute("SET TimeZone = 'UTC'")
    db.execute("CREATE TABLE asked AS SELECT $t AS t, $m AS midnight", {"t": T, "m": MIDNIGHT})
    tables: dict[str, tuple[str, list[tuple[object, ...]]]] = {
        "purchase": (
            (
                'customer INT, number VARCHAR, "at" BIGINT, pence BIGINT, gross BIGINT, '
                "discount BIGINT, coupon VARCHAR, voucher BOOLEAN"
            ),
            [
                (
                    s.profile_id,
                    s.order_key,
                    s.ordered_at,
                    s.total,
                    s.properties["gross"],
                    s.properties["discount"],
                    s.properties["coupon"],
                    s.properties["coupon_used"],
                )
                for s in shop.orders
            ],
        ),
        "hit": (
            'customer INT, name VARCHAR, "at" BIGINT, id VARCHAR, product VARCHAR, category VARCHAR',
            [
                (
                    who,
                    e.name,
                    e.at,
                    e.message_id,
                    e.properties["product_id"],
                    e.properties["category"],
                )
                for who, e in shop.events
            ],
        ),
        "said": (
            'customer INT, address VARCHAR, "at" BIGINT, seq INT, agreed BOOLEAN',
            [(who, c.address, c.at, c.seq, c.state != "withdrawn") for who, c in shop.consents],
        ),
        "person": (
            "customer INT, reachable BOOLEAN",
            [
                (who, bool({"email", "phone", "customer_id"}.intersection(shop.log(who).known_by)))
                for who in range(1, PEOPLE + 1)
            ],
        ),
    }
    for name, (columns, rows) in tables.items():
        db.execute(f"CREATE TABLE {name} ({columns})")
        marks = ", ".join("?" for _ in rows[0])
        db.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    return db


@pytest.fixture(scope="module")
def shop() -> Shop:
    return made(Random(7))  # noqa: S311 - not for secrets


@pytest.fixture(scope="module")
def engine(shop: Shop) -> DuckEngine:
    database = connect(DEFINITIONS.event_properties)
    load(database, shop, DEFINITIONS.zone)
    return DuckEngine(database, DEFINITIONS, has_ahead=False)


@pytest.fixture(scope="module")
def rows(shop: Shop) -> duckdb.DuckDBPyConnection:
    return raw(shop)


@pytest.mark.parametrize("name", segments_sql.SEGMENTS)
def test_members(name: str, engine: DuckEngine, rows: duckdb.DuckDBPyConnection) -> None:
    expected = {row[0] for row in rows.execute(segments_sql.SEGMENTS[name]).fetchall()}
    found = engine.members(name, T).column("profile_id").to_pylist()
    assert set(found) == expected
    assert 5 < len(expected) < PEOPLE // 2


@pytest.mark.parametrize("name", segments_sql.TRAITS)
def test_values(name: str, engine: DuckEngine, rows: duckdb.DuckDBPyConnection) -> None:
    expected = dict(rows.execute(segments_sql.TRAITS[name]).fetchall())
    found = {row["profile_id"]: row[name] for row in engine.answers([name], T).to_pylist()}
    assert {who: value for who, value in found.items() if value is not None} == expected
    assert len(set(expected.values())) >= 5


@pytest.mark.parametrize("by", ENGINES)
@pytest.mark.parametrize("told", ["with those of nobody", "without"])
def test_orders_of_nobody_are_of_the_shop(by: str, told: str) -> None:
    """3 x 10 off 100, 3 x nothing off 100, and of nobody 3 x 50 off 100.

    The shop gives 180 of 900, which is 20 %: who has 10 % pays full price. Without the orders of
    nobody it would give 5 %, and the same customer would be after a bargain.
    """
    orders = [
        order(f"s:{who}-{i}", T - 2 * DAY, of=who, total=100 - less, gross=100, discount=less)
        for who, less in ((1, 10), (2, 0), (None, 50))
        for i in range(3)
        if who is not None or told == "with those of nobody"
    ]
    share, bargain = (0.2, False) if told == "with those of nobody" else (0.05, True)
    shop = Shop(profiles=2, orders=tuple(orders), refunds=(), events=(), attributes=())
    names = ["bargain_hunters", "full_price_buyers", "shop_discount_share"]
    database = connect(DEFINITIONS.event_properties)
    found = ask(by, DEFINITIONS, shop, T, names, database=database)  # type: ignore[arg-type] # one of them
    assert [found[1, name].value for name in names] == [bargain, not bargain, share]
    assert [found[2, name].value for name in names[:2]] == [False, True]


@pytest.mark.parametrize("by", ENGINES)
def test_exactly_at_the_line(by: str) -> None:
    """The shop gives 10 %: with 15 % a bargain hunter, with 5 % a full-price buyer."""
    orders = [
        order(f"s:{who}-{i}", T - 2 * DAY, of=who, total=1000 - less, gross=1000, discount=less)
        for who, less in ((1, 150), (2, 50))
        for i in range(3)
    ]
    shop = Shop(profiles=2, orders=tuple(orders), refunds=(), events=(), attributes=())
    names = ["bargain_hunters", "full_price_buyers"]
    database = connect(DEFINITIONS.event_properties)
    found = ask(by, DEFINITIONS, shop, T, names, database=database)  # type: ignore[arg-type] # one of them
    assert [found[1, name].value for name in names] == [True, False]
    assert [found[2, name].value for name in names] == [False, True]
    free = [
        order(f"s:{who}-{i}", T - 2 * DAY, of=who, gross=1000, discount=0)
        for who in (1, 2)
        for i in range(3)
    ]
    without = Shop(profiles=2, orders=tuple(free), refunds=(), events=(), attributes=())
    found = ask(by, DEFINITIONS, without, T, names, database=database)  # type: ignore[arg-type] # one of them
    assert not any(answer.value for answer in found.values())
