"""Writes report pages to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.private import write_private
from stamgast.errors import UserError
from stamgast.report.page import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stamgast.app.reporting import Reporter
    from stamgast.report.words import Language

NAME = "report"


def write_pages(
    reporter: Reporter, folder: Path, languages: Sequence[Language], customer: str | int | None
) -> list[Path]:
    """The first language becomes ``report.html``; each page points to the others.

    They are their owner's only: a page may show a customer. Raises UserError ``report.cannot_write``.
    """
    names = {
        language: f"{NAME}.html" if language == languages[0] else f"{NAME}.{language}.html"
        for language in languages
    }
    files = []
    for language, name in names.items():
        others: dict[str, str] = {
            str(other): address for other, address in names.items() if other != language
        }
        page = render(reporter.report(language, customer, others), language)
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_private(path, page)
        except OSError as error:
            raise UserError(
                "report.cannot_write",
                f"cannot write the report: {error.strerror or error}",
                where=str(path),
                hint="name another folder with --to",
            ) from error
        files.append(path)
    return files
