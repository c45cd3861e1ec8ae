"""A shop whose refreshes ask little: shipped segments are of nobody, but for those that a test is about.

A refresh asks when each segment begins and ends: of all that ship that is most of its work. What
refreshes record of them all is held by ``test_refresh``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from pathlib import Path


_NOBODY = "  {name}: {{label: {{en: Nobody, nl: Niemand}}, where: {{trait: orders, lt: 0}}}}"


@cache
def _shipped() -> frozenset[str]:
    settings = LanguageSettings(zone="UTC", currency="EUR", country="NL")
    names = read_definitions(shipped_files(), settings=settings).segments
    return frozenset(name for name in names if ":" not in name)  # stages are of the lifecycle


def few_segments(shop: Path, *kept: str) -> None:
    """From now on the shop in this folder has these of the shipped segments, and its stages."""
    assert _shipped().issuperset(kept)
    lines = (_NOBODY.format(name=name) for name in sorted(_shipped() - set(kept)))
    text = "\n".join(["version: 1", "segments:", *lines]) + "\n"
    (shop / "definitions" / "few.yaml").write_text(text, encoding="utf-8")
