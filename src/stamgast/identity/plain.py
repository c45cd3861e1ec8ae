"""Texts that are surely written as their kind is: known by their shape, a million at a time.

Most identifiers in a file need nothing done to them. ``plain`` tells which by regular expressions that
RE2 (DuckDB's) and Python read alike on printable ASCII: a text that passes is an identifier and its own
normalised value. One that does not pass may still be one; ``normalise`` decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.identity.kinds import IdentifierKind, Normaliser

MAX_LENGTH = 64
"""Of a plain text: so each part of an e-mail address is short enough too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A text is plain when it matches ``shape`` as a whole, has at most ``max_length`` characters, and
    none of ``never`` (texts) and ``unlike`` (patterns of whole texts) is it, in either case.
    """  # noqa: D205 - one sentence

    shape: str
    unlike: tuple[str, ...]
    never: frozenset[str]
    """In small letters."""
    max_length: int = MAX_LENGTH


def plain(kind: IdentifierKind) -> Plain | None:
    """What texts of a kind are plain; None: there is no such test, as of telephone numbers.

    >>> from stamgast.identity.kinds import read_kinds
    >>> kinds = read_kinds()
    >>> found = plain(kinds["customer_id"])
    >>> [bool(re.fullmatch(found.shape, text)) for text in ("00042", "K-17", "1.5e+04", " 8")]
    [True, True, False, False]
    >>> plain(kinds["phone"]) is None
    True
    """
    shape = _SHAPES.get(kind.normaliser)
    patterns = tuple(pattern.pattern for pattern in kind.patterns)
    if shape is None or not all(_READ_ALIKE.fullmatch(pattern) for pattern in patterns):
        return None
    unlike = (*patterns, _RESERVED) if kind.normaliser == "email" else patterns
    return Plain(shape=shape, unlike=unlike, never=kind.blocked)


# One character of these and a text is neither a float (1.3e+04, 13085.0) nor a UUID.
_NO_FLOAT = r"[!-*,/:-DF-df-~]"
_NO_UUID = r"[!-,./:-@G-`g-~]"

_SHAPES: Mapping[Normaliser, str] = {
    "id": rf"[0-9+-]+|[!-~]*{_NO_FLOAT}[!-~]*",
    # a UUID in capitals becomes one in small letters
    "device": rf"[!-@\[-~]+|[!-~]*{_NO_UUID}[!-~]*",
    "email": (
        r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*"
        r"@([a-z0-9]+(-[a-z0-9]+)*\.)+([a-wyz][a-z]|x[a-mo-z])[a-z]{0,22}"
    ),
}
_RESERVED = r".*\.(arpa|invalid|local|localhost|onion)"

# Letters, digits, escaped signs and \w \d \s, classes of them, groups, alternatives, repetition: what
# means the same in both. No look-around, back-references, flags, boundaries, anchors.
_SIGN = r"[A-Za-z0-9_@#%&=~:;,<>!\"'/ -]|\\[wdsWDS]|\\[!-/:-@\[-^`{-~]"
_CLASS = rf"\[\^?(?:{_SIGN}|[.+*?(){{}}|$])+\]"
_TIMES = r"[*+?]\??(?![*+?{])|\{[0-9]{1,2}(?:,[0-9]{0,2})?\}\??(?![*+?{])"
_READ_ALIKE = re.compile(rf"(?:{_SIGN}|{_CLASS}|\.|\((?:\?:)?(?!\?)|\)|\||{_TIMES})*")
