"""What the builder's form holds: the tree of conditions, its texts, and what a button asks for."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stamgast.app.builder import tree
from stamgast.app.builder.comparing import MOST_ROWS, names, rows
from stamgast.app.builder.filters import OF, group_name, nest, settle_leaves
from stamgast.app.builder.own import own_value
from stamgast.app.builder.plain import tree_of, written
from stamgast.app.builder.tree import FILTER, GROUPS, LEAVES, Node
from stamgast.app.builder.values import NotShown, is_parameter
from stamgast.app.builder.vocabulary import REFERRING
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.builder.plain import Written
    from stamgast.app.builder.vocabulary import Vocabulary

TEXTS = ("label_en", "label_nl", "about_en", "about_nl")
BEGINS: Mapping[str, Mapping[str, str]] = {
    "did": {"did.0": "order", "many": "", "window": "within", "within": "90", "within.unit": "d"},
    "top": {"share": "20", "by.0": ""},
    "stage": {"stage.0": ""},
    "always": {"value": "true"},
    "identified": {"how": "known"},
    "text": {"text": ""},
    FILTER: {"f.0.property": ""},
}
"""What a new row says."""
FIRST_OPERATOR: Mapping[Type | None, str] = {
    Type.INSTANT: "newer_than",
    Type.DAY: "anniversary",
    Type.TEXT: "is",
    Type.BOOLEAN: "is",
    None: "is",
}
NAMES = ("did", "next", "stage", "by", "in", "kind")
"""Fields that hold names one after the other."""


@dataclass(slots=True, kw_only=True)
class Building:
    """A segment in the form."""

    top: Node
    vocabulary: Vocabulary
    name: str = ""
    """Its short name; empty: made from its label."""
    original: str = ""
    """The segment that is being changed; empty: a new one."""
    texts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TEXTS, ""))
    wants: str = ""
    """``more``: the past year and the overlap."""
    opened: str = ""
    """The node that was added last."""

    @classmethod
    def new(cls, vocabulary: Vocabulary) -> Building:
        """Nothing yet."""
        return cls(top=tree.root(), vocabulary=vocabulary)

    @classmethod
    def of_entry(cls, name: str, entry: Mapping[str, Any], vocabulary: Vocabulary) -> Building:
        """A segment as its file has it."""
        made = cls(top=tree_of(entry.get("where"), vocabulary), vocabulary=vocabulary)
        made.name = made.original = name
        for key in ("label", "about"):
            said = entry.get(key)
            for language in ("en", "nl"):
                text = said.get(language) if isinstance(said, dict) else said
                made.texts[f"{key}_{language}"] = str(text or "")
        return made

    @classmethod
    def of_form(cls, form: Mapping[str, str], vocabulary: Vocabulary) -> Building:
        """As a browser sends it."""
        made = cls(top=tree.from_form(form), vocabulary=vocabulary)
        made.name, made.original = form.get("name", "").strip(), form.get("original", "")
        for key in TEXTS:
            made.texts[key] = form.get(key, "").strip()
        made.act(form.get("do", ""))
        for node in made.top.walk():
            _settle(node, vocabulary)
        return made

    @property
    def fields(self) -> dict[str, str]:
        """Everything, for a form that only carries it."""
        own = {"name": self.name, "original": self.original, **self.texts}
        return {**own, **tree.to_form(self.top)}

    def written(self) -> Written:
        """The condition as a file has it."""
        return written(self.top, self.vocabulary)

    def entry(self, before: Mapping[str, Any] | None) -> dict[str, Any]:
        """Label, about and where as a file has them; texts that were not touched stay as they were."""
        made: dict[str, Any] = {}
        for key in ("label", "about"):
            said = self._text(key, None if before is None else before.get(key))
            if said is not None:
                made[key] = said
        made["where"] = self.written().where
        return made

    def _text(self, key: str, before: object) -> object:
        now = {language: self.texts[f"{key}_{language}"] for language in ("en", "nl")}
        if isinstance(before, dict):
            same = all(str(before.get(language) or "") == text for language, text in now.items())
        else:
            same = all(text == (before or "") for text in now.values())
        if same:
            return before
        told = {language: text for language, text in now.items() if text}
        return told or None

    def label(self) -> dict[str, str]:
        """What it is called, by language."""
        named = {language: self.texts[f"label_{language}"] for language in ("en", "nl")}
        return {language: text for language, text in named.items() if text}

    def short_name(self) -> str:
        """The name for files: as it was typed, else made from the label."""
        return self.name or slug(self.texts["label_en"] or self.texts["label_nl"])

    # --- buttons ----------------------------------------------------------------------------------

    def act(self, do: str) -> None:
        """What a button asks: ``add:<group>:<kind>``, ``drop:<node>``, ``more:<node>:<rows>``..."""
        what, _, rest = do.partition(":")
        name, _, more = rest.partition(":")
        match what:
            case "add":
                self._add(name, more)
            case "drop":
                tree.drop(self.top, name)
                for node in self.top.walk():
                    node.parts = {key: one for key, one in node.parts.items() if one.id != name}
            case "up" | "down":
                tree.move(self.top, name, -1 if what == "up" else 1)
            case "wrap":
                tree.wrap(self.top, name)
            case "unwrap":
                tree.unwrap(self.top, name)
            case "row" | "less" | "part" | "nest" | "own":
                inside = tree.find(self.top, name)
                if inside is not None:
                    self._inside(what, inside, more)
            case "more":
                self.wants = "more"
            case _:
                pass

    def _add(self, group: str, kind: str) -> None:
        held = tree.find(self.top, group)
        if held is None or not held.is_group:
            return
        nested = self._nested()
        if kind not in ((*GROUPS, FILTER) if group in nested else (*GROUPS, *LEAVES)):
            return
        made = Node(kind=kind, fields=dict(BEGINS.get(kind, {})))
        held.items.append(made)
        self.opened = made.id

    def _nested(self) -> set[str]:
        """The ids of all that is in a filter that nests."""
        groups = [
            part
            for node in self.top.walk()
            for name, part in node.parts.items()
            if name in map(group_name, OF)
        ]
        return {one.id for group in groups for one in group.walk()}

    def _own(self, node: Node, field_: str) -> None:
        """The value of a parameter in its place, to be changed here only."""
        text = node.get(field_).strip()
        value = self.vocabulary.parameter(text[1:]) if is_parameter(text) else None
        if value is None:
            return
        with suppress(NotShown):
            node.fields |= own_value(node, field_, value, self.vocabulary)

    def _inside(self, what: str, node: Node, field_: str) -> None:
        if what == "own":
            self._own(node, field_)
        elif what == "nest" and node.kind == "did" and field_ in OF:
            nest(node, field_)
        elif what == "part" and re.fullmatch(r"among|provided|c\.\d+\.among", field_):
            node.parts[field_] = Node(kind="all", fields={"style": "one"})
        elif what == "less":
            gone = f"{field_}."
            node.fields = {
                key: text for key, text in node.fields.items() if not key.startswith(gone)
            }
            node.parts = {key: one for key, one in node.parts.items() if not key.startswith(gone)}
        elif what == "row" and field_ in ("c", "f", "g"):
            key = "op" if field_ == "c" else "property"
            free = [n for n in range(MOST_ROWS) if f"{field_}.{n}.{key}" not in node.fields]
            if free:
                node.fields[f"{field_}.{free[0]}.{key}"] = ""


def slug(text: str) -> str:
    """A name for files, made from a label.

    >>> slug("Win back: Nederland én België!")
    'win_back_nederland_en_belgie'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60].rstrip("_")
    return made if not made or made[0].isalpha() else f"s_{made}"


def _settle(node: Node, vocabulary: Vocabulary) -> None:
    """Fields that follow from others: a comparison that fits the type, names without gaps."""
    for field_ in NAMES:
        chosen = names(node, field_)
        for n in range(MOST_ROWS):
            node.fields.pop(f"{field_}.{n}", None)
        node.fields |= {f"{field_}.{n}": name for n, name in enumerate(chosen)}
    if node.kind in ("trait", "attribute", "extension"):
        _settle_compared(node, vocabulary)
    if node.kind == "did":
        settle_leaves(node)
    for prefix, of in OF.items():
        types = vocabulary.properties(names(node, of)) if node.kind in ("did", FILTER) else {}
        for row in rows(node, prefix, "property"):
            type_ = types.get(node.get(f"{row}.property"))
            if node.get(f"{row}.property"):
                _fitting(node, row, type_, vocabulary, of_rows=True)


def _settle_compared(node: Node, vocabulary: Vocabulary) -> None:
    name = node.get("name")
    if not name:
        return
    type_ = vocabulary.type_of(node.kind, name)
    if node.kind != "extension" and not rows(node, "c", "op"):
        node.fields["c.0.op"] = ""
    for row in rows(node, "c", "op"):
        if node.get(f"{row}.op") or node.kind != "extension":
            _fitting(node, row, type_, vocabulary)


def _fitting(
    node: Node, row: str, type_: Type | None, vocabulary: Vocabulary, *, of_rows: bool = False
) -> None:
    """Another comparison where the one that is chosen does not go with the type."""
    fitting = vocabulary.operators(type_, of_rows=of_rows)
    op = node.get(f"{row}.op")
    if op not in fitting:
        first = FIRST_OPERATOR.get(type_, "gte")
        op = first if first in fitting else fitting[0]
        node.fields[f"{row}.op"] = op
        for gone in ("as", "trait", "percentile", "of", "times"):
            node.fields.pop(f"{row}.{gone}", None)
    if op not in REFERRING:
        node.fields.pop(f"{row}.as", None)
    if type_ is Type.BOOLEAN and op in ("is", "is_not"):
        node.fields.setdefault(f"{row}.value", "true")
        value = node.get(f"{row}.value")
        if value not in ("true", "false") and not is_parameter(value) and not node.get(f"{row}.as"):
            node.fields[f"{row}.value"] = "true"
    as_ = node.get(f"{row}.as")
    if as_ == "trait":
        node.fields.setdefault(f"{row}.trait", "")
    elif as_ == "percentile":
        node.fields.setdefault(f"{row}.percentile", "50")
        node.fields.setdefault(f"{row}.of", "")
