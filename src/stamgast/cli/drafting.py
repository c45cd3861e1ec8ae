"""``stamgast segment try | save | versions | undo``: segments before and as they are saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.identity import by_option, yes_option
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.app.planning import Effect, SavePlan
    from stamgast.app.saved import Saved
    from stamgast.app.shop import Shop
    from stamgast.cli.frame import Session

MOST_OVERLAPS = 8
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("try")
@click.argument("file", type=_FILE, metavar="FILE")
@click.option("--name", default="", metavar="NAME", help="The segment it takes the place of.")
@as_of_option
@command_options
def try_(session: Session, file: Path, name: str, as_of: int) -> None:
    """How many the conditions in FILE hold, what they say, and which segments share members."""
    from stamgast.app.draft_file import entry_of  # noqa: PLC0415 - loads the reader

    entry = entry_of(file, name)
    with session.open() as shop:
        draft = shop.drafts.check(entry["where"], name)
        found = shop.drafts.measure(draft, as_of=as_of)
        shared = shop.drafts.overlap(draft, as_of=as_of)
        said = draft.as_json()
        if session.as_json:
            overlap = [one.as_json() for one in shared]
            write_json({**said, **found.as_json(), "overlap": overlap})
            return
        screen = Screen(session, shop)
        number, money = screen.formats.number, screen.formats.money
        screen.line(
            screen.count("hand.holds", found.count, moment=screen.as_of(as_of)), style="bold"
        )
        sentences: Any = said["sentence"]
        screen.line(sentences[screen.language])
        if found.valid_until is not None:
            until = screen.formats.moment(found.valid_until)
            screen.line(screen.say("cli.segment.until", moment=until))
        screen.line(screen.say("hand.worth", money=money(found.revenue)))
        rows = [
            (screen.segment(one.segment), number(one.both), number(one.other))
            for one in shared[:MOST_OVERLAPS]
        ]
        if rows:
            screen.line()
            keys = ("segments.segment", "hand.both", "stages.customers")
            screen.table([screen.say(key) for key in keys], rows, right=[1, 2])


@click.command()
@click.argument("name")
@click.argument("file", type=_FILE, metavar="[FILE]", required=False)
@click.option("--take-out", is_flag=True, help="Take it out of the shop's own definitions.")
@yes_option
@by_option
@command_options
def save(
    session: Session, name: str, file: Path | None, by: str, *, take_out: bool, confirmed: bool
) -> None:
    """Save segment NAME as FILE says. Shows first who enters, who leaves and what depends on it."""
    from stamgast.app.draft_file import entry_of  # noqa: PLC0415 - loads the reader

    if take_out == (file is not None):
        raise click.UsageError("give a FILE, or --take-out")
    entry = None if file is None else entry_of(file, name)
    with session.open() as shop:
        _plan_or_save(session, shop, shop.drafts.plan(name, entry), by, confirmed=confirmed)


@click.command()
@click.argument("name")
@command_options
def versions(session: Session, name: str) -> None:
    """What was saved of segment NAME, when and by whom, the latest first."""
    with session.open() as shop:
        found = shop.drafts.versions(name)
        if session.as_json:
            write_json({"segment": name, "versions": [one.as_json() for one in found]})
            return
        screen = Screen(session, shop)
        if not found:
            screen.line(screen.say("builder.versions_none"))
        for one in found:
            _show_version(screen, one)


def _show_version(screen: Screen, one: Saved) -> None:
    moment = screen.formats.moment(one.at)
    told = screen.say("builder.version_by", moment=moment, name=one.by)
    screen.line(f"{one.number}  {told}", style="bold")
    for key, text in (("version_before", one.before), ("version_after", one.after)):
        screen.line(f"{screen.say(f'builder.{key}')}:")
        screen.line(screen.say("builder.absent_text") if text is None else text.rstrip())


@click.command()
@click.argument("name")
@click.argument("version", type=int)
@yes_option
@by_option
@command_options
def undo(session: Session, name: str, version: int, by: str, *, confirmed: bool) -> None:
    """Put back what version VERSION of segment NAME replaced. Shows first who moves."""
    with session.open() as shop:
        _plan_or_save(session, shop, shop.drafts.undo(name, version), by, confirmed=confirmed)


def _plan_or_save(
    session: Session, shop: Shop, plan: SavePlan, by: str, *, confirmed: bool
) -> None:
    made = shop.drafts.save(plan, by) if confirmed and plan.changes else None
    if session.as_json:
        told = {} if made is None else {"version": made.number}
        write_json({**plan.as_json(), "done": made is not None, **told})
        return
    screen = Screen(session, shop)
    _show_plan(screen, plan)
    if made is not None:
        screen.line(screen.say("hand.saved", n=made.number, file=plan.file))
    elif plan.changes:
        screen.line(screen.say("hand.say_yes"))


def _show_plan(screen: Screen, plan: SavePlan) -> None:
    label = _label(screen, plan.effect)
    screen.line(screen.say("builder.plan_title", label=label), style="bold")
    if not plan.changes:
        screen.line(screen.say("builder.plan_none"))
        return
    if plan.after is None:
        screen.line(screen.say("builder.plan_out"))
    number = screen.formats.number
    one = plan.effect
    before, after = number(one.before), number(one.after)
    screen.line(screen.say("builder.depends_segment", label=label, before=before, after=after))
    enters, leaves = number(one.enters), number(one.leaves)
    screen.line(screen.say("hand.moves", enters=enters, leaves=leaves))
    for other in plan.dependents:
        numbers = {"before": number(other.before), "after": number(other.after)}
        told = screen.say("builder.depends_segment", label=_label(screen, other), **numbers)
        screen.line(f"- {told}")
    for strategy in plan.strategies:
        title = strategy.title[screen.language]
        screen.line(f"- {screen.say('builder.depends_strategy', title=title)}")
    if not plan.dependents and not plan.strategies:
        screen.line(screen.say("builder.depends_none"))


def _label(screen: Screen, effect: Effect) -> str:
    return effect.label[screen.language]
