"""Help in the language that is asked: click's own pages, their texts looked up as they are written."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import asked_language, language_option

if TYPE_CHECKING:
    from collections.abc import Iterable

GIVEN: ContextVar[tuple[str, ...]] = ContextVar("GIVEN", default=())
"""The arguments of the call that is under way."""
CUT = "..."
"""Behind a text that click made shorter for a list."""
_EXTRA = re.compile(r"(?P<help>.*?)(?:\s*\[(?P<extra>[^\[\]]*)\])?", re.DOTALL)
_METAVAR = re.compile(r"(?<=\s)(DIRECTORY|TEXT|INTEGER RANGE|INTEGER|PATH|FILE|INSTANT)$")
_DUTCH = {
    "DIRECTORY": "MAP",
    "TEXT": "TEKST",
    "INTEGER RANGE": "GETAL",
    "INTEGER": "GETAL",
    "PATH": "PAD",
    "FILE": "BESTAND",
    "INSTANT": "MOMENT",
    "required": "verplicht",
    "default": "standaard",
    "env var": "omgeving",
    "(dynamic)": "(wisselt)",
}
"""Words of click's own."""


class Pages(click.HelpFormatter):
    """Writes help; in Dutch when that is the language of the call."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """``Usage: stamgast ...``."""
        if _in_dutch():
            prefix = f"{_said('Usage:')} "
            args = args.replace("[OPTIONS]", "[OPTIES]")
            args = args.replace("COMMAND", "OPDRACHT").replace("[ARGS]", "[ARGUMENTEN]")
        super().write_usage(prog, args, prefix)

    def write_heading(self, heading: str) -> None:
        """``Options:`` and ``Commands:``."""
        super().write_heading(_said(f"{heading}:")[:-1] if _in_dutch() else heading)

    def write_text(self, text: str) -> None:
        """What a command is for."""
        if _in_dutch():
            text = "\n\n".join(map(_said, re.split(r"\n\s*\n", text)))
        super().write_text(text)

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Options or commands, each with what it is."""
        if _in_dutch():
            rows = [(_name(name), _about(about)) for name, about in rows]
        super().write_dl(rows, col_max, col_spacing)


class Call(click.Context):
    """A call of a command, whose help is in the language asked."""

    formatter_class = Pages


def dressed(command: click.Command) -> click.Command:
    """The command, and all below it, with help in the language asked; groups take ``--lang`` too."""
    command.context_class = Call
    if isinstance(command, click.Group):
        if not any(one.name == "lang" for one in command.params):
            command.params.append(language_option())
        for inner in command.commands.values():
            # click would cut a list of commands off in the middle of a sentence
            about = " ".join((inner.help or "").partition("\n\n")[0].split())
            inner.short_help = inner.short_help or _first_sentence(about)
            dressed(inner)
    return command


def _in_dutch() -> bool:
    return asked_language(GIVEN.get()) == "nl"


def _said(text: str) -> str:
    """The Dutch of a text; English where there is none."""
    from stamgast.report.dutch import pairs  # noqa: PLC0415 - only for help in Dutch

    plain = " ".join(text.split())
    return pairs("help.toml").get(plain, plain)


def _name(text: str) -> str:
    return _METAVAR.sub(lambda found: _DUTCH[found[1]], text)


def _about(text: str) -> str:
    """``What it is.  [default: now; required]``, or the first sentence, maybe cut off, in a list."""
    from stamgast.report.dutch import pairs  # noqa: PLC0415 - as above

    found = _EXTRA.fullmatch(text)
    if found is None or not text:
        return text
    plain = " ".join(found["help"].split())
    known = pairs("help.toml")
    said = known.get(plain)
    if said is None:
        begun = plain.removesuffix(CUT)
        full = next((one for one in known if begun and one.startswith(begun)), None)
        said = plain if full is None else _first_sentence(known[full])
    if found["extra"] is None:
        return said
    extras = "; ".join(_extra(one) for one in found["extra"].split("; "))
    return f"{said}  [{extras}]" if said else f"[{extras}]"


def _first_sentence(text: str) -> str:
    first, dot, _ = text.partition(". ")
    return first + dot.rstrip()


def _extra(text: str) -> str:
    name, colon, value = text.partition(": ")
    if not colon:
        return _DUTCH.get(text, text)
    inner = value[1:-1] if value.startswith("(") else value
    shown = _DUTCH.get(value) or (f"({_said(inner)})" if value.startswith("(") else value)
    return f"{_DUTCH.get(name, name)}: {shown}"
