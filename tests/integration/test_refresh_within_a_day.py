"""Segments that rest on ranks and on time, refreshed several times between two midnights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from few_segments import few_segments
from shop_kit import make_shop, stays

from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.app.shop import Shop

OWN = """
version: 1
segments:
  great_and_lately:
    label: {en: Great and lately here, nl: Groot en pas nog hier}
    where:
      - top: 60%
        by: net_revenue
        among: {did: order, within: 365d}
      - {did: order, within: 12h}
"""
ORDERS = [
    (1, "2010-12-01T10:00:00", 100),
    (2, "2010-12-01T11:00:00", 90),
    (3, "2010-12-01T12:00:00", 5),
    (1, "2010-12-22T01:00:00", 10),
    (2, "2010-12-22T05:30:00", 10),
    (3, "2010-12-22T06:00:00", 500),
    (1, "2010-12-22T20:00:00", 10),
    (3, "2010-12-23T02:00:00", 10),
]
HOURS = (0, 9, 15, 23, 30)
BY_HAND = [
    ("1", "2010-12-22T01:00:00.000000", "2010-12-22T13:00:00.000001"),
    ("1", "2010-12-22T20:00:00.000000", None),
    ("2", "2010-12-22T05:30:00.000000", "2010-12-22T17:30:00.000001"),
    ("3", "2010-12-23T02:00:00.000000", None),  # in the top since midnight
]


def refreshed(folder: Path, hours: tuple[int, ...]) -> Shop:
    shop = make_shop(folder, ORDERS)
    (folder / "definitions" / "own.yaml").write_text(OWN, encoding="utf-8")
    start = parse_instant("2010-12-22")
    for hour in hours:
        shop.refresh(as_of=start + hour * 3_600_000_000)
    return shop


def test_each_change_is_recorded_whenever_it_was_asked(tmp_path: Path) -> None:
    often, once = tmp_path / "often", tmp_path / "once"
    found = stays(refreshed(often, HOURS))
    lately = [(who, came, went) for who, name, came, went in found if name == "great_and_lately"]
    assert lately == BY_HAND
    assert found == stays(refreshed(once, (HOURS[0], HOURS[-1])))


GREAT_LATER = """
version: 1
segments:
  great_later:
    label: {en: Great later, nl: Groot later}
    where:
      - top: 100%
        by: net_revenue
        among: {did: order, within: 365d}
      - {did: order, between: [12h, 10d]}
  lately:
    label: {en: Lately, nl: Pas}
    where: {did: order, within: 12h}
  soon:
    label: {en: Soon, nl: Gauw}
    where: {did: order, between: [12h, 20h]}
"""
EVENING = [
    (1, "2010-12-21T20:00:00", 100),
    (2, "2010-12-01T11:00:00", 90),
    (2, "2010-12-22T13:00:00", 90),
    (3, "2010-12-01T12:00:00", 5),
]


def asked_at(folder: Path, hours: tuple[int, ...], *, anew_at: int | None = None) -> list[object]:
    shop = make_shop(folder, EVENING)
    (folder / "definitions" / "own.yaml").write_text(GREAT_LATER, encoding="utf-8")
    few_segments(folder)
    start = parse_instant("2010-12-21")
    for hour in hours:
        shop.refresh(as_of=start + hour * 3_600_000_000, anew=hour == anew_at)
    return [one for one in stays(shop) if one[1] in ("great_later", "lately", "soon")]


def test_who_was_not_expected_is_asked_after_a_midnight_too(tmp_path: Path) -> None:
    """Only at the midnight it shows that customer 1 comes in by day; customer 2 is news."""
    found = asked_at(tmp_path / "once", (21, 47))
    assert ("1", "great_later", "2010-12-22T08:00:00.000001", None) in found
    assert found == asked_at(tmp_path / "often", (21, 24, 35, 47))


def test_a_record_begun_anew_is_not_misled_by_the_old_one(tmp_path: Path) -> None:
    anew = asked_at(tmp_path / "anew", (21, 33, 47), anew_at=33)
    assert ("1", "soon", None, "2010-12-22T16:00:00.000001") in anew
    assert anew == asked_at(tmp_path / "first", (33, 47))
