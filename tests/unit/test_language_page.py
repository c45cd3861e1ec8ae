"""The language reference is that of the models and operators as they are, and its example runs."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from stamgast.language import calendars, seasons, types, wording
from stamgast.language.operators import FORMULAS, Operator
from stamgast.language.reader import (
    LanguageSettings,
    SourceFile,
    nearest,
    read_definitions,
    scalars,
)
from stamgast.language.reference_page import language_page
from stamgast.model import money
from stamgast.retail import shipped_files

PAGE = Path(__file__).parents[2] / "docs" / "language.md"


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == language_page(), "run `make docs`"


def test_the_examples_of_the_page_can_be_read() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", language_page(), re.DOTALL)
    own = [SourceFile(name=f"page{i}.yaml", text=text) for i, text in enumerate(blocks)]
    definitions = read_definitions([*shipped_files(), *own], settings=LanguageSettings())
    assert "winback_nl" in definitions.segments
    assert "winter_sale" in definitions.calendar.sales


@pytest.mark.parametrize("row", FORMULAS.values(), ids=lambda row: row.name)
def test_examples_of_formulas_can_be_read(row: Operator) -> None:
    text = f'traits:\n  case:\n    formula: "{row.example}"\n'
    files = [*shipped_files(), SourceFile(name="page.yaml", text=text)]
    assert "case" in read_definitions(files, settings=LanguageSettings()).traits


@pytest.mark.parametrize(
    "module",
    [wording, scalars, nearest, seasons, calendars, types, money],
    ids=lambda module: module.__name__,
)
def test_examples_in_docstrings_run(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0
