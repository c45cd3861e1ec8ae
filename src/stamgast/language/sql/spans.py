"""Looking up, for an instant, the spans of a sorted list that it lies in: by division, not by search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    any_of,
    case,
    gte,
    lt,
    no,
    num,
    sub,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Span
    from stamgast.language.sql.moment import Moment
    from stamgast.language.sql.parameters import Bound

FINER = (1, 2, 4)
"""How many times as many pieces of time as spans are tried."""
MOST_PIECES = 1_500
"""Lists are copied with each vector of rows: they stay short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanIndex:
    """Time cut into equal pieces; per piece the few spans that it meets, most often one.

    ``slots``: lists with one entry per piece, the number of a span from 0, or None. A span stands
    in one slot of each piece that it meets.
    """

    spans: tuple[Span, ...]
    origin: int
    width: int
    slots: tuple[tuple[int | None, ...], ...]

    @staticmethod
    def of(spans: Sequence[Span]) -> SpanIndex:
        """The index of one or more spans, in any order."""
        found = [_cut(tuple(spans), finer) for finer in FINER]
        return min(found, key=lambda index: len(index.slots))


def _cut(spans: tuple[Span, ...], finer: int) -> SpanIndex:
    origin, end = min(since for since, _ in spans), max(until for _, until in spans)
    pieces = min(finer * len(spans), MOST_PIECES)
    width = (end - origin) // pieces + 1
    met: list[list[int]] = [[] for _ in range(pieces)]
    for number, (since, until) in enumerate(spans):
        for piece in range((since - origin) // width, (until - 1 - origin) // width + 1):
            met[piece].append(number)
    deepest = max(len(numbers) for numbers in met)
    slots = (
        tuple(numbers[slot] if slot < len(numbers) else None for numbers in met)
        for slot in range(deepest)
    )
    return SpanIndex(spans=spans, origin=origin, width=width, slots=tuple(slots))


class Lookup:
    """A ``SpanIndex`` in a statement, for the instant ``at``; lists are bound as parameters."""

    def __init__(self, index: SpanIndex, at: Sql, moment: Moment, called: str) -> None:
        """``called``: what the lists are of, for their names."""
        self.index = index
        self.at = at
        self.moment = moment
        self.called = called

    @property
    def slots(self) -> range:
        """The slots, by number."""
        return range(len(self.index.slots))

    def entry(self, slot: int, values: Sequence[Bound], hint: str) -> Sql:
        """The value, of those given per span, of the span in the slot; NULL without one.

        ``LIST_EXTRACT($christmas_from, (at - $christmas_origin) // $christmas_piece + 1)``; only
        for instants not before the first span.
        """
        numbers = self.index.slots[slot]
        listed = tuple(None if number is None else values[number] for number in numbers)
        bind = self.moment.parameters.bind
        since = exp.Paren(this=sub(self.at, bind(self.index.origin, f"{self.called}_origin")))
        piece = exp.IntDiv(this=since, expression=bind(self.index.width, f"{self.called}_piece"))
        place = add(exp.Paren(this=piece), num(1))
        return self.moment.face.entry(bind(listed, f"{self.called}_{hint}"), place)

    def inside(self, slot: int) -> Sql:
        """Whether the instant lies in the span of the slot (or NULL)."""
        spans = self.index.spans
        since = self.entry(slot, [span[0] for span in spans], "from")
        until = self.entry(slot, [span[1] for span in spans], "until")
        return all_of([self.begun(), gte(self.at, since), lt(self.at, until)])

    def begun(self) -> Sql:
        """Whether the instant is not before the first span."""
        return gte(self.at, self.moment.parameters.bind(self.index.origin, f"{self.called}_origin"))

    def anywhere(self) -> Sql:
        """Whether the instant lies in any of the spans (or NULL)."""
        return any_of([self.inside(slot) for slot in self.slots])

    def value(self, values: Sequence[Bound], hint: str) -> Sql:
        """The value of the span that the instant lies in, for spans that do not overlap."""
        return case(*((self.inside(slot), self.entry(slot, values, hint)) for slot in self.slots))


def during(spans: Sequence[Span], at: Sql, moment: Moment, called: str) -> Sql:
    """Whether an instant up to ``u`` lies in one of the spans (or NULL).

    One span: ``at >= $from_at AND at < $until_at``; several: by ``Lookup``.
    """
    begun = list(spans)
    if moment.t is not None:
        begun = moment.decide(
            lambda given: [span for span in spans if span[0] <= given.at], ("begun", *spans)
        )
    bind = moment.parameters.bind
    if not begun:
        return no()
    if len(begun) == 1:
        (since, until) = begun[0]
        return all_of([gte(at, bind(since, "from_at")), lt(at, bind(until, "until_at"))])
    return Lookup(SpanIndex.of(begun), at, moment, called).anywhere()
