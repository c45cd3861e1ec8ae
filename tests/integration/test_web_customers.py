"""A customer's page: what colleagues write down there, who is who, and the rights of the customer."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from shop_kit import make_shop
from web_kit import Web, web_over

from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2010-12-15T00:00:00Z"
ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2009-06-01T08:00:00", 10),
]

REGULAR = """
version: 1
extensions:
  regular:
    label: {en: Regular, nl: Vast}
    expected: {trait: orders, gte: 2}
"""
SEEN = "/account"
"""A page with a form, whose token is good for all of them."""


class Standing:
    """A clock that stands."""

    def now(self) -> int:
        return parse_instant(NOW)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("care") / "shop"
    make_shop(folder, ORDERS).close()
    with web_over(folder, Standing()) as made:
        yield made


def page_of(web: Web, number: str) -> str:
    text = web.clients["admin"].get("/customers", params={"q": f"customer_id:{number}"}).text
    found = re.search(r'href="(/customers/\d+)"', text)
    assert found is not None
    return found[1]


def text_of(web: Web, path: str, role: str = "service") -> str:
    return html.unescape(web.clients[role].get(path).text)


def test_notes_are_written_shown_masked_and_removed(web: Web) -> None:
    path, client = page_of(web, "1"), web.clients["service"]
    answer = web.post(client, f"{path}/note", SEEN, text="Calls <b>before</b> noon")
    assert answer.headers["location"] == f"{path}?done=note#timeline"
    assert "Your note is kept" in text_of(web, f"{path}?done=note").split('id="timeline"')[1]
    assert "Your note is kept" in text_of(web, f"{path}?view=desk&done=note")
    assert 'role="status"' not in text_of(web, f"{path}?done=nothing").split('id="main"')[1]
    shown = client.get(path).text
    assert "Calls &lt;b&gt;before&lt;/b&gt; noon" in shown
    assert "before" in text_of(web, f"{path}?view=desk")
    notes = text_of(web, f"{path}?show=notes")
    assert "Note of service" in notes
    assert "Order" not in notes.split('class="timeline"')[1]
    assert "noon" not in text_of(web, path, "analyst")
    assert "noon" not in text_of(web, f"{path}?as_of=2010-12-11")
    assert web.post(client, f"{path}/note", SEEN, text=" ").status_code == 400
    found = re.search(r'name="note" value="(\d+)"', shown)
    assert found is not None
    web.post(client, f"{path}/note/remove", SEEN, note=found[1])
    assert "noon" not in text_of(web, path)
    assert [one.what for one in web.desk.users.noted(20)].count("note_removed") == 1


def test_labels_and_consents_are_given_taken_and_on_record(web: Web) -> None:
    path, client = page_of(web, "1"), web.clients["service"]
    fields = {"name": "loyalty_status=GOLD", "act": "give", "reason": "kind to <staff>"}
    assert web.post(client, f"{path}/extension", SEEN, **fields).status_code == 303
    text = text_of(web, path)
    assert "Loyalty status: Gold" in text
    assert "service, by hand, 15 Dec 2010: kind to <staff>" in text
    taken = {"name": "loyalty_status", "act": "no"}
    web.post(client, f"{path}/extension", SEEN, **taken)
    assert "Not Loyalty status" in text_of(web, path)
    assert "The label is taken away" in text_of(web, f"{path}?done=no").split('id="labels"')[1]
    web.post(client, f"{path}/extension", SEEN, name="loyalty_status", act="lift")
    assert "Loyalty status: Gold" in text_of(web, path)
    assert web.post(client, f"{path}/extension", SEEN, name="king", act="give").status_code == 404
    assert web.post(client, f"{path}/extension", SEEN, name="employee", act="x").status_code == 400
    said = {"purpose": "marketing", "channel": "post", "state": "withdrawn", "obtained": "by phone"}
    web.post(client, f"{path}/consent", SEEN, **said)
    assert "by phone" in text_of(web, path).split('id="consents"')[1]
    assert web.post(client, f"{path}/consent", SEEN, **{**said, "state": "x"}).status_code == 400
    seen = [(one.user, one.what, one.about) for one in web.desk.users.noted(20)]
    number = path.rpartition("/")[2]
    assert ("service", "extension", f"profile:{number} give loyalty_status") in seen
    assert ("service", "consent", f"profile:{number} marketing post withdrawn") in seen
    told = text_of(web, "/settings/audit", "admin")
    assert (
        f'<a href="/customers/{number}">Profile {number}: Loyalty status, standing no</a>' in told
    )
    assert f"Profile {number}: Marketing, post, withdrawn" in told
    assert "profile:" not in told


def test_before_somebody_was_known_the_page_says_so(web: Web) -> None:
    client = web.clients["admin"]
    found = re.search(r'href="(/customers/\d+)"', client.get("/customers?q=customer_id:2").text)
    assert found is not None
    answer = client.get(f"{found[1]}?as_of=2009-01-01")
    assert answer.status_code == 404
    assert "this customer was not known yet on that day" in answer.text
    assert "As of 1 January 2009" in answer.text


def test_who_is_who_is_shown_first_done_and_taken_back(web: Web) -> None:
    one, two = page_of(web, "1"), page_of(web, "2")
    client, page = web.clients["marketer"], f"{one}/identity"
    fields = {"act": "merge", "a": f"profile:{one.rpartition('/')[2]}", "b": "customer_id:2"}
    shown = web.post(client, page, SEEN, **fields)
    assert "This is what it would do" in shown.text
    assert page_of(web, "2") == two
    done = web.post(client, page, SEEN, **fields, confirmed="yes")
    assert "It is done" in done.text
    assert page_of(web, "2") == page_of(web, "1")
    assert "£165" in text_of(web, two)
    found = re.search(r'name="verdict" value="(\d+)"', client.get(page).text)
    assert found is not None
    taken = {"act": "withdraw", "verdict": found[1], "confirmed": "yes"}
    assert "It is done" in web.post(client, page, SEEN, **taken).text
    assert page_of(web, "2") == two
    assert web.post(client, page, SEEN, act="melt").status_code == 400
    assert web.post(client, page, SEEN, **{**fields, "b": "nobody"}).status_code == 404


def test_a_list_shows_what_it_changes_is_carried_out_and_undone(web: Web) -> None:
    client, page = web.clients["marketer"], "/extensions/influencer"
    number = page_of(web, "2").rpartition("/")[2]
    assert "Reaches many people" in text_of(web, "/extensions", "read-only")
    shown = web.post(client, "/extension-lists", page, name="influencer", text="1\n2\nnobody@x.nl")
    place = shown.headers["location"]
    text = text_of(web, place, "marketer")
    assert "<dt>Get it</dt><dd>2</dd>" in text
    assert "line 3:" in text
    assert "<code>nobody@x.nl</code>" in text
    assert "<dt>Have it</dt><dd>0</dd>" in text_of(web, page, "marketer")
    other = web.post(client, place, SEEN, act="do", mark="of another day")
    assert (other.status_code, "The data changed meanwhile" in other.text) == (409, True)
    mark = re.search(r'name="mark" value="(\w+)"', text)
    assert mark is not None
    done = web.post(client, place, SEEN, act="do", mark=mark[1])
    assert done.headers["location"] == f"{page}?done=2-0-0"
    assert web.post(client, place, SEEN, act="do").status_code == 404
    text = text_of(web, done.headers["location"], "marketer")
    assert "Done: 2 got it, 0 lost it" in text
    assert "A pasted list" in text
    people = text_of(web, f"{page}/people", "analyst")
    assert "2 customers with “Influencer”" in people
    assert f">Profile {number}</a>" in people
    assert "a pasted list, 15 Dec 2010" in people
    assert web.clients["read-only"].get(f"{page}/people").status_code == 403
    assert "/people" not in text_of(web, page, "read-only")
    shown = web.post(client, "/extension-lists", page, name="influencer", mode="replace", text="1")
    text = text_of(web, shown.headers["location"], "marketer")
    assert "<dt>Lose it</dt><dd>1</dd>" in text
    web.post(client, shown.headers["location"], SEEN, act="discard")
    assert client.get(shown.headers["location"]).status_code == 404
    assert "Influencer: 2 got it, 0 lost it" in text_of(web, "/settings/audit", "admin")
    assert web.post(client, "/extension-lists", page, name="influencer").status_code == 400
    assert web.post(client, "/extension-lists", page, name="king", text="1").status_code == 404
    csv = {"file": ("vips.csv", b"e-mail;x\n2;y\n", "text/csv")}
    token = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert token is not None
    sent = {"csrf": token[1], "name": "influencer", "mode": "remove", "text": ""}
    place = client.post("/extension-lists", data=sent, files=csv).headers["location"]
    assert "<dt>Lose it</dt><dd>1</dd>" in text_of(web, place, "marketer")


def test_who_lacks_a_label_gets_it_and_who_should_not_loses_it_in_one_click(web: Web) -> None:
    client, page = web.clients["marketer"], "/extensions/regular"
    (web.desk.folder / "definitions" / "regular.yaml").write_text(REGULAR)
    customer = page_of(web, "3")
    web.post(web.clients["service"], f"{customer}/extension", SEEN, name="regular", act="give")
    every = text_of(web, "/extensions", "marketer")
    assert "1 customer should have it, and does not; 1 customer has it, and should not" in every
    text = text_of(web, page, "marketer")
    assert "Take it from this customer" in text
    assert "Take it from" not in text_of(web, page, "service")
    assert "Give it to this customer" in text
    done = web.post(client, f"{page}/repair", page, way="take")
    assert done.headers["location"] == f"{page}?done=0-1-0"
    web.post(client, f"{page}/repair", page, way="give")
    assert "should not" not in text_of(web, "/extensions", "marketer")
    assert "Everybody who is expected to carry it does" in text_of(web, page, "marketer")
    assert f'href="{page_of(web, "1")}' in text_of(web, f"{page}/people", "marketer")
    nobody = text_of(web, "/extensions/employee", "marketer")  # the shop's company is not known
    assert "That holds of nobody at this instant" in nobody
    assert web.post(client, f"{page}/repair", page, way="burn").status_code == 404
    assert web.post(client, "/extensions/influencer/repair", page, way="give").status_code == 400


def test_everything_is_handed_over_and_somebody_erased(web: Web) -> None:
    path, client = page_of(web, "3"), web.clients["admin"]
    number = path.rpartition("/")[2]
    web.post(client, f"{path}/note", SEEN, text="to be forgotten")
    held = web.post(client, f"{path}/everything", SEEN, form="json")
    assert held.headers["content-type"] == "application/json"
    assert json.loads(held.text)["notes"][0]["text"] == "to be forgotten"
    page = f"{path}/erase"
    assert "1 order" in client.get(page).text
    assert web.post(client, page, SEEN, typed="yes").status_code == 400
    assert "£10" in text_of(web, path)
    assert "The customer is erased" in web.post(client, page, SEEN, typed=number).text
    assert client.get(path).status_code == 404
    assert not [*(web.desk.folder / "data").glob("exports/*")]
    assert web.desk.users.noted(1)[0].about == f"profile:{number}"
