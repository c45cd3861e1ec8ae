"""Visitors without a name in the lifecycle: `anonymous` is a part of the prospects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    where: {column: nr, empty: false}
    fields: {order: nr, ordered_at: at, total: total}
    identifiers: {customer_id: who, anonymous_id: device}
  - kind: events
    where: {column: nr, empty: true}
    fields: {event: event, at: at}
    identifiers: {customer_id: who, anonymous_id: device}
"""
LINES = """\
nr,at,total,event,who,device
1,2026-01-01,5,,,phone
,2026-01-02,,Page Viewed,,laptop
,2026-01-03,,Page Viewed,Ann,
"""


def test_a_visitor_who_bought_is_no_anonymous_prospect(tmp_path: Path) -> None:
    shop = Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL")
    (tmp_path / "web.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "web.csv").write_text(LINES, encoding="utf-8")
    shop.ingest(tmp_path / "web.csv", mapping=str(tmp_path / "web.yaml"))
    bought, seen = shop.lifecycle.counts(["2026-01-01T12:00:00Z", "2026-01-04"])
    assert (bought.stages["new_buyer"], bought.stages["prospect"], bought.anonymous) == (1, 0, 0)
    # the laptop, and Ann who is known
    assert (seen.stages["new_buyer"], seen.stages["prospect"], seen.anonymous) == (1, 2, 1)
