"""A product catalogue from files, as lines of orders see it; lines of orders as they stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import stamgast as sg
from stamgast.app.holdings import held_of
from stamgast.decide.blueprints import Asked
from stamgast.errors import InternalError

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = """\
version: 1
source: web
namespace: web
zone: Europe/Amsterdam
currency: EUR
country: NL
rows:
  - kind: order_lines
    fields: {order: order, ordered_at: at, changed_at: changed, product_id: product, sku: sku, category: cat, amount: amount,
      line_kind: kind}
    identifiers: {customer_id: who}
"""
FEED = """\
version: 1
source: feed
namespace: web
zone: Europe/Amsterdam
currency: EUR
country: NL
rows:
  - kind: products
    fields: {product_id: id, sku: sku, at: day, category: cat, brand: brand, launched: launched}
"""
BOUGHT = """\
order,at,changed,product,sku,cat,amount,kind,who
1,2025-03-01,,p1,,,10,,ann
1,2025-03-01,,p2,,Own,5,,ann
1,2025-03-01,,,,,3,postage,ann
2,2025-05-01,,p1,,,10,,ann
3,2025-05-02,,,s-9,,1,goods,bob
4,2025-01-02,,p1,,,10,,bob
"""
FIRST = """\
id,sku,day,cat,brand,launched
p1,,2025-02-01,A > B,X,2025-02-20
p2,,2025-02-01,C,Y,2024-01-01
p9,s-9,2025-02-01,Nine,,2025-05-02
"""
LATER = "id,sku,day,cat,brand,launched\np1,,2025-04-01,Z,,\n"


@pytest.fixture
def shop(tmp_path: Path) -> sg.Shop:
    made = sg.create(tmp_path / "shop")
    for name, text in (("orders", ORDERS), ("feed", FEED)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return made


def told(shop: sg.Shop, name: str, text: str, mapping: str) -> tuple[int, int]:
    """Accepted and repeated lines of an import."""
    file = shop._core.folder.parent / name
    file.write_text(text, encoding="utf-8")
    known = mapping if mapping.startswith("google") else str(file.parent / f"{mapping}.yaml")
    report = shop.ingest(str(file), mapping=known)
    assert report.quarantined == {}
    return report.accepted, report.repeated


def values(shop: sg.Shop, trait: object, as_of: str) -> list[object]:
    """The values of a trait, of Ann and of Bob."""
    rows = shop.trait(trait, as_of=as_of).rows()  # type: ignore[arg-type] # a builder's trait
    return [row["value"] for row in sorted(rows, key=lambda row: row["profile_id"])]


def test_lines_see_the_version_of_their_own_instant(shop: sg.Shop) -> None:
    told(shop, "o.csv", BOUGHT, "orders")
    assert told(shop, "f1.csv", FIRST, "feed") == (3, 0)
    assert told(shop, "f2.csv", LATER, "feed") == (1, 0)
    last = sg.aggregate("last", "category", of="line")
    assert values(shop, last, "2025-03-02") == ["Own", "A > B"]
    # a feed that says nothing of the brand leaves it; before its first version a product is the first
    assert values(shop, last, "2025-05-20") == ["Z", "Nine"]
    assert values(shop, sg.aggregate("last", "brand", of="line"), "2025-05-20") == ["X", None]
    assert values(shop, sg.aggregate("first", "brand", of="line"), "2025-05-20") == ["X", "X"]
    age = sg.aggregate("min", "product_age", of="line")
    # in days: 20 February to 1 March; bought before the launch: missing; at its own midnight: 0
    assert values(shop, age, "2025-05-20") == [9, 0]


def test_postage_is_no_line_unless_asked(shop: sg.Shop) -> None:
    told(shop, "o.csv", BOUGHT, "orders")
    assert values(shop, sg.count("line"), "2025-05-20") == [3, 2]
    asked = sg.count("line", where={"line_kind": {"present": True}})
    assert values(shop, asked, "2025-05-20") == [1, 1]
    assert values(shop, sg.aggregate("sum", "amount", of="line"), "2025-05-20") == [2500, 1100]


def test_who_bought_what_feeds_tell_of_is_counted(shop: sg.Shop) -> None:
    told(shop, "o.csv", BOUGHT, "orders")

    def have() -> tuple[int, bool]:
        [found] = shop.advice.check(["category_news"])
        [need] = [one for one in found.needs if one.need.asked.kind == "catalogue"]
        return need.have, need.ready

    assert have() == (0, False)
    # only of p9, by its article number: Bob's order 3
    told(shop, "f1.csv", "\n".join([FIRST.splitlines()[0], FIRST.splitlines()[3], ""]), "feed")
    assert have() == (1, True)
    told(shop, "f2.csv", LATER, "feed")  # p1: Ann's too
    assert have() == (2, True)


def test_what_nobody_counts_is_our_mistake(shop: sg.Shop) -> None:
    with pytest.raises(InternalError):
        held_of(shop._core, [Asked(kind="moods")])


def test_a_feed_again_is_repeated_and_a_price_that_goes_back_is_news(shop: sg.Shop) -> None:
    feed = "id\ttitle\tavailability\tprice\tbrand\tproduct_type\np1\tBag\tin stock\t{} EUR\tX\tBags > Small\n"
    assert told(shop, "a.tsv", feed.format("19.95"), "google-products") == (1, 0)
    assert told(shop, "b.tsv", feed.format("19.95"), "google-products") == (0, 1)
    assert told(shop, "c.tsv", feed.format("9.95"), "google-products") == (1, 0)
    assert told(shop, "d.tsv", feed.format("19.95"), "google-products") == (1, 0)
    prices = shop._core.reader.db.run("SELECT price FROM lake_product ORDER BY seq")
    assert prices == [(1995,), (995,), (1995,)]


def test_lines_are_those_of_the_order_as_it_stood(shop: sg.Shop) -> None:
    told(shop, "o.csv", BOUGHT, "orders")
    head = BOUGHT.splitlines()[0]
    told(shop, "p.csv", f"{head}\n2,2025-05-01,2025-05-10,p7,,Seven,20,,ann\n", "orders")
    last = sg.aggregate("last", "product_id", of="line")
    assert values(shop, last, "2025-05-09")[0] == "p1"
    assert values(shop, last, "2025-05-10")[0] == "p7"
    assert values(shop, sg.count("line"), "2025-05-20")[0] == 3
    # the log of one profile, which explanations are made of, says the same
    why = shop.explain(sg.count("line") >= 3, "customer_id:ann", as_of="2025-05-20").why("en")
    assert why.holds
    shop.imports.undo(2, confirmed=True, figures=False)
    assert values(shop, last, "2025-05-20")[0] == "p1"
