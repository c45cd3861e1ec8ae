"""What is known of one profile at one instant: what was said by then, and has come."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.errors import InternalError
from stamgast.model.log import OrderStatement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stamgast.language.answer import Statistics
    from stamgast.language.ast import Definitions
    from stamgast.model.log import (
        AttributeStatement,
        ConsentStatement,
        Event,
        ExtensionStatement,
        Log,
        RefundStatement,
        Scalar,
    )

LogRow: TypeAlias = "OrderStatement | RefundStatement | Event | AttributeStatement | ExtensionStatement | ConsentStatement"
Value: TypeAlias = Any
"""A value whose type the reader of definitions has checked."""
Told: TypeAlias = tuple[Value, int]
"""A value and its ``w``: until when it is sure (meaning.md)."""

NEVER = 10**30
"""The instant that never comes, greater than all others."""
ALWAYS = -NEVER
KINDS = ("orders", "refunds", "events", "attributes", "extensions", "consents")
"""The rows of a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is known of a profile at the instant ``u``."""

    definitions: Definitions
    cut: Log
    """The log cut at the instant asked, with what is dated ahead of ``u``."""
    log: Log
    """What of it has come by ``u``."""
    statistics: Statistics | None
    """None while the statistics themselves are made."""
    u: int
    turns: tuple[int, ...]
    """The instants from which the rows of the cut log count, ascending."""
    row: Mapping[str, Scalar] = field(default_factory=dict)
    """The properties of the row at hand, inside a filter."""
    known: dict[object, Value] = field(default_factory=dict)
    """What was worked out at ``u``."""
    rows: dict[object, Value] = field(default_factory=dict)
    """What was worked out and is the same as long as no further row comes."""

    def at(self, u: int) -> Moment:
        """The same cut log at another instant."""
        if bisect_right(self.turns, u) == bisect_right(self.turns, self.u):
            return replace(self, u=u, known={})
        return replace(self, u=u, log=up_to(u, self.cut, own_instant), known={}, rows={})


def figures(m: Moment) -> Statistics:
    """The shop statistics in force."""
    if m.statistics is None:
        raise InternalError("a shop statistic inside a shop statistic")
    return m.statistics


# --- the log cut ----------------------------------------------------------------------------------


def moment(definitions: Definitions, log: Log, statistics: Statistics | None, t: int) -> Moment:
    """What is known of a profile at t, from the log cut at t."""
    cut = said(log, t)
    turns = sorted({own_instant(row) for kind in KINDS for row in getattr(cut, kind)} - {ALWAYS})
    return Moment(
        definitions=definitions,
        cut=cut,
        log=up_to(t, cut, own_instant),
        statistics=statistics,
        u=t,
        turns=tuple(turns),
    )


def said(log: Log, t: int) -> Log:
    """The log cut at t: what was said by t, about orders that by then concern this profile."""
    cut = up_to(t, log, said_at)
    own = {row.order_key for row in _own(cut)} - {None}
    return replace(
        cut,
        orders=tuple(s for s in cut.orders if s.order_key in own),
        refunds=tuple(
            r for r in cut.refunds if r.order_key in own or r.profile_id == log.profile_id
        ),
    )


def _own(log: Log) -> list[OrderStatement | RefundStatement]:
    """What was said of this profile's orders and refunds."""
    every: list[OrderStatement | RefundStatement] = [*log.orders, *log.refunds]
    return [row for row in every if row.profile_id == log.profile_id]


def up_to(t: int, log: Log, when: Callable[[Any], int]) -> Log:
    """The rows of a log that have an instant up to t."""
    cut: dict[str, Any] = {
        kind: tuple(row for row in getattr(log, kind) if when(row) <= t) for kind in KINDS
    }
    return replace(log, **cut)


def own_instant(row: LogRow) -> int:
    """The instant from which a row of the log counts."""
    at = row.valid_from if isinstance(row, OrderStatement) else row.at
    return ALWAYS if at is None else at


def said_at(row: LogRow) -> int:
    """The instant from which a row of the log is known."""
    return min(own_instant(row), row.received_at)


def in_time(s: OrderStatement | ExtensionStatement | ConsentStatement) -> tuple[int, int, int]:
    """Of statements that say the same thing the one with the greatest holds."""
    return (own_instant(s), s.received_at, s.seq)


def exists(m: Moment) -> bool:
    """Whether a dated row of the profile's own has come."""
    log = m.log
    dated: list[LogRow] = [*_own(log), *log.events, *log.attributes, *log.consents]
    return any(own_instant(row) > ALWAYS for row in dated)


def latest_statement(name: str, m: Moment) -> AttributeStatement | None:
    """The statement of an attribute that holds: of the best source the last, see ``lateness``."""
    sources = m.definitions.attribute_sources.get(name, ())
    come = [a for a in m.log.attributes if a.name == name]
    return max(come, key=lambda a: lateness(a, sources), default=None)


def lateness(a: AttributeStatement, sources: tuple[str, ...] = ()) -> tuple[Value, ...]:
    """The greater holds: of the best source, then undated ones are least, then by instant, arrival, value.

    ``sources``: those that go before others for this attribute, the first before all.
    """
    rank = sources.index(a.source) if a.source in sources else len(sources)
    return (-rank, own_instant(a), a.received_at, a.value is not None, canonical(a.value))


def canonical(value: Scalar) -> str:
    """The one text of a value: what is stored, and what ties are broken by."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def next_after(u: int, instants: Iterable[int]) -> int:
    """The least of the instants that is later than u."""
    return min((at for at in instants if at > u), default=NEVER)
