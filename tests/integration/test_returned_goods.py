"""Returns by product, category and brand where the refund says less of its goods than the orders or the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import stamgast as sg

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "version: 1\nsource: {}\nnamespace: web\nzone: UTC\ncurrency: EUR\ncountry: NL\nrows:\n"
FILES = {
    "orders": """\
  - kind: order_lines
    fields: {order: order, ordered_at: at, product_id: product, sku: sku, name: name, amount: amount}
    identifiers: {customer_id: who}
""",
    "refunds": """\
  - kind: refunds
    fields: {refund: refund, order: order, at: at, product_id: product, sku: sku, amount: amount}
    identifiers: {customer_id: who}
""",
    "feed": """\
  - kind: products
    fields: {product_id: id, sku: sku, at: day, title: title, category: cat, brand: brand}
""",
}
ORDERS = """\
order,at,product,sku,name,amount,who
1,2025-03-01,p1,,Red cup,10,ann
2,2025-03-02,p1,,Cup red,30,bob
3,2025-03-03,,s-2,,5,bob
4,2025-03-04,p3,,,7,bob
"""
REFUNDS = """\
refund,order,at,product,sku,amount,who
r1,2,2025-03-10,p1,,30,bob
r2,3,2025-03-11,,s-2,5,bob
r3,4,2025-03-12,p3,,4,bob
"""
FEED = """\
id,sku,day,title,cat,brand
p1,,2025-02-01,Cup,Kitchen,X
p2,s-2,2025-02-01,Plate,Kitchen,Y
"""


def told(shop: sg.Shop, name: str, text: str) -> None:
    folder = shop._core.folder.parent
    (folder / f"{name}.yaml").write_text(HEAD.format(name) + FILES[name], encoding="utf-8")
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    report = shop.ingest(str(folder / f"{name}.csv"), mapping=str(folder / f"{name}.yaml"))
    assert report.quarantined == {}


def by(shop: sg.Shop, what: str) -> list[tuple[object, ...]]:
    found = shop.insight.returns(what, as_of="2025-04-01").values
    return [(row["value"], row["refunded_minor"], row["sold_minor"]) for row in found]


def test_goods_are_called_as_they_were_sold_last_or_as_the_feed_says(tmp_path: Path) -> None:
    with sg.create(tmp_path / "shop") as shop:
        told(shop, "orders", ORDERS)
        told(shop, "refunds", REFUNDS)
        assert by(shop, "product") == [("Cup red", 3000, 3000), ("s-2", 500, 500), ("p3", 400, 700)]
        told(shop, "feed", FEED)
        named = [("Cup red", 3000, 3000), ("Plate", 500, 500), ("p3", 400, 700)]
        assert by(shop, "product") == named


def test_goods_belong_where_the_feed_says(tmp_path: Path) -> None:
    with sg.create(tmp_path / "shop") as shop:
        for name, text in (("orders", ORDERS), ("refunds", REFUNDS)):
            told(shop, name, text)
        assert by(shop, "category") == [(None, 3900, 5200)]
        told(shop, "feed", FEED)
        assert by(shop, "category") == [("Kitchen", 3500, 4500), (None, 400, 700)]
        assert by(shop, "brand") == [("X", 3000, 4000), ("Y", 500, 500), (None, 400, 700)]
