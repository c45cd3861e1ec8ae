"""Errors and the reasons of imports in Dutch: found by their English text, in the tables beside."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources

FIELD = re.compile(r"\\?\{(\w+)\\?\}")
AT_LINE = re.compile(r"[^\n]*?:\d+: ")
"""The place before what is wrong in a file."""
TABLES = {
    "dutch.toml": ("dutch.toml", "definitions.toml"),
    "usage.toml": ("usage.toml",),
    "help.toml": ("help.toml",),
}
"""What is said when something is wrong, how commands are called, and what they are for."""
WORDS = frozenset({"error", "why", "kind", "kinds", "wanted", "what"})
"""Values that are words of ours."""
MOST = 2_000
"""Longer texts than this are left as they are."""


@lru_cache(maxsize=3)
def pairs(file: str = "dutch.toml") -> dict[str, str]:
    """The English text -> the Dutch one, values in braces."""
    folder = resources.files("stamgast.report")
    texts = [folder.joinpath(one).read_text(encoding="utf-8") for one in TABLES[file]]
    sections = [section for text in texts for section in tomllib.loads(text).values()]
    return {en: nl for section in sections for en, nl in section.items()}


@lru_cache(maxsize=2)
def _patterns(file: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What goes around another text of ours first, then the longest: what says most fits best."""
    longest = sorted(
        pairs(file).items(),
        key=lambda pair: (
            "{message}" not in pair[0] and "{why_not}" not in pair[0],
            -len(FIELD.sub("", pair[0])),
        ),
    )
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
    line = AT_LINE.match(text)
    if line is not None and (rest := _whole(text[line.end() :], "dutch.toml")) is not None:
        return line[0] + rest
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
        # several lines are one text only where the table has them so
        found = None if "\n" in text and "\n" not in pattern.pattern else pattern.fullmatch(text)
        if found is not None:
            return translated.format(
                **{name: _inner(name, one) for name, one in found.groupdict().items()}
            )
    return None


def _inner(name: str, value: str) -> str:
    """A value that is a text of ours itself; others as they are."""
    if name in {"issues", "many", "message", "hint", "shown"}:
        return dutch(value)
    if name in WORDS:
        return dutch(value) if value.startswith("[Errno") else pairs().get(value, value)
    return usage_dutch(value) if name == "why_not" else value
