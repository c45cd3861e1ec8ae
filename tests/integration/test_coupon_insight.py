"""Which first orders began with a coupon, and whose first order is known: a shop told by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
source: till
namespace: till
label: {en: Orders, nl: Bestellingen}
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: nr, ordered_at: at, total: total, coupon: coupon}
    identifiers: {customer_id: customer}
  - kind: customers
    identifiers: {customer_id: customer}
    attributes: {orders_before: before}
"""
ORDERS = """\
nr,at,total,customer,coupon,before
1,2025-06-01,50,a,WELKOM10,
2,2025-06-01,50,b,GiftCard-7,
3,2025-06-01,50,c,,
4,2025-06-01,50,d,POINTS 500,
5,2025-01-10,50,e,WELKOM10,
6,2025-01-10,50,f,WELKOM10,0
"""
"""The history begins in 2025, so e may be an old customer; of f it is known that there was nothing before."""


def began(shop: Shop) -> dict[object, object]:
    found = shop.insight.coupons(as_of="2026-01-01")
    return {row["began"]: row["customers"] for row in found.values}


def test_codes_that_are_none_and_the_edge_of_the_history(tmp_path: Path) -> None:
    shop = Shop.create(tmp_path / "shop")
    settings = tmp_path / "shop" / "stamgast.toml"
    settings.write_text(f'history_from = "2025-01-01"\n{settings.read_text()}')
    shop = Shop.open(tmp_path / "shop")
    (tmp_path / "orders.yaml").write_text(MAPPING)
    (tmp_path / "orders.csv").write_text(ORDERS)
    shop.ingest(tmp_path / "orders.csv", mapping=str(tmp_path / "orders.yaml"))
    # a and f; b, c and d
    assert began(shop) == {"with_coupon": 2, "without_coupon": 3}
