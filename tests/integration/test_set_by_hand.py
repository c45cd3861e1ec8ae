"""Attributes said by hand: on record with who said them, held to the sources rule, taken back exactly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from collect_kit import FixedClock
from few_segments import few_segments

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.store import compact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
version: 1
source: {source}
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    identifiers: {{customer_id: number, email: email}}
    attributes: {{first_name: first, last_name: last, city: city, birthday: {{column: born, type: day}}}}
"""
HEAD = "number,email,first,last,city,born\n"
FILES = {
    "web": "C1,a@example.org,Anna,Vries,Amsterdam,1990-01-01\nC2,,Bob,Bos,Breda,\n",
    "crm": "C1,,Anna,Vries,Zwolle,1991-01-01\n",
}
OWN = """
version: 1
attributes:
  birthday: {type: day, sources: [crm, hand]}
segments:
  utrecht: {label: {en: U, nl: U}, where: [{attribute: city, is: Utrecht}]}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("by_hand")
    Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
    few_segments(folder / "shop")
    (folder / "shop" / "definitions" / "own.yaml").write_text(OWN)
    clock = FixedClock(parse_instant("2026-02-01T00:00:00Z"))
    with Shop.open(folder / "shop", clock=clock) as made:
        for source, rows in FILES.items():
            (folder / f"{source}.yaml").write_text(MAPPING.format(source=source))
            (folder / f"{source}.csv").write_text(HEAD + rows)
            made.ingest(folder / f"{source}.csv", mapping=str(folder / f"{source}.yaml"))
        yield made


def on(shop: Shop, day: str) -> None:
    shop._core.clock.at = parse_instant(f"{day}T00:00:00Z")  # type: ignore[attr-defined] # the fixed one


def held(shop: Shop, who: str, name: str, as_of: str) -> str | None:
    return {
        one.attribute: one.value for one in shop.customers.claims(who, as_of=as_of) if one.holds
    }.get(name)


_COLUMNS = {
    "attribute": '(identity_id, name, value, "at", source)',
    "first_seen": "(identity_id, first_at)",
    "lookup": "(identity_id, kind, term)",
}


def everything(shop: Shop) -> Any:  # noqa: ANN401 - rows of any table
    """All that is known of everybody, and how they are found."""
    run = shop._core.reader.db.run
    said = [
        run(f"SELECT DISTINCT CAST({_COLUMNS[one]} AS VARCHAR) FROM lake_{one} ORDER BY 1")
        for one in _COLUMNS
    ]
    claims = [shop.customers.claims(who, as_of="2026-12-01") for who in ("C1", "C2")]
    return said, claims


def test_a_word_by_hand_holds_from_now_and_says_who(shop: Shop) -> None:
    before = everything(shop)
    on(shop, "2026-03-01")
    found = shop.customers.set("Anna Vries", "city", " Utrecht ", by="els")
    [first, *others] = found
    assert (first.value, first.source, first.by, first.holds) == ("Utrecht", "hand", "els", True)
    assert [one.value for one in others] == ["Zwolle", "Amsterdam"]
    assert held(shop, "C1", "city", "2026-02-28") == "Zwolle"
    assert held(shop, "C1", "city", "2026-03-01") == "Utrecht"
    assert shop.segment("utrecht", as_of="2026-03-01").counts()[0].count == 1
    on(shop, "2026-03-02")
    shop.customers.set("C1", "city", None, by="els")
    assert held(shop, "C1", "city", "2026-03-02") is None
    assert shop.customers.show("C1", as_of="2026-03-02").attributes.get("city") is None
    # each is taken back by itself, the latest first, and is out at every instant
    [utrecht, *_] = shop.customers.unset("a@example.org", "city")
    assert (utrecht.value, utrecht.holds) == ("Utrecht", True)
    shop.customers.unset("C1", "city")
    assert everything(shop) == before
    with pytest.raises(UserError) as error:
        shop.customers.unset("C1", "city")
    assert error.value.code == "attribute.not_by_hand"


def test_which_source_goes_before_holds_for_a_hand_too(shop: Shop) -> None:
    on(shop, "2026-03-01")
    found = shop.customers.set("C1", "birthday", "31-12-1992", by="els", always=True)
    assert [(one.source, one.value, one.why) for one in found] == [
        ("crm", "1991-01-01", "source"),
        ("hand", "1992-12-31", "behind"),
        ("web", "1990-01-01", "behind"),
    ]
    found = shop.customers.set("C1", "birthday", "1993-05-05", by="els", source="crm")
    assert (found[0].value, found[0].by, held(shop, "C1", "birthday", "2026-04-01")) == (
        "1993-05-05",
        "els",
        "1993-05-05",
    )
    shop.customers.unset("C1", "birthday")
    shop.customers.unset("C1", "birthday")
    assert [one for one in shop.doctor() if one.code == "attribute.source"] == []


def test_names_are_found_and_forgotten(shop: Shop) -> None:
    shop.customers.set("C2", "last_name", "Quispel", by="els")
    assert [one.profile_id for one in shop.customers.search("quispel")[0]] == [
        shop.customers.find("C2")
    ]
    shop.customers.unset("C2", "last_name")
    assert shop.customers.search("quispel") == ((), 0)


def test_what_is_recorded_follows(shop: Shop, tmp_path: Path) -> None:
    """A stay that a hand's word began is recorded, and gone when the word is taken back."""
    stays = "SELECT segment, entered_at FROM memberships WHERE segment = 'utrecht'"
    on(shop, "2026-05-01")
    shop.refresh(as_of="2026-05-01")
    assert shop.sql(stays).rows() == []
    shop.customers.set("C2", "city", "Utrecht", by="els", at="2026-05-02")
    on(shop, "2026-05-03")
    shop.refresh(as_of="2026-05-03")
    [stay] = shop.sql(stays).rows()
    assert stay["entered_at"].isoformat()[:10] == "2026-05-02"
    # who says a dated word of somebody makes them exist: gone with the word
    assert shop.customers.show("C2", as_of="2026-05-03").exists
    shop.customers.unset("C2", "city")
    assert not shop.customers.show("C2", as_of="2026-05-03").exists
    shop.refresh(as_of="2026-05-03")
    assert shop.sql(stays).rows() == []
    path = tmp_path / "c2.json"
    shop.customers.set("C2", "city", "Ede", by="els")
    shop.privacy.export("C2", path)
    assert "Ede" in path.read_text()
    shop.customers.unset("C2", "city")


def test_a_word_of_before_all_is_taken_back_after_files_were_merged(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Merged files keep of each identifier the first sight alone: that of the word, which goes."""
    on(shop, "2026-06-01")
    shop.customers.set("C2", "city", "Utrecht", by="els", at="2026-05-20")
    seen = "SELECT first_seen_at FROM profiles WHERE identifier = 'C2'"
    first = shop.sql(seen).rows()
    shop.customers.set("C2", "city", "Ede", by="els", at="2019-01-01")
    monkeypatch.setattr(compact, "MANY_FILES", 1)
    shop.customers.set("C1", "city", "Utrecht", by="els")  # the commit after which files are merged
    shop.customers.unset("C1", "city")
    shop.customers.unset("C2", "city")
    assert shop.sql(seen).rows() == first
    assert shop.customers.show("C2", as_of="2026-06-01").exists
    shop.customers.unset("C2", "city")
    assert not shop.customers.show("C2", as_of="2026-06-01").exists


def run(shop: Shop, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(root, ["--shop", str(shop._core.folder), *words])
    return result.exit_code, result.output


def test_the_commands(shop: Shop) -> None:
    code, told = run(shop, "--lang", "nl", "customer", "set", "C1", "city", "Goes", "--by", "els")
    assert code == 0
    assert "hand, els (klantnummer" in told or "hand, els (customer_id:C1)" in told
    code, told = run(
        shop,
        "--lang",
        "nl",
        "customer",
        "set",
        "C1",
        "birthday",
        "1-2-1990",
        "--always",
        "--by",
        "els",
    )
    assert "Let op: dit geldt niet, een bron die voorgaat" in told
    code, told = run(shop, "customer", "show", "C1", "--provenance", "--json")
    goes = [one for one in json.loads(told)["provenance"] if one["value"] == "Goes"]
    assert [(one["by"], one["holds"]) for one in goes] == [("els", True)]
    for name in ("city", "birthday"):
        code, told = run(shop, "customer", "unset", "C1", name)
        assert (code, "els" in told) == (0, False)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("C1 plaats Ede", 1, "de naam is `city`"),
        ("C1 citty Ede", 1, "bedoel je `city`?"),
        ("C1 email x@example.org", 1, "het is een identificatie"),
        ("C1 birthday gisteren", 1, "schrijf het als 2026-05-31"),
        ("C1 city", 2, "Geef óf een VALUE, óf --empty"),
        ("C1 city Ede --at 2026-01-01 --always", 2, "Geef óf --at, óf --always"),
        ("C9 city Ede", 1, "niemand is bekend als 'C9'"),
    ],
)
def test_what_is_refused(shop: Shop, words: str, code: int, says: str) -> None:
    before = shop._core.store.version()
    found, told = run(shop, "--lang", "nl", "customer", "set", *words.split())
    assert (found, says in told) == (code, True), told
    assert shop._core.store.version() == before


def test_names_will_do_wherever_somebody_is_meant(shop: Shop) -> None:
    """Labels and consents take what `customer show` takes; the word is kept under the strongest identifier."""
    on(shop, "2026-07-01")
    [word] = shop.consents.set("Anna Vries", "marketing", "email", "granted", by="els")
    assert (word.address, shop.consents.show("anna vries")) == ("a@example.org", (word,))
    found = shop.extensions.set("influencer", "anna vries", by="els")
    assert [one.identifier for one in found.history] == ["customer_id:C1"]
    assert [one.name for one, _ in shop.extensions.show("Vries").carried] == ["influencer"]
    code, told = run(shop, "--lang", "nl", "extension", "show", "niemand zo genaamd")
    assert (code, "een postcode met huisnummer, of een naam" in told) == (1, True)
