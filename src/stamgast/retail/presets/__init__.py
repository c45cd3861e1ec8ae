"""Numbers that fit a kind of shop, as definition files that a new shop gets for its own.

A preset sets parameters of the shipped definitions and nothing else; why stands beside each.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from stamgast.language.ast import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A kind of shop."""

    name: str
    label: Text
    about: Text

    @property
    def text(self) -> str:
        """The definition file."""
        return self.text_in("en")

    def text_in(self, language: str) -> str:
        """The definition file, with the comments of a language; the numbers are the same in each."""
        name = f"{self.name}.nl.yaml" if language == "nl" else f"{self.name}.yaml"
        return files(__name__).joinpath(name).read_text(encoding="utf-8")


_ALL = (
    Preset(
        name="fashion",
        label=Text(en="Fashion", nl="Mode"),
        about=Text(
            en="Two collections a year, many returns, much looking around.",
            nl="Twee collecties per jaar, veel retouren, veel rondkijken.",
        ),
    ),
    Preset(
        name="pets",
        label=Text(en="Pets", nl="Huisdieren"),
        about=Text(
            en="Food that runs out every four to six weeks.",
            nl="Voer dat elke vier tot zes weken op is.",
        ),
    ),
    Preset(
        name="groceries",
        label=Text(en="Groceries", nl="Boodschappen"),
        about=Text(en="Bought every week.", nl="Elke week gekocht."),
    ),
    Preset(
        name="gifts",
        label=Text(en="Gifts", nl="Cadeaus"),
        about=Text(
            en="Bought for occasions, a few times a year.",
            nl="Gekocht voor gelegenheden, een paar keer per jaar.",
        ),
    ),
)
PRESETS = {preset.name: preset for preset in _ALL}
"""Every preset, by name."""
