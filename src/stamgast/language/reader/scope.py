"""What names mean while reading: properties, attributes, and traits and segments on demand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from stamgast.language.ast import Text
from stamgast.language.lines import LINE_PROPERTIES
from stamgast.language.reader.models import Declared, DeclaredAttribute
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.scalars import NotRead, stored
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stamgast.language.ast import Extension, NamedRows, Percentile, Purpose, Segment, Trait
    from stamgast.language.calendars import Calendar
    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.forms import Label
    from stamgast.language.reader.gather import Gathered
    from stamgast.language.reader.issues import Issues, Place
    from stamgast.language.reader.models import PercentileValue
    from stamgast.language.reader.source import LanguageSettings
    from stamgast.model.log import Scalar, Source

ROW_PROPERTIES: dict[Source, dict[str, Type]] = {
    "order": {
        "order_id": Type.TEXT,
        "occurred_at": Type.INSTANT,
        "gross": Type.MONEY,
        "discount": Type.MONEY,
        "total": Type.MONEY,
        "refunded": Type.MONEY,
        "net_total": Type.MONEY,
        "coupon": Type.TEXT,
        "coupon_used": Type.BOOLEAN,
        "channel": Type.TEXT,
        "store": Type.TEXT,
        "status": Type.TEXT,
    },
    "line": dict(LINE_PROPERTIES),
    "revenue": {"occurred_at": Type.INSTANT, "amount": Type.MONEY},
    "refund": {"occurred_at": Type.INSTANT, "amount": Type.MONEY},
    "event": {"occurred_at": Type.INSTANT},
    "named": {"occurred_at": Type.INSTANT},
}
"""Properties every row of a source has; events have the declared ones as well."""
OF_EVENTS = ("event", "named")
SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}", re.ASCII)
"""Names that sources can have."""


@dataclass(slots=True, kw_only=True)
class Scope:
    """Everything a definition may name. Traits and segments are read when they are first named."""

    settings: LanguageSettings
    issues: Issues
    gathered: Gathered
    attributes: dict[str, Type]
    event_properties: dict[str, Type]
    stages: frozenset[str]
    calendar: Calendar
    read_trait: Callable[[Scope, str, Entry[Any]], Trait | None]
    read_segment: Callable[[Scope, str, Entry[Any]], Segment | None]
    read_percentile: Callable[[PercentileValue, Scope, Place], Percentile | None]
    read_extension: Callable[[Scope, str, Entry[Any]], Extension | None]
    purposes: Mapping[str, Purpose]
    rows: Mapping[str, NamedRows] = field(default_factory=dict)
    extensions: dict[str, Extension | None] = field(default_factory=dict)
    open_extensions: list[str] = field(default_factory=list)
    traits: dict[str, Trait | None] = field(default_factory=dict)
    segments: dict[str, Segment | None] = field(default_factory=dict)
    open_traits: list[str] = field(default_factory=list)
    open_segments: list[str] = field(default_factory=list)

    def trait(self, name: str, place: Place) -> Trait | None:
        """The trait of a name; None (with an issue somewhere) when there is none to be had."""
        found = self._named(name, place, "trait", self.traits, self.open_traits, self.read_trait)
        return cast("Trait | None", found)

    def segment(self, name: str, place: Place) -> Segment | None:
        """The segment of a name; None (with an issue somewhere) when there is none to be had."""
        found = self._named(
            name, place, "segment", self.segments, self.open_segments, self.read_segment
        )
        return cast("Segment | None", found)

    def extension(self, name: str, place: Place) -> Extension | None:
        """The extension of a name; None (with an issue somewhere) when there is none to be had."""
        found = self._named(
            name, place, "extension", self.extensions, self.open_extensions, self.read_extension
        )
        return cast("Extension | None", found)

    def _named(
        self,
        name: str,
        place: Place,
        kind: str,
        done: dict[str, Any],
        opened: list[str],
        read: Callable[[Scope, str, Entry[Any]], Any],
    ) -> Any:  # noqa: ANN401 - a trait or a segment
        entries = self.gathered.sections[f"{kind}s"]
        entry = entries.get(name)
        if entry is None:
            self._unknown(name, place, kind)
            return None
        if name in opened:
            self._cycle(kind, opened[opened.index(name) :])
            return None
        if name not in done:
            opened.append(name)
            result = read(self, name, entry) if entry.form is not None else None
            opened.pop()
            done[name] = result if entry.whole else None
        return done[name]

    def _unknown(self, name: str, place: Place, kind: str) -> None:
        options = self.gathered.sections[f"{kind}s"]
        others = frozenset(self.attributes) if kind == "trait" else self.stages
        hint = suggest(name, options, f"{kind}s")
        if name in others:
            attribute = f"`{name}` is an attribute: write attribute: {name}"
            hint = attribute if kind == "trait" else f"`{name}` is a stage: write stage: {name}"
        self.issues.add(place, "unknown_name", f"there is no {kind} `{name}`", hint)

    def _cycle(self, kind: str, names: list[str]) -> None:
        start = names.index(min(names))
        ring = [*names[start:], *names[:start]]
        kinds, chain = f"{kind}s", " -> ".join([*ring, ring[0]])
        place = self.gathered.sections[kinds][ring[0]].place
        message = f"these {kinds} name each other: {chain}"
        self.issues.add(place, "cycle", message, "break the ring")

    def percentile(self, form: PercentileValue, place: Place) -> Percentile | None:
        """A percentile to compare with; None with issues."""
        return self.read_percentile(form, self, place)

    def attribute(self, name: str, place: Place) -> Type | None:
        """The type of an attribute; None, with an issue, when it is not declared."""
        if name in self.attributes:
            return self.attributes[name]
        if name not in self.gathered.sections["attributes"]:
            hint = suggest(name, self.attributes, "attributes")
            if not hint.startswith("did") and name in self.gathered.sections["traits"]:
                hint = f"`{name}` is a trait: write trait: {name}"
            hint = hint or f"declare it under attributes:, like {name}: text"
            self.issues.add(place, "unknown_name", f"there is no attribute `{name}`", hint)
        return None

    def properties(self, source: Source) -> Mapping[str, Type]:
        """The properties of the rows of a source."""
        rows = ROW_PROPERTIES[source]
        return {**self.event_properties, **rows} if source in OF_EVENTS else rows

    def property(self, name: str, source: Source, place: Place) -> Type | None:
        """The type of a row property; None, with an issue, when rows of the source have none."""
        options = self.properties(source)
        if name in options:
            return options[name]
        if source in OF_EVENTS and name in self.gathered.sections["events"]:
            return None
        hint = suggest(name, options, "properties")
        if source in OF_EVENTS and not hint.startswith("did"):
            hint = f"declare it under events:, like {name}: text"
        message = f"rows of `{source}` have no property `{name}`"
        if source in OF_EVENTS:
            message = f"events have no property `{name}`"
        self.issues.add(place, "unknown_name", message, hint)
        return None

    def stored(self, value: object, type_: Type, place: Place) -> tuple[Scalar, bool]:
        """A literal in the stored form of a type, and whether it could be read as one."""
        try:
            return stored(value, type_, self.settings), True
        except NotRead as problem:
            self.issues.add(place, "type", problem.message, problem.hint)
            return None, False


def words(text: str | Label | None, name: str) -> Text:
    """A label in both languages: the other one's where one is missing, the name without any."""
    if isinstance(text, str):
        return Text(en=text, nl=text)
    plain = name.replace("_", " ")
    plain = plain[:1].upper() + plain[1:]
    en, nl = (None, None) if text is None else (text.en, text.nl)
    return Text(en=en or nl or plain, nl=nl or en or plain)


def declared_types(entries: Mapping[str, Entry[Any]]) -> dict[str, Type]:
    """The types of declared attributes or event properties; those with issues are left out."""
    return {
        name: Type(entry.form.type if isinstance(entry.form, Declared) else entry.form)
        for name, entry in entries.items()
        if entry.form is not None
    }


def declared_sources(
    entries: Mapping[str, Entry[Any]], issues: Issues
) -> dict[str, tuple[str, ...]]:
    """Of the attributes that say so: the sources that go before others, the first before all."""
    found: dict[str, tuple[str, ...]] = {}
    for name, entry in entries.items():
        if not isinstance(entry.form, DeclaredAttribute) or entry.form.sources is None:
            continue
        said = entry.form.sources
        found[name] = (said,) if isinstance(said, str) else tuple(said)
        place = entry.place.at("sources")
        for one in found[name]:
            if not SOURCE.fullmatch(one):
                hint = "write it as the mapping does after source:"
                issues.add(place, "name", f"`{one}` cannot be the name of a source", hint)
        if len(set(found[name])) < len(found[name]):
            issues.add(place, "duplicate", "a source stands here twice", "name each once")
    return found


def declared_labels(entries: Mapping[str, Entry[Any]]) -> dict[str, Text]:
    """The labels of declared attributes or event properties."""
    return {
        name: words(entry.form.label if isinstance(entry.form, Declared) else None, name)
        for name, entry in entries.items()
        if entry.form is not None
    }
