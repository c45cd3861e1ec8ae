"""The golden record in one sentence, as a shop assistant would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.decide.fields import category_words, months_in_words, tidy
from stamgast.decide.naming import spoken
from stamgast.language.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from stamgast.decide.fields import Problem, Record
    from stamgast.language.wording import Language

Part: TypeAlias = Literal[
    "name", "age", "since", "stage", "rhythm", "looked_for", "favourites", "price", "problems",
    "extensions",
]  # fmt: skip

_PRICE: Mapping[str, tuple[str, str]] = {
    "full_price": ("pays the full price", "betaalt de volle prijs"),
    "bargain": ("buys at a discount", "koopt met korting"),
    "sale": ("comes for the sale", "komt voor de uitverkoop"),
    "coupon": ("began with a coupon", "begon met een kortingscode"),
}
_TIMES = {"en": {1: "once", 2: "twice"}, "nl": {1: "één keer", 2: "twee keer"}}


def summary(record: Record, language: Language, *, hidden: Collection[Part] = ()) -> str:
    """A customer in one sentence; empty when nothing is known of it.

    It says only what the record holds: name, age, since when, stage, the months of a fixed rhythm,
    what somebody looked for, favourites, what they pay, problems, extensions. ``hidden``: the parts
    that the reader may not see.
    """
    said = [
        words
        for part, make in _PARTS.items()
        if part not in hidden and (words := make(record, language))
    ]
    text = ", ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def age_on(birthday: date, day: date) -> int:
    """Whole years; who is born on 29 February is a year older on 1 March in common years."""
    return day.year - birthday.year - ((day.month, day.day) < (birthday.month, birthday.day))


def _name(record: Record, language: Language) -> str:
    return record.name.first or spoken(record.name, language, "u")


def _age(record: Record, language: Language) -> str:
    if record.birthday is None or record.birthday > record.today:
        return ""
    years = age_on(record.birthday, record.today)
    return (
        str(years)
        if record.name.first
        else f"{years} {'jaar' if language == 'nl' else 'years old'}"
    )


def _since(record: Record, language: Language) -> str:
    if record.customer_since is None:
        return ""
    words = "klant sinds" if language == "nl" else "customer since"
    return f"{words} {record.customer_since.year}"


def _stage(record: Record, language: Language) -> str:
    if record.stage is None:
        return ""
    label = record.stage[language]
    return label[:1].lower() + label[1:]


def _rhythm(record: Record, language: Language) -> str:
    if not record.months:
        return ""
    months = months_in_words(record.months, language)
    return f"koopt elk jaar in {months}" if language == "nl" else f"buys every {months}"


def _looked_for(record: Record, language: Language) -> str:
    if record.looked_for is None:
        return ""
    what, count = record.looked_for
    if language == "nl":
        return f"zocht deze maand {_times(count, language)} naar “{tidy(what)}”"
    return f"looked for “{tidy(what)}” {_times(count, language)} this month"


def _favourites(record: Record, language: Language) -> str:
    found = [tidy(one) for one in record.favourite_brands[:2]]
    if record.favourite_category:
        found.append(category_words(record.favourite_category))
    liked = listed(found, language, "and")
    if not liked:
        return ""
    return f"houdt van {liked}" if language == "nl" else f"likes {liked}"


def _price(record: Record, language: Language) -> str:
    found = _PRICE.get(record.price_attitude)
    return "" if found is None else found[1] if language == "nl" else found[0]


def _problems(record: Record, language: Language) -> str:
    found = record.problems
    if not found:
        return ""
    state = _state(found, language)
    if all(one.kind == "complaint" for one in found):
        verb = "klaagde" if language == "nl" else "complained"
        return f"{verb} {_times(len(found), language)} ({state})"
    if language == "nl":
        count = "één probleem" if len(found) == 1 else f"{len(found)} problemen"
        return f"had {count} ({state})"
    return f"had {'one problem' if len(found) == 1 else f'{len(found)} problems'} ({state})"


def _state(problems: Collection[Problem], language: Language) -> str:
    still = sum(not one.solved for one in problems)
    nl = language == "nl"
    if not still:
        return "opgelost" if nl else "solved"
    if still == len(problems):
        return "nog open" if nl else "still open"
    return f"{still} nog open" if nl else f"{still} still open"


def _extensions(record: Record, language: Language) -> str:
    shown = [text[language] for text in record.extensions.values()]
    if not shown:
        return ""
    word = {"en": ("label", "labels"), "nl": ("label", "labels")}[language][len(shown) > 1]
    return f"{word} {listed(shown, language, 'and')}"


def _times(count: int, language: Language) -> str:
    return _TIMES[language].get(count) or f"{count} {'keer' if language == 'nl' else 'times'}"


_PARTS: Mapping[Part, Callable[[Record, Language], str]] = {
    "name": _name,
    "age": _age,
    "since": _since,
    "stage": _stage,
    "rhythm": _rhythm,
    "looked_for": _looked_for,
    "favourites": _favourites,
    "price": _price,
    "problems": _problems,
    "extensions": _extensions,
}
"""What is said, in this order."""
