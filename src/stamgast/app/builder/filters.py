"""Filters on what somebody did that nest: a tree of groups and of leaves with rows, inside a row.

A leaf is a node ``filter``: properties that all hold, in rows ``f.0``, ``f.1``... as the row around it
has them, and in ``did`` the names of what is filtered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stamgast.app.builder.comparing import UnfinishedError, names, put_filter, written_filter
from stamgast.app.builder.tree import FILTER, Node
from stamgast.app.builder.values import NotShown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.app.builder.vocabulary import Vocabulary

NOT = "not"
JOINING = ("all", "any", NOT)
MIXED = "mixed"
"""The style of a group of which the items stand beside one another in one mapping."""
OF = {"f": "did", "g": "next"}
"""Which names a filter is about."""


def group_name(prefix: str) -> str:
    """The part of a row that holds the tree."""
    return f"{prefix}.group"


def filter_tree(where: object, of: list[str], vocabulary: Vocabulary) -> Node:
    """The group that says exactly this. Raises NotShown where rows cannot."""
    node = _read(where, of, vocabulary)
    return node if node.is_group else Node(kind="all", fields={"style": MIXED}, items=[node])


def leaf(of: list[str]) -> Node:
    """One that says nothing yet."""
    return Node(kind=FILTER, fields={**_about(of), "f.0.property": ""})


def leaves(node: Node, prefix: str) -> Iterator[Node]:
    """The leaves of the tree inside a row."""
    group = node.parts.get(group_name(prefix))
    if group is not None:
        yield from (one for one in group.walk() if one.kind == FILTER)


def settle_leaves(node: Node) -> None:
    """Leaves are about what the row around them is about."""
    for prefix, field in OF.items():
        of = names(node, field)
        for one in leaves(node, prefix):
            one.fields = {k: v for k, v in one.fields.items() if not k.startswith("did.")}
            one.fields |= _about(of)


def nest(node: Node, prefix: str) -> None:
    """Make a group of the rows that there are, with an inner one of which one thing must hold."""
    of = names(node, OF[prefix])
    rows = {k: v for k, v in node.fields.items() if k.startswith(f"{prefix}.")}
    items = [Node(kind="any", items=[leaf(of), leaf(of)])]
    if any(k.endswith(".property") and text for k, text in rows.items()):
        held = {f"f{k.removeprefix(prefix)}": text for k, text in rows.items()}
        items.insert(0, Node(kind=FILTER, fields={**_about(of), **held}))
    node.fields = {k: v for k, v in node.fields.items() if k not in rows}
    node.parts[group_name(prefix)] = Node(kind="all", fields={"style": MIXED}, items=items)


def filter_written(node: Node, vocabulary: Vocabulary) -> dict[str, Any] | None:
    """The filter of a tree as a file has it; None: nothing is said. Raises UnfinishedError."""
    if node.kind == FILTER:
        return written_filter(node, "f", names(node, "did"), vocabulary)
    said = [one for item in node.items if (one := filter_written(item, vocabulary)) is not None]
    if not said:
        return None
    if node.get("style") == MIXED and node.kind == "all":
        return _mixed(said)
    if node.kind == "none":
        return {NOT: said[0] if len(said) == 1 else {"any": said}}
    return {node.kind: said}


def _mixed(said: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for one in said:
        if merged.keys() & one.keys():
            return {"all": said}
        merged |= one
    return merged


def _about(of: list[str]) -> dict[str, str]:
    return {f"did.{n}": name for n, name in enumerate(of)}


def _read(where: object, of: list[str], vocabulary: Vocabulary) -> Node:
    if not isinstance(where, dict) or not where:
        raise NotShown
    joining = [key for key in where if key in JOINING]
    if not joining:
        return _leaf(where, of, vocabulary)
    if len(where) == 1:
        return _joined(joining[0], where[joining[0]], of, vocabulary)
    plain = {key: test for key, test in where.items() if key not in JOINING}
    items = [_leaf(plain, of, vocabulary)] if plain else []
    items += [_joined(key, where[key], of, vocabulary) for key in joining]
    return Node(kind="all", fields={"style": MIXED}, items=items)


def _joined(key: str, inner: object, of: list[str], vocabulary: Vocabulary) -> Node:
    if key == NOT:
        several = inner.get("any") if isinstance(inner, dict) and set(inner) == {"any"} else None
        if isinstance(several, list) and len(several) > 1:
            return Node(kind="none", items=[_read(one, of, vocabulary) for one in several])
        return Node(kind="none", items=[_read(inner, of, vocabulary)])
    if not isinstance(inner, list) or not inner:
        raise NotShown
    return Node(kind=key, items=[_read(one, of, vocabulary) for one in inner])


def _leaf(where: dict[str, Any], of: list[str], vocabulary: Vocabulary) -> Node:
    node = Node(kind=FILTER, fields=_about(of))
    put_filter(node, "f", where, of, vocabulary)
    if not all(text.isprintable() and text == text.strip() for text in node.fields.values()):
        raise NotShown
    try:
        if not written_filter(node, "f", of, vocabulary):
            raise NotShown
    except UnfinishedError as missing:
        raise NotShown from missing
    return node
