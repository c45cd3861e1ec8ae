"""The web app in this process over one small shop, and users of every role."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.testclient import TestClient

from stamgast.web.access import ROLES
from stamgast.web.app import make_app
from stamgast.web.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from stamgast.clock import Clock

TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class Web:
    """The app, and a browser per role."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.app = make_app(desk)
        self.clients: dict[str, TestClient] = {
            role: self.entered(self._user(role)) for role in ROLES
        }

    def client(self, language: str = "en") -> TestClient:
        """A browser of somebody who has not signed in."""
        client = TestClient(self.app, base_url="http://127.0.0.1", follow_redirects=False)
        client.headers["accept-language"] = language
        return client

    def entered(self, user: int, language: str = "en") -> TestClient:
        """A browser that came by a sign-in link."""
        token = self.desk.users.make_link(user, self.desk.clock.now() + 60_000_000)
        client = self.client(language)
        assert client.get(f"/enter/{token}").headers["location"] == "/"
        return client

    def _user(self, role: str) -> int:
        return self.desk.users.add(role, role, self.desk.clock.now()).id

    def post(self, client: TestClient, path: str, seen_on: str, **fields: str) -> Response:
        """Send a form with the token of a page."""
        found = TOKEN.search(client.get(seen_on).text)
        assert found is not None
        return client.post(path, data={"csrf": found[1], **fields})


@contextmanager
def web_over(folder: Path, clock: Clock) -> Iterator[Web]:
    """The app over a shop."""
    desk = Desk(folder, clock)
    desk.patience_s = 300  # a page that says "in a moment" is judged elsewhere
    try:
        yield Web(desk)
    finally:
        desk.close()
