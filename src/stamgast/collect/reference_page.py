"""The tables of ``docs/mappings.md``: made from the models and the kinds of rows.

``python -m stamgast.collect.reference_page docs/mappings.md`` writes them anew into the page.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stamgast.collect.kinds import KINDS
from stamgast.collect.mapping import Condition, Mapping, Read, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel

    from stamgast.collect.kinds import Kind

MARK = "<!-- From here on made by `make docs` from the models and the kinds of rows; do not edit. -->\n"
"""Everything after this line of the page is written."""
_MODELS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The top of a mapping", "", Mapping),
    ("How files are written: `read`", "Parquet needs only `dates` and `missing`.", Read),
    ("Sections: `rows`", "A list; each reads one kind of rows.", Section),
    (
        "Values",
        "A bare word is the name of a column. Else exactly one of these, which may be nested.",
        Value,
    ),
    (
        "Conditions",
        "For `where` and `holds`: one test of a `column` (or `of` a value), or one group.",
        Condition,
    ),
)


def tables() -> str:
    """Every key of a mapping file, and every field of every kind of rows, as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for title, note, model in _MODELS:
        yield f"\n## {title}\n"
        if note:
            yield f"{note}\n"
        rows = []
        for name, field in model.model_fields.items():
            need = " Needed." if field.is_required() else ""
            about = " ".join((field.description or "").replace("``", "`").split())
            rows.append((f"`{field.alias or name}`", about + need))
        yield from _table(("key", "what"), rows)
    yield "\n## Kinds of rows\n"
    yield (
        "A needed field that a row lacks sends the row to quarantine. What is said of a whole order or refund may stand on "
        "any of its rows."
    )
    for kind in KINDS.values():
        yield from _kind(kind)


def _kind(kind: Kind) -> Iterator[str]:
    yield f"\n### `{kind.name}`\n"
    more = []
    if kind.identifiers_required:
        more.append("An identifier is needed.")
    if kind.further:
        more.append(f"May carry `{kind.further}`.")
    yield " ".join([f"{kind.about[:1].upper()}{kind.about[1:]}.", *more]) + "\n"
    yield from _table(
        ("field", "type", "of", "what"),
        [
            (
                f"`{field.name}`",
                field.type,
                kind.name.removesuffix("_lines").removesuffix("s")
                if field.level == "whole"
                else "row",
                field.about + (". Needed." if field.required else ""),
            )
            for field in kind.fields
        ],
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def page(text: str) -> str:
    """The page with its tables written anew."""
    return text.partition(MARK)[0] + MARK + tables() + "\n"


def write(path: Path) -> None:
    """Write the tables into the page."""
    path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
