"""Who is meant: by an identifier, an order's number, a postcode and house number, or a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant, from_micros
from stamgast.decide.naming import INFIXES, name_of
from stamgast.errors import UserError
from stamgast.store.attributes import HOLDS
from stamgast.store.lookup import PHONE, SHORTEST_NEAR
from stamgast.store.people import PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.model.log import Instant
    from stamgast.store.lookup import Kind

PREFIXES: Mapping[str, Kind] = {"order": "order", "name": "name", "postcode": "postcode"}
"""What may stand before a colon, beside identifier kinds and ``profile``."""
MOST_SHOWN = 20
MOST_RANKED = 5_000
"""Of more people than this the first ones are ranked by their last order: one types on anyway."""
SHORTEST_START = 2
"""From so many letters on the beginning of a name finds it."""
LAST_DIGITS = 4
"""From so many digits on the end of a telephone number finds it."""
WHAT_FINDS = (
    "give a customer number, e-mail address, phone number or loyalty card, an order number, a postcode "
    "with house number, or a name (not of words such as `van` alone); `kind:value` says which is meant"
)
_POSTCODE_WORDS = 3
"""A postcode is written in at most so many words."""
_ADDRESS = ("postcode", "city", "street", "house_number")
_PARTS = ("name", "first_name", "infix", "last_name", "country", *_ADDRESS)
_ATTRIBUTES = f"""
    SELECT profile_id, name, {HOLDS}
    FROM attribute
    WHERE list_contains($profiles, profile_id) AND list_contains($names, name)
        AND ("at" IS NULL OR "at" <= $now)
    GROUP BY profile_id, name
    """  # noqa: S608 - our own names
_LAST_ORDERS = """
    SELECT profile_id, max(ordered_at) FROM {order_version}
    WHERE profile_id IN (SELECT unnest($profiles)) AND counts AND valid_to IS NULL
    GROUP BY profile_id
    """
_CONTACTS = """
    SELECT coalesce(m.profile_id, i.identifier_id), i.kind, i.value FROM {lake_identifier} AS i
    LEFT JOIN first_profile_of AS m ON m.identity_id = i.identifier_id
    WHERE list_contains($profiles, coalesce(m.profile_id, i.identifier_id))
        AND i.kind IN ('customer_id', 'email')
    ORDER BY i.identifier_id DESC
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Somebody who may be meant, with as much as it takes to choose."""

    profile_id: int
    name: str
    postcode: str
    city: str
    customer_id: str
    email: str
    """Its first letter and its domain."""
    last_order_at: Instant | None

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "profile_id": self.profile_id,
            "name": self.name,
            "postcode": self.postcode,
            "city": self.city,
            "customer_id": self.customer_id,
            "email": self.email,
            "last_order_at": format_instant(self.last_order_at),
        }

    def in_words(self) -> str:
        """``profile:12  Anna de Wit, 1012 AB Amsterdam, a•••@example.org, 2026-05-03``."""
        place = f"{self.postcode} {self.city}".strip()
        day = "" if self.last_order_at is None else str(from_micros(self.last_order_at).date())
        known = (self.name, place, self.customer_id, self.email, day)
        return f"{PROFILE}:{self.profile_id}  {', '.join(one for one in known if one)}".rstrip()


class SeveralFoundError(UserError):
    """Several customers are meant. ``matches``: the first of them; ``many``: how many there are."""

    def __init__(self, text: str, matches: Sequence[Match], many: int) -> None:
        """What was asked, and who it may be."""
        lines = [one.in_words() for one in matches]
        if many > len(matches):
            lines.append("…")
        super().__init__(
            "profile.several",
            f"{many} customers are found by {text!r}",
            hint="say which: " + "".join(f"\n    {line}" for line in lines),
        )
        self.matches = tuple(matches)
        self.many = many


def holder_of(core: Core, customer: str) -> tuple[int, int]:
    """The profile that is meant, and the identifier under which a word of it is kept.

    That is the one that was typed, else (an order's number, an address, a name) the strongest. Errors
    as ``Finder.one``.
    """
    people = core.reader.people
    profile = Finder(core).one(customer)
    known = core.reader.identifiers(profile)
    if Finder(core).identified(customer) or not known:
        return profile, people.identifier(customer, core.stored).id
    return profile, known[0].id


@of_one_snapshot
class Finder:
    """Looks people up. What is asked is read anew each time: nothing is kept."""

    def __init__(self, core: Core) -> None:
        """The shop's data."""
        self._core = core

    def one(self, text: str) -> int:
        """The profile that is meant.

        An identifier decides; else an order's number or a profile id, else a postcode with or without
        house number, else a name; words before the postcode are of the name. Raises UserError
        ``profile.unknown``, ``profile.ambiguous`` (several identifiers) and ``profile.several``.
        """
        if self.identified(text):
            return self._core.profile(text)
        found = self._found(text)
        if not found:
            return self._by_id(text)
        if len(found) > 1:
            raise SeveralFoundError(text, self.described(found), len(found))
        return found[0]

    def _by_id(self, text: str) -> int:
        try:
            return self._core.profile(text)
        except UserError as error:
            raise UserError(error.code, error.message, hint=WHAT_FINDS) from None

    def all(self, text: str) -> tuple[int, ...]:
        """Everybody who may be meant, by any of these, in no order of merit; nobody: empty."""
        reader = self._core.reader
        named = {reader.people.owner(one) for one in reader.people.meant(text, self._core.stored)}
        return tuple(sorted({*named, *self._found(text)})) or self._numbered(text.strip())

    def like(self, text: str) -> tuple[int, ...]:
        """Everybody who may be meant while somebody types, in no order of merit; nobody: empty.

        As ``all``, and who is called so or begins so, whose telephone number ends so, whose address
        or e-mail begins so; only when that is nobody, who has a name with one letter wrong, missing,
        too many, or two letters swapped.
        """
        text = text.strip()
        if text.partition(":")[0] in {PROFILE, *PREFIXES}:
            return self.all(text)
        found = {*self.all(text), *self._begun(text), *self._ending(text)}
        return tuple(sorted(found or {*self._postcode_begun(text), *self._nearly(text)}))

    def _begun(self, text: str) -> tuple[int, ...]:
        """Who has all these words in their name, the last one as its beginning."""
        lookup = self._core.reader.lookup
        if "@" in text:
            return self._emails(text)
        words = spoken_names(lookup.words(text))
        if not words or len(words[-1]) < SHORTEST_START or any(map(str.isdigit, words)):
            return ()
        last = lookup.beginning("name", words[-1])
        return lookup.any_of("name", [*([word] for word in words[:-1]), last]) if last else ()

    def _emails(self, text: str) -> tuple[int, ...]:
        people = self._core.reader.people
        return tuple(people.owner(one) for one in people.beginning("email", text.lower()))

    def _ending(self, text: str) -> tuple[int, ...]:
        """Whose telephone number ends in these digits, with or without the 0 in front."""
        digits = re.sub(r"[\s()+./-]", "", text)
        if not (digits.isascii() and digits.isdigit() and len(digits) >= LAST_DIGITS):
            return ()
        lookup = self._core.reader.lookup
        known = lookup.beginning(PHONE, digits[::-1])
        if not known and digits.startswith("0"):
            known = lookup.beginning(PHONE, digits.lstrip("0")[::-1])
        return lookup.any_of(PHONE, [known]) if known else ()

    def _postcode_begun(self, text: str) -> tuple[int, ...]:
        """Who lives where a postcode begins so: from four characters with a digit on."""
        start = _bare(text)
        if len(start) < LAST_DIGITS or not any(one.isdigit() for one in start):
            return ()
        lookup = self._core.reader.lookup
        known = lookup.beginning("postcode", start)
        return lookup.any_of("postcode", [known]) if known else ()

    def _nearly(self, text: str) -> tuple[int, ...]:
        """Who has names that are a slip of the finger away; a word that somebody has may be meant.

        A short word that nobody has (*vn* for *van*) tells nothing.
        """
        lookup = self._core.reader.lookup
        words = spoken_names(lookup.words(text))
        if not words or any(map(str.isdigit, words)):
            return ()
        meant = {word: (*lookup.known("name", [word]), *lookup.near(word)) for word in words}
        told = [some for word, some in meant.items() if some or len(word) >= SHORTEST_NEAR]
        return lookup.any_of("name", told) if told and all(told) else ()

    def described(self, profiles: Sequence[int]) -> tuple[Match, ...]:
        """Who bought last first; of many the first ``MOST_SHOWN``."""
        profiles = profiles[:MOST_RANKED]
        reader = self._core.reader
        orders: dict[int, Instant] = dict(reader.near(_LAST_ORDERS, *profiles))
        shown = sorted(profiles, key=lambda one: (-orders.get(one, 0), one))[:MOST_SHOWN]
        known = self._attributes(shown)
        reached = reader.near(_CONTACTS, *shown)
        contacts: dict[tuple[int, str], str] = {
            (profile, kind): value for profile, kind, value in reached
        }
        return tuple(
            self._match(
                one,
                known.get(one, {}),
                contacts.get((one, "customer_id"), ""),
                contacts.get((one, "email"), ""),
                orders.get(one),
            )
            for one in shown
        )

    def names(self, profiles: Sequence[int]) -> dict[int, str]:
        """What each is called; who has no name is left out."""
        country = self._core.settings.country
        return {
            one: name_of(known, country=known.get("country") or country).full
            for one, known in self._attributes(profiles).items()
        }

    def _match(
        self, profile: int, known: Mapping[str, str], number: str, email: str, last: Instant | None
    ) -> Match:
        country = known.get("country") or self._core.settings.country
        return Match(
            profile_id=profile,
            name=name_of(known, country=country).full,
            postcode=known.get("postcode", ""),
            city=known.get("city", ""),
            customer_id=number,
            email=masked(email),
            last_order_at=last,
        )

    # --- what a text may mean ---------------------------------------------------------------------

    def identified(self, text: str) -> bool:
        """Whether it is an identifier, or ``profile:<id>``."""
        if text.strip().partition(":")[0] == PROFILE:
            return True
        return bool(self._core.reader.people.meant(text, self._core.stored))

    def _found(self, text: str) -> tuple[int, ...]:
        prefix, colon, rest = text.strip().partition(":")
        if colon and prefix in PREFIXES:
            return self._by(PREFIXES[prefix], rest)
        lookup = self._core.reader.lookup
        bare = text.strip().lstrip("#")
        buyers = lookup.buyers(bare) if lookup.bare(bare) else ()
        if buyers:
            return tuple(sorted({*buyers, *self._numbered(bare)}))
        if self._numbered(bare):
            return ()
        return self._by("postcode", text) or self._by("name", text)

    def _by(self, kind: Kind, text: str) -> tuple[int, ...]:
        lookup = self._core.reader.lookup
        words = lookup.words(text)
        if not words:
            return ()
        if kind == "order":
            return lookup.buyers(text.strip().lstrip("#"))
        if kind == "name":
            return lookup.profiles("name", spoken_names(words))
        return self._by_postcode(words)

    def _numbered(self, text: str) -> tuple[int, ...]:
        """The profile with this id, for who types no more than digits."""
        if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - a BIGINT
            return ()
        people = self._core.reader.people
        return (people.first_owner(int(text)),) if people.by_ids([int(text)]) else ()

    def _by_postcode(self, words: Sequence[str]) -> tuple[int, ...]:
        """Who lives there: ``<words of the name> postcode <house number>``."""
        lookup = self._core.reader.lookup
        runs = {
            (start, end): "".join(words[start:end]).upper()
            for start in range(len(words))
            for end in range(start + 1, min(start + _POSTCODE_WORDS, len(words)) + 1)
            if any(letter.isdigit() for word in words[start:end] for letter in word)
        }
        known = lookup.known("postcode", sorted(set(runs.values())))
        for (start, end), postcode in sorted(runs.items(), key=lambda one: one[0][0] - one[0][1]):
            if postcode not in known:
                continue
            lived = lookup.profiles("postcode", [postcode])
            names = spoken_names(words[:start])
            if names:
                lived = tuple(sorted(set(lived) & set(lookup.profiles("name", names))))
            found = self._living(lived, postcode, "".join(words[end:]).upper())
            if found:
                return found
        return ()

    def _living(self, profiles: Sequence[int], postcode: str, house: str) -> tuple[int, ...]:
        """Those who live there now. ``house``: number with addition; a number alone is any addition."""
        found = []
        for profile, known in self._attributes(profiles).items():
            if _bare(known.get("postcode", "")) != postcode:
                continue
            said = known.get("house_number") or _number_in(known.get("street", ""))
            number = _bare(said)
            same = number == house or (
                house.isdigit() and number.startswith(house) and not number[len(house)].isdigit()
            )
            if not house or same:
                found.append(profile)
        return tuple(sorted(found))

    def _attributes(self, profiles: Iterable[int]) -> dict[int, dict[str, str]]:
        """The parts of names and addresses in force now."""
        found: dict[int, dict[str, str]] = {}
        asked = {"profiles": list(profiles), "names": list(_PARTS), "now": self._core.clock.now()}
        for profile, name, value in self._core.reader.db.run(_ATTRIBUTES, asked):
            if value is not None:
                found.setdefault(int(profile), {})[name] = str(value)
        return found


def spoken_names(words: Sequence[str]) -> tuple[str, ...]:
    """The words that tell people apart: without *van*, *der*, ..., unless there are no others."""
    telling = tuple(word for word in words if word not in INFIXES and len(word) > 1)
    return telling or tuple(words)


def masked(email: str) -> str:
    """An address by which its owner can be told from others, and that nobody can write to.

    >>> masked("anna@example.org")
    'a•••@example.org'
    """
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}" if at else ""


def _bare(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def _number_in(street: str) -> str:
    """The house number at the end of a street that holds it.

    >>> _number_in("Damrak 12-hs"), _number_in("Plein 1944 3")
    ('12-hs', '3')
    """
    found = re.search(r"\s(\d+(?:\s*[-/]\s*\w{1,6}|\s?[^\W\d]\w{0,5})?)$", street.strip())
    return found[1] if found else ""
