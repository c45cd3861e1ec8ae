"""``stamgast extension people | history | repair``: a label as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stamgast.cli.extension import extension, show_change, shown
from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.identity import by_option, yes_option
from stamgast.cli.screen import Screen
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from stamgast.cli.frame import Session

OF = ("carriers", "no", "asked")


@extension.command()
@click.argument("name")
@click.option(
    "--of",
    type=click.Choice(OF),
    default=OF[0],
    help="Who carries it, has a standing no, or of whom anything was ever said.",
)
@as_of_option
@command_options
def people(session: Session, name: str, of: str, as_of: int) -> None:
    """Who carries extension NAME, who gave it and when; the latest first."""
    with session.open() as shop:
        found = shop.extensions.people(name, of, as_of=as_of)
        if session.as_json:
            write_json(
                {
                    "as_of": format_instant(as_of),
                    "count": len(found),
                    "people": [one.as_json() for one in found],
                }
            )
            return
        screen = Screen(session, shop)
        one = shop.extensions.named(name)
        label = shown(screen, one, None)
        screen.line(screen.count(f"labels.who.{of}", len(found), label=label), style="bold")
        matches = shop.glance.described(word.profile for word in found)
        rows = [
            (
                str(word.profile),
                (match.name or match.customer_id or match.email) if match else "",
                shown(screen, one, word.value) if word.value is not None else "",
                word.origin,
                "" if word.at is None else screen.formats.moment(word.at),
                word.reason,
            )
            for word in found
            for match in [matches.get(word.profile)]
        ]
        heads = ("cli.profile", "cli.customer", "labels.value", "labels.origin")
        head = [screen.say(key) for key in (*heads, "extension.when", "extension.reason")]
        screen.table(head, rows, right=[0])


@extension.command()
@click.argument("name")
@as_of_option
@command_options
def history(session: Session, name: str, as_of: int) -> None:
    """What was said of extension NAME; words that came together are one line, the latest first."""
    with session.open() as shop:
        found = shop.extensions.said(name, as_of=as_of)
        if session.as_json:
            write_json({"history": [one.as_json() for one in found]})
            return
        screen = Screen(session, shop)
        rows = [
            (
                screen.formats.moment(one.last_at),
                screen.say(f"extension.{one.action}"),
                screen.formats.number(one.customers),
                one.origin,
                one.reason,
            )
            for one in found
        ]
        heads = ("extension.when", "extension.what", "extension.carriers", "extension.who")
        head = [screen.say(key) for key in (*heads, "extension.reason")]
        screen.table(head, rows, right=[2])


@extension.command()
@click.argument("name")
@click.option(
    "--take",
    "way",
    flag_value="take",
    help="Take it from who should not carry it, instead of giving it to who lacks it.",
)
@click.option("--value", help="The value, of who gets it.")
@by_option
@yes_option
@command_options
def repair(session: Session, name: str, way: str | None, **how: Any) -> None:  # noqa: ANN401 - click's options
    """Bring extension NAME in line with who is expected to carry it: as a list that can be undone."""
    with session.open() as shop:
        found = shop.extensions.repair(name, "take" if way else "give", **how)
        if session.as_json:
            write_json(found.as_json())
            return
        screen = Screen(session, shop)
        label = shown(screen, shop.extensions.named(name), None)
        show_change(screen, found, screen.say("labels.origin.expected"), label)
