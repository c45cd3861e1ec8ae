"""Traits of what comes back in several visits or orders: forms to checked AST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.ast import Aggregate, Rows, Within
from stamgast.language.lines import GOODS
from stamgast.language.reader.rows import source_of
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.models import RecurringTrait
    from stamgast.language.reader.scope import Scope


def recurring(form: RecurringTrait, scope: Scope, place: Place) -> Aggregate | None:
    """The value that comes back; None with issues."""
    listed = [form.of] if isinstance(form.of, str) else form.of
    window = Within(us=form.within)
    every: list[Rows] = []
    events = [name for name in listed if name != "line"]
    if events:
        source = source_of(events, scope, place.at("of"))
        if source is None:
            return None
        if source[0] != "event":
            message = f"`recurring` is of events and `line`, not of `{events[0]}`"
            scope.issues.add(place.at("of"), "source", message, "name events, line, or both")
            return None
        every.append(Rows(source="event", events=source[1], window=window))
    if len(events) < len(listed):
        every.append(Rows(source="line", where=GOODS, window=window))
    sound = [_is_text(form.recurring, rows, scope, place.at("recurring")) for rows in every]
    if form.last_only and not events:
        message = "`last_only` is of events, not of `line` alone"
        scope.issues.add(place.at("last_only"), "source", message, "name events in `of`")
        return None
    if form.at_least < 1:
        message = f"`at_least` is 1 or more, not {form.at_least}"
        scope.issues.add(place.at("at_least"), "range", message, "write it like 3")
        return None
    since, known = _since(form, scope, place)
    visits, visited = _visits(form, every[0], scope, place)
    if not (all(sound) and known and visited):
        return None
    return Aggregate(
        op="recurring",
        rows=every[0],
        lines=every[1] if every[1:] else None,
        of=form.recurring,
        of_type=Type.TEXT,
        gap_us=form.gap,
        at_least=form.at_least,
        last_only=form.last_only,
        visits_of=visits,
        since=since,
        type=Type.TEXT,
    )


def _visits(
    form: RecurringTrait, rows: Rows, scope: Scope, place: Place
) -> tuple[Rows | None, bool]:
    """Which events make the visits, and whether that is sound."""
    if form.visits_of is None:
        return None, True
    source = source_of(form.visits_of, scope, place.at("visits_of"))
    if source is None:
        return None, False
    if source[0] != "event" or rows.source != "event":
        message = "`visits_of` names events, and goes with events in `of`"
        scope.issues.add(place.at("visits_of"), "source", message, "")
        return None, False
    events = tuple(sorted({*source[1], *rows.events}))
    return Rows(source="event", events=events, window=rows.window), True


def _since(form: RecurringTrait, scope: Scope, place: Place) -> tuple[Rows | None, bool]:
    """After what rows count, and whether that is sound."""
    if form.since is None:
        return None, True
    source = source_of(form.since, scope, place.at("since"))
    if source is None:
        return None, False
    if source[0] not in ("order", "event"):
        message = f"`since` is `order` or events, not `{form.since}`"
        scope.issues.add(place.at("since"), "source", message, "")
        return None, False
    return Rows(source=source[0], events=source[1]), True


def _is_text(name: str, rows: Rows, scope: Scope, place: Place) -> bool:
    found = scope.property(name, rows.source, place)
    if found is None or found is Type.TEXT:
        return found is not None
    message = f"`recurring` does not go with {found.value} (`{name}`)"
    scope.issues.add(place, "type", message, "what goes: text")
    return False
