"""Every number of the shipped definitions is a parameter, so that a shop changes just the number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is no threshold: names and explanations, days of the calendar (a shop writes its own), the
# order among treatments.
NO_THRESHOLDS = {"parameters", "labels", "label", "about", "version", "calendars", "treatment"}
WRITTEN = re.compile(r"\d+([.]\d+)?(%|[smhdw])")
STRUCTURE = {
    0: "nothing, or no time at all",
    1: "one, or the whole of a share",
    2: "an earlier purchase beside this one",
}
"""Numbers that belong to the rule itself."""
OTHERS = {
    ("dissatisfied", 50): "the middle: a median",
    ("rfm", "whole(100 * rfm_recency + 10 * rfm_frequency + rfm_monetary)"): "three digits",
}


def numbers(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every number below, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in NO_THRESHOLDS:
                yield from numbers(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, path)
    elif isinstance(value, str):
        formula = path[-1] == "formula" and re.search(r"(?<![\w$])[02-9]|(?<![\w$])\d\d", value)
        if formula or WRITTEN.fullmatch(value):
            yield path, value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def test_every_number_is_a_parameter() -> None:
    found = [
        (file.name, path, value)
        for file in shipped_files()
        for path, value in numbers(YAML(typ="safe").load(file.text), ())
        if value not in STRUCTURE and value != "0d"
        if not any(name in path and value == number for name, number in OTHERS)
    ]
    assert found == []


def test_each_exception_is_there() -> None:
    every = [
        (path, value)
        for file in shipped_files()
        for path, value in numbers(YAML(typ="safe").load(file.text), ())
    ]
    for name, number in OTHERS:
        assert any(name in path and value == number for path, value in every), name
