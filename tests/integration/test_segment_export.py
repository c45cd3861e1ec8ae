"""A segment to a file for a channel: who goes out and who does not, counted by hand; they add up."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.report.words import catalogue

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    file: "customers*"
    fields: {at: at}
    identifiers: {customer_id: nr, email: mail, phone: phone}
    attributes: {first_name: first, infix: infix, last_name: last, language: lang, street: street, house_number: house, postcode: zip, city: city, country: land}
    consents:
      - {purpose: marketing, channel: email, state: mail_ok, at: at}
      - {purpose: marketing, channel: post, state: post_ok, at: at}
      - {purpose: marketing, channel: phone, state: phone_ok, at: at}
      - {purpose: marketing, channel: ads, state: ads_ok, at: at}
  - kind: orders
    file: "orders*"
    fields: {order: number, ordered_at: at, total: total}
    identifiers: {customer_id: nr}
  - kind: events
    file: "events*"
    fields: {event: event, at: at}
    identifiers: {customer_id: nr}
  - kind: extensions
    file: "labels*"
    fields: {extension: name, at: at}
    identifiers: {customer_id: nr}
"""
CUSTOMERS = """nr,mail,phone,first,infix,last,lang,street,house,zip,city,land,at,mail_ok,post_ok,phone_ok,ads_ok
1,Anna@Example.org,0612345671,Anna,van der,Berg,nl,Laan,1,1234 AB,Ede,NL,2026-01-01,granted,granted,granted,granted
2,bas@example.org,,Bas,,Hart,nl,,,,,,2026-01-01,soft_opt_in,granted,,
3,cor@example.org,,Cor,,Wit,nl,,,,,,2026-01-01,soft_opt_in,,,
4,dora@example.org,,Dora,,Bos,en,,,,,,2026-01-01,withdrawn,,,
5,eva@example.org,,Eva,,Mol,en,,,,,,2026-01-01,,,,
6,,0612345676,Finn,,Vos,en,,,,,,2026-01-01,granted,,granted,
7,gijs@example.org,,Gijs,,Kok,nl,,,,,,2026-01-01,granted,,,
8,hans@example.org,,Hans,,Pot,nl,,,,,,2026-01-01,granted,,,
9,iris@example.org,,Iris,,Kan,nl,,,,,,2026-01-01,granted,,,
10,joke@example.org,,Joke,,Vat,nl,,,,,,2026-01-01,granted,,,
11,kees@example.org,,Kees,,Mok,nl,,,,,,2026-01-01,granted,,,
"""
ORDERS = "number,at,total,nr\n" + "".join(
    f"{nr},2026-01-02,10,{nr}\n" for nr in (1, 2, 4, 5, 6, 7, 8, 9, 10)
)
EVENTS = """event,at,nr
Email Bounced,2026-01-05,9
Unsubscribed,2026-01-05,10
"""
LABELS = """nr,name,at
7,employee,2026-01-03
8,do_not_contact,2026-01-03
11,fan,2026-01-03
"""
OWN = """
version: 1
extensions:
  fan: {label: {en: Fan, nl: Fan}, treatment: {include_in: [buyers]}}
segments:
  buyers:
    label: {en: Buyers, nl: Kopers}
    where: {any: [{did: order, at_least: 1}, {attribute: first_name, is: Cor}]}
  berg: {label: {en: Berg, nl: Berg}, where: [{attribute: last_name, is: Berg}]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export")
    Shop.create(path / "shop", zone="UTC", currency="EUR", country="NL").close()
    (path / "map.yaml").write_text(MAPPING)
    (path / "shop" / "definitions" / "own.yaml").write_text(OWN)
    texts = {"customers": CUSTOMERS, "orders": ORDERS, "events": EVENTS, "labels": LABELS}
    for name, text in texts.items():
        (path / f"{name}.csv").write_text(text)
    with Shop.open(path / "shop") as shop:
        files = [path / f"{name}.csv" for name in texts]
        shop.ingest(*files, mapping=str(path / "map.yaml"))
    return path


def call(folder: Path, *words: str) -> Result:
    command = ["--shop", str(folder / "shop"), "segment", *words]
    result = CliRunner().invoke(root, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def export(folder: Path, *words: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    file = folder / "out.csv"
    found = json.loads(
        call(
            folder, "export", "buyers", "--to", str(file), "--as-of", "2026-02-01", "--json", *words
        ).stdout
    )
    assert found["members"] + sum(found["taken_in"].values()) == found["sent"] + sum(
        found["left_out"].values()
    )
    assert sum(found["sent_by"].values()) == found["sent"]
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == found["sent"]
    return found, rows


def test_by_email(folder: Path) -> None:
    found, rows = export(folder, "--for", "email")
    assert (found["members"], found["taken_in"]) == (10, {"fan": 1})
    assert found["sent_by"] == {"granted": 2, "soft_opt_in": 1}
    assert found["left_out"] == {
        "suppressed": 2,
        "no_customer": 1,
        "withdrawn": 1,
        "no_consent": 1,
        "no_address": 1,
        "excluded:employee": 1,
        "do_not_contact": 1,
    }
    assert [row["email"] for row in rows] == [
        "anna@example.org",
        "bas@example.org",
        "kees@example.org",
    ]
    first = {name: rows[0][name] for name in ("first_name", "infix", "last_name", "language")}
    assert first == {
        "first_name": "Anna",
        "infix": "van der",
        "last_name": "Berg",
        "language": "nl",
    }
    assert rows[0]["customer_id"] == "1"


def test_without_a_segment_and_other_products(folder: Path) -> None:
    found, rows = export(folder, "--for", "email", "--without", "berg", "--other-products")
    assert [row["email"] for row in rows] == ["kees@example.org"]
    assert (found["left_out"]["without:berg"], found["left_out"]["other_products"]) == (1, 1)


def test_by_post_and_phone(folder: Path) -> None:
    found, rows = export(folder, "--for", "post")
    assert [(row["street"], row["house_number"], row["postcode"]) for row in rows] == [
        ("Laan", "1", "1234 AB")
    ]
    assert found["left_out"]["no_address"] == 8
    _, rows = export(folder, "--for", "phone")
    assert [row["phone"] for row in rows] == ["+31612345671", "+31612345676"]


def test_for_ads(folder: Path) -> None:
    _, rows = export(folder, "--for", "ads")
    assert rows == [
        {
            "Email": hashlib.sha256(b"anna@example.org").hexdigest(),
            "Phone": hashlib.sha256(b"+31612345671").hexdigest(),
            "First Name": hashlib.sha256(b"anna").hexdigest(),
            "Last Name": hashlib.sha256(b"van der berg").hexdigest(),
            "Country": "NL",
            "Zip": "1234 AB",
        }
    ]
    _, rows = export(folder, "--for", "ads", "--platform", "meta")
    assert rows[0]["phone"] == hashlib.sha256(b"31612345671").hexdigest()


def test_for_another_purpose_nobody_agreed(folder: Path) -> None:
    found, rows = export(folder, "--for", "email", "--purpose", "service")
    assert rows == []
    # a bounce holds whatever the purpose; unsubscribing is from marketing, a label from campaigns
    assert found["left_out"] == {
        "no_consent": 8,
        "no_address": 1,
        "do_not_contact": 1,
        "suppressed": 1,
    }


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_it_is_told_in_words(folder: Path, lang: str) -> None:
    words = {key: texts[lang] for key, texts in catalogue().items()}
    text = call(
        folder, "export", "buyers", "--for", "email", "--to", str(folder / "x.csv"), "--lang", lang
    ).stdout
    for code in ("suppressed", "withdrawn", "no_consent", "do_not_contact", "soft_opt_in"):
        assert words[f"gate.{code}"] in text
    listed = call(folder, "members", "buyers", "--format", "csv", "--lang", lang)
    assert listed.stderr.startswith(words["gate.internal"].partition("`")[0])
    assert listed.stdout.startswith("profile_id,")


def test_consents_by_hand_go_first(folder: Path) -> None:
    def consent(*words: str) -> Result:
        command = ["--shop", str(folder / "shop"), "consent", *words]
        result = CliRunner().invoke(root, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    before, _ = export(folder, "--for", "email")
    said = json.loads(
        consent(
            "set",
            "5",
            "marketing",
            "email",
            "granted",
            "--by",
            "els",
            "--obtained",
            "call",
            "--json",
        ).stdout
    )["consents"]
    assert (said[0]["address"], said[0]["source"], said[0]["stands"]) == (
        "eva@example.org",
        "hand:els",
        True,
    )
    after, _ = export(folder, "--for", "email")
    assert after["sent"] == before["sent"] + 1
    consent("set", "5", "marketing", "email", "withdrawn", "--by", "els")
    shown = json.loads(consent("show", "eva@example.org", "--json").stdout)["consents"]
    assert [(one["state"], one["stands"]) for one in shown] == [
        ("withdrawn", True),
        ("granted", False),
    ]
    lines = json.loads(consent("list", "--json").stdout)["consents"]
    mail = next(one for one in lines if one["channel"] == "email")
    assert (mail["granted"], mail["soft_opt_in"], mail["withdrawn"]) == (7, 2, 2)
    assert "Toestemmingen" in consent("list", "--lang", "nl").stdout
    assert "ingetrokken" in consent("show", "5", "--lang", "nl").stdout


NEWS = """
version: 1
extensions:
  do_not_contact: {label: {en: Leave alone, nl: Met rust laten}}
consents:
  newsletter: {label: {en: Newsletter, nl: Nieuwsbrief}}
segments:
  everybody: {label: {en: All, nl: Allen}, where: {attribute: city, present: true}}
"""
NEWS_MAP = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    file: "people*"
    fields: {at: at}
    identifiers: {customer_id: nr, email: mail}
    attributes: {first_name: first, city: city}
    consents: [{purpose: newsletter, channel: email, state: ok, at: at}]
  - kind: extensions
    file: "labels*"
    fields: {extension: name, at: at}
    identifiers: {customer_id: nr}
  - kind: events
    file: "events*"
    fields: {event: event, at: at}
    identifiers: {customer_id: nr, email: mail}
  - kind: events
    file: "bounces*"
    fields: {event: event, at: at}
    identifiers: {email: mail}
"""
NEWS_FILES = {
    "people": """nr,mail,first,city,at,ok
1,one@example.org,=1+1,Ede,2026-01-01,granted
2,two@example.org,Bo,Ede,2026-01-01,granted
3,three@example.org,Cas,Ede,2026-01-01,granted
4,four@example.org,Dirk,Ede,2026-01-01,granted
4,fourth@example.org,Dirk,Ede,2026-01-01,granted
""",
    "labels": "nr,name,at\n2,do_not_contact,2026-01-02\n",
    "events": "nr,mail,event,at\n3,,Unsubscribed,2026-01-05\n",
    "bounces": "mail,event,at\nfour@example.org,Email Bounced,2026-01-05\n",
}


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("news")
    Shop.create(path / "shop", zone="UTC", currency="EUR", country="NL").close()
    (path / "map.yaml").write_text(NEWS_MAP)
    (path / "shop" / "definitions" / "own.yaml").write_text(NEWS)
    for name, text in NEWS_FILES.items():
        (path / f"{name}.csv").write_text(text)
    with Shop.open(path / "shop") as shop:
        shop.ingest(*(path / f"{name}.csv" for name in NEWS_FILES), mapping=str(path / "map.yaml"))
    return path


def newsletter(news: Path) -> tuple[dict[str, Any], list[dict[str, str]]]:
    file = news / "out.csv"
    asked = ["export", "everybody", "--for", "email", "--purpose", "newsletter"]
    found = json.loads(call(news, *asked, "--to", str(file), "--json").stdout)
    with file.open(encoding="utf-8", newline="") as lines:
        return found, list(csv.DictReader(lines))


def test_an_own_word_for_do_not_contact_stays_a_no(news: Path) -> None:
    """2 wants no contact, 3 unsubscribed, and of 4 only the address that bounced is out of use."""
    found, rows = newsletter(news)
    assert found["left_out"] == {"do_not_contact": 1, "suppressed": 1}
    assert [row["email"] for row in rows] == ["one@example.org", "fourth@example.org"]


def test_a_name_is_no_formula_in_the_spreadsheet(news: Path) -> None:
    _, rows = newsletter(news)
    assert [row["first_name"] for row in rows] == ["'=1+1", "Dirk"]


def test_the_file_is_for_its_owner(news: Path) -> None:
    newsletter(news)
    assert (news / "out.csv").stat().st_mode & 0o077 == 0


def test_every_decision_is_on_record(news: Path) -> None:
    found, _ = newsletter(news)
    made = json.loads(call(news, "exports", "--json").stdout)["exports"]
    assert made[0]["export"] == found["export"]
    assert (made[0]["members"], made[0]["sent"]) == (4, 2)
    with sqlite3.connect(news / "shop" / "data" / "stamgast.sqlite") as store:
        asked = "SELECT yes, reason FROM decision WHERE export = ? ORDER BY profile"
        rows = store.execute(asked, [found["export"]]).fetchall()
    assert rows == [(1, "granted"), (0, "do_not_contact"), (0, "suppressed"), (1, "granted")]
    with Shop.open(news / "shop") as shop:
        told = shop.privacy.everything("2")["exports"]
        assert {(one["sent"], one["reason"]) for one in told} == {(False, "do_not_contact")}
        assert shop.privacy.everything("1")["exports"][-1]["sent"] is True
    for lang in ("en", "nl"):
        text = call(news, "exports", "--lang", lang).stdout
        assert catalogue()["gate.head_purpose"][lang] in text


def test_who_is_erased_is_in_no_decision(news: Path, tmp_path: Path) -> None:
    newsletter(news)
    shutil.copytree(news / "shop", tmp_path / "shop")
    with Shop.open(tmp_path / "shop") as shop:
        shop.privacy.erase("2", by="els", confirmed=True)
    with sqlite3.connect(tmp_path / "shop" / "data" / "stamgast.sqlite") as store:
        left = store.execute("SELECT DISTINCT reason FROM decision ORDER BY 1").fetchall()
    assert left == [("granted",), ("suppressed",)]
