"""Finding a customer as people at a till do: by number, address or name; checked against plain SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.app.finding import SeveralFoundError
from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
version: 1
source: till
zone: Europe/Amsterdam
currency: EUR
country: NL
rows:
  - kind: customers
    file: customers*
    identifiers: {customer_id: number, email: email}
    fields: {at: since}
    attributes:
      first_name: first
      infix: infix
      last_name: last
      postcode: postcode
      house_number: house
      street: street
      city: city
  - kind: customers
    file: phones*
    identifiers: {customer_id: number, phone: phone}
  - kind: orders
    file: orders*
    fields: {order: order, ordered_at: day, total: amount}
    identifiers: {customer_id: number}
"""
HEAD = "number,email,since,first,infix,last,postcode,house,street,city\n"
CUSTOMERS = (
    HEAD
    + """\
C1,anna@example.org,2025-01-01,Anna,de,Vries,1012AB,12,Damrak,Amsterdam
C2,bob@example.org,2025-01-01,Bob,van der,Berg,1012 ab,12-hs,Damrak,Amsterdam
C3,cor@example.org,2025-01-01,Cor,,Vries,1012 AB,120,Damrak,Amsterdam
C4,dé@example.org,2025-01-01,Désirée,,Müller,3511 XX,,Plein 1944 3a,Utrecht
C5,anna5@example.org,2025-01-01,Anna,,Bakker-Vries,9999ZZ,1,Dijk,Delfzijl
"""
)
ORDERS = "order,day,amount,number\n7001,2025-03-01,10.00,C1\nW-7002,2025-04-01,20.00,C2\n5,2025-05-01,30.00,C1\n"


def make(folder: Path) -> Shop:
    """Five customers, three orders."""
    (folder / "till.yaml").write_text(MAPPING)
    (folder / "customers.csv").write_text(CUSTOMERS)
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "phones.csv").write_text("number,phone\nC2,0612345678\n")
    found = Shop.create(folder / "shop", name="Till")
    for name in ("customers.csv", "orders.csv", "phones.csv"):
        found.ingest(folder / name, mapping=str(folder / "till.yaml"))
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that is only asked."""
    with make(tmp_path_factory.mktemp("till")) as found:
        yield found


def who(shop: Shop, text: str) -> list[str]:
    """The customer numbers that are found, sorted."""
    return sorted(one.customer_id for one in shop.customers.search(text)[0])


FINDS = [
    ("C1", ["C1"]),
    ("anna@example.org", ["C1"]),
    ("7001", ["C1"]),
    ("#7001", ["C1"]),
    ("order:7001", ["C1"]),
    ("w-7002", ["C2"]),
    ("1012AB 12", ["C1", "C2"]),
    ("1012ab12", []),
    ("1012 ab 12-hs", ["C2"]),
    ("1012AB 12 hs", ["C2"]),
    ("1012 AB", ["C1", "C2", "C3"]),
    ("postcode:1012AB 120", ["C3"]),
    ("1012AB 1", []),
    ("3511XX 3A", ["C4"]),
    ("Vries", ["C1", "C3", "C5"]),
    ("anna de vries", ["C1", "C5"]),
    ("Anna de Vries 1012AB", ["C1"]),
    ("van der Berg", ["C2"]),
    ("desiree muller", ["C4"]),
    ("name:Bakker", ["C5"]),
    ("der", []),
    ("nobody", []),
    ("bak", ["C5"]),
    ("anna bak", ["C5"]),
    ("v", []),
    ("Bergg", ["C2"]),
    ("Brg", ["C2"]),
    ("brEg", ["C2"]),
    ("bxrg", ["C2"]),
    ("Muler", ["C4"]),
    ("Anan Vreis", ["C1", "C5"]),
    ("Vrxxs", []),
    ("5678", ["C2"]),
    ("0612345678", ["C2"]),
    ("06-12 34 56 78", ["C2"]),
    ("678", []),
    ("3511", ["C4"]),
    ("anna@exam", ["C1"]),
    ("anna5@example", ["C5"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), FINDS)
def test_who_is_found(shop: Shop, text: str, expected: list[str]) -> None:
    assert who(shop, text) == expected


def test_the_index_and_the_rows_say_the_same(shop: Shop) -> None:
    from stamgast.store.lookup import Lookup  # noqa: PLC0415 - its other half

    reader = shop._core.reader
    kept, read = (Lookup(reader.db, made=made) for made in (True, False))
    words = [("name", "vries"), ("name", "anna"), ("postcode", "1012AB"), ("order", "W7002")]
    for kind, word in words:
        found = kept.profiles(kind, [word])  # type: ignore[arg-type] # one of its kinds
        assert found
        assert found == read.profiles(kind, [word])  # type: ignore[arg-type] # as above


def test_a_number_that_is_an_order_and_a_profile_is_asked_back(shop: Shop) -> None:
    with pytest.raises(SeveralFoundError) as found:
        shop.customers.find("5")
    assert {one.customer_id for one in found.value.matches} == {"C1", who_is(shop, 5)}
    assert shop.customers.find("profile:5") == 5
    assert shop.customers.find("order:5") == shop.customers.find("C1")


def who_is(shop: Shop, profile: int) -> str:
    """The customer number of a profile."""
    (row,) = shop.sql(f"SELECT identifier FROM profiles WHERE profile_id = {profile}").rows()
    return str(row["identifier"])


def test_one_match_shows_and_several_are_listed_without_an_address_to_write_to(
    shop: Shop,
) -> None:
    folder = str(shop._core.folder)
    run = CliRunner().invoke
    one = run(root, ["--shop", folder, "customer", "show", "1012 ab 12-hs", "--json"])
    assert json.loads(one.output)["profile_id"] == shop.customers.find("C2")
    several = run(root, ["--shop", folder, "customer", "show", "vries", "--lang", "nl"])
    assert several.exit_code == 1
    assert "met 'vries' zijn 3 klanten gevonden" in several.output
    assert "Anna de Vries, 1012AB Amsterdam, C1, a•••@example.org" in several.output
    assert "anna@example.org" not in several.output
    listed = run(root, ["--shop", folder, "customer", "find", "vries", "--json"])
    assert json.loads(listed.output)["count"] == 3
    for command in (["timeline", "w-7002"], ["find", "Anna"], ["find", "Zaza"]):
        assert run(root, ["--shop", folder, "customer", *command]).exit_code == 0


def test_merged_erased_and_undone_people_are_found_as_they_are(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.identity.merge("C1", "C4", by="test")
    assert shop.customers.find("muller") == shop.customers.find("C1")
    shop.identity.unmerge("C1", "C4", by="test")
    assert shop.customers.find("muller") == shop.customers.find("C4") != shop.customers.find("C1")

    moved = tmp_path / "customers2.csv"
    moved.write_text(HEAD + "C3,,2026-01-01,Cor,,Vries,2000AA,7,Kade,Haarlem\n")
    batch = shop.ingest(moved, mapping=str(tmp_path / "till.yaml")).batch
    assert (who(shop, "1012AB 120"), who(shop, "2000 aa 7")) == ([], ["C3"])
    shop.imports.undo(batch, confirmed=True, figures=False)
    assert (who(shop, "1012AB 120"), who(shop, "2000 aa 7")) == (["C3"], [])

    shop.privacy.erase("C2", by="test", confirmed=True)
    for text in ("berg", "w-7002", "1012ab 12-hs"):
        with pytest.raises(UserError, match="nobody is known"):
            shop.customers.find(text)
    left = shop._core.reader.db.run("SELECT count(*) FROM lake_lookup WHERE term LIKE '%berg%'")
    assert left == [(0,)]


def test_nobody_is_erased_by_a_name(shop: Shop) -> None:
    with pytest.raises(UserError, match="nobody is known as 'berg'"):
        shop.privacy.erase("berg", by="test")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "order:",
        "name:",
        "postcode:12",
        "profile:abc",
        "12345678901234567890",
        "' OR 1=1 --",
        "%",
        "1012AB 9999999999",
    ],
)
def test_what_is_nobody_is_said_so(shop: Shop, text: str) -> None:
    assert who(shop, text) == []
    with pytest.raises(UserError) as found:
        shop.customers.find(text)
    assert found.value.code == "profile.unknown"


def test_exports_and_erasures_of_nobody_leave_all_as_it_was(shop: Shop, tmp_path: Path) -> None:
    asked = ["--shop", str(shop._core.folder)]
    before = shop._core.store.version()
    for arguments, code in (
        (["export", "nobody", "--to", str(tmp_path / "x.json")], 1),
        (["export", "vries", "--to", str(tmp_path / "x.json")], 1),
        (["export", "C1", "--to", str(tmp_path / "none" / "x.json")], 1),
        (["export", "C1", "--to", str(tmp_path)], 2),
        (["export", "C1"], 2),
        (["erase", "Anna de Vries 1012AB", "--yes"], 1),
        (["erase", "profile:99999999", "--yes"], 1),
        (["erase", "", "--yes"], 1),
    ):
        result = CliRunner().invoke(root, [*asked, *arguments])
        assert result.exit_code == code, (arguments, result.output)
        assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []
    assert shop._core.store.version() == before
