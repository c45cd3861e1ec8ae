"""What all parts of one shop share: its chance, its days, its products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from stamgast.demo.generator import seasons
from stamgast.demo.generator.catalogue import Catalogue
from stamgast.demo.generator.draws import Draws
from stamgast.demo.generator.mailing import Campaigns
from stamgast.demo.generator.seasons import Pace
from stamgast.demo.generator.words import CATEGORIES

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Ints

YEARS = 3
_BEFORE = 120
"""Days before the first customer came from which products are known."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One shop: its seed and the day it is seen on, which is not in it any more."""

    seed: int
    until: date

    @cached_property
    def draws(self) -> Draws:
        """All chance."""
        return Draws(self.seed)

    @cached_property
    def pace(self) -> Pace:
        """The shop's own time."""
        return Pace()

    @cached_property
    def end_pace(self) -> int:
        """The pace at the first moment of ``until``."""
        return self.pace.at(self.until)

    @cached_property
    def end(self) -> int:
        """The first second that is not in the shop, UTC since 1970: everything is before it."""
        return seasons.midnight(self.until)

    @cached_property
    def opening(self) -> date:
        """A day before anybody came."""
        return self.until - timedelta(days=YEARS * 366 + _BEFORE)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The products of these days."""
        return Catalogue(self.draws, self.opening, self.until)

    @cached_property
    def campaigns(self) -> Campaigns:
        """The newsletters of these days."""
        return Campaigns(self.opening, self.until)

    @property
    def categories(self) -> int:
        """How many categories there are."""
        return len(CATEGORIES)

    def utc(self, pace: Ints) -> Ints:
        """Seconds since 1970 UTC."""
        return seasons.utc(self.pace.local(pace))
