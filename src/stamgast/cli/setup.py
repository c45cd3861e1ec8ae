"""``stamgast init | doctor | schema``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.cli.frame import Session
    from stamgast.cli.screen import Screen
    from stamgast.store.doctor import Finding


PLACE = re.compile(r".+\.\w+:\d+: ")
"""File and line before what is wrong there."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", help="The shop's name.")
@click.option(
    "--preset",
    metavar="KIND",
    help="Numbers that fit a kind of shop: fashion, pets, groceries, gifts.",
)
@click.option("--zone", help="Time zone, e.g. Europe/Amsterdam.")
@click.option("--currency", help="Reporting currency, e.g. EUR.")
@click.option("--country", help="Country for phone numbers, e.g. NL.")
@command_options
def init(session: Session, folder: Path, preset: str | None, **values: str | None) -> None:
    """Make a shop in DIR. Zone, currency and country: else the first mapping sets them."""
    from stamgast.app.shop import Shop  # noqa: PLC0415 - loads the engines
    from stamgast.cli.screen import Screen  # noqa: PLC0415 - as above

    with Shop.create(folder, preset=preset, language=session.language, **values) as shop:
        if session.as_json:
            write_json({"shop": str(folder), "settings": str(folder / "stamgast.toml")})
            return
        screen = Screen(session, shop)
        screen.line(screen.say("cli.created", folder=folder))
        if preset is not None:
            screen.line(
                screen.say("cli.created.preset", file=folder / "definitions" / f"{preset}.yaml")
            )
        screen.line(screen.say("cli.created.next", folder=folder))
        screen.line(screen.say("cli.created.serve", folder=folder))


@click.command()
@click.option("--repair", is_flag=True, help="Also remove files that no import owns.")
@click.option(
    "--check",
    is_flag=True,
    help="For scripts: exit code 1 when something is wrong; what only deserves a look leaves it 0.",
)
@command_options
def doctor(session: Session, *, repair: bool, check: bool) -> None:
    """Check the shop's files and data, and say what is wrong; nothing is changed."""
    from stamgast.cli.screen import Screen  # noqa: PLC0415 - loads the engines

    with session.open() as shop:
        found = shop.doctor(repair=repair)
        if session.as_json:
            write_json({"findings": [finding_json(one) for one in found]})
        else:
            _show_findings(Screen(session, shop), found)
    if check and any(one.level == "error" for one in found):
        click.get_current_context().exit(1)


def _show_findings(screen: Screen, found: Sequence[Finding]) -> None:
    for one in found:
        sign = screen.say(f"cli.level.{one.level}")
        message = one.message[screen.language]
        screen.line(f"{sign:>9}  {message}")
        if one.hint is not None:
            hint = one.hint[screen.language]
            screen.line(f"{'':>9}  {screen.session.whole(hint)}")
        for example in one.examples:
            place = PLACE.match(example)
            start = place.end() if place is not None else 0
            lines = (example[:start] + screen.reason(example[start:])).splitlines()
            screen.line(f"{'':>9}  - " + f"\n{'':>9}    ".join(line.strip() for line in lines))
    if all(one.level == "ok" for one in found):
        screen.line(screen.say("cli.doctor.well"))


def finding_json(one: Finding) -> dict[str, object]:
    """A finding as JSON has it."""
    hint = None if one.hint is None else {"en": one.hint.en, "nl": one.hint.nl}
    message = {"en": one.message.en, "nl": one.message.nl}
    return {
        "level": one.level,
        "code": one.code,
        "message": message,
        "hint": hint,
        "examples": [*one.examples],
    }


@click.command()
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write them; else schemas/ in the shop's folder.",
)
@command_options
def schema(session: Session, folder: Path | None) -> None:
    """Write JSON Schemas of definition and mapping files, for editors."""
    from stamgast.app.schemas import write_schemas  # noqa: PLC0415 - loads the models
    from stamgast.report.words import word  # noqa: PLC0415 - only here

    files = write_schemas(folder or Path(session.folder) / "schemas")
    if session.as_json:
        write_json({"files": [str(file) for file in files]})
        return
    click.echo(word(session.spoken, "cli.schema.written", folder=files[0].parent))
    for file in files:
        click.echo(f"  {file.name}")
