"""Whose a device was is told late: also who had it until then is asked again."""

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
    identifiers: {customer_id: who, device_id: device}
    fields: {event: event, at: at, message_id: id}
"""
OWN = """\
version: 1
segments:
  looker:
    label: {en: Looker, nl: Kijker}
    where: {did: Page Viewed, at_least: 3}
"""
# day, customer and device of each view
CASES = {
    "before the first": ([(2, "", "D"), (3, "", "D"), (5, "A", "D"), (1, "B", "")], (1, "B", "D")),
    "between the second and what followed": (
        [(1, "A", "D"), (2, "C", "D"), (5, "", "D"), (6, "", "D"), (1, "B", "")],
        (3, "B", "D"),
    ),
}


def told(shop: Shop, folder: Path, views: list[tuple[int, str, str]]) -> None:
    lines = (f"{d}{w}{s},Page Viewed,2024-03-{d:02}T10:00:00Z,{w},{s}\n" for d, w, s in views)
    file = folder / f"{len(views)}.csv"
    file.write_text("id,event,at,who,device\n" + "".join(lines), encoding="utf-8")
    shop.ingest(file, mapping=str(folder / "views.yaml"))


@pytest.mark.parametrize("case", CASES)
def test_who_loses_views_by_a_mark_is_asked_again(tmp_path: Path, case: str) -> None:
    """B had the device all along: those with three views or more are the same, whoever was told when."""
    first, late = CASES[case]
    found = []
    (tmp_path / "views.yaml").write_text(MAPPING, encoding="utf-8")
    for name, again in (("often", True), ("once", False)):
        Shop.create(tmp_path / name, zone="UTC", currency="EUR", country="NL").close()
        few_segments(tmp_path / name)
        (tmp_path / name / "definitions" / "own.yaml").write_text(OWN, encoding="utf-8")
        with Shop.open(tmp_path / name) as shop:
            told(shop, tmp_path, first)
            if again:
                shop.refresh(as_of="2024-03-10")
                assert shop.sql("FROM memberships WHERE segment = 'looker'").count() == 1
            told(shop, tmp_path, [late])
            if not again:
                shop.refresh(as_of="2024-03-10")
            shop.refresh(as_of="2024-03-12")
            asked = (
                "SELECT p.identifier, m.entered_at, m.left_at FROM memberships AS m "
                "JOIN profiles AS p USING (profile_id) WHERE m.segment = 'looker' ORDER BY ALL"
            )
            found.append([tuple(row.values()) for row in shop.sql(asked).rows()])
    often, once = found
    assert often == once == [("B", None, None)]
