"""Errors and the reasons of imports in Dutch: found by their English text, in ``dutch.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources

FIELD = re.compile(r"\\?\{(\w+)\\?\}")
MOST = 2_000
"""Longer texts than this are left as they are."""


@lru_cache(maxsize=1)
def pairs() -> dict[str, str]:
    """The English text -> the Dutch one, values in braces."""
    text = resources.files("stamgast.report").joinpath("dutch.toml").read_text(encoding="utf-8")
    return {en: nl for section in tomllib.loads(text).values() for en, nl in section.items()}


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Longest first: what says most fits best."""
    longest = sorted(pairs().items(), key=lambda pair: -len(FIELD.sub("", pair[0])))
    return tuple(
        (re.compile(FIELD.sub(r"(?P<\1>.+)", re.escape(en)), re.DOTALL), nl)
        for en, nl in longest
        if FIELD.search(en)
    )


def dutch(text: str) -> str:
    """The text in Dutch, its values as they are; English where there is none.

    >>> dutch("there is no profile 12"), dutch("there is no segment 'vip'")
    ('er is geen profiel 12', "er is geen segment 'vip'")
    """
    exact = pairs().get(text)
    if exact is not None or len(text) > MOST:
        return exact or text
    for pattern, translated in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return translated.format(**found.groupdict())
    return text
