"""``stamgast ingest FILE... | list | undo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.app.imports import as_json, is_list
from stamgast.cli.data import ingest as ingest_files
from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.language.wording import capital

if TYPE_CHECKING:
    from stamgast.app.imports import Figures, Undone
    from stamgast.cli.frame import Session
    from stamgast.store.books import BatchOnRecord

FILES = "files"
_COUNTS = ("lines", "accepted", "repeated", "left_out", "quarantined")


class FilesByDefault(click.Group):
    """A group whose first argument is a file, unless it is one of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front."""
        first = args
        while first and first[0].startswith("--lang"):
            first = first[1:] if "=" in first[0] else first[2:]
        if not first or (first[0] not in self.commands and first[0] not in ctx.help_option_names):
            args = [FILES, *args]
        return super().parse_args(ctx, args)


@click.group(cls=FilesByDefault)
def ingest() -> None:
    """Read files into the shop: `ingest FILE...` is short for `ingest files FILE...`.

    Imports can be listed, and one can be taken out.
    """


ingest.add_command(ingest_files, FILES)


@ingest.command(name="list")
@command_options
def list_imports(session: Session) -> None:
    """Every import: its number, source, files, when, and what came of its lines.

    Also the lists of `extension import`.
    """
    with session.open() as shop:
        found = shop.imports.list()
        if session.as_json:
            write_json({"imports": [as_json(one) for one in found]})
            return
        screen = Screen(session, shop)
        rows = [
            (
                str(one.batch),
                *(screen.formats.number(many) for many in _many(one)),
            )
            for one in found
        ]
        heads = [screen.say("imports.number")]
        heads += [screen.say(f"figures.{head}") for head in _COUNTS]
        if rows:
            below = [_files(screen, one) for one in found]
            screen.table(heads, rows, right=[*range(6)], below=below)
        else:
            screen.line(screen.say("imports.none"))


def _files(screen: Screen, one: BatchOnRecord) -> str:
    """When, of which source and which files; and when they were taken out again."""
    names = ", ".join(Path(file).name for file in one.files)
    text = f"{screen.formats.moment(one.ended_at)}, {one.source}: {names}"
    if one.undone_at is not None:
        moment = screen.formats.moment(one.undone_at)
        text += f"; {screen.say('imports.undone_on', moment=moment)}"
    return text


@ingest.command()
@click.argument("batch", type=int, metavar="BATCH")
@click.option("--yes", is_flag=True, help="Do it; without this it is only shown what it would do.")
@click.option(
    "--files",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where to look for files of later imports of which no copy was kept.",
)
@as_of_option
@command_options
def undo(session: Session, batch: int, as_of: int, files: Path | None, *, yes: bool) -> None:
    """Take import BATCH out: every answer is then as if it had never been. Shows its effect first."""
    with session.open() as shop:
        counts = {one.batch: one.counts for one in shop.imports.list()}
        found = shop.imports.undo(batch, confirmed=yes, as_of=as_of, files=files)
        if session.as_json:
            write_json(found.as_json())
        else:
            _show(Screen(session, shop), found, {one: dict(c) for one, c in counts.items()})


def _show(screen: Screen, found: Undone, counts: dict[int, dict[str, int]]) -> None:
    """What changes, before and after; figures that stay as they are, are left out."""
    key = "imports.was_undone" if found.done else "imports.would_be_undone"
    screen.line(screen.say(key, batch=str(found.batch)), style="bold")
    if found.before is not None and found.after is not None:
        _compare(screen, found.before, found.after)
    if said := found.rows.get("extension"):
        screen.line(screen.count("imports.sayings", said))
    for batch, told in found.told_again.items():
        more = int(told.get("accepted", 0)) - int(counts[batch].get("accepted", 0))
        if more > 0:
            screen.line(screen.count("imports.came_again", more, batch=str(batch)), style="yellow")
    for verdict in found.verdicts:
        screen.line(screen.say("imports.verdict_waits", number=str(verdict.id)), style="yellow")
    if not found.done:
        screen.line(screen.say("imports.say_yes", batch=str(found.batch)))


def _compare(screen: Screen, before: Figures, after: Figures) -> None:
    number, money = screen.formats.number, screen.formats.money
    rows = [
        (screen.say("cli.profile"), number(before.profiles), number(after.profiles)),
        (screen.say("imports.orders"), number(before.orders), number(after.orders)),
        (
            screen.say("imports.revenue"),
            money(before.revenue_minor, cents=True),
            money(after.revenue_minor, cents=True),
        ),
    ]
    rows += [
        (capital(screen.stage(name)), number(many), number(after.stages[name]))
        for name, many in before.stages.items()
        if after.stages[name] != many
    ]
    rows += [
        (screen.segment(name), number(many), number(after.segments[name]))
        for name, many in before.segments.items()
        if after.segments[name] != many
    ]
    heads = ["", screen.say("imports.before"), screen.say("imports.after")]
    screen.table(heads, rows, right=[1, 2])


def _many(one: BatchOnRecord) -> list[int]:
    """What came of the lines; of a list who is on it, gets or loses something, or is not known."""
    if not is_list(one):
        return [int(one.counts.get(name, 0)) for name in _COUNTS]
    said = {name: int(many) for name, many in one.counts.items()}
    given = said.get("added", 0) + said.get("changed", 0)
    unchanged, unknown = said.get("unchanged", 0), said.get("unknown", 0)
    taken, refused = said.get("taken", 0), said.get("refused", 0)
    left_out = unknown + refused
    return [given + taken + unchanged + left_out, given + taken, unchanged, left_out, 0]
