"""Money in currencies whose minor unit is not a hundredth (ISO 4217), and between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from babel.core import get_global
from collect_kit import ORDERS, Shop, csv, mapping

from stamgast.model.money import digits_of

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "nr,at,price,n,sku,who"


@pytest.mark.parametrize(
    ("currency", "price", "stored"),
    [
        ("JPY", "1200", 1200),
        ("JPY", "1200.5", 1201),
        ("KWD", "1.2345", 1235),
        ("KWD", "0.005", 5),
        ("EUR", "1.005", 101),
        ("CLF", "1.00005", 10001),
    ],
)
def test_amounts_are_whole_minor_units(
    tmp_path: Path, currency: str, price: str, stored: int
) -> None:
    shop = Shop(tmp_path / "shop", currency=currency)
    spec = mapping(f"currency: {currency}\n{ORDERS}")
    shop.ingest(spec, csv(tmp_path / "a.csv", HEAD, f"1,2025-01-01,{price},1,A,c1"))
    assert shop.rows("SELECT total FROM lake_order_version") == [(stored,)]


def test_every_currency_that_usage_gives_other_decimals_is_known() -> None:
    """CLDR rounds some to fewer than ISO has; where it has more or fewer than 2 for good, we agree."""
    fractions = get_global("currency_fractions")
    zero = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"}
    three = {"BHD", "JOD", "KWD", "LYD", "OMR", "TND"}
    for code in zero | three | {"CLF"}:
        assert fractions[code][0] == digits_of(code), code


def test_an_amount_with_more_decimals_than_the_shop_has_is_converted_before_it_is_rounded(
    tmp_path: Path,
) -> None:
    rates = csv(tmp_path / "rates.csv", "day,currency,rate", "2025-01-01,EUR,160")
    shop = Shop(tmp_path / "shop", currency="JPY", rates=rates)
    spec = mapping(f"currency: EUR\n{ORDERS}")
    shop.ingest(spec, csv(tmp_path / "a.csv", HEAD, "1,2025-01-01,9.95,1,A,c1"))
    assert shop.rows(
        "SELECT v.total, l.amount FROM lake_order_version AS v JOIN lake_order_line AS l USING (order_key)"
    ) == [(1592, 1592)]


def test_amounts_of_the_shops_own_beside_those_with_more_decimals(tmp_path: Path) -> None:
    rates = csv(tmp_path / "rates.csv", "day,currency,rate", "2025-01-01,KWD,3")
    shop = Shop(tmp_path / "shop", rates=rates)
    spec = mapping(
        "rows: [{kind: order_lines, fields: {order: nr, ordered_at: at, amount: price, currency: unit}}]"
    )
    rows = ("1,2025-01-01,1.235,KWD", "2,2025-01-01,9.95,EUR", "3,2025-01-01,-9.95,EUR")
    shop.ingest(spec, csv(tmp_path / "a.csv", "nr,at,price,unit", *rows))
    totals = "SELECT v.total, l.amount FROM lake_order_version AS v JOIN lake_order_line AS l USING (order_key) ORDER BY v.order_key"
    assert shop.rows(totals) == [(371, 371), (995, 995), (-995, -995)]  # 3.705 is 3.71
