"""Starting and stopping: one process, one address, the first sign-in link."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from stamgast.errors import UserError
from stamgast.web.accounts import LINK_LASTS_US
from stamgast.web.app import make_app
from stamgast.web.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stamgast.clock import Clock

FIRST = "admin"
"""The name of the first user."""
GRACE_S = 10
"""So long a stop waits for what is being answered."""


def first_link(desk: Desk) -> str:
    """A path that signs the first user in once; empty once somebody has chosen a password."""
    users, now = desk.users, desk.clock.now()
    known = users.all()
    if any(one.password for one in known):
        return ""
    admins = [one for one in known if one.role == "admin"]
    user = admins[0] if admins else users.add(FIRST, "admin", now)
    return f"/enter/{users.make_link(user.id, now + LINK_LASTS_US)}"


def serve(
    folder: Path,
    host: str,
    port: int,
    tell: Callable[[str, str], None],
    *,
    clock: Clock | None = None,
) -> None:
    """Serve one shop until it is told to stop (SIGINT, SIGTERM); then finish what is asked.

    ``tell``: hears the address and the sign-in link (or nothing), once it listens. ``clock``: what is
    now, for a shop of another time. Raises UserError ``serve.port`` and as ``Shop.open``.
    """
    listening = _listen(host, port)
    desk = Desk(folder, clock)
    try:
        _log()
        config = uvicorn.Config(
            make_app(desk),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            lifespan="off",
        )
        server = _Server(config, lambda address: tell(address, _whole(address, first_link(desk))))
        for told in (
            signal.SIGINT,
            signal.SIGTERM,
        ):  # uvicorn raises them once more when it is done
            signal.signal(told, lambda *_: None)
        server.run(sockets=[listening])
    finally:
        desk.close()
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    """Take the port. Raises UserError ``serve.port``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise UserError(
            "serve.port",
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            hint="something else may use this port: choose another one with --port",
        ) from error
    return found


class _Server(uvicorn.Server):
    """Says when it listens, and where."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            self._ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")


def _whole(address: str, path: str) -> str:
    return f"{address}{path}" if path else ""


def _log() -> None:
    """One JSON line per request to standard error; nothing in it is personal."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name in ("stamgast.web", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO if name == "stamgast.web" else logging.WARNING)
