"""The API: keys, roles, and that it does what the command line does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from shop_kit import make_shop
from test_web import NOW, ORDERS, Standing, filled
from web_kit import Web, web_over

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.cli.reference_pages import every_command
from stamgast.clock import parse_instant
from stamgast.web.access import ASKS, MAY, ROLES
from stamgast.web.reference_page import api_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpx2 import Response

    Call = Callable[..., Response]

V1 = "/api/v1"
WHERE = [{"did": "order", "at_least": 2, "within": "90d"}]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("api") / "shop"
    make_shop(folder, ORDERS).close()
    with web_over(folder, Standing(parse_instant(NOW))) as made:
        yield made


def caller(web: Web, role: str) -> Call:
    """Asks as a program of a role does: with a key, without a cookie."""
    known = {one.name for one in web.desk.keys.all()}
    name = next(f"{role} {n}" for n in range(99) if f"{role} {n}" not in known)
    key = web.desk.keys.make(name, role, web.desk.clock.now(), "test")
    client = web.client()

    def call(method: str, path: str, body: Any = None, **query: object) -> Response:  # noqa: ANN401 - JSON
        sent = {} if body is None else {"json": body}
        head = {"authorization": f"Bearer {key}"}
        answer: Response = client.request(
            method, path, headers=head, params={k: str(v) for k, v in query.items()}, **sent
        )
        return answer

    return call


def told(answer: Response) -> Any:  # noqa: ANN401 - JSON
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_command(web: Web, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    given = ["--shop", str(web.desk.folder), *arguments, "--json"]
    return json.loads(CliRunner().invoke(root, given).stdout)


# --- who may do what -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_every_route_of_the_api_asks_every_role(web: Web, role: str) -> None:
    call, may = caller(web, role), MAY[role]  # type: ignore[index] # a Role
    for (method, path), asks in ASKS.items():
        if not path.startswith("/api/"):
            continue
        status = call(method, filled(path)).status_code
        assert (status == 403) == (asks not in may), (role, method, path, status)
        assert status < 500, (role, method, path)
    web.desk.works.wait(60)


def test_a_cookie_changes_nothing_by_the_api(web: Web) -> None:
    for role in ROLES:
        client = web.clients[role]
        for method, path in ASKS:
            if path.startswith("/api/") and method != "GET":
                answer = client.request(method, filled(path), json={})
                assert answer.status_code == 403, (role, method, path)


def test_without_a_key_or_with_a_wrong_one_nothing_is_told(web: Web) -> None:
    client = web.client()
    for method, path in ASKS:
        if path.startswith("/api/"):
            for head in ({}, {"authorization": "Bearer sg_wrong"}, {"authorization": "Basic x"}):
                assert client.request(method, filled(path), headers=head).status_code == 401


def test_a_key_opens_no_page(web: Web) -> None:
    key = web.desk.keys.make("pages", "admin", web.desk.clock.now(), "test")
    answer = web.client().get("/users", headers={"authorization": f"Bearer {key}"})
    assert answer.headers["location"].startswith("/login")


def test_what_is_sent_is_bounded_and_known(web: Web) -> None:
    call = caller(web, "admin")
    large = {"where": ["x" * 70_000]}
    assert call("POST", f"{V1}/drafts/check", large).status_code == 413
    unknown = call("POST", f"{V1}/drafts/check", {"where": WHERE, "wat": 1})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "web.invalid")


# --- segments being built ------------------------------------------------------------------------


def test_a_draft_is_checked_counted_and_compared(web: Web) -> None:
    call = caller(web, "analyst")
    found = told(call("POST", f"{V1}/drafts/check", {"where": WHERE}))
    assert "2" in found["sentence"]["en"]
    assert found["sentence"]["nl"] != found["sentence"]["en"]
    assert "SELECT" in found["sql"]
    counted = told(call("POST", f"{V1}/drafts/count", {"where": WHERE, "as_of": NOW}))
    assert counted["count"] == 1  # the first customer, by hand
    with Shop.open(web.desk.folder) as shop:
        draft = shop.drafts.check(WHERE)
        assert counted == shop.drafts.measure(draft, as_of=NOW).as_json()
    shared = told(call("POST", f"{V1}/drafts/overlap", {"where": WHERE, "as_of": NOW}))
    assert all(one["both"] == 1 for one in shared["overlap"])
    wrong = call("POST", f"{V1}/drafts/count", {"where": [{"stage": "x"}, {"stage": "y"}]})
    assert wrong.status_code == 400
    assert len(wrong.json()["error"]["issues"]) == 2


def test_a_segment_is_planned_saved_and_put_back(web: Web) -> None:
    call = caller(web, "marketer")
    path, entry = (
        f"{V1}/segments/regulars",
        {"label": {"en": "Regulars", "nl": "Vast"}, "where": WHERE},
    )
    plan = told(call("POST", f"{path}/plan", {"entry": entry}))
    assert (plan["enters"], plan["leaves"], plan["changes"]) == (1, 0, True)
    assert call("GET", path).status_code == 404
    stale = call("POST", f"{path}/save", {"entry": entry, "mark": "0" * 64})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "definitions.changed")
    saved = told(call("POST", f"{path}/save", {"entry": entry, "mark": plan["mark"]}))
    assert told(call("GET", path, as_of=NOW))["count"] == 1
    versions = told(call("GET", f"{path}/versions"))["versions"]
    assert versions == by_command(web, "segment", "versions", "regulars")["versions"]
    assert [one["version"] for one in versions] == [saved["version"]]
    assert versions[0]["by"].startswith("key marketer")
    back = f"{path}/versions/{saved['version']}/undo"
    would = told(call("POST", back, {}))
    assert (would["leaves"], would["changes"]) == (1, True)
    assert call("GET", path).status_code == 200
    told(call("POST", back, {"mark": would["mark"]}))
    assert call("GET", path).status_code == 404
    assert call("POST", f"{path}/versions/999/undo", {}).status_code == 404


def test_times_of_the_stages_are_planned_and_saved(web: Web) -> None:
    call = caller(web, "marketer")
    path = f"{V1}/lifecycle/thresholds"
    before = told(call("GET", path))["now"]
    other = {"loyal_from": before["loyal_from"] + 1}
    plan = told(call("POST", f"{path}/plan", {"thresholds": other}))
    assert plan["after"]["loyal_from"] == other["loyal_from"]
    assert told(call("GET", path))["now"] == before
    told(call("POST", path, {"thresholds": other}))
    assert told(call("GET", path))["now"] == before | other
    assert by_command(web, "lifecycle", "thresholds")["now"] == before | other
    told(call("POST", path, {"thresholds": {"loyal_from": before["loyal_from"]}}))
    assert call("POST", path, {"thresholds": {"nothing": 3}}).status_code == 400
    versions = told(call("GET", f"{path}/versions"))["versions"]
    assert versions == by_command(web, "lifecycle", "thresholds", "--versions")["versions"]
    last = versions[0]
    assert last["by"].startswith("key marketer")
    assert last["changed"] == {
        "loyal_from": {"before": other["loyal_from"], "after": before["loyal_from"]}
    }
    back = f"{path}/versions/{last['version']}/undo"
    assert told(call("POST", back, {}))["after"] == before | other
    assert told(call("GET", path))["now"] == before
    told(call("POST", back, {"confirmed": True}))
    assert told(call("GET", path))["now"] == before | other
    number = str(last["version"] + 1)
    undone = by_command(web, "lifecycle", "thresholds", "--undo", number, "--yes")
    assert (undone["after"], undone["done"]) == (before, True)
    assert call("POST", f"{path}/versions/999/undo", {}).status_code == 404


# --- what the figures say ------------------------------------------------------------------------


def test_insight_is_what_the_command_line_tells(web: Web) -> None:
    call = caller(web, "read-only")
    for name in ("overlap", "best-buyers", "cohorts", "returns", "coupons", "backtest"):
        answer = told(call("GET", f"{V1}/insight/{name}", as_of=NOW))
        assert answer == by_command(web, "insight", name, "--as-of", NOW), name
    assert told(call("GET", f"{V1}/figures", as_of=NOW)) == by_command(
        web, "figures", "--as-of", NOW
    )
    split = told(call("GET", f"{V1}/insight/cohorts", as_of=NOW, split_by="stage"))
    assert split == by_command(web, "insight", "cohorts", "--as-of", NOW, "--split-by", "stage")
    for path in ("segments/stage/worth", "segments/vip/sizes", "lifecycle/suggest"):
        assert told(call("GET", f"{V1}/{path}", as_of=NOW))


def test_groups_by_what_single_customers_are_stay_on_the_command_line(web: Web) -> None:
    call = caller(web, "read-only")
    for asked in ({"split_by": "city"}, {"only": "city=Utrecht"}, {"split_by": "order_count"}):
        answer = call("GET", f"{V1}/insight/cohorts", **asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "insight.only_groups")


# --- single customers ----------------------------------------------------------------------------


def test_notes_labels_and_consents_are_written_by_the_name_of_the_key(web: Web) -> None:
    call = caller(web, "service")
    one = f"{V1}/customers/customer_id:10"
    number = told(call("GET", one))["profile_id"]
    made = told(call("POST", f"{one}/notes", {"text": "Belt liever 's ochtends"}))["note"]
    kept = told(call("GET", f"{one}/notes"))["notes"]
    assert [(note["note"], note["by"][:11]) for note in kept] == [(made, "key service")]
    assert kept == by_command(web, "note", "list", "customer_id:10")["notes"]
    assert told(call("DELETE", f"{one}/notes/{made}")) == {"removed": made}
    assert call("DELETE", f"{one}/notes/{made}").status_code == 404
    carried = told(call("POST", f"{one}/extensions/employee", {"reason": "works here"}))
    assert [label["extension"] for label in carried["carried"]] == ["employee"]
    assert told(call("POST", f"{one}/extensions/employee", {"act": "no"}))["carried"] == []
    said = {"purpose": "marketing", "channel": "post", "state": "granted"}
    assert told(call("POST", f"{one}/consents", said))["consents"][0]["state"] == "granted"
    assert told(call("GET", f"{one}/consents")) == by_command(
        web, "consent", "show", "customer_id:10"
    )
    claims = told(call("POST", f"{one}/attributes/city", {"value": "Utrecht"}))["claims"]
    assert claims[0]["value"] == "Utrecht"
    assert told(call("DELETE", f"{one}/attributes/city"))["claims"] == []
    lines = web.desk.users.noted(8)
    assert {line.about.split(" ")[0] for line in lines if line.what != "api"} == {
        f"profile:{number}"
    }


def test_a_label_as_a_whole_is_what_the_command_line_tells(web: Web) -> None:
    call, path = caller(web, "marketer"), f"{V1}/extensions/influencer"
    said = {"customers": ["1", "2", "nobody@x.nl"], "called": "vips"}
    would = told(call("POST", f"{path}/import", said))
    assert (len(would["added"]), would["done"]) == (2, False)
    assert [one["line"] for one in would["unknown"]] == [3]
    done = told(call("POST", f"{path}/import", {**said, "confirmed": True}))
    assert (len(done["added"]), done["done"]) == (2, True)
    people = told(call("GET", f"{path}/people", limit=1))
    assert (people["count"], len(people["people"])) == (2, 1)
    assert people["people"][0]["origin"] == "import:vips"
    assert by_command(web, "extension", "people", "influencer")["count"] == 2
    history = told(call("GET", f"{path}/history"))
    assert history == by_command(web, "extension", "history", "influencer")
    lines = told(call("GET", f"{V1}/extensions"))["extensions"]
    mine = next(one for one in lines if one["extension"] == "influencer")
    assert (mine["carriers"], mine["asked"], mine["standing_no"]) == (2, 2, 0)
    gone = {"customers": ["1"], "mode": "replace", "called": "vips", "confirmed": True}
    assert len(told(call("POST", f"{path}/import", gone))["taken"]) == 1
    employee = f"{V1}/extensions/employee"
    told(call("POST", f"{V1}/customers/customer_id:1/extensions/employee", {}))
    found = told(call("GET", f"{employee}/completeness"))
    assert found == by_command(web, "extension", "completeness", "employee")["extensions"][0]
    assert len(found["unexpected"]) == 1
    taken = told(call("POST", f"{employee}/repair", {"way": "take"}))
    assert (len(taken["taken"]), taken["done"]) == (1, False)
    assert by_command(web, "extension", "repair", "employee", "--take")["taken"] == taken["taken"]
    assert told(call("POST", f"{employee}/repair", {"way": "take", "confirmed": True}))["done"]
    assert told(call("GET", f"{employee}/completeness"))["unexpected"] == []
    assert call("POST", f"{V1}/extensions/king/repair", {}).status_code == 404
    assert call("POST", f"{path}/repair", {}).status_code == 400
    assert {"extension_list", "extension_people"} <= {one.what for one in web.desk.users.noted(30)}


def test_who_is_who_is_decided_and_taken_back(web: Web) -> None:
    call = caller(web, "service")
    two = {"a": "customer_id:1", "b": "customer_id:2"}
    assert not told(call("POST", f"{V1}/identity/merge", two))["done"]
    merged = told(call("POST", f"{V1}/identity/merge", {**two, "confirmed": True}))
    assert merged["done"]
    profiles = {told(call("GET", f"{V1}/customers/{two[x]}"))["profile_id"] for x in "ab"}
    assert len(profiles) == 1
    verdict = merged["given"][0]["id"]
    assert told(call("GET", f"{V1}/identity")) == by_command(web, "identity", "list")
    back = f"{V1}/identity/verdicts/{verdict}/withdraw"
    assert told(call("POST", back, {"confirmed": True}))["done"]
    profiles = {told(call("GET", f"{V1}/customers/{two[x]}"))["profile_id"] for x in "ab"}
    assert len(profiles) == 2


def test_a_customer_is_handed_over_and_erased(web: Web) -> None:
    call = caller(web, "admin")
    one = f"{V1}/customers/customer_id:3"
    number = told(call("GET", one))["profile_id"]
    assert told(call("GET", f"{one}/everything"))
    assert not told(call("POST", f"{one}/erase", {}))["done"]
    other = call("POST", f"{one}/erase", {"profile_id": number + 1})
    assert other.json()["error"]["code"] == "erase.other_profile"
    assert told(call("POST", f"{one}/erase", {"profile_id": number}))["done"]
    assert call("GET", one).status_code == 404


# --- accounts ------------------------------------------------------------------------------------


def test_users_and_keys_are_made_changed_and_taken_out(web: Web) -> None:
    call = caller(web, "admin")
    made = told(call("POST", f"{V1}/users", {"name": " Lot ", "role": "analyst"}))
    assert (made["user"], made["role"]) == ("Lot", "analyst")
    browser = web.client()
    assert browser.get(made["sign_in"]).headers["location"] == "/"
    assert browser.get("/upload").status_code == 403
    assert told(call("POST", f"{V1}/users/Lot/role", {"role": "marketer"}))["role"] == "marketer"
    assert browser.get("/upload").status_code == 200
    assert told(call("GET", f"{V1}/users")) == by_command(web, "user", "list")
    changed = by_command(web, "user", "role", "Lot", "read-only")
    assert changed["role"] == "read-only"
    told(call("DELETE", f"{V1}/users/Lot"))
    assert browser.get("/").headers["location"] == "/login"
    for path, body, code in (
        ("users", {"name": "", "role": "admin"}, "user.name"),
        ("users", {"name": "x\n", "role": "king"}, "user.role"),
        ("keys", {"name": "x" * 61, "role": "admin"}, "key.name"),
        ("keys", {"name": "x", "role": "king"}, "user.role"),
    ):
        assert call("POST", f"{V1}/{path}", body).json()["error"]["code"] == code
    secret = told(call("POST", f"{V1}/keys", {"name": "till", "role": "read-only"}))["secret"]
    head = {"authorization": f"Bearer {secret}"}
    assert web.client().get(f"{V1}/lifecycle", headers=head).status_code == 200
    assert told(call("GET", f"{V1}/keys")) == by_command(web, "key", "list")
    assert secret not in call("GET", f"{V1}/keys").text
    told(call("DELETE", f"{V1}/keys/till"))
    assert web.client().get(f"{V1}/lifecycle", headers=head).status_code == 401
    mine = by_command(web, "key", "add", "cash", "--role", "service")
    assert re.fullmatch(r"sg_[\w-]{43}", mine["secret"])
    assert by_command(web, "key", "remove", "cash") == {"removed": "cash"}


def test_the_audit_is_read_line_by_line(web: Web) -> None:
    call = caller(web, "admin")
    web.desk.users.note(web.desk.clock.now(), "Iemand", "signed_in")
    lines = told(call("GET", f"{V1}/audit", limit=3))["lines"]
    assert len(lines) == 3
    assert by_command(web, "audit", "--limit", "3")["lines"] == lines
    older = told(call("GET", f"{V1}/audit", limit=1, before=lines[0]["number"]))["lines"]
    assert older == lines[1:2]
    assert {x["user"] for x in told(call("GET", f"{V1}/audit", who="Iemand"))["lines"]} == {
        "Iemand"
    }


def test_nobody_changes_their_own_role(web: Web) -> None:
    client = web.clients["admin"]
    path = "/users/admin/role"
    assert web.post(client, path, "/users", role="read-only").status_code == 400
    web.desk.users.add("Jip", "service", web.desk.clock.now())
    assert web.post(client, "/users/Jip/role", "/users", role="king").status_code == 400
    assert web.post(client, "/users/Jip/role", "/users", role="analyst").status_code == 303
    found = web.desk.users.named("Jip")
    assert found is not None
    assert found.role == "analyst"
    assert "gave a user another role" in client.get("/settings/audit").text


def test_the_page_of_the_api_is_written_from_its_routes() -> None:
    page = api_page()
    held = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    assert held == page, "run make docs"
    assert page.count("\n| `") == sum(path.startswith(f"{V1}/") for _, path in ASKS)
    twins = set(re.findall(r"`stamgast ([a-z -]+?)(?:`| NAME| --|`)", page))
    known = {" ".join(path) for path, _ in every_command(root, ())}
    assert {one.strip() for one in twins} <= known
