"""The web app: who may do what, what pages show, what leaves, and what arrives meanwhile."""

from __future__ import annotations

import hashlib
import html
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from click.testing import CliRunner
from shop_kit import make_shop, orders_file
from web_kit import TOKEN, Web, web_over

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.web.access import ASKS, MAY, PERMISSIONS, ROLES, permission_of
from stamgast.web.sessions import TRIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

NOW = "2010-12-15T00:00:00Z"
ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2009-06-01T08:00:00", 10),
    (10, "2010-12-05T11:11:11", 500),
]
STATIC = Path(__file__).parents[2] / "src" / "stamgast" / "web" / "static"
HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
"""Of dist/htmx.min.js of htmx.org 4.0.1, as npm has it."""


class Standing:
    """A clock that stands where it is put."""

    def __init__(self, t: int) -> None:
        self.t = t

    def now(self) -> int:
        return self.t


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web") / "shop"
    make_shop(folder, ORDERS).close()
    with web_over(folder, Standing(parse_instant(NOW))) as made:
        yield made


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    found = set()
    for route in app.router.routes:
        methods = getattr(route, "methods", None) or ()
        found |= {(method, str(getattr(route, "path", ""))) for method in set(methods) - {"HEAD"}}
    return found


def filled(path: str) -> str:
    values = {"name": "vip", "profile": "1", "number": "999", "token": "none", "language": "nl"}
    values |= {"file": "app.css", "batch": "1", "row": "1", "what": "merge"}
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


# --- who may do what -----------------------------------------------------------------------------


def test_every_route_is_in_the_table_and_the_other_way_round(web: Web) -> None:
    assert routes_of(web.app) == set(ASKS)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_route_asks_every_role(web: Web, role: str | None) -> None:
    client = web.clients[role] if role else web.client()
    allowed = MAY[role] if role else frozenset({"open"})  # type: ignore[index] # a Role
    for (method, path), asks in ASKS.items():
        if path == "/logout":
            continue  # it would end the session; its own test
        answer = client.request(method, filled(path))
        refused = answer.status_code in (401, 403) or answer.headers.get("location", "").startswith(
            "/login"
        )
        if method != "GET":  # without the form's token, or a key of the API, nobody gets through
            assert refused, (role, method, path)
        elif path != "/enter/{token}":
            assert refused == (asks not in allowed), (role, method, path, answer.status_code)
    client.cookies.delete("stamgast_language")


def test_a_route_outside_the_table_is_closed(web: Web) -> None:
    assert web.clients["admin"].get("/forgotten").status_code == 404
    assert web.clients["admin"].put("/segments").status_code == 404
    assert permission_of("GET", "/forgotten") is None
    assert permission_of("HEAD", "/segments") == "figures"
    assert set().union(*MAY.values()) == set(PERMISSIONS)


def test_before_signing_in_there_is_only_the_form(web: Web) -> None:
    client = web.client()
    for path in ("/", "/segments", "/nowhere"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")
    assert 'type="password"' in client.get("/login").text
    assert client.get("/api/v1/segments").status_code == 401
    assert client.get("/health").json()["status"] == "ok"


def test_a_link_signs_in_once(web: Web) -> None:
    user = web.desk.users.named("admin")
    assert user is not None
    token = web.desk.users.make_link(user.id, web.desk.clock.now() + 1_000_000)
    assert web.client().get(f"/enter/{token}").headers["location"] == "/"
    assert web.client().get(f"/enter/{token}").headers["location"] == "/login?link=used"
    late = web.desk.users.make_link(user.id, web.desk.clock.now())
    assert web.client().get(f"/enter/{late}").headers["location"] == "/login?link=used"


def test_password_chosen_used_guessed_and_signed_out(web: Web) -> None:
    made = web.desk.users.add("Noor", "service", web.desk.clock.now())
    client, word = web.entered(made.id), "een lang wachtwoord"
    too_short = web.post(client, "/account", "/account", password="kort", again="kort")  # noqa: S106 - of a test
    assert too_short.status_code == 400
    chosen = web.post(client, "/account", "/account", password=word, again=word)
    assert chosen.headers["location"] == "/"
    fresh = web.client()
    fields = {"name": "Noor", "password": word, "next": "/customers"}
    assert web.post(fresh, "/login", "/login", **fields).headers["location"] == "/customers"
    elsewhere = {**fields, "next": "//evil.example/"}
    assert web.post(web.client(), "/login", "/login", **elsewhere).headers["location"] == "/"
    cookie = fresh.cookies["stamgast"]
    token = TOKEN.search(fresh.get("/customers").text)
    assert token is not None
    assert fresh.post("/logout", data={"csrf": token[1]}).headers["location"] == "/login"
    fresh.cookies.set("stamgast", cookie)
    assert fresh.get("/customers").status_code == 303
    guessing = web.client()
    codes = [
        web.post(guessing, "/login", "/login", name="Noor", password="mis").status_code  # noqa: S106 - of a test
        for _ in range(TRIES + 1)
    ]
    assert codes == [401] * TRIES + [429]
    web.app.state.sessions.patience.tries.clear()


def test_a_form_needs_its_token_and_its_origin(web: Web) -> None:
    client = web.clients["admin"]
    assert client.post("/users", data={"name": "x", "role": "admin"}).status_code == 403
    token = TOKEN.search(web.clients["marketer"].get("/account").text)
    assert token is not None
    fields = {"name": "x", "role": "admin", "csrf": token[1]}
    assert client.post("/users", data=fields).status_code == 403
    own = TOKEN.search(client.get("/users").text)
    assert own is not None
    answer = client.post(
        "/users", data={**fields, "csrf": own[1]}, headers={"origin": "http://evil.example"}
    )
    assert answer.status_code == 403
    assert web.desk.users.named("x") is None


def test_users_are_added_and_removed(web: Web) -> None:
    client = web.clients["admin"]
    made = web.post(client, "/users", "/users", name="Bo", role="analyst")
    found = re.search(r"/enter/[\w-]+", made.text)
    assert found is not None
    entered = web.client()
    assert entered.get(found[0]).headers["location"] == "/"
    assert web.post(client, "/users", "/users", name="Bo", role="analyst").status_code == 400
    assert web.post(client, "/users", "/users", name="Ed", role="king").status_code == 400
    assert web.post(client, "/users/admin/remove", "/users").status_code == 400
    assert web.post(client, "/users/Bo/remove", "/users").headers["location"] == "/users"
    assert entered.get("/").headers["location"] == "/login"


def test_headers_and_cookies(web: Web) -> None:
    client = web.client()
    answer = client.get("/login")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    for role in ROLES:
        text = web.clients[role].get("/account").text
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", text)


def test_the_vendored_file_is_the_published_one() -> None:
    held = (STATIC / "htmx-4.0.1.min.js").read_bytes()
    assert hashlib.sha256(held).hexdigest() == HTMX
    assert "Zero-Clause BSD" in (STATIC / "htmx-LICENSE.txt").read_text(encoding="utf-8")


def test_the_log_says_nothing_personal(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="stamgast.web"):
        web.clients["admin"].get("/customers?q=jansen@example.org")
        web.clients["admin"].get("/api/v1/customers/customer_id:10")
    lines = [json.loads(record.message) for record in caplog.records]
    assert [line["route"] for line in lines] == ["/customers", "/api/v1/customers/{profile}"]
    assert "jansen" not in caplog.text
    assert "customer_id:10" not in caplog.text


# --- what pages show -----------------------------------------------------------------------------


PAGES = ("/", "/?days=30", "/lifecycle", "/segments", "/segments/one_time_buyers", "/customers")


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_written_in_the_language_of_the_browser(web: Web, path: str) -> None:
    client = web.clients["admin"]
    for language, word in (("en-GB,en;q=0.8,nl;q=0.5", "As of"), ("nl-NL,nl;q=0.9", "Stand van")):
        answer = client.get(path, headers={"accept-language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language[:2]}">' in answer.text
        assert word in answer.text
        assert len(answer.content) < 200_000


def test_the_language_chosen_in_the_page_stays(web: Web) -> None:
    client = web.entered(web.desk.users.add("Tess", "read-only", web.desk.clock.now()).id)
    assert client.get("/language/nl?back=/segments%3Fas_of=2010-12-01").headers["location"] == (
        "/segments?as_of=2010-12-01"
    )
    assert '<html lang="nl">' in client.get("/segments").text
    assert client.get("/language/en?back=//evil.example").headers["location"] == "/"


def test_overview_tells_what_the_command_line_tells(web: Web) -> None:
    client = web.clients["marketer"]
    text = client.get("/?days=30").text
    counts = client.get("/api/v1/lifecycle").json()["stages"]
    for stage, count in counts.items():
        tile = text.split(f"#stage-{stage}")[1].split("</li>")[0]
        assert re.search(rf'<span class="big">(?:<a [^>]+>)?{count}<', tile), stage
    with Shop.open(web.desk.folder) as shop:
        told = shop.insight.upcoming("stage", days=30, as_of=NOW)
    assert told.values
    assert f"In the next 30 days {len(told.values)} customer" in text


def test_a_customer_is_found_shown_and_put_on_record(web: Web) -> None:
    client = web.clients["service"]
    found = client.get("/customers?q=10").text
    link = re.search(r'href="(/customers/\d+)"', found)
    assert link is not None
    fragment = client.get("/customers?q=10", headers={"hx-request": "true"}).text
    assert "<html" not in fragment
    assert link[1] in fragment
    text = html.unescape(client.get(link[1]).text)
    assert "£500" in text
    assert "Why New buyer" in text
    assert "Order" not in client.get(f"{link[1]}?show=stages").text.split('class="timeline"')[1]
    assert client.get("/customers/999999").status_code == 404
    seen = web.desk.users.noted(1)[0]
    assert (seen.user, seen.what) == ("service", "customer")


def test_who_may_not_know_sees_a_number(web: Web) -> None:
    client = web.clients["analyst"]
    found = web.clients["admin"].get("/customers?q=customer_id:10").text
    link = re.search(r'href="(/customers/\d+)"', found)
    assert link is not None
    assert link[1] not in client.get("/customers?q=customer_id:10").text
    assert link[1] in client.get("/customers", params={"q": link[1].rpartition("/")[2]}).text
    text = client.get(link[1]).text
    assert "<h1>Profile " in text, text[2000:6000]
    assert "customer number" not in text.lower()
    assert "Order 5" in web.clients["service"].get(link[1]).text
    assert "Order 5" not in text
    assert "order 5" not in text
    assert client.get("/api/v1/customers?q=10").status_code == 403


def test_moves_open_the_people_who_made_them(web: Web) -> None:
    client = web.clients["marketer"]
    text = client.get("/lifecycle?from=2010-11-01&to=2010-12-15").text
    links = [html.unescape(one) for one in re.findall(r'href="(/lifecycle/moved[^"]+)"', text)]
    assert links
    for link in links:
        people = client.get(link).text
        told = re.search(r"<h1>(\d+) customer", people)
        assert told is not None
        assert int(told[1]) == people.count("<li><span><a href")
    assert client.get("/lifecycle?from=2010-12-15&to=2010-12-01").status_code == 400
    assert client.get("/lifecycle/moved?after=nothing").status_code == 404


def test_figures_of_stages_and_of_what_is_coming_open_the_people(web: Web) -> None:
    client = web.clients["marketer"]
    text = client.get(f"/?days=30&as_of={NOW}").text
    links = {html.unescape(one) for one in re.findall(r'href="(/lifecycle/people[^"]+)"', text)}
    links.add(f"/lifecycle/people?before=new_buyer&after=drifting&days=30&as_of={NOW}")
    assert len(links) > 1
    for link in links:
        people = client.get(link).text
        told = re.search(r"<h1>\D*(?:\d+ days )?(\d+) customer", people)
        assert told is not None, link
        assert min(int(told[1]), 100) == people.count("<li><span><a href"), link
    assert "/lifecycle/people" not in web.clients["read-only"].get("/").text
    assert client.get("/lifecycle/people?stage=nothing").status_code == 404
    assert client.get("/lifecycle/people?before=nothing&after=loyal").status_code == 404
    assert client.get("/lifecycle/people").status_code == 404
    narrowed = client.get("/segments/new?stage=new_buyer").text
    assert '<option value="new_buyer" selected' in narrowed
    assert client.get("/segments/new?stage=nothing").status_code == 404


def test_another_day_is_asked_by_the_date_field(web: Web) -> None:
    client = web.clients["analyst"]
    text = client.get("/customers?as_of=2009-07-01").text
    assert "As of 1 July 2009" in text
    assert "as_of=2009-07-01" in text.split("<nav")[1]
    assert client.get("/customers?as_of=nonsense").status_code == 400
    assert "seems to stay away" in client.get("/customers?as_of=2015-01-01").text


def test_export_through_the_gate_is_fetched_once(web: Web) -> None:
    client = web.clients["marketer"]
    page = "/segments/one_time_buyers"
    answer = web.post(client, f"{page}/export", page, channel="email", purpose="marketing")
    assert answer.status_code == 200
    assert "0 customers may be reached by e-mail" in answer.text
    with Shop.open(web.desk.folder) as shop:
        made = shop.exports.made()[0]
    assert (made.segment, made.channel, made.sent) == ("one_time_buyers", "email", 0)
    left = re.search(r"<h2>(\d+) customers? (?:was|were) left out", answer.text)
    assert left is not None
    assert int(left[1]) == made.members
    link = f"/exports/{made.id}/file"
    assert client.get(link).headers["content-disposition"].startswith("attachment")
    assert client.get(link).status_code == 400
    assert not list((web.desk.folder / "data" / "exports").iterdir())


def test_who_is_coming_leaves_through_the_gate(web: Web) -> None:
    client = web.clients["marketer"]
    page = f"/lifecycle/people?after=drifting&days=30&as_of={NOW}"
    text = client.get(page).text
    assert "becomes drifting" in text.lower() or "become drifting" in text.lower()
    assert "/lifecycle/people/export" not in text  # of another day
    told = re.search(r"days (\d+) customer", text)
    assert told is not None
    way = {"before": "", "after": "drifting", "days": "30"}
    path = "/lifecycle/people/export"
    answer = web.post(client, path, "/account", **way, channel="post")
    assert answer.status_code == 200
    with Shop.open(web.desk.folder) as shop:
        made = shop.exports.made()[0]
    assert (made.segment, made.channel, made.members) == (
        "coming::drifting:30",
        "post",
        int(told[1]),
    )
    assert f"/exports/{made.id}/file" in answer.text
    assert client.get(f"/exports/{made.id}/file").status_code == 200
    audit = web.clients["admin"].get("/settings/audit").text
    assert "Becomes Drifting within 30 days, for post: 0 customers" in audit
    assert web.post(client, path, "/account", **way, channel="fax").status_code == 404
    assert web.post(client, path, "/account", days="7", channel="post").status_code == 404
    assert client.get("/lifecycle/people?before=new_buyer&days=7").status_code == 200


def test_what_the_command_line_imports_shows_at_the_next_request(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "shop"
    make_shop(folder, ORDERS[:2]).close()
    with web_over(folder, Standing(parse_instant(NOW))) as web:
        client = web.clients["analyst"]
        before = client.get("/api/v1/lifecycle").json()
        assert sum(before["stages"].values()) == 1
        with Shop.open(folder) as shop:
            file = orders_file(tmp_path / "more.parquet", ORDERS[2:], first=50)
            shop.ingest(file, mapping="online-retail")
        after = client.get("/api/v1/lifecycle").json()
        assert sum(after["stages"].values()) == 4


def test_a_shop_without_orders_says_so(tmp_path: Path) -> None:
    Shop.create(tmp_path / "shop").close()
    with web_over(tmp_path / "shop", Standing(parse_instant(NOW))) as web:
        for path in ("/", "/segments", "/lifecycle", "/customers"):
            assert web.clients["admin"].get(path).status_code == 200, path


def test_names_out_of_the_address_are_harmless(web: Web) -> None:
    client = web.clients["admin"]
    nasty = "<script>alert(1)</script>"
    assert nasty not in client.get("/customers", params={"q": nasty}).text
    assert nasty not in client.get(f"/segments/{nasty}").text
    assert client.get("/customers/12%00").status_code == 404
    assert client.get("/static/..%2Fapp.py").status_code == 404


# --- the API -------------------------------------------------------------------------------------


def test_the_api_answers_as_the_shop_does(web: Web) -> None:
    client = web.clients["admin"]
    with Shop.open(web.desk.folder) as shop:
        assert client.get("/api/v1/lifecycle", params={"as_of": NOW}).json() == (
            shop.lifecycle.counts(NOW).as_json()
        )
        assert client.get("/api/v1/segments/vip", params={"as_of": NOW}).json() == (
            shop.segment("vip", as_of=NOW).counts()[0].as_json()
        )
        assert client.get("/api/v1/customers/customer_id:10", params={"as_of": NOW}).json() == (
            shop.customers.show("customer_id:10", as_of=NOW).as_json()
        )
        answer = client.get(
            "/api/v1/lifecycle/flows", params={"start": "2010-11-01", "end": NOW}
        ).json()
        assert answer == shop.insight.flows("2010-11-01", NOW).as_json()


def test_mistakes_of_the_api_say_why(web: Web) -> None:
    client = web.clients["admin"]
    unknown = client.get("/api/v1/segments/vipp")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "segment.unknown")
    assert client.get("/api/v1/segments?as_of=soon").status_code == 400
    assert client.get("/api/v1/segments/vip/members?limit=0").status_code == 422
    invalid = client.get("/api/v1/segments/vip/members?limit=0").json()["error"]
    assert invalid["code"] == "web.invalid"
    assert invalid["message"].startswith("limit: ")
    assert client.get("/api/v1/nothing").json()["error"]["code"] == "web.not_found"


def test_the_description_names_every_route_of_the_api(web: Web) -> None:
    described = web.clients["admin"].get("/api/openapi.json").json()["paths"]
    assert set(described) == {path for _, path in ASKS if path.startswith("/api/v1/")}
    assert all(one["summary"] for path in described.values() for one in path.values())


def test_broken_definitions_are_said_and_not_shown(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop", ORDERS[:1]).close()
    with web_over(tmp_path / "shop", Standing(parse_instant(NOW))) as web:
        file = tmp_path / "shop" / "definitions" / "own.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text("segments: {secret_plan: {where: [}", encoding="utf-8")
        for client in (web.client(), web.clients["admin"]):
            for path in ("/login", "/segments"):
                answer = client.get(path)
                assert answer.status_code in (303, 503), path
                assert "secret_plan" not in answer.text
        file.unlink()
        assert web.clients["admin"].get("/segments").status_code == 200


# --- the command ---------------------------------------------------------------------------------


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop", ORDERS[:1]).close()
    command = [sys.executable, "-m", "stamgast", "--shop", str(tmp_path / "shop")]
    command += ["serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["sign_in"].startswith(f"{told['address']}/enter/")
        assert httpx2.get(f"{told['address']}/health").json()["status"] == "ok"
        answer = httpx2.get(told["address"], follow_redirects=True)
        assert 'type="password"' in answer.text
        port = told["address"].rpartition(":")[2]
        taken = CliRunner().invoke(root, [*command[3:-2], port])
        assert taken.exit_code == 1
        assert "choose another one with --port" in taken.stderr
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_users_on_the_command_line(web: Web) -> None:
    def call(*arguments: str) -> dict[str, Any]:
        given = ["--shop", str(web.desk.folder), "user", *arguments, "--json"]
        found: dict[str, Any] = json.loads(CliRunner().invoke(root, given).stdout)
        return found

    made = call("add", "Fem", "--role", "service")
    assert web.client().get(made["sign_in"]).headers["location"] == "/"
    assert {"Fem", "admin"} <= {one["user"] for one in call("list")["users"]}
    assert call("remove", "Fem") == {"removed": "Fem"}
    assert call("remove", "Fem")["error"]["code"] == "user.unknown"


def test_what_takes_long_is_made_meanwhile(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.desk.forget()
    web.desk.state()
    with monkeypatch.context() as hurry:
        hurry.setattr(web.desk, "patience_s", 0.0)
        waiting = web.clients["marketer"].get("/")
    assert waiting.status_code == 200
    assert '<meta http-equiv="refresh" content="2">' in waiting.text
    assert 'role="status"' in waiting.text
    there = web.clients["marketer"].get("/")
    assert "http-equiv" not in there.text
    assert 'id="stages"' in there.text
