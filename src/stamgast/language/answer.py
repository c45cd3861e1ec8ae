"""What an engine answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.language.ast import Percentile, Score, ShopTotal, Top
    from stamgast.model.log import Instant, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One definition's answer for one profile at one instant.

    ``exists`` False: no record of the profile was dated ``<= t``; the value is then None and
    ``valid_until`` the instant it comes to exist, if that is known. ``valid_until``: later than t;
    before it the value cannot change as if nothing more were said; None: never by itself.
    """

    exists: bool
    value: Scalar
    valid_until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTable:
    """The population of one ``Top`` or ``Score`` at one midnight."""

    size: int
    """N, the number of profiles in the population."""
    worse: tuple[Mapping[int | float, int], ...]
    """Per ``by`` trait: value -> how many of the population are strictly worse."""
    threshold: int | None
    """The ceil(share x N)-th best score; None when N is 0, and for a ``Score``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Shop statistics in force at an instant: those of the last shop-local midnight at or before it."""

    midnight: Instant
    next_midnight: Instant
    tops: Mapping[Top, RankTable] = field(default_factory=dict)
    numbers: Mapping[Percentile, int | float | None] = field(default_factory=dict)
    """The values at the percentiles, not yet multiplied by their ``times``."""
    scores: Mapping[Score, RankTable] = field(default_factory=dict)
    totals: Mapping[ShopTotal, int | None] = field(default_factory=dict)
