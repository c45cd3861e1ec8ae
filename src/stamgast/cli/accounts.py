"""``stamgast user``, ``key`` and ``audit``: who may use the web app and its API, and who did what."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.clock import SystemClock
from stamgast.report.words import word
from stamgast.web.access import ROLES

if TYPE_CHECKING:
    from stamgast.cli.frame import Session

_ROLE = click.Choice(ROLES)


@click.group()
def user() -> None:
    """Who may use the web app."""


@user.command("list")
@command_options
def users(session: Session) -> None:
    """Who may sign in, and in which role."""
    from stamgast.web.accounts import user_json  # noqa: PLC0415 - with what it is about

    with session.open() as shop:
        found = shop.glance.users.all()
    if session.as_json:
        write_json({"users": [user_json(one) for one in found]})
        return
    for one in found:
        click.echo(f"{one.name}  {word(session.spoken, f'web.role.{one.role}')}")


@user.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, default="marketer", show_default=True, help="What they may see and do.")  # fmt: skip
@command_options
def add_user(session: Session, name: str, role: str) -> None:
    """Add NAME, and make a link with which they sign in once and choose a password."""
    from stamgast.web import accounts  # noqa: PLC0415 - with what it is about

    with session.open() as shop:
        made, link = accounts.add_user(shop.glance.users, name, role, SystemClock().now())
    if session.as_json:
        write_json({**accounts.user_json(made), "sign_in": link})
        return
    click.echo(word(session.spoken, "serve.user_link", name=made.name, link=link))


@user.command("role")
@click.argument("name")
@click.argument("role", type=_ROLE)
@command_options
def choose_role(session: Session, name: str, role: str) -> None:
    """Give NAME another role; it holds from their next request on."""
    from stamgast.web import accounts  # noqa: PLC0415 - with what it is about

    with session.open() as shop:
        made = accounts.choose_role(shop.glance.users, name, role)
    if session.as_json:
        write_json(accounts.user_json(made))
        return
    told = word(session.spoken, f"web.role.{made.role}")
    click.echo(word(session.spoken, "hand.role", name=name, role=told))


@user.command("remove")
@click.argument("name")
@command_options
def remove_user(session: Session, name: str) -> None:
    """Take NAME out; where they are signed in, they are no more."""
    with session.open() as shop:
        shop.glance.users.remove(name)
    if session.as_json:
        write_json({"removed": name})
        return
    click.echo(word(session.spoken, "serve.user_removed", name=name))


@click.group()
def key() -> None:
    """Keys with which programs ask the API."""


@key.command("list")
@command_options
def keys(session: Session) -> None:
    """Every key: its role, who made it, and whether it is used."""
    from stamgast.cli.screen import Screen  # noqa: PLC0415 - only to show
    from stamgast.web.accounts import key_json  # noqa: PLC0415 - with what it is about

    with session.open() as shop:
        found = shop.glance.keys.all()
        if session.as_json:
            write_json({"keys": [key_json(one) for one in found]})
            return
        screen = Screen(session, shop)
        if not found:
            screen.line(screen.say("hand.no_keys"))
            return
        day = screen.formats.day
        rows = [
            (
                one.name,
                screen.say(f"web.role.{one.role}"),
                f"{day(one.created_at)}, {one.created_by}",
                "" if one.used_at is None else screen.formats.moment(one.used_at),
            )
            for one in found
        ]
        heads = ("cli.name", "web.users.role", "hand.made", "hand.used")
        screen.table([screen.say(one) for one in heads], rows)


@key.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, default="read-only", show_default=True, help="What it may ask and change.")  # fmt: skip
@command_options
def add_key(session: Session, name: str, role: str) -> None:
    """Make key NAME; what it is, is shown this once."""
    from stamgast.web import accounts  # noqa: PLC0415 - with what it is about

    with session.open() as shop:
        by, now = getpass.getuser(), SystemClock().now()
        made = accounts.add_key(shop.glance.keys, name, role, now, by)
    if session.as_json:
        write_json({"key": name.strip(), "role": role, "secret": made})
        return
    click.echo(word(session.spoken, "hand.key", secret=made))


@key.command("remove")
@click.argument("name")
@command_options
def remove_key(session: Session, name: str) -> None:
    """Withdraw key NAME: it opens nothing any more."""
    with session.open() as shop:
        shop.glance.keys.remove(name)
    if session.as_json:
        write_json({"removed": name})
        return
    click.echo(word(session.spoken, "hand.key_removed", name=name))


@click.command()
@click.option("--who", default="", metavar="NAME", help="Only what this user, or key, did.")
@click.option("--before", type=click.IntRange(1, 2**53), help="Only lines before this number.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Lines shown.")  # fmt: skip
@command_options
def audit(session: Session, who: str, before: int | None, limit: int) -> None:
    """Who saw and changed what in the web app and by its API, the latest first."""
    from stamgast.cli.screen import Screen  # noqa: PLC0415 - only to show
    from stamgast.web.accounts import seen_json  # noqa: PLC0415 - with what it is about

    with session.open() as shop:
        found = shop.glance.users.noted(limit, who=who, before=before)
        if session.as_json:
            write_json({"lines": [seen_json(one) for one in found]})
            return
        screen = Screen(session, shop)
        if not found:
            screen.line(screen.say("hand.nothing_yet"))
            return
        rows = [
            (
                str(one.id),
                screen.formats.moment(one.at),
                one.user,
                screen.say(f"web.did.{one.what}"),
                one.about,
            )
            for one in found
        ]
        heads = ("hand.number", *(f"web.audit.{one}" for one in ("when", "who", "what", "about")))
        screen.table([screen.say(one) for one in heads], rows, right=[0])
