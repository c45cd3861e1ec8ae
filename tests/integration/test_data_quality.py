"""What data lacks or contradicts itself in, counted by hand in a file of six rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = """\
nr,at,mail,total
1,2025-01-03 10:00,a@example.org,39.90
2,2025-01-05 10:00,a@example.org,-3.95
3,2025-01-06 10:00,b@example.org,0
4,2025-01-07 10:00,,12.00
5,1999-01-07 10:00,b@example.org,12.00
6,2025-01-08 10:00,b@example.org,free
"""
MAPPING = """\
version: 1
source: till
zone: Europe/Amsterdam
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: nr, ordered_at: at, total: total}
    identifiers: {email: mail}
"""


def test_each_thing_is_counted_and_asks_for_attention_where_it_matters(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "till.yaml").write_text(MAPPING, encoding="utf-8")
    with Shop.create(tmp_path / "shop") as shop:
        shop.ingest(tmp_path / "orders.csv", mapping=str(tmp_path / "till.yaml"))
        found = shop.quality.report(as_of="2025-02-01")
    assert {one.code: (one.count, one.whole, one.asks) for one in found.checks} == {
        "quarantine": (1, 0, True),
        "nobody": (1, 5, True),
        "email": (0, 2, False),
        "consent": (2, 2, True),
        "lines": (5, 5, True),
        "free": (1, 5, True),
        "negative": (1, 0, True),
        "ahead": (0, 0, False),
        "long_ago": (1, 0, True),
        "doubles": (0, 0, False),
    }
