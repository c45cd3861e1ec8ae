"""``stamgast calendar list``: seasons of the shop's country and its own sales."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

SALES = """
version: 1
calendars:
  sales:
    winter:
      label: {en: Winter sale, nl: Winteruitverkoop}
      from: 2026-01-02
      to: 2026-01-31
      early_access: 2026-01-01T20:00
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    assert told("init", str(folder)) != ""
    (folder / "definitions" / "sales.yaml").write_text(SALES, encoding="utf-8")
    return folder


def told(*arguments: str) -> str:
    runner = CliRunner()
    result = runner.invoke(root, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_days_of_a_year(folder: Path) -> None:
    listed = json.loads(told("--shop", str(folder), "calendar", "list", "--year", "2026", "--json"))
    assert listed["year"] == 2026
    days = {one["name"]: (one["first_day"], one["last_day"]) for one in listed["occurrences"]}
    assert days == {
        "winter": ("2026-01-02", "2026-01-31"),
        "valentine": ("2026-02-01", "2026-02-14"),
        "easter": ("2026-03-22", "2026-04-06"),
        "mothers_day": ("2026-04-26", "2026-05-10"),
        "fathers_day": ("2026-06-07", "2026-06-21"),
        "back_to_school": ("2026-08-01", "2026-09-15"),
        "sinterklaas": ("2026-11-15", "2026-12-05"),
        "black_friday": ("2026-11-23", "2026-11-29"),
        "cyber_monday": ("2026-11-30", "2026-11-30"),
        "christmas": ("2026-12-06", "2026-12-26"),
    }
    winter = listed["occurrences"][0]
    assert (winter["kind"], winter["early_access"]) == ("sale", "2026-01-01T19:00:00Z")
    assert (winter["starts"], winter["until"]) == ("2026-01-01T23:00:00Z", "2026-01-31T23:00:00Z")


def test_for_people_in_both_languages(folder: Path) -> None:
    dutch = told("--shop", str(folder), "calendar", "list", "--year", "2026", "--lang", "nl")
    (line,) = (line for line in dutch.splitlines() if line.startswith("Winteruitverkoop"))
    assert line.split("  ")[-1].strip() == "1 januari 2026, 20:00"
    assert "Moederdag" in dutch
    english = told("--shop", str(folder), "calendar", "list", "--year", "1980", "--lang", "en")
    assert "There is nothing in 1980." in english
