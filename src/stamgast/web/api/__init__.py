"""The JSON API: the operations of the command line, answered as it does with ``--json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.web.api import accounts, data, drafts, insight, labels, people, shop

if TYPE_CHECKING:
    from fastapi import FastAPI


def add_api(app: FastAPI) -> None:
    """Add the routes; what each asks of who calls is in ``access.ASKS``."""
    for part in (shop, insight, drafts, people, labels, data, accounts):
        app.router.routes.extend(part.router.routes)  # the guard tells routes apart by this list
