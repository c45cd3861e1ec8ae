"""What becomes of single rows: understood, left out, quarantined; and what is said again."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from collect_kit import ORDERS, Shop, csv, mapping, parquet

from stamgast.clock import format_instant
from stamgast.collect.declared import check_types
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "nr,at,price,n,sku,who"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def totals(shop: Shop) -> dict[str, int]:
    return dict(shop.rows("SELECT order_id, total FROM lake_order_version ORDER BY 1"))


def test_every_line_has_one_fate(shop: Shop, tmp_path: Path) -> None:
    file = csv(
        tmp_path / "a.csv",
        HEAD,
        "1,2025-01-01T10:00:00Z,1.00,1,A,c1",
        "1,2025-01-01T10:00:00Z,1.00,1,A,c1",
        ",2025-01-01T10:00:00Z,1.00,1,A,c1",
        "2,yesterday,1.00,1,A,c1",
        "2,2025-01-01T10:00:00Z,one,1,A,c1",
        "3,,2.00,1,A,c1",
        "4,2025-01-01T10:00:00Z,2.00,1,X,c1",
        "5,2026-01-16T12:00:00.000001Z,2.00,1,A,c1",
        "6,2026-01-16T12:00:00Z,2.00,1,A,c1",
        "7,2025-01-01T10:00:00Z,2.00,1,A,c1,too,many",
        "8,2025-01-01T10:00:00Z,2.00",
        '9,"2025-01-01T10:00:00Z"x,2.00,1,A,c1',
        "10,0025-01-01T10:00:00Z,2.00,1,A,c1",
    )
    spec = mapping("leave_out: [{where: {column: sku, is: X}, reason: a test}]" + ORDERS)
    report = shop.ingest(spec, file)
    assert totals(shop) == {"1": 200, "6": 200}
    assert report.left_out == {"a test": 1}
    assert [(line, reason) for _, line, reason, _ in shop.quarantined()] == [
        (11, "it has 8 fields, the header has 6"),
        (12, "it has 3 fields, the header has 6"),
        (13, "its quotes do not fit: ',' expected after '\"'"),
        (4, "order is missing: nr = None"),
        (5, "ordered_at is not an instant: at = 'yesterday'"),
        (6, "amount is not an amount of money: price = 'one'"),
        (9, "ordered_at lies more than 24 hours ahead: at = '2026-01-16T12:00:00.000001Z'"),
        (14, "ordered_at is not an instant: at = '0025-01-01T10:00:00Z'"),
        (7, "ordered_at is missing in every row of the order"),
    ]
    again = shop.ingest(spec, file)
    assert (again.accepted, again.repeated) == (0, 3)
    assert len(shop.quarantined()) == 9


def test_money_in_text(shop: Shop, tmp_path: Path) -> None:
    good = {
        "1": 100,
        "1.005": 101,
        "-1.005": -101,
        "1.0049999999999": 100,
        ".5": 50,
        "1e2": 10000,
        "1,234.50": 123450,
        "+7": 700,
        "0.004": 0,
        "92233720368547758.07": 9_223_372_036_854_775_807,
    }
    bad = [
        "1.2.3",
        "1,23,456",
        "0x10",
        "nan",
        "inf",
        "1_000",
        "$5",
        "92233720368547758.08",
        "--1",
        "1e400",
    ]
    texts = [*good, *bad]
    lines = [f'{place},2025-01-01,"{text}",1,A,c1' for place, text in enumerate(texts)]
    report = shop.ingest(mapping(ORDERS), csv(tmp_path / "a.csv", HEAD, *lines))
    found = totals(shop)
    assert {texts[int(place)]: total for place, total in found.items()} == good
    assert report.quarantined == {"amount is not an amount of money": len(bad)}


def test_decimal_comma_and_dutch_dates(shop: Shop, tmp_path: Path) -> None:
    file = csv(
        tmp_path / "a.csv",
        "nr;at;price;n;sku;who",
        "007;31-12-2024 23:30;1.234,50;1,5;A;0042",
        "008;epoch;1;1;A;-",
    )
    spec = mapping(
        'read: {decimal: ",", dates: "%d-%m-%Y %H:%M", missing: ["-"]}' + ORDERS,
    )
    shop.ingest(spec, file)
    assert shop.rows(
        "SELECT order_key, i.value, total, epoch_us(ordered_at), quantity FROM lake_order_version "
        "JOIN lake_order_line USING (order_key, ordered_at) "
        "JOIN lake_identifier AS i ON identifier_id = lake_order_version.identity_id"
    ) == [("test:007", "0042", 123450, 1_735_684_200_000_000, Decimal("1.500"))]


def test_instants_in_text(shop: Shop, tmp_path: Path) -> None:
    good = {
        "2025-03-30T01:59:59": "2025-03-30T00:59:59Z",
        "2025-03-30 02:30": "2025-03-30T01:30:00Z",
        "2025-10-26 02:30:00": "2025-10-26T00:30:00Z",
        "2025-10-26 02:30:00+0200": "2025-10-26T00:30:00Z",
        "2025-10-26 02:30:00 +02": "2025-10-26T00:30:00Z",
        "2025-10-26 02:30:00+01:00": "2025-10-26T01:30:00Z",
        "2025-06-01 12:00+14:00": "2025-05-31T22:00:00Z",
        "2025-06-01 12:00-12": "2025-06-02T00:00:00Z",
        "2025-06-01T12:00:00.1234567Z": "2025-06-01T12:00:00.123456Z",
        "2025-06-01": "2025-05-31T22:00:00Z",
        "1748779200": "2025-06-01T12:00:00Z",
        "1748779200.5": "2025-06-01T12:00:00.500000Z",
    }
    bad = ["2025-02-29", "2025-06-01T25:00", "01-06-2025", "infinity", "epoch", "99999999999999"]
    bad += [
        f"2025-06-01 12:00{offset}" for offset in ("+99:00", "+14:01", "-15", "+05:75", "+2400")
    ]
    texts = [*good, *bad]
    lines = [f"{place},{text},1,1,A,c1" for place, text in enumerate(texts)]
    spec = mapping("read: {dates: [iso, epoch_s]}" + ORDERS)
    report = shop.ingest(spec, csv(tmp_path / "a.csv", HEAD, *lines))
    found = shop.rows("SELECT order_id, epoch_us(ordered_at) FROM lake_order_version")
    assert {texts[int(place)]: format_instant(at) for place, at in found} == good
    assert sum(report.quarantined.values()) == len(bad)


AT = datetime(2025, 6, 1, 12, tzinfo=UTC)


NUMBERS: list[tuple[pa.Array, list[Any]]] = [
    (pa.array([1.005, 2.675, 0.1, 1e-300], pa.float64()), [101, 268, 10, 0]),
    (pa.array([1.125, None, 2.0, -0.005], pa.float32()), [113, None, 200, -1]),
    (pa.array([math.nan, math.inf, 3.0, 4.0], pa.float64()), [None, None, 300, 400]),
    (pa.array([1, 2, -3, 0], pa.int8()), [100, 200, -300, 0]),
    (pa.array([10**17, 1, 1, 1], pa.int64()), ["bad", 100, 100, 100]),
    (pa.array([2**64 - 1, 1, 1, 1], pa.uint64()), ["bad", 100, 100, 100]),
    (
        pa.array([Decimal("1.0050"), Decimal("-1.0050"), None, Decimal(0)], pa.decimal128(9, 4)),
        [101, -101, None, 0],
    ),
    (pa.array([Decimal("1.5")] * 4, pa.decimal128(38, 10)), [150] * 4),
    (pa.array(["1.5", " 2 ", "", "x"]), [150, 200, None, "bad"]),
]


def test_numbers_of_every_type(shop: Shop, tmp_path: Path) -> None:
    """Each type in a file of its own, all in one import."""
    columns = {"at": [AT] * 4, "n": [1] * 4, "sku": ["a"] * 4, "who": [7] * 4}
    files = [
        parquet(
            tmp_path / f"{case}.parquet",
            {**columns, "nr": [f"{case}.{line}" for line in range(4)], "price": values},
        )
        for case, (values, _) in enumerate(NUMBERS)
    ]
    report = shop.ingest(mapping(ORDERS), *files)
    assert totals(shop) == {
        f"{case}.{line}": total
        for case, (_, expected) in enumerate(NUMBERS)
        for line, total in enumerate(expected)
        if isinstance(total, int)
    }
    for file, (values, expected) in zip(report.files, NUMBERS, strict=True):
        bad = {
            "amount is not an amount of money": expected.count("bad"),
            "amount is missing": expected.count(None),
        }
        told = {reason: many for reason, many in bad.items() if many}
        assert (values.type, file.quarantined) == (values.type, told)


IDS: list[tuple[pa.Array, list[str]]] = [
    (pa.array([12345678901234567, 7], pa.int64()), ["12345678901234567", "7"]),
    (pa.array([13085.0, 0.5], pa.float64()), ["13085", "0.5"]),
    (pa.array(["007", " 08 "]), ["007", "08"]),
    (pa.array([Decimal(12), Decimal(13)], pa.decimal128(20, 0)), ["12", "13"]),
    (pa.array(["0070", "080"]).dictionary_encode(), ["0070", "080"]),
]


def test_ids_are_digits_as_they_are(shop: Shop, tmp_path: Path) -> None:
    """Each type in a file of its own, all in one import."""
    columns = {"at": [AT] * 2, "n": [1] * 2, "sku": ["a"] * 2, "who": ["c"] * 2, "price": [1, 1]}
    files = [
        parquet(tmp_path / f"{case}.parquet", {**columns, "nr": values})
        for case, (values, _) in enumerate(IDS)
    ]
    shop.ingest(mapping(ORDERS), *files)
    assert list(totals(shop)) == sorted(text for _, expected in IDS for text in expected)


INSTANTS = [
    pa.timestamp("s"),
    pa.timestamp("ms"),
    pa.timestamp("us"),
    pa.timestamp("ns"),
    pa.timestamp("us", "UTC"),
    pa.timestamp("ns", "Asia/Tokyo"),
    pa.date32(),
]


def test_instants_of_every_type(shop: Shop, tmp_path: Path) -> None:
    """Each type in a file of its own, all in one import."""
    days = pa.array([AT.replace(hour=0)]).cast(pa.timestamp("us", "UTC"))
    columns = {"n": [1], "sku": ["a"], "who": ["c"], "price": [1]}
    files: list[Path] = []
    for type_ in INSTANTS:
        at = days.cast(type_) if type_ != pa.date32() else pa.array([AT.date()])
        name = f"{len(files)}.parquet"
        files.append(parquet(tmp_path / name, {**columns, "nr": [str(type_)], "at": at}))
    shop.ingest(mapping("zone: UTC\n" + ORDERS), *files)
    found = dict(shop.rows("SELECT order_id, epoch_us(ordered_at) FROM lake_order_version"))
    assert {nr: format_instant(at) for nr, at in found.items()} == {
        str(type_): "2025-06-01T00:00:00Z" for type_ in INSTANTS
    }


# --- said again -----------------------------------------------------------------------------------

CHANGING = """
rows:
  - kind: order_lines
    fields:
      order: nr
      ordered_at: at
      changed_at: changed
      cancelled_at: gone
      status: status
      amount: price
    identifiers: {customer_id: who}
    statuses: {never: [failed], cancelled: [cancelled]}
"""
CHANGING_HEAD = "nr,at,changed,gone,status,price,who"


def tell(shop: Shop, tmp_path: Path, day: int, *lines: str) -> tuple[int, int]:
    """Import orders of 1 January at noon on some day of January 2026; accepted and repeated lines."""
    shop.clock.at = 1_767_225_600_000_000 + (day - 1) * 86_400_000_000
    file = csv(tmp_path / "a.csv", CHANGING_HEAD, *(f"1,2026-01-01,{line},c1" for line in lines))
    report = shop.ingest(mapping("zone: UTC\n" + CHANGING), file)
    return report.accepted, report.repeated


def history(shop: Shop) -> list[tuple[str, bool, int]]:
    """Since when, whether it counts, total; states that follow each other and are equal are one."""
    found: list[tuple[str, bool, int]] = []
    for row in shop.orders():
        state = ((format_instant(row[3]) or "")[5:10], row[6], row[7])
        if not found or found[-1][1:] != state[1:]:
            found.append(state)
    return found


def test_other_lines_correct_the_order(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 3, ",,paid,5", ",,paid,5")
    assert tell(shop, tmp_path, 4, ",,paid,5", ",,paid,5") == (0, 2)
    assert tell(shop, tmp_path, 5, ",,paid,5") == (1, 0)
    assert history(shop) == [("01-01", True, 500)]
    assert tell(shop, tmp_path, 6, ",,paid,5", ",,paid,5") == (0, 2)


def test_a_change_with_an_instant_holds_from_it(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 3, "2026-01-02,,paid,5")
    assert history(shop) == [("01-01", True, 500)]
    tell(shop, tmp_path, 9, "2026-01-07,,paid,9")
    assert history(shop) == [("01-01", True, 500), ("01-07", True, 900)]
    # an older export, imported late, does not undo the newer state
    tell(shop, tmp_path, 10, "2026-01-05,,paid,7")
    assert history(shop) == [("01-01", True, 500), ("01-05", True, 700), ("01-07", True, 900)]


def test_cancelled_with_a_date(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 3, ",,paid,5")
    tell(shop, tmp_path, 9, ",2026-01-04,cancelled,5")
    assert history(shop) == [("01-01", True, 500), ("01-04", False, 500)]
    assert shop.rows("SELECT count(*) FROM lake_order_statement WHERE approximate") == [(0,)]


def test_cancelled_without_a_date_holds_from_the_import(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 3, ",,paid,5")
    assert tell(shop, tmp_path, 9, ",,cancelled,5") == (1, 0)
    assert tell(shop, tmp_path, 11, ",,cancelled,5") == (0, 1)
    assert history(shop) == [("01-01", True, 500), ("01-09", False, 500)]
    assert shop.rows("SELECT counts FROM lake_order_statement WHERE approximate") == [(False,)]
    # corrected in another respect, it stays cancelled since then
    tell(shop, tmp_path, 12, ",,cancelled,6")
    assert history(shop) == [("01-01", True, 600), ("01-09", False, 600)]


def test_cancelled_at_the_change(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 9, "2026-01-04,,cancelled,5")
    assert history(shop) == [("01-01", True, 500), ("01-04", False, 500)]


def test_changed_after_it_was_cancelled(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 9, "2026-01-06,2026-01-04,cancelled,5")
    assert history(shop) == [("01-01", True, 500), ("01-04", False, 500)]


def test_no_longer_cancelled(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 3, ",,cancelled,5")
    tell(shop, tmp_path, 9, ",,paid,5")
    assert history(shop) == [("01-01", True, 500)]


def test_failed_never_counts(shop: Shop, tmp_path: Path) -> None:
    tell(shop, tmp_path, 3, ",,failed,5")
    assert history(shop) == [("01-01", False, 500)]
    tell(shop, tmp_path, 4, ",,paid,5")
    assert history(shop) == [("01-01", True, 500)]


# --- events, customers ----------------------------------------------------------------------------

EVENTS = """
rows:
  - kind: events
    fields: {event: what, at: at, message_id: id}
    identifiers: {email: mail, anonymous_id: device}
    properties:
      price: {of: price, type: money}
      step: {of: step, type: integer}
      page: page
"""


def test_events(shop: Shop, tmp_path: Path) -> None:
    spec = mapping(EVENTS)
    file = csv(
        tmp_path / "a.csv",
        "what,at,id,mail,device,price,step,page",
        "Seen,2025-01-01T10:00:00Z,m1,a@x.test,d1,9.95,3,/a",
        "Seen,2025-01-01T10:00:00Z,m1,a@x.test,d1,9.95,3,/a",
        "Seen,2025-01-01T10:00:00Z,,,d1,,,/b",
        "Seen,2025-01-01T10:00:00Z,,,d1,,,/b",
        "Seen,2025-01-01T10:00:00Z,m2,,d1,,3.5,/b",
    )
    report = shop.ingest(spec, file)
    assert (report.accepted, report.repeated) == (3, 1)
    assert report.quarantined == {"step is not a whole number": 1}
    assert shop.rows(
        "SELECT event, i.kind, p_price, p_step, p_page, message_id LIKE 'test:m_' FROM lake_event "
        "JOIN lake_identifier AS i ON identifier_id = identity_id ORDER BY 3 NULLS LAST"
    ) == [
        ("Seen", "email", 995, 3, "/a", True),
        ("Seen", "anonymous_id", None, None, "/b", False),
        ("Seen", "anonymous_id", None, None, "/b", False),
    ]
    assert shop.rows("SELECT count(*) FROM lake_mark") == [(1,)]
    again = shop.ingest(spec, file)
    assert (again.accepted, again.repeated) == (0, 4)
    assert shop.rows("SELECT count(*) FROM lake_mark") == [(1,)]


CUSTOMERS = """
rows:
  - kind: customers
    identifiers: {customer_id: nr, email: mail}
    attributes:
      city: city
      birthday: {of: born, type: day}
      orders_before: {of: n, type: integer}
      score: {of: score, type: number}
"""


def test_customers(shop: Shop, tmp_path: Path) -> None:
    spec = mapping(CUSTOMERS)
    file = csv(
        tmp_path / "a.csv",
        "nr,mail,city,born,n,score",
        "01,a@x.test, Ede ,2000-02-29,3,1e-5",
        "02,,,,,",
        ",,Ede,,,",
        "03,c@x.test,,2001-02-29,,",
    )
    report = shop.ingest(spec, file)
    assert report.accepted == 2
    assert report.quarantined == {"no identifier": 1, "birthday is not a day": 1}
    assert shop.rows('SELECT name, value, "at" IS NULL FROM lake_attribute ORDER BY 1') == [
        ("birthday", "2000-02-29", True),
        ("city", "Ede", True),
        ("orders_before", "3", True),
        ("score", "1e-05", True),
    ]
    assert shop.rows("SELECT count(*) FROM lake_first_seen") == [(0,)]
    assert shop.rows("SELECT count(*) FROM lake_link") == [(1,)]
    assert shop.ingest(spec, file).accepted == 0


def test_a_property_keeps_its_type(shop: Shop, tmp_path: Path) -> None:
    file = csv(tmp_path / "a.csv", "what,at,x", "Seen,2025-01-01T10:00:00Z,2025-01-01T00:00:01Z")
    text = "\nrows: [{kind: events, fields: {event: what, at: at}, properties: {x: {of: x, type: %s}}}]"
    shop.ingest(mapping(text % "instant"), file)
    assert shop.rows("SELECT p_x FROM lake_event") == [(1_735_689_601_000_000,)]
    with pytest.raises(UserError) as caught:
        shop.ingest(mapping(text % "text"), file)
    assert caught.value.code == "ingest.declared_type"
    with pytest.raises(UserError) as caught:
        check_types(mapping(text % "text"), {"x": "money"}, {})
    assert "is money in the definitions, text in the mapping" in caught.value.message
