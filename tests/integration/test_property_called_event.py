"""A property may be called `event`: it is not the name of the event, in visits of several kinds either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
label: {en: Views, nl: Bezoeken}
about: events
zone: UTC
currency: EUR
country: NL
source: web
rows:
  - kind: events
    identifiers: {customer_id: who}
    fields: {event: event, at: at, message_id: id}
    properties: {event: fair}
"""
OWN = """\
version: 1
events:
  event: {type: text}
traits:
  fair_again:
    label: {en: Fair, nl: Beurs}
    recurring: event
    of: Product Viewed
    visits_of: [Cart Viewed]
    at_least: 2
    within: 30d
    gap: 30m
"""
# Product Viewed at the spring fair on three days, at the autumn fair on two
ROWS = "who,event,at,id,fair\n" + "".join(
    f"A,{name},2024-01-{day:02}T10:00:00Z,{name[0]}{day},{'spring' if day % 2 else 'autumn'}\n"
    for day in range(1, 6)
    for name in ("Product Viewed", "Cart Viewed")
)


def test_what_comes_back_is_the_property(tmp_path: Path) -> None:
    Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    (tmp_path / "shop" / "definitions" / "own.yaml").write_text(OWN)
    (tmp_path / "views.yaml").write_text(MAPPING)
    (tmp_path / "views.csv").write_text(ROWS)
    with Shop.open(tmp_path / "shop") as shop:
        shop.ingest(tmp_path / "views.csv", mapping=str(tmp_path / "views.yaml"))
        [row] = shop.trait("fair_again", as_of="2024-01-10").rows()
    assert row["value"] == "spring"
