"""``stamgast extension list | show | set | unset | lift | import | completeness``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stamgast.cli.frame import InstantType, as_of_option, command_options, write_json
from stamgast.cli.identity import by_option
from stamgast.cli.screen import Screen
from stamgast.clock import format_instant
from stamgast.language.types import Type
from stamgast.language.wording import capital
from stamgast.report.words import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stamgast.app.extensions import Completeness, OnCustomer
    from stamgast.app.listing import ListChange
    from stamgast.cli.frame import Session
    from stamgast.language.ast import Extension, Text
    from stamgast.model.log import Scalar

F = TypeVar("F", bound="Callable[..., Any]")
MOST_ROWS = 20


@click.group()
def extension() -> None:
    """Labels on customers: what colleagues should know, and who is left out of what."""


def _word_options(function: F) -> F:
    """``--by``, ``--reason``, ``--since`` and ``--until`` of a word by hand."""
    until = click.option(
        "--until", type=InstantType(), help="It ends by itself at this instant, or day."
    )
    since = click.option(
        "--since", type=InstantType(), show_default="now", help="From when on it holds."
    )
    reason = click.option("--reason", help="Why; kept with it.")
    return by_option(reason(since(until(function))))


@extension.command("list")
@as_of_option
@command_options
def list_(session: Session, as_of: int) -> None:
    """Every extension, with how many customers carry it."""
    with session.open() as shop:
        found = shop.extensions.list(as_of=as_of)
        if session.as_json:
            lines = [one.as_json() for one in found]
            write_json({"as_of": format_instant(as_of), "extensions": lines})
            return
        screen = Screen(session, shop)
        title = screen.say("extension.list", shop=screen.shop_name, moment=screen.as_of(as_of))
        screen.line(title + "\n", style="bold")
        rows = [
            (
                _in(screen, one.extension.label),
                screen.formats.number(one.carriers),
                screen.formats.number(one.figures.asked),
                screen.formats.number(one.figures.noes),
                one.extension.name,
                ", ".join(_apart_from(screen, one.extension)),
            )
            for one in found
        ]
        heads = (
            "extension.name",
            "extension.carriers",
            "labels.asked",
            "labels.noes",
            "cli.name",
            "extension.left_out_of",
        )
        head = [screen.say(one) for one in heads]
        about = [
            "" if one.extension.about is None else _in(screen, one.extension.about) for one in found
        ]
        screen.table(head, rows, right=[1, 2, 3], below=about)


@extension.command()
@click.argument("customer_id", metavar="ID")
@as_of_option
@command_options
def show(session: Session, customer_id: str, as_of: int) -> None:
    """What customer ID carries, with guidance, and all that was said of it."""
    with session.open() as shop:
        found = shop.extensions.show(customer_id, as_of=as_of)
        _show(session, Screen(session, shop), found, customer_id)


@extension.command("set")
@click.argument("name")
@click.argument("customer_id", metavar="ID")
@click.argument("value", required=False)
@_word_options
@command_options
def set_(
    session: Session,
    name: str,
    customer_id: str,
    value: str | None,
    **word: Any,  # noqa: ANN401 - click's options
) -> None:
    """Give extension NAME to customer ID by hand, with VALUE if it has values."""
    with session.open() as shop:
        found = shop.extensions.set(name, customer_id, value, **word)
        _show(session, Screen(session, shop), found, customer_id)


@extension.command()
@click.argument("name")
@click.argument("customer_id", metavar="ID")
@_word_options
@command_options
def unset(session: Session, name: str, customer_id: str, **word: Any) -> None:  # noqa: ANN401 - click's options
    """Take extension NAME away from customer ID: a standing no, whoever else gives it."""
    with session.open() as shop:
        found = shop.extensions.unset(name, customer_id, **word)
        _show(session, Screen(session, shop), found, customer_id)


@extension.command()
@click.argument("name")
@click.argument("customer_id", metavar="ID")
@click.option("--reason", help="Why; kept with it.")
@by_option
@command_options
def lift(session: Session, name: str, customer_id: str, by: str, reason: str | None) -> None:
    """Lift the standing no of extension NAME on customer ID."""
    with session.open() as shop:
        found = shop.extensions.lift(name, customer_id, by=by, reason=reason)
        _show(session, Screen(session, shop), found, customer_id)


@extension.command("import")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", required=True, help="The extension.")
@click.option(
    "--add", "mode", flag_value="add", default=True, help="Who is on the list gets it (default)."
)
@click.option(
    "--remove", "mode", flag_value="remove", help="Who is on the list loses what lists gave."
)
@click.option(
    "--replace",
    "mode",
    flag_value="replace",
    help="As --add; who is not on this list any more loses what it gave.",
)
@click.option(
    "--list",
    "called",
    show_default="the file's name",
    help="The name under which the list is known.",
)
@click.option("--value", help="The value, of all of them; else the next cell of each line.")
@click.option("--until", type=InstantType(), help="It ends by itself at this instant, or day.")
@click.option("--reason", help="Why; kept with it.")
@click.option(
    "--yes",
    "confirmed",
    is_flag=True,
    help="Do it; without this it is only shown what would change.",
)
@command_options
def import_(session: Session, file: Path, name: str, **how: Any) -> None:  # noqa: ANN401 - click's options
    """Give an extension to the customers in FILE: e-mail addresses or other identifiers, one per line."""
    with session.open() as shop:
        found = shop.extensions.import_list(name, file, **how)
        if session.as_json:
            write_json(found.as_json())
        else:
            label = _in(Screen(session, shop), shop.definitions.extensions[name].label)
            show_change(Screen(session, shop), found, file.name, label)


@extension.command()
@click.argument("name", required=False)
@as_of_option
@command_options
def completeness(session: Session, name: str | None, as_of: int) -> None:
    """Who is expected to carry an extension and does not, and the reverse; NAME: of this one only."""
    with session.open() as shop:
        found = shop.extensions.completeness(name, as_of=as_of)
        if session.as_json:
            lines = [one.as_json() for one in found]
            write_json({"as_of": format_instant(as_of), "extensions": lines})
            return
        screen = Screen(session, shop)
        if not found:
            screen.line(screen.say("extension.none_expected"))
        for one in found:
            _show_complete(screen, one, screen.as_of(as_of))
        declared = [] if name else shop.definitions.extensions.values()
        rest = [_in(screen, one.label) for one in declared if one.expected is None]
        if rest:
            screen.line()
            screen.line(screen.count("extension.not_expected", len(rest), names=", ".join(rest)))


def _apart_from(screen: Screen, one: Extension) -> list[str]:
    """What its carriers are left out of, in words; a shop's own name as it is."""
    return [
        screen.say(f"treatment.{name}") if f"treatment.{name}" in catalogue() else name
        for name in one.treatment.exclude_from
    ]


def _in(screen: Screen, text: Text) -> str:
    return text[screen.language]


def _show(session: Session, screen: Screen, found: OnCustomer, asked: str) -> None:
    if session.as_json:
        write_json(found.as_json())
        return
    moment = screen.as_of(found.as_of)
    key = "extension.carries" if found.carried else "extension.carries_none"
    screen.line(capital(screen.say(key, customer=asked, moment=moment)), style="bold")
    for one, value in found.carried:
        screen.line(f"  {shown(screen, one, value)}")
        said = guidance(screen, one, value)
        if said:
            screen.line(f"    {said}")
    if not found.history:
        return
    screen.line("\n" + screen.say("extension.history"))
    declared = screen.shop.definitions.extensions
    rows = []
    for word in found.history:
        known = declared.get(word.name)
        label = word.name if known is None else shown(screen, known, word.value)
        what = screen.say(f"extension.{word.action}")
        if word.until is not None:
            what += ", " + screen.say("extension.until", moment=screen.formats.moment(word.until))
        moment = screen.formats.moment(word.at)
        under = _under(screen, word.identifier)
        rows.append((moment, f"{label}: {what}", word.origin, under, word.reason))
    heads = (
        "extension.when",
        "extension.what",
        "extension.who",
        "extension.under",
        "extension.reason",
    )
    screen.table([screen.say(one) for one in heads], rows)


def shown(screen: Screen, one: Extension, value: Scalar) -> str:
    """An extension with its value, as people call them."""
    label = _in(screen, one.label)
    if value is None:
        return label
    known = one.values.get(value) if isinstance(value, str) else None
    if known is not None:
        return f"{label}: {_in(screen, known.label)}"
    return f"{label}: {screen.formats.value(value, one.type or Type.TEXT, 0)}"


def guidance(screen: Screen, one: Extension, value: Scalar) -> str:
    """What a colleague should know, of the value, else of the extension; empty: nothing."""
    known = one.values.get(value) if isinstance(value, str) else None
    said = (known.guidance if known is not None else None) or one.guidance
    return "" if said is None else _in(screen, said)


def show_change(screen: Screen, found: ListChange, called: str, label: str) -> None:
    """What a list changes, or changed. ``called``: the list."""
    key = "extension.changed" if found.done else "extension.would_change"
    screen.line(screen.say(key, file=called, label=label), style="bold")
    number = screen.formats.number
    counts = [(name, many) for name, many in found.counts.items() if many]
    screen.table(
        ["", ""],
        [(number(many), screen.say(f"extension.n_{name}")) for name, many in counts],
        right=[0],
    )
    for sign, names in (
        ("+", [one.text for one in found.added]),
        ("~", [one.text for one in found.changed]),
        ("-", [one.identifier for one in found.taken]),
    ):
        _some(screen, [f"  {sign} {name}" for name in names])
    if found.refused:
        screen.line(screen.say("extension.refused"))
        day = screen.formats.day
        lines = [
            "  "
            + screen.say("extension.refused_by", text=one.named.text, who=one.by, day=day(one.at))
            for one in found.refused
        ]
        _some(screen, lines)
        screen.line(screen.say("extension.lift_it", name=found.extension))
    if found.unknown:
        screen.line(screen.say("extension.unknown"))
        lines = [
            "  " + screen.say("extension.line", line=line, text=text)
            for line, text in found.unknown
        ]
        _some(screen, lines)
    if found.no_such_list is not None:
        said = screen.say("extension.no_such_list", name=found.no_such_list, label=label)
        if found.meant is not None:
            said += " " + screen.say("extension.meant_list", name=found.meant)
        screen.line(said, style="yellow")
    waits = any(one.gives for one in found.refused)
    if not found.added and not found.changed and not found.taken and not waits:
        screen.line(screen.say("extension.nothing"))
    elif not found.done:
        screen.line(screen.say("extension.say_yes"))


def _show_complete(screen: Screen, one: Completeness, moment: str) -> None:
    number = screen.formats.number
    title = screen.say(
        "extension.complete",
        label=_in(screen, one.extension.label),
        carried=number(one.carried),
        expected=number(one.expected),
        moment=moment,
    )
    screen.line(title, style="bold")
    for key, found in (("missing", one.missing), ("unexpected", one.unexpected)):
        if found:
            screen.line(screen.say(f"extension.{key}", n=number(len(found))))
            _some(screen, [f"  {_under(screen, identifier)}" for _, identifier in found])
    if not one.missing and not one.unexpected:
        screen.line(screen.say("extension.all_right"))


def _under(screen: Screen, identifier: str) -> str:
    """``customer_id:12`` in words."""
    kind, colon, value = identifier.partition(":")
    return f"{screen.kind(kind)} {value}" if colon else identifier


def _some(screen: Screen, lines: Sequence[str]) -> None:
    for line in lines[:MOST_ROWS]:
        screen.line(line)
    if len(lines) > MOST_ROWS:
        more = screen.formats.number(len(lines) - MOST_ROWS)
        screen.line("  " + screen.say("extension.more", n=more))
