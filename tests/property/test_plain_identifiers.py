"""What is called plain by its shape is what the full rules leave as it is."""

from __future__ import annotations

import re
import string

import duckdb
from effort import examples_of
from hypothesis import given, settings
from hypothesis import strategies as st

from stamgast.identity.kinds import IdentifierKind, read_kinds
from stamgast.identity.normalise import normalise
from stamgast.identity.plain import Plain, plain

KINDS = read_kinds(
    """
version: 1
identifiers:
  till_card:
    of: person
    normalise: id
    blocked_patterns: ["(9|8){4,}", "[^a-c]x.?", "KASSA-\\\\d+"]
""",
    country="NL",
)
TESTED = [kind for kind in KINDS.kinds if plain(kind) is not None]
PIECES = st.sampled_from(
    [
        "0",
        "00",
        "1",
        "9999",
        "8",
        ".",
        "e+",
        "E5",
        "-",
        "x",
        "xxx",
        "X",
        "xn--",
        "@",
        "a@b.nl",
        "noreply",
        "test",
        "unknown",
        "KASSA-1",
        "kassa-2",
        "ab",
        "Q",
        ".local",
        ".com",
        "example",
        "+",
        "_",
        "/",
        "é",
        "123e4567-e89b-12d3-a456-426614174000",
        "123E4567-E89B-12D3-A456-426614174000",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ]
) | st.sampled_from([" ", "\t", "\n", "\x00"])
TEXTS = st.one_of(
    st.lists(PIECES, min_size=1, max_size=5).map("".join),
    st.text(string.ascii_letters + string.digits + "@.+-_ é", min_size=1, max_size=12),
    st.emails(),
)


def is_plain(test: Plain, text: str) -> bool:
    return (
        len(text) <= test.max_length
        and re.fullmatch(test.shape, text) is not None
        and text.lower() not in test.never
        and not any(re.fullmatch(pattern, text, re.IGNORECASE) for pattern in test.unlike)
    )


@settings(max_examples=examples_of(1500, short=500), deadline=None)
@given(st.sampled_from(TESTED), TEXTS)
def test_plain_texts_are_left_as_they_are(kind: IdentifierKind, text: str) -> None:
    test = plain(kind)
    assert test is not None
    if is_plain(test, text):
        assert normalise(kind, text) == text


@settings(max_examples=examples_of(60, short=30), deadline=None)
@given(st.sampled_from(TESTED), st.lists(TEXTS, min_size=50, max_size=200))
def test_both_engines_read_the_patterns_alike(kind: IdentifierKind, texts: list[str]) -> None:
    test = plain(kind)
    assert test is not None
    for pattern, option, flags in [
        (test.shape, "c", 0),
        *((one, "i", re.IGNORECASE) for one in test.unlike),
    ]:
        ascii_only = [text for text in texts if text.isascii() and text.isprintable()]
        rows = duckdb.execute(
            f"SELECT regexp_full_match(unnest($texts::VARCHAR[]), $pattern, '{option}')",
            {"texts": ascii_only, "pattern": pattern},
        ).fetchall()
        expected = [re.fullmatch(pattern, text, flags) is not None for text in ascii_only]
        assert [row[0] for row in rows] == expected


def test_common_identifiers_are_plain() -> None:
    texts = {
        "customer_id": ["00042", "K-17", "1234567890"],
        "email": ["jan.de-vries+x@voorbeeld.nl", "a@b-c.co.uk"],
        "anonymous_id": ["123e4567-e89b-12d3-a456-426614174000", "GA1.2.33.44", "v-17"],
        "till_card": ["K1"],
    }
    for name, good in texts.items():
        test = plain(KINDS[name])
        assert test is not None
        assert all(is_plain(test, text) for text in good), name


def test_kinds_whose_rules_only_python_reads_have_no_test() -> None:
    assert plain(KINDS["phone"]) is None
    assert plain(KINDS["loyalty_card"]) is None
    for pattern in ["(?=a)b", "a++", "\\bno", "(a)\\\\1", "(?i)x", "^x", "x$"]:
        kinds = read_kinds(
            "version: 1\nidentifiers:\n  k:\n    of: person\n    normalise: id\n"
            f'    blocked_patterns: ["{pattern}"]\n'.replace("\\b", "\\\\b"),
            country="NL",
        )
        assert plain(kinds["k"]) is None, pattern
