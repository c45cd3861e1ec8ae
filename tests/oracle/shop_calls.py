"""Stamgast as a user calls it: the command line, and what it prints."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from stamgast.cli.main import root
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class CallFailedError(AssertionError):
    """A call that should have been answered was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCalls:
    """A shop folder, and the documented calls on it."""

    folder: Path

    @classmethod
    def of_files(cls, folder: Path, mapping: str, files: Sequence[Path]) -> ShopCalls:
        """A new shop that was fed these files."""
        run("init", str(folder))
        shop = cls(folder=folder)
        shop.call("ingest", *[str(file) for file in files], "--mapping", mapping)
        return shop

    def call(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        """What a call prints."""
        return run("--shop", str(self.folder), *arguments, env=env)

    def lifecycle(self, t: int, model: str) -> dict[str, Any]:
        """``lifecycle --json`` under a model."""
        asked = ("lifecycle", "--as-of", instant(t), "--json")
        return dict(json.loads(self.call(*asked, env={"STAMGAST_LIFECYCLE_MODEL": model})))

    def count(self, segment: str, t: int) -> dict[str, Any]:
        """``segment count --json``."""
        asked = ("segment", "count", segment, "--as-of", instant(t), "--json")
        return dict(json.loads(self.call(*asked)))

    def members(self, segment: str, t: int) -> list[dict[str, str]]:
        """``segment members --format csv``, by header."""
        asked = ("segment", "members", segment, "--as-of", instant(t), "--format", "csv")
        return list(csv.DictReader(io.StringIO(self.call(*asked))))


def run(*arguments: str, env: dict[str, str] | None = None) -> str:
    """Standard output of ``stamgast ARGUMENTS``, which must succeed."""
    result = CliRunner().invoke(root, arguments, env=env)
    if result.exit_code != 0:
        raise CallFailedError(f"stamgast {' '.join(arguments)}\n{result.output}")
    return result.stdout


def instant(t: int) -> str:
    """As ``--as-of`` takes it."""
    text = format_instant(t)
    assert text is not None
    return text
