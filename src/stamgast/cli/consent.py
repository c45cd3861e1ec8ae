"""``stamgast consent list | show | set``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stamgast.cli.frame import InstantType, as_of_option, command_options, write_json
from stamgast.cli.identity import by_option
from stamgast.cli.screen import Screen
from stamgast.clock import format_instant
from stamgast.language.operators_labels import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stamgast.app.consents import ConsentSaid
    from stamgast.cli.frame import Session

STATES = ("granted", "soft_opt_in", "withdrawn")


@click.group()
def consent() -> None:
    """What people agreed to, per purpose, channel and address."""


@consent.command("list")
@as_of_option
@command_options
def list_(session: Session, as_of: int) -> None:
    """Per purpose and channel how many addresses stand how."""
    with session.open() as shop:
        found = shop.consents.list(as_of=as_of)
        if session.as_json:
            lines = [one.as_json() for one in found]
            write_json({"as_of": format_instant(as_of), "consents": lines})
            return
        screen = Screen(session, shop)
        title = screen.say("consent.list", shop=screen.shop_name, moment=screen.as_of(as_of))
        screen.line(title + "\n", style="bold")
        if not found:
            screen.line(screen.say("consent.none"))
            return
        number = screen.formats.number
        rows = [
            (
                purpose_label(screen, one.purpose),
                channel_label(screen, one.channel),
                number(one.granted),
                number(one.soft_opt_in),
                number(one.withdrawn),
                number(one.profiles),
            )
            for one in found
        ]
        heads = (
            "consent.purpose",
            "consent.channel",
            "consent.granted",
            "consent.soft_opt_in",
            "consent.withdrawn",
            "consent.profiles",
        )
        head = [screen.say(one) for one in heads]
        screen.table(head, rows, right=[2, 3, 4, 5])


@consent.command()
@click.argument("customer_id", metavar="ID")
@as_of_option
@command_options
def show(session: Session, customer_id: str, as_of: int) -> None:
    """What customer ID agreed to and withdrew, newest first."""
    with session.open() as shop:
        _show(
            session,
            Screen(session, shop),
            shop.consents.show(customer_id, as_of=as_of),
            customer_id,
            as_of,
        )


@consent.command("set")
@click.argument("customer_id", metavar="ID")
@click.argument("purpose")
@click.argument("channel", type=click.Choice([*CHANNELS]))
@click.argument("state", type=click.Choice(STATES))
@click.option(
    "--address", show_default="those the customer is known by", help="For which address or number."
)
@click.option("--at", type=InstantType(), show_default="now", help="When it was said.")
@click.option("--obtained", help="How it was got: a form, the till, a call.")
@click.option("--text-version", help="The version of the text that was agreed to.")
@by_option
@command_options
def set_(session: Session, customer_id: str, **word: Any) -> None:  # noqa: ANN401 - click's options
    """Record a word of customer ID: PURPOSE such as marketing, over CHANNEL."""
    with session.open() as shop:
        said = [word.pop(one) for one in ("purpose", "channel", "state")]
        found = shop.consents.set(customer_id, *said, **word)
        _show(session, Screen(session, shop), found, customer_id, None)


def _show(
    session: Session,
    screen: Screen,
    found: tuple[ConsentSaid, ...],
    asked: str,
    as_of: int | None,
) -> None:
    if session.as_json:
        write_json({"consents": [one.as_json() for one in found]})
        return
    if as_of is not None:
        title = screen.say("consent.show", customer=asked, moment=screen.as_of(as_of))
        screen.line(title + "\n", style="bold")
    if not found:
        screen.line(screen.say("consent.none"))
        return
    heads = (
        "consent.when",
        "consent.purpose",
        "consent.channel",
        "consent.address",
        "consent.state",
        "consent.stands",
        "consent.how",
        "consent.source",
    )
    screen.table([screen.say(one) for one in heads], _rows(screen, found))


def _rows(screen: Screen, found: Iterable[ConsentSaid]) -> list[tuple[str, ...]]:
    return [
        (
            screen.say("consent.always") if one.at is None else screen.formats.moment(one.at),
            purpose_label(screen, one.purpose),
            channel_label(screen, one.channel),
            one.address or screen.say("consent.any"),
            screen.say(f"consent.{one.state}"),
            screen.say("consent.yes") if one.stands else "",
            " ".join(part for part in (one.obtained, one.text_version) if part),
            one.source,
        )
        for one in found
    ]


def purpose_label(screen: Screen, name: str) -> str:
    """A purpose as people call it; its name when it is not declared."""
    known = screen.shop.definitions.consents.get(name)
    if known is None:
        return name
    return known.label[screen.language]


def channel_label(screen: Screen, name: str) -> str:
    """A channel as people call it."""
    known = CHANNELS.get(name)
    if known is None:
        return name
    return known[screen.language]
