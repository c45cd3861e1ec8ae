"""The gate: every reason, told by hand; what comes first; and both languages have words for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from stamgast.language.ast import Treatment
from stamgast.model.log import ConsentStatement
from stamgast.profiles.gate import Code, Facts, Question, may
from stamgast.profiles.targets import COLUMNS, hashed, row
from stamgast.report.words import catalogue

if TYPE_CHECKING:
    from stamgast.profiles.words import State

NOW = 1_000
ME, WORK = "me@example.org", "me@work.example"
MAIL = Question(channel="email")
STAFF = Treatment(exclude_from=("campaigns", "reports"), priority=5)
QUIET = Treatment(exclude_from=("email", "phone"), priority=9)
TAKEN_IN = Treatment(include_in=("email", "campaigns"), priority=99)


def word(
    state: State, at: int | None = 10, address: str | None = ME, **more: str
) -> ConsentStatement:
    where = {"purpose": "marketing", "channel": "email", **more}
    received_at, seq = (at or 0, 1) if at != 20 else (5, 2)
    return ConsentStatement(
        **where, address=address, state=state, at=at, received_at=received_at, seq=seq
    )


def facts(*consents: ConsentStatement, **more: object) -> Facts:
    known = Facts(consents=consents, addresses=(ME,), customer=True)
    return replace(known, **more)  # type: ignore[arg-type] # fields of Facts


YES, NO, SOFT = word("granted"), word("withdrawn"), word("soft_opt_in")

CASES: list[tuple[str, Facts, Question, str, str | None]] = [
    ("agreed", facts(YES), MAIL, "granted", ME),
    ("withdrawn", facts(NO), MAIL, "withdrawn", None),
    ("unknown is no", facts(), MAIL, "no_consent", None),
    ("soft, a customer, own products", facts(SOFT), MAIL, "soft_opt_in", ME),
    ("soft, no customer", facts(SOFT, customer=False), MAIL, "no_customer", None),
    ("soft, others' products", facts(SOFT), replace(MAIL, own_products=False), "other_products", None),
    ("agreed does for others' products", facts(YES), replace(MAIL, own_products=False), "granted", ME),
    ("soft and withdrawn", facts(SOFT, word("withdrawn", 20)), MAIL, "withdrawn", None),
    ("agreed again", facts(NO, word("granted", 20)), MAIL, "granted", ME),
    ("a word of later", facts(word("granted", 2_000)), MAIL, "no_consent", None),
    ("a withdrawal of later", facts(YES, word("withdrawn", 2_000)), MAIL, "granted", ME),
    ("from always", facts(word("granted", None)), MAIL, "granted", ME),
    ("dated after undated", facts(word("granted", None), NO), MAIL, "withdrawn", None),
    ("another purpose", facts(word("granted", purpose="service")), MAIL, "no_consent", None),
    ("another channel", facts(word("granted", channel="post")), MAIL, "no_consent", None),
    ("another address", facts(word("granted", address=WORK)), MAIL, "no_consent", None),
    ("whatever the address", facts(word("granted", address=None)), MAIL, "granted", ME),
    ("no to all after a yes to one", facts(YES, word("withdrawn", 20, None)), MAIL, "withdrawn", None),
    ("the second address", facts(NO, word("granted", address=WORK), addresses=(ME, WORK)), MAIL, "granted", WORK),
    ("no address", facts(YES, addresses=()), MAIL, "no_address", None),
    ("ads need no address", facts(word("granted", channel="ads", address=None), addresses=()), Question(channel="ads"), "granted", None),
    ("post needs one", facts(word("granted", channel="post", address=None), addresses=()), Question(channel="post"), "no_address", None),
    ("suppressed", facts(YES, suppressed=frozenset({ME})), MAIL, "suppressed", None),
    ("one of two suppressed", facts(word("granted", address=None), addresses=(ME, WORK), suppressed=frozenset({ME})), MAIL, "granted", WORK),
    ("a label", facts(YES, carried={"employee": STAFF}), MAIL, "excluded:employee", None),
    ("the label with priority", facts(YES, carried={"employee": STAFF, "quiet": QUIET}), MAIL, "excluded:quiet", None),
    ("exclude beats include", facts(YES, carried={"employee": STAFF, "fan": TAKEN_IN}), MAIL, "excluded:employee", None),
    ("include is no consent", facts(carried={"fan": TAKEN_IN}), MAIL, "no_consent", None),
    ("campaigns are not service", facts(word("granted", purpose="service"), carried={"employee": STAFF}), replace(MAIL, purpose="service", campaign=False), "granted", ME),
    ("a label of another channel", facts(word("granted", channel="post", address=None), carried={"quiet": QUIET}), Question(channel="post"), "granted", ME),
    ("text messages are telephone", facts(word("granted", channel="sms", address=None), carried={"quiet": QUIET}), Question(channel="sms"), "excluded:quiet", None),
    ("no contact beats all", facts(YES, carried={"do_not_contact": Treatment(), "quiet": QUIET, "fan": TAKEN_IN}, addresses=()), MAIL, "do_not_contact", None),
    ("a label before an address", facts(addresses=(), carried={"quiet": QUIET}), MAIL, "excluded:quiet", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("_why", "known", "asked", "reason", "address"), CASES, ids=[c[0] for c in CASES]
)
def test_the_gate(
    _why: str, known: Facts, asked: Question, reason: str, address: str | None
) -> None:
    found = may(known, asked, NOW)
    assert found.reason == reason
    assert found.yes == (reason in {"granted", "soft_opt_in"})
    if found.yes:
        assert found.address == address


def test_every_reason_is_asked_and_has_words() -> None:
    asked = {reason.partition(":")[0] for _, _, _, reason, _ in CASES}
    assert asked == set(get_args(Code))
    for code in get_args(Code):
        texts = catalogue()[f"gate.{code}"]
        assert texts["en"] != texts["nl"]


KNOWN = {
    "email": " Jan.de.Boer+x@GMail.com ",
    "phone": "+31612345678",
    "first_name": "Jan",
    "infix": "van 't",
    "last_name": "Hof-Berg",
    "postcode": "1234 AB",
    "city": "'s-Gravenhage",
    "country": "nl",
}


def test_what_ad_platforms_match() -> None:
    google = dict(zip(COLUMNS["google"], row("google", KNOWN), strict=True))
    meta = dict(zip(COLUMNS["meta"], row("meta", KNOWN), strict=True))
    assert google == {
        "Email": hashed("jandeboer@gmail.com"),
        "Phone": hashed("+31612345678"),
        "First Name": hashed("jan"),
        "Last Name": hashed("van t hofberg"),
        "Country": "NL",
        "Zip": "1234 AB",
    }
    assert meta == {
        "email": hashed("jan.de.boer+x@gmail.com"),
        "phone": hashed("31612345678"),
        "fn": hashed("jan"),
        "ln": hashed("van t hofberg"),
        "ct": hashed("sgravenhage"),
        "st": "",
        "zip": hashed("1234ab"),
        "country": hashed("nl"),
    }
    assert hashed("test") == "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
