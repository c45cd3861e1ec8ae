"""How an identifier is written: one way per kind, or a reason why it is none.

Pure functions of the text and the kind; no network, no clock. Two texts that mean the same
identifier give the same value, and a value normalises to itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stamgast.identity.kinds import IdentifierKind, Normaliser

Reason: TypeAlias = Literal["empty", "blocked", "too_long", "control", "float", "invalid", "shared"]
"""Why a text is no identifier.

empty: nothing there · blocked: nobody's (unknown, noreply@...) · too_long: over 256 characters ·
control: holds control characters · float: an id that went through a number and may have lost
digits (1.3085e+04) · invalid: not written as its kind is · shared: a telephone number with an
extension, which is a switchboard's.
"""

MAX_LENGTH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A normalised value, or None and the reason."""

    value: str | None
    reason: Reason | None = None


def check(kind: IdentifierKind, text: str) -> Outcome:
    """The identifier a text stands for, or why it stands for none.

    >>> from stamgast.identity.kinds import read_kinds
    >>> kinds = read_kinds(country="NL")
    >>> check(kinds["phone"], "06 12345678")
    Outcome(value='+31612345678', reason=None)
    >>> check(kinds["customer_id"], " 00042 ").value
    '00042'
    >>> check(kinds["email"], "noreply@winkel.nl")
    Outcome(value=None, reason='blocked')
    """
    trimmed = (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()
    if not trimmed:
        return Outcome(value=None, reason="empty")
    if len(trimmed) > MAX_LENGTH:
        return Outcome(value=None, reason="too_long")
    if not trimmed.isprintable():
        return Outcome(value=None, reason="control")
    if kind.blocks(trimmed):
        return Outcome(value=None, reason="blocked")
    outcome = _NORMALISERS[kind.normaliser](trimmed, kind.country)
    if outcome.value not in (None, trimmed) and kind.blocks(str(outcome.value)):
        return Outcome(value=None, reason="blocked")
    return outcome


def normalise(kind: IdentifierKind, text: str) -> str | None:
    """The normalised value, None when blocked or invalid; ``check`` gives the reason."""
    return check(kind, text).value


def normalise_distinct(kind: IdentifierKind, values: Iterable[str]) -> dict[str, str | None]:
    """Every text -> its normalised value or None: for the distinct values of a whole column."""
    return {text: check(kind, text).value for text in values}


def shared_values(kind: IdentifierKind) -> frozenset[str]:
    """The normalised values of a device kind that are declared shared: they mark nobody."""
    values = (check(kind, text).value for text in kind.shared)
    return frozenset(value for value in values if value is not None)


# --- one function per way of writing -------------------------------------------------------------

_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_FLOAT = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?e[+-]?[0-9]+", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CARD_FILLING = re.compile(r"[\s.\-_/]")
_CARD = re.compile(r"[0-9A-Z]{3,64}")
# What email-validator accepts and leaves as it is but for the case: the most common shape, tested
# against it. (One pattern costs a twentieth of the full check.)
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<=[a-z0-9])\.)+(?!xn)[a-z]{2,24}"
)
_MAX_LOCAL = 64
_MAX_PLAIN = 120
_RESERVED = (".arpa", ".invalid", ".local", ".localhost", ".onion")


def _id(text: str, _country: str) -> Outcome:
    """As it is, leading zeros and case included.

    A spreadsheet or data frame that read ids as numbers writes 13085.0: that is undone, for it is
    exact. An exponent is refused: digits may be lost.
    """
    if _FLOAT.fullmatch(text):
        return Outcome(value=None, reason="float")
    whole = _WHOLE_FLOAT.fullmatch(text)
    return Outcome(value=whole.group(1) if whole else text)


def _card(text: str, country: str) -> Outcome:
    """Capitals and digits; what groups them on the card (spaces, dots, dashes) is left out."""
    outcome = _id(text, country)
    if outcome.value is None:
        return outcome
    card = _CARD_FILLING.sub("", outcome.value).upper()
    return Outcome(value=card) if _CARD.fullmatch(card) else Outcome(value=None, reason="invalid")


def _email(text: str, _country: str) -> Outcome:
    """Lower case, syntax checked, the domain in Unicode; dots and +tags are kept.

    Upper and lower case before the @ may be two mailboxes by the letter of RFC 5321; no shop's
    customers are told apart by it.
    """
    lowered = text.lower()
    if _is_plain_email(lowered):
        return Outcome(value=lowered)
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - loaded lazily

    try:
        # Names under .test are nobody's (RFC 2606), but whoever tries Stamgast out uses them.
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return Outcome(value=None, reason="invalid")
    return Outcome(value=unicodedata.normalize("NFC", checked.normalized.lower()))


def _is_plain_email(text: str) -> bool:
    return (
        len(text) <= _MAX_PLAIN
        and text.find("@") <= _MAX_LOCAL
        and _PLAIN_EMAIL.fullmatch(text) is not None
        and not text.endswith(_RESERVED)
    )


def _phone(text: str, country: str) -> Outcome:
    """E.164; a number without a country is dialled in the shop's country."""
    import phonenumbers  # noqa: PLC0415 - 35 ms, and most commands need no telephone numbers

    whole = _WHOLE_FLOAT.fullmatch(text)
    try:
        number = phonenumbers.parse(whole.group(1) if whole else text, country)
    except phonenumbers.NumberParseException:
        return Outcome(value=None, reason="float" if _FLOAT.fullmatch(text) else "invalid")
    if number.extension:
        return Outcome(value=None, reason="shared")
    if not phonenumbers.is_valid_number(number):
        return Outcome(value=None, reason="float" if _FLOAT.fullmatch(text) else "invalid")
    return Outcome(value=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _device(text: str, _country: str) -> Outcome:
    """As it is; a UUID in small letters, for platforms write the same one in both cases."""
    return Outcome(value=text.lower() if _UUID.fullmatch(text) else text)


_NORMALISERS: dict[Normaliser, Callable[[str, str], Outcome]] = {
    "id": _id,
    "card": _card,
    "email": _email,
    "phone": _phone,
    "device": _device,
}
