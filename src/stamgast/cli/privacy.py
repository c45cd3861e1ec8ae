"""``stamgast export | erase``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.cli.identity import by_option
from stamgast.cli.screen import Screen
from stamgast.report.held import understood

if TYPE_CHECKING:
    from stamgast.app.privacy import Erased
    from stamgast.cli.frame import Session


@click.command()
@click.argument("customer_id", metavar="ID")
@click.option(
    "--to",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: JSON, or a page to read when it ends in .html.",
)
@command_options
def export(session: Session, customer_id: str, file: Path) -> None:
    """Write all that is held about customer ID to one readable file."""
    with session.open() as shop:
        counts = shop.privacy.export(customer_id, file)
        if session.as_json:
            write_json({"file": str(file), "sections": counts})
            return
        screen = Screen(session, shop)
        screen.line(screen.say("privacy.exported", file=str(file)))
        for name, many in understood(counts).items():
            screen.line(f"  {screen.count(f'erase.gone_{name}', many)}")


@click.command()
@click.argument("customer_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do it; without this it is only shown what would go.")
@by_option
@command_options
def erase(session: Session, customer_id: str, by: str, *, yes: bool) -> None:
    """Erase customer ID: gone from store, lake and copies; what was removed is shown.

    Orders stay for the books, of nobody. A keyed hash of the identifiers keeps imports from bringing
    them back.
    """
    with session.open() as shop:
        found = shop.privacy.erase(customer_id, by=by, confirmed=yes)
        if session.as_json:
            write_json(found.as_json())
        else:
            _show(Screen(session, shop), found)


def _show(screen: Screen, found: Erased) -> None:
    key = "privacy.was_erased" if found.done else "privacy.would_be_erased"
    screen.line(screen.say(key, profile=str(found.profile_id)), style="bold")
    for kind, many in found.identifiers.items():
        screen.line(f"  {screen.kind(kind)}: {screen.formats.number(many)}")
    for name, many in found.gone.items():
        screen.line(f"  {screen.count(f'erase.gone_{name}', many)}")
    for page in found.pages:
        screen.line(f"    {page}")
    if found.stays:
        screen.line(screen.say("erase.stays"), style="bold")
    for name, many in found.stays.items():
        screen.line(f"  {screen.count(f'erase.gone_{name}', many)}")
    if not found.log_emptied:
        screen.line(screen.say("privacy.log_left"))
    if not found.done:
        screen.line(screen.say("privacy.say_yes"))
