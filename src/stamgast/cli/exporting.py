"""``stamgast segment export``: through the gate to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.app.exporting import Exported
    from stamgast.cli.frame import Session


@click.command()
@click.argument("name")
@click.option(
    "--for",
    "channel",
    required=True,
    type=click.Choice(["email", "ads", "post", "phone"]),
    help="Over which channel they will be reached: consent and labels are held against it.",
)
@click.option(
    "--to",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The CSV file to write.",
)
@click.option(
    "--without", multiple=True, metavar="SEGMENT", help="Leave its members out; may be repeated."
)
@click.option("--purpose", default="marketing", show_default=True, help="What for.")
@click.option(
    "--platform",
    type=click.Choice(["google", "meta"]),
    default="google",
    show_default=True,
    help="With --for ads: whose columns and hashes.",
)
@click.option(
    "--other-products",
    is_flag=True,
    help="It is not about own, similar products: a soft opt-in does not do.",
)
@as_of_option
@command_options
def export(
    session: Session,
    name: str,
    file: Path,
    as_of: int,
    without: tuple[str, ...],
    *,
    other_products: bool,
    **how: str,
) -> None:
    """Write the members of segment NAME who may be reached; who is left out, and why, is shown."""
    from stamgast.app.exporting import ExportAsked  # noqa: PLC0415 - only here

    with session.open() as shop:
        asked = ExportAsked(segment=name, without=without, own_products=not other_products, **how)  # type: ignore[arg-type] # choices of click
        found = shop.exports.segment(asked, file, as_of=as_of)
        if session.as_json:
            write_json(found.as_json())
        else:
            _show(Screen(session, shop), found)


@click.command()
@command_options
def exports(session: Session) -> None:
    """What was exported: when, which segment, for which channel, and how many went out."""
    from stamgast.app.exporting import record_json  # noqa: PLC0415 - loads the engines

    with session.open() as shop:
        made = shop.exports.made()
        if session.as_json:
            write_json({"exports": [record_json(one) for one in made]})
            return
        screen = Screen(session, shop)
        if not made:
            screen.line(screen.say("gate.no_exports"))
            return
        number = screen.formats.number
        rows = [
            (
                number(one.id),
                screen.formats.moment(one.at),
                one.segment,
                screen.say(f"gate.{one.channel}"),
                one.purpose,
                number(one.members),
                number(one.sent),
                one.file,
            )
            for one in made
        ]
        heads = ("number", "at", "segment", "channel", "purpose", "members", "went", "file")
        screen.table([screen.say(f"gate.head_{one}") for one in heads], rows, right=[0, 5, 6])


def _show(screen: Screen, found: Exported) -> None:
    number = screen.formats.number
    title = screen.count(
        "gate.export",
        found.members,
        label=screen.segment(found.asked.segment),
        moment=screen.as_of(found.as_of),
        channel=screen.say(f"gate.{found.asked.channel}"),
    )
    screen.line(title, style="bold")
    rows = [
        (number(many), screen.say("gate.taken_in", label=_extension(screen, name)))
        for name, many in found.taken_in.items()
    ]
    rows.append((number(found.sent), screen.say("gate.sent", file=found.file)))
    rows += [(number(many), f"  {reason(screen, key)}") for key, many in found.sent_by.items()]
    rows.append((number(sum(found.left_out.values())), screen.say("gate.left_out")))
    rows += [(number(many), f"  {reason(screen, key)}") for key, many in found.left_out.items()]
    screen.table(["", ""], rows, right=[0])


def reason(screen: Screen, key: str) -> str:
    """A reason of the gate, in words."""
    code, _, name = key.partition(":")
    if code == "without":
        return screen.say("gate.without", label=screen.segment(name))
    return screen.say(f"gate.{code}", label=_extension(screen, name) if name else "")


def _extension(screen: Screen, name: str) -> str:
    known = screen.shop.definitions.extensions.get(name)
    if known is None:
        return name
    return known.label[screen.language]
