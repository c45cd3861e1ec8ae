"""The tree of a condition: groups, rows and what rows hold, with ids that stay while it is edited."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GROUPS = ("all", "any", "none")
LEAVES = (
    "did",
    "trait",
    "attribute",
    "stage",
    "segment",
    "extension",
    "consent",
    "identified",
    "top",
    "always",
    "text",
)
"""Kinds of rows; ``text``: what no other row can say, as it stands in the file."""
FILTER = "filter"
"""A leaf of a filter that nests, inside a row."""
ROOT = "root"
MOST_NODES = 200
MOST_DEPTH = 20


def new_id() -> str:
    """An id that no other node has."""
    return f"n{secrets.token_hex(4)}"


@dataclass(slots=True, kw_only=True)
class Node:
    """A group or a row. ``fields``: as a form has them, also what does not hold yet."""

    kind: str
    id: str = field(default_factory=new_id)
    fields: dict[str, str] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    """Of a group."""
    parts: dict[str, Node] = field(default_factory=dict)
    """Conditions inside a row, each a group: among whom is ranked."""

    def get(self, name: str) -> str:
        """A field's text; empty when it is not there."""
        return self.fields.get(name, "")

    @property
    def is_group(self) -> bool:
        """Whether it holds other nodes."""
        return self.kind in GROUPS

    @property
    def below(self) -> list[Node]:
        """Items and parts."""
        return [*self.items, *self.parts.values()]

    def walk(self) -> Iterator[Node]:
        """Itself and all below."""
        yield self
        for one in self.below:
            yield from one.walk()


def root(*items: Node, kind: str = "all", style: str = "list") -> Node:
    """The group at the top."""
    return Node(kind=kind, id=ROOT, fields={"style": style}, items=[*items])


# --- in a form ------------------------------------------------------------------------------------


def to_form(top: Node) -> dict[str, str]:
    """All fields of all nodes, as a form sends them back: ``<id>.<field>``."""
    found: dict[str, str] = {}
    for node in top.walk():
        found[f"{node.id}.kind"] = node.kind
        found |= {f"{node.id}.{name}": text for name, text in node.fields.items()}
        if node.is_group:
            found[f"{node.id}.items"] = " ".join(one.id for one in node.items)
        for name, part in node.parts.items():
            found[f"{node.id}.part.{name}"] = part.id
    return found


def from_form(form: Mapping[str, str]) -> Node:
    """The tree of such fields; what does not belong to it is left out. An empty one without a root."""
    by_id: dict[str, dict[str, str]] = {}
    for key, text in form.items():
        name, dot, rest = key.partition(".")
        if dot:
            by_id.setdefault(name, {})[rest] = text
    seen: set[str] = set()
    made = _made(ROOT, by_id, seen, 0)
    return root() if made is None or not made.is_group else made


def _made(
    name: str, by_id: Mapping[str, dict[str, str]], seen: set[str], depth: int
) -> Node | None:
    given = by_id.get(name)
    if given is None or name in seen or depth > MOST_DEPTH or len(seen) >= MOST_NODES:
        return None
    kind = given.get("kind", "")
    if kind not in (*GROUPS, *LEAVES, FILTER):
        return None
    seen.add(name)
    node = Node(kind=kind, id=name)
    for key, text in given.items():
        if key.startswith("part."):
            part = _made(text, by_id, seen, depth + 1)
            if part is not None and part.is_group:
                node.parts[key.removeprefix("part.")] = part
        elif key not in {"kind", "items"}:
            node.fields[key] = text.replace("\r\n", "\n")
    if node.is_group:
        below = [_made(one, by_id, seen, depth + 1) for one in given.get("items", "").split()]
        node.items = [one for one in below if one is not None]
    return node


# --- changes --------------------------------------------------------------------------------------


def find(top: Node, name: str) -> Node | None:
    """The node of an id."""
    return next((one for one in top.walk() if one.id == name), None)


def parent(top: Node, name: str) -> Node | None:
    """The group that holds a node as one of its items."""
    return next((one for one in top.walk() if any(item.id == name for item in one.items)), None)


def drop(top: Node, name: str) -> None:
    """Take a node out of its group."""
    group = parent(top, name)
    if group is not None:
        group.items = [one for one in group.items if one.id != name]


def move(top: Node, name: str, by: int) -> None:
    """One place up (-1) or down (1); beyond the edge of a group it goes into the group around it."""
    group = parent(top, name)
    if group is None:
        return
    at = next(n for n, one in enumerate(group.items) if one.id == name)
    node = group.items.pop(at)
    if 0 <= at + by <= len(group.items):
        group.items.insert(at + by, node)
        return
    around = parent(top, group.id)
    if around is None:
        group.items.insert(at, node)
        return
    place = next(n for n, one in enumerate(around.items) if one.id == group.id)
    around.items.insert(place if by < 0 else place + 1, node)


def wrap(top: Node, name: str, kind: str = "any") -> None:
    """Put a group around a node."""
    group = parent(top, name)
    if group is None:
        return
    at = next(n for n, one in enumerate(group.items) if one.id == name)
    group.items[at] = Node(kind=kind, items=[group.items[at]])


def unwrap(top: Node, name: str) -> None:
    """Put what a group holds in its place."""
    group, node = parent(top, name), find(top, name)
    if group is None or node is None or not node.is_group:
        return
    at = next(n for n, one in enumerate(group.items) if one.id == name)
    group.items[at : at + 1] = node.items
