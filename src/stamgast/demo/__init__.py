"""Shops to see Stamgast at work on: real ones, cut down (``data/LICENCE.md``), and a made-up one."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from stamgast.language.ast import Text

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSet:
    """A shop to show."""

    name: str
    shop: Text
    """The shop's name."""
    about: Text
    """What the data is, in a sentence."""
    files: tuple[str, ...]
    mapping: str
    as_of: str
    """The day that is shown, by its first midnight: the one after the last order."""

    def paths(self) -> list[Path]:
        """Where the files are."""
        folder = resources.files("stamgast.demo").joinpath("data")
        found = []
        for file in self.files:
            with resources.as_file(folder.joinpath(file)) as path:
                found.append(path)
        return found


SETS = {
    "gifts": DemoSet(
        name="gifts",
        shop=Text(en="Gift shop", nl="Cadeauwinkel"),
        about=Text(
            en="A British web shop for gifts, 2009 to 2011: real orders and refunds of one in eight customers.",
            nl="Een Britse webwinkel voor cadeaus, 2009 tot 2011: echte bestellingen en terugbetalingen van een op de acht klanten.",
        ),
        files=("gifts_2009_2010.parquet", "gifts_2010_2011.parquet"),
        mapping="online-retail",
        as_of="2011-12-10",
    ),
    "groceries": DemoSet(
        name="groceries",
        shop=Text(en="Supermarket", nl="Supermarkt"),
        about=Text(
            en="An American supermarket, 2017: the real shopping of 153 households, coupons included.",
            nl="Een Amerikaanse supermarkt, 2017: de echte boodschappen van 153 huishoudens, met kortingsbonnen.",
        ),
        files=("groceries.parquet",),
        mapping="complete-journey",
        as_of="2018-01-02",
    ),
}
"""By name; the first is shown unless another is asked for."""

MADE_UP = Text(
    en="A Dutch shop with a web shop, an app and four stores, made up: nobody in it exists.",
    nl="Een Nederlandse winkel met een webwinkel, een app en vier filialen, verzonnen: niemand erin bestaat.",
)
"""What the made-up shop is, in a sentence."""
