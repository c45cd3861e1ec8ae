"""Who becomes known by another kind of identifier was so all along, on record as in a question about then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from few_segments import few_segments

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
    identifiers: {loyalty_card: card, email: email}
    fields: {event: event, at: at, message_id: id}
"""
OWN = """\
version: 1
traits:
  looks: {label: {en: Looks, nl: Blikken}, count: Page Viewed}
segments:
  by_mail:
    label: {en: By mail, nl: Per mail}
    where: {all: [{did: Page Viewed, at_least: 3}, {identified: [email]}]}
  ranked:
    label: {en: Ranked, nl: Op rang}
    where: {top: 100%, by: looks, among: {identified: [email]}}
  ranked_here:
    label: {en: Ranked and here, nl: Op rang en hier}
    where: {all: [{did: Page Viewed, at_least: 3}, {segment: ranked}]}
  ranked_anyhow:
    label: {en: Ranked among all, nl: Op rang onder allen}
    where: {top: 100%, by: looks}
"""
HEAD = "card,email,event,at,id\n"
CARD = "1234567890128"
VIEWS = HEAD + "".join(f"{CARD},,Page Viewed,2024-01-{d:02}T10:00:00Z,a{d}\n" for d in (2, 3, 4))
MAIL = HEAD + f"{CARD},k@example.org,Page Viewed,2024-01-20T10:00:00Z,b1\n"


@pytest.mark.parametrize("late", [True, False])
def test_the_record_does_not_depend_on_when_the_address_came(tmp_path: Path, *, late: bool) -> None:
    Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    (tmp_path / "shop" / "definitions" / "own.yaml").write_text(OWN)
    few_segments(tmp_path / "shop")
    for name, text in (("views.yaml", MAPPING), ("views.csv", VIEWS), ("mail.csv", MAIL)):
        (tmp_path / name).write_text(text)
    with Shop.open(tmp_path / "shop") as shop:
        days = ["2024-01-01", "2024-01-10", "2024-01-25"]
        for name, until in (("views.csv", 2 if late else 0), ("mail.csv", 3)):
            shop.ingest(tmp_path / name, mapping=str(tmp_path / "views.yaml"))
            while len(days) > 3 - until:
                shop.refresh(as_of=days.pop(0))
        assert shop.segment("by_mail", as_of="2024-01-10").counts()[0].count == 1
        asked = (
            "SELECT segment, strftime(entered_at, '%m-%d %H') AS came, left_at FROM memberships "
            "WHERE segment = 'by_mail' OR segment LIKE 'ranked%' ORDER BY ALL"
        )
        assert [tuple(row.values()) for row in shop.sql(asked).rows()] == [
            ("by_mail", "01-04 10", None),
            ("ranked", "01-03 00", None),
            ("ranked_anyhow", "01-03 00", None),
            ("ranked_here", "01-04 10", None),
        ]


def test_a_shop_of_views_alone_is_refreshed_when_nothing_came(tmp_path: Path) -> None:
    """There are no orders, and no file holds an instant after the last refresh."""
    Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    few_segments(tmp_path / "shop")
    for name, text in (("views.yaml", MAPPING), ("views.csv", VIEWS)):
        (tmp_path / name).write_text(text)
    with Shop.open(tmp_path / "shop") as shop:
        shop.ingest(tmp_path / "views.csv", mapping=str(tmp_path / "views.yaml"))
        assert shop.refresh(as_of="2024-01-10").entered == 1
        for later in ("2024-01-10T10:00:00Z", "2024-01-12"):
            found = shop.refresh(as_of=later)
            assert (found.entered, found.left, found.again) == (0, 0, 0)
