"""What the builder's templates ask of a row: which fields it has, with what to choose from."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from stamgast.app.builder.comparing import names, rows
from stamgast.app.builder.tree import FILTER, GROUPS, LEAVES
from stamgast.app.builder.values import NUMBERS, SPANS, UNITS, is_parameter
from stamgast.app.builder.vocabulary import LIST_OPERATORS, PLACES, REFERRING, SPAN_OPERATORS
from stamgast.app.thresholds import NUMBERS as NUMBERS_OF_STAGES
from stamgast.language.operators import CASELESS
from stamgast.language.reader.scalars import DURATION, duration_us
from stamgast.language.types import Type
from stamgast.language.wording import capital, duration_words, number_words
from stamgast.measure.suggest import POINTS
from stamgast.report.words import catalogue

if TYPE_CHECKING:
    from stamgast.app.builder.plain import Written
    from stamgast.app.builder.tree import Node
    from stamgast.language.types import Type as AnyType
    from stamgast.web.page import Page
    from stamgast.web.views.building import Building

    Choices = list[tuple[str, str]]

SEPARATE = {"all": "and", "any": "or", "none": "nor"}
NAMED = re.compile(r"\$[a-z][a-z0-9_]*", re.ASCII)
"""A parameter in a text."""
SHARE = re.compile(r"\d+(\.\d+)?%", re.ASCII)
DATED = frozenset({Type.INSTANT, Type.DAY})
COMPARABLE = NUMBERS | SPANS | DATED


class Widgets:
    """Speaks of one form."""

    def __init__(self, page: Page, building: Building, written: Written) -> None:
        """``written``: what the form says."""
        self.page = page
        self.building = building
        self.written = written
        self.vocabulary = building.vocabulary
        self.leaves = LEAVES
        self.groups = GROUPS

    # --- words ------------------------------------------------------------------------------------

    @property
    def languages(self) -> tuple[str, str]:
        """The language of the page first."""
        return ("nl", "en") if self.page.language == "nl" else ("en", "nl")

    def text_label(self, text: str, language: str) -> str:
        """What the name or the explanation in a language is called."""
        return self.page.say(f"builder.{text}_{language}")

    def kind(self, kind: str) -> str:
        """What a kind of row is called."""
        return self.page.say(f"builder.kind.{kind}")

    def kind_about(self, kind: str) -> str:
        """A kind of row in one line."""
        return self.page.say(f"builder.kind_about.{kind}")

    def between(self, kind: str) -> str:
        """The word between the rows of a group."""
        return self.page.say(f"builder.{SEPARATE[kind]}")

    def tool(self, do: str, node: Node) -> str:
        """What a button does, and to which row."""
        return self.page.say(
            "builder.tools", do=self.page.say(f"builder.{do}"), row=self.named(node)
        )

    def named(self, node: Node) -> str:
        """A row as its buttons call it."""
        if node.is_group:
            return self.page.say(f"builder.group.{node.kind}")
        if node.kind == FILTER:
            chosen = node.get("f.0.property")
            known = dict(self.properties(node, "f", chosen))
            return f"{self.kind(FILTER)} {known[chosen] if chosen else ''}".strip()
        name = node.get("name") or next(iter(names(node, "did") or names(node, "stage")), "")
        kind = {"did": "event"}.get(node.kind, node.kind)
        label = self.vocabulary.label(kind, name) if name and kind != "text" else ""
        return f"{self.kind(node.kind)} {label}".strip()

    def part(self, name: str) -> str:
        """What a condition inside a row is for."""
        return self.page.say(f"builder.part.{name.rpartition('.')[2]}")

    def add_part(self, name: str) -> str:
        """The button that adds one."""
        return self.page.say(f"builder.add_part.{name.rpartition('.')[2]}")

    def parameter(self, text: str) -> str:
        """The value of a parameter that a field names; empty: it names none."""
        if not is_parameter(text.strip()):
            return ""
        value = self.vocabulary.parameter(text.strip()[1:])
        if value is None:
            return ""
        values = value if isinstance(value, list) else [value]
        return ", ".join(self._spoken(one) for one in values) or '""'

    def parameter_name(self, text: str) -> str:
        """What a parameter is called; one of the shop's own as its file has it."""
        name = text.strip().removeprefix("$")
        key = f"builder.par.{name}"
        if key in catalogue():
            return self.page.say(key)
        plain = name.replace("_", " ")
        return capital(plain)

    @property
    def shared(self) -> list[str]:
        """The parameters that the fields and the explanation name, each once, as they are written."""
        fields = [text for node in self.building.top.walk() for text in node.fields.values()]
        told = [one for text in self.building.texts.values() for one in NAMED.findall(text)]
        return [one for one in dict.fromkeys([*fields, *told]) if self.parameter(one)]

    def of_stages(self, text: str) -> bool:
        """Whether a parameter is one that the page of the times of the stages changes."""
        return text.removeprefix("$") in (*POINTS, *NUMBERS_OF_STAGES)

    def _spoken(self, value: object) -> str:
        if isinstance(value, str) and DURATION.fullmatch(value):
            return duration_words(duration_us(value), self.page.language)
        if isinstance(value, bool):
            return self.page.say("builder.true" if value else "builder.false")
        if isinstance(value, int | Decimal):
            return number_words(value, self.page.language)
        said = str(value)
        if SHARE.fullmatch(said):
            mark = "," if self.page.language == "nl" else "."
            return f"{said.removesuffix('%').replace('.', mark)} %".replace(" %", "\u00a0%")
        return self.vocabulary.label("consent", said)

    def unfinished(self, node: Node) -> bool:
        """Whether a row does not count yet."""
        return node.id in self.written.unfinished

    # --- choices ----------------------------------------------------------------------------------

    def choices(self, kind: str, now: str = "") -> Choices:
        """Names and labels; also what is chosen now, whatever it is."""
        found = self.vocabulary.choices(kind)
        if kind == "segment":  # a segment cannot name itself
            found = [one for one in found if one[0] != self.building.original]
        return _with(found, now)

    def said(self, group: str, *names_: str) -> Choices:
        """Names and labels of our own words."""
        return [(name, self.page.say(f"builder.{group}.{name}")) for name in names_]

    def units(self, now: str) -> Choices:
        """Units of time; seconds only where they are in use."""
        return self.said("unit", *(one for one in UNITS if one != "s" or now == "s"))

    def names(self, node: Node, field: str) -> list[str]:
        """The names that were chosen, and an empty place for one more."""
        return [*names(node, field), ""]

    def many(self, node: Node, field: str) -> int:
        """How many names were chosen."""
        return len(names(node, field))

    def may_be_strict(self, node: Node) -> bool:
        """Whether the order of events within one instant can be asked for: both sides are events."""
        places = {*PLACES, *self.vocabulary.definitions.rows}
        plain = not places & {*names(node, "did"), *names(node, "next")}
        return plain or bool(node.get("next.strictly"))

    # --- comparisons ------------------------------------------------------------------------------

    def compared(self, node: Node) -> list[str]:
        """The rows of comparisons; an empty one where there is none yet."""
        return rows(node, "c", "op") or (["c.0"] if node.get("name") else [])

    def filters(self, node: Node, prefix: str) -> list[str]:
        """The rows of a filter."""
        return rows(node, prefix, "property")

    def properties(self, node: Node, prefix: str, now: str) -> Choices:
        """What a filter can look at."""
        of = names(node, "did" if prefix == "f" else "next")
        return _with(self.vocabulary.property_choices(of), now)

    def type_of(self, node: Node, row: str) -> AnyType | None:
        """The type of what a row compares."""
        prefix = row.partition(".")[0]
        if prefix == "c":
            return self.vocabulary.type_of(node.kind, node.get("name"))
        of = names(node, "did" if prefix == "f" else "next")
        return self.vocabulary.properties(of).get(node.get(f"{row}.property"))

    def operators(self, node: Node, row: str) -> Choices:
        """Comparisons that go with the type."""
        type_, now = self.type_of(node, row), node.get(f"{row}.op")
        found = self.vocabulary.operators(type_, now, of_rows=not row.startswith("c"))
        return [(one, self._operator(one, type_)) for one in found]

    def _operator(self, name: str, type_: AnyType | None) -> str:
        if type_ in DATED and name in ("gte", "lte", "gt", "lt"):
            return self.page.say(f"builder.dated.{name}")
        return self.page.say(f"builder.op.{name}")

    def refers(self, node: Node, row: str) -> bool:
        """Whether a row may compare with another trait or a point of the shop."""
        if not row.startswith("c") or node.kind != "trait":
            return False
        fits = self.type_of(node, row) in COMPARABLE and node.get(f"{row}.op") in REFERRING
        return fits or bool(node.get(f"{row}.as"))

    def caseless(self, node: Node) -> bool:
        """Whether upper and lower case may be alike."""
        ops = [node.get(f"{row}.op") for row in self.compared(node)]
        text = node.get("name") and self.type_of(node, "c.0") is Type.TEXT
        return bool(node.get("case")) or bool(text and all(op in CASELESS for op in ops))

    def widget(self, node: Node, row: str) -> str:
        """How the value is asked for: ``none``, ``yesno``, ``span``, ``list``, ``pair``, ``day``, ``text``."""
        op, type_ = node.get(f"{row}.op"), self.type_of(node, row)
        as_ = node.get(f"{row}.as")
        if op in ("", "present", "missing"):
            return "none"
        if as_ in ("trait", "percentile"):
            return as_
        if op in SPAN_OPERATORS:
            return "span"
        if op in LIST_OPERATORS:
            return "list"
        if op == "between":
            return "spans" if type_ in SPANS else "pair"
        if type_ in SPANS:
            return "span"
        if type_ is Type.BOOLEAN and not is_parameter(node.get(f"{row}.value")):
            return "yesno"
        return "text"

    def input(self, node: Node, row: str, field: str) -> str:
        """The type of a text field: dates have one of their own."""
        text = node.get(f"{row}.{field}")
        dated = self.type_of(node, row) in DATED
        return "date" if dated and _is_day(text) else "text"

    def day(self, text: str) -> str:
        """The type of a field for a date."""
        return "date" if _is_day(text) else "text"

    def list_hint(self, node: Node, row: str) -> str:
        """How several values are written."""
        numbers = self.type_of(node, row) in NUMBERS
        key = "builder.list_hint_numbers" if numbers else "builder.list_hint"
        return self.page.say(key)

    def currency(self, node: Node, row: str) -> str:
        """The shop's currency beside amounts of money."""
        money = self.type_of(node, row) is Type.MONEY
        return self.page.state.settings.currency if money else ""


def _with(choices: Choices, now: str) -> Choices:
    known = any(name == now for name, _ in choices)
    return choices if known or not now else [(now, now), *choices]


def _is_day(text: str) -> bool:
    if not text:
        return True
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
