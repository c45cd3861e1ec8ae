"""The errors Stamgast raises: one root, two audiences.

``UserError`` is for whoever gave the input: it says what is wrong, where, and what to do.
``InternalError`` is for us: something that cannot happen, happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class StamgastError(Exception):
    """Root of every error that Stamgast raises on purpose."""


class InternalError(StamgastError):
    """A broken promise inside Stamgast; please report it."""


class UserError(StamgastError):
    """A mistake that the user can mend."""

    def __init__(self, code: str, message: str, *, where: str = "", hint: str = "") -> None:
        """Code: stable, ``area.what``; message: what is wrong; where: file, line; hint: what to do."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """``where: message (hint)``, the parts that are known."""
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing wrong in a definition, mapping or settings file."""

    code: str
    message: str
    file: str
    line: int | None = None
    hint: str = ""

    def __str__(self) -> str:
        """``file:line: message`` and the hint on its own line."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" + (f"\n  {self.hint}" if self.hint else "")


class InvalidDefinitions(UserError):  # noqa: N818 - reads better where it is raised
    """Definition files with issues: all of them, not only the first."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        """Take every issue that was found, in file and line order."""
        self.issues = issues
        many = "1 problem" if len(issues) == 1 else f"{len(issues)} problems"
        listed = "\n".join(str(issue) for issue in issues)
        super().__init__("definitions.invalid", f"{many} in the definitions\n{listed}")


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The name that is written most like it; None when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only on a mistake

    return next(iter(get_close_matches(str(name), sorted(known), n=1)), None)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A question with the name that is nearest; empty when none is near.

    >>> did_you_mean("ordres", ["orders", "revenue"])
    'did you mean `orders`?'
    """
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near is not None else ""
