"""Named rows: events of several names, days that passed without something, and what closes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.ast import Rows
from stamgast.language.reference.days import end_of, known_day
from stamgast.language.reference.moments import NEVER, next_after
from stamgast.language.reference.rows import filtered, in_order, made, passes

if TYPE_CHECKING:
    from stamgast.language.ast import Closing, Due, NamedRows, RowPart
    from stamgast.language.reference.moments import Moment
    from stamgast.language.reference.rows import Row
    from stamgast.model.log import Event


def open_rows(named: NamedRows, m: Moment) -> list[Row]:
    """The rows that have come and that nothing has closed by ``m.u``, in row order."""
    rows = [row for row in _expected(named, m) if row.at <= m.u]
    closed: set[str] = set()
    if named.closed_by is not None:
        for closing in _events(named.closed_by, m):
            closed |= {row.id for row in _closes(closing, named.closed_by.same, rows)}
    return [row for row in rows if row.id not in closed]


def next_due(rows: Rows, m: Moment) -> int:
    """The least instant after ``m.u`` at which a row that passes the filter comes by itself."""
    if rows.source != "named":
        return NEVER
    expected = _expected(m.definitions.rows[rows.events[0]], m)
    return next_after(m.u, (row.at for row in expected if passes(rows.where, row, m)))


def due_at(event: Event | Row, due: Due, zone: str) -> int | None:
    """When the row of an event comes, unless something happens before; None: it never does."""
    day = known_day(event.properties.get(due.day))
    return None if day is None else max(end_of(day, zone), event.at)


def _expected(named: NamedRows, m: Moment) -> list[Row]:
    """The rows that have come, and those that come by themselves later, closed or not."""
    found = {}
    for part in named.parts:
        for event in _events(part, m):
            at = event.at if part.due is None else due_at(event, part.due, m.definitions.zone)
            if at is not None and not (part.due and _was_done(event, part, part.due, m)):
                found[event.id] = made(at, event.id, event.properties)
    return in_order(found.values())


def _was_done(event: Row, part: RowPart, due: Due, m: Moment) -> bool:
    """Whether what was due happened, or had another day, before the end of its day, and by ``m.u``."""
    day, same = known_day(event.properties.get(due.day)), event.properties.get(due.same)
    done = filtered(Rows(source="event", events=due.unless), m)
    if due.latest:
        later = (one for one in _events(part, m) if (one.at, one.id) > (event.at, event.id))
        done = [*done, *(one for one in later if known_day(one.properties.get(due.day)))]
    at = [one.at for one in done if same is not None and one.properties.get(due.same) == same]
    return day is not None and min(at, default=NEVER) < end_of(day, m.definitions.zone)


def _closes(closing: Row, same: tuple[str, ...], rows: list[Row]) -> list[Row]:
    """The rows that one closing closes: those it names, and if it names none the last."""
    before = [row for row in rows if row.at <= closing.at]
    said = [(name, closing.properties.get(name)) for name in same]
    named = {(name, value) for name, value in said if value is not None}
    if not named:
        return before[-1:]
    return [row for row in before if named & row.properties.items()]


def _events(asked: RowPart | Closing, m: Moment) -> list[Row]:
    """The events that have come, have one of the names and pass the filter."""
    return filtered(Rows(source="event", events=asked.events, where=asked.where), m)
