"""What commands write for people: words of their language, tables, and no colour when unwanted."""

from __future__ import annotations

import os
import sys
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

GAP = 3
"""Blanks between two columns."""
NARROWEST = 12
LONGEST_WORD = 24
"""A column of texts is not made narrower than this, or than its longest word up to that."""
PIPE_WIDTH = 120
"""The width of tables when the output is no terminal and ``COLUMNS`` does not say another."""


class Screen(Speaker):
    """Writes to standard output in one language; rich drops colour by itself on ``NO_COLOR``."""

    def __init__(self, session: Session, shop: Shop) -> None:
        """Language: as asked with ``--lang``, else the shop's."""
        asked = session.language or shop.settings.language
        super().__init__(
            "nl" if asked == "nl" else "en",
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
        return label.nl if self.language == "nl" else label.en

    def about(self, text: str, not_known: Text | None) -> str:
        """What a segment is; and why nobody can be known to be in it, where that is so."""
        if not_known is None:
            return text
        return f"{text}\n{not_known.nl if self.language == 'nl' else not_known.en}"

    def kind(self, name: str) -> str:
        """An identifier kind as people call it."""
        if name == "profile":
            return self.say("cli.profile").lower()
        return self.shop.customers.kind_label(name, self.language)

    def attribute(self, name: str) -> str:
        """An attribute's label; its name when it has none."""
        label = self.shop.definitions.attribute_labels.get(name)
        return name if label is None else label.nl if self.language == "nl" else label.en

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
    ) -> None:
        """A table; ``right``: the columns of numbers; ``whole``: those that are never broken."""
        from rich.table import Table  # noqa: PLC0415 - only when something is written
        from rich.text import Text  # noqa: PLC0415 - only when something is written

        shown = Table(
            box=None,
            pad_edge=False,
            padding=(0, GAP, 0, 0),
            header_style="bold",
            show_header=any(head),
        )
        lines = [head, *rows]
        needed = 0
        for n, name in enumerate(head):
            number = n in right
            longest = max(len(line[n]) for line in lines)
            if not (number or n in whole):
                word = max(len(part) for line in lines for part in ("", *line[n].split()))
                longest = min(longest, max(NARROWEST, min(word, LONGEST_WORD)))
            needed += longest + GAP
            shown.add_column(
                name,
                justify="right" if number else "left",
                no_wrap=number or n in whole,
                overflow="fold",
                min_width=longest,
            )
        for row in lines[1:]:
            shown.add_row(*(Text(cell) for cell in row))
        out = console()
        out.width = max(out.width, needed)  # too wide is read more easily than a letter per line
        with out.capture() as drawn:
            out.print(shown)
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))


def capital(text: str) -> str:
    """A text that begins a line; the rest as it is."""
    return text[:1].upper() + text[1:]


def console() -> Console:
    """Standard output."""
    from rich.console import Console  # noqa: PLC0415 - only when something is written

    asked = os.environ.get("COLUMNS", "")
    piped = int(asked) if asked.isdecimal() and int(asked) else PIPE_WIDTH
    width = None if sys.stdout.isatty() else piped
    return Console(file=sys.stdout, width=width, highlight=False)
