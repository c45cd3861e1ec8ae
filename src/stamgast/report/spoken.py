"""What is known of a customer as people say it: attributes, values of traits, and what happened."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stamgast.language.ast import Aggregate, Call, Compare, Literal_, ShopTotal, Trait, TraitRef
from stamgast.language.types import Type
from stamgast.language.units import unit_of
from stamgast.language.wording import month_words
from stamgast.report.formats import DASH
from stamgast.report.words import catalogue, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant, Scalar
    from stamgast.report.formats import Formats
    from stamgast.report.words import Language

GENDERS = {
    **dict.fromkeys(("f", "female", "v", "vrouw", "mevrouw", "woman"), "f"),
    **dict.fromkeys(("m", "male", "man", "heer", "meneer"), "m"),
    **dict.fromkeys(("x", "other", "anders", "nonbinary", "non-binary"), "x"),
}
FIRST = (
    "orders", "net_revenue", "average_order", "last_order_at", "since_last_order",
    "first_order_at", "orders_365d", "net_revenue_365d", "order_gap", "return_share",
    "buying_phase", "rfm",
)  # fmt: skip
"""The traits one looks at first, in this order; the others follow as they are defined."""


def event_words(name: str, language: Language) -> str:
    """What an event is called; the source's own name where nothing else is known.

    >>> event_words("Product Viewed", "nl"), event_words("Wheel Spun", "nl")
    ('Product bekeken', 'Wheel Spun')
    """
    return word(language, f"event.{name}") if f"event.{name}" in catalogue() else name


def event_notes(
    details: Mapping[str, Scalar], definitions: Definitions, formats: Formats
) -> list[str]:
    """What an event was about: its product as it is called, other properties after their label."""
    found = []
    for name, value in details.items():
        if name == "product":
            found.append(str(value))
            continue
        if name == "url":  # of the shop's own site: which page
            page = urlsplit(str(value)).path
            found += [page] if page.strip("/") else []
            continue
        label = definitions.event_property_labels.get(name)
        called = name if label is None else label[formats.language]
        kind = definitions.event_properties.get(name, Type.TEXT)
        found.append(f"{called.lower()}: {formats.value(value, kind, 0)}")
    return found


def attributes_in_order(attributes: Mapping[str, Scalar], definitions: Definitions) -> list[str]:
    """Their names as the definitions order them, others after those."""
    order = {name: n for n, name in enumerate(definitions.attributes)}
    return sorted(attributes, key=lambda name: (order.get(name, len(order)), name))


def attribute_words(name: str, value: Scalar, definitions: Definitions, formats: Formats) -> str:
    """The value of an attribute."""
    if name == "gender" and str(value).casefold() in GENDERS:
        return word(formats.language, f"gender.{GENDERS[str(value).casefold()]}")
    return formats.value(value, definitions.attributes.get(name, Type.TEXT), 0)


def trait_words(
    trait: Trait, value: Scalar, definitions: Definitions, formats: Formats, now: Instant
) -> str:
    """The value of a trait; a dash when it is missing."""
    said = named_value(trait, value, definitions, formats.language)
    return said or formats.value(value, trait.type, now, unit_of(trait, definitions))


def named_value(node: object, value: Scalar, definitions: Definitions, language: Language) -> str:
    """What people call the value of a trait, or of the trait that is compared; empty: nothing else."""
    operand = node.operand if isinstance(node, Compare) else node
    trait = definitions.traits.get(operand.name) if isinstance(operand, TraitRef) else operand
    if not isinstance(trait, Trait):
        return ""
    label = trait.value_labels.get(str(value))
    if label is not None:
        return label[language]
    return _calendar_words(trait, value, definitions, language)


def traits_in_order(definitions: Definitions) -> list[Trait]:
    """Those that say something of a customer, the ones one looks at first in front.

    A number of the whole shop is the same for everybody, and left out.
    """
    own = {name: one for name, one in definitions.traits.items() if _personal(one.expr)}
    front = [own[name] for name in FIRST if name in own]
    return [*front, *(one for name, one in own.items() if name not in FIRST)]


def says_nothing(value: Scalar) -> bool:
    """Missing, or a 0, which is not worth a line."""
    return value is None or (not isinstance(value, bool | str | date) and not value)


def _personal(expr: object) -> bool:
    """Whether it depends on the customer asked."""
    if isinstance(expr, Call):
        return any(_personal(part) for part in expr.args)
    return not isinstance(expr, ShopTotal | Literal_)


def _calendar_words(
    trait: Trait, value: Scalar, definitions: Definitions, language: Language
) -> str:
    """``christmas 2009`` and ``05-05 10-06`` as people say them; empty for other values."""
    if not isinstance(value, str) or not isinstance(trait.expr, Aggregate):
        return ""
    if trait.expr.op == "only_season":
        name, _, year = value.rpartition(" ")
        season = definitions.calendar.seasons.get(name)
        if season is None:
            return ""
        return f"{season.label[language]} {year}"
    if trait.expr.op == "rhythm":
        return ", ".join(_day_words(day, language) for day in value.split()) or DASH
    return ""


def _day_words(day: str, language: Language) -> str:
    """``11-25`` without its year.

    >>> _day_words("02-29", "nl")
    '29 februari'
    """
    found = date.fromisoformat(f"2000-{day}")  # a leap year: every day of the year is there
    return f"{found.day} {month_words(found, language)}"
