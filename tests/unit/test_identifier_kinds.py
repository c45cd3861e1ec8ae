"""Which identifiers exist, how they are written, and what a shop may change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from stamgast.errors import InvalidDefinitions, UserError
from stamgast.identity.kinds import read_kinds
from stamgast.identity.normalise import (
    _is_plain_email,
    check,
    normalise,
    normalise_distinct,
    shared_values,
)

CASES = Path(__file__).parents[1] / "cases" / "identifiers.yaml"


def _cases() -> list[Any]:
    data = YAML(typ="safe").load(CASES.read_text("utf-8"))
    return [
        pytest.param(kind, *case, id=f"{kind}:{case[0]!r}")
        for kind, cases in data.items()
        for case in cases
    ]


@pytest.mark.parametrize(
    ("kind", "text", "value", "reason"),
    [pytest.param(*p.values, *([None] if len(p.values) == 3 else []), id=p.id) for p in _cases()],
)
def test_a_text_is_written_one_way(
    kind: str, text: str, value: str | None, reason: str | None
) -> None:
    outcome = check(read_kinds()[kind], text)
    assert (outcome.value, outcome.reason) == (value, reason)


@given(text=st.text(max_size=40), kind=st.sampled_from([k.name for k in read_kinds().kinds]))
@settings(max_examples=300, deadline=None)
def test_a_normalised_value_stays_as_it_is(text: str, kind: str) -> None:
    value = normalise(read_kinds()[kind], text)
    if value is not None:
        assert check(read_kinds()[kind], value).value == value


_ADDRESSES = st.from_regex(
    r"[A-Za-z0-9_.+-]{1,12}@[A-Za-z0-9.-]{1,16}\.(com|nl|local|test|invalid|c|x1|xn--p1ai)",
    fullmatch=True,
)


@given(text=_ADDRESSES)
@settings(max_examples=500, deadline=None)
def test_the_short_way_for_addresses_agrees_with_email_validator(text: str) -> None:
    lowered = text.lower()
    if _is_plain_email(lowered):
        judged = validate_email(text, check_deliverability=False, test_environment=True)
        assert judged.normalized.lower() == lowered


def test_the_short_way_for_addresses_is_taken() -> None:
    assert _is_plain_email("jan.de-vries+kerst@mail.winkel.co.uk")


@pytest.mark.parametrize("domain", ["a" * 63 + ".nl", "a" * 64 + ".nl", "a.b.c.nl", "-a.nl"])
@pytest.mark.parametrize("local", ["a" * 64, "a" * 65, "a_b"])
def test_lengths_of_addresses_agree_with_email_validator(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    try:
        expected = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        expected = None
    assert normalise(read_kinds()["email"], text) == expected


def test_a_whole_column_at_once() -> None:
    found = normalise_distinct(read_kinds()["email"], ["A@b.nl", "a@B.nl", "noreply@b.nl", ""])
    assert found == {"A@b.nl": "a@b.nl", "a@B.nl": "a@b.nl", "noreply@b.nl": None, "": None}


def test_the_country_of_the_shop_decides_where_a_number_is_dialled() -> None:
    assert normalise(read_kinds(country="BE")["phone"], "0470 12 34 56") == "+32470123456"
    assert normalise(read_kinds(country="GB")["phone"], "020 7946 0958") == "+442079460958"


def test_kinds_are_strongest_first_and_persons_before_devices() -> None:
    kinds = read_kinds()
    assert [k.name for k in kinds.kinds] == [
        "customer_id", "loyalty_card", "email", "phone",
        "anonymous_id", "device_id", "idfa", "gaid",
    ]  # fmt: skip
    assert [k.rank for k in kinds.kinds] == list(range(8))
    assert kinds.limits["customer_id"] == 1


def test_a_shop_changes_what_it_names_and_keeps_the_rest() -> None:
    kinds = read_kinds(
        """
version: 1
blocked: [walk-in]
identifiers:
  customer_id: {allowed: ["0"]}
  email: {limit: 2, blocked: [info@winkel.nl]}
  erp_number: {label: {en: ERP, nl: ERP}, of: person, normalise: id, limit: 1}
  device_id: {shared: [KIOSK-1, 9B2E5F1C-7A4D-4C6E-8B1F-2D3A4E5F6071]}
order: [erp_number]
"""
    )
    assert [k.name for k in kinds.person] == [
        "erp_number", "customer_id", "loyalty_card", "email", "phone",
    ]  # fmt: skip
    assert kinds["email"].limit == 2
    assert normalise(kinds["email"], "Info@Winkel.nl") is None
    assert normalise(kinds["email"], "noreply@winkel.nl") is None
    assert normalise(kinds["customer_id"], "Walk-In") is None
    assert normalise(kinds["customer_id"], "0") == "0"
    assert shared_values(kinds["device_id"]) == {
        "KIOSK-1", "9b2e5f1c-7a4d-4c6e-8b1f-2d3a4e5f6071",
    }  # fmt: skip


@pytest.mark.parametrize("pattern", ["TILL-.*", "(?i:till)-[0-9]+", "aaa|till-.*"])
def test_a_pattern_of_the_shop_blocks_whole_values_without_regard_to_case(pattern: str) -> None:
    kinds = read_kinds(
        f"version: 1\nidentifiers:\n  customer_id: {{blocked_patterns: ['{pattern}']}}\n"
    )
    assert normalise(kinds["customer_id"], "Till-7") is None
    assert normalise(kinds["customer_id"], "x-Till-7") == "x-Till-7"


def test_a_limit_can_be_lifted() -> None:
    kinds = read_kinds("version: 1\nidentifiers:\n  email: {limit: null}\n")
    assert kinds["email"].limit is None


def test_every_issue_is_reported_at_once_with_its_line() -> None:
    with pytest.raises(InvalidDefinitions) as caught:
        read_kinds(
            """version: 1
identifiers:
  email:
    blocked_patterns: ["(", "a+"]
  crm:
    limit: 1
  device_id:
    limit: 3
  phone:
    of: device
  loyalty_card:
    normalise: device
    shared: [a]
order: [emial, phone, phone]
"""
        )
    assert [(i.line, i.code.removeprefix("identifiers.")) for i in caught.value.issues] == [
        (4, "pattern"),
        (5, "of"),
        (5, "normalise"),
        (8, "limit"),
        (10, "of"),
        (12, "normalise"),
        (13, "shared"),
        (14, "unknown_kind"),
        (14, "order"),
    ]
    assert "did you mean `email`" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("version: 1\nidentifiers:\n  email: {limits: 2}\n", 3, "did you mean `limit`"),
        ("version: 1\nblocked: [0]\n", 2, "in quotes"),
        ("version: 1\nidentifiers:\n  E-mail: {limit: 2}\n", 3, "no name for a kind"),
        ("version: 1\nidentifiers:\n  email: {limit: 0}\n", 3, "greater than or equal to 1"),
        ("identifiers: {}\n", 1, "version is missing"),
        ("version: 1\nidentifiers: [\n", 3, "no YAML"),
        ("version: 1\nversion: 1\n", 2, "no YAML"),
        ("- a\n", 1, "valid dictionary"),
    ],
)
def test_a_broken_file_says_where(text: str, line: int, message: str) -> None:
    with pytest.raises(InvalidDefinitions) as caught:
        read_kinds(text)
    assert caught.value.issues[0].line == line
    assert message in str(caught.value)


def test_an_unknown_kind_suggests_one() -> None:
    with pytest.raises(UserError, match="did you mean `customer_id`"):
        read_kinds()["custmer_id"]
