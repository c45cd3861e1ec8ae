"""Victor and Xander of the customers whose segments are known: visits of a visitor who signs up later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
version: 1
source: web
zone: Europe/Amsterdam
currency: EUR
country: NL
rows:
  - kind: events
    identifiers: {email: email, anonymous_id: device}
    fields: {event: event, at: at, message_id: id}
"""
PETS = "version: 1\nparameters:\n  browser_visits: 5\n  browser_window: 28d\n"
FASHION = "version: 1\nparameters:\n  browser_visits: 2\n  browser_window: 30d\n"
VICTOR = [("2026-05-" + day, "v@example.org") for day in ("05", "12", "19", "26")]
XANDER = [("2026-05-" + day, "") for day in ("05", "10", "15", "20", "25", "30")]
SIGNED_UP = [("2026-05-31", "x@example.org")]
T = "2026-06-01T00:00Z"


def shop_of(folder: Path, preset: str, visits: list[tuple[str, str]]) -> Shop:
    """A shop with one visitor's views, at noon."""
    made = Shop.create(folder / "shop", zone="Europe/Amsterdam", currency="EUR", country="NL")
    (folder / "shop" / "definitions" / "preset.yaml").write_text(preset)
    (folder / "web.yaml").write_text(MAPPING)
    rows = [
        f"e{i},Page Viewed,{day}T12:00:00Z,{email},tablet-1"
        for i, (day, email) in enumerate(visits)
    ]
    (folder / "web.csv").write_text("\n".join(["id,event,at,email,device", *rows]) + "\n")
    made.ingest(folder / "web.csv", mapping=str(folder / "web.yaml"))
    return made


@pytest.mark.parametrize(
    ("preset", "visits", "who", "frequent", "many"),
    [
        pytest.param(PETS, VICTOR, "v@example.org", False, 4, id="24-Victor"),
        pytest.param(FASHION, [*XANDER, *SIGNED_UP], "x@example.org", True, 7, id="26-Xander"),
        pytest.param(FASHION, XANDER, "anonymous_id:tablet-1", False, 6, id="26-nobody-before"),
    ],
)
def test_who_browses_often(
    tmp_path: Path,
    *,
    preset: str,
    visits: list[tuple[str, str]],
    who: str,
    frequent: bool,
    many: int,
) -> None:
    with shop_of(tmp_path, preset, visits) as shop:
        found = shop.customers.show(who, as_of=T)
        assert found.stage == "prospect"
        assert ("frequent_browsers" in found.segments) == frequent
        assert found.traits["recent_visits"] == many
