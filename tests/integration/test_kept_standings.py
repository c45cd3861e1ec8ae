"""Ranks that a refresh keeps for the next one of the day, and that they are not used when they are not so."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from few_segments import few_segments
from shop_kit import make_shop, orders_file, stays

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shop_kit import Order

OWN = """
version: 1
segments:
  great_and_lately:
    label: {{en: Great and lately here, nl: Groot en pas nog hier}}
    where:
      - top: {share}%
        by: net_revenue
        among: {{did: order, within: 365d}}
      - {{did: order, within: 12h}}
"""
ORDERS: list[Order] = [
    (1, "2010-12-01T10:00:00", 100),
    (2, "2010-12-01T11:00:00", 90),
    (3, "2010-12-01T12:00:00", 5),
    (1, "2010-12-22T01:00:00", 10),
]
NEWS: list[Order] = [(2, "2010-12-22T05:30:00", 10), (3, "2010-12-22T06:00:00", 10)]
LATE: list[Order] = [(3, "2010-12-20T06:00:00", 300)]
"""Who is told late is the best of all since 20 December."""
DAY = parse_instant("2010-12-22")


def at(hour: float) -> int:
    return DAY + round(hour * 3_600_000_000)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once") / "shop"
    with make_shop(folder, ORDERS) as shop:
        define(folder, 60)
        few_segments(folder, "best_buyers")
        shop.refresh(as_of=at(2))
    return folder


@pytest.fixture
def shop(once: Path, tmp_path: Path) -> Iterator[Shop]:
    """Refreshed at two o'clock, when 60 % are great."""
    shutil.copytree(once, tmp_path / "shop")
    with Shop.open(tmp_path / "shop") as made:
        yield made


def define(folder: Path, share: int) -> None:
    (folder / "definitions" / "own.yaml").write_text(OWN.format(share=share), encoding="utf-8")


def told(shop: Shop, path: Path, orders: list[Order], first: int) -> None:
    shop.ingest(orders_file(path, orders, first=first), mapping="online-retail")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "data" / "lake" / "standing").glob("*"))


def found(shop: Shop) -> list[tuple[object, ...]]:
    return [one for one in stays(shop) if one[1] == "great_and_lately"]


def test_news_of_the_day_leave_what_was_kept_as_it_was(shop: Shop, tmp_path: Path) -> None:
    kept = files(tmp_path / "shop")
    assert len(kept) == 1
    told(shop, tmp_path / "news.parquet", NEWS, 100)
    shop.refresh(as_of=at(9))
    assert files(tmp_path / "shop") == kept
    assert found(shop) == [
        ("1", "great_and_lately", None, None),
        ("2", "great_and_lately", "2010-12-22T05:30:00.000000", None),
    ]


def test_the_next_midnight_has_ranks_of_its_own(shop: Shop, tmp_path: Path) -> None:
    kept = files(tmp_path / "shop")
    told(shop, tmp_path / "news.parquet", NEWS, 100)
    shop.refresh(as_of=at(25))
    assert len(set(files(tmp_path / "shop")) - {*kept}) == 1


def test_what_is_told_late_changes_the_ranks_of_the_day(shop: Shop, tmp_path: Path) -> None:
    told(shop, tmp_path / "late.parquet", LATE, 100)
    told(shop, tmp_path / "news.parquet", NEWS, 200)
    shop.refresh(as_of=at(9))
    # 3 with 305 and 1 with 100 are the best two of three now, 2 with 90 is none of them
    assert [(who, came) for who, _, came, went in found(shop) if went is None] == [
        ("1", None),
        ("3", "2010-12-22T06:00:00.000000"),
    ]


def test_other_definitions_are_asked_of_ranks_made_for_them(shop: Shop, tmp_path: Path) -> None:
    define(tmp_path / "shop", 100)
    told(shop, tmp_path / "news.parquet", NEWS, 100)
    shop.refresh(as_of=at(9))
    assert {who for who, *_ in found(shop)} == {"1", "2", "3"}


def test_a_shop_that_is_opened_again_answers_as_one_that_kept_nothing(
    once: Path, tmp_path: Path
) -> None:
    other = make_shop(tmp_path / "never", ORDERS)
    define(tmp_path / "never", 60)
    for hour in (2.5, 9, 26):
        for name in ("great_and_lately", "best_buyers"):
            with Shop.open(once) as shop:
                first, again = (
                    sorted(row["identifier"] for row in one.segment(name, as_of=at(hour)).rows())
                    for one in (shop, other)
                )
                assert first == again
                if name == "best_buyers":
                    assert first


def test_anew_is_made_from_the_log_alone(shop: Shop, tmp_path: Path) -> None:
    kept = files(tmp_path / "shop")
    shop.refresh(as_of=at(3), anew=True)
    assert len(set(files(tmp_path / "shop")) - {*kept}) == 1
