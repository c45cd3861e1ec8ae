"""Which notation a file seems to be written in, when nothing of it could be read."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from stamgast.collect.convert import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.collect.mapping import Read

DAYS = (
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%m-%y",
    "%d/%m/%y",
)
"""The day before the month where both would do."""
CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
SAMPLE = 50
"""So many values are looked at."""


def remedy(reason: str, values: Sequence[str], read: Read) -> str:
    """What to write under ``read`` of the mapping so that values can be read; empty: nothing known.

    >>> from stamgast.collect.mapping import Read
    >>> remedy("at is not an instant", ["31-12-2025", "01-01-2026"], Read())
    'dates: "%d-%m-%Y"'
    >>> remedy("total is not an amount of money", ["12,95"], Read())
    'decimal: ","'
    """
    if not values:
        return ""
    if reason.endswith((NAMES["instant"], NAMES["day"])):
        found = next((one for one in _patterns() if _fits(one, values)), None)
        return "" if found is None or found in read.dates else f'dates: "{found}"'
    if any(reason.endswith(f"is not {NAMES[type_]}") for type_ in ("money", "quantity", "decimal")):
        other = "," if read.decimal == "." else "."
        group = read.decimal
        shape = rf"\D*\d{{1,3}}(\{group}?\d{{3}})*(\{other}\d+)?\D*"
        if all(re.fullmatch(shape, value) for value in values):
            return f'decimal: "{other}"'
    return ""


def _patterns() -> list[str]:
    return [day + clock for day in DAYS for clock in CLOCKS]


def _fits(pattern: str, values: Sequence[str]) -> bool:
    for value in values:
        fits = False
        with suppress(ValueError):
            datetime.strptime(value.strip(), pattern)  # noqa: DTZ007 - only whether it can be read
            fits = True
        if not fits:
            return False
    return True
