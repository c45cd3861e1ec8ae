"""The made-up shop that several files of tests look at; nobody changes it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from click.testing import CliRunner

from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS, SEED, DAY = 900, 7, date(2026, 11, 22)


def make(folder: Path) -> None:
    """Generate the files and import them, as a user would."""
    asked = ("--customers", str(CUSTOMERS), "--seed", str(SEED), "--until", str(DAY))
    result = CliRunner().invoke(root, ["generate", *asked, "--shop", str(folder)])
    assert result.exit_code == 0, result.output
