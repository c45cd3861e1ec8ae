"""``stamgast serve`` and ``stamgast user``: the web app, and who may use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.clock import format_instant
from stamgast.report.words import word

if TYPE_CHECKING:
    from stamgast.cli.frame import Session
    from stamgast.store.users import User

ROLES = ("admin", "marketer", "analyst", "service", "read-only")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8888, show_default=True, help="Which port; 0: any that is free.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="On which address it listens.")
@command_options
def serve(session: Session, port: int, host: str) -> None:
    """Open the web app on this machine, until it is stopped with Ctrl-C."""
    open_app(session, host, port)


def open_app(session: Session, host: str, port: int) -> None:
    """Serve the session's shop, and say where."""
    from stamgast.web.serve import serve as serve_shop  # noqa: PLC0415 - loads the server

    def tell(address: str, link: str) -> None:
        if session.as_json:
            write_json({"address": address, "sign_in": link or None})
            return
        click.echo(word(session.spoken, "serve.address", address=address))
        if link:
            click.echo(word(session.spoken, "serve.link", link=link))
        click.echo(word(session.spoken, "serve.stop"))

    serve_shop(Path(session.folder), host, port, tell)


@click.group()
def user() -> None:
    """Who may use the web app."""


@user.command("list")
@command_options
def list_(session: Session) -> None:
    """Who may sign in, and in which role."""
    with session.open() as shop:
        users = shop.glance.users.all()
    if session.as_json:
        write_json({"users": [_json(one) for one in users]})
        return
    for one in users:
        click.echo(f"{one.name}  {word(session.spoken, f'web.role.{one.role}')}")


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="marketer", show_default=True, help="What they may see and do.")  # fmt: skip
@command_options
def add(session: Session, name: str, role: str) -> None:
    """Add NAME, and make a link with which they sign in once and choose a password."""
    from stamgast.clock import SystemClock  # noqa: PLC0415 - only here

    with session.open() as shop:
        now = SystemClock().now()
        made = shop.glance.users.add(name, role, now)
        link = shop.glance.users.make_link(made.id, now + 3600 * 1_000_000)
    if session.as_json:
        write_json({**_json(made), "sign_in": f"/enter/{link}"})
        return
    click.echo(word(session.spoken, "serve.user_link", name=name, link=f"/enter/{link}"))


@user.command()
@click.argument("name")
@command_options
def remove(session: Session, name: str) -> None:
    """Take NAME out; where they are signed in, they are no more."""
    with session.open() as shop:
        shop.glance.users.remove(name)
    if session.as_json:
        write_json({"removed": name})
        return
    click.echo(word(session.spoken, "serve.user_removed", name=name))


def _json(one: User) -> dict[str, object]:
    return {
        "user": one.name,
        "role": one.role,
        "password": one.password is not None,
        "created_at": format_instant(one.created_at),
    }
