"""Seasons, sales and rhythms of a real shop, against the rules in plain Python on the raw files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from calendar_oracle import Judge, Sale
from retail_oracle import online_retail
from shop_calls import ShopCalls
from test_real_sets import OR_FIRST, OR_SECOND

import stamgast as sg
from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

SALES = """
version: 1
calendars:
  sales:
    winter:
      occurrences:
        - {from: 2010-01-04, to: 2010-01-31}
        - {from: 2011-01-04, to: 2011-01-31, early_access: 2011-01-03}
    spring: {from: 2011-03-29, to: 2011-04-05, early_access: 2011-03-27}
    summer: {occurrences: [{from: 2010-07-01, to: 2010-07-31}, {from: 2011-07-01, to: 2011-07-31}]}
    autumn: {from: 2011-10-06, to: 2011-10-31, early_access: 2011-10-03}
    november: {from: 2011-11-17, to: 2011-11-30, early_access: 2011-11-14}
"""
OPENS = [
    Sale(opens=date(2010, 1, 4), early=date(2010, 1, 4)),
    Sale(opens=date(2011, 1, 4), early=date(2011, 1, 3)),
    Sale(opens=date(2011, 3, 29), early=date(2011, 3, 27)),
    Sale(opens=date(2010, 7, 1), early=date(2010, 7, 1)),
    Sale(opens=date(2011, 7, 1), early=date(2011, 7, 1)),
    Sale(opens=date(2011, 10, 6), early=date(2011, 10, 3)),
    Sale(opens=date(2011, 11, 17), early=date(2011, 11, 14)),
]
INSTANTS = (
    "2010-12-01T00:00:00Z",
    "2011-09-10T00:00:00Z",
    "2011-11-15T12:00:00Z",
    "2011-12-09T12:50:00Z",
    "2012-04-02T00:00:00Z",
    "2012-11-06T00:00:00Z",
)
ZONE = "Europe/London"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("calendar") / "shop"
    ShopCalls.of_files(folder, "online-retail", [OR_FIRST, OR_SECOND])
    (folder / "definitions" / "sales.yaml").write_text(SALES, encoding="utf-8")
    with Shop.open(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def purchases() -> dict[str, list[int]]:
    """Per customer the instants of the purchases, by hand-written SQL on the raw files."""
    oracle = online_retail(OR_FIRST, OR_SECOND)
    rows = oracle.connection.execute(
        'SELECT customer, "at" FROM purchase WHERE customer IS NOT NULL ORDER BY ALL'
    ).fetchall()
    found: dict[str, list[int]] = {}
    for customer, at in rows:
        found.setdefault(customer, []).append(at)
    return found


def members(shop: Shop, segment: str, t: int) -> set[str]:
    return set(shop.segment(segment, as_of=t).df()["identifier"])


TOLD: dict[str, int] = {}


@pytest.mark.parametrize("asked", INSTANTS)
def test_members(asked: str, shop: Shop, purchases: dict[str, list[int]]) -> None:
    t = parse_instant(asked)
    judges = {
        customer: Judge(zone=ZONE, t=t, bought=tuple(at for at in bought if at <= t))
        for customer, bought in purchases.items()
    }
    expected = {
        "first_time_seasonal": {c for c, one in judges.items() if one.first_season()},
        "seasonal_due": {c for c, one in judges.items() if one.seasonal_due()},
        "sale_shoppers": {c for c, one in judges.items() if one.sale_shopper(OPENS)},
        "fixed_rhythm": {c for c, one in judges.items() if one.slots()},
        "due_now": {c for c, one in judges.items() if one.due_now()},
    }
    for segment, customers in expected.items():
        assert members(shop, segment, t) == customers, segment
        TOLD[segment] = TOLD.get(segment, 0) + len(customers)


def test_every_segment_had_members() -> None:
    """Runs last: what is always empty proves nothing."""
    if len(TOLD) == 5:
        assert min(TOLD.values()) > 0, TOLD


def test_values(shop: Shop, purchases: dict[str, list[int]]) -> None:
    t = parse_instant("2011-12-09T12:50:00Z")
    buyers = shop.segment(sg.did("order"), as_of=t).df()
    customers = dict(zip(buyers["profile_id"], buyers["identifier"], strict=True))
    for name in ("first_season", "usual_days"):
        values = shop.trait(name, as_of=t).arrow().to_pylist()
        told = {customers.get(row["profile_id"]): row["value"] for row in values}
        for customer, bought in purchases.items():
            judge = Judge(zone=ZONE, t=t, bought=tuple(at for at in bought if at <= t))
            days = " ".join(f"{month:02}-{day:02}" for month, day in sorted(judge.usual_days()))
            expected = judge.first_season() if name == "first_season" else days or None
            assert told[customer] == expected, (customer, name)
