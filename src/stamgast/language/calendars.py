"""Seasons and sales of a shop as definitions have them: resolved to instants, in the shop's zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.language.ast import Span, Text

FIRST_YEAR = 1990
LAST_YEAR = 2059
"""Seasons are known for the years from the first up to and including the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A season of one year, or a sale once: ``from_at <= at < until_at``.

    A season from the midnight of its first local day to that after its last one. A sale from its
    early access (without one, from its start) to its end.
    """

    name: str
    year: int
    """Of its first local day; of a sale that of its start."""
    from_at: int
    until_at: int
    days: int
    """The number of local days that it touches."""
    starts_at: int
    """Of a sale: when it opens for everybody. Of a season ``from_at``."""

    @property
    def span(self) -> Span:
        """``(from_at, until_at)``."""
        return (self.from_at, self.until_at)

    @property
    def precedence(self) -> tuple[int, int, str, int]:
        """The least is the one that is meant when rows lie in several: the shortest, first to end."""
        return (self.days, self.until_at, self.name, self.from_at)

    @property
    def said(self) -> str:
        """``christmas 2025``."""
        return f"{self.name} {self.year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season, or a sale, with its occurrences: ascending, none overlaps the next."""

    name: str
    label: Text
    about: Text | None = None
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The seasons and sales of a shop; a name is of one of them only."""

    seasons: Mapping[str, Season] = field(default_factory=dict)
    sales: Mapping[str, Season] = field(default_factory=dict)

    occurrences: tuple[Occurrence, ...] = field(init=False)
    """Of all seasons, the one that is meant first: see ``Occurrence.precedence``."""

    def __post_init__(self) -> None:
        """Put the occurrences of all seasons in order."""
        every = [one for season in self.seasons.values() for one in season.occurrences]
        ordered = tuple(sorted(every, key=lambda one: one.precedence))
        object.__setattr__(self, "occurrences", ordered)


def joined_spans(spans: list[Span]) -> tuple[Span, ...]:
    """Spans in ascending order; those that overlap or touch are one.

    >>> joined_spans([(5, 8), (1, 3), (3, 4), (7, 9)])
    ((1, 4), (5, 9))
    """
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)
