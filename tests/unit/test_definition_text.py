"""One entry of a definition file changed: everything else, and what is said beside it, stays."""

from __future__ import annotations

import pytest

from stamgast.app.definition_text import entry_text, merged, with_entry
from stamgast.errors import UserError

FILE = """# Ours, since 2019
version: 1
parameters: {a: 3}

segments:
  # about one
  one:
    label: {en: One, nl: Een}   # how it is called
    where:
      # first
      - {did: order, at_least: 3}   # why three
      - not: {segment: two}
      # the end
  # about two
  two:
    about: >
      folded text
      here
    where: {stage: [loyal, at_risk]}

traits:
  x: {count: order}   # a trait
"""
ONE = """one:
  label: {en: One, nl: Een}   # how it is called
  where:
    # first
    - {did: order, at_least: 3}   # why three
    - not: {segment: two}
"""


def test_an_entry_is_found_and_put_back_as_it_was() -> None:
    assert entry_text(FILE, "segments", "one") == ONE
    for name in ("one", "two"):
        entry = entry_text(FILE, "segments", name)
        assert with_entry(FILE, "segments", name, entry) == FILE
    assert entry_text(FILE, "segments", "three") is None
    assert entry_text("", "segments", "one") is None


def test_a_change_keeps_the_words_beside_it() -> None:
    plain = {
        "label": {"en": "One", "nl": "Eén"},
        "where": [{"did": "order", "at_least": 4}, {"not": {"segment": "two"}}, {"stage": "loyal"}],
    }
    changed = with_entry(FILE, "segments", "one", merged(ONE, "one", plain))
    assert changed == FILE.replace("nl: Een", "nl: Eén").replace(
        "at_least: 3", "at_least: 4"
    ).replace(
        "      - not: {segment: two}\n",
        "      - not: {segment: two}\n      - {stage: loyal}\n",
    )


def test_a_new_one_comes_last_and_goes_again() -> None:
    entry = merged(None, "three", {"label": {"nl": "Drie"}, "where": {"stage": "loyal"}})
    more = with_entry(FILE, "segments", "three", entry)
    assert more == FILE.replace(
        "    where: {stage: [loyal, at_risk]}\n",
        "    where: {stage: [loyal, at_risk]}\n\n"
        "  three:\n    label: {nl: Drie}\n    where: {stage: loyal}\n",
    )
    assert with_entry(more, "segments", "three", None) == FILE
    assert with_entry(FILE, "segments", "three", None) == FILE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "segments:\n  a:\n    where: {stage: loyal}\n"),
        ("version: 1\n# hi", "version: 1\n# hi\n\nsegments:\n  a:\n    where: {stage: loyal}\n"),
        (
            "segments:\nversion: 1\n",
            "segments:\n\n  a:\n    where: {stage: loyal}\nversion: 1\n",
        ),
    ],
)
def test_a_file_without_segments_gets_them(before: str, after: str) -> None:
    entry = merged(None, "a", {"where": {"stage": "loyal"}})
    assert with_entry(before, "segments", "a", entry) == after


def test_a_file_on_one_line_is_not_touched() -> None:
    text = "segments: {a: {where: {stage: loyal}}, b: {where: {stage: loyal}}}\n"
    with pytest.raises(UserError, match="in braces") as wrong:
        with_entry(text, "segments", "a", None)
    assert wrong.value.code == "definitions.layout"
