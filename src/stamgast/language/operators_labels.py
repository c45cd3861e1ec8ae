"""The operators that ask who a person is, what they carry and agreed to: rows of the one table."""

from __future__ import annotations

from stamgast.language.ast import Text
from stamgast.language.operators import Operator
from stamgast.language.types import Type

CHANNELS: dict[str, Text] = {
    "email": Text(en="e-mail", nl="e-mail"),
    "post": Text(en="post", nl="post"),
    "phone": Text(en="phone", nl="telefoon"),
    "sms": Text(en="text message", nl="sms"),
    "app": Text(en="the app", nl="de app"),
    "ads": Text(en="advertisements", nl="advertenties"),
    "web": Text(en="the website", nl="de website"),
}
"""The channels of consents, as sentences name them."""


KINDS: dict[str, Text] = {
    "customer_id": Text(en="a customer number", nl="een klantnummer"),
    "loyalty_card": Text(en="a card", nl="een kaart"),
    "email": Text(en="an e-mail address", nl="een e-mailadres"),
    "phone": Text(en="a phone number", nl="een telefoonnummer"),
}
"""The kinds of identifiers that a person can be known by, as sentences name them."""


def _row(name: str, phrase: tuple[str, str], about: str, example: str) -> Operator:
    return Operator(
        name=name,
        takes=frozenset(),
        gives=Type.BOOLEAN,
        about=about,
        phrase=Text(en=phrase[0], nl=phrase[1]),
        example=example,
    )


LABELS: dict[str, Operator] = {
    row.name: row
    for row in (
        _row(
            "extension",
            ("carries the label {value}", "heeft het label {value}"),
            "Carries this extension; with comparisons: its value compares so.",
            "{extension: loyalty_status, in: [GOLD, PLATINUM]}",
        ),
        _row(
            "consent",
            ("consent for {value} by {other}", "toestemming voor {value} via {other}"),
            "Agreed to a purpose over a channel (`<channel>_<purpose>`), for some address: granted or soft opt-in.",
            "{consent: email_marketing}",
        ),
        _row(
            "identified",
            ("known by {value}", "bekend met {value}"),
            "Known by one of these: `customer_id`, `loyalty_card`, `email`, `phone`; with `true` by any "
            "identifier but a device's. As is known now, whatever the instant asked.",
            "{identified: [email, phone]}",
        ),
    )
}
"""Conditions on extensions and consents, by their key."""
