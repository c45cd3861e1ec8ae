"""Files to one set of entries: parameters put in, forms checked, names overridden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from stamgast.language.reader.issues import Issues, Place, suggest
from stamgast.language.reader.messages import keys_of, report
from stamgast.language.reader.models import (
    Declaration,
    DefinitionFile,
    LifecycleModel,
    Plain,
    SegmentModel,
    TraitModel,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stamgast.language.reader.source import Document

T = TypeVar("T")

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)", re.ASCII)

FORMS: dict[str, Any] = {
    "parameters": Plain,
    "attributes": Declaration,
    "events": Declaration,
    "traits": TraitModel,
    "segments": SegmentModel,
    "lifecycle.stages": Words,
    "lifecycle.models": LifecycleModel,
}
"""The form of one entry of each section."""

RESERVED = frozenset({"all", "any", "not"})
"""Names that mean something else in a filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[T]):
    """One definition as written: where it stands, and its form; None when that has issues."""

    place: Place
    form: T | None
    shipped: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """All entries of all files, the shop's own over shipped ones, by section and name."""

    sections: dict[str, dict[str, Entry[Any]]] = field(
        default_factory=lambda: {section: {} for section in FORMS}
    )


def gather(documents: Sequence[Document], issues: Issues) -> Gathered:
    """Check the form of every entry of every file and merge them by name."""
    gathered = Gathered()
    ordered = sorted(documents, key=lambda document: not document.shipped)
    for document in ordered:
        _check_sections(document, issues)
    raw: dict[str, Any] = {}
    for document in ordered:
        for place, _, name, value in _entries(document, issues, only="parameters"):
            _put(
                gathered,
                "parameters",
                name,
                Entry(place=place, form=value, shipped=document.shipped),
                issues,
            )
    for name, entry in gathered.sections["parameters"].items():
        raw[name] = entry.form
    adapters = {section: TypeAdapter(form) for section, form in FORMS.items()}
    for document in ordered:
        for place, section, name, value in _entries(document, issues):
            if section == "parameters":
                continue
            form = None
            filled, sound = _fill(value, place, raw, issues)
            if sound:
                try:
                    form = adapters[section].validate_python(filled)
                except ValidationError as error:
                    report(error, FORMS[section], place, issues)
            entry = Entry(place=place, form=form, shipped=document.shipped)
            _put(gathered, section, name, entry, issues)
    return gathered


def _check_sections(document: Document, issues: Issues) -> None:
    options = keys_of(DefinitionFile)
    for key, value in document.data.items():
        place = document.place.at(key)
        if key not in options:
            issues.add(
                place, "unknown_key", f"unknown section `{key}`", suggest(key, options, "sections")
            )
        elif key == "version" and value != 1:
            issues.add(place, "version", f"version {value} is not known", "write version: 1")


def _entries(
    document: Document, issues: Issues, only: str | None = None
) -> Iterator[tuple[Place, str, str, Any]]:
    """Every entry of a file: its place, section, name and plain value."""
    for section, content in document.data.items():
        if section == "lifecycle" and only is None and isinstance(content, dict):
            for part, inner in content.items():
                if f"lifecycle.{part}" in FORMS:
                    place = document.place.at("lifecycle", part)
                    yield from _named(f"lifecycle.{part}", inner, place, issues)
                else:
                    hint = suggest(part, ["stages", "models"], "keys")
                    issues.add(
                        document.place.at("lifecycle", part),
                        "unknown_key",
                        f"unknown key `{part}`",
                        hint,
                    )
        elif section in {"lifecycle", *FORMS} and only in {None, section}:
            yield from _named(section, content, document.place.at(section), issues)


def _named(
    section: str, content: object, place: Place, issues: Issues
) -> Iterator[tuple[Place, str, str, Any]]:
    if content is None:
        return
    if not isinstance(content, dict) or section == "lifecycle":
        issues.add(place, "form", f"`{section}` is a mapping of names", "begin with name: ...")
        return
    for name, value in content.items():
        if NAME.fullmatch(name) and name not in RESERVED:
            yield place.at(name), section, name, value
            continue
        hint = "use small letters, digits and _, beginning with a letter"
        if name in RESERVED:
            hint = "it means something in filters: choose another name"
        issues.add(place.at(name), "name", f"`{name}` cannot be a name", hint)


def _put(gathered: Gathered, section: str, name: str, entry: Entry[Any], issues: Issues) -> None:
    entries = gathered.sections[section]
    other = entries.get(name)
    if other is not None and other.shipped == entry.shipped:
        at = f"{other.place.file}:{other.place.line}" if other.place.line else other.place.file
        message = f"`{name}` is defined twice in {section}, first at {at}"
        issues.add(entry.place, "duplicate", message, "keep one or rename one")
        return
    entries[name] = entry


def _fill(
    value: object, place: Place, parameters: Mapping[str, Any], issues: Issues
) -> tuple[Any, bool]:
    """The value with ``$name`` replaced by parameters; and whether nothing is missing in it."""
    if isinstance(value, dict):
        pairs = {
            key: _fill(inner, place.at(key), parameters, issues) for key, inner in value.items()
        }
        return {k: v for k, (v, _) in pairs.items()}, all(sound for _, sound in pairs.values())
    if isinstance(value, list):
        items = [_fill(inner, place.at(i), parameters, issues) for i, inner in enumerate(value)]
        return [inner for inner, _ in items], all(sound for _, sound in items)
    if value is None:
        hint = "write a value; to ask for a missing one: present: false"
        issues.add(place, "form", f"nothing stands at `{place.path[-1]}`", hint)
        return None, False
    if not isinstance(value, str):
        return value, True
    if place.path[-1] == "formula":
        return _fill_formula(value, place, parameters, issues)
    if value.startswith("$$"):
        return value[1:], True
    match = PARAMETER.fullmatch(value)
    return _parameter(match[1], place, parameters, issues) if match else (value, True)


def _parameter(
    name: str, place: Place, parameters: Mapping[str, Any], issues: Issues
) -> tuple[Any, bool]:
    if name in parameters:
        return parameters[name], parameters[name] is not None
    issues.add(
        place,
        "unknown_name",
        f"there is no parameter `{name}`",
        suggest(name, parameters, "parameters"),
    )
    return None, False


def _fill_formula(
    text: str, place: Place, parameters: Mapping[str, Any], issues: Issues
) -> tuple[str, bool]:
    sound = True

    def written(match: re.Match[str]) -> str:
        nonlocal sound
        value, known = _parameter(match[1], place, parameters, issues)
        sound = sound and known
        return repr(value) if isinstance(value, str) else str(value)

    return PARAMETER.sub(written, text), sound
