"""``stamgast preset list | show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json

if TYPE_CHECKING:
    from stamgast.cli.frame import Session
    from stamgast.language.ast import Text


@click.group()
def preset() -> None:
    """Numbers that fit a kind of shop."""


@preset.command("list")
@command_options
def list_(session: Session) -> None:
    """Every preset; `stamgast init DIR --preset NAME` makes a shop with it."""
    from stamgast.retail.presets import PRESETS  # noqa: PLC0415 - loads the language

    if session.as_json:
        names = [
            {"preset": one.name, "label": _both(one.label), "about": _both(one.about)}
            for one in PRESETS.values()
        ]
        write_json({"presets": names})
        return
    for one in PRESETS.values():
        text = one.about[session.spoken]
        label = one.label[session.spoken]
        click.echo(f"{one.name:<10}  {label}: {text[0].lower()}{text[1:]}")


@preset.command("show")
@click.argument("name")
@command_options
def show(session: Session, name: str) -> None:
    """Print the definition file of preset NAME, with why each number is what it is.

    For a shop that is there already: write it to a file in its folder definitions/.
    """
    from stamgast.app.presets import named_preset, parameters_of  # noqa: PLC0415 - loads the language

    found = named_preset(name)
    if session.as_json:
        write_json({"preset": name, "parameters": parameters_of(found)})
        return
    click.echo(found.text_in(session.spoken), nl=False)


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "nl": text.nl}
