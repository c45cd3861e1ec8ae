"""Parameters: values by name, put in wherever ``$name`` stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from stamgast.errors import did_you_mean
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.scalars import DURATION, duration_us, shown
from stamgast.language.wording import duration_words, number_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.issues import Issues, Place
    from stamgast.language.wording import Language

PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)", re.ASCII)
INSIDE = re.compile(r"\$(\$|[a-z][a-z0-9_]*)", re.ASCII)
"""In a text also ``$$``, which writes a dollar sign."""
TEXTS = frozenset({"label", "about"})


@dataclass(slots=True)
class Parameters:
    """The parameters of all files, and which of them were used."""

    entries: Mapping[str, Entry[Any]]
    issues: Issues
    used: set[str] = field(default_factory=set)
    texts: frozenset[str] = TEXTS
    """Keys under which texts stand, which may have parameters inside."""

    def fill(self, value: object, place: Place) -> tuple[Any, bool]:
        """The value with every ``$name`` replaced; and whether nothing is missing in it."""
        if isinstance(value, dict):
            pairs = {key: self.fill(inner, place.at(key)) for key, inner in value.items()}
            whole = {key: inner for key, (inner, _) in pairs.items()}
            return whole, all(sound for _, sound in pairs.values())
        if isinstance(value, list):
            items = [self.fill(inner, place.at(i)) for i, inner in enumerate(value)]
            return [inner for inner, _ in items], all(sound for _, sound in items)
        if value is None:
            hint = "write a value; to ask for a missing one: present: false"
            if "(" in str(place.path[-1]) or ")" in str(place.path[-1]):
                hint = "inside {...} a text with commas needs quotes"
            self.issues.add(place, "form", f"nothing stands at `{place.path[-1]}`", hint)
            return None, False
        return self._scalar(value, place)

    def _scalar(self, value: object, place: Place) -> tuple[Any, bool]:
        if not isinstance(value, str):
            return value, True
        if self.texts & set(place.path[-2:]):
            language: Language = "nl" if place.path[-1] == "nl" else "en"
            return self._inside(value, place, lambda one: _in_text(one, language))
        if place.path[-1] == "formula":
            return self._inside(value, place, _in_formula)
        if value.startswith("$$"):
            return value[1:], True
        match = PARAMETER.fullmatch(value)
        if match is None:
            return value, True
        entry = self._entry(match[1], place)
        if entry is None:
            return None, False
        self.issues.origins[place.file, place.path] = (match[1], entry.place)
        return entry.form, entry.form is not None

    def _entry(self, name: str, place: Place) -> Entry[Any] | None:
        self.used.add(name)
        entry = self.entries.get(name)
        if entry is None:
            hint = suggest(name, self.entries) or f"for a text that begins with $ write $${name}"
            self.issues.add(place, "unknown_name", f"there is no parameter `{name}`", hint)
        return entry

    def _inside(self, text: str, place: Place, written: Callable[[Any], str]) -> tuple[str, bool]:
        """A text with parameters in it."""
        sound = True

        def value(match: re.Match[str]) -> str:
            nonlocal sound
            if match[1] == "$":
                return "$"
            entry = self._entry(match[1], place)
            sound = sound and entry is not None and entry.form is not None
            return "" if entry is None else written(entry.form)

        return INSIDE.sub(value, text), sound

    def unused(self) -> None:
        """A shop's parameter that nothing uses, named almost like one in use, is misspelt."""
        for name, entry in self.entries.items():
            if entry.shipped or entry.overrides or entry.form is None or name in self.used:
                continue
            hint = did_you_mean(name, self.used)
            if hint:
                message = f"nothing uses the parameter `{name}`"
                self.issues.add(entry.place, "unused", message, hint)


def _in_text(value: object, language: Language) -> str:
    if isinstance(value, str) and DURATION.fullmatch(value):
        return duration_words(duration_us(value), language)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return number_words(value, language)
    if isinstance(value, list):
        return ", ".join(_in_text(one, language) for one in value)
    return shown(value)


def _in_formula(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
