"""The shipped retail definitions, as definition files that a shop can read and override by name."""

from __future__ import annotations

from importlib.resources import files

from stamgast.language.reader import SourceFile


def shipped_files() -> tuple[SourceFile, ...]:
    """Every shipped definition file, by name; messages call them ``retail/NAME``."""
    folder = files(__name__)
    found = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".yaml")),
        key=lambda entry: entry.name,
    )
    return tuple(
        SourceFile(
            name=f"retail/{entry.name}", text=entry.read_text(encoding="utf-8"), shipped=True
        )
        for entry in found
    )
