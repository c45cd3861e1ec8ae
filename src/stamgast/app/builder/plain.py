"""A condition as a definition file has it, to the tree of the builder, and back again.

``plain_of(tree_of(where)) == where``, whatever ``where`` is: what the fields of a row cannot hold
exactly stays in a row of text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.app.builder.comparing import UnfinishedError, rows
from stamgast.app.builder.leaves import KINDS, PARTS
from stamgast.app.builder.tree import GROUPS, LEAVES, Node, root
from stamgast.app.builder.values import NotShown, same

if TYPE_CHECKING:
    from stamgast.app.builder.vocabulary import Vocabulary

__all__ = ["same"]
Path: TypeAlias = "tuple[str | int, ...]"
NOT = "not"
"""The field of a row that does not hold."""
LINES = ("text", "f.text", "g.text")
"""Fields of several lines."""


@dataclass(slots=True, kw_only=True)
class Written:
    """A tree as plain values."""

    where: Any = None
    """None: nothing is said yet."""
    paths: dict[Path, str] = field(default_factory=dict)
    """Where each node stands in it."""
    unfinished: dict[str, str] = field(default_factory=dict)
    """Rows that do not say anything yet, and the field that is missing; they are left out."""


# --- to a tree ------------------------------------------------------------------------------------


def tree_of(where: Any, vocabulary: Vocabulary) -> Node:  # noqa: ANN401 - any value of a file
    """The tree of what stands at ``where``: one condition, or a list of which every one holds."""
    if isinstance(where, list):
        return root(*(_node(one, vocabulary) for one in where))
    node = _node(where, vocabulary)
    if node.kind in ("all", "any"):
        return root(*node.items, kind=node.kind, style="whole")
    return root(node, style="one")


def _node(plain: Any, vocabulary: Vocabulary) -> Node:  # noqa: ANN401 - any value of a file
    """A node that says exactly this."""
    try:
        node = _read(plain, vocabulary)
    except (NotShown, KeyError, TypeError, ValueError, AttributeError):
        node = None
    if node is not None and (node.is_group or _says(node, plain, vocabulary)):
        return node
    text = Node(kind="text")
    KINDS["text"][0](text, plain, vocabulary)
    return text


def _read(plain: Any, vocabulary: Vocabulary) -> Node:  # noqa: ANN401 - any value of a file
    if not isinstance(plain, dict):
        raise NotShown
    for kind in ("all", "any"):
        if set(plain) == {kind} and isinstance(plain[kind], list) and plain[kind]:
            return Node(kind=kind, items=[_node(one, vocabulary) for one in plain[kind]])
    if set(plain) == {NOT}:
        return _negated(plain[NOT], vocabulary)
    kinds = [kind for kind in LEAVES if kind in plain and kind != "text"]
    if len(kinds) != 1:
        kinds = [next(key for key in plain if key in LEAVES and key != "text")]
    node = Node(kind=kinds[0])
    put, _ = KINDS[node.kind]
    for name, inner in put(node, plain, vocabulary).items():
        node.parts[name] = _part(inner, vocabulary)
    return node


def _negated(plain: Any, vocabulary: Vocabulary) -> Node:  # noqa: ANN401 - any value of a file
    """A row that does not hold, or a group of which none holds."""
    items = plain.get("any") if isinstance(plain, dict) and set(plain) == {"any"} else None
    if isinstance(items, list) and len(items) > 1:
        return Node(kind="none", items=[_node(one, vocabulary) for one in items])
    node = _node(plain, vocabulary)
    if node.is_group or node.get(NOT):
        return Node(kind="none", items=[node])
    node.fields[NOT] = "1"
    return node


def _part(plain: Any, vocabulary: Vocabulary) -> Node:  # noqa: ANN401 - any value of a file
    """A condition inside a row, as a group."""
    node = _node(plain, vocabulary)
    if node.kind in ("all", "any"):
        node.fields["style"] = "whole"
        return node
    return Node(kind="all", fields={"style": "one"}, items=[node])


def _says(node: Node, plain: Any, vocabulary: Vocabulary) -> bool:  # noqa: ANN401 - any value of a file
    """Whether the fields say exactly this, and a form can hold them."""
    held = all(
        text.isprintable() and text == text.strip()
        for name, text in node.fields.items()
        if name not in LINES
    )
    if not held:
        return False
    found = Written()
    said = _written(node, vocabulary, (), found)
    return not found.unfinished and same(said, plain)


# --- from a tree ----------------------------------------------------------------------------------


def written(top: Node, vocabulary: Vocabulary) -> Written:
    """The plain values of a tree; rows that are not finished are left out, and told."""
    found = Written()
    found.where = _group(top, vocabulary, (), found)
    return found


def _group(group: Node, vocabulary: Vocabulary, path: Path, found: Written) -> Any:  # noqa: ANN401 - any value of a file
    """A group at the top of a definition or inside a row."""
    style = group.get("style")
    if group.kind == "all" and style == "list":
        items = _items(group, vocabulary, path, found)
        return items or None
    if group.kind == "all" and style == "one":
        return _one_or_several(group, vocabulary, path, ("all",), found)
    return _written(group, vocabulary, path, found)


def _one_or_several(
    group: Node, vocabulary: Vocabulary, path: Path, keys: Path, found: Written
) -> Any:  # noqa: ANN401 - any value of a file
    """The one item by itself; of several a mapping with the last of the keys, which lies below ``path``."""
    sub, base = Written(), (*path, *keys)
    items = _items(group, vocabulary, base, sub)
    found.unfinished |= sub.unfinished
    for place, node in sub.paths.items():
        alone = (*base[:-1], *place[len(base) + 1 :])
        found.paths[alone if len(items) == 1 else place] = node
    if not items:
        return None
    return items[0] if len(items) == 1 else {keys[-1]: items}


def _items(group: Node, vocabulary: Vocabulary, path: Path, found: Written) -> list[Any]:
    made: list[Any] = []
    for one in group.items:
        said = _written(one, vocabulary, (*path, len(made)), found)
        if said is not None:
            made.append(said)
    return made


def _written(node: Node, vocabulary: Vocabulary, path: Path, found: Written) -> Any:  # noqa: ANN401 - any value of a file
    """What a node says; None: nothing yet."""
    if node.is_group:
        return _written_group(node, vocabulary, path, found)
    inner = (*path, NOT) if node.get(NOT) else path
    try:
        said = KINDS[node.kind][1](node, vocabulary)
    except UnfinishedError as missing:
        found.unfinished[node.id] = missing.field
        return None
    for name, part in node.parts.items():
        _put_part(node, said, name, part, vocabulary, (*inner,), found)
    found.paths[inner] = node.id
    return {NOT: said} if node.get(NOT) else said


def _put_part(  # noqa: PLR0913, PLR0917 - where it goes and what it is
    node: Node,
    said: dict[str, Any],
    name: str,
    part: Node,
    vocabulary: Vocabulary,
    path: Path,
    found: Written,
) -> None:
    """Put a condition inside a row where it belongs."""
    if name in PARTS.get(node.kind, ()):
        inner = _group(part, vocabulary, (*path, name), found)
        if inner is not None:
            said[name] = inner
        return
    row, _, key = name.rpartition(".")
    op = node.get(f"{row}.op")
    if row in rows(node, "c", "op") and isinstance(said.get(op), dict) and "of" in said[op]:
        inner = _group(part, vocabulary, (*path, op, key), found)
        if inner is not None:
            said[op] = {**said[op], key: inner}


def _written_group(node: Node, vocabulary: Vocabulary, path: Path, found: Written) -> Any:  # noqa: ANN401 - any value of a file
    if node.kind in ("all", "any"):
        items = _items(node, vocabulary, (*path, node.kind), found)
        if items:
            found.paths[path] = node.id
            return {node.kind: items}
        return None
    said = _one_or_several(node, vocabulary, path, (NOT, "any"), found)
    if said is None:
        return None
    found.paths[path] = node.id
    return {NOT: said}


def node_at(written_: Written, path: Path) -> str:
    """The node that is meant by a place in the plain values: the nearest at or above; empty: none."""
    for size in range(len(path), -1, -1):
        if path[:size] in written_.paths:
            return written_.paths[path[:size]]
    return ""


assert set(KINDS) == set(LEAVES)  # noqa: S101 - every row can be read and written
assert not set(GROUPS) & set(LEAVES)  # noqa: S101 - as it says
