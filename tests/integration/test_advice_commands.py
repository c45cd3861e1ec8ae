"""Advice and blueprints on a small shop, by the command line: what is held is counted by hand."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from click.testing import CliRunner

from stamgast.app import holdings
from stamgast.app.shop import Shop
from stamgast.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_OF = "2026-02-20"
CUSTOMERS = """\
nr,mail,first,infix,last,sex,born,land
1,anna@example.org,Anna,van der,Berg,v,1990-04-01,NL
2,bas@example.org,Bas,,'t Hart,m,,NL
3,,,,de Wit,,,NL
4,eva@example.org,,,,,,
"""
# number, day, customer, article, category, brand, paid, discount, coupon, store
ORDERS = """\
order,day,customer,article,category,brand,paid,discount,coupon,store
101,2024-05-10 10:00,1,Blauwe kom,Servies,Bunzlau,40.00,0,,
102,2025-05-11 10:00,1,Groene mok,Servies,Bunzlau,12.00,3.00,LENTE,
102,2025-05-11 10:00,1,Theedoek,Textiel,DDDDD,8.00,0,LENTE,
103,2025-12-01 10:00,1,Vaas,Servies,Serax,60.00,0,,Utrecht
104,2026-02-10 10:00,2,KLEINE THEEPOT,Servies,,25.00,0,,
105,2023-01-01 10:00,3,Kan,,,10.00,0,,
"""
# minutes after noon keep them in order
EVENTS = """\
event,at,mail,item,category,query,reason
Product Viewed,2026-02-18 12:01,anna@example.org,Wijnglas,Glas,,
Product Added,2026-02-18 12:02,anna@example.org,Wijnglas,Glas,,
Product Added,2026-02-18 12:03,anna@example.org,Karaf,Glas,,
Product Added,2026-02-18 12:04,anna@example.org,Kurk,Glas,,
Product Removed,2026-02-18 12:05,anna@example.org,Kurk,Glas,,
Products Searched,2026-02-18 12:06,anna@example.org,,,Karaf,
Products Searched,2026-02-19 12:00,anna@example.org,,,karaf,
Product Added,2026-02-09 12:00,bas@example.org,Kleine theepot,Servies,,
Product Viewed,2026-02-19 12:00,eva@example.org,Bord,Servies,,
Return Received,2025-06-01 12:00,anna@example.org,Groene mok,,,too small
"""
REFUNDS = "refund,order,at,amount\nR1,102,2025-06-02 09:00,12.00\n"
MAPPING = """\
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    file: customers*
    identifiers: &who {customer_id: nr, email: mail}
    attributes:
      first_name: first
      infix: infix
      last_name: last
      gender: sex
      birthday: {of: born, type: day}
      country: land
  - kind: order_lines
    file: orders*
    fields:
      order: order
      ordered_at: day
      name: article
      category: category
      brand: brand
      amount: paid
      line_discount: discount
      coupon: coupon
      store: store
    identifiers: {customer_id: customer}
  - kind: refunds
    file: refunds*
    fields: {refund: refund, order: order, at: at, amount: amount}
  - kind: events
    file: events*
    fields: {event: event, at: at}
    identifiers: {email: mail}
    properties: {name: item, category: category, query: query, reason: reason}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("advice")
    files = {"customers": CUSTOMERS, "orders": ORDERS, "events": EVENTS, "refunds": REFUNDS}
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    (path / "web.yaml").write_text(MAPPING, encoding="utf-8")
    with Shop.create(path / "shop", name="Klaver & Zoon", language="nl") as shop:
        shop.ingest(*(path / f"{name}.csv" for name in files), mapping=str(path / "web.yaml"))
    return path / "shop"


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    with Shop.open(folder) as opened:
        yield opened


def told(folder: Path, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(root, ["--shop", str(folder), *arguments])
    assert result.exit_code == code, result.output
    return str(result.stdout)


def asked(folder: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(folder, *arguments, "--json"))
    return found


def test_what_customers_have_which_data(folder: Path) -> None:
    found = asked(folder, "blueprint", "check", "--lang", "en")
    held = {
        (
            one["kind"],
            *one["names"],
            *([one["label"]] if one["kind"] in {"orders", "history"} else []),
        ): one["have"]
        for blueprint in found["blueprints"]
        for one in blueprint["needs"]
    }
    assert held == {
        ("orders", "customers who bought 1 times or more"): 3,
        ("orders", "customers who bought 2 times or more"): 1,
        ("orders", "customers who bought 3 times or more"): 1,
        # 1 January 2023 to 10 February 2026
        ("history", "a history of 365 days"): 1136,
        ("history", "a history of 730 days"): 1136,
        ("identifier", "email"): 3,
        ("identifier", "phone"): 0,
        ("identifier", "loyalty_card"): 0,
        ("attribute", "first_name"): 2,
        ("attribute", "last_name"): 3,
        ("attribute", "country"): 3,
        ("order_lines",): 3,
        ("line_categories",): 2,
        ("line_brands",): 1,
        ("order_coupons",): 1,
        ("order_discounts",): 1,
        ("stores",): 1,
        ("refunds",): 1,
        ("refund_reasons",): 1,
        ("subscriptions",): 0,
        ("events", "Product Viewed"): 2,
        ("events", "Product Viewed", "Product List Viewed", "Products Searched"): 2,
        ("events", "Product Added", "Cart Viewed", "Checkout Started"): 2,
        ("events", "Product Removed"): 1,
        ("events", "Coupon Offered"): 0,
        ("events", "Complaint Opened", "Ticket Opened", "Product Reviewed", "NPS Answered"): 0,
        ("catalogue",): 0,
        ("consent", "email"): 0,
        ("consent", "ads"): 0,
    }  # fmt: skip
    assert found["ready"] == sum(one["ready"] for one in found["blueprints"]) == 0


def test_a_shop_says_how_many_are_enough(folder: Path) -> None:
    own = folder / "definitions" / "blueprints.yaml"
    own.write_text(
        "version: 1\nparameters: {enough_repeaters: 1, enough_customers: 2}\n", encoding="utf-8"
    )
    try:
        found = asked(folder, "blueprint", "check", "returns_reduction", "coupon_weaning")
        assert [one["ready"] for one in found["blueprints"]] == [True, True]
        page = told(folder, "blueprint", "check", "win_back")
        assert page.startswith("Terugwinnen: 1 ontbreekt\n")
        assert re.search(
            r"^is er +1 klant +klanten die 2 keer of vaker kochten$", page, re.MULTILINE
        )
        assert "mappingsoort" in page
    finally:
        own.unlink()


def test_a_message_is_made_of_the_record(folder: Path) -> None:
    found = asked(folder, "advice", "show", "1", "--as-of", AS_OF, "--strategy", "cart_abandoners")
    message = found["message"]
    assert message["subject"] == "Karaf ligt nog in je winkelwagen"
    assert message["body"].startswith(
        "Dag Anna,\n\nJe was er bijna. We houden Karaf en 1 ander product in je winkelwagen voor je vast, "
        "tot en met 27 februari."
    )
    assert message["body"].endswith("de klantenservice van Klaver & Zoon")
    assert "Klaver &amp; Zoon" in message["html"]
    formal = asked(folder, "advice", "show", "1", "--as-of", AS_OF, "--address", "u")
    assert formal["message"]["body"].startswith("Beste mevrouw Van der Berg,")
    assert formal["reason"].startswith("Vanwege: segment ")
    english = asked(folder, "advice", "show", "1", "--as-of", AS_OF, "--lang", "en")
    assert english["reason"].startswith("Because of: segment ")
    assert english["message"]["body"].startswith("Hi Anna,")


def test_people_read_the_advice_and_why(folder: Path) -> None:
    page = told(folder, "advice", "show", "2", "--as-of", AS_OF, "--lang", "en")
    assert page.startswith("Bas, customer since 2026, new buyer.\n\nAdvice: ")
    assert "\nBecause of: segment " in page
    assert re.search(r"^Goal +\w", page, re.MULTILINE)
    assert "    Hi Bas,\n" in page
    assert re.search(r"^new_buyer +stage New buyer +\w", page, re.MULTILINE)


def test_the_golden_sentence(shop: Shop) -> None:
    def said(customer: str, as_of: str = AS_OF) -> str:
        return shop.advice.show(customer, as_of=as_of).sentence("nl")

    assert said("1") == (
        "Anna, 35, klant sinds 2024, verwaterend, zocht deze maand twee keer naar “karaf”, houdt van "
        "Bunzlau en servies."
    )
    assert said("1", as_of="2024-05-20") == "Anna, 34, klant sinds 2024, nieuwe koper."
    assert said("1", as_of="2024-01-01") == "Anna, 33."
    bas = shop.advice.show("2", as_of=AS_OF)
    assert bas.sentence("nl") == "Bas, klant sinds 2026, nieuwe koper."
    assert bas.sentence("en") == "Bas, customer since 2026, new buyer."
    assert said("3") == "Klant sinds 2023, slaper."
    assert said("eva@example.org") == "Prospect."


def test_a_customers_page_says_the_sentence_and_the_advice(folder: Path) -> None:
    page = told(folder, "customer", "show", "2", "--as-of", AS_OF)
    assert "Bas, klant sinds 2026, nieuwe koper.\n" in page
    assert "Advies: " in page
    found = asked(folder, "customer", "show", "1", "--as-of", AS_OF, "--lang", "en")
    assert found["summary"].startswith("Anna, 35, customer since 2024")
    assert found["attributes"]["birthday"] == "1990-04-01"


def test_what_was_bought_left_the_cart(shop: Shop) -> None:
    found = shop.advice.show("2", as_of=AS_OF)
    message = shop.advice.message(found, "nl", strategy="cart_abandoners")
    assert message.subject == "Je winkelwagen staat er nog"
    assert "cart_item" in message.missing
    bought = shop.advice.message(found, "nl", strategy="new_buyer")
    assert bought.subject == "Alles halen uit Kleine theepot"


def test_as_of_a_past_instant(folder: Path, shop: Shop) -> None:
    found = shop.advice.show("1", as_of="2025-05-20")
    message = shop.advice.message(found, "nl", strategy="promising")
    assert "Na 2 bestellingen weten we een beetje wat je mooi vindt: servies." in message.body
    nothing = shop.advice.show("1", as_of="2024-01-01")
    assert nothing.advice.top is None
    assert shop.advice.message(nothing, "nl").body == ""
    assert "Geen advies" in told(folder, "advice", "show", "1", "--as-of", "2024-01-01")


SERVICE_MAP = """
version: 1
source: desk
zone: UTC
currency: EUR
country: NL
rows:
  - kind: events
    file: "service*"
    fields: {event: event, at: at}
    identifiers: {customer_id: nr}
    properties: {ticket_id: ticket, rating: {column: rating, type: decimal}}
"""
SERVICE = """nr,event,at,ticket,rating
2,Complaint Opened,2026-01-03,T1,
2,Problem Resolved,2026-01-09,T1,5
3,Subscription Ended,2023-06-01,,
"""


def test_an_open_problem_goes_before_the_cart(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "shop")
    (tmp_path / "map.yaml").write_text(SERVICE_MAP)
    (tmp_path / "service.csv").write_text(SERVICE)
    with Shop.open(tmp_path / "shop") as shop:
        shop.ingest(tmp_path / "service.csv", mapping=str(tmp_path / "map.yaml"))
        found = shop.advice.show("2", as_of="2026-01-08")
        assert found.advice.chosen[0].strategy.level == "problem"
        assert "open_problem" in {one.strategy.name for one in found.advice.chosen}
        assert "klaagde één keer (nog open)" in found.sentence("nl")
        message = shop.advice.message(found, "nl", strategy="open_problem")
        assert message.subject == "We zijn bezig met je klacht"
        assert "een van ons kijkt naar je klacht." in message.body
        solved = shop.advice.show("2", as_of="2026-01-10")
        assert "open_problem" not in {one.strategy.name for one in solved.advice.chosen}
        assert "klaagde één keer (opgelost)" in solved.sentence("nl")
        before = shop.advice.show("2", as_of="2026-01-02")
        assert "klaagde" not in before.sentence("nl")
        ended = shop.advice.show("3", as_of="2023-06-05")
        assert "open_problem" not in {one.strategy.name for one in ended.advice.chosen}
        assert "had één probleem (nog open)" in ended.sentence("nl")


OWN_EXTENSIONS = """\
version: 1
extensions:
  vulnerable:
    label: {en: Vulnerable, nl: Kwetsbaar}
    rule: {attribute: last_name, is: "'t Hart"}
  regular:
    label: {en: Regular, nl: Stamgast}
    rule: {trait: orders, gte: 3}
"""


def test_extensions_decide_and_are_said(folder: Path) -> None:
    own = folder / "definitions" / "labels.yaml"
    own.write_text(OWN_EXTENSIONS, encoding="utf-8")
    try:
        with Shop.open(folder) as shop:
            bas = shop.advice.show("2", as_of=AS_OF)
            assert bas.advice.chosen[0].strategy.name == "vulnerable"
            assert bas.sentence("nl") == "Bas, klant sinds 2026, nieuwe koper, label Kwetsbaar."
            assert bas.sentence("en") == "Bas, customer since 2026, new buyer, label Vulnerable."
            anna = shop.advice.show("1", as_of=AS_OF)
            assert anna.sentence("nl").endswith("label Stamgast.")
            assert not any(one.yes for one in shop.advice.reach(anna).values())
            earlier = shop.advice.show("1", as_of="2025-05-20")
            assert "Stamgast" not in earlier.sentence("nl")
    finally:
        own.unlink()


def test_a_shops_own_strategy(folder: Path) -> None:
    own = folder / "definitions" / "strategies.yaml"
    own.write_text(
        """\
version: 1
strategies:
  new_buyer:
    title: {nl: Bel even}
    for: {stage: new_buyer}
    goal: {nl: Kennismaken}
    why: {nl: Omdat we klein zijn}
    channels: [phone]
    script: {nl: "Dag[ {name}], bevalt [{last_item}|het] een beetje?"}
    measure: {what: {nl: Gesprekken}, within: 14d}
""",
        encoding="utf-8",
    )
    try:
        page = told(folder, "advice", "show", "2", "--as-of", AS_OF, "--strategy", "new_buyer")
        assert "Advies: Bel even" in page
        assert "Om te zeggen: Dag Bas, bevalt Kleine theepot een beetje?" in page
        assert "Bel even (eigen)" in told(folder, "advice", "list")
        own.write_text(
            "version: 1\nstrategies: {new_buyer: {for: {stage: nieuw}}}\n", encoding="utf-8"
        )
        result = CliRunner().invoke(root, ["--shop", str(folder), "advice", "list"])
        assert result.exit_code == 1
        assert "definitions/strategies.yaml:2: `goal` ontbreekt" in result.output
    finally:
        own.unlink()


def test_names_that_are_not_there(folder: Path) -> None:
    for arguments, hint in (
        (
            ("advice", "show", "1", "--strategy", "loyall"),
            "er is geen strategie 'loyall'\n  bedoel je `loyal`?",
        ),
        (
            ("blueprint", "check", "winback"),
            "er is geen toepassing 'winback'\n  bedoel je `win_back`?",
        ),
    ):
        result = CliRunner().invoke(root, ["--shop", str(folder), *arguments])
        assert result.exit_code == 1
        assert hint in result.output


def test_lists(folder: Path) -> None:
    listed = asked(folder, "advice", "list")["strategies"]
    assert [one["strategy"] for one in listed[:2]] == ["do_not_contact", "vulnerable"]
    assert listed[-1]["level"] == "stage"
    assert "{first_name}" in told(folder, "advice", "fields")
    blueprints = asked(folder, "blueprint", "list")["blueprints"]
    assert [one["blueprint"] for one in blueprints][:2] == ["welcome", "second_purchase"]
    assert "Verlaten winkelwagen" in told(folder, "blueprint", "list")


# profile, address, state, at (None: from always), purpose
SAID = [
    (1, "a", "granted", 1, "marketing"),
    (1, "a", "withdrawn", 2, "marketing"),
    (2, "b", "withdrawn", None, "marketing"),
    (2, "b", "granted", 5, "marketing"),
    (3, "c", "soft_opt_in", None, "marketing"),
    (4, "d", "granted", 1, "service"),
    (5, "e", "granted", 1, "marketing"),
    (5, "f", "withdrawn", 9, "marketing"),
]


def test_who_gave_consent_is_counted_by_the_latest_word_for_each_address() -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE consent (profile_id BIGINT, address VARCHAR, state VARCHAR, "
        '"at" BIGINT, purpose VARCHAR, channel VARCHAR, received_at BIGINT, seq BIGINT)'
    )
    for seq, row in enumerate(SAID):
        connection.execute(
            "INSERT INTO consent VALUES (?, ?, ?, ?, ?, 'email', 100, ?)", [*row, seq]
        )
    for channel, expected in (("email", 3), ("phone", 0)):
        found = connection.execute(holdings.CONSENT, {"names": [channel]}).fetchall()
        assert found == [(expected,)]
    connection.close()
