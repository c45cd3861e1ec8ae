"""Files that cannot be imported: a clear error, and nothing happened; and files that look hostile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest
from click.testing import CliRunner
from collect_kit import GROCERIES, ORDERS, Shop, csv, mapping, parquet

from stamgast.cli.main import root
from stamgast.collect.money import InvalidRates
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "nr,at,price,n,sku,who"
ROW = "1,2025-01-01,5.00,1,A,c1"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def refused(shop: Shop, spec: str, *files: Path | str) -> UserError:
    with pytest.raises(UserError) as caught:
        shop.ingest(spec if spec.isidentifier() else mapping(spec), *files)
    assert shop.store().version() == 0
    assert not list((shop.folder / "data" / "lake").rglob("*.parquet*"))
    return caught.value


def test_a_missing_column(shop: Shop, tmp_path: Path) -> None:
    error = refused(shop, ORDERS, csv(tmp_path / "a.csv", "nr,at,prise,n,sku,who,Naam", ROW + ",x"))
    assert error.code == "ingest.missing_column"
    assert "`price`" in str(error)
    assert "did you mean `prise`?" in str(error)
    assert "the file has: nr, at, prise, n, sku, who, Naam" in str(error)


def test_a_missing_column_of_parquet(shop: Shop, tmp_path: Path) -> None:
    error = refused(shop, ORDERS, parquet(tmp_path / "a.parquet", {"nr": [1], "AT": [1]}))
    for name in ("price", "sku", "who"):
        assert f"`{name}`" in error.message
    assert "`at`" not in error.message  # case aside, it is there


def test_a_type_that_is_no_single_value(shop: Shop, tmp_path: Path) -> None:
    columns = {"nr": [[1]], "at": ["x"], "price": [1], "n": [1], "sku": ["a"], "who": ["c"]}
    error = refused(shop, ORDERS, parquet(tmp_path / "a.parquet", columns))
    assert (error.code, "`nr` holds BIGINT[]" in error.message) == ("ingest.column_type", True)


@pytest.mark.parametrize("keep", [4, 1000, 100_000])
def test_a_broken_parquet_file(shop: Shop, tmp_path: Path, keep: int) -> None:
    file = tmp_path / "cut.parquet"
    file.write_bytes(GROCERIES.read_bytes()[:keep])
    error = refused(shop, ORDERS, file)
    assert (error.code, error.where) == ("ingest.broken_file", str(file))


def test_a_parquet_file_with_damaged_pages(shop: Shop, tmp_path: Path) -> None:
    content = bytearray(GROCERIES.read_bytes())
    content[5000:60000] = b"\x00" * 55000
    file = tmp_path / "damaged.parquet"
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        shop.ingest("complete-journey", file)
    assert (caught.value.code, caught.value.where) == ("ingest.broken_file", str(file))
    assert shop.store().version() == 0


def test_the_wrong_encoding(shop: Shop, tmp_path: Path) -> None:
    file = csv(tmp_path / "a.csv", HEAD, ROW, "2,2025-01-01,5.00,1,café,c1", encoding="cp1252")
    error = refused(shop, ORDERS, file)
    assert error.code == "ingest.encoding"
    assert error.where == f"{file}:3"
    assert "byte 0xE9 at offset" in error.message
    assert "encoding: cp1252" in error.hint
    shop.ingest(mapping("read: {encoding: cp1252}" + ORDERS), file)
    assert shop.rows("SELECT sku FROM lake_order_line ORDER BY 1") == [("A",), ("café",)]


def test_an_unknown_encoding(shop: Shop, tmp_path: Path) -> None:
    error = refused(shop, "read: {encoding: utf9}" + ORDERS, csv(tmp_path / "a.csv", HEAD, ROW))
    assert error.code == "ingest.encoding"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "ingest.empty_file"),
        ("a.csv", b"\n\n", "ingest.empty_file"),
        ("a.parquet", b"", "ingest.empty_file"),
        ("a.parquet", b"nr,at\n1,2\n", "ingest.broken_file"),
        ("a.xlsx", b"PK\x03\x04 no", "ingest.broken_file"),
        ("a.pdf", b"%PDF", "ingest.unknown_format"),
        ("a.csv", b"nr,nr,at,price,n,sku,who\n1,1,2,3,4,5,6\n", "ingest.double_column"),
        ("a.csv", b'"nr"x,at\n1,2\n', "ingest.no_header"),
    ],
)
def test_files_that_are_none(
    shop: Shop, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert refused(shop, ORDERS, file).code == code


def test_no_such_file_pattern_mapping(shop: Shop, tmp_path: Path) -> None:
    for missing in (tmp_path / "none.csv", tmp_path / "*.csv", tmp_path):
        with pytest.raises(UserError) as caught:
            shop.ingest(mapping(ORDERS), missing)
        assert caught.value.code == "ingest.no_such_file"
    with pytest.raises(UserError) as caught:
        shop.ingest("complete-jurney", GROCERIES)
    assert caught.value.code == "mapping.unknown"
    assert "complete-journey" in caught.value.hint


def test_wrong_rates(tmp_path: Path) -> None:
    rates = csv(tmp_path / "rates.csv", "day,currency,rate", "2025-01-01,USD,x", "1,USD,2", "a,b")
    shop = Shop(tmp_path / "shop", rates=rates)
    with pytest.raises(InvalidRates) as caught:
        shop.ingest(mapping(ORDERS), csv(tmp_path / "a.csv", HEAD, ROW))
    assert [issue.line for issue in caught.value.issues] == [2, 3, 4]


def test_two_processes_at_once(shop: Shop, tmp_path: Path) -> None:
    file = csv(tmp_path / "a.csv", HEAD, ROW)
    with shop.store().writing("import"), pytest.raises(UserError) as caught:
        shop.ingest(mapping(ORDERS), file)
    assert caught.value.code == "store.locked"
    assert shop.ingest(mapping(ORDERS), file).accepted == 1


def test_one_bad_file_of_two_imports_none(shop: Shop, tmp_path: Path) -> None:
    good, bad = csv(tmp_path / "a.csv", HEAD, ROW), csv(tmp_path / "b.csv", "x", "1")
    refused(shop, ORDERS, good, bad)


# --- hostile, but files -----------------------------------------------------------------------------


def test_whatever_stands_in_a_field(shop: Shop, tmp_path: Path) -> None:
    texts = [
        'a "quoted", with; comma',
        "two\nlines\r\nthree",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "'; DROP TABLE lake_order_line; --",
        "$p1 %s {x} ?",
        "nul\x00byte",
        "\u202eright to left\u0301 🧀",
        "x" * 10_000_000,
    ]
    file = tmp_path / "a.csv"
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    lines = [f"{n},2025-01-01,5.00,1,{text},{text}" for n, text in enumerate(quoted)]
    file.write_bytes(("\ufeff" + "\r\n".join([HEAD, *lines]) + "\r\n").encode())
    report = shop.ingest(mapping(ORDERS), file)
    assert report.accepted == len(texts)
    found = shop.rows(
        "SELECT sku FROM lake_order_line ORDER BY CAST(split_part(order_key, ':', 2) AS INT)"
    )
    assert [row[0] for row in found] == texts
    assert shop.ingest(mapping(ORDERS), file).repeated == len(texts)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_as_it_comes(shop: Shop, tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = f"{HEAD}\r\n\r\n{ROW}\r\n2,2025-01-02,6.00,1,Ü,c1".replace(",", delimiter)
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode(encoding))
    shop.ingest(mapping(ORDERS), file)
    assert shop.rows("SELECT sku FROM lake_order_line ORDER BY 1") == [("A",), ("Ü",)]


def test_a_quote_that_is_not_closed(shop: Shop, tmp_path: Path) -> None:
    file = csv(
        tmp_path / "a.csv", HEAD, ROW, '2,2025-01-01,5.00,1,"A,c1', "3,2025-01-01,5.00,1,A,c1"
    )
    report = shop.ingest(mapping(ORDERS), file)
    assert (report.lines, report.accepted) == (3, 2)
    [(name, line, reason, row)] = shop.quarantined()
    assert (name, line) == ("a.csv", 3)
    assert "quotes do not fit" in reason
    assert "2,2025-01-01" in row
    assert "3,2025-01-01" not in row


def test_only_a_header(shop: Shop, tmp_path: Path) -> None:
    report = shop.ingest(mapping(ORDERS), csv(tmp_path / "a.csv", HEAD))
    assert report.lines == 0


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "a.csv has a header and no rows."), ("nl", "a.csv heeft een kopregel en geen rijen.")],
)
def test_only_a_header_is_told(tmp_path: Path, language: str, said: str) -> None:
    file = csv(tmp_path / "a.csv", "customer_id,date,cds,amount")
    folder = str(tmp_path / "shop")
    assert CliRunner().invoke(root, ["init", folder]).exit_code == 0
    arguments = ["--shop", folder, "--lang", language, "ingest", str(file), "--mapping", "cdnow"]
    result = CliRunner().invoke(root, arguments)
    assert result.exit_code == 0, result.output
    assert said in result.stdout


def test_json_lines(shop: Shop, tmp_path: Path) -> None:
    rows = [
        {"nr": "1", "at": "2025-01-01", "price": 0.285, "n": 1, "sku": "a", "who": {"id": "x"}},
        {"nr": 12345678901234567890, "at": "2025-01-01", "price": 1e2, "n": None, "who": {"id": 7}},
        {"nr": 3, "at": "2025-01-01", "price": float("nan")},
        [1, 2],
    ]
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join([*map(json.dumps, rows), "", "{no", "12"]) + "\n")
    spec = mapping(ORDERS.replace("customer_id: who", "customer_id: who.id"))
    report = shop.ingest(spec, file)
    assert report.accepted == 2
    assert shop.rows(
        "SELECT order_id, total, i.value FROM lake_order_version JOIN lake_identifier AS i "
        "ON identifier_id = identity_id ORDER BY 1"
    ) == [("1", 29, "x"), ("12345678901234567890", 10000, "7")]
    assert sorted((line, reason[:13]) for _, line, reason, _ in shop.quarantined()) == [
        (3, "amount is mis"),
        (4, "it is no JSON"),
        (6, "it is no JSON"),
        (7, "it is no JSON"),
    ]


def test_excel(shop: Shop, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([])
    sheet.append(HEAD.split(","))
    sheet.append([1, "2025-01-01", 0.285, 1, "007", 42])
    sheet.append([2.0, "2025-01-01", 10, None, None, "c"])
    file = tmp_path / "a.xlsx"
    book.save(file)
    shop.ingest(mapping(ORDERS), file)
    assert shop.rows(
        "SELECT l.order_key, amount, sku, i.value FROM lake_order_line AS l "
        "JOIN lake_identifier AS i ON identifier_id = identity_id ORDER BY 1"
    ) == [("test:1", 29, "007", "42"), ("test:2", 1000, None, "c")]
    error = refused(Shop(tmp_path / "other"), "read: {sheet: Sheat}" + ORDERS, file)
    assert (error.code, "did you mean `Sheet`?" in error.hint) == ("ingest.no_sheet", True)


def test_files_of_other_types_are_one_source(shop: Shop, tmp_path: Path) -> None:
    columns = {"nr": pa.array([1], pa.int64()), "at": ["2025-01-01"], "price": [5.0], "n": [1]}
    files = [
        csv(tmp_path / "a.csv", HEAD, ROW),
        parquet(tmp_path / "b.parquet", {**columns, "sku": ["A"], "who": ["c1"]}),
    ]
    report = shop.ingest(mapping(ORDERS), tmp_path / "*.*")
    assert [file.path for file in report.files] == [str(file) for file in files]
    assert (report.accepted, report.repeated) == (1, 1)


def test_without_a_mapping_those_that_ship_are_named(tmp_path: Path) -> None:
    assert CliRunner().invoke(root, ["init", str(tmp_path / "shop")]).exit_code == 0
    (tmp_path / "orders.csv").write_text("a\n1\n")
    command = ["--shop", str(tmp_path / "shop"), "ingest", str(tmp_path / "orders.csv")]
    for lang, words in (("en", "Missing option"), ("nl", "De optie '--mapping' ontbreekt.")):
        result = CliRunner().invoke(root, [*command, "--lang", lang])
        assert result.exit_code == 2
        assert words in result.stderr
        assert "woocommerce-orders" in result.stderr
