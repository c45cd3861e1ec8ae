"""The words that people read, in English and Dutch: looked up by key in ``words.toml`` and others."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Literal, TypeAlias

from stamgast.errors import InternalError

Language: TypeAlias = Literal["en", "nl"]
FILES = (
    "words.toml",
    "insight.toml",
    "calendar.toml",
    "labels.toml",
    "events.toml",
    "web.toml",
    "care.toml",
    "steer.toml",
    "intake.toml",
    "builder.toml",
    "audit.toml",
    "hand.toml",
    "tags.toml",
)
"""No section is in two of them."""


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Key (``section.name``) -> language -> text."""
    folder = resources.files("stamgast.report")
    return {
        f"{section}.{name}": texts
        for file in FILES
        for section, words in tomllib.loads(
            folder.joinpath(file).read_text(encoding="utf-8")
        ).items()
        for name, texts in words.items()
    }


def word(language: Language, key: str, **values: object) -> str:
    """The text of a key; of ``one | many`` the form for ``count`` (many without it).

    >>> word("nl", "customer.n_orders", n="1", count=1)
    '1 bestelling'
    """
    texts = catalogue().get(key)
    if texts is None:
        raise InternalError(f"no words for {key}")
    one, bar, many = texts[language].partition(" | ")
    chosen = many if bar and values.get("count") != 1 else one
    return chosen.format(**values)
