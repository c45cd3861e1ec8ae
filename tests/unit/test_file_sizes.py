"""No file of the product is longer than one reads in a sitting."""

from __future__ import annotations

from pathlib import Path

LINES = 600


def test_no_file_is_longer_than_the_budget() -> None:
    files = list((Path(__file__).parents[2] / "src" / "stamgast").rglob("*.py"))
    many = {str(file): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert len(many) > 100
    assert {name: lines for name, lines in many.items() if lines > LINES} == {}
