"""Forms with mistakes, read as far as they go: so that one mistake hides no other.

What is written wrong is said; then it is taken as what was meant, or out of the form, and what is left
is looked at like any other. What comes of it is thrown away: a file with issues defines nothing.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from stamgast.language.reader.messages import below_tags, options_at, say
from stamgast.language.reader.models import CONDITION_MODELS, resolve
from stamgast.language.reader.nearest import meant

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from stamgast.language.reader.issues import Issues, Path, Place

ROUNDS = 8
"""Taking one thing out may show the next; a form that is still wrong after so many is left alone."""

NEUTRAL = {"always": True}
"""Stands where a condition cannot be read."""


@dataclass(slots=True, kw_only=True)
class Mending:
    """One entry of a file while it is read."""

    form: object
    """The type form it should have."""
    adapter: TypeAdapter[Any]
    place: Place
    issues: Issues
    touched: set[Path] = field(default_factory=set)
    """Mappings and values that are not any more what was written: what is said of them is not news."""
    renamed: set[Path] = field(default_factory=set)

    def read(self, value: object, *, gaps: bool) -> tuple[Any, Place]:
        """The form, None when nothing can be made of it; and its place, with the lines of what was renamed.

        ``gaps``: some values are missing (None), which has been said.
        """
        value = deepcopy(value)
        taken = [self._gap(value, path) for path in _gaps(value, ())] if gaps else []
        for turn in range(ROUNDS if all(taken) else 0):
            try:
                form = self.adapter.validate_python(value)
            except ValidationError as error:
                resolve()
                details = error.errors(include_url=False)
                self._say(details, first=turn == 0)
                renamed_first = sorted(details, key=lambda one: one["type"] != "extra_forbidden")
                mended = [self._mend(value, detail) for detail in renamed_first]
                if not all(mended):
                    break
            else:
                self.issues.mute(self.place, self.touched)
                return form, self.place
        return None, self.place

    def _say(self, details: list[ErrorDetails], *, first: bool) -> None:
        for detail in details:
            path = below_tags(detail["loc"])
            if path in self.touched or (detail["type"] == "missing" and path[:-1] in self.touched):
                continue
            inside = any(path[: len(one)] == one and path != one for one in self.renamed)
            if first or inside:
                code, message, hint = say(detail, self.form, self.place)
                self.issues.add(self.place.at(*path), code, message, hint)

    def _mend(self, value: Any, detail: ErrorDetails) -> bool:  # noqa: ANN401 - any YAML value
        """Take one mistake out of the value; False when nothing would be left."""
        path = below_tags(detail["loc"])
        match detail["type"]:
            case "extra_forbidden":
                options = options_at(detail["loc"], self.form)
                return self._rename(value, path, options) or self._drop(value, path)
            case "union_tag_invalid":
                tags = [tag.strip("' #") for tag in detail["ctx"]["expected_tags"].split(",")]
                inner = _at(value, path)
                keys = list(inner) if isinstance(inner, dict) else []
                if any(self._rename(value, (*path, key), tags) for key in keys):
                    return True
                conditions = set(tags) == set(CONDITION_MODELS)
                return self._neutral(value, path) if conditions else self._drop(value, path)
            case "missing" if path in self.renamed:
                return True
            case "missing" if path[:-1] == _condition_of(detail["loc"]):
                return self._neutral(value, path[:-1])
            case "missing":
                return self._drop(value, path[:-1])
            case _:
                return self._drop(value, path)

    def _rename(self, value: Any, path: Path, options: list[str]) -> bool:  # noqa: ANN401 - as above
        """Take a key as the one that was meant."""
        parent, key = _at(value, path[:-1]), path[-1]
        better = meant(key, options) if isinstance(parent, dict) and key in parent else None
        if better is None or better in parent:
            return False
        parent[better] = parent.pop(key)
        found = (*path[:-1], better)
        self.renamed.add(found)
        self.touched |= {path[:-1], found}
        old, new = (*self.place.path, *path), (*self.place.path, *found)
        lines = {
            (*new, *where[len(old) :]): line
            for where, line in self.place.lines.items()
            if where[: len(old)] == old
        }
        self.place = replace(self.place, lines={**self.place.lines, **lines})
        return True

    def _gap(self, value: Any, path: Path) -> bool:  # noqa: ANN401 - as above
        """Take out what is not there; a piece of a text that should have had quotes spoils the rest."""
        return bool(path) and not set("()") & set(str(path[-1])) and self._drop(value, path)

    def _drop(self, value: Any, path: Path) -> bool:  # noqa: ANN401 - as above
        """Take a key out of its mapping; of a list the whole list, whose places would not fit any more."""
        while path and isinstance(path[-1], int):
            path = path[:-1]
        if not path:
            return False
        parent = _at(value, path[:-1])
        if isinstance(parent, dict):
            parent.pop(path[-1], None)
            self.touched |= {path[:-1], path}
        return True

    def _neutral(self, value: Any, path: Path) -> bool:  # noqa: ANN401 - as above
        """Put a condition that says nothing in the place of one that cannot be read."""
        if not path:
            return False
        _at(value, path[:-1])[path[-1]] = dict(NEUTRAL)
        self.touched.add(path)
        return True


def _gaps(value: object, path: Path) -> list[Path]:
    """Where nothing stands."""
    if value is None:
        return [path]
    items = [*value.items()] if isinstance(value, dict) else []
    items = [*enumerate(value)] if isinstance(value, list) else items
    return [gap for key, inner in items for gap in _gaps(inner, (*path, key))]


def _at(value: Any, path: Path) -> Any:  # noqa: ANN401 - as above
    """What stands at a path; None when it has been taken out."""
    for step in path:
        inside = isinstance(value, list) or (isinstance(value, dict) and step in value)
        value = value[step] if inside else None
    return value


def _condition_of(loc: tuple[str | int, ...]) -> Path | None:
    """The innermost condition around an error."""
    tags = [i for i, step in enumerate(loc) if str(step).removeprefix("#") in CONDITION_MODELS]
    tags = [i for i in tags if str(loc[i]).startswith("#")]
    return below_tags(loc[: tags[-1]]) if tags else None
