"""Orders of nobody that come late, or are taken back, change who is after a bargain on record as they should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from few_segments import few_segments

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """\
version: 1
label: {en: Sales, nl: Verkopen}
about: orders
zone: UTC
currency: EUR
country: NL
source: web
rows:
  - kind: orders
    identifiers: {customer_id: who}
    fields: {order: number, ordered_at: at, total: total, gross: gross, discount: discount}
"""
HEAD = "number,who,at,total,gross,discount\n"
# 10 off 100 three times, and nothing off 100: the shop gives 5 %, so A is after a bargain
NAMED = HEAD + "".join(
    f"{who}{day},{who},2024-01-{day:02}T10:00:00Z,{100 - less},100,{less}\n"
    for who, less in (("A", 10), ("B", 0))
    for day in (1, 2, 3)
)
# of nobody 50 off 100 three times: it gives 20 %, and A pays full price
TILL = HEAD + "".join(f"T{day},,2024-01-{day:02}T12:00:00Z,50,100,50\n" for day in (4, 5, 6))
# the same before A's purchases: A never was after a bargain
EARLY = HEAD + "".join(f"T{day},,2023-12-{day}T12:00:00Z,50,100,50\n" for day in range(24, 30))
DAYS = ("2024-01-02", "2024-01-08", "2024-01-10")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL") as made:
        few_segments(tmp_path / "shop", "bargain_hunters", "full_price_buyers")
        for name, text in (("orders.yaml", MAPPING), ("named.csv", NAMED), ("till.csv", TILL)):
            (tmp_path / name).write_text(text)
        yield made


def read(shop: Shop, folder: Path, name: str) -> None:
    shop.ingest(folder / name, mapping=str(folder / "orders.yaml"))


def stays(shop: Shop) -> list[tuple[object, ...]]:
    """Of A: the segment, and when it came and went."""
    rows = shop.sql(
        "SELECT segment, strftime(entered_at, '%m-%d %H') AS came, strftime(left_at, '%m-%d %H') AS went "
        "FROM memberships SEMI JOIN (FROM profiles WHERE identifier = 'A') USING (profile_id) "
        "WHERE segment IN ('bargain_hunters', 'full_price_buyers') ORDER BY ALL"
    ).rows()
    return [(row["segment"], row["came"], row["went"]) for row in rows]


# three purchases at 10:00 on the 3rd; with the till's the shop's share of the midnight is over 10 %
# from that of the 5th on: (3 x 10 + 50) / (6 x 100 + 100) = 80 / 700; at twice 10 % or more, 20 %,
# from that of the 7th on
ALONE = [("bargain_hunters", "01-03 10", None)]
BOTH = [("bargain_hunters", "01-03 10", "01-05 00"), ("full_price_buyers", "01-07 00", None)]


def test_late_orders_of_nobody_are_on_record_as_if_they_had_come_in_time(
    shop: Shop, tmp_path: Path
) -> None:
    read(shop, tmp_path, "named.csv")
    for day in DAYS[:2]:
        shop.refresh(as_of=day)
    assert stays(shop) == ALONE
    read(shop, tmp_path, "till.csv")
    shop.refresh(as_of=DAYS[2])
    assert stays(shop) == BOTH
    shop.imports.undo(shop.imports.list()[-1].batch, confirmed=True, figures=False)
    shop.refresh(as_of=DAYS[2])
    assert stays(shop) == ALONE
    assert {one.level for one in shop.doctor()} == {"ok"}


def test_in_time(shop: Shop, tmp_path: Path) -> None:
    for name in ("named.csv", "till.csv"):
        read(shop, tmp_path, name)
    for day in DAYS:
        shop.refresh(as_of=day)
    assert stays(shop) == BOTH


def test_what_was_on_record_is_gone_when_late_orders_of_nobody_say_that_it_never_was(
    shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "early.csv").write_text(EARLY)
    read(shop, tmp_path, "named.csv")
    for day in DAYS[:2]:
        shop.refresh(as_of=day)
    assert stays(shop) == ALONE
    read(shop, tmp_path, "early.csv")
    shop.refresh(as_of=DAYS[2])
    assert stays(shop) == [("full_price_buyers", "01-03 10", None)]
