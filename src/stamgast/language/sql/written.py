"""The texts of statements, kept to be asked again of another instant.

To put a statement together and write it down takes longer than most answers of a small shop.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from sqlglot import exp

from stamgast.language.sql.terms import every

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from stamgast.language.ast import Definitions
    from stamgast.language.sql.parameters import Bound, Given, Parameters, Source

KEPT = 64
"""How many are kept of all that is asked; the last ones asked."""
FORMS = 6
"""How many forms are kept of one question, for instants at which other decisions fall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The text of a statement, and how its parameters follow from what is asked."""

    text: str
    fixed: Mapping[str, Bound]
    """The values that are the same whatever instant is asked."""
    sources: Mapping[str, Source[Bound]]
    decisions: tuple[tuple[Source[object], object], ...] = ()
    """What shaped the text, and how it fell."""

    def fits(self, given: Given) -> bool:
        """Whether the text would be the same for what is asked now."""
        try:
            return all(source(given) == found for source, found in self.decisions)
        except KeyError:  # a shop statistic that was not made
            return False

    def parameters(self, given: Given) -> dict[str, Bound]:
        """The values of all its placeholders."""
        return {**self.fixed, **{name: source(given) for name, source in self.sources.items()}}


def written(query: exp.Query, parameters: Parameters, dialect: str) -> Written:
    """Write a statement down; ``query`` is used up."""
    used = {found.name for found in every(query, exp.Placeholder)}
    sources = {name: one for name, one in parameters.sources.items() if name in used}
    fixed = {
        name: value
        for name, value in parameters.values.items()
        if name in used and name not in sources
    }
    return Written(
        text=query.sql(dialect, copy=False),
        fixed=fixed,
        sources=sources,
        decisions=tuple(parameters.decisions.values()),
    )


class Fitting(Protocol):
    """What was put together for one instant and may fit another."""

    def fits(self, given: Given) -> bool:
        """Whether it would be the same for what is asked now."""
        ...


Kept = TypeVar("Kept", bound=Fitting)


@dataclass(slots=True)
class Shelf(Generic[Kept]):
    """What was put together of definitions, by what was asked; for several threads at once."""

    _kept: OrderedDict[Hashable, tuple[Definitions, list[Kept]]] = field(
        default_factory=OrderedDict
    )
    _lock: Lock = field(default_factory=Lock)

    def find(
        self, definitions: Definitions, key: Hashable, given: Given, make: Callable[[], Kept]
    ) -> Kept:
        """What fits, put together now if need be.

        ``key``: what is asked of these definitions, but for the instant and the statistics.
        """
        # definitions are compared by identity: they are kept, so no other ones take their place
        place = (id(definitions), key)
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
            forms = list(self._kept[place][1]) if place in self._kept else []
        for form in forms:
            if form.fits(given):
                return form
        made = make()
        with self._lock:
            _, forms = self._kept.setdefault(place, (definitions, []))
            forms.insert(0, made)
            del forms[FORMS:]
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made
