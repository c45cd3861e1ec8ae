"""``stamgast quality``: what the data lacks, or contradicts itself in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.app.quality import Check, Quality
    from stamgast.cli.frame import Session


@click.command()
@as_of_option
@command_options
def quality(session: Session, as_of: int) -> None:
    """Whether the data can be trusted: what is missing, impossible, doubled, or suddenly less."""
    with session.open() as shop:
        found = shop.quality.report(as_of=as_of)
        if session.as_json:
            write_json(found.as_json())
            return
        _show(Screen(session, shop), found)


def _show(screen: Screen, found: Quality) -> None:
    number = screen.formats.number
    screen.line(screen.say("data.quality"), style="bold")
    checks = sorted(found.checks, key=lambda one: not one.asks)
    rows = [(_mark(screen, one.asks), _told(screen, one)) for one in checks]
    for drop in found.drops:
        numbers = {"week": number(drop.week), "usual": number(drop.usual)}
        told = screen.say("data.drop", source=drop.source, **numbers)
        rows.insert(0, (_mark(screen, asks=True), told))
    screen.table(["", ""], rows, whole=[0])
    if found.events:
        screen.line()
        heads = [screen.say(key) for key in ("data.event", "data.times", "stages.customers")]
        events = [(one.event, number(one.count), number(one.profiles)) for one in found.events]
        screen.table(heads, events, right=[1, 2])


def _mark(screen: Screen, asks: bool) -> str:  # noqa: FBT001 - one question
    return screen.say("data.look" if asks else "data.fine")


def _told(screen: Screen, one: Check) -> str:
    text = screen.count(f"data.check.{one.code}", one.count)
    share = f" ({screen.formats.share(one.count, one.whole)})" if one.whole and one.count else ""
    means = f": {screen.say(f'data.means.{one.code}')}" if one.asks else ""
    return f"{text}{share}{means}"
