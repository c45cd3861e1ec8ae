"""``stamgast segment list | count | members | explain | ...``: segments that are there."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from stamgast.cli import drafting, exporting, insight
from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.clock import format_instant, to_micros
from stamgast.language.wording import capital
from stamgast.report.formats import DASH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.app.explaining import Explained
    from stamgast.cli.frame import Session
    from stamgast.report.model import Why

MEMBER_COLUMNS = ("profile_id", "identifier_kind", "identifier", "entered_at", "valid_until")
TABLE_ROWS = 20


@click.group()
def segment() -> None:
    """List, count, show and explain segments."""


segment.add_command(exporting.export)
segment.add_command(exporting.exports)
segment.add_command(insight.upcoming)
segment.add_command(insight.worth)
segment.add_command(insight.sizes)
segment.add_command(drafting.try_)
segment.add_command(drafting.save)
segment.add_command(drafting.versions)
segment.add_command(drafting.undo)


@segment.command("list")
@as_of_option
@command_options
def list_(session: Session, as_of: int) -> None:
    """Every segment, with how many are in it."""
    with session.open() as shop:
        found = shop.segments(as_of=as_of)
        if session.as_json:
            write_json(
                {"as_of": format_instant(as_of), "segments": [one.as_json() for one in found]}
            )
            return
        screen = Screen(session, shop)
        title = screen.say("cli.segment.list", shop=screen.shop_name, moment=screen.as_of(as_of))
        screen.line(title + "\n", style="bold")
        apart = any(one.apart for one in found)
        rows = [
            (
                screen.segment(one.name),
                DASH if one.not_known else screen.formats.number(one.count),
                *([screen.formats.number(one.apart) if one.apart else ""] if apart else []),
                one.name,
            )
            for one in found
        ]
        keys = ["segments.segment", "stages.customers", "cli.name"]
        if apart:
            keys.insert(2, "cli.segment.apart")
        right = [1, 2] if apart else [1]
        about = [screen.about(one.words(screen.language), one.not_known) for one in found]
        screen.table([screen.say(key) for key in keys], rows, right=right, below=about)
        screen.tell_age(as_of)
        if any(one.not_known for one in found):
            screen.line("\n" + screen.say("segments.not_known_more"))
        few = screen.few_buyers(shop.customers.buyers_of_year(as_of=as_of))
        if few:
            screen.line("\n" + few)


@segment.command()
@click.argument("name")
@as_of_option
@command_options
def count(session: Session, name: str, as_of: int) -> None:
    """How many are in segment NAME, and until when that holds."""
    with session.open() as shop:
        asked = shop.segment(name, as_of=as_of)
        found = asked.counts()[0]
        if session.as_json:
            write_json(found.as_json())
            return
        screen = Screen(session, shop)
        label, moment = screen.segment(name), screen.as_of(as_of)
        screen.line(screen.count("cli.segment.count", found.count, label=label, moment=moment))
        if found.valid_until is None:
            screen.line(screen.say("cli.segment.never"))
        else:
            until = screen.formats.moment(found.valid_until)
            screen.line(screen.say("cli.segment.until", moment=until))
        _tell_apart(screen, asked.apart()[0])


def _tell_apart(screen: Screen, apart: Mapping[str, int]) -> None:
    """How many of the members reports leave out, and by which label."""
    if apart:
        labels = screen.shop.definitions.extensions
        what = ", ".join(
            f"{labels[name].label[screen.language]} {many}" for name, many in apart.items()
        )
        screen.line(screen.count("cli.segment.left_out", sum(apart.values()), what=what))


@segment.command()
@click.argument("name")
@as_of_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to write the members.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Write at most so many members.")
@command_options
def members(session: Session, name: str, as_of: int, form: str, limit: int | None) -> None:
    """The members of segment NAME, for internal use: consent is not looked at."""
    with session.open() as shop:
        asked = shop.segment(name, as_of=as_of)
        table = asked.arrow()
        click.echo(Screen(session, shop).say("gate.internal"), err=True)
        shown = table if limit is None else table.slice(0, limit)
        if session.as_json or form == "json":
            rows = [{**row, "profile_id": int(row["profile_id"])} for row in _rows(shown)]
            write_json({"segment": name, "as_of": format_instant(as_of), "members": rows})
        elif form == "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(MEMBER_COLUMNS)
            writer.writerows([row[column] for column in MEMBER_COLUMNS] for row in _rows(shown))
        else:
            screen = Screen(session, shop)
            _show_members(screen, name, as_of, table, limit or TABLE_ROWS)
            _tell_apart(screen, asked.apart()[0])


def _rows(table: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - pyarrow has no types - an Arrow table
    """Members with instants as text; missing stays missing."""
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            for column in ("entered_at", "valid_until"):
                moment = row[column]
                row[column] = None if moment is None else format_instant(to_micros(moment))
            yield row


def _show_members(screen: Screen, name: str, as_of: int, table: Any, limit: int) -> None:  # noqa: ANN401 - pyarrow has no types
    title = screen.say(
        "cli.segment.members", label=screen.segment(name), moment=screen.as_of(as_of)
    )
    screen.line(f"{title}: {screen.count('cli.profiles', table.num_rows)}\n", style="bold")
    formats, listed = screen.formats, table.slice(0, limit).to_pylist()
    known = screen.shop.customers.in_short([int(row["profile_id"]) for row in listed], as_of=as_of)
    rows: list[tuple[str, ...]] = []
    for row in listed:
        since, until, short = row["entered_at"], row["valid_until"], known[row["profile_id"]]
        last = short.last_order_at
        rows.append(
            (
                short.name or f"profile:{row['profile_id']}",
                f"{screen.kind(row['identifier_kind'])} {row['identifier']}",
                "" if last is None else formats.day(last),
                formats.money(short.revenue_minor, cents=True),
                "" if since is None else formats.moment(to_micros(since)),
                "" if until is None else formats.moment(to_micros(until)),
            )
        )
    keys = ("cli.customer", "cli.identifier", "customer.last_order", "imports.revenue")
    head = [screen.say(key) for key in (*keys, "cli.since", "cli.until")]
    some = any(row[4] for row in rows)
    if not some:  # a column without anything in it
        head.pop(4)
        rows = [(*row[:4], row[5]) for row in rows]
    screen.table(head, rows, right=[3])
    if rows and not some:
        screen.line("\n" + screen.say("cli.segment.since_unknown"))
    if table.num_rows > limit:
        more = screen.formats.number(table.num_rows - limit)
        screen.line("\n" + screen.say("cli.segment.more", n=more))


@segment.command()
@click.argument("name")
@click.argument("customer_id", metavar="ID")
@as_of_option
@command_options
def explain(session: Session, name: str, customer_id: str, as_of: int) -> None:
    """Why customer ID is in segment NAME, or is not. ID: a value, kind:value or a profile id.

    NAME may also be ``stage``, or a trait.
    """
    with session.open() as shop:
        found = shop.explain(name, customer_id, as_of=as_of)
        screen = Screen(session, shop)
        if session.as_json:
            write_json(found.as_json(screen.language))
        else:
            show_explained(screen, found)


def show_explained(screen: Screen, found: Explained) -> None:
    """The reason as an indented tree."""
    label = screen.segment(found.name) if found.name in screen.shop.definitions.segments else None
    moment = screen.as_of(found.as_of)
    kind, _, value = found.identifier.partition(":")
    customer = capital(f"{screen.kind(kind)} {value}")
    if label is None:
        trait = screen.shop.definitions.traits.get(found.name)
        if trait is not None:
            name = trait.label[screen.language]
            customer = f"{name}: {screen.kind(kind)} {value}"
        screen.line(f"{customer}, {moment}", style="bold")
    else:
        key = "cli.segment.is_in" if found.holds else "cli.segment.is_not_in"
        line = screen.say(key, customer=customer, label=label, moment=moment)
        screen.line(line, style="bold")
    if not found.exists:
        screen.line(screen.say("cli.segment.not_there"))
        return
    show_why(screen, replace(found.why(screen.language), changes=""), "")
    if found.judged_daily and found.reason.valid_until is not None:
        until = screen.formats.moment(found.reason.valid_until)
        screen.line(screen.say("cli.segment.daily", moment=until))
    elif found.reason.next_change is None:
        screen.line(screen.say("cli.segment.never"))
    else:
        when = screen.formats.moment(found.reason.next_change)
        screen.line(screen.say("cli.segment.next", moment=when))


def show_why(screen: Screen, why: Why, indent: str) -> None:
    """One condition with what it is made of."""
    mark = "-" if why.holds is None else screen.say("why.holds" if why.holds else "why.fails")
    value = f": {why.value}" if why.value else ""
    screen.line(f"{indent}{mark:<4}{why.text}{value}")
    below = f"{indent}    "
    if why.events:
        more = screen.count("why.more", why.more_events) if why.more_events else ""
        screen.line(f"{below}{'; '.join([*why.events, *([more] if more else [])])}")
    if why.changes:
        screen.line(f"{below}{why.changes}")
    for item in why.items:
        show_why(screen, item, below)
