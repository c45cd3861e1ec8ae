"""Values as people of a language write them, by the style guides (nl: genootschap Onze Taal, en: GOV.UK)."""

from __future__ import annotations

import doctest
from datetime import date

import pytest

from stamgast.clock import parse_instant
from stamgast.language import wording
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.types import Type
from stamgast.language.units import unit_of
from stamgast.model.log import DAY_US
from stamgast.report.formats import Formats
from stamgast.retail import shipped_files

EN = Formats(language="en", zone="Europe/London", currency="GBP")
NL = Formats(language="nl", zone="Europe/Amsterdam", currency="EUR")
SPACE = "\N{NO-BREAK SPACE}"
NOW = parse_instant("2011-09-03T22:30:00Z")
HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("made", "english", "dutch"),
    [
        (lambda f: f.number(1_234_567), "1,234,567", "1.234.567"),
        (lambda f: f.decimal(1234.5), "1,234.5", "1.234,5"),
        (lambda f: f.decimal(-0.001), "0", "0"),
        (lambda f: f.share(1, 3), "33%", "33%"),
        (lambda f: f.share(1, 30), "3.3%", "3,3%"),
        (lambda f: f.share(9.97, 100), "10%", "10%"),
        (lambda f: f.share(1, 1_000_000), "0%", "0%"),
        (lambda f: f.share(1, 0), "–", "–"),  # noqa: RUF001 - a dash
        (lambda f: f.money(1_234_567), "£12,346", f"€{SPACE}12.346"),
        (lambda f: f.money(-1_234_567, cents=True), "-£12,345.67", f"-€{SPACE}12.345,67"),
        (lambda f: f.money(-49), "£0", f"€{SPACE}0"),
        (lambda f: f.day(NOW), "3 September 2011", "4 september 2011"),
        (lambda f: f.short_day(NOW), "3 Sept 2011", "4 sep 2011"),
        (lambda f: f.moment(NOW), "3 September 2011, 23:30", "4 september 2011, 00:30"),
        (lambda f: f.month(date(2011, 3, 1)), "March 2011", "maart 2011"),
        (lambda f: f.month(date(2011, 3, 1), short=True), "Mar 11", "mrt 11"),
        (lambda f: f.duration(DAY_US), "1 day", "1 dag"),
        (lambda f: f.duration(DAY_US * 3 // 2), "1.5 days", "1,5 dagen"),
        (lambda f: f.duration(5 * HOUR), "5 hours", "5 uur"),
        (lambda f: f.duration(90_000_000), "90 seconds", "90 seconden"),
        (lambda f: f.duration(1_500_000), "1.5 seconds", "1,5 seconden"),
        (lambda f: f.duration(0), "0 days", "0 dagen"),
        (lambda f: f.ago(NOW - 36 * HOUR, NOW), "1 day", "1 dag"),
        (lambda f: f.stretch(30 * DAY_US, 90 * DAY_US), "30 and 90 days", "30 en 90 dagen"),
        (lambda f: f.stretch(12 * HOUR, DAY_US), "12 hours and 1 day", "12 uur en 1 dag"),
        (lambda f: f.value(None, Type.MONEY, NOW), "–", "–"),  # noqa: RUF001 - a dash
        (lambda f: f.value(True, Type.BOOLEAN, NOW), "yes", "ja"),
        (lambda f: f.value(0.4256, Type.NUMBER, NOW), "0.43", "0,43"),
        (lambda f: f.value(0.4256, Type.NUMBER, NOW, "share"), "43%", "43%"),
        (lambda f: f.value(3.4, Type.NUMBER, NOW, "share"), "340%", "340%"),
        (lambda f: f.value(62.505, Type.NUMBER, NOW, "money"), "£62.51", f"€{SPACE}62,51"),
        (lambda f: f.value(15_000, Type.DECIMAL, NOW), "1.5", "1,5"),
        (lambda f: f.value(date(2011, 3, 1), Type.DAY, NOW), "1 March 2011", "1 maart 2011"),
    ],
)
def test_values_as_people_write_them(made: object, english: str, dutch: str) -> None:
    assert callable(made)
    assert (made(EN), made(NL)) == (english, dutch)


def test_the_examples_of_wording_run() -> None:
    assert doctest.testmod(wording).failed == 0


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("net_revenue / orders", "money"),
        ("ratio(refunded_365d, order_value_365d)", "share"),
        ("min(1, refunded_365d / order_value_365d)", "share"),
        ("max(average_order, 5)", "money"),
        ("coalesce(return_share, 0)", "share"),
        ("orders / net_revenue", ""),
        ("orders / orders_365d", ""),
        ("net_revenue + 3", ""),
        ("max(average_order, return_share)", ""),
    ],
)
def test_what_a_number_is_follows_from_its_formula(formula: str, unit: str) -> None:
    own = SourceFile(name="own.yaml", text=f"traits:\n  it: {{formula: '{formula}'}}\n")
    known = read_definitions([*shipped_files(), own], settings=LanguageSettings())
    assert unit_of(known.traits["it"], known) == unit
