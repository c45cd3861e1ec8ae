"""``stamgast report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.cli.frame import Session


@click.command()
@as_of_option
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write it; else the shop's folder.",
)
@click.option("--customer", metavar="ID", help="Whose story to tell; else a telling one.")
@click.option("--contact", is_flag=True, help="With that customer's name and contact details.")
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="Also who carries a label that is excluded from reports, such as employee.",
)
@command_options
def report(session: Session, as_of: int, folder: Path | None, **asked: Any) -> None:  # noqa: ANN401 - click's
    """Write report.html: stages, what is coming, flows, segments, one customer and why."""
    with session.open() as shop:
        screen = Screen(session, shop)
        files = shop.report(folder, as_of=as_of, languages=[screen.language], **asked)
        if session.as_json:
            write_json({"files": [str(file.resolve()) for file in files]})
            return
        for file in files:
            screen.line(screen.say("cli.report.written", address=file.resolve().as_uri()))
        screen.tell_age(as_of)
