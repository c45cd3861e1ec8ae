"""How somebody is addressed: salutation, and the name with its tussenvoegsel.

In the Netherlands a tussenvoegsel has a small letter after a first name and a capital without one
("Thijs van der Berg", "mevrouw Van der Berg"); in Belgium, and elsewhere, a name is written as its
owner writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.decide.template import Address
    from stamgast.language.wording import Language

INFIXES = frozenset(
    [
        "van",
        "de",
        "den",
        "der",
        "ter",
        "ten",
        "te",
        "het",
        "in",
        "op",
        "onder",
        "over",
        "bij",
        "aan",
        "uit",
        "voor",
        "tot",
        "vd",
        "v/d",
        "v.d.",
        "la",
        "le",
        "les",
        "l'",
        "d'",
        "'t",
        "'s",
        "von",
        "zu",
        "zum",
        "zur",
        "vom",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
    ]
)
_NEVER_CAPITAL = ("'t", "'s")
_WOMAN = frozenset({"f", "female", "v", "vrouw", "mevrouw", "mevr", "mw", "woman", "ms", "mrs"})
_MAN = frozenset({"m", "male", "man", "heer", "meneer", "dhr", "de heer", "mr"})
_INITIALS = re.compile(r"\w|(\w{1,2}\.[ -]?)+\w?", re.ASCII)
_NETHERLANDS = frozenset({"nl", "nld", "nederland", "netherlands", "the netherlands", "holland"})
_TITLES = {"female": ("mevrouw", "Ms"), "male": ("meneer", "Mr")}
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The parts of a name, as the record has them."""

    first: str = ""
    infix: str = ""
    last: str = ""
    gender: Literal["female", "male", ""] = ""

    @property
    def surname(self) -> str:
        """The last name as it stands without a first name: ``Van der Berg``."""
        infix = self.infix
        if infix and not infix.startswith(_NEVER_CAPITAL):
            infix = infix[:1].upper() + infix[1:]
        return _joined(infix, self.last) if self.last else ""

    @property
    def full(self) -> str:
        """``Thijs van der Berg``; what there is of it."""
        if not self.first:
            return self.surname
        return f"{self.first} {_joined(self.infix, self.last)}".strip() if self.last else self.first

    @property
    def short(self) -> str:
        """The first name and an initial: ``Thijs B.``; empty without a first name."""
        return f"{self.first} {self.last[0]}." if self.first and self.last else self.first


def name_of(parts: Mapping[str, str], *, country: str = "NL") -> Name:
    """The name as it is written in the country (ISO 3166) of its owner.

    ``parts``: ``first_name``, ``infix``, ``last_name``, ``gender``, as far as they are known; ``name``
    is the whole name, for when there is no last name. A tussenvoegsel that stands in the last name is
    taken from it (Netherlands); names in capitals only, or in small letters only, are written as names
    are. Initials are no first name.

    >>> name_of({"first_name": "THIJS", "last_name": "VAN DER BERG"}).full
    'Thijs van der Berg'
    >>> name_of({"infix": "van den", "last_name": "Broeck"}, country="BE").surname
    'van den Broeck'
    """
    known = {key: _clean(value) for key, value in parts.items()}
    first, infix, last = (known.get(key, "") for key in ("first_name", "infix", "last_name"))
    if not last and known.get("name"):
        first, _, last = known["name"].partition(" ")
    if _INITIALS.fullmatch(first):
        first = ""
    sign = known.get("gender", "").strip(".").casefold()
    gender: Literal["female", "male", ""] = (
        "female" if sign in _WOMAN else "male" if sign in _MAN else ""
    )
    first = _cased(first, infixes=False)
    if country.strip().casefold() not in _NETHERLANDS:
        return Name(
            first=first, last=_cased(f"{infix} {last}".strip(), infixes=False), gender=gender
        )
    if not infix:
        infix, last = _split(last)
    return Name(first=first, infix=infix.lower(), last=_cased(last, infixes=True), gender=gender)


def salutation(name: Name, language: Language, address: Address) -> str:
    """How a letter begins, without its comma.

    je: by the first name; u: by the last name with mevrouw or heer, with the first name when it is
    not known which. Without a name a greeting that fits everybody.

    >>> salutation(Name(first="Anna", infix="van der", last="Berg", gender="female"), "nl", "u")
    'Beste mevrouw Van der Berg'
    """
    nl = language == "nl"
    if address == "je" and name.first:
        return f"Dag {name.first}" if nl else f"Hi {name.first}"
    if name.last and name.gender:
        title = "heer" if nl and name.gender == "male" else _TITLES[name.gender][0 if nl else 1]
        return f"{'Beste' if nl else 'Dear'} {title} {name.surname}"
    if name.first:
        return f"{'Beste' if nl else 'Dear'} {name.full}"
    if name.last and nl:
        return f"Beste heer of mevrouw {name.surname}"
    if address == "je":
        return "Hallo" if nl else "Hello"
    return "Beste klant" if nl else "Dear customer"


def spoken(name: Name, language: Language, address: Address) -> str:
    """How one speaks to somebody; empty when there is no name.

    >>> spoken(Name(first="Anna", infix="de", last="Wit", gender="female"), "nl", "u")
    'mevrouw De Wit'
    """
    if address == "je" and name.first:
        return name.first
    if name.last and name.gender:
        return f"{_TITLES[name.gender][0 if language == 'nl' else 1]} {name.surname}"
    return name.full if name.first else ""


def _clean(text: str) -> str:
    return " ".join(text.translate(_APOSTROPHES).split())


def _split(last: str) -> tuple[str, str]:
    """The tussenvoegsel a last name begins with, and the rest."""
    words = last.split()
    count = 0
    while count < len(words) - 1 and words[count].lower() in INFIXES:
        count += 1
    if not count and last[:2].lower() in {"d'", "l'"} and len(last) > 2:  # noqa: PLR2004 - the two letters
        return last[:2], last[2:]
    return " ".join(words[:count]), " ".join(words[count:])


def _joined(infix: str, last: str) -> str:
    if not infix:
        return last
    glued = infix.lower().endswith(("d'", "l'"))
    return f"{infix}{last}" if glued else f"{infix} {last}"


def _cased(text: str, *, infixes: bool) -> str:
    """A name written in one case only, as names are; another one as it is."""
    if not (text.isupper() or text.islower()) or len(text) == 1:
        return text.upper() if len(text) == 1 else text
    return " ".join(
        word.lower() if infixes and word.lower() in INFIXES else _capital(word)
        for word in text.split()
    )


def _capital(word: str) -> str:
    parts = [part[:1].upper() + part[1:].lower() for part in word.split("-")]
    parts = [f"IJ{part[2:]}" if part.startswith("Ij") else part for part in parts]
    return "-".join(parts)
