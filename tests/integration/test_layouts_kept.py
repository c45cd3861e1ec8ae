"""What a mapping comes to over the columns of a file is kept: each file is still read as itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collect_kit import ORDERS, Shop, csv, mapping, parquet

from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "nr,at,price,n,sku,who"


def told(shop: Shop) -> list[tuple[str, int, str, str]]:
    rows = shop.rows(
        "SELECT s.order_id, s.total, strftime(timezone('UTC', s.valid_from), '%d %H:%M'), i.value "
        "FROM lake_order_statement AS s LEFT JOIN lake_identifier AS i "
        "ON i.identifier_id = s.identity_id ORDER BY s.seq"
    )
    return [(order, total, at, who) for order, total, at, who in rows]


def test_files_of_one_layout_are_read_as_what_they_hold(tmp_path: Path) -> None:
    """First all is plain; then texts want trimming, a row is wrong; then all is plain again."""
    shop = Shop(tmp_path / "shop")
    for name, line in (
        ("a", "1,2025-01-01T10:00:00Z,1.00,1,A,c1"),
        ("b", "2 ,2025-01-02T10:00:00Z, 2.00 ,1,A, c2\n3,2025-01-03T10:00:00Z,three,1,A,c3"),
        ("c", "4,2025-01-04T10:00:00Z,4.00,1,A,c4"),
    ):
        (tmp_path / name).mkdir()
        shop.ingest(mapping(ORDERS), csv(tmp_path / name / "orders.csv", HEAD, line))
    assert told(shop) == [
        ("1", 100, "01 10:00", "c1"),
        ("2", 200, "02 10:00", "c2"),
        ("4", 400, "04 10:00", "c4"),
    ]
    assert [row[1:3] for row in shop.quarantined()] == [
        (3, "amount is not an amount of money: price = 'three'")
    ]


def test_another_mapping_or_another_type_of_column_reads_otherwise(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    lines = (HEAD, "1,2025-01-01T10:00,1.005,1,A,c9")
    for number, head in enumerate(("", "zone: UTC\n", "read: {missing: [c9]}\n", "priority: 7\n")):
        (tmp_path / str(number)).mkdir()
        # each a source of its own, so that nothing is a repetition
        spec = mapping(f"source: s{number}\n{head}{ORDERS}")
        shop.ingest(spec, csv(tmp_path / str(number) / "orders.csv", *lines))
    assert told(shop) == [
        ("1", 101, "01 09:00", "c9"),
        ("1", 101, "01 10:00", "c9"),
        ("1", 101, "01 09:00", None),
        ("1", 101, "01 09:00", "c9"),
    ]
    whole, parts = Shop(tmp_path / "whole"), Shop(tmp_path / "parts")
    for one, price in ((whole, 3), (parts, 3.25)):
        columns = {"nr": ["1"], "at": ["2025-01-01T10:00"], "n": [1], "sku": ["A"], "who": ["c"]}
        one.folder.mkdir()
        one.ingest(mapping(ORDERS), parquet(one.folder / "o.parquet", columns | {"price": [price]}))
    assert [told(one)[0][1] for one in (whole, parts)] == [300, 325]


def test_a_row_may_lie_a_day_ahead_of_its_own_import(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    late = "1,2026-01-17T10:00:00Z,1.00,1,A,c1"
    for name, now in (("a", "2026-01-15T12:00:00Z"), ("b", "2026-01-16T12:00:00Z")):
        (tmp_path / name).mkdir()
        shop.clock.at = parse_instant(now)
        report = shop.ingest(mapping(ORDERS), csv(tmp_path / name / "o.csv", HEAD, late))
        assert report.orders == (name == "b")
