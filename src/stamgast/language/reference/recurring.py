"""The value that comes back: seen in several visits, or bought in several orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stamgast.language.reference.moments import ALWAYS
from stamgast.language.reference.rows import filtered, in_window, next_edge, visits

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate, Rows
    from stamgast.language.reference.moments import Moment, Told, Value
    from stamgast.language.reference.rows import Row

Placed: TypeAlias = "tuple[Row, int, str]"
"""A row with its occasion: the instant of its visit, or of its order and which order it is."""


def recurring(a: Aggregate, m: Moment) -> Told:
    """The value with most occasions of those with enough, and when one next leaves the window.

    ``last_only``: only the value of the last event.
    """
    seen = [(value, at) for value, at, _ in occasions(a, m)]
    inside: dict[Value, list[int]] = {}
    for value, at in seen:
        if in_window(at, a.rows.window, m.u):
            inside.setdefault(value, []).append(at)
    last = [row for row, at, _ in _placed(a.rows, a, m)[-1:] if in_window(at, a.rows.window, m.u)]
    enough = [
        (len(ats), max(ats), value)
        for value, ats in inside.items()
        if len(ats) >= (a.at_least or 1)
        and (not a.last_only or any(row.properties.get(a.of or "") == value for row in last))
    ]
    best = max(enough)[-1] if enough else None
    return best, next_edge(a.rows, [at for _, at in seen], m)


def occasions(a: Aggregate, m: Moment) -> set[tuple[Value, int, str]]:
    """Per value and visit or order one: the value, and the instant of the visit or order."""
    since = [row.at for row in filtered(a.since, m)] if a.since else []
    lines = _placed(a.lines, a, m) if a.lines else []
    return {
        (value, at, order)
        for row, at, order in (*_placed(a.rows, a, m), *lines)
        if (value := row.properties.get(a.of or "")) is not None
        and row.at > max(since, default=ALWAYS)
    }


def _placed(rows: Rows, a: Aggregate, m: Moment) -> list[Placed]:
    """The rows in row order, each with its occasion."""
    found = filtered(rows, m)
    if rows.source == "line":
        return [(row, row.at, row.id.rpartition("#")[0]) for row in found]
    of_all = visits(filtered(a.visits_of or rows, m), a.gap_us or 0)
    begun = {row.id: visit[0].at for visit in of_all for row in visit}
    return [(row, begun[row.id], "") for row in found]
