"""The rows of the builder: each kind from plain values to fields, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.app.builder.comparing import (
    UnfinishedError,
    names,
    put_comparisons,
    put_count,
    put_filter,
    put_names,
    put_share,
    wanted,
    written_comparisons,
    written_count,
    written_filter,
    written_names,
    written_share,
)
from stamgast.app.builder.filters import filter_tree, filter_written, group_name
from stamgast.app.builder.values import NotShown, is_parameter, same, span_read, span_shown
from stamgast.app.builder.yamls import plain_of_text, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stamgast.app.builder.tree import Node
    from stamgast.app.builder.vocabulary import Vocabulary

    Given: TypeAlias = Mapping[str, Any]
    Parts: TypeAlias = dict[str, Any]
    Put: TypeAlias = Callable[[Node, Given, Vocabulary], Parts]
    Written: TypeAlias = Callable[[Node, Vocabulary], dict[str, Any]]

COMPARED = ("trait", "attribute", "extension")
PARTS: Mapping[str, tuple[str, ...]] = {"top": ("among", "provided")}
"""Conditions that a kind of row may have inside; comparisons with a percentile have ``<row>.among``."""


# --- one by one -----------------------------------------------------------------------------------


def _put_compared(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:
    node.fields["name"] = _text(given[node.kind])
    type_ = vocabulary.type_of(node.kind, node.get("name"))
    rest = {key: value for key, value in given.items() if key != node.kind}
    return put_comparisons(node, rest, type_, vocabulary)


def _written_compared(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:
    name = wanted(node, "name")
    found = written_comparisons(node, vocabulary.type_of(node.kind, name), vocabulary)
    if not found and node.kind != "extension":
        raise UnfinishedError("c.0.op")
    return {node.kind: name, **found}


def _put_did(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:
    fields, left = node.fields, dict(given)
    put_names(node, "did", left.pop("did"))
    _put_many(node, left)
    _put_window(node, left)
    if "where" in left:
        _put_where(node, "f", left.pop("where"), names(node, "did"), vocabulary)
    for key in ("followed_by", "not_followed_by"):
        if key in left:
            fields["then"] = key
            _put_follow(node, left.pop(key), vocabulary)
    if left:
        raise NotShown
    return {}


def _put_many(node: Node, left: dict[str, Any]) -> None:
    low, high, exactly = (left.pop(key, None) for key in ("at_least", "at_most", "exactly"))
    if exactly is not None:
        node.fields["many"] = "exactly"
        put_count(node, "low", exactly)
    elif low is not None or high is not None:
        node.fields["many"] = (
            "between" if None not in (low, high) else "at_least" if high is None else "at_most"
        )
        if low is not None:
            put_count(node, "low", low)
        if high is not None:
            put_count(node, "high" if low is not None else "low", high)


def _put_window(node: Node, left: dict[str, Any]) -> None:
    fields = node.fields
    if "within" in left:
        fields["window"] = "within"
        fields["within"], fields["within.unit"] = span_shown(left.pop("within"))
    elif "between" in left:
        fields["window"] = "between"
        young, old = left.pop("between")
        fields["young"], fields["young.unit"] = span_shown(young)
        fields["old"], fields["old.unit"] = span_shown(old)
    elif "from" in left or "until" in left:
        fields["window"] = "dates"
        for key in ("from", "until"):
            if key in left:
                fields[key] = _text(left.pop(key))
    elif "in" in left:
        fields["window"] = "in"
        put_names(node, "in", left.pop("in"))
        if "year" in left:
            put_count(node, "year", left.pop("year"))


def _put_where(
    node: Node, prefix: str, where: object, of: list[str], vocabulary: Vocabulary
) -> None:
    before = dict(node.fields)
    try:
        put_filter(node, prefix, where, of, vocabulary)
        exact = written_filter(node, prefix, of, vocabulary) == where
    except (NotShown, UnfinishedError, TypeError, ValueError, AttributeError):
        exact = False
    if not exact:
        node.fields = dict(before)
        exact = _put_nested(node, prefix, where, of, vocabulary)
    if not exact:
        node.fields = {**before, f"{prefix}.text": text_of(where)}


def _put_nested(
    node: Node, prefix: str, where: object, of: list[str], vocabulary: Vocabulary
) -> bool:
    """Put a filter that nests into a tree of its own; whether that says the same."""
    try:
        tree = filter_tree(where, of, vocabulary)
        exact = same(filter_written(tree, vocabulary), where)
    except (NotShown, UnfinishedError, KeyError, TypeError, ValueError, AttributeError):
        return False
    if exact:
        node.parts[group_name(prefix)] = tree
    return exact


def _put_follow(node: Node, follow: object, vocabulary: Vocabulary) -> None:
    if not isinstance(follow, dict):
        raise NotShown
    left, fields = dict(follow), node.fields
    put_names(node, "next", left.pop("event"))
    if "within" in left:
        fields["next.within"], fields["next.within.unit"] = span_shown(left.pop("within"))
    if left.get("strictly") is True:
        fields["next.strictly"] = "1"
        left.pop("strictly")
    if "where" in left:
        _put_where(node, "g", left.pop("where"), names(node, "next"), vocabulary)
    if left:
        raise NotShown


def _written_did(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:
    did = written_names(node, "did")
    found: dict[str, Any] = {"did": did, **_written_many(node), **_written_window(node)}
    where = _written_where(node, "f", names(node, "did"), vocabulary)
    if where is not None:
        found["where"] = where
    then = node.get("then")
    if then in ("followed_by", "not_followed_by"):
        found[then] = _written_follow(node, vocabulary)
    return found


def _written_many(node: Node) -> dict[str, Any]:
    match node.get("many"):
        case "at_least" | "at_most" | "exactly" as key:
            return {key: written_count(node, "low")}
        case "between":
            return {"at_least": written_count(node, "low"), "at_most": written_count(node, "high")}
        case _:
            return {}


def _written_window(node: Node) -> dict[str, Any]:
    match node.get("window"):
        case "within":
            return {"within": _span(node, "within")}
        case "between":
            return {"between": [_span(node, "young"), _span(node, "old")]}
        case "dates":
            ends = {key: node.get(key).strip() for key in ("from", "until")}
            if not any(ends.values()):
                raise UnfinishedError("from")
            return {key: text for key, text in ends.items() if text}
        case "in":
            year = {"year": written_count(node, "year")} if node.get("year").strip() else {}
            return {"in": written_names(node, "in"), **year}
        case _:
            return {}


def _span(node: Node, field: str) -> str:
    return span_read(wanted(node, field), node.get(f"{field}.unit"))


def _written_where(
    node: Node, prefix: str, of: list[str], vocabulary: Vocabulary
) -> dict[str, Any] | None:
    text = node.get(f"{prefix}.text")
    group = node.parts.get(group_name(prefix))
    if group is not None:
        return filter_written(group, vocabulary)
    if not text.strip():
        return written_filter(node, prefix, of, vocabulary)
    found = plain_of_text(text)
    if found is None:
        raise UnfinishedError(f"{prefix}.text")
    return found


def _written_follow(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:
    found: dict[str, Any] = {"event": written_names(node, "next")}
    if node.get("next.within").strip():
        found["within"] = _span(node, "next.within")
    if node.get("next.strictly"):
        found["strictly"] = True
    where = _written_where(node, "g", names(node, "next"), vocabulary)
    return found if where is None else {**found, "where": where}


def _put_one_name(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:  # noqa: ARG001 - as others
    if set(given) != {node.kind}:
        raise NotShown
    node.fields["name"] = _text(given[node.kind])
    return {}


def _written_one_name(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:  # noqa: ARG001 - as others
    return {node.kind: wanted(node, "name")}


def _put_stage(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:  # noqa: ARG001 - as others
    put_names(node, "stage", given["stage"])
    return {}


def _written_stage(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:  # noqa: ARG001 - as others
    return {"stage": written_names(node, "stage")}


def _put_identified(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:  # noqa: ARG001 - as others
    value = given["identified"]
    if value is True or value is False:
        node.fields["how"] = "known" if value else "unknown"
    else:
        node.fields["how"] = "kinds"
        put_names(node, "kind", value)
    return {}


def _written_identified(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:  # noqa: ARG001 - as others
    how = node.get("how")
    return {"identified": written_names(node, "kind") if how == "kinds" else how != "unknown"}


def _put_always(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:  # noqa: ARG001 - as others
    value = given["always"]
    if isinstance(value, str) and not is_parameter(value):
        raise NotShown
    node.fields["value"] = value if isinstance(value, str) else "true" if value is True else "false"
    return {}


def _written_always(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:  # noqa: ARG001 - as others
    value = wanted(node, "value").strip()
    return {"always": value if is_parameter(value) else value == "true"}


def _put_top(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:  # noqa: ARG001 - as others
    put_share(node, "share", given["top"])
    put_names(node, "by", given["by"])
    return {name: given[name] for name in PARTS["top"] if name in given}


def _written_top(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:  # noqa: ARG001 - as others
    return {"top": written_share(node, "share"), "by": written_names(node, "by")}


def _put_text(node: Node, given: Given, vocabulary: Vocabulary) -> Parts:  # noqa: ARG001 - as others
    node.fields["text"] = text_of(given)
    return {}


def _written_text(node: Node, vocabulary: Vocabulary) -> dict[str, Any]:  # noqa: ARG001 - as others
    found = plain_of_text(wanted(node, "text"))
    if not found:
        raise UnfinishedError("text")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise NotShown
    return value


KINDS: Mapping[str, tuple[Put, Written]] = {
    "did": (_put_did, _written_did),
    "trait": (_put_compared, _written_compared),
    "attribute": (_put_compared, _written_compared),
    "extension": (_put_compared, _written_compared),
    "stage": (_put_stage, _written_stage),
    "segment": (_put_one_name, _written_one_name),
    "consent": (_put_one_name, _written_one_name),
    "identified": (_put_identified, _written_identified),
    "always": (_put_always, _written_always),
    "top": (_put_top, _written_top),
    "text": (_put_text, _written_text),
}
"""Of each kind: plain values into fields (returns what is a part), and fields to plain values."""
