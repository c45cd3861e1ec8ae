"""What commands write for people: words of their language, tables, and no colour when unwanted."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from stamgast.clock import format_instant
from stamgast.report.speaker import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from stamgast.app.shop import Shop
    from stamgast.cli.frame import Session
    from stamgast.language.ast import Text
    from stamgast.model.log import Instant

INDENT = 4
"""Blanks before a text under a row."""
GAP = 3
"""Blanks between two columns."""
NARROWEST = 12
LONGEST_WORD = 24
"""A column of texts is not made narrower than this, or than its longest word up to that."""
FIGURE = re.compile(r"[^\w\s]{0,2}\s?(\d[^\n]{0,31})?")
"""A number, money, a date or an instant; or nothing, or a dash."""
PIPE_WIDTH = 120
"""The width of tables when the output is no terminal and ``COLUMNS`` does not say another."""


class Screen(Speaker):
    """Writes to standard output in one language; rich drops colour by itself on ``NO_COLOR``."""

    def __init__(self, session: Session, shop: Shop) -> None:
        """In the language of the call."""
        super().__init__(
            session.spoken,
            lambda: shop.definitions.lifecycle,
            zone=shop.settings.zone,
            currency=shop.settings.currency,
        )
        self.session = session
        self.shop = shop

    def say(self, key: str, **values: object) -> str:
        """The words of a key, with its commands as they can be pasted."""
        return self.session.whole(super().say(key, **values))

    def when(self, as_of: Instant) -> str:
        """`` --as-of ...`` if this call asked of an instant, for the commands it names; else empty."""
        context = click.get_current_context(silent=True)
        if context is None or context.get_parameter_source("as_of") is ParameterSource.DEFAULT:
            return ""
        local = self.formats.local(as_of)
        bare = local.hour == local.minute == local.second == local.microsecond == 0
        return f" --as-of {local.date() if bare else format_instant(as_of)}"

    @property
    def shop_name(self) -> str:
        """The shop's name, or words for it."""
        return self.shop.settings.name or self.say("report.your_shop")

    def as_of(self, instant: Instant) -> str:
        """``as of 1 October 2017, 02:00``."""
        return self.say("cli.as_of", moment=self.formats.moment(instant))

    def tell_age(self, instant: Instant) -> None:
        """A line where the instant asked lies before the first or long after the last order."""
        text = self.outside(self.shop.customers.order_span(), instant)
        if text:
            self.line("\n" + text, style="bold")

    def segment(self, name: str) -> str:
        """A segment's label."""
        label = self.shop.definitions.segments[name].label
        return label[self.language]

    def about(self, text: str, not_known: Text | None) -> str:
        """What a segment is; and why nobody can be known to be in it, where that is so."""
        if not_known is None:
            return text
        return f"{text}\n{not_known[self.language]}"

    def kind(self, name: str) -> str:
        """An identifier kind as people call it."""
        if name == "profile":
            return self.say("cli.profile").lower()
        return self.shop.customers.kind_label(name, self.language)

    def attribute(self, name: str) -> str:
        """An attribute's label; its name when it has none."""
        label = self.shop.definitions.attribute_labels.get(name)
        return name if label is None else label[self.language]

    def line(self, text: str = "", *, style: str | None = None) -> None:
        """A line of text."""
        console().print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        right: Sequence[int] = (),
        whole: Sequence[int] = (),
        below: Sequence[str] = (),
    ) -> None:
        """A table; ``right``: the columns of numbers; ``whole``: those that are never broken.

        ``below``: of each row a text under it, the width of the screen; then no column is broken.

        Numbers, money and dates are never broken nor cut off: names and heads are wrapped, and a table
        for which that is not enough is wider than the screen.
        """
        from rich.table import Table  # noqa: PLC0415 - only when something is written
        from rich.text import Text  # noqa: PLC0415 - only when something is written

        shown = Table(
            box=None,
            pad_edge=False,
            padding=(0, GAP, 0, 0),
            header_style="bold",
            show_header=any(head),
        )
        lines = [*rows]
        out = console()
        kept = {*range(len(head))} if below else {*right, *whole}
        widths = _widths(head, lines, kept, out.width)
        for n, name in enumerate(head):
            shown.add_column(
                name,
                justify="right" if n in right else "left",
                overflow="fold",
                width=widths[n],
            )
        for row in lines:
            shown.add_row(*(Text(cell) for cell in row))
        room = out.width
        # too wide is read more easily than a letter per line
        out.width = max(out.width, sum(widths) + GAP * len(widths))
        with out.capture() as drawn:
            out.print(shown)
        shown_lines = [line.rstrip() for line in drawn.get().splitlines()]
        if below:
            top = len(shown_lines) - len(lines)
            pairs = zip(shown_lines[top:], below, strict=True)
            under = [(row, *wrapped(text, room - INDENT)) for row, text in pairs]
            shown_lines = shown_lines[:top] + [
                line if n == 0 else f"{'':{INDENT}}{line}"
                for one in under
                for n, line in enumerate(one)
            ]
        sys.stdout.write("".join(f"{line}\n" for line in shown_lines))


def _widths(
    head: Sequence[str], lines: Sequence[Sequence[str]], kept: set[int], room: int
) -> list[int]:
    """Width of each column: what cannot be broken whole, and of the room that is left a share each."""
    least, wanted = [], []
    for n, name in enumerate(head):
        cells = [line[n] for line in lines]
        longest = max(map(_size, cells), default=0)
        if n in kept or all(FIGURE.fullmatch(cell) for cell in cells):
            narrow = max([longest, *map(_size, name.split())])
        else:
            word = max(
                _size(part) for text in ("", name, *cells) for part in (text.split() or [""])
            )
            narrow = min(max(longest, _size(name)), max(NARROWEST, min(word, LONGEST_WORD)))
        least.append(narrow)
        wanted.append(max(narrow, longest, _size(name)))
    left = room - sum(least) - GAP * len(least)
    while left > 0 and least != wanted:
        narrowest = min(
            (n for n, width in enumerate(least) if width < wanted[n]), key=least.__getitem__
        )
        least[narrowest] += 1
        left -= 1
    return least


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text, none wider than this."""
    return [
        line
        for part in text.splitlines()
        for line in textwrap.wrap(part, max(width, NARROWEST), break_on_hyphens=False)
    ]


def _size(text: str) -> int:
    """How many places a text takes on a screen."""
    from rich.cells import cell_len  # noqa: PLC0415 - only when something is written

    return cell_len(text)


def console() -> Console:
    """Standard output."""
    from rich.console import Console  # noqa: PLC0415 - only when something is written

    asked = os.environ.get("COLUMNS", "")
    piped = int(asked) if asked.isdecimal() and int(asked) else PIPE_WIDTH
    width = None if sys.stdout.isatty() else piped
    return Console(file=sys.stdout, width=width, highlight=False)
