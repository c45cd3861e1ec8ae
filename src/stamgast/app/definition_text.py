"""One entry of a definition file as text: found, taken out, put in. All other lines stay as they are."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from stamgast.app.builder.yamls import entry_of, laid_out, writer
from stamgast.errors import UserError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

INDENT = "  "


def entry_text(text: str, section: str, name: str) -> str | None:
    """The lines of one entry, without indent, ending in a line break; None: there is none.

    Raises UserError ``definitions.layout`` where it shares a line with others.
    """
    found = _entry(text, section, name)
    if found is None:
        return None
    first, last = found
    return (
        textwrap.dedent("".join(text.splitlines(keepends=True)[first : last + 1])).rstrip("\n")
        + "\n"
    )


def with_entry(text: str, section: str, name: str, entry: str | None) -> str:
    """The file with this entry, in its old place or at the end of its section; None: without it.

    Raises UserError ``definitions.layout`` where lines cannot be told apart.
    """
    if text and not text.endswith("\n"):
        text += "\n"
    found = _entry(text, section, name)
    lines = text.splitlines(keepends=True)
    top = _section(text, section)
    if found is not None:
        first, last = found
        deep = lines[first][: len(lines[first]) - len(lines[first].lstrip(" "))]
        lines[first : last + 1] = [] if entry is None else [textwrap.indent(entry, deep)]
        around = lines[first - 1 : first + 1]
        if entry is None and first and not any(one.strip() for one in around):
            del lines[first - 1]
        return "".join(lines)
    if entry is None:
        return text
    if top is None:
        gap = "\n" if lines and lines[-1].strip() else ""
        return f"{text}{gap}{section}:\n{textwrap.indent(entry, INDENT)}"
    key, value = top
    if isinstance(value, MappingNode) and value.value:
        _not_in_braces(value)
        last = _last_line(value)
        deep = " " * value.value[0][0].start_mark.column
    else:
        last, deep = key.start_mark.line, INDENT
        _not_in_braces(value)
    lines.insert(last + 1, "\n" + textwrap.indent(entry, deep))
    return "".join(lines)


def merged(entry: str | None, name: str, plain: dict[str, Any]) -> str:
    """The text of an entry that says ``plain``: what it said already keeps its form and comments."""
    yaml = writer()
    held: Any = None
    if entry is not None:
        held = yaml.load(entry)
    out = io.StringIO()
    if not isinstance(held, CommentedMap) or not isinstance(held.get(name), CommentedMap):
        held = CommentedMap({name: entry_of(plain)})
    else:
        _merge_map(held[name], plain)
    yaml.dump(held, out)
    return out.getvalue()


def _merge_map(held: CommentedMap, plain: dict[str, Any]) -> None:
    for key in [one for one in held if one not in plain]:
        del held[key]
    for key, value in plain.items():
        if key not in held:
            held[key] = laid_out(value)
        else:
            held[key] = _merged(held[key], value)


def _merged(held: Any, plain: Any) -> Any:  # noqa: ANN401 - any value of a file
    """What stands there, changed as little as it takes to say ``plain``."""
    if isinstance(held, CommentedMap) and isinstance(plain, dict):
        _merge_map(held, plain)
        return held
    if isinstance(held, CommentedSeq) and isinstance(plain, list) and len(held) == len(plain):
        for n, value in enumerate(plain):
            held[n] = _merged(held[n], value)
        return held
    if isinstance(held, CommentedSeq) and isinstance(plain, list):
        return _other_length(held, plain)
    return held if _alike(held, plain) else laid_out(plain)


def _other_length(held: CommentedSeq, plain: list[Any]) -> CommentedSeq:
    """A list with items more or fewer: those that are the same at its ends stay."""
    same = 0
    while same < min(len(held), len(plain)) and _alike(held[same], plain[same]):
        same += 1
    ends = 0
    while ends < min(len(held), len(plain)) - same and _alike(held[-1 - ends], plain[-1 - ends]):
        ends += 1
    middle = plain[same : len(plain) - ends]
    old = len(held) - same - ends
    for n, value in enumerate(middle[:old]):
        held[same + n] = _merged(held[same + n], value)
    for _ in range(old - len(middle)):
        del held[same + len(middle)]
    for n, value in enumerate(middle[old:], start=old):
        held.insert(same + n, laid_out(value))
    return held


def _alike(held: Any, plain: Any) -> bool:  # noqa: ANN401 - any value of a file
    if isinstance(plain, dict):
        return (
            isinstance(held, dict)
            and list(held) == list(plain)
            and all(_alike(held[key], value) for key, value in plain.items())
        )
    if isinstance(plain, list):
        return isinstance(held, list) and len(held) == len(plain) and all(map(_alike, held, plain))
    if isinstance(plain, bool) or isinstance(held, bool):
        return held is plain
    return str(held) == str(plain) and isinstance(held, str) == isinstance(plain, str)


# --- where it stands ------------------------------------------------------------------------------


def _section(text: str, section: str) -> tuple[ScalarNode, Node] | None:
    top = YAML().compose(text)
    if not isinstance(top, MappingNode):
        return None
    _not_in_braces(top)
    return next(((key, value) for key, value in top.value if key.value == section), None)


def _entry(text: str, section: str, name: str) -> tuple[int, int] | None:
    """First and last line of an entry."""
    found = _section(text, section)
    if found is None or not isinstance(found[1], MappingNode):
        return None
    one = next(((key, value) for key, value in found[1].value if key.value == name), None)
    if one is None:
        return None
    _not_in_braces(found[1])
    return one[0].start_mark.line, max(one[0].start_mark.line, _last_line(one[1]))


def _last_line(node: Node) -> int:
    """The last line with something of the node on it; comments below it belong to what follows."""
    if isinstance(node, MappingNode) and node.value and not node.flow_style:
        return max(_last_line(value) for _, value in node.value[-1:])
    if isinstance(node, SequenceNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1])
    end = node.end_mark
    return int(end.line if end.column or end.line == node.start_mark.line else end.line - 1)


def _not_in_braces(node: Node) -> None:
    if isinstance(node, MappingNode) and node.flow_style and node.value:
        raise UserError(
            "definitions.layout",
            "this file writes its entries in braces on one line, which cannot be changed from here",
            hint="write each entry on lines of its own",
        )
