"""What is known of one profile at one instant: the log cut, orders as they stand, rows."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.errors import InternalError
from stamgast.language.ast import All, AnyOf, Between, Compare, Dates, During, Not, Property, Within
from stamgast.language.lines import FIRST_LAUNCH, LAST_LAUNCH
from stamgast.language.reference.compare import compared
from stamgast.language.reference.days import midnight
from stamgast.model.log import line_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.language.answer import Statistics
    from stamgast.language.ast import Condition, Definitions, Literal_, Rows, Window
    from stamgast.model.log import AttributeStatement, Event, Log, OrderStatement, Scalar

Value: TypeAlias = Any
"""A value whose type the reader of definitions has checked."""

NEVER = 10**30
"""The instant that never comes, greater than all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One order, refund, revenue line or event that counts."""

    at: int
    id: str
    properties: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A profile's cut log at the instant ``u``, and what was worked out from it so far."""

    definitions: Definitions
    log: Log
    statistics: Statistics | None
    """None while the statistics themselves are made."""
    u: int
    turns: tuple[int, ...]
    """The instants from which the rows of the log count, ascending."""
    known: dict[object, Value] = field(default_factory=dict)
    """What was worked out at ``u``."""
    rows: dict[object, Value] = field(default_factory=dict)
    """What was worked out and is the same as long as no further row counts."""

    def at(self, u: int) -> Moment:
        """The same cut log at another instant."""
        same_rows = bisect_right(self.turns, u) == bisect_right(self.turns, self.u)
        return replace(self, u=u, known={}, rows=self.rows if same_rows else {})


def moment(definitions: Definitions, log: Log, statistics: Statistics | None, t: int) -> Moment:
    """What is known of a profile at t, from the log cut at t."""
    cut = said(log, t)
    turns = tuple(sorted(instants(cut)))
    return Moment(definitions=definitions, log=cut, statistics=statistics, u=t, turns=turns)


def said(log: Log, t: int) -> Log:
    """The log cut at t: what was said by t, about orders that by then concern this profile."""
    orders = [s for s in log.orders if min(s.valid_from, s.received_at) <= t]
    refunds = [r for r in log.refunds if min(r.at, r.received_at) <= t]
    own = {s.order_key for s in orders if s.profile_id == log.profile_id}
    own |= {r.order_key for r in refunds if r.profile_id == log.profile_id and r.order_key}
    return replace(
        log,
        orders=tuple(s for s in orders if s.order_key in own),
        refunds=tuple(r for r in refunds if r.order_key in own or r.profile_id == log.profile_id),
        events=tuple(e for e in log.events if min(e.at, e.received_at) <= t),
        attributes=tuple(
            a for a in log.attributes if a.at is None or min(a.at, a.received_at) <= t
        ),
        extensions=tuple(x for x in log.extensions if min(x.at, x.received_at) <= t),
        consents=tuple(c for c in log.consents if c.at is None or min(c.at, c.received_at) <= t),
    )


def instants(log: Log) -> set[int]:
    """The instants from which the rows of a log count."""
    return (
        {s.valid_from for s in log.orders}
        | {r.at for r in log.refunds}
        | {e.at for e in log.events}
        | {a.at for a in log.attributes if a.at is not None}
        | {x.at for x in log.extensions}
        | {c.at for c in log.consents if c.at is not None}
    )


def exists(m: Moment) -> bool:
    """Whether a dated row of the profile's own has come."""
    if "exists" not in m.rows:
        me = m.log.profile_id
        dated = [s.valid_from for s in m.log.orders if s.profile_id == me]
        dated += [r.at for r in m.log.refunds if r.profile_id == me]
        dated += [e.at for e in m.log.events]
        dated += [a.at for a in m.log.attributes if a.at is not None]
        dated += [c.at for c in m.log.consents if c.at is not None]
        m.rows["exists"] = any(at <= m.u for at in dated)
    return bool(m.rows["exists"])


def attribute(name: str, m: Moment) -> Scalar:
    """The value of an attribute: of the statement that holds."""
    latest = latest_statement(name, m)
    return None if latest is None else latest.value


def latest_statement(name: str, m: Moment) -> AttributeStatement | None:
    """The statement that holds: of the best source the last, see ``lateness``."""
    come = [a for a in m.log.attributes if a.name == name and (a.at is None or a.at <= m.u)]
    sources = m.definitions.attribute_sources.get(name, ())
    return max(come, key=lambda a: lateness(a, sources), default=None)


def lateness(
    a: AttributeStatement, sources: tuple[str, ...] = ()
) -> tuple[int, int, int, bool, str]:
    """The greater holds: of the best source, then undated ones are least, then by instant, arrival, value.

    ``sources``: those that go before others for this attribute, the first before all.
    """
    rank = sources.index(a.source) if a.source in sources else len(sources)
    dated = -NEVER if a.at is None else a.at
    return (-rank, dated, a.received_at, a.value is not None, canonical(a.value))


def canonical(value: Scalar) -> str:
    """The one text of a value: what is stored, and what ties are broken by."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case float():
            return repr(value)
        case _:
            return str(value)


# --- rows -----------------------------------------------------------------------------------------


def rows_of(rows: Rows, m: Moment) -> list[Row]:
    """The rows that pass the filter and lie in the window, in row order."""
    return [row for row in filtered(rows, m) if in_window(row.at, rows.window, m.u)]


def filtered(rows: Rows, m: Moment) -> list[Row]:
    """The rows that pass the filter, whatever the window, in row order."""
    key = (rows.source, rows.events, rows.where)
    # Named rows come by themselves, without a row of the log.
    known = m.known if rows.source == "named" else m.rows
    if key not in known:
        come = [row for row in _unsorted(rows, m) if row.at <= m.u]
        passed = [row for row in come if rows.where is None or passes(rows.where, row)]
        known[key] = sorted(passed, key=lambda row: (row.at, row.id))
    result: list[Row] = known[key]
    return result


def in_window(at: int, window: Window | None, u: int) -> bool:
    """Whether a row that has come (``at <= u``) is in the window."""
    age = u - at
    match window:
        case None:
            return True
        case Within(us=us):
            return age <= us
        case Between(from_us=from_us, to_us=to_us):
            return from_us < age <= to_us
        case During(spans=spans):
            return any(from_at <= at < until_at for from_at, until_at in spans)
        case Dates(from_at=from_at, until_at=until_at):
            return (from_at is None or from_at <= at) and (until_at is None or at < until_at)


def window_edges(at: int, window: Window | None) -> list[int]:
    """The instants at which a row enters (between) and leaves a window by getting older."""
    match window:
        case Within(us=us):
            return [at + us + 1]
        case Between(from_us=from_us, to_us=to_us):
            return [at + from_us + 1, at + to_us + 1]
        case _:
            return []


def _unsorted(rows: Rows, m: Moment) -> Iterator[Row]:
    match rows.source:
        case "order":
            yield from _orders(m)
        case "line" | "refund":
            yield from _lines(m) if rows.source == "line" else _loose_refunds(m)
        case "event":
            for event in m.log.events:
                if event.name in rows.events:
                    yield of_event(event, event.at)
        case "named":
            from stamgast.language.reference.named import (  # noqa: PLC0415 - it filters rows
                open_rows,
            )

            yield from open_rows(m.definitions.rows[rows.events[0]], m)
        case "revenue":
            for row in _orders(m):
                amount = row.properties["net_total"]
                yield _revenue(row, id_="o" + row.id, amount=amount)
            for row in _loose_refunds(m):
                given = row.properties["amount"]
                amount = None if given is None else -int(str(given))
                yield _revenue(row, id_="r" + row.id, amount=amount)


def of_event(event: Event, at: int) -> Row:
    """An event as a row that counts from an instant."""
    seen = {**event.properties, "occurred_at": at}
    return Row(at=at, id=event.message_id, properties=seen)


def _revenue(row: Row, *, id_: str, amount: Scalar) -> Row:
    return Row(at=row.at, id=id_, properties={**row.properties, "amount": amount})


def in_force(m: Moment) -> dict[str, OrderStatement]:
    """Per order the statement that holds: of the best source, then the latest."""
    best: dict[str, OrderStatement] = {}
    for s in m.log.orders:
        if s.valid_from <= m.u and (
            s.order_key not in best or _precedence(s) > _precedence(best[s.order_key])
        ):
            best[s.order_key] = s
    return best


def _precedence(s: OrderStatement) -> tuple[int, int, int, int]:
    return (-s.source_rank, s.valid_from, s.received_at, s.seq)


def _orders(m: Moment) -> Iterator[Row]:
    """The purchases: orders whose statement in force is of this profile and counts."""
    given: dict[str | None, list[int | None]] = {}
    for r in m.log.refunds:
        if r.at <= m.u:
            given.setdefault(r.order_key, []).append(r.amount)
    for s in in_force(m).values():
        if s.profile_id == m.log.profile_id and s.counts:
            refunded = _refunded(s.total, given.get(s.order_key, []))
            state: dict[str, Scalar] = {
                **s.properties,
                "total": s.total,
                "refunded": refunded,
                "net_total": s.total - refunded,
                "occurred_at": s.ordered_at,
            }
            yield Row(at=s.ordered_at, id=s.order_key, properties=state)


def _lines(m: Moment) -> Iterator[Row]:
    """The lines of the purchases, of whatever kind."""
    for s in in_force(m).values():
        if s.profile_id == m.log.profile_id and s.counts:
            for line in s.lines:
                seen: dict[str, Scalar] = {
                    **line.properties,
                    "order_id": s.properties.get("order_id"),
                    "occurred_at": s.ordered_at,
                    "product_age": _product_age(line.properties.get("launched"), s.ordered_at, m),
                }
                yield Row(at=s.ordered_at, id=line_id(s.order_key, line.line_no), properties=seen)


def _product_age(launched: Scalar, at: int, m: Moment) -> int | None:
    """How long the product was for sale; missing when it was not yet."""
    if not isinstance(launched, date) or not FIRST_LAUNCH <= launched <= LAST_LAUNCH:
        return None
    age = at - midnight(launched, m.definitions.zone)
    return age if age >= 0 else None


def _refunded(total: int, given: list[int | None]) -> int:
    """The sum given back; one without an amount gives back the rest."""
    amounts = sum(amount for amount in given if amount is not None)
    return max(amounts, total) if None in given else amounts


def _loose_refunds(m: Moment) -> Iterator[Row]:
    """The profile's refunds that name no order, or one that nobody has stated yet."""
    known = in_force(m)
    for r in m.log.refunds:
        if r.profile_id == m.log.profile_id and r.at <= m.u and r.order_key not in known:
            state: dict[str, Scalar] = {"amount": r.amount, "occurred_at": r.at}
            yield Row(at=r.at, id=r.refund_key, properties=state)


def passes(where: Condition, row: Row) -> bool:
    """Whether a row passes a filter: conditions on its properties, which do not look at time."""
    match where:
        case Compare(operand=Property(name=name), values=values):
            literals = [_literal(value) for value in values]
            return compared(where, row.properties.get(name), literals)
        case All(items=items):
            return all(passes(item, row) for item in items)
        case AnyOf(items=items):
            return any(passes(item, row) for item in items)
        case Not(item=item):
            return not passes(item, row)
        case _:
            raise InternalError(f"a filter of rows cannot ask {type(where).__name__}")


def _literal(value: object) -> Scalar:
    literal: Literal_ = value  # type: ignore[assignment] # the reader admits only literals here
    return literal.value
