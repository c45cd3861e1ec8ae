"""The shipped retail definitions, as definition files that a shop can read and override by name."""

from __future__ import annotations

from importlib.resources import files

from stamgast.language.reader import SourceFile

STRATEGIES = "strategies.yaml"
BLUEPRINTS = "blueprints.yaml"
QUESTIONS = "questions.yaml"
FIRST = "segments.yaml"
"""Its segments stand first where segments are listed: the ones a marketer asks for first."""
NO_DEFINITIONS = frozenset({STRATEGIES, BLUEPRINTS, QUESTIONS})
"""Files beside the definitions that have a form of their own, here and in a shop's folder."""


def shipped_files() -> tuple[SourceFile, ...]:
    """Every shipped definition file, by name; messages call them ``retail/NAME``."""
    found = (entry.name for entry in files(__name__).iterdir())
    names = sorted(found, key=lambda name: (name != FIRST, name))
    return tuple(
        shipped_file(name)
        for name in names
        if name.endswith(".yaml") and name not in NO_DEFINITIONS
    )


def shipped_file(name: str) -> SourceFile:
    """The shipped file of that name."""
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return SourceFile(name=f"retail/{name}", text=text, shipped=True)
