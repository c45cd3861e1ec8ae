"""Other times for the stages: what they would change, told before they are written with comments kept."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from shop_kit import make_shop
from web_kit import web_over

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2010-12-15T00:00:00Z"
ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2010-07-01T08:00:00", 10),
    *((4, f"2010-0{month}-01T08:00:00", 5) for month in range(4, 8)),
]
OWN = """\
version: 1
parameters:
  # what we agreed in May
  lifecycle_new: 20d  # three weeks or so
  lifecycle_active: 90d
"""


class Standing:
    """A clock that stands."""

    def now(self) -> int:
        return parse_instant(NOW)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that nobody changes."""
    folder = tmp_path_factory.mktemp("stages") / "shop"
    with make_shop(folder, ORDERS) as made:
        (folder / "definitions/own.yaml").write_text(OWN)
        yield made


@pytest.fixture
def folder(shop: Shop, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(shop._core.folder, tmp_path / "shop")


def test_a_plan_is_what_the_stages_become(folder: Path) -> None:
    with Shop.open(folder) as shop:
        planned_and_saved(shop, folder / "definitions/own.yaml")


def planned_and_saved(shop: Shop, own: Path) -> None:
    desk = shop.lifecycle.thresholds
    assert desk.now()["lifecycle_new"] == 20
    plan = desk.plan({"lifecycle_new": 30, "lifecycle_lost": 140}, as_of=NOW)
    assert plan.changed == {"lifecycle_new": (20, 30), "lifecycle_lost": (365, 140)}
    told = {(one.before, one.after): one.count for one in plan.moves}
    assert told == {("drifting", "new_buyer"): 1, ("at_risk", "red_alert"): 1}
    assert own.read_text() == OWN
    desk.save(plan, "Noor")
    text = own.read_text()
    assert "  lifecycle_new: 30d  # three weeks or so\n" in text
    assert "# what we agreed in May" in text
    assert dict(shop.lifecycle.counts(NOW).stages) == {
        stage: then for stage, (_, then) in plan.stages.items()
    }
    with pytest.raises(UserError, match="changed meanwhile"):
        desk.save(plan)
    # each version is kept; putting one back is a plan like any other, and brings the file back
    (kept,) = desk.versions()
    assert (kept.by, kept.changed) == (
        "Noor",
        {"lifecycle_new": (20, 30), "lifecycle_lost": (365, 140)},
    )
    back = desk.undo(kept.number, as_of=NOW)
    told = {(one.before, one.after): one.count for one in back.moves}
    assert told == {("new_buyer", "drifting"): 1, ("red_alert", "at_risk"): 1}
    assert own.read_text() == text
    desk.save(back, "Els")
    assert own.read_text() == OWN
    assert [(one.number, one.by) for one in desk.versions()] == [(2, "Els"), (1, "Noor")]
    assert desk.undo(1).changed == {}
    assert desk.save(desk.undo(1)) is None
    assert len(desk.versions()) == 2
    with pytest.raises(UserError, match="no version 9"):
        desk.undo(9)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"lifecycle_newer": 3}, "threshold.unknown"),
        ({"lifecycle_new": 0}, "threshold.value"),
        ({"loyal_from": 1}, "threshold.order"),
        ({"lifecycle_new": 95}, "threshold.order"),
    ],
)
def test_what_cannot_be_is_refused(shop: Shop, wanted: dict[str, int], code: str) -> None:
    with pytest.raises(UserError) as found:
        shop.lifecycle.thresholds.plan(wanted, as_of=NOW)
    assert found.value.code == code


def test_the_page_shows_first_and_saves_for_who_may(folder: Path) -> None:
    (folder / "definitions/own.yaml").unlink()  # nothing was ever chosen
    with web_over(folder, Standing()) as web:
        page = "/lifecycle/thresholds?lifecycle_active=170"
        assert "Save these times" not in web.clients["analyst"].get(page).text
        client = web.clients["marketer"]
        text = client.get(page).text
        assert "Who would move" in text
        assert text.count("1 customer: ") == 2  # the one to loyal, the other to drifting
        assert client.get("/lifecycle/thresholds?lifecycle_new=300").status_code == 400
        saved = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', text))
        saved.pop("csrf", None)
        old = {**saved, "mark": "of another day"}
        assert web.post(client, "/lifecycle/thresholds", "/account", **old).status_code == 409
        answer = web.post(client, "/lifecycle/thresholds", "/account", **saved)
        assert answer.headers["location"] == "/lifecycle/thresholds/versions?done=2"
        assert "lifecycle_active: 170d" in (folder / "definitions/own.yaml").read_text()
        assert client.get("/api/v1/lifecycle").json()["stages"]["loyal"] == 1
        assert web.desk.users.noted(1)[0].about == "lifecycle_active 90 > 170"
        # each version is kept, and put back once it was seen who moves
        text = client.get(answer.headers["location"]).text
        assert "Saved: 2 customers are in another stage now." in text
        assert 'name="version" value="1"' in text
        assert web.clients["read-only"].get("/lifecycle/thresholds/versions").status_code == 403
        text = client.get("/lifecycle/thresholds?version=1").text
        assert "What undoing version 1 changes" in text
        back = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', text))
        assert back["version"] == "1"
        back.pop("csrf", None)
        web.post(client, "/lifecycle/thresholds", "/account", **back)
        assert client.get("/api/v1/lifecycle").json()["stages"]["loyal"] == 0
        assert "lifecycle_active" not in (folder / "definitions/own.yaml").read_text()
        assert client.get("/lifecycle/thresholds?version=9").status_code in (400, 404)
        assert "Where people are lost" in client.get("/lifecycle?from=2010-08-01").text
