"""Orders in one file and their lines in another, in one run or days apart, in either order."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from collect_kit import Shop, csv, mapping

from stamgast.clock import format_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.collect.report import ImportReport

ORDERS = """
  - kind: orders
    file: orders*.csv
    fields: {order: nr, ordered_at: placed, total: total, status: status, coupon: code}
    identifiers: {customer_id: who}
    statuses: {cancelled: [cancelled]}
"""
LINES = """
  - kind: order_lines
    file: "*lines*.csv"
    fields: {order: order_nr, sku: sku, quantity: n, amount: paid, line_coupon: action}
"""
DATED = LINES.replace("sku: sku", "ordered_at: at, sku: sku").rstrip() + (
    "\n    identifiers: {email: mail}\n"
)
APART = mapping(f"zone: UTC\nrows:{ORDERS}{LINES}")
APART_DATED = mapping(f"zone: UTC\nrows:{ORDERS}{DATED}")
ORDER_HEAD = "nr,placed,total,status,code,who"
LINE_HEAD = "order_nr,sku,n,paid,action"
DAY_US = 86_400_000_000


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop", zone="UTC")


def told(report: ImportReport) -> list[tuple[int, int]]:
    return [(file.accepted, file.repeated) for file in report.files]


def states(shop: Shop) -> list[tuple[Any, ...]]:
    """Customer, number, since when, counts, total, coupon used; equal states in a row are one."""
    found: list[tuple[Any, ...]] = []
    for who, key, _, since, _, _, counts, total, _, _, coupon, _ in shop.orders():
        state = (who, key.partition(":")[2], counts, total, coupon)
        if not found or found[-1][:1] + found[-1][1:2] + found[-1][3:] != state:
            found.append((*state[:2], (format_instant(since) or "")[:10], *state[2:]))
    return found


def lines(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store().reading() as reader:
        return reader.db.run(
            "SELECT i.value, l.order_key, l.ordered_at::DATE::VARCHAR, l.sku, l.amount_minor "
            "FROM lines AS l LEFT JOIN lake_identifier AS i ON i.identifier_id = l.profile_id "
            "ORDER BY ALL"
        )


def orders_file(folder: Path, *rows: str) -> Path:
    return csv(folder / "orders_2025.csv", ORDER_HEAD, *rows)


def lines_file(folder: Path, *rows: str) -> Path:
    return csv(folder / "Lines_2025.CSV", LINE_HEAD, *rows)


FIRST = ("1,2025-01-01,9.00,ok,,c1", "2,2025-01-02,5.00,ok,WINTER,c2")
THEIRS = ("1,cup,2,8.00,", "1,mug,1,2.00,SPRING", "2,jug,1,5.00,")
KNOWN = [
    ("c1", "1", "2025-01-01", True, 900, True),
    ("c2", "2", "2025-01-02", True, 500, True),
]
ITEMS = [
    ("c1", "test:1", "2025-01-01", "cup", 800),
    ("c1", "test:1", "2025-01-01", "mug", 200),
    ("c2", "test:2", "2025-01-02", "jug", 500),
]


def test_both_files_in_one_run(shop: Shop, tmp_path: Path) -> None:
    files = (orders_file(tmp_path, *FIRST), lines_file(tmp_path, *THEIRS))
    report = shop.ingest(APART, *files)
    assert told(report) == [(2, 0), (3, 0)]
    assert (report.orders, report.total_minor, report.customers) == (2, 1400, 2)
    assert states(shop) == KNOWN
    assert lines(shop) == ITEMS
    # one state each: lines in the same run make no further one
    assert len(shop.orders()) == 2
    before = shop.rows("SELECT count(*) FROM lake_order_statement")
    assert told(shop.ingest(APART, *files)) == [(0, 2), (0, 3)]
    assert told(shop.ingest(APART, *reversed(files))) == [(0, 3), (0, 2)]
    assert shop.rows("SELECT count(*) FROM lake_order_statement") == before


@pytest.mark.parametrize("orders_first", [True, False])
def test_days_apart_in_either_order(shop: Shop, tmp_path: Path, *, orders_first: bool) -> None:
    files = [orders_file(tmp_path, *FIRST), lines_file(tmp_path, *THEIRS)]
    one, other = files if orders_first else files[::-1]
    shop.ingest(APART, one)
    if orders_first:
        assert [row[:5] for row in states(shop)] == [row[:5] for row in KNOWN]
        assert lines(shop) == []
    else:  # without an instant they wait, uncounted
        assert [row[:5] for row in states(shop)] == [
            (None, "1", "2026-01-15", False, 1000),
            (None, "2", "2026-01-15", False, 500),
        ]
    shop.clock.at += 2 * DAY_US
    assert told(shop.ingest(APART, other)) == [(2, 0) if not orders_first else (3, 0)]
    assert states(shop) == KNOWN
    assert lines(shop) == ITEMS
    for file, many in ((one, 3 - orders_first), (other, 2 + orders_first)):
        shop.clock.at += DAY_US
        assert told(shop.ingest(APART, file)) == [(0, many)]
    assert states(shop) == KNOWN


def test_two_mapping_files_of_one_source_are_as_one(shop: Shop, tmp_path: Path) -> None:
    """Lines with an instant of their own stand alone until their order comes."""
    apart = mapping(f"zone: UTC\nrows:{DATED}")
    file = csv(
        tmp_path / "lines.csv",
        "order_nr,at,sku,n,paid,action,mail",
        "1,2025-01-01T09:00:00Z,cup,2,8.00,,l1@x.test",
        "3,2025-01-03T09:00:00Z,jug,1,2.00,SPRING,l3@x.test",
    )
    shop.ingest(apart, file)
    alone = ("l3@x.test", "3", "2025-01-03", True, 200, True)
    assert states(shop) == [("l1@x.test", "1", "2025-01-01", True, 800, False), alone]
    shop.clock.at += DAY_US
    later = mapping(f"zone: UTC\nrows:{ORDERS}")
    shop.ingest(later, orders_file(tmp_path, "1,2025-01-01T12:00:00Z,9.00,ok,,c1"))
    # known now: it was placed at noon; what its lines said of nine o'clock is no order
    assert next(row for row in shop.orders() if row[1] == "test:1" and row[6])[3] == (
        1_735_732_800_000_000
    )
    assert states(shop)[-2:] == [("c1", "1", "2025-01-01", True, 900, False), alone]
    assert told(shop.ingest(apart, file)) == [(0, 2)]


HISTORY: list[tuple[str, tuple[str, ...]]] = [
    ("orders", ("2025-01-01,9.00,ok,,c1",)),
    ("lines", ("cup,2,8.00,",)),
    ("orders", ("2025-01-01,7.00,ok,,c2",)),
    ("lines", ("cup,2,8.00,", "mug,1,2.00,SPRING")),
]
ORDERINGS = [
    o for o in permutations(range(4)) if o.index(0) < o.index(2) and o.index(1) < o.index(3)
]


def test_what_holds_is_what_each_file_said_last(shop: Shop, tmp_path: Path) -> None:
    """One order is told in each ordering; each import tells one step of every order."""
    assert len(ORDERINGS) == 6
    for step in range(4):
        said: dict[str, list[str]] = {"orders": [], "lines": []}
        for number, ordering in enumerate(ORDERINGS, 1):
            which, rows = HISTORY[ordering[step]]
            said[which] += [f"{number},{row}" for row in rows]
        files = [orders_file(tmp_path, *said["orders"]), lines_file(tmp_path, *said["lines"])]
        shop.ingest(APART, *(file for file, rows in zip(files, said.values(), strict=True) if rows))
        shop.clock.at += DAY_US
    assert states(shop) == [
        ("c2", str(number), "2025-01-01", True, 700, True) for number, _ in enumerate(ORDERINGS, 1)
    ]
    assert [(row[0], row[1], *row[3:]) for row in lines(shop)] == [
        ("c2", f"test:{number}", *line)
        for number, _ in enumerate(ORDERINGS, 1)
        for line in (("cup", 800), ("mug", 200))
    ]


def test_an_order_said_again_keeps_its_lines(shop: Shop, tmp_path: Path) -> None:
    shop.ingest(APART, orders_file(tmp_path, *FIRST), lines_file(tmp_path, *THEIRS))
    shop.clock.at += DAY_US
    again = orders_file(tmp_path, "1,2025-01-01,9.00,cancelled,,c1")
    assert told(shop.ingest(APART, again)) == [(1, 0)]
    assert states(shop) == [
        KNOWN[0],
        ("c1", "1", "2026-01-16", False, 900, True),
        KNOWN[1],
    ]
    assert lines(shop) == ITEMS
    shop.clock.at += DAY_US
    assert told(shop.ingest(APART, again)) == [(0, 1)]


def test_an_order_without_a_total_takes_that_of_its_lines(shop: Shop, tmp_path: Path) -> None:
    shop.ingest(APART, orders_file(tmp_path, "1,2025-01-01,,ok,,c1", "2,2025-01-02,5.00,ok,,c2"))
    assert [row[4] for row in states(shop)] == [0, 500]
    shop.clock.at += DAY_US
    shop.ingest(APART, lines_file(tmp_path, *THEIRS[:2], "2,jug,1,6.00,"))
    assert [row[4] for row in states(shop)] == [1000, 500]
    shop.clock.at += DAY_US
    shop.ingest(APART, lines_file(tmp_path, THEIRS[0]))
    assert [row[4] for row in states(shop)] == [800, 500]


def test_what_cannot_be_understood_is_told_of_each_file(shop: Shop, tmp_path: Path) -> None:
    files = (
        orders_file(tmp_path, *FIRST, "3,someday,1.00,ok,,c3", ",2025-01-01,1.00,ok,,c3"),
        lines_file(tmp_path, *THEIRS, "1,bad,1,free,", "3,jug,1,1.00,", ",jug,1,1.00,"),
    )
    report = shop.ingest(APART, *files)
    assert told(report) == [(2, 0), (4, 0)]
    assert [file.quarantined for file in report.files] == [
        {"ordered_at is not an instant": 1, "order is missing": 1},
        {"amount is not an amount of money": 1, "order is missing": 1},
    ]
    assert [row[:4] for row in states(shop)][-1] == (None, "3", "2026-01-15", False)


def test_in_another_currency(tmp_path: Path) -> None:
    """Lines whose file names no currency are in that of their order."""
    rates = csv(tmp_path / "rates.csv", "day,currency,rate", "2025-01-01,USD,0.5")
    shop = Shop(tmp_path / "shop", zone="UTC", rates=rates)
    orders = ORDERS.replace("total: total", "total: total, currency: status")
    spec = mapping(f"zone: UTC\nrows:{orders}{LINES}")
    files = (
        orders_file(tmp_path, "1,2025-01-01,8.00,usd,,c1", "2,2025-01-02,5.00,EUR,,c2"),
        lines_file(tmp_path, *THEIRS),
    )
    shop.ingest(spec, *files)
    assert [row[4] for row in states(shop)] == [400, 500]
    assert [row[4] for row in lines(shop)] == [400, 100, 500]


def test_a_file_that_no_section_reads(shop: Shop, tmp_path: Path) -> None:
    file = csv(tmp_path / "stock.csv", "sku,n", "cup,3")
    with pytest.raises(UserError) as caught:
        shop.ingest(APART, file)
    assert caught.value.code == "ingest.no_section"
    assert "orders*.csv, *lines*.csv" in (caught.value.hint or "")
