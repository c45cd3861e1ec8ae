"""Named rows for random definitions: parts, days that are due, what closes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from making import LABEL
from vocabulary import EVENT_PROPERTIES, EVENTS, pick, some

from stamgast.language.ast import Closing, Due, NamedRows, RowPart
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from vocabulary import Choose, Scene

    from stamgast.language.ast import Condition

NAME = "trouble"
DUE_DAY, DUE_SAME = "on_day", "word"
TEXTS = tuple(name for name, type_ in EVENT_PROPERTIES.items() if type_ is Type.TEXT)


def with_due(scene: Scene) -> Scene:
    """The scene, with events that say the day and the text that named rows look at."""
    needed = {DUE_DAY: Type.DAY, DUE_SAME: Type.TEXT, "category": Type.TEXT}
    events = {**needed, **scene.properties["event"]}
    return replace(scene, properties={**scene.properties, "event": events, "named": events})


def named_rows(choose: Choose, filter_: Callable[[], Condition]) -> NamedRows:
    """Rows of one or two parts, perhaps due, perhaps closed."""

    def where() -> Condition | None:
        return filter_() if pick(choose, (False, False, True)) else None

    due = pick(choose, (True, True, False))
    plain = tuple(some(choose, EVENTS[1:] if due else EVENTS, least=1, most=2))
    parts = [RowPart(events=plain, where=where())]
    if pick(choose, (False, True)):
        parts.append(RowPart(events=plain[:1], where=where()))
    if due:
        unless = tuple(some(choose, EVENTS, least=1, most=2))
        latest = pick(choose, (False, True))
        rule = Due(day=DUE_DAY, unless=unless, same=DUE_SAME, latest=latest)
        parts.append(RowPart(events=EVENTS[:1], where=where(), due=rule))
        parts = parts[pick(choose, (0, len(parts) - 1)) :]
    closed_by = None
    if pick(choose, (True, True, False)):
        events = tuple(some(choose, EVENTS, least=1, most=2))
        same = TEXTS if pick(choose, (True, True, False)) else ()
        closed_by = Closing(events=events, where=where(), same=same)
    return NamedRows(name=NAME, one=LABEL, many=LABEL, parts=tuple(parts), closed_by=closed_by)
