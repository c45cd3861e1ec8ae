"""``stamgast note list | add | remove``: what people of the shop wrote about a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.cli.identity import by_option
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.cli.frame import Session


@click.group()
def note() -> None:
    """What people of the shop wrote about a customer."""


@note.command("list")
@click.argument("customer_id", metavar="ID")
@command_options
def list_(session: Session, customer_id: str) -> None:
    """The notes about customer ID, the latest first."""
    with session.open() as shop:
        found = shop.customers.notes.list(customer_id)
        if session.as_json:
            write_json({"notes": [one.as_json() for one in found]})
            return
        screen = Screen(session, shop)
        if not found:
            screen.line(screen.say("hand.no_notes"))
        for one in found:
            screen.line(f"{one.id}  {screen.formats.moment(one.at)}, {one.by}", style="bold")
            screen.line(one.text)


@note.command()
@click.argument("customer_id", metavar="ID")
@click.argument("text")
@by_option
@command_options
def add(session: Session, customer_id: str, text: str, by: str) -> None:
    """Write TEXT about customer ID, for colleagues."""
    with session.open() as shop:
        made = shop.customers.notes.add(customer_id, text, by=by)
        if session.as_json:
            write_json({"note": made})
            return
        screen = Screen(session, shop)
        screen.line(screen.say("hand.noted", n=made))


@note.command()
@click.argument("customer_id", metavar="ID")
@click.argument("number", type=int)
@command_options
def remove(session: Session, customer_id: str, number: int) -> None:
    """Take note NUMBER about customer ID away."""
    with session.open() as shop:
        shop.customers.notes.remove(customer_id, number)
        if session.as_json:
            write_json({"removed": number})
            return
        screen = Screen(session, shop)
        screen.line(screen.say("hand.note_removed", n=number))
