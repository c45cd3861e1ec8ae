"""Definition files as they come in, and YAML 1.2 to plain values with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from stamgast.language.reader.issues import Issues, Path, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.errors import Issue

MAX_DEPTH = 60
MAX_NODES = 200_000
"""An alias can stand for much: no file of ours comes near, a trap file does."""

MAX_DIGITS = 40

TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A definition file: its name for messages and its text; shipped or the shop's own."""

    name: str
    text: str
    shipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSettings:
    """What the reader must know of the shop.

    ``zone`` for bare dates, ``country`` for its seasons, ``currency`` of money, which lifecycle model
    runs, and ``history_from``
    (microseconds UTC), the instant the shop's log begins; None: nothing is held back for it.
    ``renewals_are_purchases``: whether the renewal of a subscription is an order.
    """

    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    country: str = "NL"
    lifecycle_model: str = "grid"
    history_from: int | None = None
    renewals_are_purchases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as plain values: dict, list, str, int, Decimal, bool, None."""

    data: Mapping[str, Any]
    place: Place
    """The top of the file."""
    shipped: bool = False


def load(file: SourceFile, issues: Issues) -> Document | None:
    """Parse YAML 1.2; None when it cannot be read at all (then an issue says why).

    Dates stay text (what they mean depends on where they stand), decimals are exact.
    """
    if not file.shipped:
        return _parsed(file, issues)
    document, said = _shipped(file)
    issues.found += said
    if document is None:
        return None
    place = Place(file=file.name, lines=dict(document.place.lines))
    return Document(data=_copied(document.data), place=place, shipped=True)


@lru_cache(maxsize=64)
def _shipped(file: SourceFile) -> tuple[Document | None, tuple[Issue, ...]]:
    """What comes with us is the same for every shop: parsed once, YAML is slow to parse."""
    issues = Issues()
    document = _parsed(file, issues)
    return document, tuple(issues.found)


def _copied(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    """The value with dicts and lists of its own."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _parsed(file: SourceFile, issues: Issues) -> Document | None:
    top = Place(file=file.name, lines={})
    try:
        # of ours nobody asks for comments, and nothing is wrong with them that C would say otherwise
        yaml = YAML(typ="safe", pure=False) if file.shipped else YAML()
        node = yaml.compose(file.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = ", ".join(str(part) for part in (error.context, error.problem) if part)
        issues.add(_line(file.name, line), "yaml", f"this is not YAML: {what}", _yaml_hint(what))
        return None
    except YAMLError as error:
        issues.add(top, "yaml", f"this is not YAML: {error}")
        return None
    except RecursionError:
        issues.add(top, "yaml", "this nests too deep", "does an alias name itself?")
        return None
    builder = _Builder(file.name, issues)
    try:
        data = builder.build(node, (), 0) if node is not None else {}
    except _TooDeepError as error:
        place = _line(file.name, error.line)
        issues.add(place, "yaml", "this nests too deep", "does an alias name itself?")
        return None
    if not isinstance(data, dict):
        issues.add(top, "yaml", "a definition file is a mapping of sections", "begin with traits:")
        return None
    return Document(
        data=data, place=Place(file=file.name, lines=builder.lines), shipped=file.shipped
    )


def _line(name: str, line: int) -> Place:
    return Place(file=name, lines={(): line})


def _yaml_hint(what: str) -> str:
    if "'\\t'" in what:
        return "indent with spaces, not with tabs"
    if "block mapping" in what or "mapping values" in what or "flow" in what:
        return "look at the indent, the brackets and the colons here and on the line above"
    return ""


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Builder:
    """Nodes to plain values, noting the line of every path."""

    def __init__(self, name: str, issues: Issues) -> None:
        self.name = name
        self.issues = issues
        self.lines: dict[Path, int] = {}
        self.nodes = 0

    def build(self, node: Node, path: Path, depth: int) -> Any:  # noqa: ANN401 - any YAML value
        self.nodes += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise _TooDeepError(line)
        if isinstance(node, MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, SequenceNode):
            return [self.build(n, (*path, i), depth + 1) for i, n in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # noqa: S101 - there are three kinds of node
        return self._scalar(node, line)

    def _mapping(self, node: MappingNode, path: Path, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._issue(line, "a key is a plain word")
                continue
            key = str(key_node.value)
            if key in result:
                first = self.lines[(*path, key)]
                self._issue(line, f"`{key}` stands twice, first in line {first}", "keep one")
                continue
            self.lines[(*path, key)] = line
            result[key] = self.build(value_node, (*path, key), depth + 1)
        return result

    def _scalar(self, node: ScalarNode, line: int) -> object:
        text = str(node.value)
        tag = str(node.tag).removeprefix(TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag == "int":
            return self._integer(text, line)
        if tag == "float":
            return self._decimal(text, line)
        if tag not in {"str", "timestamp"}:
            self._issue(line, f"the tag `{node.tag}` means nothing here", "leave it out")
        return text

    def _integer(self, text: str, line: int) -> int | str | None:
        digits = text.lstrip("+-")
        if len(digits) > MAX_DIGITS:
            self._issue(line, f"`{text[:MAX_DIGITS]}...` is too long a number")
            return None
        if not digits.isdigit():
            return int(text, 0)
        # Numbers of articles and postcodes keep their zeros: as text.
        return text if len(digits) > 1 and digits.startswith("0") else int(text)

    def _decimal(self, text: str, line: int) -> Decimal | None:
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or len(text) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
            shown = text if len(text) <= MAX_DIGITS else f"{text[:MAX_DIGITS]}..."
            self._issue(line, f"`{shown}` is not a number we can use", "write it like 19.95")
            return None
        return number

    def _issue(self, line: int, message: str, hint: str = "") -> None:
        code = "duplicate" if "stands twice" in message else "yaml"
        self.issues.add(_line(self.name, line), code, message, hint)
