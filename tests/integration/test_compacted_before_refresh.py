"""Files are merged between an import and the refresh after it: who lost an order is asked again all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from few_segments import few_segments

from stamgast.app.shop import Shop
from stamgast.store import compact

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
label: {{en: Orders, nl: Bestellingen}}
about: orders
zone: UTC
currency: EUR
country: NL
source: {source}
namespace: shop
priority: {priority}
rows:
  - kind: orders
    fields: {{order: number, ordered_at: at, total: total}}
    identifiers: {{customer_id: who}}
"""
HEAD = "number,at,total,who\n"
TOLD = HEAD + "1,2024-03-01,10,A\n2,2024-03-02,10,A\n3,2024-03-02,10,B\n"
MORE = HEAD + "4,2024-03-03,10,C\n"
BETTER = HEAD + "1,2024-03-01,10,B\n"
"""The other source goes before: order 1 never was of A."""


@pytest.mark.parametrize("most", [1, compact.MANY_FILES])
def test_whose_order_another_source_gives_to_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(compact, "MANY_FILES", most)
    Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    few_segments(tmp_path / "shop")
    with Shop.open(tmp_path / "shop") as shop:
        for n, (source, text) in enumerate((("web", TOLD), ("web", MORE), ("erp", BETTER))):
            mapping, file = tmp_path / f"{source}.yaml", tmp_path / f"{n}.csv"
            mapping.write_text(MAPPING.format(source=source, priority=1 + (source == "web")))
            file.write_text(text)
            if n == 2:
                shop.refresh(as_of="2024-03-10")
            shop.ingest(file, mapping=str(mapping))
        shop.refresh(as_of="2024-03-12")
        asked = (
            "SELECT p.identifier, m.segment, m.entered_at, m.left_at FROM memberships AS m "
            "JOIN profiles AS p USING (profile_id) ORDER BY ALL"
        )
        assert [tuple(row.values()) for row in shop.sql(asked).rows()] == [
            ("A", "stage:new_buyer", None, None),
            ("B", "stage:promising", None, None),
            ("C", "stage:new_buyer", None, None),
        ]
