"""What receivers of an export expect: columns, and values written and hashed by their published rules.

Google Customer Match (formatting guide of the Data Manager API): SHA-256 in hexadecimal of normalised
e-mail, phone (E.164 with ``+``) and names; country and postal code as they are. Meta custom audiences:
SHA-256 of everything, phone digits with country code and without ``+``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Channel: TypeAlias = Literal["email", "ads", "post", "phone"]
Platform: TypeAlias = Literal["google", "meta"]

_NAMES = ("first_name", "infix", "last_name")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("email", *_NAMES, "gender", "language", "customer_id", "profile_id"),
    "phone": ("phone", *_NAMES, "gender", "language", "customer_id", "profile_id"),
    "post": (
        *_NAMES,
        "company",
        "street",
        "house_number",
        "postcode",
        "city",
        "region",
        "country",
        "customer_id",
        "profile_id",
    ),
    "google": ("Email", "Phone", "First Name", "Last Name", "Country", "Zip"),
    "meta": ("email", "phone", "fn", "ln", "ct", "st", "zip", "country"),
}
"""The header of each kind of file."""

DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def row(kind: str, known: Mapping[str, str]) -> list[str]:
    """The cells of one person; ``known``: attributes, ``email``, ``phone``, identifiers. Missing is empty."""
    match kind:
        case "google":
            return _google(known)
        case "meta":
            return _meta(known)
        case _:
            return [known.get(column, "") for column in COLUMNS[kind]]


def safe(cell: str) -> str:
    r"""The cell as a spreadsheet shows it, never as one computes it: a formula is written as text.

    >>> safe('=HYPERLINK("http://x.example")'), safe("+31612345678"), safe("-"), safe("Anna")
    ('\'=HYPERLINK("http://x.example")', '+31612345678', "'-", 'Anna')
    """
    if cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}:
        return cell
    return cell if cell[0] == "+" and cell[1:].isdigit() else f"'{cell}"


def hashed(text: str) -> str:
    """SHA-256 in hexadecimal; of nothing: nothing.

    >>> hashed("")
    ''
    """
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def google_email(text: str) -> str:
    """Without white space, lower case; of gmail.com and googlemail.com without dots and ``+...``.

    >>> google_email(" Jan.De.Boer+shop@GMail.com "), google_email("a.b+c@example.org")
    ('jandeboer@gmail.com', 'a.b+c@example.org')
    """
    bare = "".join(text.split()).lower()
    local, at, domain = bare.rpartition("@")
    if domain in DOTLESS:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}{at}{domain}"


def plain_name(text: str) -> str:
    """Lower case, without punctuation, one space between words.

    >>> plain_name(" 't Hart-de Vries ")
    't hartde vries'
    """
    kept = "".join(c for c in text.lower() if not unicodedata.category(c).startswith(("P", "S")))
    return " ".join(kept.split())


def meta_phone(e164: str) -> str:
    """Digits with the country code, no ``+`` and no leading zeros.

    >>> meta_phone("+31612345678")
    '31612345678'
    """
    return re.sub(r"\D", "", e164).lstrip("0")


def _surname(known: Mapping[str, str]) -> str:
    return " ".join(part for part in (known.get("infix"), known.get("last_name")) if part)


def _google(known: Mapping[str, str]) -> list[str]:
    return [
        hashed(google_email(known.get("email", ""))),
        hashed(known.get("phone", "")),
        hashed(plain_name(known.get("first_name", ""))),
        hashed(plain_name(_surname(known))),
        known.get("country", "").strip().upper(),
        known.get("postcode", "").strip(),
    ]


def _meta(known: Mapping[str, str]) -> list[str]:
    def bare(name: str) -> str:
        return plain_name(known.get(name, "")).replace(" ", "")

    return [
        hashed(known.get("email", "").strip().lower()),
        hashed(meta_phone(known.get("phone", ""))),
        hashed(plain_name(known.get("first_name", ""))),
        hashed(plain_name(_surname(known))),
        hashed(bare("city")),
        hashed(bare("region")),
        hashed(bare("postcode")),
        hashed(bare("country")),
    ]
