"""The builder of segments in the web app: what is tried, what saving changes, what is kept and undone."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from shop_kit import make_shop
from web_kit import Web, web_over

from stamgast.app.builder.yamls import plain_of_text
from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

NOW = "2010-12-15T00:00:00Z"
ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2009-06-01T08:00:00", 10),
    (10, "2010-12-05T11:11:11", 500),
]
OWN = """# Of our shop
version: 1
segments:
  recent:   # asked for by Noor
    label: {en: Recent, nl: Recent}
    where:
      # thirty days, as the newsletter goes out
      - {did: order, within: 30d}
  recent_twice:
    label: {en: Recent twice, nl: Twee keer}
    where: [{segment: recent}, {trait: orders, gte: 2}]
"""


class Standing:
    """A clock that stands."""

    def now(self) -> int:
        return parse_instant(NOW)


class Controls(HTMLParser):
    """The fields of a form as a browser without scripts sends them."""

    def __init__(self, text: str, of: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._of, self._in, self._select, self._area = of, False, "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._in = self._of in (given.get("id"), given.get("action"))
        elif not self._in:
            return
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = given["value"]
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = False
        elif tag == "textarea" and self._area:
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("builder") / "shop"
    make_shop(folder, ORDERS).close()
    (folder / "definitions" / "own.yaml").write_text(OWN, encoding="utf-8")
    with web_over(folder, Standing()) as made:
        yield made


def form(client: TestClient, path: str, of: str = "builder") -> dict[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[-2000:]
    return Controls(answer.text, of).fields


def count(text: str) -> int:
    found = re.search(r'class="big">([\d.,]+)<', text)
    assert found is not None, text
    return int(found[1])


def own(web: Web) -> str:
    return (web.desk.folder / "definitions" / "own.yaml").read_text(encoding="utf-8")


def test_a_new_one_is_built_row_by_row_without_scripts(web: Web) -> None:
    client = web.clients["marketer"]
    fields = form(client, "/segments/new")
    answer = client.post("/segments/build", data={**fields, "do": "add:root:did"})
    assert count(answer.text) == 3
    fields = Controls(answer.text, "builder").fields
    row = next(key.partition(".")[0] for key, text in fields.items() if text == "did")
    fields |= {f"{row}.many": "at_least", f"{row}.low": "2", "do": "add:root:consent"}
    answer = client.post("/segments/build", data=fields, headers={"hx-request": "true"})
    assert "<html" not in answer.text
    assert count(answer.text) == 1
    assert "At least 2 purchases in the last 90 days." in answer.text
    assert "One row is not finished" in answer.text
    assert "{did: order, at_least: 2, within: 90d}" in answer.text
    assert "SELECT" in answer.text
    with Shop.open(web.desk.folder, clock=Standing()) as shop:
        until = shop.drafts.measure(
            shop.drafts.check([{"did": "order", "at_least": 2, "within": "90d"}])
        ).valid_until
    assert until == parse_instant("2011-02-18T10:00:00.000001Z")
    more = client.post("/segments/build", data={**fields, "do": "more"})
    assert "<svg" in more.text.split('id="past"')[1]
    assert "Recent twice" in more.text.split('id="overlap"')[1]


def test_filters_nest_in_rows_without_scripts(web: Web) -> None:
    client = web.clients["marketer"]

    def pressed(fields: dict[str, str], do: str) -> dict[str, str]:
        answer = client.post("/segments/build", data={**fields, "do": do})
        assert answer.status_code == 200
        return Controls(answer.text, "builder").fields

    fields = pressed(form(client, "/segments/new"), "add:root:did")
    row = next(key.partition(".")[0] for key, text in fields.items() if text == "did")
    fields = pressed(fields | {f"{row}.window": ""}, f"row:{row}:f")
    fields = pressed(fields | {f"{row}.f.0.property": "channel"}, "look")
    fields = pressed(fields | {f"{row}.f.0.value": "web"}, f"nest:{row}:f")
    held = fields[f"{row}.part.f.group"]
    first, inner = fields[f"{held}.items"].split()
    assert (fields[f"{first}.kind"], fields[f"{inner}.kind"]) == ("filter", "any")
    assert fields[f"{first}.f.0.value"] == "web"
    one, other = fields[f"{inner}.items"].split()
    fields = pressed(
        fields | {f"{one}.f.0.property": "net_total", f"{other}.f.0.property": "coupon"}, "look"
    )
    fields |= {f"{one}.f.0.op": "gte", f"{one}.f.0.value": "100", f"{other}.f.0.op": "missing"}
    fields = pressed(fields, f"add:{inner}:did")  # no condition goes into a filter
    assert len(fields[f"{inner}.items"].split()) == 2
    web_orders = {"channel": "web"}
    large, bare = {"net_total": {"gte": 100}}, {"coupon": {"present": False}}
    assert filter_of(client, fields) == {**web_orders, "any": [large, bare]}
    fields = pressed(fields | {f"{inner}.kind": "none"}, f"drop:{other}")
    assert filter_of(client, fields) == {**web_orders, "not": large}


def filter_of(client: TestClient, fields: dict[str, str]) -> object:
    answer = client.post("/segments/build", data={**fields, "do": "look"})
    assert "builder-side" in answer.text
    text = answer.text.split('id="definition"')[1].split("<code>")[1].split("</code>")[0]
    found: Any = plain_of_text(html.unescape(text))
    return found["where"][0]["where"]


def test_values_of_the_whole_shop_are_words_and_become_ones_own(web: Web) -> None:
    client = web.clients["marketer"]
    page = client.get("/segments/lost_customers/edit").text
    assert "<span>Lost after</span> <strong>365 days</strong>" in page
    fields = Controls(page, "builder").fields
    name = next(key for key, text in fields.items() if text == "$lost_after")
    row, _, field = name.partition(".")
    answer = client.post("/segments/build", data={**fields, "do": f"own:{row}:{field}"})
    fields = Controls(answer.text, "builder").fields
    assert (fields[name], fields[f"{row}.c.0.unit"]) == ("365", "d")
    assert "<span>Lost after</span>" not in answer.text
    for path, value in (("vip", "5\u00a0%"), ("lost_with_consent", "Marketing, e-mail")):
        assert f"<strong>{value}</strong>" in client.get(f"/segments/{path}/edit").text


def test_what_is_wrong_is_told_at_its_row(web: Web) -> None:
    client = web.clients["analyst"]
    client.headers["accept-language"] = "nl"
    answer = client.post(
        "/segments/build", data={**form(client, "/segments/new"), "do": "add:root:text"}
    )
    fields = Controls(answer.text, "builder").fields
    row = next(key for key in fields if key.endswith(".text"))
    answer = client.post("/segments/build", data={**fields, row: "{trait: orderz, gte: 3}"})
    cond = html.unescape(answer.text.split("<fieldset")[1].split("</fieldset>")[0])
    assert "er is geen eigenschap `orderz`" in cond
    assert "bedoel" in cond
    assert "orderz" in html.unescape(answer.text.split("<aside")[1])
    answer = client.post("/segments/build", data={**fields, row: "{trait: orders, gte: 2}"})
    assert count(answer.text) == 1
    assert "Met jouw rol kun je proberen, niet bewaren." in answer.text
    client.headers["accept-language"] = "en"


def test_a_ring_is_told_in_the_form(web: Web) -> None:
    client = web.clients["analyst"]
    fields = form(client, "/segments/recent/edit")
    answer = client.post("/segments/build", data={**fields, "do": "add:root:segment"})
    fields = Controls(answer.text, "builder").fields
    row = next(key.partition(".")[0] for key, text in fields.items() if text == "segment")
    choices = answer.text.split(f'name="{row}.name"')[1].split("</select>")[0]
    assert 'value="recent"' not in choices
    assert 'value="recent_twice"' in choices
    answer = client.post("/segments/build", data={**fields, f"{row}.name": "recent_twice"})
    told = html.unescape(answer.text.split("<aside")[1])
    assert "these segments name each other: recent -> recent_twice -> recent" in told
    assert client.post("/segments/plan", data=fields).status_code == 403


def test_opening_and_saving_changes_nothing(web: Web) -> None:
    client = web.clients["marketer"]
    for name in ("recent", "lost_customers", "best_buyers"):
        fields = form(client, f"/segments/{name}/edit")
        answer = client.post("/segments/plan", data={**fields, "do": "plan"})
        assert "nothing changes" in answer.text, name
        assert "/segments/save" not in answer.text


def test_every_page_of_the_form_says_what_its_file_says(web: Web) -> None:
    """The controls that a page shows hold the whole definition: none is lost on the way."""
    client = web.clients["admin"]
    state = web.desk.state()
    for name in ("cart_abandoners", "dissatisfied", "coupon_shoppers"):
        assert name in state.definitions.segments
        before = client.get(f"/segments/{name}/edit").text
        after = client.post("/segments/build", data=Controls(before, "builder").fields).text
        said = [
            re.findall(r'id="definition".*?<code>(.*?)</code>', text, re.DOTALL)
            for text in (before, after)
        ]
        assert said[0] == said[1] != [], name


def test_saving_shows_first_who_moves_then_writes_and_is_undone(web: Web) -> None:
    client = web.clients["marketer"]
    fields = form(client, "/segments/recent/edit")
    row = next(key.partition(".")[0] for key, text in fields.items() if text == "did")
    assert (fields[f"{row}.within"], fields[f"{row}.within.unit"]) == ("30", "d")
    fields[f"{row}.within"] = "90"
    page = client.post("/segments/plan", data={**fields, "do": "plan"})
    told = re.findall(r"<dd>(\d+)</dd>", page.text)
    assert told[:4] == ["2", "3", "1", "0"]
    assert "Recent twice: 1 now, 1 after saving" in page.text
    assert own(web) == OWN
    ready = Controls(page.text, "/segments/save").fields
    back = Controls(page.text, "/segments/build").fields
    assert count(client.post("/segments/build", data=back).text) == 3

    wrong = client.post("/segments/save", data={**ready, "mark": "another"})
    assert wrong.status_code == 409
    assert "changed meanwhile" in wrong.text
    assert own(web) == OWN
    saved = client.post("/segments/save", data=ready)
    assert saved.status_code == 303
    assert own(web) == OWN.replace("within: 30d", "within: 90d")
    assert "1 entered and 0 left" in client.get(saved.headers["location"]).text
    assert web.desk.users.noted(1)[0].what == "segment_saved"
    with Shop.open(web.desk.folder, clock=Standing()) as shop:
        assert shop.segment("recent", as_of=NOW).counts()[0].count == 3
        version = shop.drafts.versions("recent")[0]
    assert version.by == "marketer"

    undone = web.post(
        client, "/segments/recent/undo", "/segments/recent/versions", version=str(version.number)
    )
    assert re.findall(r"<dd>(\d+)</dd>", undone.text)[:4] == ["3", "2", "0", "1"]
    answer = client.post("/segments/save", data=Controls(undone.text, "/segments/save").fields)
    assert answer.status_code == 303
    assert own(web) == OWN
    assert (
        web.post(
            client, "/segments/recent/undo", "/segments/recent/versions", version="77"
        ).status_code
        == 404
    )


def test_a_ready_made_one_becomes_ones_own_and_is_put_back(web: Web) -> None:
    client = web.clients["admin"]
    fields = form(client, "/segments/one_time_buyers/edit")
    row = next(key.partition(".")[0] for key, text in fields.items() if text == "trait")
    page = client.post("/segments/plan", data={**fields, f"{row}.c.0.value": "2", "do": "plan"})
    client.post("/segments/save", data=Controls(page.text, "/segments/save").fields)
    text = client.get("/segments").text
    while 'http-equiv="refresh"' in text:  # the machine is busy: it is still being counted
        text = client.get("/segments").text
    mine, ready = text.split('id="ready"')
    assert "/segments/one_time_buyers" in mine
    assert "/segments/one_time_buyers" not in ready
    fields = form(client, "/segments/one_time_buyers/edit")
    page = client.post("/segments/plan", data={**fields, "do": "take_out"})
    client.post("/segments/save", data=Controls(page.text, "/segments/save").fields)
    assert own(web) == OWN
    fields = form(client, "/segments/recent/edit")
    refused = client.post("/segments/plan", data={**fields, "do": "take_out"})
    assert refused.status_code == 400
    assert "there is no segment `recent`" in html.unescape(refused.text)


def test_a_new_one_needs_a_name_that_is_free(web: Web) -> None:
    client = web.clients["marketer"]
    answer = client.post(
        "/segments/build", data={**form(client, "/segments/new"), "do": "add:root:did"}
    )
    fields = {**Controls(answer.text, "builder").fields, "do": "plan"}
    nameless = client.post("/segments/plan", data=fields)
    assert nameless.status_code == 400
    assert "no name yet" in nameless.text
    assert count(nameless.text) == 3
    taken = client.post("/segments/plan", data={**fields, "name": "vip", "label_en": "Vips"})
    assert "there is a segment" in taken.text
    odd = client.post("/segments/plan", data={**fields, "name": "New!", "label_en": "Vips"})
    assert "cannot be the name" in odd.text
    page = client.post("/segments/plan", data={**fields, "label_en": "Last <b>quarter"})
    assert "Last &lt;b&gt;quarter" in page.text
    saved = client.post("/segments/save", data=Controls(page.text, "/segments/save").fields)
    assert saved.headers["location"].startswith("/segments/last_b_quarter/versions")
    fields = form(client, "/segments/last_b_quarter/edit")
    page = client.post("/segments/plan", data={**fields, "do": "take_out"})
    client.post("/segments/save", data=Controls(page.text, "/segments/save").fields)
    assert own(web) == OWN


def test_the_text_of_a_save_holds_one_segment_and_nothing_else(web: Web) -> None:
    with Shop.open(web.desk.folder, clock=Standing()) as shop:
        for text in ("other:\n  where: {stage: loyal}\n", "a: {}\nb: {}\n"):
            with pytest.raises(UserError) as wrong:
                shop.drafts.plan("recent", text)
            assert wrong.value.code == "definitions.name"
        plan = shop.drafts.plan("recent", {"where": {"stage": "loyal"}}, as_of=NOW)
        (web.desk.folder / "definitions" / "own.yaml").write_text(
            OWN + "# more\n", encoding="utf-8"
        )
        with pytest.raises(UserError) as wrong:
            shop.drafts.save(plan, "me")
        assert wrong.value.code == "definitions.changed"
        (web.desk.folder / "definitions" / "own.yaml").write_text(OWN, encoding="utf-8")
