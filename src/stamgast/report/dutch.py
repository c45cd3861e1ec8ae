"""Errors and the reasons of imports in Dutch: found by their English text, in ``dutch.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources

FIELD = re.compile(r"\\?\{(\w+)\\?\}")
MOST = 2_000
"""Longer texts than this are left as they are."""


@lru_cache(maxsize=2)
def pairs(file: str = "dutch.toml") -> dict[str, str]:
    """The English text -> the Dutch one, values in braces."""
    text = resources.files("stamgast.report").joinpath(file).read_text(encoding="utf-8")
    return {en: nl for section in tomllib.loads(text).values() for en, nl in section.items()}


@lru_cache(maxsize=2)
def _patterns(file: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Longest first: what says most fits best."""
    longest = sorted(pairs(file).items(), key=lambda pair: -len(FIELD.sub("", pair[0])))
    return tuple(
        (re.compile(FIELD.sub(r"(?P<\1>.+)", re.escape(en)), re.DOTALL), nl)
        for en, nl in longest
        if FIELD.search(en)
    )


def dutch(text: str) -> str:
    """The text in Dutch, its values as they are; English where there is none.

    Of several lines each on its own; a place such as ``file:3:`` before a text stays.

    >>> dutch("there is no profile 12"), dutch("there is no segment 'vip'")
    ('er is geen profiel 12', "er is geen segment 'vip'")
    >>> dutch("web.yaml:3: unknown key `adress`")
    'web.yaml:3: onbekende sleutel `adress`'
    """
    found = _whole(text, "dutch.toml")
    if found is not None or len(text) > MOST:
        return found or text
    if "\n" in text:
        return "\n".join(dutch(line) for line in text.split("\n"))
    if text.startswith("  "):
        return f"  {dutch(text[2:])}"
    place, colon, rest = text.partition(": ")
    while colon:
        found = _whole(rest, "dutch.toml")
        if found is not None:
            return f"{place}: {found}"
        more, colon, rest = rest.partition(": ")
        place = f"{place}: {more}"
    return text


def usage_dutch(text: str) -> str:
    """What is wrong with how a command was called, in Dutch; English where there is no text."""
    found = _whole(text, "usage.toml")
    return text if found is None else found


def _whole(text: str, file: str) -> str | None:
    exact = pairs(file).get(text)
    if exact is not None or len(text) > MOST:
        return exact
    for pattern, translated in _patterns(file):
        found = pattern.fullmatch(text)
        if found is not None:
            return translated.format(
                **{name: _inner(name, one) for name, one in found.groupdict().items()}
            )
    return None


def _inner(name: str, value: str) -> str:
    """A value that is a text of ours itself; others as they are."""
    if name in {"issues", "many"}:
        return dutch(value)
    return usage_dutch(value) if name == "why_not" else value
