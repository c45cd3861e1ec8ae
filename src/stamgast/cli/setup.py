"""``stamgast init | doctor | schema``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json

if TYPE_CHECKING:
    from stamgast.cli.frame import Session


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", help="The shop's name.")
@click.option("--zone", help="Time zone, e.g. Europe/Amsterdam.")
@click.option("--currency", help="Reporting currency, e.g. EUR.")
@click.option("--country", help="Country for phone numbers, e.g. NL.")
@command_options
def init(session: Session, folder: Path, **values: str | None) -> None:
    """Make a shop in DIR. Zone, currency and country: else the first mapping sets them."""
    from stamgast.app.shop import Shop  # noqa: PLC0415 - loads the engines
    from stamgast.cli.screen import Screen  # noqa: PLC0415 - as above

    with Shop.create(folder, language=session.language, **values) as shop:
        if session.as_json:
            write_json({"shop": str(folder), "settings": str(folder / "stamgast.toml")})
            return
        screen = Screen(session, shop)
        screen.line(screen.say("cli.created", folder=folder))
        screen.line(screen.say("cli.created.next", folder=folder))
