"""Events of a file that is read in place: every row, its identity, its place in the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from collect_kit import Shop, csv, mapping, parquet

from stamgast.collect import messages, singles

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
zone: UTC
rows:
  - kind: events
    fields: {event: what, at: at, message_id: id}
    identifiers: {customer_id: customer, email: mail, anonymous_id: visitor}
    properties: {page: page, price: {of: price, type: money}}
"""
HEADER = "id,what,at,customer,mail,visitor,page,price"
ROWS = """\
m1,view,2026-01-02T10:00:00,17,,v-1,a,1.50
m2,view,2026-01-01T10:00:00,,jan@example.com,,b,
m3,buy,2026-01-02T10:00:00,17,Jan@Example.com,,,2
m4,view,2026-01-01T09:00:00,,,V-1,c,3.999
m5,view,2026-01-01T08:00:00,unknown,,v-2,d,4
m6,view,2026-01-01T07:00:00,unknown,guest@example.com,,e,5
m7,view,2026-01-01T06:00:00,18.0,,,f,6
m1,view,2026-01-09T10:00:00,99,,,again,7
m8,view,2099-01-01T00:00:00,17,,,ahead,8
m9, view ,2026-01-02T10:00:00,017,, , g h,9
m0,view,2026-01-02T10:00:00,17,,v-1,i,10""".splitlines()
"""m1 comes twice, m8 lies ahead; `unknown` and `guest@...` are nobody's; 18.0 is 18."""

STORED = """
SELECT i.kind, i.value, e.message_id, e.event, epoch_us(e.occurred_at), e.p_page, e.p_price, e.source
FROM lake_event AS e LEFT JOIN lake_identifier AS i ON i.identifier_id = e.identity_id
ORDER BY e.message_id
"""
AT = 1_767_225_600_000_000  # 2026-01-01
HOUR = 3_600_000_000
EXPECTED = [
    ("customer_id", "17", "test:m0", "view", AT + 34 * HOUR, "i", 1000, "test"),
    ("customer_id", "17", "test:m1", "view", AT + 34 * HOUR, "a", 150, "test"),
    ("email", "jan@example.com", "test:m2", "view", AT + 10 * HOUR, "b", None, "test"),
    ("customer_id", "17", "test:m3", "buy", AT + 34 * HOUR, None, 200, "test"),
    ("anonymous_id", "V-1", "test:m4", "view", AT + 9 * HOUR, "c", 400, "test"),
    ("anonymous_id", "v-2", "test:m5", "view", AT + 8 * HOUR, "d", 400, "test"),
    (None, None, "test:m6", "view", AT + 7 * HOUR, "e", 500, "test"),
    ("customer_id", "18", "test:m7", "view", AT + 6 * HOUR, "f", 600, "test"),
    ("customer_id", "017", "test:m9", "view", AT + 34 * HOUR, "g h", 900, "test"),
]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(folder=tmp_path / "shop")


def columns(rows: list[str]) -> dict[str, pa.Array]:
    """The rows as Parquet would hold them: texts."""
    values = [[value or None for value in row.split(",")] for row in rows]
    return {
        name: pa.array([row[place] for row in values], pa.string())
        for place, name in enumerate(HEADER.split(","))
    }


def file_of(folder: Path, form: str, rows: list[str], name: str = "a") -> Path:
    if form == "csv":
        return csv(folder / f"{name}.csv", HEADER, *rows)
    return parquet(folder / f"{name}.parquet", columns(rows))


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_every_event_once_with_its_identity(shop: Shop, tmp_path: Path, form: str) -> None:
    report = shop.ingest(mapping(MAPPING), file_of(tmp_path, form, ROWS))
    [told] = report.files
    assert (told.lines, told.accepted, told.repeated) == (11, 9, 1)
    assert told.quarantined == {"at lies more than 24 hours ahead": 1}
    assert shop.rows(STORED) == EXPECTED
    assert report.customers == 6  # 17, jan@, V-1, v-2, 18, 017; m6 is of nobody
    assert report.first_at == AT + 6 * HOUR
    assert report.last_at == AT + 34 * HOUR
    marks = (
        "SELECT d.value, p.value FROM lake_mark JOIN lake_identifier AS d ON d.identifier_id = "
        "device_id JOIN lake_identifier AS p ON p.identifier_id = person_id"
    )
    assert shop.rows(marks) == [("v-1", "17"), ("v-1", "17")]
    links = "SELECT list_transform(identifier_ids, lambda i: i) FROM lake_link"
    [[linked]] = shop.rows(links)
    kinds = "SELECT kind, value FROM lake_identifier WHERE list_contains($ids::BIGINT[], identifier_id) ORDER BY 1"
    assert shop.rows(kinds, {"ids": linked}) == [
        ("customer_id", "17"),
        ("email", "jan@example.com"),
    ]
    first = (
        "SELECT value, epoch_us(first_at) FROM lake_first_seen JOIN lake_identifier ON "
        "identifier_id = identity_id WHERE kind = 'customer_id' ORDER BY value"
    )
    assert shop.rows(first) == [
        ("017", AT + 34 * HOUR),
        ("17", AT + 34 * HOUR),
        ("18", AT + 6 * HOUR),
    ]


@pytest.mark.parametrize("most", [messages.ROWS_AT_ONCE, 4, 1], ids=["all", "some", "each"])
def test_files_are_sorted_together_as_far_as_memory_allows(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(messages, "ROWS_AT_ONCE", most)
    files = [file_of(tmp_path, "parquet", ROWS[n : n + 3], f"f{n}") for n in (0, 3, 6, 9)]
    shop.ingest(mapping(MAPPING), *files)
    assert shop.rows(STORED) == EXPECTED
    told = "SELECT count(*), count(DISTINCT seq) FROM lake_mark"
    assert shop.rows(told) == [(2, 2)]
    held = [file.table for file in shop.store().files()]
    assert (held.count("event"), held.count("mark")) == {4: (2, 2), 1: (4, 2)}.get(most, (1, 1))


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_said_again_in_another_import_and_in_another_file(
    shop: Shop, tmp_path: Path, form: str
) -> None:
    spec = mapping(MAPPING)
    shop.ingest(spec, file_of(tmp_path, form, ROWS[:4]))
    report = shop.ingest(
        spec, file_of(tmp_path, form, ROWS[2:7], "b"), file_of(tmp_path, form, ROWS[5:], "c")
    )
    assert [(told.accepted, told.repeated) for told in report.files] == [(3, 2), (2, 3)]
    assert shop.rows(STORED) == EXPECTED


@pytest.mark.parametrize("form", ["parquet", "csv"])
@pytest.mark.parametrize("most", [singles.MOST_SORTED, 0], ids=["sorted", "grouped"])
def test_the_same_id_twice_in_the_files_of_a_first_import(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, most: int
) -> None:
    monkeypatch.setattr(singles, "MOST_SORTED", most)
    report = shop.ingest(
        mapping(MAPPING),
        file_of(tmp_path, form, ROWS[:6], "a"),
        file_of(tmp_path, form, ROWS[3:], "b"),
    )
    assert [(told.accepted, told.repeated) for told in report.files] == [(6, 0), (3, 4)]
    assert shop.rows(STORED) == EXPECTED


def test_a_file_of_the_lake_is_sorted(shop: Shop, tmp_path: Path) -> None:
    many = 3000
    rows = {
        "id": [f"m{(number * 7919) % many:04d}" for number in range(many)],
        "what": ["view"] * many,
        "at": [f"2026-01-0{number % 3 + 1}T00:00:00" for number in range(many)],
        "customer": [str(number % 37 + 1) if number % 5 else None for number in range(many)],
        "mail": pa.nulls(many, pa.string()),
        "visitor": [None if number % 5 else f"v{number % 11}" for number in range(many)],
        "page": ["p"] * many,
        "price": pa.nulls(many, pa.float64()),
    }
    shop.ingest(mapping(MAPPING), parquet(tmp_path / "a.parquet", rows))
    [file] = (shop.folder / "data" / "lake" / "event").glob("*.parquet")
    stored = shop.rows(
        "SELECT identity_id, epoch_us(occurred_at), message_id FROM read_parquet($file)",
        {"file": str(file)},
    )
    assert len(stored) == many
    assert stored == sorted(stored)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_texts_are_trimmed_at_both_ends(shop: Shop, tmp_path: Path, form: str) -> None:
    rows = [
        f"m{number},{text},2026-01-01T00:00:00,1,,,{text},"
        for number, text in enumerate([" a", "a ", "\ta", "\u00a0a", "a\u00a0", " ", "é", "é "])
    ]
    report = shop.ingest(mapping(MAPPING), file_of(tmp_path, form, rows))
    assert report.files[0].quarantined == {"event is missing": 1}
    stored = shop.rows("SELECT event, p_page FROM lake_event ORDER BY message_id")
    assert stored == [("a", "a")] * 5 + [("é", "é")] * 2
