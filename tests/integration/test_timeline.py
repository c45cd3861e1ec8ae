"""What happened to a customer, with what it was about: products by name, orders, reasons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "version: 1\nlabel: {en: F, nl: F}\nabout: a file\nzone: UTC\ncurrency: EUR\ncountry: NL\n"
WEB = HEAD + (
    "source: web\nrows:\n  - kind: events\n    identifiers: {customer_id: who}\n"
    "    fields: {event: event, at: at, message_id: id}\n"
    "    properties: {product_id: product, sku: article, name: name, order_id: order, reason: why,\n"
    "      promised_on: promised, url: url, rating: rating}\n"
)
FEED = HEAD + (
    "source: feed\nrows:\n  - kind: products\n"
    "    fields: {product_id: id, sku: article, title: title, at: at}\n"
)
EVENTS = """\
who,event,at,id,product,article,name,order,why,promised,url,rating
A,Product Viewed,2024-03-01T10:00:00Z,e1,P1,,,,,,https://x.example/p1,
A,Product Viewed,2024-03-01T10:01:00Z,e2,,S1,,,,,,
A,Product Added,2024-03-01T10:02:00Z,e3,P1,,Green cup,,,,,
A,Product Viewed,2024-03-01T10:03:00Z,e4,P7,,,,,,,
A,Delivery Promised,2024-03-01T10:04:00Z,e5,,,,7001,,2024-03-04,,
A,Order Returned,2024-03-09T10:00:00Z,e6,P1,,,7001,too small,,,
A,Page Viewed,2024-03-10T10:00:00Z,e7,,,,,,,https://x.example/sale?a=1,
A,Product Reviewed,2024-03-11T10:00:00Z,e8,P1,,,,,,,2.5
"""
PRODUCTS = """\
id,article,title,at
P1,S1,Cup,2024-01-01T00:00:00Z
P1,S1,Big cup,2024-02-01T00:00:00Z
P1,S1,,2024-02-05T00:00:00Z
"""
DETAILS = [
    ("Product beoordeeld", "Big cup, cijfer: 2,5"),
    ("Pagina bekeken", "/sale"),
    ("Bestelling geretourneerd", "Big cup, bestelnummer: 7001, reden: too small"),
    ("Bezorging toegezegd", "bestelnummer: 7001, beloofd voor: 4 maart 2024"),
    ("Product bekeken", "P7"),
    ("In winkelwagen gelegd", "Green cup"),
    ("Product bekeken", "Big cup"),
    ("Product bekeken", "Big cup"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("timeline")
    with Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL") as made:
        for name, mapping, text in (("events", WEB, EVENTS), ("products", FEED, PRODUCTS)):
            (folder / f"{name}.yaml").write_text(mapping)
            (folder / f"{name}.csv").write_text(text)
            made.ingest(folder / f"{name}.csv", mapping=str(folder / f"{name}.yaml"))
    return folder / "shop"


def test_each_event_says_what_it_was_about(folder: Path) -> None:
    call = ["--shop", str(folder), "--lang", "nl", "customer", "timeline", "A"]
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(root, call)
    assert shown.exit_code == 0, shown.output
    rows = [line.split("   ") for line in shown.output.splitlines()[1:]]
    parts = [[part.strip() for part in row if part.strip()] for row in rows]
    assert [(row[1], row[2]) for row in parts] == DETAILS


def test_programs_get_it_too(folder: Path) -> None:
    call = ["--shop", str(folder), "customer", "timeline", "A", "--json"]
    rows = json.loads(CliRunner().invoke(root, call).stdout)["timeline"]
    assert rows[2] == {
        "at": "2024-03-09T10:00:00Z",
        "kind": "event",
        "name": "Order Returned",
        "amount_minor": None,
        "product": "Big cup",
        "order_id": "7001",
        "reason": "too small",
    }
    assert rows[3]["promised_on"] == "2024-03-04"
