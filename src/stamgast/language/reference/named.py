"""Named rows: events of several names, days that passed without something, and what closes them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stamgast.language.reference.days import end_of
from stamgast.language.reference.rows import NEVER, of_event, passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stamgast.language.ast import Closing, Condition, Due, NamedRows, Rows
    from stamgast.language.reference.rows import Moment, Row
    from stamgast.model.log import Event

FIRST_DUE, LAST_DUE = date(2, 1, 1), date(9998, 12, 31)
"""A day before or after is none: its midnight is no instant in some zones."""


def open_rows(named: NamedRows, m: Moment) -> Iterator[Row]:
    """The rows that have come and that nothing has closed by ``m.u``."""
    rows = _come(named, m)
    closed: set[str] = set()
    if named.closed_by is not None:
        closing = named.closed_by
        for event in _come_by(_named(closing.events, closing.where, m), m.u):
            closed |= _closes(event, closing, rows)
    yield from (row for row in rows if row.id not in closed)


def next_due(rows: Rows | None, m: Moment) -> int:
    """The least instant after ``m.u`` at which a row that passes the filter comes by itself."""
    if rows is None or rows.source != "named":
        return NEVER
    found = NEVER
    for part in m.definitions.rows[rows.events[0]].parts:
        if part.due is not None:
            for event in _come_by(_named(part.events, part.where, m), m.u):
                at = due_at(event, part.due, m.definitions.zone)
                pending = at is not None and at > m.u and not _was_done(event, part.due, m)
                if at is not None and pending and _wanted(rows, of_event(event, at)):
                    found = min(found, at)
    return found


def due_at(event: Event, due: Due, zone: str) -> int | None:
    """When the row of an event comes, unless something happens before; None: it never does."""
    day = event.properties.get(due.day)
    if not isinstance(day, date) or not FIRST_DUE <= day <= LAST_DUE:
        return None
    return max(end_of(day, zone), event.at)


def _come(named: NamedRows, m: Moment) -> list[Row]:
    """All rows that have come by ``m.u``, closed or not, in no order."""
    found: dict[str, Row] = {}
    for part in named.parts:
        for event in _come_by(_named(part.events, part.where, m), m.u):
            if part.due is None:
                found[event.message_id] = of_event(event, event.at)
                continue
            at = due_at(event, part.due, m.definitions.zone)
            if at is not None and at <= m.u and not _was_done(event, part.due, m):
                found[event.message_id] = of_event(event, at)
    return list(found.values())


def _was_done(event: Event, due: Due, m: Moment) -> bool:
    """Whether what was due happened before the end of its day, and by ``m.u``."""
    day, value = event.properties.get(due.day), event.properties.get(due.same)
    if not isinstance(day, date) or value is None:
        return False
    ends = end_of(day, m.definitions.zone)
    done = _come_by(_named(due.unless, None, m), m.u)
    return any(one.at < ends and one.properties.get(due.same) == value for one in done)


def _closes(event: Event, closing: Closing, rows: list[Row]) -> set[str]:
    """The ids of the rows that one closing closes: those it names, and if it names none the last."""
    before = [row for row in rows if row.at <= event.at]
    said = [(name, event.properties.get(name)) for name in closing.same]
    named = [(name, value) for name, value in said if value is not None]
    if named:
        return {
            row.id
            for row in before
            if any(row.properties.get(name) == value for name, value in named)
        }
    return {max(before, key=lambda row: (row.at, row.id)).id} if before else set()


def _named(events: tuple[str, ...], where: Condition | None, m: Moment) -> Iterator[Event]:
    """The events of the cut log that have one of the names and pass a filter."""
    for event in m.log.events:
        if event.name in events and _passes(where, event):
            yield event


def _passes(where: Condition | None, event: Event) -> bool:
    return where is None or passes(where, of_event(event, event.at))


def _wanted(rows: Rows, row: Row) -> bool:
    return rows.where is None or passes(rows.where, row)


def _come_by(events: Iterable[Event], u: int) -> list[Event]:
    return [event for event in events if event.at <= u]
