"""Segments of which a count of 0 says nothing: the data that they rest on is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.holdings import held_of
from stamgast.decide.needs import SALES, wanted, wanting
from stamgast.language.ast import InSegment, Text
from stamgast.report.spoken import event_words
from stamgast.report.words import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stamgast.app.core import Core
    from stamgast.decide.blueprints import Asked
    from stamgast.language.ast import Definitions
    from stamgast.report.words import Language

MOST_EVENTS = 3
"""So many events are named."""


def not_known(core: Core, names: Iterable[str]) -> dict[str, Text]:
    """Of these segments, which are all empty, those nobody can be in for want of data, and why."""
    definitions = core.definitions
    conditions = {name: InSegment(name=name) for name in names}
    asked = {one for node in conditions.values() for one in wanted(node, definitions)}
    held = held_of(core, asked - {SALES})
    have = {one for one, count in held.items() if count}
    if definitions.calendar.sales:
        have.add(SALES)
    lacking = {name: wanting(node, definitions, have) for name, node in conditions.items()}
    return {name: _text(found, definitions) for name, found in lacking.items() if found}


def _text(lacking: Iterable[Asked], definitions: Definitions) -> Text:
    ordered = sorted(lacking, key=lambda one: (one.kind, one.names))
    return Text(en=_words(ordered, definitions, "en"), nl=_words(ordered, definitions, "nl"))


def _words(lacking: Sequence[Asked], definitions: Definitions, language: Language) -> str:
    names = [_name(one, definitions, language) for one in lacking if one.kind != "events"]
    events = dict.fromkeys(event for one in lacking for event in one.names if one.kind == "events")
    if events:
        said = ", ".join(f"“{event_words(name, language)}”" for name in [*events][:MOST_EVENTS])
        key = "lacking.events" if len(events) <= MOST_EVENTS else "lacking.events_such_as"
        names.append(word(language, key, names=said))
    return word(language, "segments.not_known", what=", ".join(dict.fromkeys(names)))


def _name(one: Asked, definitions: Definitions, language: Language) -> str:
    if one.kind == "attribute":
        label = definitions.attribute_labels.get(one.names[0])
        if label is None:
            return one.names[0]
        return label[language].lower()
    return word(language, f"lacking.{one.kind}")
