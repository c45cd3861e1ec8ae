"""``stamgast ingest | refresh``."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stamgast.cli.frame import Session
    from stamgast.collect.ingest import Progress
    from stamgast.collect.report import ImportReport


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--mapping",
    metavar="NAME_OR_FILE",
    help="A shipped mapping's name, or a mapping file of your own.",
)
@click.option(
    "--again",
    is_flag=True,
    help="What a file that was read before says holds again, over what later files said.",
)
@command_options
def ingest(session: Session, files: tuple[str, ...], mapping: str | None, *, again: bool) -> None:
    """Read files of one source into the shop; a file read before changes nothing."""
    if mapping is None:
        raise _no_mapping()
    with session.open() as shop:
        with progress_bar() as progress:
            report = shop.ingest(*files, mapping=mapping, progress=progress, again=again)
        if session.as_json:
            write_json(report.to_json())
        else:
            show_import(Screen(session, shop), report)


def _no_mapping() -> click.UsageError:
    from stamgast.collect.mapping_files import shipped_names  # noqa: PLC0415 - loads the models

    names = ", ".join(shipped_names())
    return click.UsageError(
        "Missing option '--mapping'. A mapping says which column of a file is what. Name one that ships "
        f"({names}), or your own file: `stamgast mapping suggest FILE` writes one for an export of "
        "orders, and docs/mappings.md shows how."
    )


def show_import(screen: Screen, report: ImportReport) -> None:
    """What came of the lines; the parts add up to what was read."""
    formats = screen.formats
    if report.sets:
        what = ", ".join(
            f"{screen.say(f'cli.setting.{name}')} {value}" for name, value in report.sets.items()
        )
        screen.line(screen.say("cli.ingest.settings", what=what))
    if report.undeclared:
        what = ", ".join(f"{name}: {type_}" for name, type_ in report.undeclared.items())
        screen.line(screen.say("cli.ingest.undeclared", what=what))
    rows = [
        (
            Path(file.path).name,
            formats.number(file.lines),
            formats.number(file.accepted),
            formats.number(file.repeated),
            formats.number(sum(file.left_out.values())),
            formats.number(sum(file.quarantined.values())),
        )
        for file in report.files
    ]
    heads = ("file", "lines", "accepted", "repeated", "left_out", "quarantined")
    screen.table([screen.say(f"figures.{head}") for head in heads], rows, right=[1, 2, 3, 4, 5])
    for file in report.files:
        if not file.lines:
            screen.line(screen.say("cli.ingest.no_rows", file=Path(file.path).name))
    for head, reasons in (("left_out", report.left_out), ("quarantined", report.quarantined)):
        for reason, lines in reasons.items():
            screen.line(
                f"  {screen.say(f'figures.{head}')}: {formats.number(lines)} {screen.reason(reason)}"
            )
    _show_unread(screen, report)
    if any(file.accepted for file in report.files):
        _show_told(screen, report)
    elif any(file.repeated or not file.quarantined for file in report.files):
        screen.line(screen.say("cli.ingest.nothing_new"))
    _show_remarks(screen, report)


def _show_remarks(screen: Screen, report: ImportReport) -> None:
    """What one may have meant otherwise; what this import mended of earlier ones, and what waits."""
    if report.refused:
        such = report.refused_such
        screen.line(screen.count("cli.ingest.refused", report.refused, such=such), style="yellow")
    if report.older:
        screen.line(screen.count("cli.ingest.older", report.older), style="yellow")
    if report.twice:
        screen.line(
            screen.count(
                "cli.ingest.twice", report.twice, such=report.twice_such, batch=report.batch
            ),
            style="yellow",
        )
    if report.read_otherwise:
        named = ", ".join(map(str, report.read_otherwise))
        first = report.read_otherwise[0]
        screen.line(
            screen.say("cli.ingest.read_otherwise", imports=named, first=first), style="yellow"
        )
    if report.settled:
        screen.line(screen.count("cli.ingest.settled", report.settled))
    if report.mended:
        screen.line(screen.count("cli.ingest.mended", report.mended), style="green")
    if report.waiting:
        screen.line(screen.count("cli.ingest.quarantine", report.waiting))


def _show_unread(screen: Screen, report: ImportReport) -> None:
    """Files of which no line could be read, and what seems to be the matter."""
    for file in report.files:
        if file.quarantined and not file.accepted and not file.repeated:
            name = Path(file.path).name
            key = "cli.ingest.unread_at" if file.unread else "cli.ingest.unread"
            screen.line(screen.say(key, file=name, what=file.unread), style="bold red")
            if file.remedy:
                screen.line(screen.say("cli.ingest.remedy", what=file.remedy))


def _show_told(screen: Screen, report: ImportReport) -> None:
    """What counts of it, and what does not."""
    money = screen.formats.money
    if report.orders or report.refunds:
        screen.line(
            screen.say(
                "cli.ingest.orders",
                orders=screen.count("customer.n_orders", report.orders_counting),
                customers=screen.count("cli.n_customers", report.buyers),
                total=money(report.counting_minor, cents=True),
                refunded=money(report.refunded_minor, cents=True),
            )
        )
    else:
        customers = screen.count("cli.n_customers", report.customers)
        screen.line(screen.say("cli.ingest.customers", customers=customers))
    for key, many in (
        ("cli.ingest.not_counting", report.orders_not_counting),
        ("cli.ingest.waiting", report.orders_waiting),
        ("cli.ingest.undated", report.refunds_undated),
    ):
        if many:
            screen.line(screen.count(key, many))


@click.command()
@as_of_option
@click.option("--anew", is_flag=True, help="Forget what refreshes recorded, and begin again.")
@command_options
def refresh(session: Session, as_of: int, *, anew: bool) -> None:
    """Record who is in which stage and segment, and since when."""
    with session.open() as shop:
        with step_bar() as step:
            report = shop.refresh(as_of=as_of, anew=anew, progress=step)
        if session.as_json:
            write_json(report.as_json())
            return
        screen = Screen(session, shop)
        moment = screen.formats.moment(report.as_of)
        if report.previous is None:
            screen.line(screen.count("cli.refresh.first", report.entered, moment=moment))
            return
        screen.line(
            screen.say(
                "cli.refresh.later",
                start=screen.formats.moment(report.previous),
                moment=moment,
                entered=screen.formats.number(report.entered),
                left=screen.formats.number(report.left),
            )
        )


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None] | None]:
    """A bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn  # noqa: PLC0415 - slow to load
    from rich.progress import Progress as Bar  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(progress: Progress) -> None:
            text = f"{Path(progress.file).name}: {progress.step}, {progress.rows:,}"
            total = progress.total_bytes or None
            bar.update(task, description=text, completed=progress.bytes, total=total)

        yield tell


@contextmanager
def step_bar() -> Iterator[Callable[[int, int], None] | None]:
    """A bar for ``(done, of)`` on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn  # noqa: PLC0415 - slow to load
    from rich.progress import Progress as Bar  # noqa: PLC0415 - as above

    with Bar(
        BarColumn(), MofNCompleteColumn(), console=Console(file=sys.stderr), transient=True
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
