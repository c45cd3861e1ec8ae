"""Shipped segments, RFM and the best buyers' share of real sets, cut down, against hand-written SQL.

``python -m bench.real_segments`` asks the same of the whole sets.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from real_segments import ENDS, INSTANTS, RealSet, browsing, journey, retail

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent.parent / "data"
MAPPING = Path(__file__).parents[2] / "bench" / "mappings" / "retentioneering.yaml"
EMPTY = {
    ("complete-journey", "fixed_rhythm"),  # it is of one year,
    ("complete-journey", "due_now"),
    ("complete-journey", "seasonal_due"),
    ("complete-journey", "high_returners"),  # has no returns,
    ("online-retail", "coupon_shoppers"),  # and this one neither coupons
    ("online-retail", "bargain_hunters"),  # nor discounts
    ("online-retail", "full_price_buyers"),
}


@pytest.fixture(scope="module", params=sorted(INSTANTS))
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RealSet, Shop]]:
    folder = tmp_path_factory.mktemp("real") / "shop"
    if request.param == "complete-journey":
        found = journey(folder, DATA / "complete_journey" / "transactions.parquet")
    elif request.param == "online-retail":
        files = [
            DATA / "online_retail" / f"online_retail_{years}.parquet"
            for years in ("2009_2010", "2010_2011")
        ]
        found = retail(folder, *files)
    else:
        file = DATA / "retentioneering_ecom" / "ecom_clickstream.parquet"
        found = browsing(folder, file, MAPPING)
    with Shop.open(folder) as shop:
        yield found, shop


def test_members(judged: tuple[RealSet, Shop]) -> None:
    found, shop = judged
    for asked in INSTANTS[found.name]:
        t = parse_instant(asked)
        for segment in found.segments:
            theirs = found.theirs(segment, t)
            assert (asked, segment, found.ours(shop, segment, t)) == (asked, segment, theirs)
            found.told[segment] = found.told.get(segment, 0) + len(theirs)
    empty = {(found.name, segment) for segment, many in found.told.items() if not many}
    assert empty <= EMPTY


def test_rfm(judged: tuple[RealSet, Shop]) -> None:
    found, shop = judged
    for asked in INSTANTS[found.name]:
        t = parse_instant(asked)
        theirs = found.rfm(t)
        assert (asked, found.our_rfm(shop, t)) == (asked, theirs)
        assert theirs


def test_share_of_the_best(judged: tuple[RealSet, Shop]) -> None:
    found, shop = judged
    if found.name in ENDS:
        t = parse_instant(ENDS[found.name])
        theirs = found.best_share(t)
        assert found.our_best_share(shop, t) == theirs
        assert 0.4 < theirs[2] / theirs[3] < 0.8
