"""Issues while reading: all are collected, none stops the reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from stamgast.errors import InvalidDefinitions, Issue
from stamgast.language.reader.nearest import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Issues", "Path", "Place", "suggest"]

Path: TypeAlias = "tuple[str | int, ...]"
"""Where something stands in a file: keys and positions from the top."""

OF_THE_WHOLE = frozenset({"form", "missing", "range", "statistics", "window"})
"""What is said of how the parts of a mapping go together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A spot in a definition file."""

    file: str
    lines: Mapping[Path, int]
    """Line of each path, from 1; empty when the definitions were made by builders."""
    path: Path = ()

    def at(self, *steps: str | int) -> Place:
        """A place below this one."""
        return Place(file=self.file, lines=self.lines, path=(*self.path, *steps))

    @property
    def shown(self) -> str:
        """``file:line``, or ``file: path`` when there are no lines."""
        if self.lines:
            return f"{self.file}:{self.line}"
        path = ".".join(str(step) for step in self.path)
        return f"{self.file}: {path}" if path else self.file

    @property
    def line(self) -> int | None:
        """Line of the nearest known path at or above."""
        for size in range(len(self.path), -1, -1):
            line = self.lines.get(self.path[:size])
            if line is not None:
                return line
        return None


@dataclass(slots=True)
class Issues:
    """The list that everything wrong is put on."""

    found: list[Issue] = field(default_factory=list)
    origins: dict[tuple[str, Path], tuple[str, Place]] = field(default_factory=dict)
    """Places that a parameter filled: its name, and where it is set."""
    muted: set[tuple[str, Path]] = field(default_factory=set)
    """Mappings that are not as they were written: see ``mending``."""

    def add(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Put one issue on the list; the same twice is one."""
        if self._is_muted(place, code):
            return
        origin = self.origins.get((place.file, place.path))
        if origin is not None:
            message = f"{message} (as ${origin[0]} in {place.shown})"
            place = origin[1]
        file = place.file if place.lines else place.shown
        issue = Issue(
            code=f"definitions.{code}", message=message, file=file, line=place.line, hint=hint
        )
        if issue not in self.found:
            self.found.append(issue)

    def mute(self, place: Place, paths: Iterable[Path]) -> None:
        """Of these mappings below a place nothing more is said of how their parts go together."""
        self.muted |= {(place.file, (*place.path, *path)) for path in paths}

    def _is_muted(self, place: Place, code: str) -> bool:
        around = ((place.file, place.path), (place.file, place.path[:-1]))
        return code in OF_THE_WHOLE and any(one in self.muted for one in around)

    def raise_any(self) -> None:
        """Raise ``InvalidDefinitions`` with all of them by file and line, if there are any."""
        if self.found:
            raise InvalidDefinitions(
                tuple(sorted(self.found, key=lambda i: (i.file, i.line or 0, i.message)))
            )
