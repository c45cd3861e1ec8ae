"""Values of one customer as people say them."""

from __future__ import annotations

from datetime import date

import pytest

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.report.formats import Formats
from stamgast.report.spoken import (
    attribute_words,
    attributes_in_order,
    event_words,
    says_nothing,
    trait_words,
    traits_in_order,
)
from stamgast.retail import shipped_files

DEFINITIONS = read_definitions(shipped_files(), settings=LanguageSettings())
NL = Formats(language="nl", zone="Europe/Amsterdam", currency="EUR")
EN = Formats(language="en", zone="Europe/Amsterdam", currency="EUR")


@pytest.mark.parametrize(
    ("trait", "value", "nl", "en"),
    [
        ("first_season", "christmas 2009", "Kerst 2009", "Christmas 2009"),
        ("first_season", "market_days 2009", "market_days 2009", "market_days 2009"),
        ("usual_days", "11-25", "25 november", "25 November"),
        ("usual_days", "02-29 10-06", "29 februari, 6 oktober", "29 February, 6 October"),
        ("buying_phase", "resting", "in rust", "resting"),
        ("return_share", 0.43, "43%", "43%"),
        ("net_revenue", 261_195, "€\N{NO-BREAK SPACE}2.611,95", "€2,611.95"),
    ],
)
def test_values_of_traits(trait: str, value: str | float, nl: str, en: str) -> None:
    known = DEFINITIONS.traits[trait]
    assert trait_words(known, value, DEFINITIONS, NL, 0) == nl
    assert trait_words(known, value, DEFINITIONS, EN, 0) == en


def test_values_of_attributes() -> None:
    assert attribute_words("gender", "F", DEFINITIONS, NL) == "vrouw"
    assert attribute_words("gender", "m", DEFINITIONS, EN) == "man"
    assert attribute_words("gender", "?", DEFINITIONS, NL) == "?"
    assert attribute_words("birthday", date(1990, 5, 1), DEFINITIONS, NL) == "1 mei 1990"
    assert attribute_words("shoe_size", "43", DEFINITIONS, NL) == "43"
    names = {"city": "x", "shoe_size": "43", "first_name": "x", "alias": "x"}
    assert attributes_in_order(names, DEFINITIONS) == ["first_name", "city", "alias", "shoe_size"]


def test_events() -> None:
    assert event_words("Checkout Started", "nl") == "Met afrekenen begonnen"
    assert event_words("Checkout Started", "en") == "Checkout started"
    assert event_words("title", "nl") == "title"


def test_what_one_looks_at_first_stands_first() -> None:
    names = [one.name for one in traits_in_order(DEFINITIONS)]
    assert names[:3] == ["orders", "net_revenue", "average_order"]
    # the same for everybody: of the shop, not of a customer
    assert set(DEFINITIONS.traits) - set(names) == {
        "shop_discount_share",
        "bargain_line",
        "full_price_line",
    } | {name for name in DEFINITIONS.traits if name.startswith("shop_")}
    assert len(names) == len(set(names))


def test_a_zero_is_not_worth_a_line() -> None:
    assert [one for one in (None, 0, 0.0, False, "", "0", 1, date(2000, 1, 1)) if says_nothing(one)] == [
        None, 0, 0.0,
    ]  # fmt: skip
