"""Properties of events that no definition declares: the import says so, and how to declare them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
source: quiz
zone: UTC
currency: EUR
country: NL
rows:
  - kind: events
    fields: {event: {constant: Question Answered}, at: at, message_id: id}
    identifiers: {email: email}
    properties:
      question: question
      shoe_size: {of: size, type: integer}
      mood: mood
"""
ROWS = "id,at,email,question,size,mood\n1,2026-05-01 10:00,a@example.com,size,41,good\n"
SAID = {
    "en": "Not declared, so definitions cannot ask for it: shoe_size: integer, mood: text.",
    "nl": "Niet gedeclareerd, dus definities kunnen er niet naar vragen: shoe_size: integer, mood: text.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "quiz.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "quiz.csv").write_text(ROWS, encoding="utf-8")
    called(tmp_path, "init", str(tmp_path / "shop"))
    return tmp_path


def called(folder: Path, *arguments: str) -> str:
    shop = ("--shop", str(folder / "shop")) if arguments[0] != "init" else ()
    result = CliRunner().invoke(root, [*shop, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("language", ["en", "nl"])
def test_an_import_says_what_is_not_declared(folder: Path, language: str) -> None:
    asked = ("ingest", str(folder / "quiz.csv"), "--mapping", str(folder / "quiz.yaml"))
    assert SAID[language] in " ".join(called(folder, *asked, "--lang", language).split())
    again = json.loads(called(folder, *asked, "--json"))
    assert again["undeclared"] == {"shoe_size": "integer", "mood": "text"}


def test_declared_as_it_says_nothing_is_said(folder: Path) -> None:
    own = "version: 1\nevents: {shoe_size: integer, mood: text}\n"
    (folder / "shop" / "definitions" / "own.yaml").write_text(own, encoding="utf-8")
    asked = ("ingest", str(folder / "quiz.csv"), "--mapping", str(folder / "quiz.yaml"))
    assert "Not declared" not in called(folder, *asked)
    assert json.loads(called(folder, *asked, "--json"))["undeclared"] == {}
