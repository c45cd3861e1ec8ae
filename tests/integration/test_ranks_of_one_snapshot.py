"""Ranks that a refresh kept answer for the definitions that it asked with, whatever is applied meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from few_segments import few_segments
from shop_kit import make_shop

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from pathlib import Path

GREAT = """
version: 1
segments:
  great:
    label: {{en: Great, nl: Groot}}
    where: {{top: {share}%, by: net_revenue, among: {{did: order, within: 365d}}}}
"""
ORDERS = [
    (1, "2010-12-01T10:00:00", 100),
    (2, "2010-12-01T11:00:00", 90),
    (3, "2010-12-01T12:00:00", 5),
]
DAY = parse_instant("2010-12-22")


def define(folder: Path, share: int) -> None:
    text = GREAT.format(share=share)
    (folder / "definitions" / "own.yaml").write_text(text, encoding="utf-8")


def test_somebody_else_refreshes_with_new_definitions_meanwhile(tmp_path: Path) -> None:
    """The data that is looked at has the ranks of the refresh before, of 34 %."""
    folder = tmp_path / "shop"
    with make_shop(folder, ORDERS) as shop:
        few_segments(folder)
        define(folder, 34)
        shop.refresh(as_of=DAY)
    define(folder, 100)
    with Shop.open(folder) as one, Shop.open(folder) as other, one.snapshot():
        assert one.sql("FROM profiles").count() == 3
        other.refresh(as_of=DAY + 1)
        assert one.segment("great", as_of=DAY + 1).count() == 3
