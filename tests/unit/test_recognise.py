"""Exports as shops have them: how they are written and what their columns are, told by the file alone."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from stamgast.collect.drafting import Home, chosen, draft, lacking, of_lines
from stamgast.collect.mapping_files import parse_mapping
from stamgast.collect.recognise import Limits, Notation, recognise
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

HOME = Home(source="shop", zone="Europe/Amsterdam", currency="EUR", country="NL")
CASES = {
    "dutch spreadsheet": (
        "Bestelnr;Besteldatum;E-mail;Totaal\r\n1;31-12-2025;a@b.nl;€ 1.234,50\r\n2;1-1-2026;n.v.t.;5,00\r\n".encode(
            "cp1252"
        ),
        Notation(encoding="cp1252", delimiter=";", decimal=",", dates=("%d-%m-%Y", "iso")),
        ["order", "ordered_at", "email", "total"],
        False,
    ),
    "english web shop": (
        b'Order ID,Created at,Customer email,Grand total,Notes\n#1,2025-12-31 10:00,a@b.nl,"1,234.50",x\n',
        Notation(delimiter=",", decimal=".", dates=("iso",)),
        ["order", "ordered_at", "email", "total", ""],
        False,
    ),
    "american till": (
        b"Receipt\tDate\tTime\tLoyalty card\tAmount\r\n7\t12/31/2025\t09:30\t55\t3.50\r\n",
        Notation(delimiter="\t", decimal=".", dates=("%m/%d/%Y %H:%M", "%m/%d/%Y", "iso")),
        ["order", "ordered_at", "ordered_time", "loyalty_card", "total"],
        False,
    ),
    "lines of orders": (
        (
            b"sep=;\r\nOrdernummer;Orderdatum;Klantnr;Artikel;Aantal;Stukprijs;Ordertotaal\r\n"
            b"9;2/3/2025;1;Thee;2;3,50;12,00\r\n9;2/3/2025;1;Kop;1;5,00;12,00\r\n"
        ),
        Notation(delimiter=";", decimal=",", dates=("%d/%m/%Y", "iso")),
        ["order", "ordered_at", "customer_id", "product", "quantity", "unit_price", "total"],
        True,
    ),
    "orders of one article each": (
        (
            b"Ordernummer;Orderdatum;Klantnr;Artikel;Aantal;Stukprijs;Ordertotaal\r\n"
            b"8;2-3-2025;1;Kop;1;5,00;5,00\r\n9;31-3-2025;1;Thee;2;3,50;7,00\r\n"
        ),
        Notation(delimiter=";", decimal=",", dates=("%d-%m-%Y", "iso")),
        ["order", "ordered_at", "customer_id", "product", "quantity", "unit_price", "total"],
        True,
    ),
    "an article without a price": (
        b"Ordernummer;Orderdatum;Klantnr;Artikel;Ordertotaal\r\n8;31-3-2025;1;Kop;5,00\r\n",
        Notation(delimiter=";", decimal=",", dates=("%d-%m-%Y", "iso")),
        ["order", "ordered_at", "customer_id", "product", "total"],
        False,
    ),
    "customers by their name": (
        (
            "Bestelnummer;Besteldatum;Klant;Mail;Status;Bedrag\n1;31-01-2025;Jan Jansen;a@b.nl;betaald;10,00\n"
            "2;31-01-2025;José d'Hondt-Maes;;in behandeling;5,00\n3;31-01-2025;P. de Vries;;in behandeling;5,00\n"
        ).encode(),
        Notation(delimiter=";", decimal=",", dates=("%d-%m-%Y", "iso")),
        ["order", "ordered_at", "name", "email", "status", "total"],
        False,
    ),
    "a mark of unicode": (
        "\ufeffFactuurnummer|Factuurdatum|Debiteur|Bedrag\n1|2025-01-31|7|10,00\n".encode(
            "utf-16-le"
        ),
        Notation(delimiter="|", decimal=",", dates=("iso",)),
        ["order", "ordered_at", "customer_id", "total"],
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_export_is_recognised_and_its_mapping_reads(tmp_path: Path, case: str) -> None:
    content, notation, roles, lines = CASES[case]
    file = tmp_path / "export.csv"
    file.write_bytes(content)
    found = recognise(file)
    assert found.notation == notation
    assert list(found.roles) == roles
    assert of_lines(found) is lines
    mapping = parse_mapping(draft(found, HOME), "export.yaml")
    assert mapping.rows[0].kind == ("order_lines" if lines else "orders")
    assert set(mapping.columns()) <= set(found.header)


def test_a_sheet_of_excel_is_recognised(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Bestelnummer", "Datum", "Klantnummer", "Totaal"], [1, "31-12-2025", "007", 12.5]):
        book.active.append(row)
    book.save(tmp_path / "export.xlsx")
    found = recognise(tmp_path / "export.xlsx")
    assert list(found.roles) == ["order", "ordered_at", "customer_id", "total"]
    assert (found.lines, found.notation.decimal, found.notation.delimiter) == (1, ".", None)


def test_what_unpacks_to_more_than_it_may_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000)
    with pytest.raises(UserError, match="unpacked") as error:
        recognise(tmp_path / "bomb.xlsx", Limits(unpacked_bytes=50_000))
    assert error.value.code == "upload.packed"


def test_columns_are_what_a_person_says(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("a;b;c;d\n1;2025-12-31;7;3,50\n", encoding="utf-8")
    found = recognise(file)
    assert lacking(found) == ["order", "total", "customer_id"]
    said = chosen(found, ["order", "ordered_at", "customer_id", "total"])
    assert lacking(said) == []
    for wrong, code in (
        (["order", "order", "", ""], "upload.twice"),
        (["king", "", "", ""], "upload.role"),
    ):
        with pytest.raises(UserError) as error:
            chosen(found, wrong)
        assert error.value.code == code
    with pytest.raises(UserError, match="total") as lacks:
        draft(found, HOME)
    assert lacks.value.code == "upload.lacking"
