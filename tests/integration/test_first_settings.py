"""What a first import settles: the shop's zone, currency and country, and the types it declares."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
version: 1
source: {source}
zone: {zone}
currency: {currency}
country: {country}
read: {{dates: ["%d-%m-%Y"]}}
rows:
  - kind: orders
    file: "orders*"
    fields: {{order: number, ordered_at: at, total: total}}
    identifiers: {{customer_id: nr}}
  - kind: customers
    file: "people*"
    fields: {{at: at}}
    identifiers: {{customer_id: nr}}
    attributes: {{birthday: born, city: city}}
"""
ORDERS = "number,at,total,nr\n1,31-12-2025,10.00,7\n"


def mapping(folder: Path, source: str, zone: str, currency: str, country: str) -> str:
    path = folder / f"{source}.yaml"
    text = MAPPING.format(source=source, zone=zone, currency=currency, country=country)
    path.write_text(text)
    return str(path)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "orders-bad.csv").write_text("number,at,total\n1,31-12-2025,10.00\n")
    return Shop.create(tmp_path / "shop")


def test_an_import_that_failed_settles_nothing(tmp_path: Path, shop: Shop) -> None:
    american = mapping(tmp_path, "us", "America/New_York", "USD", "US")
    dutch = mapping(tmp_path, "nl", "Europe/Amsterdam", "EUR", "NL")
    before = (tmp_path / "shop" / "stamgast.toml").read_text()
    with pytest.raises(UserError):
        shop.ingest(tmp_path / "orders-bad.csv", mapping=american)
    assert (tmp_path / "shop" / "stamgast.toml").read_text() == before
    report = shop.ingest(tmp_path / "orders.csv", mapping=dutch)
    assert report.sets == {"zone": "Europe/Amsterdam", "currency": "EUR", "country": "NL"}
    assert (shop.settings.zone, shop.settings.currency) == ("Europe/Amsterdam", "EUR")
    rows = shop.sql("SELECT epoch_us(ordered_at) AS at FROM orders").arrow().to_pylist()
    assert [row["at"] for row in rows] == [parse_instant("2025-12-30T23:00:00Z")]


def test_another_process_may_have_settled_them(tmp_path: Path, shop: Shop) -> None:
    american = mapping(tmp_path, "us", "America/New_York", "USD", "US")
    dutch = mapping(tmp_path, "nl", "Europe/Amsterdam", "EUR", "NL")
    with Shop.open(tmp_path / "shop") as other:
        other.ingest(tmp_path / "orders.csv", mapping=dutch)
    report = shop.ingest(tmp_path / "orders.csv", mapping=american)
    assert report.sets == {}
    assert (shop.settings.zone, shop.settings.currency) == ("Europe/Amsterdam", "EUR")


def test_a_column_without_a_type_has_the_declared_one(tmp_path: Path, shop: Shop) -> None:
    (tmp_path / "people.csv").write_text(
        "nr,at,born,city\n7,01-01-2026,02-03-1980,Ede\n8,01-01-2026,long ago,Ede\n"
    )
    dutch = mapping(tmp_path, "nl", "Europe/Amsterdam", "EUR", "NL")
    report = shop.ingest(tmp_path / "people.csv", mapping=dutch)
    assert (report.accepted, sum(report.quarantined.values())) == (1, 1)
    assert shop.customers.show("7").attributes["birthday"] == date(1980, 3, 2)


def test_a_type_against_the_declared_one_is_refused(tmp_path: Path, shop: Shop) -> None:
    path = mapping(tmp_path, "nl", "Europe/Amsterdam", "EUR", "NL")
    text = (tmp_path / "nl.yaml").read_text()
    clash = text.replace("birthday: born", "birthday: {of: born, type: text}")
    (tmp_path / "nl.yaml").write_text(clash)
    (tmp_path / "people.csv").write_text("nr,at,born,city\n7,01-01-2026,1980,Ede\n")
    with pytest.raises(UserError, match="birthday") as raised:
        shop.ingest(tmp_path / "people.csv", mapping=path)
    assert raised.value.code == "ingest.declared_type"
