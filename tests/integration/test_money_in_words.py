"""Shops whose money has no decimals, or three: read, compared, told and given out in their own.

The expected amounts are those of the file, added up by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.errors import InvalidDefinitions

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = "2026-03-01"
ORDERS = """
version: 1
source: shop
zone: UTC
currency: {currency}
country: NL
rows:
  - kind: orders
    fields: {{order: nr, ordered_at: at, total: total}}
    identifiers: {{customer_id: who}}
"""
DEFINITIONS = """
version: 1
parameters: {{big: {limit}}}
extensions:
  credit: {{label: {{en: Credit, nl: Tegoed}}, type: money}}
traits:
  spent: {{sum: total, of: order, label: {{en: Spent, nl: Besteed}}}}
  each: {{mean: total, of: order, label: {{en: Per order, nl: Per bestelling}}}}
  per_order: {{formula: spent / orders_made, label: {{en: A piece, nl: Per stuk}}}}
  orders_made: {{count: order, label: {{en: Made, nl: Gedaan}}}}
  with_more: {{formula: spent + {more}, label: {{en: With more, nl: Met meer}}}}
  whole_of_it: {{formula: whole(spent), label: {{en: Whole, nl: Heel}}}}
  part: {{formula: spent / 1000, label: {{en: Part, nl: Deel}}}}
segments:
  big_spenders: {{label: {{en: Big, nl: Groot}}, where: [{{trait: spent, gte: $big}}]}}
  more_than: {{label: {{en: More, nl: Meer}}, where: [{{trait: spent, gt: {limit}}}]}}
  credited: {{label: {{en: Credited, nl: Tegoed}}, where: [{{extension: credit, gte: {limit}}}]}}
  round: {{label: {{en: Round, nl: Rond}}, where: [{{trait: spent, gt: 100.00}}]}}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A currency, orders of the customers a and b, a limit, and what is said of a."""

    currency: str
    a: tuple[str, str]
    b: str
    limit: str
    more: str
    spent: str
    each: float
    whole: int
    with_more_minor: int
    sentences: dict[str, str]


CASES = [
    Case(
        currency="JPY",
        a=("1200", "35"),
        b="1234",
        limit="1235",
        more="5",
        spent="1235",
        each=617.5,
        whole=1235,
        with_more_minor=1240,
        sentences={"en": "JPY 1,235", "nl": "JPY 1.235"},
    ),
    Case(
        currency="KWD",
        a=("1200.005", "35.120"),
        b="1235.124",
        limit="1235.125",
        more="0.005",
        spent="1235.125",
        each=617.5625,
        whole=1235,
        with_more_minor=1_235_130,
        sentences={"en": "KWD 1,235.125", "nl": "KWD 1.235,125"},
    ),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.currency)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Case, Path]:
    case: Case = request.param
    path = tmp_path_factory.mktemp(case.currency)
    folder = path / "shop"
    Shop.create(folder, zone="UTC", currency=case.currency, country="NL").close()
    (path / "map.yaml").write_text(ORDERS.format(currency=case.currency))
    own = DEFINITIONS.format(limit=case.limit, more=case.more)
    (folder / "definitions" / "own.yaml").write_text(own)
    rows = [("1", case.a[0], "a"), ("2", case.a[1], "a"), ("3", case.b, "b")]
    lines = [f"{nr},2026-01-0{nr},{total},{who}" for nr, total, who in rows]
    (path / "orders.csv").write_text("\n".join(["nr,at,total,who", *lines]))
    with Shop.open(folder) as shop:
        shop.ingest(path / "orders.csv", mapping=str(path / "map.yaml"))
    return case, folder


def call(folder: Path, *words: str) -> str:
    result = CliRunner().invoke(root, ["--shop", str(folder), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_limit_is_exact(told: tuple[Case, Path]) -> None:
    _, folder = told
    counts = {
        name: json.loads(call(folder, "segment", "count", name, "--as-of", AS_OF, "--json"))
        for name in ("big_spenders", "more_than", "round")
    }
    assert {name: found["count"] for name, found in counts.items()} == {
        "big_spenders": 1,  # a reaches the limit to the smallest coin, b misses it by one
        "more_than": 0,
        "round": 2,
    }


def test_traits_are_in_the_currencys_units(told: tuple[Case, Path]) -> None:
    case, folder = told

    def value(shop: Shop, name: str) -> Any:  # noqa: ANN401 - a value of any type
        values = shop.trait(name, as_of=AS_OF).pl()["value"].to_list()
        return min(values) if name == "spent" else max(values)

    with Shop.open(folder) as shop:
        means = shop.trait("each", as_of=AS_OF).pl()["value"].to_list()
        assert case.each in means  # a's; b has one order
        assert case.each in shop.trait("per_order", as_of=AS_OF).pl()["value"].to_list()
        assert value(shop, "with_more") == case.with_more_minor
        assert value(shop, "whole_of_it") == case.whole
        assert value(shop, "part") == float(Fraction(case.spent) / 1000)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_sentences_and_json(told: tuple[Case, Path], language: str) -> None:
    case, folder = told
    words = ("segment", "explain", "big_spenders", "a", "--as-of", AS_OF)
    found = json.loads(call(folder, "--lang", language, *words, "--json"))
    said = case.sentences[language]
    texts: list[str] = [found["condition"]["text"]]
    assert said in texts[0], texts
    assert found["condition"]["value"] == case.spent
    assert found["condition"]["compared"] == [case.spent]
    text = call(folder, "--lang", language, *words)
    assert text.replace("\N{NO-BREAK SPACE}", " ").count(said) >= 2, (
        text
    )  # the limit, and a's value


def test_a_value_by_hand(told: tuple[Case, Path]) -> None:
    case, folder = told
    call(folder, "extension", "set", "credit", "b", case.limit, "--by", "me")
    found = json.loads(call(folder, "segment", "count", "credited", "--json"))
    assert found["count"] == 1
    with Shop.open(folder) as shop:
        shop.extensions.unset("credit", "b", by="me")


def test_more_decimals_than_the_currency_has_are_an_error(told: tuple[Case, Path]) -> None:
    case, folder = told
    fine = case.limit + ("01" if "." in case.limit else ".5")
    extra = folder / "definitions" / "extra.yaml"
    extra.write_text(
        f"version: 1\nsegments:\n  fine: {{label: x, where: [{{trait: spent, gt: {fine}}}]}}\n"
    )
    try:
        with pytest.raises(InvalidDefinitions) as error, Shop.open(folder) as shop:
            shop.segment("fine")
        assert f"`{fine}` has too many decimals for money in {case.currency}" in str(error.value)
    finally:
        extra.unlink()
