"""Where what is known comes from, and the page of a customer; against plain SQL over what was imported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Iterator

MAPPING = """
version: 1
source: {source}
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    identifiers: {{customer_id: number, email: email}}
    fields: {{at: since}}
    attributes: {{first_name: first, infix: infix, last_name: last, city: city, postcode: postcode}}
"""
HEAD = "number,email,since,first,infix,last,city,postcode\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("claims")
    made = Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL")
    files = {
        "till": "C1,,2025-01-01,Anna,de,Vries,Amsterdam,1012AB\nC2,,2025-01-01,Bob,,Bos,Breda,\n",
        "web": "C1,a@example.org,2025-06-01,Anna,de,Vries,Utrecht,1012AB\n",
        "crm": ",a@example.org,2025-03-01,,,,Zwolle,\n",
    }
    for source, rows in files.items():
        (folder / f"{source}.yaml").write_text(MAPPING.format(source=source))
        (folder / f"{source}.csv").write_text(HEAD + rows)
        made.ingest(folder / f"{source}.csv", mapping=str(folder / f"{source}.yaml"))
    with made:
        yield made


def cities(shop: Shop, who: str, as_of: str) -> list[tuple[str, str | None, str]]:
    found = shop.customers.claims(who, as_of=as_of)
    return [(one.source, one.value, one.why) for one in found if one.attribute == "city"]


def test_every_claim_is_listed_and_the_latest_holds(shop: Shop) -> None:
    web, crm, till = ("web", "Utrecht"), ("crm", "Zwolle"), ("till", "Amsterdam")
    assert cities(shop, "C1", "2026-01-01") == [
        (*web, "latest"),
        (*crm, "earlier"),
        (*till, "earlier"),
    ]
    assert cities(shop, "C1", "2025-04-01") == [
        (*web, "later"),
        (*crm, "latest"),
        (*till, "earlier"),
    ]
    assert cities(shop, "C2", "2026-01-01") == [("till", "Breda", "only")]
    postcode = [one for one in shop.customers.claims("C1") if one.attribute == "postcode"]
    assert [one.why for one in postcode] == ["same", "earlier"]


@pytest.mark.parametrize("as_of", ["2024-12-31", "2025-02-01", "2025-04-01", "2026-01-01"])
def test_what_holds_is_what_definitions_and_the_page_use(shop: Shop, as_of: str) -> None:
    for who in ("C1", "C2"):
        held = {c.attribute: c.value for c in shop.customers.claims(who, as_of=as_of) if c.holds}
        assert held == dict(shop.customers.show(who, as_of=as_of).attributes)


def test_claims_follow_persons_through_merge_and_unmerge(shop: Shop) -> None:
    before = (shop.customers.claims("C1"), shop.customers.claims("C2"))
    shop.identity.merge("C1", "C2", by="test")
    together = shop.customers.claims("C1")
    assert len(together) == len(before[0]) + len(before[1])
    assert {one.identifier for one in together} >= {"customer_id:C1", "customer_id:C2"}
    shop.identity.unmerge("C1", "C2", by="test")
    assert (shop.customers.claims("C1"), shop.customers.claims("C2")) == before


def test_the_page_is_one_screen_and_says_where_things_come_from(shop: Shop) -> None:
    def run(*options: str) -> str:
        asked = ["--shop", str(shop._core.folder), "customer", "show", "C1", *options]
        result = CliRunner().invoke(root, asked)
        assert result.exit_code == 0, result.output
        return result.output

    page = run("--lang", "nl", "--as-of", "2026-01-01")
    assert page.startswith("Anna de Vries, klantnummer C1, op 1 januari 2026")
    assert "1012AB Utrecht" in page
    assert len(page.splitlines()) <= 24
    full = run("--all", "--as-of", "2026-01-01")
    assert "Utrecht  [web]" in full
    told = json.loads(run("--json", "--provenance", "--as-of", "2026-01-01"))["provenance"]
    assert [one["source"] for one in told if one["attribute"] == "city"] == ["web", "crm", "till"]
    table = run("--provenance", "--lang", "nl", "--as-of", "2026-01-01")
    assert "nee, een latere geldt" in table
