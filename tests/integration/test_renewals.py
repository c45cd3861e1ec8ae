"""Renewals of subscriptions are purchases only where the shop says so, at every instant, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from few_segments import few_segments

import stamgast as sg
from stamgast import settings
from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.language.answer import Statistics
from stamgast.language.reference import answer

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "version: 1\nlabel: {en: F, nl: F}\nabout: a file\nzone: UTC\ncurrency: EUR\ncountry: NL\n"
SALES = HEAD + (
    "source: web\nrows:\n  - kind: orders\n    identifiers: {customer_id: who}\n"
    "    fields: {order: number, ordered_at: at, total: total}\n"
)
EVENTS = HEAD + (
    "source: subs\nrows:\n  - kind: events\n    identifiers: {customer_id: who}\n"
    "    fields: {event: event, at: at, message_id: id}\n"
    "    properties: {subscription_id: sub, total: total, order_id: number}\n"
)
PAID = EVENTS.replace("source: subs", "source: pay")
ORDERS = "number,who,at,total\n1,A,2024-01-01T10:00:00Z,20.00\n2,C,2024-02-01T10:00:00Z,9.00\n5,E,2024-02-05T10:00:00Z,8.00\n"
SAID = """\
who,event,at,id,sub,total,number
A,Subscription Started,2024-01-01T10:00:00Z,e1,s1,,
A,Subscription Renewed,2024-02-01T10:00:00Z,e2,s1,12.50,
A,Subscription Renewed,2024-03-01T10:00:00Z,e3,s1,12.50,
B,Subscription Renewed,2024-03-01T10:00:00Z,e4,s2,,
C,Subscription Renewed,2024-02-01T10:00:00Z,e5,s3,9.00,2
D,Subscription Renewed,2024-02-01T10:00:00Z,e6,s4,3.00,
D,Subscription Renewed,2024-02-01T10:00:00Z,e7,s4,4.00,
E,Subscription Renewed,2024-02-05T10:00:00Z,e8,s5,8.00,
F,Subscription Renewed,2024-02-01T22:50:00Z,e9,s6,5.00,
G,Subscription Renewed,2024-01-31T23:30:00Z,e10,s7,6.00,
H,Subscription Renewed,2024-02-01T10:00:00Z,e11,,2.00,
"""
TOLD_AGAIN = """\
who,event,at,id,sub,total,number
A,Subscription Renewed,2024-02-01T13:00:00Z,p1,s1,12.50,
B,Subscription Renewed,2024-03-02T10:00:00Z,p2,s2,7.00,
B,Subscription Renewed,2024-03-01T18:00:00Z,p3,s2,7.00,
C,Subscription Renewed,2024-02-01T12:00:00Z,p4,s3,9.00,
D,Subscription Renewed,2024-02-01T10:00:01Z,p5,s4,3.00,
E,Subscription Renewed,2024-02-05T12:00:00Z,p6,s5,8.00,5
F,Subscription Renewed,2024-02-01T23:10:00Z,p7,s6,5.00,
G,Subscription Renewed,2024-01-31T23:00:00Z,p8,s7,6.00,
H,Subscription Renewed,2024-02-01T10:00:00Z,p9,,2.00,
"""
NAMES = ("orders", "net_revenue", "purchase_days")
DAY = 86_400_000_000
# who: purchases, cents, days. Of C and, from its second telling on, E the order that is named is the
# purchase; D renewed twice by one and the same source; F was told on two days of Amsterdam, where G was
# told on one; of H nobody says which subscription it is
COUNTED = {
    "no": {"A": (1, 2000, 1), "B": (0, 0, 0), "C": (1, 900, 1), "D": (0, 0, 0), "E": (1, 800, 1)},
    "yes": {
        "A": (3, 4500, 3),
        "B": (2, 1400, 2),
        "C": (1, 900, 1),
        "D": (2, 700, 1),
        "E": (1, 800, 1),
        "F": (2, 1000, 2),
        "G": (1, 600, 1),
        "H": (2, 400, 1),
    },
}
T = "2024-03-10T00:00:00Z"


def opened(folder: Path, counts: str) -> Shop:
    settings.write(folder, {"renewals_are_purchases": counts})
    return Shop.open(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("renewals")
    with Shop.create(made / "shop", zone="Europe/Amsterdam", currency="EUR", country="NL") as shop:
        files = (("sales", SALES, ORDERS), ("events", EVENTS, SAID), ("paid", PAID, TOLD_AGAIN))
        for name, mapping, text in files:
            (made / f"{name}.yaml").write_text(mapping)
            (made / f"{name}.csv").write_text(text)
            shop.ingest(made / f"{name}.csv", mapping=str(made / f"{name}.yaml"))
    return made / "shop"


def told(shop: Shop, name: str, t: str) -> dict[str, object]:
    known = {row["profile_id"]: row["identifier"] for row in shop.sql("FROM profiles").rows()}
    rows = shop.trait(name, as_of=t).rows()
    return {known[row["profile_id"]]: row["value"] for row in rows}


@pytest.mark.parametrize("counts", ["no", "yes"])
def test_purchases_money_and_gaps(folder: Path, counts: str) -> None:
    with opened(folder, counts) as shop:
        found = {name: told(shop, name, T) for name in NAMES}
        numbers = {row["order_id"] for row in shop.sql("FROM orders").rows()}
        renewed = {"s1-20240201", "s1-20240301", "s2-20240301", "s6-20240202"}
        assert numbers >= {"1", "2", "5"} | (renewed if counts == "yes" else set())
        assert len(numbers) == (3 if counts == "no" else 14)
        for who, values in COUNTED[counts].items():
            assert tuple(found[name][who] for name in NAMES) == values, who
            log = shop._core.reader.profile_log(shop.customers.find(who))
            at = parse_instant(T)
            statistics = Statistics(midnight=at, next_midnight=at + DAY)
            for name, value in zip(NAMES, values, strict=True):
                trait = shop.definitions.traits[name]
                assert answer(trait, log, statistics, at, shop.definitions).value == value, name


@pytest.mark.parametrize(
    ("asked", "counts", "stage"),
    [
        ("2024-02-20", "no", "drifting"),
        ("2024-02-20", "yes", "promising"),
        ("2024-01-20", "yes", "new_buyer"),
    ],
)
def test_stages_of_then(folder: Path, asked: str, counts: str, stage: str) -> None:
    with opened(folder, counts) as shop:
        assert told(shop, "orders", asked)["A"] == (2 if stage == "promising" else 1)
        rows = shop.segment(sg.stage(stage), as_of=asked).rows()
        assert "A" in {row["identifier"] for row in rows}


def test_what_is_said_later_counts_from_then(folder: Path) -> None:
    with opened(folder, "yes") as shop:
        worth = {
            t: told(shop, "net_revenue", t)
            for t in ("2024-03-01T17:59:59Z", "2024-03-01T18:00:00Z", "2024-02-05T11:00:00Z")
        }
    assert worth["2024-03-01T17:59:59Z"]["B"] == 0
    assert worth["2024-03-01T18:00:00Z"]["B"] == 700
    # nobody has said yet that the renewal is the order
    assert worth["2024-02-05T11:00:00Z"]["E"] == 1600


def test_a_refresh_notices_the_setting(folder: Path) -> None:
    few_segments(folder, "one_time_buyers")
    with opened(folder, "no") as shop:
        shop.refresh(as_of="2024-03-05")
        before = {row["segment"] for row in _stays(shop) if row["left_at"] is None}
    with opened(folder, "yes") as shop:
        shop.refresh(as_of="2024-03-06")
        after = {row["segment"] for row in _stays(shop) if row["left_at"] is None}
    assert "one_time_buyers" in before
    assert "one_time_buyers" not in after


def _stays(shop: Shop) -> list[dict[str, object]]:
    asked = "SELECT segment, left_at FROM memberships SEMI JOIN (FROM profiles WHERE identifier = 'A') USING (profile_id)"
    return list(shop.sql(asked).rows())
