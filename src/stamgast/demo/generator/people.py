"""Who the customers are: what they are called, where they live, and what they are known by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.demo.generator import columns
from stamgast.demo.generator.words import CITIES, MEN, POST, STREETS, SURNAMES, WOMEN

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Draws, Flags, Ints
    from stamgast.demo.generator.frame import Frame

ACCOUNT, GUEST, CARD, VISITOR, READER = range(5)
"""Kinds of customers: with an account, ordering as a guest, only at the till with a card, with an
account and without a purchase, only subscribed to the newsletter."""
_KINDS = (68, 10, 8, 9, 5)
BUYERS = (ACCOUNT, GUEST, CARD)
NUMBER_DIGITS = 10
PLACES = 100_000_000
"""What a customer number leaves room for within one generation."""
PHONES = 60_000_000
_STRIDE = 37_000_007
"""Prime to the number of phones, so that no two customers share one."""
_PREFIXES = (1, 2, 3, 4, 5, 8)
_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Customers, one place each; columns of text are Arrow's, the rest NumPy's."""

    number: Ints
    """The customer's number in the shop, also of those who were never given it."""
    key: Ints
    """What their chances hang on."""
    since: Ints
    """When they came, in the shop's pace."""
    kind: Ints
    customer_id: pa.Array
    email: pa.Array
    second_email: pa.Array
    phone: pa.Array
    """In E.164."""
    card: pa.Array
    second_card: pa.Array
    mailing: Flags
    """Whether they may be sent the newsletter at first."""
    likes: Ints
    """Two categories each: of n customers, n + n."""
    eager: Ints
    """Of a million, how often they take what is in the sale."""
    sends_back: Ints
    """Percent of what others send back."""
    employee: Flags

    def __len__(self) -> int:
        """How many."""
        return len(self.number)

    @property
    def buys(self) -> Flags:
        """Whether they ever buy."""
        found: Flags = np.isin(self.kind, BUYERS)
        return found

    @property
    def online(self) -> Flags:
        """Whether they ever visit the web shop."""
        found: Flags = self.kind != CARD
        return found


def make_people(frame: Frame, first: int, last: int) -> People:
    """The customers numbered from ``first`` to, not including, ``last``.

    Each place of the shop is taken by one customer after another, three years of the shop's pace
    each, and the one who holds it on the day asked is who came last. So on an earlier day the places
    hold the same customers, but for those who came since.
    """
    draws, span = frame.draws, frame.pace.years_3
    places = np.arange(first, last, dtype=np.int64)
    scaled = draws.below("arrives", places, span)
    now = frame.end_pace - 1
    generation = (now - scaled) // span
    number = generation * PLACES + places
    kind = draws.weighted("kind", number, _KINDS)
    likes = [draws.below("likes", number, frame.categories, which) for which in range(2)]
    account = np.isin(kind, (ACCOUNT, VISITOR))
    return People(
        number=number,
        key=number,
        since=scaled + generation * span,
        kind=kind,
        customer_id=columns.where(account, columns.numbered("", number, NUMBER_DIGITS)),
        email=columns.where(kind != CARD, _emails(draws, number, "mail")),
        second_email=columns.where(
            (kind == ACCOUNT) & draws.chance("second mail", number, 120_000),
            _emails(draws, number, "other mail"),
        ),
        phone=columns.where(_has_phone(draws, number, kind), _phones(number)),
        card=columns.where(_has_card(draws, number, kind), _cards(number, 0)),
        second_card=columns.where(
            _has_card(draws, number, kind) & draws.chance("second card", number, 30_000),
            _cards(number, 1),
        ),
        mailing=(kind == READER) | ((kind != CARD) & draws.chance("newsletter", number, 480_000)),
        likes=np.concatenate(likes),
        eager=np.where(draws.chance("eager", number, 120_000), 850_000, 400_000),
        sends_back=np.where(draws.chance("sends back", number, 50_000), 280, 80),
        employee=(kind == ACCOUNT) & draws.chance("employee", number, 2_000),
    )


def _has_phone(draws: Draws, number: Ints, kind: Ints) -> Flags:
    often = np.asarray([700_000, 500_000, 300_000, 300_000, 0], dtype=np.int64)
    return draws.chance("phone", number, often[kind])


def _has_card(draws: Draws, number: Ints, kind: Ints) -> Flags:
    often = np.asarray([400_000, 0, 1_000_000, 50_000, 0], dtype=np.int64)
    return draws.chance("card", number, often[kind])


def _cards(number: Ints, which: int) -> pa.Array:
    """Thirteen digits, as on the card; the last says which card of this customer."""
    return columns.numbered("26", number, NUMBER_DIGITS, ("", np.full(len(number), which + 1), 1))


def _phones(number: Ints) -> pa.Array:
    place = (number % PHONES) * _STRIDE % PHONES
    prefix = np.asarray(_PREFIXES, dtype=np.int64)[place // 10_000_000]
    return columns.numbered("+316", prefix, 1, ("", place % 10_000_000, 7))


_PLAIN = str.maketrans("éëıç", "eeic", " '")


def _mailable(text: str) -> str:
    return text.translate(_PLAIN).lower()


_GIVEN = (*WOMEN, *MEN)
_GIVEN_MAIL = tuple(_mailable(name) for name in _GIVEN)
_SURNAME_MAIL = tuple(_mailable(infix + name) for infix, name in SURNAMES)


def _given(draws: Draws, number: Ints) -> Ints:
    return draws.below("given name", number, len(_GIVEN))


def _emails(draws: Draws, number: Ints, name: str) -> pa.Array:
    """``sanne.vandenberg0800000042@mail.example.com``: nobody else's."""
    given = columns.chosen(_GIVEN_MAIL, _given(draws, number))
    surname = columns.chosen(_SURNAME_MAIL, draws.below("surname", number, len(SURNAMES)))
    tail = columns.numbered("" if name == "mail" else "x", number, NUMBER_DIGITS)
    domain = columns.chosen(POST, draws.below(name, number, len(POST)))
    return columns.joined(given, ".", surname, tail, "@", domain)


# --- the file of customers ----------------------------------------------------------------------


def customers_table(frame: Frame, people: People) -> tuple[pa.Table, Ints]:
    """``customers.parquet``: who has an account or a card, in order of sign-up; and when, UTC seconds."""
    draws, number = frame.draws, people.number
    given = _given(draws, number)
    surname = draws.below("surname", number, len(SURNAMES))
    city, code, letters = _postcode(draws, number)
    signed = frame.utc(people.since)
    there = (people.kind != GUEST) & (people.kind != READER)
    gaps = draws.below("gaps", number, 1000)
    house = columns.numbered("", 1 + draws.below("house", number, 240), 3)
    suffix = columns.chosen(
        ("", "", "", "", "A", "B", "-2", " bis"), draws.below("suffix", number, 8)
    )
    table = pa.table(
        {
            "customer_id": people.customer_id,
            "loyalty_card": people.card,
            "second_card": people.second_card,
            "email": dirty_emails(draws, people.email, number),
            "phone": dirty_phones(draws, people.phone, number),
            "first_name": columns.where(gaps >= 10, columns.chosen(_GIVEN, given)),  # noqa: PLR2004 - one in a hundred
            "infix": columns.chosen([infix for infix, _ in SURNAMES], surname),
            "last_name": columns.chosen([name for _, name in SURNAMES], surname),
            "gender": columns.chosen(("f", "m", "x"), _gender(draws, number, given)),
            "birthday": _birthdays(draws, number),
            "language": columns.chosen(("nl", "en"), draws.weighted("language", number, (96, 4))),
            "street": columns.chosen(STREETS, draws.below("street", number, len(STREETS))),
            "house_number": columns.joined(pc.utf8_ltrim(house, "0"), suffix),
            "postcode": columns.joined(code, letters),
            "city": columns.chosen([name for name, *_ in CITIES], city),
            "country": columns.chosen(("NL",), np.zeros(len(number), dtype=np.int64)),
            "signed_up_at": columns.seconds(signed),
            "newsletter": columns.chosen(("nee", "ja"), people.mailing.astype(np.int64)),
        }
    )
    order = np.argsort(signed, kind="stable")
    order = order[there[order]]
    return table.take(pa.array(order)), signed[order]


def _gender(draws: Draws, number: Ints, given: Ints) -> Ints:
    """As the name has it; one in five did not say."""
    said = np.where(given < len(WOMEN), 0, 1)
    said = np.where(draws.chance("other gender", number, 8_000), 2, said)
    return np.where(draws.chance("no gender", number, 200_000), NONE, said)


def _postcode(draws: Draws, number: Ints) -> tuple[Ints, pa.Array, pa.Array]:
    city = draws.weighted("city", number, [people for *_, people in CITIES])
    low = np.asarray([low for _, low, _, _ in CITIES], dtype=np.int64)[city]
    high = np.asarray([high for _, _, high, _ in CITIES], dtype=np.int64)[city]
    code = columns.numbered("", low + draws.below("code", number, high - low + 1), 4)
    pairs = [f"{space}{a}{b}" for space in (" ", "") for a in _LETTERS for b in _LETTERS]
    return city, code, columns.chosen(pairs, draws.below("letters", number, len(pairs)))


def _birthdays(draws: Draws, number: Ints) -> pa.Array:
    """ISO dates, as text; 35 % did not say, a few are wrong in the way forms are."""
    days = (
        -15_000
        + draws.below("birthday", number, 12_000)
        + draws.below("birthday", number, 11_000, 1)
    )
    texts = columns.days(days).cast(pa.string())
    wrong = columns.chosen(("0000-00-00",), np.zeros(len(number), dtype=np.int64))
    shown = pc.if_else(
        pa.array(draws.chance("wrong day", number, 3_000)), columns.plain(wrong), texts
    )
    return columns.where(~draws.chance("no birthday", number, 350_000), shown)


def dirty_emails(draws: Draws, emails: pa.Array, who: Ints) -> pa.Array:
    """As people type them: one in forty in capitals, one in a hundred with a blank behind it."""
    style = draws.below("typed mail", who, 200)
    capital = pa.array(style < 5)  # noqa: PLR2004 - one in forty
    blank = pa.array((style >= 5) & (style < 7))  # noqa: PLR2004 - one in a hundred
    found = pc.if_else(capital, pc.utf8_upper(emails), emails)
    return pc.if_else(blank, columns.joined(found, " "), found)


def dirty_phones(draws: Draws, phones: pa.Array, who: Ints) -> pa.Array:
    """As people type them: 06-12345678, 0612345678, 06 12 34 56 78, +31 6 12345678, 0031612345678."""
    style = draws.weighted("typed phone", who, (30, 40, 12, 10, 8))
    eight = pc.utf8_slice_codeunits(phones, 4)
    pairs = [pc.utf8_slice_codeunits(eight, at, at + 2) for at in (0, 2, 4, 6)]
    spaced = columns.joined("06 ", pairs[0], " ", pairs[1], " ", pairs[2], " ", pairs[3])
    shapes = (
        columns.joined("06-", eight),
        columns.joined("06", eight),
        spaced,
        columns.joined("+31 6 ", eight),
        columns.joined("00316", eight),
    )
    return pc.choose(pa.array(style), *shapes)
