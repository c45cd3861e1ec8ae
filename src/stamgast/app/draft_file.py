"""A segment in a file of its own, to be tried or saved: as it would stand in a definition file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stamgast.errors import InvalidDefinitions, UserError
from stamgast.language.reader import SourceFile
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load

if TYPE_CHECKING:
    from pathlib import Path

SEGMENTS = "segments"
PARTS = frozenset({"label", "about", "where"})


def entry_of(file: Path, name: str = "") -> dict[str, Any]:
    """Label, about and where of a file: at its top, or under ``segments`` and the name.

    Raises UserError ``draft.unreadable``, ``draft.parts`` and ``InvalidDefinitions`` when it is no YAML.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise UserError(
            "draft.unreadable",
            f"cannot read the segment: {why}",
            where=str(file),
            hint="name a YAML file with a `where`, as in a definition file",
        ) from error
    issues = Issues()
    document = load(SourceFile(name=file.name, text=text, shipped=False), issues)
    if document is None:
        raise InvalidDefinitions(tuple(issues.found))
    return _entry(document.data, file, name)


def _entry(data: Any, file: Path, name: str) -> dict[str, Any]:  # noqa: ANN401 - of a file
    section = data.get(SEGMENTS) if isinstance(data, dict) else None
    if isinstance(section, dict):
        named = name if name in section else next(iter(section)) if len(section) == 1 else ""
        data = section.get(named)
    if isinstance(data, dict) and "where" in data and data.keys() <= PARTS:
        return dict(data)
    raise UserError(
        "draft.parts",
        "this is no segment: it needs a `where`, beside it may stand a `label` and an `about`",
        where=str(file),
        hint="write `where:` and the conditions below it, as in a definition file",
    )
