"""What the catalogue says of the product of an event: as known at its instant, on both engines, by plain SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from few_segments import few_segments

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.language.answer import Statistics
from stamgast.language.reference import answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "version: 1\nlabel: {en: F, nl: F}\nabout: a file\nzone: UTC\ncurrency: EUR\ncountry: NL\n"
WEB = HEAD + (
    "source: web\nrows:\n  - kind: events\n    identifiers: {customer_id: who}\n"
    "    fields: {event: event, at: at, message_id: id}\n"
    "    properties: {product_id: product, sku: article, category: category, brand: brand}\n"
)
FEED = HEAD + (
    "source: feed\nrows:\n  - kind: products\n"
    "    fields: {product_id: id, sku: article, category: category, brand: brand, at: at}\n"
)
OWN = """\
version: 1
traits:
  bags_seen: {count: Product Viewed, where: {category: {is: Bags}}}
  brands: {distinct: brand, of: Product Viewed}
segments:
  bag_viewers:
    label: {en: Bag viewers, nl: Tassenkijkers}
    where: {did: Product Viewed, at_least: 1, where: {category: {is: Bags}}}
"""
# who, event, at, id, product, article, category, brand
EVENTS = """\
who,event,at,id,product,article,category,brand
A,Product Viewed,2024-03-01T10:00:00Z,e1,P1,,,
A,Product Viewed,2024-03-05T10:00:00Z,e2,P1,,,
A,Product Viewed,2024-03-09T10:00:00Z,e3,P1,,,
B,Product Viewed,2024-03-01T10:00:00Z,e4,,S1,,
B,Product Viewed,2024-03-02T10:00:00Z,e5,P9,S1,Hats,
C,Product Viewed,2024-03-01T10:00:00Z,e6,P2,,Bags,Own
C,Product Viewed,2024-03-02T10:00:00Z,e7,P2,,,
D,Page Viewed,2024-03-01T10:00:00Z,e8,,,,
D,Product Viewed,2024-03-08T10:00:00Z,e9,P1,,,
"""
PRODUCTS = """\
id,article,category,brand,at
P1,S1,Bags,Acme,2024-03-02T00:00:00Z
P1,S1,Shoes,,2024-03-06T00:00:00Z
P2,S2,,Zed,2024-03-01T00:00:00Z
"""
T = parse_instant("2024-03-10T00:00:00Z")
# of the product: what was said last by then and is not empty, or else what was said first
BY_HAND = """
    WITH named AS (
        SELECT e.*, CASE WHEN e.product IN (SELECT id FROM product) THEN e.product ELSE
            (SELECT min(id) FROM product AS p WHERE p.article = e.article) END AS id_of
        FROM event AS e),
    first AS (SELECT id, min("at") AS "at" FROM product GROUP BY id),
    told AS (
        SELECT n.who, n.event, n.category, n.brand,
            (SELECT p.category FROM product AS p, first AS f WHERE p.id = n.id_of AND f.id = p.id
                AND p.category IS NOT NULL AND (p."at" <= n."at" OR p."at" = f."at")
                ORDER BY p."at" DESC LIMIT 1) AS its_category,
            (SELECT p.brand FROM product AS p, first AS f WHERE p.id = n.id_of AND f.id = p.id
                AND p.brand IS NOT NULL AND (p."at" <= n."at" OR p."at" = f."at")
                ORDER BY p."at" DESC LIMIT 1) AS its_brand
        FROM named AS n WHERE n.event = 'Product Viewed')
    SELECT who, count(*) FILTER (coalesce(category, its_category) = 'Bags'),
        count(DISTINCT coalesce(brand, its_brand))
    FROM told GROUP BY who ORDER BY who
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("goods")
    made = Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL")
    (folder / "shop" / "definitions" / "own.yaml").write_text(OWN)
    few_segments(folder / "shop")
    for name, mapping, text in (("events", WEB, EVENTS), ("products", FEED, PRODUCTS)):
        (folder / f"{name}.yaml").write_text(mapping)
        (folder / f"{name}.csv").write_text(text)
        made.ingest(folder / f"{name}.csv", mapping=str(folder / f"{name}.yaml"))
    with made:
        yield made


def told(shop: Shop, name: str) -> dict[str, object]:
    """Customer -> the value of a trait."""
    rows = shop.trait(name, as_of=T).rows()
    known = {row["profile_id"]: row["identifier"] for row in shop.sql("FROM profiles").rows()}
    return {known[row["profile_id"]]: row["value"] for row in rows}


def test_events_take_what_they_leave_open_from_the_catalogue(shop: Shop, tmp_path: Path) -> None:
    for name, text in (("event", EVENTS), ("product", PRODUCTS)):
        (tmp_path / f"{name}.csv").write_text(text)
        duckdb.execute(f"CREATE OR REPLACE TABLE {name} AS FROM read_csv('{tmp_path}/{name}.csv')")
    expected = duckdb.execute(BY_HAND).fetchall()
    seen, brands = told(shop, "bags_seen"), told(shop, "brands")
    assert [(who, seen[who], brands[who]) for who, *_ in expected] == expected
    # by hand: P1 is a bag until 6 March, also before its first version; C's own word stands
    assert expected == [("A", 2, 1), ("B", 1, 1), ("C", 1, 2), ("D", 0, 1)]
    assert {row["identifier"] for row in shop.segment("bag_viewers", as_of=T).rows()} == {
        "A",
        "B",
        "C",
    }


def test_the_reference_says_the_same(shop: Shop) -> None:
    definitions = shop.definitions
    for name in ("bags_seen", "brands"):
        for who, value in told(shop, name).items():
            log = shop._core.reader.profile_log(shop.customers.find(who))
            statistics = Statistics(midnight=T, next_midnight=T + 1)
            found = answer(definitions.traits[name], log, statistics, T, definitions)
            assert found.value == value, (who, name)


def test_a_feed_that_comes_late_is_on_record(shop: Shop, tmp_path: Path) -> None:
    shop.refresh(as_of="2024-03-10")
    late = tmp_path / "late.csv"
    late.write_text("id,article,category,brand,at\nP1,S1,Bags,,2024-03-07T00:00:00Z\n")
    (tmp_path / "feed.yaml").write_text(FEED)
    batch = shop.ingest(late, mapping=str(tmp_path / "feed.yaml")).batch
    assert shop.refresh(as_of="2024-03-11").again == 2  # A's third view and D's only one
    rows = shop.segment("bag_viewers", as_of="2024-03-11").rows()
    assert {row["identifier"] for row in rows} == {"A", "B", "C", "D"}
    shop.imports.undo(batch, confirmed=True, figures=False)
    assert {row["identifier"] for row in shop.segment("bag_viewers", as_of=T).rows()} == {
        "A",
        "B",
        "C",
    }
