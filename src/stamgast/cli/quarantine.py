"""``stamgast quarantine list | show | mend | dismiss | reopen | export``."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stamgast.app.quarantine import as_json, said_on
from stamgast.cli.frame import command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.cli.frame import Session
    from stamgast.store.quarantine import QuarantinedOnRecord

MOST_SHOWN = 60
"""So many characters of a row are shown in a list."""


class Cell(click.ParamType[tuple[str, str]]):
    """``COLUMN=TEXT``."""

    name = "COLUMN=TEXT"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:  # noqa: ANN401 - click's
        """The column and its text."""
        if isinstance(value, tuple):
            return value
        column, sign, text = str(value).partition("=")
        if not sign:
            self.fail(f"{value!r} is no COLUMN=TEXT", param, ctx)
        return column, text


@click.group()
def quarantine() -> None:
    """Rows that could not be understood: see them, mend them, or leave them."""


@quarantine.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also rows that were mended or dismissed.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Rows shown."
)
@command_options
def list_rows(session: Session, limit: int, *, everything: bool) -> None:
    """The rows that wait: where they stand, why, and since when. JSON has all of them."""
    with session.open() as shop:
        found = shop.quarantine.list(everything=everything)
        counted = shop.quarantine.count()
        if session.as_json:
            write_json(
                {
                    "waiting": counted.waiting,
                    "dismissed": counted.dismissed,
                    "rows": [as_json(one) for one in found],
                }
            )
            return
        screen = Screen(session, shop)
        if found:
            _table(screen, found[-limit:], everything=everything)
        if len(found) > limit:
            screen.line(screen.count("quarantine.more", len(found) - limit))
        screen.line(screen.count("quarantine.waiting", counted.waiting), style="bold")
        if counted.dismissed:
            screen.line(screen.count("quarantine.dismissed", counted.dismissed))
        if counted.waiting:
            screen.line(screen.say("quarantine.how"))


def _table(screen: Screen, rows: tuple[QuarantinedOnRecord, ...], *, everything: bool) -> None:
    keys = ["quarantine.number", "quarantine.place", "quarantine.why", "quarantine.row"]
    keys += ["quarantine.since", "quarantine.import"]
    keys += ["quarantine.state"] if everything else []
    table = []
    for one in rows:
        line = [
            str(one.id),
            _place(one),
            screen.reason(one.reason),
            _short(said_on(one)),
            screen.formats.moment(one.since),
            str(one.batch),
        ]
        table.append([*line, _state(screen, one)] if everything else line)
    heads = [screen.say(key) for key in keys]
    screen.table(heads, table, right=[0, 5], whole=[1])


@quarantine.command()
@click.argument("row", type=int, metavar="ID")
@command_options
def show(session: Session, row: int) -> None:
    """Row ID, whole, with what became of it."""
    with session.open() as shop:
        found = shop.quarantine.show(row)
        if session.as_json:
            write_json(as_json(found))
            return
        screen = Screen(session, shop)
        screen.line(f"{found.file}:{found.line}" if found.line else found.file, style="bold")
        screen.line(screen.reason(found.reason))
        said = json.loads(found.row)
        cells = said.items() if isinstance(said, dict) else [("", said)]
        rows = [(key, "" if value is None else str(value)) for key, value in cells]
        rows += [
            (screen.say("quarantine.since"), screen.formats.moment(found.since)),
            (screen.say("quarantine.import"), str(found.batch)),
            (screen.say("quarantine.state"), _state(screen, found)),
        ]
        screen.table(["", ""], rows)


@quarantine.command()
@click.argument("rows", type=int, metavar="ID...", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT", help="Why they are left as they are.")
@click.option("--by", default=getpass.getuser, show_default="your user name", help="Who decides.")
@command_options
def dismiss(session: Session, rows: tuple[int, ...], reason: str, by: str) -> None:
    """Leave rows ID... as they are: they do not wait any more, and are counted apart."""
    with session.open() as shop:
        done = shop.quarantine.dismiss(rows, by=by, reason=reason)
        _tell(session, Screen(session, shop), "quarantine.was_dismissed", done)


@quarantine.command()
@click.argument("rows", type=int, metavar="ID...", nargs=-1, required=True)
@command_options
def reopen(session: Session, rows: tuple[int, ...]) -> None:
    """Take the dismissal of rows ID... back: they wait again."""
    with session.open() as shop:
        done = shop.quarantine.reopen(rows)
        _tell(session, Screen(session, shop), "quarantine.was_reopened", done)


def _tell(session: Session, screen: Screen, key: str, done: tuple[int, ...]) -> None:
    waiting = screen.shop.quarantine.count().waiting
    if session.as_json:
        write_json({"rows": [*done], "waiting": waiting})
        return
    screen.line(screen.count(key, len(done)))
    screen.line(screen.count("quarantine.waiting", waiting))


@quarantine.command()
@click.argument("row", type=int, metavar="ID")
@click.option("--set", "cells", type=Cell(), multiple=True, help="The text of a column; may be given again.")  # fmt: skip
@command_options
def mend(session: Session, row: int, cells: tuple[tuple[str, str], ...]) -> None:
    """Read row ID again with other cells, or as it is when something else was mended."""
    with session.open() as shop:
        report = shop.quarantine.mend(row, dict(cells))
        found = shop.quarantine.show(row)
        if session.as_json:
            write_json({"import": report.batch, "row": as_json(found)})
            return
        screen = Screen(session, shop)
        if found.closed == "mended":
            screen.line(screen.say("hand.row_mended", n=row, batch=report.batch))
        else:
            waiting = shop.quarantine.list()
            why = waiting[-1].reason if found.closed and waiting else found.reason
            screen.line(screen.say("hand.row_waits", why=screen.reason(why)))


@quarantine.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--source", metavar="NAME", help="Only the rows of this source.")
@click.option(
    "--of", metavar="NAME", help="Only the rows of files of this name, such as orders.csv."
)
@command_options
def export(session: Session, file: Path, source: str | None, of: str | None) -> None:
    """Write the rows that wait to FILE, a CSV to mend in a spreadsheet and ingest with the same mapping."""
    with session.open() as shop:
        found = shop.quarantine.export(file, source=source, of=of)
        if session.as_json:
            write_json(found.as_json())
            return
        screen = Screen(session, shop)
        screen.line(screen.count("quarantine.written", found.refused, file=str(found.file)))
        if found.beside:
            screen.line(screen.count("quarantine.beside", found.beside))
        if found.left_out:
            ids = ", ".join(map(str, found.left_out))
            screen.line(screen.count("quarantine.not_apart", len(found.left_out), ids=ids))
        screen.line(screen.say("quarantine.then", file=str(found.file), source=found.source))


def _place(row: QuarantinedOnRecord) -> str:
    name = Path(row.file).name
    return f"{name}:{row.line}" if row.line else name


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def _state(screen: Screen, row: QuarantinedOnRecord) -> str:
    if row.closed is None:
        return screen.say("quarantine.state_waiting")
    if row.closed == "dismissed":
        return screen.say("quarantine.state_dismissed", who=row.who, note=row.note)
    return screen.say(f"quarantine.state_{row.closed}", batch=str(row.closed_by))
