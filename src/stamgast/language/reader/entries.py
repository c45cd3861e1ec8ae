"""One definition as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from stamgast.language.reader.issues import Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[T]):
    """Where a definition stands, and its form; None when that has issues."""

    place: Place
    form: T | None
    shipped: bool
    overrides: bool = False
    """Whether it takes the place of a shipped one."""
    whole: bool = True
    """Whether the form is what was written; else what is left of it, to look for more issues only."""
