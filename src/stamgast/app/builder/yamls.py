"""Plain values as YAML text, and back: for rows of text, for files, and for who asks to see."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import SourceFile, load

if TYPE_CHECKING:
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.representer import RoundTripRepresenter

LONGEST_LINE = 88
_INDICATORS = ("?", ":", "-")
_FLOAT = "tag:yaml.org,2002:float"


def _decimal(representer: RoundTripRepresenter, value: Decimal) -> ScalarNode:
    node: ScalarNode = representer.represent_scalar(_FLOAT, format(value, "f"))
    return node


def writer() -> YAML:
    """YAML 1.2 as definition files are written: two spaces, dashes indented."""
    made = YAML()
    made.indent(mapping=2, sequence=4, offset=2)
    made.width = 10_000
    made.preserve_quotes = True
    made.allow_unicode = True
    made.representer.add_representer(Decimal, _decimal)
    return made


def laid_out(value: Any, room: int = LONGEST_LINE) -> Any:  # noqa: ANN401 - any value of a file
    """Values for the writer: what fits on a line stands on one, in braces and brackets."""
    if isinstance(value, dict):
        made = CommentedMap()
        fits = _length(value) <= room
        for key, inner in value.items():
            made[key] = laid_out(inner, room if fits else room - 2)
        if fits:
            made.fa.set_flow_style()
        return made
    if isinstance(value, list):
        listed = CommentedSeq([laid_out(one, room - 4) for one in value])
        if _length(value) <= room and not any(isinstance(one, dict | list) for one in value):
            listed.fa.set_flow_style()
        return listed
    if isinstance(value, str) and value.startswith(_INDICATORS):
        return DoubleQuotedScalarString(value)  # the writer leaves them bare within braces
    return value


def _length(value: Any) -> int:  # noqa: ANN401 - any value of a file
    """About so many letters on one line."""
    if isinstance(value, dict):
        return 2 + sum(len(str(key)) + 4 + _length(inner) for key, inner in value.items())
    if isinstance(value, list):
        return 2 + sum(2 + _length(inner) for inner in value)
    return len(str(value)) + 1


def text_of(value: Any) -> str:  # noqa: ANN401 - any value of a file
    """A mapping or list as YAML text, without a line break at the end."""
    out = io.StringIO()
    writer().dump(laid_out(value), out)
    return out.getvalue().rstrip("\n")


def entry_of(plain: dict[str, Any]) -> CommentedMap:
    """An entry for the writer: its keys under each other, each condition on a line of its own."""
    made = CommentedMap()
    for key, value in plain.items():
        laid = laid_out(value)
        if key == "where" and isinstance(laid, CommentedSeq):
            laid.fa.set_block_style()
        made[key] = laid
    return made


def entry_text_of(plain: dict[str, Any]) -> str:
    """An entry as text."""
    out = io.StringIO()
    writer().dump(entry_of(plain), out)
    return out.getvalue().rstrip("\n")


def plain_of_text(text: str) -> dict[str, Any] | None:
    """The mapping that a text says, as a definition file is read; None: it is none."""
    issues = Issues()
    document = load(SourceFile(name="text", text=text), issues)
    return None if document is None or issues.found else dict(document.data)
