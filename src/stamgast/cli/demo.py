"""``stamgast demo``: the whole way, on a made-up shop and on a real one."""

from __future__ import annotations

import shlex
import sys
import textwrap
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stamgast.cli.frame import command_options, program, write_json
from stamgast.report.formats import DASH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.app.advice import CustomerAdvice
    from stamgast.app.demonstration import Demonstration
    from stamgast.cli.frame import Session
    from stamgast.cli.screen import Screen
    from stamgast.report.model import Why

MOST_COMING = 5
MADE_UP_SUFFIX = "-made-up"
MOST_EVENTS = 3
INDENT, BELOW = "  ", "      "


@click.command()
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    default="demo-shop",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The folder of the real shop; the made-up one stands beside it, DIR{MADE_UP_SUFFIX}.",
)
@click.option(
    "--data",
    type=click.Choice(["gifts", "groceries"]),
    default="gifts",
    show_default=True,
    help="Which real shop: a web shop for gifts, or a supermarket.",
)
@click.option("--only", type=click.Choice(["made-up", "real"]), help="One of the two.")
@click.option(
    "--serve/--no-serve",
    "served",
    default=None,
    help="Open the web app on the made-up shop at the end; by itself in a terminal only.",
)
@command_options
def demo(
    session: Session, folder: Path, data: str, only: str | None, *, served: bool | None
) -> None:
    """See it work on a made-up shop and a real one: reads, answers, explains, writes report.html."""
    from stamgast.app.demonstration import demonstrate, demonstrate_made_up  # noqa: PLC0415 - loads the engines
    from stamgast.cli.data import progress_bar  # noqa: PLC0415 - as above
    from stamgast.cli.screen import Screen  # noqa: PLC0415 - as above

    language, shown = session.spoken, []
    with ExitStack() as shops:
        for kind in ("made-up", "real"):
            if only not in (None, kind):
                continue
            with progress_bar() as progress:
                if kind == "real":
                    found = demonstrate(folder, data, language, progress)
                else:
                    found = demonstrate_made_up(made_up_folder(folder), language, progress)
            shops.enter_context(found.shop)
            shown.append(found)
            if not session.as_json:
                screen = Screen(replace(session, folder=str(found.folder)), found.shop)
                screen.line("" if len(shown) == 1 else "\n")
                tell(screen, found) if kind == "made-up" else tell_short(screen, found)
        if session.as_json:
            write_json(as_json(shown))
    wanted = sys.stdout.isatty() and not session.as_json if served is None else served
    if wanted and shown:
        from stamgast.cli.serve import open_app  # noqa: PLC0415 - loads the server

        click.echo()
        open_app(replace(session, folder=str(shown[0].folder)), "127.0.0.1", 8888)


def made_up_folder(folder: Path) -> Path:
    """Where the made-up shop stands."""
    beside = folder if folder.name not in {"", ".."} else folder.resolve()
    return beside.with_name(f"{beside.name}{MADE_UP_SUFFIX}")


def as_json(shown: list[Demonstration]) -> dict[str, object]:
    """The real shop, and beside its figures those of the made-up one."""
    real = [found.as_json() for found in shown if found.totals is None]
    made_up = [found.as_json() for found in shown if found.totals is not None]
    return {**(real[0] if real else {}), **({"made_up": made_up[0]} if made_up else {})}


def tell(screen: Screen, found: Demonstration) -> None:
    """What a marketer wants to know, in the order of a talk."""
    _begin(screen, found)
    _coming(screen, found)
    _groups(screen, found)
    _best(screen, found)
    _one(screen, found, message=True)
    _figures(screen, found)
    _end(screen, found)


def tell_short(screen: Screen, found: Demonstration) -> None:
    """The same, shorter."""
    _begin(screen, found)
    _coming(screen, found)
    _groups(screen, found)
    _best(screen, found)
    _one(screen, found)
    _end(screen, found)


def _begin(screen: Screen, found: Demonstration) -> None:
    from stamgast.cli.data import show_import  # noqa: PLC0415 - already loaded
    from stamgast.cli.lifecycle import show_counts, show_left_out  # noqa: PLC0415 - as above

    screen.line(found.about[screen.language], style="bold")
    screen.line()
    if len(found.imports) == 1:
        show_import(screen, found.imports[0])
    elif found.imports:
        _files(screen, found)
    if found.imports:
        screen.line()
    counts, left_out = screen.shop.lifecycle.reported(found.counts.as_of)
    show_counts(screen, screen.shop, counts)
    show_left_out(screen, left_out)


def _files(screen: Screen, found: Demonstration) -> None:
    """The files of a shop with many, one line each."""
    number = screen.formats.number
    rows = [
        (
            report.source,
            number(report.lines),
            number(report.accepted),
            number(report.repeated),
            number(sum(report.quarantined.values())),
        )
        for report in found.imports
    ]
    heads = ("file", "lines", "accepted", "repeated", "quarantined")
    screen.table([screen.say(f"figures.{head}") for head in heads], rows, right=[1, 2, 3, 4])
    for report in found.imports:
        if report.orders:
            screen.line(
                screen.say(
                    "cli.ingest.orders",
                    orders=screen.count("customer.n_orders", report.orders_counting),
                    customers=screen.count("cli.n_customers", report.buyers),
                    total=screen.formats.money(report.counting_minor, cents=True),
                    refunded=screen.formats.money(
                        sum(one.refunded_minor for one in found.imports), cents=True
                    ),
                )
            )


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
        screen.line(_wrapped(f"{text}, {worth}", INDENT, BELOW))


def _groups(screen: Screen, found: Demonstration) -> None:
    """The segments that somebody is in, what they are and what to do; the others by name."""
    _title(screen, "segments.title")
    advice = _advice(screen)
    shown = [one for one in found.segments if one.count and not one.not_known]
    number, share = screen.formats.number, screen.formats.share
    rows = [
        (
            screen.segment(one.name),
            number(one.count),
            share(one.revenue, found.revenue) if found.revenue else DASH,
        )
        for one in shown
    ]
    keys = ("segments.segment", "stages.customers", "stages.revenue_share")
    head = tuple(screen.say(key) for key in keys)
    wide = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    screen.line(_row(head, wide), style="bold")
    for one, row in zip(shown, rows, strict=True):
        screen.line(_row(row, wide))
        screen.line(_wrapped(one.sentence[screen.language], BELOW))
        if one.name in advice:
            screen.line(_wrapped(screen.say("demo.do", title=advice[one.name]), BELOW))
    for key, names in (
        ("demo.nobody", [one for one in found.segments if not (one.count or one.not_known)]),
        ("demo.not_known", [one for one in found.segments if one.not_known]),
    ):
        if names:
            listed = ", ".join(screen.segment(one.name) for one in names)
            screen.line(_wrapped(screen.say(key, names=listed)))


def _row(cells: Sequence[str], wide: Sequence[int]) -> str:
    name, *numbers = cells
    shown = "".join(f"{cell:>{width + 3}}" for cell, width in zip(numbers, wide[1:], strict=True))
    return f"{INDENT}{name:<{wide[0]}}{shown}"


def _advice(screen: Screen) -> dict[str, str]:
    """Per segment what to do with it: the strategy of its name, else one of any stage."""
    known = [one for one in screen.shop.advice.strategies.by_name.values() if one.for_.segment]
    known.sort(key=lambda one: (one.name == one.for_.segment, not one.stages))
    return {str(one.for_.segment): one.title[screen.language] for one in known}


def _best(screen: Screen, found: Demonstration) -> None:
    """What the best of the buyers bring, beside what the trade says."""
    best: dict[str, Any] = found.best().values[0]
    money, share = screen.formats.money, screen.formats.share
    line = screen.say(
        "demo.best",
        share=share(best["members"], best["buyers"]),
        brings=share(best["revenue_minor"], best["all_minor"]),
        money=money(best["all_minor"]),
    )
    screen.line("\n" + _wrapped(line))


def _one(screen: Screen, found: Demonstration, *, message: bool = False) -> None:
    """A customer: the golden sentence, the figures, why, the advice on top, and what to say."""
    from stamgast.app.advice import why_first  # noqa: PLC0415 - already loaded
    from stamgast.cli.customer import figures  # noqa: PLC0415 - as above

    shop, customer = screen.shop, found.customer
    advised = shop.advice.of(customer)
    _title(
        screen,
        "demo.customer",
        customer=" ".join(shop.customers.labels(customer, screen.language)[0]),
    )
    screen.line(_wrapped(advised.sentence(screen.language)))
    screen.line(INDENT + figures(screen, customer))
    top = advised.advice.top
    because = None if top is None else top.strategy.for_.segment
    for title, why in found.whys(screen.language, because):
        screen.line(INDENT + screen.say("customer.why", title=title))
        _why(screen, why, INDENT * 2)
    if top is not None:
        title = top.strategy.title[screen.language]
        screen.line(f"{INDENT}{screen.say('advice.title')}: {title}", style="bold")
        reason = why_first(advised.advice, shop.definitions, screen.language)
        screen.line(_wrapped(reason))
        if message:
            _message(screen, advised)


def _why(screen: Screen, why: Why, indent: str) -> None:
    """Why, as far as it holds: not what else might have held, nor how each value came about."""
    mark = "-" if why.holds is None else screen.say("why.holds" if why.holds else "why.fails")
    value = f": {why.value}" if why.value else ""
    below = f"{indent}    "
    screen.line(_wrapped(f"{mark:<3} {why.text}{value}", indent, below))
    left = why.more_events + len(why.events[MOST_EVENTS:])
    more = [screen.count("why.more", left)] if left else []
    if why.events:
        screen.line(_wrapped("; ".join([*why.events[:MOST_EVENTS], *more]), below))
    if why.changes and not why.items:
        screen.line(_wrapped(why.changes, below))
    for item in why.items:
        if item.holds:
            _why(screen, item, below)


def _message(screen: Screen, advised: CustomerAdvice) -> None:
    """What to say to that customer now."""
    message = screen.shop.advice.message(advised, screen.language)
    _title(screen, "demo.message")
    if message.subject:
        screen.line(_wrapped(screen.say("advice.subject", text=message.subject)))
        screen.line()
    for line in message.body.split("\n"):
        screen.line(_wrapped(line))


def _figures(screen: Screen, found: Demonstration) -> None:
    """Whether the figures can be trusted."""
    from stamgast.report.insight import InsightWriter  # noqa: PLC0415 - already loaded

    answer = found.figures().insight
    writer = InsightWriter(screen, screen.shop.definitions, screen.kind)
    _title(screen, "demo.figures")
    for note in writer.notes(answer):
        screen.line(_wrapped(note))


def _end(screen: Screen, found: Demonstration) -> None:
    screen.line()
    for file in found.files:
        screen.line(screen.say("cli.report.written", address=file.resolve().as_uri()))
    screen.line("\n" + screen.say("demo.try"))
    moment, customer = found.day, found.customer.identifiers[0].value
    commands = [
        f"lifecycle --as-of {moment} --flows '12 months'",
        f"segment members vip --as-of {moment}",
        f"customer timeline {shlex.quote(customer)} --as-of {moment}",
        f"advice show {shlex.quote(customer)} --as-of {moment}",
    ]
    if found.totals is not None:
        totals = shlex.quote(str(found.totals))
        commands.append(f"figures --as-of {moment} --own {totals}")
    for command in commands:
        screen.line(f"{INDENT}{program()} --shop {shlex.quote(str(found.folder))} {command}")


def _wrapped(text: str, indent: str = INDENT, then: str | None = None) -> str:
    """A text of a few sentences, in the width of the screen."""
    from stamgast.cli.screen import console  # noqa: PLC0415 - already loaded

    return textwrap.fill(
        text,
        console().width,
        initial_indent=indent,
        subsequent_indent=indent if then is None else then,
        break_on_hyphens=False,
        break_long_words=False,
    )
