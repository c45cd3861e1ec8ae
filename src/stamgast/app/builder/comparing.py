"""Comparisons of a row of the builder, and filters on what somebody did, as fields and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stamgast.app.builder.values import (
    SPANS,
    NotShown,
    count_read,
    is_parameter,
    list_read,
    list_shown,
    read,
    shown,
    span_read,
    span_shown,
)
from stamgast.app.builder.vocabulary import LIST_OPERATORS, SPAN_OPERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.builder.tree import Node
    from stamgast.app.builder.vocabulary import Vocabulary
    from stamgast.language.types import Type
    from stamgast.report.words import Language

MOST_ROWS = 20


class UnfinishedError(Exception):
    """A row that does not say anything yet: which field is missing."""

    def __init__(self, field: str) -> None:
        """``field``: its name."""
        super().__init__(field)
        self.field = field


def wanted(node: Node, field: str) -> str:
    """The text of a field that must not be empty."""
    text = node.get(field)
    if not text.strip():
        raise UnfinishedError(field)
    return text


def rows(node: Node, prefix: str, field: str) -> list[str]:
    """The prefixes of the rows that a node has: ``c.0``, ``c.1``."""
    return [f"{prefix}.{n}" for n in range(MOST_ROWS) if f"{prefix}.{n}.{field}" in node.fields]


# --- names, one after the other -------------------------------------------------------------------


def put_names(node: Node, field: str, value: object) -> None:
    """One name or several; a list of one is no plain name, so the fields cannot say it."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
        raise NotShown
    if len(names) > MOST_ROWS or (isinstance(value, list) and len(value) == 1):
        node.fields[f"{field}.listed"] = "1"
    for n, name in enumerate(names):
        node.fields[f"{field}.{n}"] = name


def names(node: Node, field: str) -> list[str]:
    """The names that were chosen, in order."""
    found = [node.get(f"{field}.{n}") for n in range(MOST_ROWS)]
    return [one for one in found if one]


def written_names(node: Node, field: str) -> str | list[str]:
    """As a file has them."""
    found = names(node, field)
    if not found:
        raise UnfinishedError(f"{field}.0")
    return found[0] if len(found) == 1 and not node.get(f"{field}.listed") else found


# --- comparisons ----------------------------------------------------------------------------------


def put_comparisons(
    node: Node, given: Mapping[str, Any], type_: Type | None, vocabulary: Vocabulary
) -> dict[str, Any]:
    """Put comparisons into rows ``c.0``, ``c.1``...; returns the conditions that they have inside."""
    inside: dict[str, Any] = {}
    left = dict(given)
    if left.pop("ignore_case", None):
        node.fields["case"] = "1"
    for n, (key, value) in enumerate(left.items()):
        row = f"c.{n}"
        put_one(node, row, key, value, type_, vocabulary)
        among = value.get("among") if isinstance(value, dict) else None
        if among is not None:
            inside[f"{row}.among"] = among
    return inside


def put_one(
    node: Node,
    row: str,
    key: str,
    value: Any,  # noqa: ANN401 - any value of a file
    type_: Type | None,
    vocabulary: Vocabulary,
) -> None:
    """Put one comparison into the fields of a row."""
    fields, language = node.fields, vocabulary.language
    op = key
    if key == "present":
        op = "present" if value is True else "missing"
    fields[f"{row}.op"] = op
    if key == "present":
        return
    if key == "anniversary":
        value = value.get("within_next")
    if isinstance(value, dict):
        _put_reference(node, row, value, vocabulary)
    elif op in SPAN_OPERATORS or (op not in LIST_OPERATORS and op != "between" and type_ in SPANS):
        fields[f"{row}.value"], fields[f"{row}.unit"] = span_shown(value)
    elif op == "between":
        _put_ends(node, row, value, type_, language)
    elif isinstance(value, list):
        fields[f"{row}.value"] = list_shown(value, type_, language)
    else:
        fields[f"{row}.value"] = shown(value, type_, language)


def _put_ends(node: Node, row: str, value: object, type_: Type | None, language: Language) -> None:
    if not isinstance(value, list):
        raise NotShown
    low, high = value
    for name, one in (("value", low), ("high", high)):
        if type_ in SPANS:
            spanned = span_shown(one)
            node.fields[f"{row}.{name}"], node.fields[f"{row}.{name}.unit"] = spanned
        else:
            node.fields[f"{row}.{name}"] = shown(one, type_, language)


def _put_reference(node: Node, row: str, value: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    fields, language = node.fields, vocabulary.language
    if set(value) == {"trait"}:
        fields |= {f"{row}.as": "trait", f"{row}.trait": str(value["trait"])}
    elif "percentile" in value and set(value) <= {"percentile", "of", "among", "times"}:
        fields |= {
            f"{row}.as": "percentile",
            f"{row}.percentile": shown(value["percentile"], None, language),
            f"{row}.of": str(value["of"]),
        }
        if "times" in value:
            fields[f"{row}.times"] = shown(value["times"], None, language)
    else:
        raise NotShown


def written_comparisons(node: Node, type_: Type | None, vocabulary: Vocabulary) -> dict[str, Any]:
    """The comparisons of all rows. Raises UnfinishedError."""
    found: dict[str, Any] = {}
    for row in rows(node, "c", "op"):
        op = node.get(f"{row}.op")
        if not op:
            continue
        key, value = written_one(node, row, type_, vocabulary)
        if key in found:
            raise UnfinishedError(f"{row}.op")
        found[key] = value
    if node.get("case"):
        found["ignore_case"] = True
    return found


def written_one(
    node: Node, row: str, type_: Type | None, vocabulary: Vocabulary
) -> tuple[str, Any]:
    """Key and value of one row."""
    op, language = node.get(f"{row}.op"), vocabulary.language
    if op in ("present", "missing"):
        return "present", op == "present"
    mode = node.get(f"{row}.as")
    if mode in ("trait", "percentile") and f"{row}.{mode}" in node.fields:
        return op, _written_reference(node, row, vocabulary)
    text = wanted(node, f"{row}.value")
    if op in LIST_OPERATORS:
        listed = list_read(text, type_, language)
        if not listed:
            raise UnfinishedError(f"{row}.value")
        return op, listed
    if op == "between":
        ends = [("value", text), ("high", wanted(node, f"{row}.high"))]
        if type_ in SPANS:
            return op, [span_read(one, node.get(f"{row}.{name}.unit")) for name, one in ends]
        return op, [read(one, type_, language) for _, one in ends]
    if op in SPAN_OPERATORS or type_ in SPANS:
        span = span_read(text, node.get(f"{row}.unit"))
        return op, {"within_next": span} if op == "anniversary" else span
    if op == "starts_with":
        several = list_read(text, type_, language)
        if isinstance(several, list):
            return op, several[0] if len(several) == 1 else several
        return op, several
    return op, read(text, type_, language)


def _written_reference(node: Node, row: str, vocabulary: Vocabulary) -> dict[str, Any]:
    if node.get(f"{row}.as") == "trait":
        return {"trait": wanted(node, f"{row}.trait")}
    found: dict[str, Any] = {
        "percentile": read(wanted(node, f"{row}.percentile"), None, vocabulary.language),
        "of": wanted(node, f"{row}.of"),
    }
    times = node.get(f"{row}.times")
    if times.strip():
        found["times"] = read(times, None, vocabulary.language)
    return found


# --- filters on rows ------------------------------------------------------------------------------


def put_filter(
    node: Node, prefix: str, where: object, of: list[str], vocabulary: Vocabulary
) -> None:
    """Put a filter into rows ``<prefix>.0``...; what rows cannot say stays text."""
    types = vocabulary.properties(of)
    if not isinstance(where, dict) or {"all", "any", "not"} & set(where):
        raise NotShown
    n = 0
    for name, test in where.items():
        type_ = types.get(name)
        tests = (
            dict(test)
            if isinstance(test, dict)
            else {"in" if isinstance(test, list) else "is": test}
        )
        case = tests.pop("ignore_case", None)
        for key, value in tests.items():
            row = f"{prefix}.{n}"
            node.fields[f"{row}.property"] = name
            put_one(node, row, key, value, type_, vocabulary)
            if case:
                node.fields[f"{row}.case"] = "1"
            n += 1
    if n > MOST_ROWS:
        raise NotShown


def written_filter(
    node: Node, prefix: str, of: list[str], vocabulary: Vocabulary
) -> dict[str, Any] | None:
    """The filter of all rows; None without one."""
    types = vocabulary.properties(of)
    found: dict[str, dict[str, Any]] = {}
    for row in rows(node, prefix, "property"):
        name = node.get(f"{row}.property")
        if not name:
            continue
        if not node.get(f"{row}.op"):
            raise UnfinishedError(f"{row}.op")
        key, value = written_one(node, row, types.get(name), vocabulary)
        tests = found.setdefault(name, {})
        if key in tests:
            raise UnfinishedError(f"{row}.op")
        tests[key] = value
        if node.get(f"{row}.case"):
            tests["ignore_case"] = True
    return {name: _short(tests) for name, tests in found.items()} or None


def _short(tests: dict[str, Any]) -> Any:  # noqa: ANN401 - any value of a file
    """``{is: NL}`` as ``NL``, a list for ``in``."""
    (key,) = tests if len(tests) == 1 else ("",)
    short = key == "is" or (key == "in" and isinstance(tests[key], list))
    return tests[key] if short else tests


# --- numbers --------------------------------------------------------------------------------------


def put_count(node: Node, field: str, value: object) -> None:
    """A whole number, or a parameter."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise NotShown
    node.fields[field] = str(value)


def written_count(node: Node, field: str) -> Any:  # noqa: ANN401 - any value of a file
    """The number as a file has it."""
    return count_read(wanted(node, field))


def put_share(node: Node, field: str, value: object) -> None:
    """``20%`` without its sign, or a parameter."""
    if not isinstance(value, str):
        raise NotShown
    node.fields[field] = value if is_parameter(value) else value.removesuffix("%")


def written_share(node: Node, field: str) -> str:
    """The percentage as a file has it."""
    text = wanted(node, field).strip().replace(",", ".")
    return text if is_parameter(text) else f"{text.removesuffix('%')}%"
