"""The value that comes back: seen in several visits, or bought in several orders."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from stamgast.language.reference.rows import NEVER, filtered, in_window, window_edges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.ast import Aggregate, Rows
    from stamgast.language.reference.rows import Moment, Row, Value


def recurring(a: Aggregate, m: Moment) -> tuple[Value, int]:
    """The value with most occasions of those with enough, and when one next leaves the window.

    ``last_only``: only the value of the last event.
    """
    seen: dict[Value, list[int]] = {}
    edges: list[int] = []
    for value, at in occasions(a, m):
        edges += window_edges(at, a.rows.window)
        if in_window(at, a.rows.window, m.u):
            seen.setdefault(value, []).append(at)
    enough = {value: ats for value, ats in seen.items() if len(ats) >= (a.at_least or 1)}
    if a.last_only:
        last = list(_placed(filtered(a.rows, m), a.gap_us))[-1:]
        only = {
            r.properties.get(a.of or "") for r, at, _ in last if in_window(at, a.rows.window, m.u)
        }
        enough = {value: ats for value, ats in enough.items() if value in only}
    best = max(
        enough, key=lambda value: (len(enough[value]), max(enough[value]), value), default=None
    )
    return best, min((edge for edge in edges if edge > m.u), default=NEVER)


def occasions(a: Aggregate, m: Moment) -> Iterator[tuple[Value, int]]:
    """Per value and visit or order one: the value, and the instant of the visit or order."""
    found = {one for rows in (a.rows, a.lines) if rows is not None for one in _of(rows, a, m)}
    return ((value, at) for value, at, _ in found)


def _of(rows: Rows, a: Aggregate, m: Moment) -> Iterator[tuple[Value, int, str]]:
    past = max((row.at for row in filtered(a.since, m)), default=None) if a.since else None
    for row, at, occasion in _placed(
        filtered(rows, m), a.gap_us if rows.source == "event" else None
    ):
        value = row.properties.get(a.of or "")
        if value is not None and (past is None or row.at > past):
            yield value, at, occasion


def _placed(rows: list[Row], gap_us: int | None) -> Iterator[tuple[Row, int, str]]:
    """Each row with the start of its visit (``gap_us``), or with its order."""
    if gap_us is None:
        yield from ((row, row.at, row.id.rpartition("#")[0]) for row in rows)
        return
    start = 0
    for before, row in pairwise((None, *rows)):
        if row is not None:
            if before is None or row.at - before.at >= gap_us:
                start = row.at
            yield row, start, ""
