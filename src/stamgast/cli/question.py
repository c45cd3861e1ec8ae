"""``stamgast question list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from stamgast.app.questions import Answered
    from stamgast.cli.frame import Session


@click.group()
def question() -> None:
    """Questions at sign-up, and how many have answered."""


@question.command("list")
@as_of_option
@command_options
def list_(session: Session, as_of: int) -> None:
    """Every question, the attribute it fills, and how many customers have answered it."""
    with session.open() as shop:
        found = shop.questions.completeness(as_of=as_of)
        if session.as_json:
            lines = [one.as_json() for one in found]
            write_json({"as_of": format_instant(as_of), "questions": lines})
            return
        screen = Screen(session, shop)
        heads = ("question.question", "question.attribute", "question.answered", "question.answers")
        rows = [_row(screen, one) for one in found]
        screen.table([screen.say(head) for head in heads], rows, right=[2])


def _row(screen: Screen, one: Answered) -> tuple[str, ...]:
    formats, dutch = screen.formats, screen.language == "nl"
    asked = one.question
    shares = []
    for value, many in one.answers.items():
        text = asked.answers.get(value)
        label = screen.say("question.other") if text is None else text.nl if dutch else text.en
        shares.append(f"{label} {formats.number(many)}")
    return (
        asked.question.nl if dutch else asked.question.en,
        screen.attribute(asked.attribute),
        f"{formats.number(one.answered)} ({formats.share(one.answered, one.customers)})",
        ", ".join(shares),
    )
