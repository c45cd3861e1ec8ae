"""Texts with merge fields: a small format that holds no code.

``{name}`` is a merge field. ``{je|u}`` is the form of address: the first for je, the second for u
(Dutch only). ``[one|other]`` takes the first part of which every field is known, or nothing. A
sentence with a field that is not known is left out as a whole, so that no hole is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Address: TypeAlias = Literal["je", "u"]

_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_MARKS = re.compile(r"[\[\]{}|]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=$|[^\sa-z])")
_SPACES = re.compile(r"[ \t]+")
_BEFORE_MARK = re.compile(r" +([,.;:!?])")


class WrongTemplate(ValueError):  # noqa: N818 - the reader makes an issue of it
    """A text that cannot be read; the message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The value of a merge field."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """Words that depend on the form of address."""

    je: str
    u: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The first of some texts of which every field is known; nothing when there is none."""

    options: tuple[tuple[Piece, ...], ...]


Piece: TypeAlias = "str | Field | Addressed | Choice"
Sentence: TypeAlias = "tuple[Piece, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A parsed text: lines of sentences; an empty line parts paragraphs."""

    source: str
    lines: tuple[tuple[Sentence, ...], ...]

    @property
    def fields(self) -> frozenset[str]:
        """Every merge field it names."""
        return frozenset(
            name for line in self.lines for sentence in line for name in _fields(sentence)
        )

    @property
    def addressed(self) -> bool:
        """Whether it says je or u."""
        return any(_addressed(sentence) for line in self.lines for sentence in line)

    def render(self, values: Mapping[str, str], address: Address = "je") -> str:
        """The text with the values put in; a value that is not there, or empty, is not known.

        A sentence that begins with something put in begins with a capital.

        >>> text = parse("{je|u} bent welkom. Hoe bevalt {item}[, {name}|, buur]?")
        >>> text.render({"item": "de fiets"}, "u")
        'U bent welkom. Hoe bevalt de fiets, buur?'
        >>> text.render({"name": "Thijs"})
        'Je bent welkom.'
        """
        known = {name: value for name, value in values.items() if value}
        lines: list[str] = []
        for line in self.lines:
            said = (_said(sentence, known, address) for sentence in line)
            text = " ".join(one for one in said if one)
            if text or (not line and lines and lines[-1]):
                lines.append(text)
        return "\n".join(lines).strip()


def parse(text: str) -> Template:
    """The parsed text. Raises ``WrongTemplate``."""
    lines = text.strip().split("\n")
    return Template(source=text, lines=tuple(_sentences(line.strip()) for line in lines))


def _sentences(line: str) -> tuple[Sentence, ...]:
    if not line:
        return ()
    pieces, end = _pieces(line, 0, "")
    if end != len(line):
        raise WrongTemplate(f"`{line[end]}` has nothing to end or to part")
    sentences: list[list[Piece]] = [[]]
    for piece in pieces:
        if not isinstance(piece, str):
            sentences[-1].append(piece)
            continue
        first, *more = _SENTENCE_END.split(piece)
        sentences[-1].append(first)
        sentences.extend([part] for part in more)
    return tuple(tuple(one) for one in sentences if any(one))


def _pieces(text: str, start: int, ends: str) -> tuple[tuple[Piece, ...], int]:
    """The pieces from ``start`` up to one of the marks ``ends`` or the end of the text."""
    found: list[Piece] = []
    at = start
    while at < len(text) and text[at] not in ends:
        mark = text[at]
        if mark == "{":
            close = text.find("}", at)
            if close < 0:
                raise WrongTemplate(f"`{text[at : at + 20]}` has no closing brace")
            found.append(_braces(text[at + 1 : close]))
            at = close + 1
        elif mark == "[":
            choice, at = _choice(text, at + 1)
            found.append(choice)
        elif _MARKS.match(mark):
            return tuple(found), at
        else:
            stop = _MARKS.search(text, at)
            end = stop.start() if stop else len(text)
            found.append(text[at:end])
            at = end
    return tuple(found), at


def _choice(text: str, at: int) -> tuple[Choice, int]:
    options: list[tuple[Piece, ...]] = []
    while True:
        option, at = _pieces(text, at, "|]")
        if at >= len(text) or text[at] not in "|]":
            raise WrongTemplate("`[` has no closing bracket in its line")
        options.append(option)
        at += 1
        if text[at - 1] == "]":
            return Choice(options=tuple(options)), at


def _braces(inner: str) -> Piece:
    if "|" in inner:
        je, bar, u = inner.partition("|")
        if "|" in u or "{" in inner or not bar or not (je or u):
            raise WrongTemplate(f"`{{{inner}}}` is not two forms of address, such as {{je|u}}")
        return Addressed(je=je, u=u)
    if not _NAME.fullmatch(inner):
        raise WrongTemplate(f"`{{{inner}}}` is no name of a merge field")
    return Field(name=inner)


def _fields(pieces: Sequence[Piece]) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, Field):
            yield piece.name
        elif isinstance(piece, Choice):
            for option in piece.options:
                yield from _fields(option)


def _addressed(pieces: Sequence[Piece]) -> bool:
    return any(
        isinstance(piece, Addressed)
        or (isinstance(piece, Choice) and any(_addressed(option) for option in piece.options))
        for piece in pieces
    )


def _said(sentence: Sentence, known: Mapping[str, str], address: Address) -> str:
    """A sentence in words; empty when it is left out."""
    text = _joined(sentence, known, address)
    if text is None:
        return ""
    bare = _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text)).strip()
    word = bare.partition(" ")[0]
    if not isinstance(sentence[0], str) and word.islower():
        return bare[:1].upper() + bare[1:]
    return bare


def _joined(pieces: Sequence[Piece], known: Mapping[str, str], address: Address) -> str | None:
    parts: list[str] = []
    for piece in pieces:
        match piece:
            case str():
                part: str | None = piece
            case Field():
                part = known.get(piece.name)
            case Addressed():
                part = piece.je if address == "je" else piece.u
            case Choice():
                options = (_joined(option, known, address) for option in piece.options)
                part = next((one for one in options if one is not None), "")
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)
