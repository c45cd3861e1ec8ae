"""The rows that definitions look at: orders as they stand, lines, revenue, events; and windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.language.ast import Between, Dates, During, Within
from stamgast.language.reference.days import known_day, midnight
from stamgast.language.reference.moments import NEVER, in_time, next_after
from stamgast.model.log import line_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stamgast.language.ast import Condition, Rows, Span, Window
    from stamgast.language.reference.moments import Moment, Value
    from stamgast.model.log import OrderStatement, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One order, line, refund or event that counts."""

    at: int
    id: str
    properties: Mapping[str, Scalar]


def filtered(rows: Rows, m: Moment) -> list[Row]:
    """The rows that pass the filter, whatever the window, in row order."""
    key = (rows.source, rows.events, rows.where)
    # Named rows come by themselves, without a row of the log
    known = m.known if rows.source == "named" else m.rows
    if key not in known:
        known[key] = in_order(row for row in _come(rows, m) if passes(rows.where, row, m))
    found: list[Row] = known[key]
    return found


def _come(rows: Rows, m: Moment) -> Iterable[Row]:
    from stamgast.language.reference.named import open_rows  # noqa: PLC0415 - it filters rows

    match rows.source:
        case "order" | "line":
            return _orders(m) if rows.source == "order" else _lines(m)
        case "refund" | "revenue":
            return _loose_refunds(m) if rows.source == "refund" else _revenue(m)
        case "event":
            events = (event for event in m.log.events if event.name in rows.events)
            return (made(event.at, event.message_id, event.properties) for event in events)
        case "named":
            return open_rows(m.definitions.rows[rows.events[0]], m)


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Row order."""
    return sorted(rows, key=lambda row: (row.at, row.id))


def passes(where: Condition | None, row: Row, m: Moment) -> bool:
    """Whether a row passes a filter: a condition on its properties, which does not look at time."""
    from stamgast.language.reference.conditions import (  # noqa: PLC0415 - they ask for rows
        condition,
    )

    return where is None or condition(where, replace(m, row=row.properties))[0]


def made(at: int, id_: str, properties: Mapping[str, Scalar]) -> Row:
    """A row, with its instant among its properties."""
    return Row(at=at, id=id_, properties={**properties, "occurred_at": at})


def in_force(m: Moment) -> dict[str, OrderStatement]:
    """Per order the statement that holds: of the best source, then the latest."""
    ranked = sorted(m.log.orders, key=lambda s: (-s.source_rank, *in_time(s)))
    return {s.order_key: s for s in ranked}


def _purchases(m: Moment) -> list[OrderStatement]:
    """The orders whose statement in force is of this profile and counts."""
    every = in_force(m).values()
    return [s for s in every if s.profile_id == m.log.profile_id and s.counts]


def _orders(m: Moment) -> Iterator[Row]:
    for s in _purchases(m):
        amounts = [r.amount for r in m.log.refunds if r.order_key == s.order_key]
        given = sum(amount for amount in amounts if amount is not None)
        # A refund without an amount gives back the rest
        back = max(given, s.total) if None in amounts else given
        sums = {"total": s.total, "refunded": back, "net_total": s.total - back}
        yield made(s.ordered_at, s.order_key, {**s.properties, **sums})


def _lines(m: Moment) -> Iterator[Row]:
    for s in _purchases(m):
        for line in s.lines:
            launched, order = (
                known_day(line.properties.get("launched")),
                s.properties.get("order_id"),
            )
            age = s.ordered_at - midnight(launched, m.definitions.zone) if launched else -1
            more = {"order_id": order, "product_age": age if age >= 0 else None}
            id_ = line_id(s.order_key, line.line_no)
            yield made(s.ordered_at, id_, {**line.properties, **more})


def _loose_refunds(m: Moment) -> Iterator[Row]:
    """The profile's refunds that name no order, or one that nobody has stated yet."""
    stated = in_force(m)
    for r in m.log.refunds:
        if r.profile_id == m.log.profile_id and r.order_key not in stated:
            yield made(r.at, r.refund_key, {"amount": r.amount})


def _revenue(m: Moment) -> Iterator[Row]:
    for row in _orders(m):
        yield made(row.at, "o" + row.id, {**row.properties, "amount": row.properties["net_total"]})
    for row in _loose_refunds(m):
        back: Value = row.properties["amount"]
        yield made(row.at, "r" + row.id, {"amount": None if back is None else -back})


# --- windows --------------------------------------------------------------------------------------


def stay(at: int, window: Window | None) -> Span:
    """From when until when a row is in a window; it enters and leaves by getting older."""
    match window:
        case Within(us=us):
            return at, at + us + 1
        case Between(from_us=from_us, to_us=to_us):
            return at + from_us + 1, at + to_us + 1
        case During(spans=spans) if not any(since <= at < until for since, until in spans):
            return NEVER, NEVER
        case Dates(from_at=since) if since is not None and at < since:
            return NEVER, NEVER
        case Dates(until_at=until) if until is not None and at >= until:
            return NEVER, NEVER
        case _:
            return at, NEVER


def in_window(at: int, window: Window | None, u: int) -> bool:
    """Whether a row is in the window at u."""
    since, until = stay(at, window)
    return since <= u < until


def visits(rows: Iterable[Row], gap_us: int) -> list[list[Row]]:
    """Rows in row order, cut where a row comes so much or more after the row before it."""
    found: list[list[Row]] = []
    for row in rows:
        if found and row.at - found[-1][-1].at < gap_us:
            found[-1].append(row)
        else:
            found.append([row])
    return found


def rows_of(rows: Rows, m: Moment) -> list[Row]:
    """The rows that pass the filter and lie in the window, in row order."""
    return [row for row in filtered(rows, m) if in_window(row.at, rows.window, m.u)]


def next_edge(rows: Rows, instants: Iterable[int], m: Moment) -> int:
    """When a row next comes by itself, or one of these instants enters or leaves the window."""
    from stamgast.language.reference.named import next_due  # noqa: PLC0415 - it filters rows

    edges = [edge for at in instants for edge in stay(at, rows.window)]
    return min(next_due(rows, m), next_after(m.u, edges))
