"""The first run: the demo shop is made behind the pages, marked on each, and gone in one click."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from web_kit import web_over

from stamgast.app.generating import today
from stamgast.app.shop import Shop
from stamgast.clock import SystemClock
from stamgast.demo.generator.planted import planted_count
from stamgast.web import work

pytestmark = pytest.mark.skipif(
    not os.environ.get("STAMGAST_BROWSER"), reason="takes half a minute: make browser"
)


def test_the_demo_shop_is_made_marked_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    least = planted_count(today()) + 1
    monkeypatch.setattr(work, "DEMO_CUSTOMERS", least)
    Shop.create(tmp_path / "shop").close()
    with web_over(tmp_path / "shop", SystemClock()) as web:
        client = web.clients["marketer"]
        assert 'action="/start/demo"' in client.get("/").text
        assert 'action="/start/demo"' not in web.clients["analyst"].get("/").text
        assert web.post(client, "/start/demo", "/").headers["location"] == "/"
        web.desk.works.wait()
        assert web.desk.works.now is None
        text = client.get("/segments").text
        assert "This is the demo shop" in text
        assert sum(client.get("/api/v1/lifecycle").json()["stages"].values()) >= least
        assert web.post(client, "/refresh", "/").headers["location"] == "/"
        web.desk.works.wait()
        assert web.desk.works.now is None
        assert web.post(client, "/start/demo/remove", "/").headers["location"] == "/"
        assert "This is the demo shop" not in client.get("/segments").text
        assert sum(client.get("/api/v1/lifecycle").json()["stages"].values()) == 0
        assert not web.desk.demo.exists()
