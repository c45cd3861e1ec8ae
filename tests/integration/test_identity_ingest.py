"""From files to persons: what a shop's exports say about who is who, worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
version: 1
source: web
label: {en: Web, nl: Web}
about: orders of a web shop
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: order, ordered_at: at, total: total}
    identifiers: {customer_id: customer, email: email, phone: phone, device_id: device}
"""

IDENTIFIERS = """
version: 1
identifiers:
  device_id: {shared: [KIOSK]}
"""


class Web:
    """A shop that is told orders: ``"10:00 customer=1 device=A"``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
        (folder / "shop" / "definitions").mkdir(exist_ok=True)
        (folder / "shop" / "definitions" / "identifiers.yaml").write_text(IDENTIFIERS)
        (folder / "web.yaml").write_text(MAPPING)
        self.shop = Shop.open(folder / "shop")
        self.files = 0

    def tell(self, *orders: str) -> None:
        rows = []
        for order in orders:
            at, *said = order.split()
            row = {"order": at, "at": f"2026-05-01T{at}:00Z", "total": "1.00"}
            rows.append(row | dict(pair.split("=", 1) for pair in said))
        self.files += 1
        path = self.folder / f"{self.files}.parquet"
        names = ("order", "at", "total", "customer", "email", "phone", "device")
        schema = pa.schema([(name, pa.string()) for name in names])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
        self.shop.ingest(path, mapping=str(self.folder / "web.yaml"))

    def persons(self) -> list[list[str]]:
        """The orders of each profile by their time, in order of the profile's id."""
        query = "SELECT profile_id, order_id AS at FROM orders ORDER BY ALL"
        groups: dict[int, list[str]] = {}
        for row in self.shop.sql(query).arrow().to_pylist():
            groups.setdefault(row["profile_id"], []).append(row["at"])
        return list(groups.values())


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    made.shop.close()


def test_one_person_however_the_identifiers_are_written(web: Web) -> None:
    web.tell(
        "10:00 customer=007 email=Anna@Winkel.nl",
        "10:01 email=anna@winkel.NL",
        "10:02 phone=06-12345678 email=anna@winkel.nl",
        "10:03 phone=+31612345678",
        "10:04 customer=7",
    )
    assert web.persons() == [["10:00", "10:01", "10:02", "10:03"], ["10:04"]]


def test_what_is_nobody_s_links_nobody(web: Web) -> None:
    web.tell(
        "10:00 customer=1 email=noreply@winkel.nl phone=0000",
        "10:01 customer=2 email=noreply@winkel.nl phone=0000",
        "10:02 customer=unknown email=a@winkel.nl",
        "10:03 customer=unknown email=b@winkel.nl",
    )
    assert web.persons() == [["10:00"], ["10:01"], ["10:02"], ["10:03"]]


def test_two_customers_on_one_address_stay_two(web: Web) -> None:
    web.tell("10:00 customer=1 email=thuis@winkel.nl", "10:01 customer=2 email=thuis@winkel.nl")
    web.tell("10:02 email=thuis@winkel.nl", "10:03 customer=2")
    assert web.persons() == [["10:00", "10:02"], ["10:01", "10:03"]]


def test_a_later_file_joins_what_earlier_files_knew_apart(web: Web) -> None:
    web.tell("10:00 email=a@winkel.nl", "10:01 phone=0612345678")
    web.tell("10:02 customer=9")
    assert len(web.persons()) == 3
    web.tell("10:03 customer=9 email=a@winkel.nl phone=0612345678")
    assert web.persons() == [["10:00", "10:01", "10:02", "10:03"]]


def test_an_order_belongs_to_who_was_known_on_the_device(web: Web) -> None:
    """Before the first mark it is the first person's, from a mark on the marked person's."""
    web.tell(
        "10:00 device=A",
        "10:10 device=A customer=1",
        "10:20 device=A",
        "10:30 device=A customer=2",
        "10:40 device=A",
        "10:50 device=B",
    )
    assert web.persons() == [["10:00", "10:10", "10:20"], ["10:30", "10:40"], ["10:50"]]


def test_a_mark_that_arrives_late_counts_from_its_own_instant(web: Web) -> None:
    web.tell("10:00 device=A customer=1", "10:20 device=A", "10:40 device=A")
    web.tell("10:30 device=A customer=2")
    assert web.persons() == [["10:00", "10:20"], ["10:30", "10:40"]]


def test_a_shared_device_marks_nobody(web: Web) -> None:
    web.tell("10:00 device=KIOSK customer=1", "10:01 device=KIOSK", "10:02 device=KIOSK customer=2")
    assert web.persons() == [["10:00"], ["10:01"], ["10:02"]]
