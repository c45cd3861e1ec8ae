"""Exports of web shops, with what should come of them worked out by hand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from collect_kit import DATA, Shop, csv

from stamgast.clock import format_instant

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.collect.report import ImportReport

SHOPIFY = DATA / "shops" / "shopify_orders.csv"
LATER = DATA / "shops" / "shopify_orders_later.csv"
WOO = DATA / "shops" / "woocommerce_orders.csv"
NOW = "2026-01-15T12:00:00Z"


def states(shop: Shop) -> list[tuple[Any, ...]]:
    return [
        (row[0], row[1].partition(":")[2], format_instant(row[3]), *row[6:10])
        for row in shop.orders()
    ]


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, ImportReport]:
    """A shop that read the orders of Shopify; not to be changed."""
    shop = Shop(tmp_path_factory.mktemp("shopify") / "shop")
    return shop, shop.ingest("shopify-orders", SHOPIFY)


def test_shopify(fed: tuple[Shop, ImportReport]) -> None:
    shop, report = fed
    assert states(shop) == [
        ("lotte@vandenberg.example", "#1001", "2025-03-30T01:15:09Z", True, 4485, 0, 4485),
        ("jan.de.vries@voorbeeld.test", "#1002", "2025-04-01T10:00:00Z", False, 1250, 0, 1250),
        (None, "#1003", "2025-04-02T06:59:58Z", True, 795, 0, 795),
        ("fatima.el.amrani@voorbeeld.test", "#1004", "2025-04-05T16:29:00Z", True, 6000, 0, 6000),
        ("fatima.el.amrani@voorbeeld.test", "#1004", "2025-04-07T08:00:00Z", False, 6000, 6000, 0),
        ("lotte@vandenberg.example", "#1005", "2025-05-01T07:59:00Z", True, 3000, 0, 3000),
        ("lotte@vandenberg.example", "#1005", NOW, True, 3000, 1500, 1500),
    ]
    assert report.quarantined == {
        "it is in USD, the shop counts in EUR, and there is no rates.csv": 1,
        "ordered_at is not an instant": 1,
    }
    assert [row[:2] for row in shop.quarantined()] == [(SHOPIFY.name, 9), (SHOPIFY.name, 8)]
    [dated, rest] = shop.quarantined()
    assert dated[2] == "ordered_at is not an instant: Created at = '31 mei 2025'"
    assert rest[3]["Name"] == "#1006"
    assert shop.rows("SELECT approximate FROM lake_refund_statement ORDER BY refund_key") == [
        (False,),
        (True,),
    ]


def test_what_is_quarantined_leaves_no_trace(fed: tuple[Shop, ImportReport]) -> None:
    shop, _ = fed
    told = shop.rows("SELECT value FROM lake_identifier WHERE kind = 'email' ORDER BY 1")
    assert told == [
        ("fatima.el.amrani@voorbeeld.test",),
        ("jan.de.vries@voorbeeld.test",),
        ("lotte@vandenberg.example",),
    ]


def test_texts_stay_as_they_are(fed: tuple[Shop, ImportReport]) -> None:
    shop, _ = fed
    postcodes = shop.rows(
        "SELECT DISTINCT value FROM lake_attribute WHERE name = 'postcode' ORDER BY 1"
    )
    assert postcodes == [("0512 ZZ",), ("3511 AB",), ("9711 AA",)]
    names = shop.rows("SELECT name FROM lake_order_line WHERE order_key LIKE '%#1001' ORDER BY 1")
    assert names == [("Kop, <b>wit</b>",), ('Theepot "Noord", blauw',)]
    assert shop.rows("SELECT value FROM lake_identifier WHERE kind = 'phone' ORDER BY 1") == [
        ("+31611111111",),
        ("+31612345678",),
    ]


def test_a_running_total_of_refunds_adds_the_difference(
    fed: tuple[Shop, ImportReport], tmp_path: Path
) -> None:
    shutil.copytree(fed[0].folder, tmp_path / "shop")
    shop = Shop(tmp_path / "shop")
    assert shop.ingest("shopify-orders", SHOPIFY).accepted == 0
    shop.clock.at += 1_000_000
    report = shop.ingest("shopify-orders", LATER)
    assert (report.accepted, report.repeated) == (1, 3)
    assert shop.rows("SELECT refund_key, amount FROM lake_refund_statement ORDER BY 1") == [
        ("shopify-orders:#1004", 6000),
        ("shopify-orders:#1005", 1500),
        ("shopify-orders:#1005~2", 1500),
    ]
    assert states(shop)[-1][3:] == (True, 3000, 3000, 0)
    assert shop.ingest("shopify-orders", LATER).accepted == 0
    assert shop.ingest("shopify-orders", SHOPIFY).accepted == 0


def test_rates_of_the_day(tmp_path: Path) -> None:
    rates = csv(
        tmp_path / "rates.csv", "day,currency,rate", "2025-05-02,USD,0.8835", "2025-05-03,USD,2"
    )
    shop = Shop(tmp_path / "shop", rates=rates)
    report = shop.ingest("shopify-orders", SHOPIFY)
    assert list(report.quarantined) == ["ordered_at is not an instant"]
    found = shop.rows(
        "SELECT v.total, v.gross, l.unit_price, l.amount FROM lake_order_version AS v "
        "JOIN lake_order_line AS l USING (order_key) WHERE v.order_id = '#1006'"
    )
    assert found == [(2651, 2651, 1325, 2651)]  # 30 x 0.8835 = 26.505; 15 x 0.8835 = 13.2525


def test_no_rate_for_the_day(tmp_path: Path) -> None:
    rates = csv(tmp_path / "rates.csv", "day,currency,rate", "2025-05-03,USD,2")
    shop = Shop(tmp_path / "shop", rates=rates)
    report = shop.ingest("shopify-orders", SHOPIFY)
    assert "it is in USD, and rates.csv has no rate for its day" in report.quarantined


def test_woocommerce(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    report = shop.ingest("woocommerce-orders", WOO)
    assert states(shop) == [
        ("sanne@vandermeer.example", "0071", "2024-10-26T21:30:00Z", True, 4999, 0, 4999),
        # 02:30 came twice that night: the first one
        ("ben@voorbeeld.test", "0072", "2024-10-27T00:30:00Z", True, 4500, 0, 4500),
        ("eva@voorbeeld.test", "0073", "2024-10-28T09:00:00Z", False, 2000, 0, 2000),
        ("ben@voorbeeld.test", "0074", "2024-11-01T08:00:00Z", True, 2500, 0, 2500),
        ("ben@voorbeeld.test", "0074", NOW, False, 2500, 0, 2500),
        ("eva@voorbeeld.test", "0075", "2024-11-02T08:00:00Z", True, 3000, 0, 3000),
        ("eva@voorbeeld.test", "0075", NOW, True, 3000, 3000, 0),
        (None, "0076", "2024-11-03T08:00:00Z", True, 800, 0, 800),
    ]
    assert report.quarantined == {"total is not an amount of money": 1}
    approximate = shop.rows("SELECT order_id FROM lake_order_statement WHERE approximate")
    assert approximate == [("0074",)]
    coupons = shop.rows("SELECT order_id, coupon FROM lake_order_version WHERE coupon_used")
    assert coupons == [("0072", "WELKOM5")]
    shop.clock.at += 86_400_000_000
    again = shop.ingest("woocommerce-orders", WOO)
    assert (again.accepted, again.repeated) == (0, 8)


@pytest.mark.parametrize(
    ("mapping", "file", "given", "order"),
    [
        # goods 30.00 and shipping: 2.50 and 4.95
        ("woocommerce-orders", WOO, ("2.5,30.00,32.50", "2.5,32.50,32.50"), "0075"),
        ("shopify-orders", SHOPIFY, ("c5,15.00,", "c5,34.95,"), "#1005"),
    ],
)
def test_refunded_shipping_is_no_refund_of_goods(
    tmp_path: Path, mapping: str, file: Path, given: tuple[str, str], order: str
) -> None:
    text = file.read_text(encoding="utf-8")
    assert given[0] in text
    (tmp_path / "orders.csv").write_text(text.replace(*given), encoding="utf-8")
    shop = Shop(tmp_path)
    shop.ingest(mapping, tmp_path / "orders.csv")
    last = [state for state in states(shop) if state[1] == order][-1]
    assert last[-3:] == (3000, 3000, 0)
