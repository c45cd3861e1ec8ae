"""Files as Dutch spreadsheets write them: typed cells, `sep=`, empty rows and the sign of the euro."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest
from collect_kit import Shop, csv, mapping

if TYPE_CHECKING:
    from pathlib import Path

DUTCH = """
read: {decimal: ",", dates: "%d-%m-%Y"}
rows:
  - kind: order_lines
    fields: {order: Nr, ordered_at: Datum, amount: Bedrag, quantity: Aantal, name: Artikel}
    identifiers: {customer_id: Klant}
"""
HEAD = ["Nr", "Datum", "Bedrag", "Aantal", "Artikel", "Klant"]
LINES = (
    "SELECT l.order_key, strftime(l.ordered_at AT TIME ZONE 'Europe/Amsterdam', '%Y-%m-%d %H:%M'), "
    "amount, name FROM lake_order_line AS l ORDER BY 1"
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def sheet(path: Path, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    active = book.active
    assert active is not None
    for row in rows:
        active.append(row)
    book.save(path)
    return path


def test_cells_that_know_their_type_need_no_notation(shop: Shop, tmp_path: Path) -> None:
    """1.234 in a cell is one and a bit, "1.234" in a text is a thousand and more."""
    file = sheet(
        tmp_path / "x.xlsx",
        [*HEAD],
        [1, datetime(2025, 12, 31), 1234.5, 1, "a", "c1"],  # noqa: DTZ001 - a cell has no zone
        [2, "31-12-2025", "1.234,50", 1, "b", "c1"],
        [3, datetime(2025, 12, 31, 14, 30), 1.234, 2, "c", "c1"],  # noqa: DTZ001 - likewise
        [4, date(2025, 12, 31), 0.1 + 0.2, 1, "d", "c1"],
        [5, "31-12-2025", "1.234", 1, "e", "c1"],
        [6, "2025-12-31", "1234.5", 1, "f", "c1"],
    )
    report = shop.ingest(mapping(DUTCH), file)
    assert shop.rows(LINES) == [
        ("test:1", "2025-12-31 00:00", 123450, "a"),
        ("test:2", "2025-12-31 00:00", 123450, "b"),
        ("test:3", "2025-12-31 14:30", 123, "c"),
        ("test:4", "2025-12-31 00:00", 30, "d"),
        ("test:5", "2025-12-31 00:00", 123400, "e"),
    ]
    # a text keeps the notation of the mapping
    assert sum(report.quarantined.values()) == 1


def test_a_date_in_a_cell_is_never_read_by_a_pattern_of_texts(shop: Shop, tmp_path: Path) -> None:
    spec = DUTCH.replace("%d-%m-%Y", "%Y-%d-%m")
    file = sheet(tmp_path / "x.xlsx", [*HEAD], [1, datetime(2025, 2, 3), 1, 1, "a", "c"])  # noqa: DTZ001
    shop.ingest(mapping(spec), file)
    assert shop.rows(LINES)[0][1] == "2025-02-03 00:00"


def test_numbers_of_json_are_numbers(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    row = dict(zip(HEAD, ["1", "31-12-2025", 1.234, 1, "a", "c"], strict=True))
    texts = {**row, "Nr": "2", "Bedrag": "1.234,50"}
    file.write_text(f"{json.dumps(row)}\n{json.dumps(texts)}\n")
    shop.ingest(mapping(DUTCH), file)
    assert [amount for _, _, amount, _ in shop.rows(LINES)] == [123, 123450]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;"])
def test_the_line_that_names_the_delimiter_for_excel(
    shop: Shop, tmp_path: Path, first: str
) -> None:
    rows = [first, ";".join(HEAD), "1;31-12-2025;12,95;1;a;c"]
    report = shop.ingest(mapping(DUTCH), csv(tmp_path / "x.csv", *rows))
    assert (report.lines, report.accepted) == (1, 1)
    assert shop.rows("SELECT amount FROM lake_order_line") == [(1295,)]


def test_rows_of_nothing_are_left_out(shop: Shop, tmp_path: Path) -> None:
    rows = [";".join(HEAD), "1;31-12-2025;12,95;1;a;c", ";;;;;", "; ;;;;", ";;", ""]
    report = shop.ingest(mapping(DUTCH), csv(tmp_path / "x.csv", *rows))
    assert (report.lines, report.accepted) == (4, 1)
    assert report.left_out == {"nothing is in it": 3}
    assert report.quarantined == {}


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("€ 1.234,50", 123450),
        ("€1.234,50", 123450),
        ("€\u00a012,95", 1295),
        ("12,95 €", 1295),
        ("EUR 12,95", 1295),
        ("-€ 5,00", -500),
        ("€ -5,00", -500),
        ("$ 5,00", None),
        ("€ 5,00 €", None),
        ("-€ -5,00", None),
        ("€", None),
    ],
)
def test_an_amount_may_carry_the_sign_of_its_currency(
    shop: Shop, tmp_path: Path, text: str, minor: int | None
) -> None:
    rows = [";".join(HEAD), f"1;31-12-2025;{text};1;a;c"]
    shop.ingest(mapping(DUTCH), csv(tmp_path / "x.csv", *rows))
    expected = [] if minor is None else [(minor,)]
    assert shop.rows("SELECT amount FROM lake_order_line") == expected


def test_a_sign_is_none_where_each_row_names_its_currency(shop: Shop, tmp_path: Path) -> None:
    spec = DUTCH.replace("amount: Bedrag", "amount: Bedrag, currency: Valuta")
    rows = [";".join([*HEAD, "Valuta"]), "1;31-12-2025;€ 5,00;1;a;c;USD"]
    report = shop.ingest(mapping(spec), csv(tmp_path / "x.csv", *rows))
    assert report.quarantined == {"amount is not an amount of money": 1}
