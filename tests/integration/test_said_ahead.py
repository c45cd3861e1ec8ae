"""What is dated ahead and was said already happens in every answer about later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collect_kit import FixedClock
from shop_kit import orders_file

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2010-12-10T12:00:00Z"
ORDERS = [
    (1, "2010-12-01T10:00:00", 100),
    (2, "2010-12-02T10:00:00", 40),
    (1, "2010-12-10T20:00:00", 25),  # eight hours ahead
]


def test_moves_to_come_and_what_is_upcoming_agree(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as made:
        folder = made._core.folder
    with Shop.open(folder, clock=FixedClock(parse_instant(NOW))) as shop:
        shop.ingest(orders_file(tmp_path / "orders.parquet", ORDERS), mapping="online-retail")
        ahead = shop.lifecycle.ahead("2010-12-12", as_of=NOW)
        moved = {(flow.before, flow.after): flow.count for flow in ahead.flows}
        assert moved == {("new_buyer", "promising"): 1, ("new_buyer", "new_buyer"): 1}
        [found] = shop.insight.upcoming("stage", days=2, as_of=NOW).arrow().to_pylist()
        assert (found["before"], found["after"]) == ("new_buyer", "promising")


def test_what_was_dated_ahead_stays_when_more_was_said_afterwards(tmp_path: Path) -> None:
    """All three lie after the instant; the one of customer 1 was said by then."""
    with Shop.create(tmp_path / "shop") as made:
        folder = made._core.folder
    later = [(2, "2010-12-10T18:00:00", 30), (3, "2010-12-10T19:00:00", 30)]
    for now, first, orders in ((NOW, 1, ORDERS), ("2010-12-11T12:00:00Z", 10, later)):
        with Shop.open(folder, clock=FixedClock(parse_instant(now))) as shop:
            file = orders_file(tmp_path / f"{first}.parquet", orders, first=first)
            shop.ingest(file, mapping="online-retail")
    with Shop.open(folder, clock=FixedClock(parse_instant("2010-12-12T12:00:00Z"))) as shop:
        flows = shop.lifecycle.ahead("2010-12-12", as_of=NOW).flows
        moved = {(flow.before, flow.after): flow.count for flow in flows}
        assert moved == {("new_buyer", "promising"): 1, ("new_buyer", "new_buyer"): 1}
        [found] = shop.insight.upcoming("stage", days=2, as_of=NOW).arrow().to_pylist()
        assert (found["before"], found["after"]) == ("new_buyer", "promising")


def test_what_was_said_afterwards_is_left_out(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as made:
        folder = made._core.folder
    with Shop.open(folder, clock=FixedClock(parse_instant("2010-12-12T12:00:00Z"))) as shop:
        shop.ingest(orders_file(tmp_path / "orders.parquet", ORDERS), mapping="online-retail")
        [flow] = shop.lifecycle.ahead("2010-12-12", as_of=NOW).flows
        assert (flow.before, flow.after, flow.count) == ("new_buyer", "new_buyer", 2)
