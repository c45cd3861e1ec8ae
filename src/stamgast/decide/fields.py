"""Merge fields: what a text can say of a customer, and the values from the golden record."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros
from stamgast.decide.naming import Name, spoken
from stamgast.language.wording import MONTHS, SYMBOLS, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from stamgast.decide.template import Address
    from stamgast.language.ast import Text
    from stamgast.language.wording import Language
    from stamgast.model.log import Instant

PriceAttitude: TypeAlias = Literal["full_price", "bargain", "sale", "coupon", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that went wrong for a customer."""

    kind: str
    """``complaint``, ``ticket``, ``return``, ``cancelled``, ``late``, ``review``, ``nps``, ``subscription``."""
    since: Instant
    solved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of one customer, as texts need it; empty where it is not known."""

    shop: str = ""
    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    as_of: Instant = 0
    name: Name = field(default_factory=Name)
    birthday: date | None = None
    stage: Text | None = None
    customer_since: date | None = None
    orders: int = 0
    last_order: date | None = None
    last_items: tuple[str, ...] = ()
    """Products of the last order, the dearest first."""
    favourite_category: str = ""
    favourite_brands: tuple[str, ...] = ()
    cart_items: tuple[str, ...] = ()
    """Products put in the cart and not bought since, the latest first."""
    viewed_item: str = ""
    viewed_category: str = ""
    looked_for: tuple[str, int] | None = None
    """What somebody searched for or looked at most this month, and how often."""
    months: tuple[int, ...] = ()
    """The months (1-12) of a fixed rhythm."""
    season: Text | None = None
    season_starts: date | None = None
    price_attitude: PriceAttitude = ""
    problems: tuple[Problem, ...] = ()
    extensions: Mapping[str, Text] = field(default_factory=dict)
    """Name -> how it is shown, with its value."""
    tier: Text | None = None

    @property
    def today(self) -> date:
        """The local day of the instant asked."""
        return from_micros(self.as_of).astimezone(ZoneInfo(self.zone)).date()

    @property
    def open_problem(self) -> Problem | None:
        """The latest problem that is open."""
        found = [one for one in self.problems if not one.solved]
        return max(found, key=lambda one: one.since, default=None)


PROBLEMS: Mapping[str, tuple[str, str, str]] = {
    "complaint": ("your complaint", "je klacht", "uw klacht"),
    "ticket": ("your question to us", "je vraag aan ons", "uw vraag aan ons"),
    "return": ("your return", "je retour", "uw retour"),
    "cancelled": ("the order we had to cancel", "de bestelling die we moesten annuleren", "de bestelling die wij moesten annuleren"),
    "late": ("the late delivery", "de late levering", "de late levering"),
    "review": ("your review", "je beoordeling", "uw beoordeling"),
    "nps": ("the mark you gave us", "het cijfer dat je ons gaf", "het cijfer dat u ons gaf"),
    "subscription": ("the end of your subscription", "het einde van je abonnement", "het einde van uw abonnement"),
}  # fmt: skip
"""Kind of problem -> as one speaks of it to the customer: English, je, u."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is known only when a message is made."""

    until: date | None = None
    """The last day of the offer."""
    code: str = ""
    """The code of the offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeField:
    """A merge field: its name, what it holds, and how it is made; empty when it is not known."""

    name: str
    en: str
    nl: str
    value: Callable[[Record, Given, Language, Address], str]


_PATH = re.compile(r"\s*>\s*|\s+/\s+")
"""Between the parts of a category's path."""


def day_in_words(day: date | None, today: date, language: Language) -> str:
    """A day as one says it: ``3 mei``, with the year when it is another one."""
    if day is None:
        return ""
    words = f"{day.day} {MONTHS[language].split()[day.month - 1]}"
    return words if day.year == today.year else f"{words} {day.year}"


def months_in_words(months: tuple[int, ...], language: Language) -> str:
    """Months by name, as a list: ``mei en oktober``."""
    names = MONTHS[language].split()
    return listed([names[month - 1] for month in sorted(set(months))], language, "and")


def tidy(product: str) -> str:
    """A product's name as one writes it in a sentence: not in capitals only."""
    text = " ".join(product.split())
    return text.capitalize() if text.isupper() and len(text) > 4 else text  # noqa: PLR2004 - TOM, LEGO


def category_words(path: str) -> str:
    """A category as one writes it in a sentence: the last part of its path, with a small letter.

    >>> category_words("Dames > Jassen"), category_words("LEGO"), category_words("Servies")
    ('jassen', 'LEGO', 'servies')
    """
    last = tidy(_PATH.split(path)[-1])
    return last[:1].lower() + last[1:] if last[1:].islower() else last


def _problem(record: Record, _: Given, language: Language, address: Address) -> str:
    found = record.open_problem
    words = PROBLEMS.get(found.kind) if found else None
    if words is None:
        return ""
    return words[0] if language == "en" else words[1 if address == "je" else 2]


def _text(value: Text | None, language: Language) -> str:
    return "" if value is None else value[language]


def _others(count: int, language: Language) -> str:
    if count < 1:
        return ""
    one, many = {
        "en": ("other product", "other products"),
        "nl": ("ander product", "andere producten"),
    }[language]
    return f"{count} {one if count == 1 else many}"


def _first(items: tuple[str, ...]) -> str:
    return tidy(items[0]) if items else ""


FIELDS: tuple[MergeField, ...] = (
    MergeField(name="shop", en="the shop's name", nl="de naam van de winkel",
        value=lambda r, *_: r.shop),
    MergeField(name="currency", en="the sign of the shop's currency", nl="het teken van de munt",
        value=lambda r, *_: SYMBOLS.get(r.currency, r.currency)),
    MergeField(name="first_name", en="the first name", nl="de voornaam",
        value=lambda r, *_: r.name.first),
    MergeField(name="surname", en="the last name as it stands alone: Van der Berg",
        nl="de achternaam zoals die alleen staat: Van der Berg", value=lambda r, *_: r.name.surname),
    MergeField(name="name", en="how one speaks to somebody: Thijs, or Ms Van der Berg",
        nl="zoals je iemand aanspreekt: Thijs, of mevrouw Van der Berg",
        value=lambda r, _, lang, address: spoken(r.name, lang, address)),
    MergeField(name="full_name", en="first and last name: Thijs van der Berg",
        nl="voor- en achternaam: Thijs van der Berg", value=lambda r, *_: r.name.full),
    MergeField(name="last_item", en="the dearest product of the last order",
        nl="het duurste product van de laatste bestelling", value=lambda r, *_: _first(r.last_items)),
    MergeField(name="last_order_day", en="the day of the last order",
        nl="de dag van de laatste bestelling",
        value=lambda r, _, lang, __: day_in_words(r.last_order, r.today, lang)),
    MergeField(name="since_year", en="the year in which somebody became a customer",
        nl="het jaar waarin iemand klant werd",
        value=lambda r, *_: str(r.customer_since.year) if r.customer_since else ""),
    MergeField(name="orders", en="the number of purchases, from two on",
        nl="het aantal aankopen, vanaf twee", value=lambda r, *_: str(r.orders) if r.orders > 1 else ""),
    MergeField(name="favourite_category", en="the category bought most",
        nl="de categorie die iemand het meest koopt", value=lambda r, *_: category_words(r.favourite_category)),
    MergeField(name="favourite_brand", en="the brand bought most",
        nl="het merk dat iemand het meest koopt", value=lambda r, *_: _first(r.favourite_brands)),
    MergeField(name="cart_item", en="the product put in the cart last",
        nl="het product dat het laatst in de winkelwagen ging", value=lambda r, *_: _first(r.cart_items)),
    MergeField(name="cart_others", en="the rest of the cart: 2 other products",
        nl="de rest van de winkelwagen: 2 andere producten",
        value=lambda r, _, lang, __: _others(len(r.cart_items) - 1, lang)),
    MergeField(name="viewed_item", en="the product looked at last",
        nl="het product dat het laatst bekeken werd", value=lambda r, *_: tidy(r.viewed_item)),
    MergeField(name="viewed_category", en="the category looked at last",
        nl="de categorie die het laatst bekeken werd", value=lambda r, *_: category_words(r.viewed_category)),
    MergeField(name="usual_months", en="the months somebody always buys in",
        nl="de maanden waarin iemand altijd koopt",
        value=lambda r, _, lang, __: months_in_words(r.months, lang)),
    MergeField(name="season", en="the season somebody buys in", nl="het seizoen waarin iemand koopt",
        value=lambda r, _, lang, __: _text(r.season, lang)),
    MergeField(name="season_day", en="the day that season begins", nl="de dag waarop dat seizoen begint",
        value=lambda r, _, lang, __: day_in_words(r.season_starts, r.today, lang)),
    MergeField(name="problem", en="the open problem: your complaint, the late delivery",
        nl="het openstaande probleem: je klacht, de late levering", value=_problem),
    MergeField(name="tier", en="the level in the loyalty programme", nl="het niveau in het spaarprogramma",
        value=lambda r, _, lang, __: _text(r.tier, lang)),
    MergeField(name="until", en="the last day of the offer", nl="de laatste dag van het aanbod",
        value=lambda r, given, lang, __: day_in_words(given.until, r.today, lang)),
    MergeField(name="code", en="the code of the offer, given when the message is made",
        nl="de code van het aanbod, gegeven bij het maken van het bericht",
        value=lambda _, given, *__: given.code),
)  # fmt: skip
BY_NAME = {one.name: one for one in FIELDS}


def field_values(
    record: Record, given: Given, language: Language, address: Address
) -> dict[str, str]:
    """Every merge field that is known -> its words."""
    made = {one.name: one.value(record, given, language, address) for one in FIELDS}
    return {name: value for name, value in made.items() if value}
