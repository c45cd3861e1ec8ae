"""A file of which no line can be read: it says so, and what its mapping seems to lack."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from collect_kit import Shop, csv, mapping

from stamgast.cli.main import root
from stamgast.collect import guess
from stamgast.collect.guess import remedy
from stamgast.collect.mapping import Read

if TYPE_CHECKING:
    from pathlib import Path

TOP = "version: 1\nsource: till\nzone: UTC\ncurrency: EUR\ncountry: NL\n"
ROWS = """rows:
  - kind: orders
    fields: {order: Nr, ordered_at: Datum, total: Bedrag}
    identifiers: {customer_id: Klant}
"""
HEAD = "Nr;Datum;Bedrag;Klant"
INSTANT, MONEY = "at is not an instant", "total is not an amount of money"


@pytest.mark.parametrize(
    ("reason", "values", "expected"),
    [
        (INSTANT, ["31-12-2025"], 'dates: "%d-%m-%Y"'),
        (INSTANT, ["01/02/2025", "31/12/2025 "], 'dates: "%d/%m/%Y"'),
        (INSTANT, ["01/02/2025", "12/31/2025"], 'dates: "%m/%d/%Y"'),
        (INSTANT, ["31-12-2025 9:05"], 'dates: "%d-%m-%Y %H:%M"'),
        (INSTANT, ["31-12-25"], 'dates: "%d-%m-%y"'),
        (INSTANT, ["31-12-2025", "12/31/2025"], ""),
        (INSTANT, ["yesterday"], ""),
        (INSTANT, [], ""),
        (MONEY, ["12,95", "€ 1.234,50"], 'decimal: ","'),
        (MONEY, ["free"], ""),
        (MONEY, ["12,95", "12.95"], ""),
        ("no identifier", ["12,95"], ""),
    ],
)
def test_the_notation_that_is_guessed(reason: str, values: list[str], expected: str) -> None:
    assert remedy(reason, values, Read()) == expected


def test_the_examples_run() -> None:
    assert doctest.testmod(guess).failed == 0


def test_what_is_guessed_makes_the_file_readable(tmp_path: Path) -> None:
    file = csv(tmp_path / "x.csv", HEAD, "1;31-12-2025;12,95;a", "2;01-01-2026;1.234,50;b")
    report = Shop(tmp_path / "one").ingest(mapping(ROWS), file)
    first = report.files[0]
    assert (first.unread, first.remedy) == ("Datum = '31-12-2025'", 'dates: "%d-%m-%Y"')
    read = f"read: {{{first.remedy}}}\n"
    second = Shop(tmp_path / "two").ingest(mapping(read + ROWS), file).files[0]
    assert (second.unread, second.remedy) == ("Bedrag = '12,95'", 'decimal: ","')
    read = f"read: {{{first.remedy}, {second.remedy}}}\n"
    third = Shop(tmp_path / "three").ingest(mapping(read + ROWS), file)
    assert (third.accepted, third.files[0].unread, third.files[0].remedy) == (2, "", "")


def test_one_line_that_could_be_read_is_no_such_file(tmp_path: Path) -> None:
    file = csv(tmp_path / "x.csv", HEAD, "1;2025-12-31;12.95;a", "2;01-02-2026;1;b")
    report = Shop(tmp_path / "one").ingest(mapping(ROWS), file)
    assert (report.accepted, report.files[0].unread) == (1, "")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "No line of x.csv could be read: Datum = '31-12-2025'.",
                'Probably missing in the mapping: read: {dates: "%d-%m-%Y"}',
            ],
        ),
        (
            "nl",
            [
                "Van x.csv was geen enkele regel te lezen: Datum = '31-12-2025'.",
                'In de mapping ontbreekt waarschijnlijk: read: {dates: "%d-%m-%Y"}',
            ],
        ),
    ],
)
def test_the_lines_that_ingest_writes_of_it(
    tmp_path: Path, language: str, expected: list[str]
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(TOP + ROWS, encoding="utf-8")
    file = csv(tmp_path / "x.csv", HEAD, "1;31-12-2025;12,95;a")
    run = CliRunner()
    assert run.invoke(root, ["init", str(tmp_path / "shop")]).exit_code == 0
    call = ["--shop", str(tmp_path / "shop"), "ingest", str(file), "--mapping", str(own)]
    told = run.invoke(root, [*call, "--lang", language]).stdout.splitlines()
    assert told[-3:-1] == expected
    assert "Nothing new." not in told
