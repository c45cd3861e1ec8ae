"""The values bound to a statement, and how they follow from what is asked.

A statement is put together for an instant and the shop statistics of its midnight, but its text
mostly does not depend on them: only the values do. Each value that follows from them is kept as a
function of them, and so is each decision that shaped the text. For another instant at which all
decisions fall the same, the text stands as it is and the values are computed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlglot import exp

from stamgast.language.sql.terms import every

if TYPE_CHECKING:
    from stamgast.language.ast import Percentile, ShopTotal, Top
    from stamgast.language.sql.terms import Sql

Bound: TypeAlias = Any
"""A value that is bound to a statement: int, float, str, bool, date, or a tuple of these."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopStatistics:
    """Shop statistics as a statement needs them."""

    next_midnight: int | None = None
    scores: Mapping[tuple[object, ...], str] = field(default_factory=dict)
    """``score_key(top)`` -> the table ``(profile_id, score)`` of those for whom ``provided`` held."""
    thresholds: Mapping[Top, int | None] = field(default_factory=dict)
    numbers: Mapping[Percentile, int | float | None] = field(default_factory=dict)
    sizes: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    """``score_key(score)`` -> how many are ranked."""
    totals: Mapping[ShopTotal, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a statement is put together for."""

    zone: str
    t: int | None
    """None: an instant per row."""
    statistics: ShopStatistics = field(default_factory=ShopStatistics)

    @property
    def at(self) -> int:
        """The one instant; only where there is one."""
        if self.t is None:
            raise TypeError("an instant per row")
        return self.t


Source: TypeAlias = Callable[[Given], T]
"""How a value follows from what is asked; it may read nothing else that changes."""


@dataclass(slots=True)
class Parameters:
    """The values bound to a statement, by name; equal values of one type share a name."""

    values: dict[str, Bound] = field(default_factory=dict)
    sources: dict[str, Source[Bound]] = field(default_factory=dict)
    """Of the names whose values follow from what is asked."""
    decisions: dict[Hashable, tuple[Source[object], object]] = field(default_factory=dict)
    """What shaped the statement, and how it fell."""
    _names: dict[Hashable, str] = field(default_factory=dict)

    def bind(self, value: Bound, called: str) -> Sql:
        """A placeholder ``$called`` for the value; a number is added if the name is taken."""
        return self._placeholder((type(value), called, value), value, called)

    def follow(self, given: Given, source: Source[Bound], called: str, key: Hashable = None) -> Sql:
        """A placeholder for what follows from what is asked.

        ``key``: what else tells it apart from others that are called so; the same key, the same
        source.
        """
        placeholder = self._placeholder((Given, called, key), source(given), called)
        self.sources[placeholder.name] = source
        return placeholder

    def decide(self, given: Given, source: Source[T], key: Hashable) -> T:
        """What follows from what is asked, where the text of the statement depends on it.

        ``key`` tells it apart from every other decision.
        """
        found = source(given)
        self.decisions[key] = (source, found)
        return found

    def source_of(self, name: str) -> Source[Bound]:
        """How the value of a placeholder follows from what is asked; of a fixed one it does not."""
        value = self.values[name]
        return self.sources.get(name, lambda _given: value)

    def used_in(self, statement: Sql) -> dict[str, Bound]:
        """The values of the placeholders that a statement has; unused ones are an error to DuckDB."""
        used = {found.name for found in every(statement, exp.Placeholder)}
        return {name: value for name, value in self.values.items() if name in used}

    def _placeholder(self, key: Hashable, value: Bound, called: str) -> Sql:
        if key not in self._names:
            name = called
            while name in self.values:
                place = int(name.rpartition("_")[2]) + 1 if name != called else 2
                name = f"{called}_{place}"
            self._names[key] = name
            self.values[name] = value
        return exp.Placeholder(this=self._names[key])
