"""``stamgast letter``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.cli.frame import Session


@click.command()
@as_of_option
@click.option(
    "--to",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it: a page, or text when it ends in .txt; else letter.html in the shop's folder.",
)
@click.option("--contact", is_flag=True, help="With the names of customers and the texts to them.")
@command_options
def letter(session: Session, as_of: int, file: Path | None, *, contact: bool) -> None:
    """Write the Monday letter: what changed and why, three things to do, data that is missing."""
    with session.open() as shop:
        screen = Screen(session, shop)
        made = shop.glance.write_letter(screen.language, file, as_of=as_of, contact=contact)
        if session.as_json:
            write_json({"file": str(made.resolve())})
            return
        screen.line(screen.say("letter.written", address=made.resolve().as_uri()))
        screen.tell_age(as_of)
