"""``stamgast serve``: the web app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.report.words import word

if TYPE_CHECKING:
    from stamgast.cli.frame import Session


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
