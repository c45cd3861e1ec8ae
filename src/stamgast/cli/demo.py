"""``stamgast demo``: the whole way, on a real shop's data."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, program, write_json
from stamgast.report.formats import DASH

if TYPE_CHECKING:
    from stamgast.app.demonstration import Demonstration
    from stamgast.cli.frame import Session
    from stamgast.cli.screen import Screen

MOST_COMING = 5


@click.command()
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    default="demo-shop",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the demonstration's shop.",
)
@click.option(
    "--data",
    type=click.Choice(["gifts", "groceries"]),
    default="gifts",
    show_default=True,
    help="Which shop: a web shop for gifts, or a supermarket.",
)
@command_options
def demo(session: Session, folder: Path, data: str) -> None:
    """See it work on a real shop's data: reads it, answers, explains and writes report.html."""
    from stamgast.app.demonstration import demonstrate  # noqa: PLC0415 - loads the engines
    from stamgast.cli.data import progress_bar  # noqa: PLC0415 - as above
    from stamgast.cli.screen import Screen  # noqa: PLC0415 - as above

    with progress_bar() as progress:
        found = demonstrate(folder, data, session.language or "en", progress)
    with found.shop as shop:
        if session.as_json:
            write_json(found.as_json())
        else:
            tell(Screen(session, shop), found)


def tell(screen: Screen, found: Demonstration) -> None:
    """What a marketer wants to know, in the order of a talk."""
    from stamgast.cli.data import show_import  # noqa: PLC0415 - already loaded
    from stamgast.cli.lifecycle import show_counts  # noqa: PLC0415 - as above

    about = found.data.about
    screen.line(about.nl if screen.language == "nl" else about.en, style="bold")
    screen.line()
    show_import(screen, found.report)
    screen.line()
    show_counts(screen, screen.shop, found.counts)
    _coming(screen, found)
    _groups(screen, found)
    _one(screen, found)
    screen.line()
    for file in found.files:
        screen.line(screen.say("cli.report.written", address=file.resolve().as_uri()))
    screen.line("\n" + screen.say("demo.try"))
    moment = found.data.as_of
    for command in (
        f"lifecycle --as-of {moment} --flows '12 months'",
        f"segment members vip --as-of {moment}",
        f"customer timeline {found.customer.identifiers[0].value} --as-of {moment}",
    ):
        screen.line(f"  {program()} --shop {shlex.quote(str(found.folder))} {command}")


def _title(screen: Screen, key: str, **values: object) -> None:
    screen.line("\n" + screen.say(key, **values), style="bold")


def _coming(screen: Screen, found: Demonstration) -> None:
    day = screen.formats.day(found.ahead.end)
    _title(screen, "demo.coming", day=day)
    moves = [flow for flow in found.ahead.flows if flow.before != flow.after and flow.before]
    for flow in sorted(moves, key=lambda flow: -flow.count)[:MOST_COMING]:
        before, after = screen.stage(flow.before), screen.stage(flow.after)
        text = screen.count("ahead.row", flow.count, before=before, after=after)
        worth = screen.say("ahead.worth", money=screen.formats.money(flow.revenue))
        screen.line(f"  {text}, {worth}")


def _groups(screen: Screen, found: Demonstration) -> None:
    _title(screen, "segments.title")
    rows = [
        (
            screen.segment(figure.name),
            DASH if figure.not_known else screen.formats.number(figure.count),
            DASH if figure.not_known else screen.formats.share(figure.revenue, found.revenue),
            screen.about(getattr(figure.sentence, screen.language), figure.not_known),
        )
        for figure in found.segments
    ]
    head = [
        screen.say(key)
        for key in ("segments.segment", "stages.customers", "stages.revenue_share", "cli.about")
    ]
    screen.table(head, rows, right=[1, 2])


def _one(screen: Screen, found: Demonstration) -> None:
    from stamgast.cli.customer import summary  # noqa: PLC0415 - already loaded
    from stamgast.cli.segment import show_why  # noqa: PLC0415 - as above

    name = " ".join(screen.shop.customers.labels(found.customer, screen.language)[0])
    _title(screen, "demo.customer", customer=name)
    screen.line("  " + summary(screen, found.customer))
    for title, why in found.whys(screen.language):
        screen.line("  " + screen.say("customer.why", title=title))
        show_why(screen, why, "    ")
