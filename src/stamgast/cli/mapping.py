"""``stamgast mapping suggest | check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.data import show_import
from stamgast.cli.frame import command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.cli.frame import Session

EXPORT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mapping() -> None:
    """Which column of a file is what: suggested, and tried before anything is stored."""


@mapping.command()
@click.argument("file", metavar="FILE", type=EXPORT)
@click.option("--source", metavar="NAME", help="Where the file comes from; else its name.")
@click.option("--save", is_flag=True, help="Keep the mapping in the shop's folder mappings/.")
@command_options
def suggest(session: Session, file: Path, source: str | None, *, save: bool) -> None:
    """Print a mapping for FILE, an export of orders: how it is written and what its columns are."""
    with session.open() as shop:
        found = shop.mappings.suggest(file)
        text = shop.mappings.draft(found, source or file.name)
        kept = str(shop.mappings.save(text)) if save else None
        if session.as_json:
            columns = [{"column": one.name, "role": one.role or None} for one in found.columns]
            write_json({"rows": found.lines, "columns": columns, "mapping": text, "file": kept})
            return
        if kept is None:
            click.echo(text, nl=False)
            return
        screen = Screen(session, shop)
        screen.line(screen.say("upload.kept", file=kept))


@mapping.command()
@click.argument("file", metavar="FILE", type=EXPORT)
@click.option("--mapping", "name", metavar="NAME", required=True, help="A shipped name, or a mapping file.")  # fmt: skip
@command_options
def check(session: Session, file: Path, name: str) -> None:
    """Say what ingesting FILE would do, in the numbers that it would give; nothing is stored."""
    with session.open() as shop:
        found = shop.mappings.check(file, name)
        if session.as_json:
            write_json(found.report.to_json())
            return
        screen = Screen(session, shop)
        show_import(screen, found.report)
        screen.line(screen.say("upload.nothing_yet"))
