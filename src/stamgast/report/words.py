"""The words that people read, in English and Dutch: looked up by key in ``words.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Literal, TypeAlias

from stamgast.errors import InternalError

Language: TypeAlias = Literal["en", "nl"]


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Key (``section.name``) -> language -> text."""
    text = resources.files("stamgast.report").joinpath("words.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{name}": texts
        for section, words in tomllib.loads(text).items()
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
