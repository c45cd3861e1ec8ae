"""What a condition may name in a shop, with labels and types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from stamgast.language.operators import COMPARISONS
from stamgast.language.operators_labels import CHANNELS, KINDS
from stamgast.language.reader.rows import TABLES
from stamgast.language.reader.scope import ROW_PROPERTIES
from stamgast.language.sentences_rows import ROW_LABELS
from stamgast.language.wording import capital
from stamgast.report.words import catalogue, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.language.ast import Definitions, Text
    from stamgast.language.types import Type
    from stamgast.model.log import Source
    from stamgast.report.words import Language

PLACES = ("order", "line", "refund")
"""Rows that can be asked for beside events."""
OPERATORS = (
    "is", "is_not", "in", "not_in", "gte", "lte", "gt", "lt", "between", "contains", "starts_with",
    "ends_with", "present", "missing", "older_than", "newer_than", "within_next", "anniversary",
)  # fmt: skip
"""Comparisons as the form offers them. ``present: false`` is ``missing`` here."""
SPAN_OPERATORS = frozenset({"older_than", "newer_than", "within_next", "anniversary"})
LIST_OPERATORS = frozenset({"in", "not_in"})
REFERRING = frozenset(name for name, row in COMPARISONS.items() if row.refers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names of one shop, in one language."""

    definitions: Definitions
    language: Language
    events: tuple[str, ...] = ()
    """Names of events that were seen."""
    _found: dict[str, list[tuple[str, str]]] = field(default_factory=dict, compare=False)

    # --- types ------------------------------------------------------------------------------------

    def type_of(self, kind: str, name: str) -> Type | None:
        """The type of a trait, an attribute or an extension's value; None: not known."""
        known = self.definitions
        if kind == "trait":
            return known.traits[name].type if name in known.traits else None
        if kind == "attribute":
            return known.attributes.get(name)
        if kind == "extension":
            return known.extensions[name].type if name in known.extensions else None
        return None

    def properties(self, names: list[str]) -> Mapping[str, Type]:
        """The properties of the rows that such names stand for."""
        source = "event"
        if len(names) == 1:
            source = names[0] if names[0] in TABLES else "event"
        rows = ROW_PROPERTIES[cast("Source", source)]
        return rows if source in TABLES else {**self.definitions.event_properties, **rows}

    def operators(self, type_: Type | None, now: str = "", *, of_rows: bool = False) -> list[str]:
        """The comparisons that go with a type; of rows without those that look at the clock."""
        found = []
        for name in OPERATORS:
            row = COMPARISONS["anniversary_within_next" if name == "anniversary" else name]
            fits = type_ is None or type_ in row.takes
            if (fits and not (of_rows and name in SPAN_OPERATORS)) or name == now:
                found.append(name)
        return found

    # --- names ------------------------------------------------------------------------------------

    def choices(self, kind: str) -> list[tuple[str, str]]:
        """Name and label of all that can be named, by label; stages, kinds and seasons in order."""
        if kind not in self._found:
            self._found[kind] = self._choices(kind)
        return self._found[kind]

    def _choices(self, kind: str) -> list[tuple[str, str]]:
        known = self.definitions
        match kind:
            case "trait":
                found = {name: self.text(one.label) for name, one in known.traits.items()}
            case "attribute":
                found = {name: self._attribute(name) for name in known.attributes}
            case "segment":
                found = {name: self.text(one.label) for name, one in known.segments.items()}
            case "extension":
                found = {name: self.text(one.label) for name, one in known.extensions.items()}
            case "event":
                return self._events()
            case "consent":
                return self._consents()
            case "stage":
                stages = known.lifecycle.labels.items()
                return [(name, self.text(label)) for name, label in stages]
            case "season":
                calendar = known.calendar
                every = {**calendar.seasons, **calendar.sales}
                return [(name, self.text(one.label)) for name, one in every.items()]
            case _:
                return [(name, self.text(text)) for name, text in KINDS.items()]
        return sorted(found.items(), key=lambda one: one[1].casefold())

    def label(self, kind: str, name: str) -> str:
        """The label of a name; the name itself when it is not known."""
        return dict(self.choices(kind)).get(name, name)

    def property_choices(self, names: list[str]) -> list[tuple[str, str]]:
        """Name and label of the properties of rows, by label."""
        labels = self.definitions.event_property_labels
        found = {}
        for name in self.properties(names):
            text = labels.get(name) or ROW_LABELS.get(name)
            found[name] = _plain(name) if text is None else capital(self.text(text))
        return sorted(found.items(), key=lambda one: one[1].casefold())

    def parameter(self, name: str) -> object:
        """The value that a parameter has; None: there is none."""
        return self.definitions.parameters.get(name)

    def text(self, text: Text) -> str:
        """A text in the language."""
        return text[self.language]

    def _attribute(self, name: str) -> str:
        label = self.definitions.attribute_labels.get(name)
        return _plain(name) if label is None else self.text(label)

    def _events(self) -> list[tuple[str, str]]:
        known = catalogue()
        words = [key.removeprefix("event.") for key in known if key.startswith("event.")]
        named = {name: capital(self.text(one.one)) for name, one in self.definitions.rows.items()}
        seen = dict.fromkeys([*self.events, *words])
        labelled = {
            name: word(self.language, f"event.{name}") if f"event.{name}" in known else name
            for name in seen
        }
        first = [(name, word(self.language, f"builder.rows.{name}")) for name in PLACES]
        rest = {**named, **labelled}.items()
        return [*first, *sorted(rest, key=lambda one: one[1].casefold())]

    def _consents(self) -> list[tuple[str, str]]:
        return [
            (f"{channel}_{name}", f"{self.text(purpose.label)}, {self.text(said)}")
            for name, purpose in self.definitions.consents.items()
            for channel, said in CHANNELS.items()
        ]


def _plain(name: str) -> str:
    return capital(name.replace("_", " "))
