"""Which data a segment cannot do without: a table of segments, what is there, and what is lacking."""

from __future__ import annotations

import pytest

from stamgast.decide.blueprints import Asked
from stamgast.decide.needs import SALES, wanted, wanting
from stamgast.language.ast import InSegment
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files

OWN = """
version: 1
segments:
  code_or_often:
    label: {en: a, nl: a}
    where:
      any:
        - {did: order, where: {coupon: {present: true}}, at_least: 1}
        - {did: order, at_least: 3}
  no_code: {label: {en: a, nl: a}, where: {not: {segment: coupon_shoppers}}}
  never_sent_back: {label: {en: a, nl: a}, where: {did: refund, exactly: 0}}
  from_utrecht: {label: {en: a, nl: a}, where: {attribute: city, is: Utrecht}}
  codes_of_utrecht: {label: {en: a, nl: a}, where: [{segment: coupon_shoppers}, {segment: from_utrecht}]}
"""
DEFINITIONS = read_definitions(
    [*shipped_files(), SourceFile(name="own.yaml", text=OWN)], settings=LanguageSettings()
)
COUPONS, REFUNDS = Asked(kind="order_coupons"), Asked(kind="refunds")
CITY = Asked(kind="attribute", names=("city",))


@pytest.mark.parametrize(
    ("name", "have", "lacking"),
    [
        ("coupon_shoppers", set(), {COUPONS}),
        ("coupon_shoppers", {COUPONS}, set()),
        ("best_buyers", set(), set()),
        ("one_time_buyers", set(), set()),
        ("high_returners", set(), {REFUNDS}),
        ("sale_shoppers", set(), {SALES}),
        ("sale_shoppers", {SALES}, set()),
        ("bargain_hunters", set(), {Asked(kind="order_discounts")}),
        ("full_price_buyers", set(), {Asked(kind="order_discounts")}),
        ("lapsed_with_consent", set(), {Asked(kind="consent", names=("email",))}),
        ("lost_without_consent", set(), set()),
        ("lost_customers", set(), set()),  # one way of two needs no events
        ("code_or_often", set(), set()),
        ("no_code", set(), set()),
        ("never_sent_back", set(), set()),
        ("codes_of_utrecht", {COUPONS}, {CITY}),
        ("codes_of_utrecht", set(), {COUPONS, CITY}),
    ],
)
def test_what_is_lacking(name: str, have: set[Asked], lacking: set[Asked]) -> None:
    assert wanting(InSegment(name=name), DEFINITIONS, have) == lacking


def test_what_is_wanted_reaches_through_traits_and_segments() -> None:
    assert wanted(InSegment(name="codes_of_utrecht"), DEFINITIONS) == {COUPONS, CITY}
    events = {
        event
        for one in wanted(InSegment(name="cart_abandoners"), DEFINITIONS)
        for event in one.names
    }
    assert {"Checkout Started", "Product Added"} <= events
