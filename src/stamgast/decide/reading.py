"""``strategies.yaml`` and ``blueprints.yaml`` to checked values; every issue of every file at once.

The shop's own file is read over the shipped one: the same name takes the place of a shipped entry,
and a new one goes before the shipped ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from stamgast.language.ast import Text
from stamgast.language.reader.entries import Entry
from stamgast.language.reader.gather import NAME
from stamgast.language.reader.issues import Issues, Place, suggest
from stamgast.language.reader.messages import keys_of, report
from stamgast.language.reader.parameters import TEXTS, Parameters
from stamgast.language.reader.source import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.reader.forms import Label
    from stamgast.language.reader.source import Document, SourceFile

KEYS_OF_TEXTS = TEXTS | {
    "title", "goal", "why", "text", "task", "subject", "body", "short", "script", "what", "closing",
    "how", "add",
}  # fmt: skip
"""Keys under which parameters may stand inside a text."""


@dataclass(slots=True)
class Read:
    """The entries of all files by section and name, and the list of issues."""

    issues: Issues = field(default_factory=Issues)
    sections: dict[str, dict[str, Entry[Any]]] = field(default_factory=dict)

    def entries(self, section: str) -> dict[str, Entry[Any]]:
        """The entries of a section, the shop's new ones first."""
        found = self.sections.get(section, {})
        new = {n: one for n, one in found.items() if not (one.shipped or one.overrides)}
        return {**new, **{name: one for name, one in found.items() if name not in new}}


def read_files(
    files: Sequence[SourceFile],
    model: type[BaseModel],
    forms: Mapping[str, Any],
    parameters: Mapping[str, object],
) -> Read:
    """The files' entries. ``forms``: section -> the form of one entry.

    ``parameters``: values of other files; those here go before them when they are the shop's own,
    and behind them when they are shipped. Issues are collected, not raised.
    """
    read = Read()
    loaded = [load(file, read.issues) for file in files]
    documents = sorted((one for one in loaded if one), key=lambda one: not one.shipped)
    for document in documents:
        _check_sections(document, keys_of(model), read.issues)
    values = Parameters(_parameters(documents, parameters, read), read.issues, texts=KEYS_OF_TEXTS)
    for document in documents:
        for section in forms:
            for place, name, value in _named(document, section, read.issues):
                form = _form(value, place, (section, forms[section]), values)
                _put(read, section, name, (document, place, form))
    values.unused()
    return read


def _parameters(
    documents: Sequence[Document], others: Mapping[str, object], read: Read
) -> dict[str, Entry[Any]]:
    found: dict[str, Entry[Any]] = {}
    top = Place(file="parameters", lines={})
    own = {
        name: Entry(place=top.at(name), form=value, shipped=True) for name, value in others.items()
    }
    for document in documents:
        if not document.shipped:
            found.update(own)
        for place, name, value in _named(document, "parameters", read.issues):
            if isinstance(value, Mapping | list) or value is None:
                hint = "write it like 30d, 5 or 20%"
                message = f"the parameter `{name}` is a single value"
                read.issues.add(place, "form", message, hint)
                continue
            found[name] = Entry(place=place, form=value, shipped=document.shipped)
    return found if any(not one.shipped for one in documents) else {**found, **own}


def _check_sections(document: Document, options: Sequence[str], issues: Issues) -> None:
    for key, value in document.data.items():
        place = document.place.at(key)
        if key not in options:
            hint = suggest(key, options, "sections")
            issues.add(place, "unknown_key", f"unknown section `{key}`", hint)
        elif key == "version" and value != 1:
            issues.add(place, "version", f"version {value} is not known", "write version: 1")


def _named(document: Document, section: str, issues: Issues) -> list[tuple[Place, str, Any]]:
    content = document.data.get(section)
    place = document.place.at(section)
    if content is None:
        return []
    if not isinstance(content, dict):
        issues.add(place, "form", f"`{section}` is a mapping of names", "begin with name: ...")
        return []
    found = []
    for name, value in content.items():
        if NAME.fullmatch(name):
            found.append((place.at(name), name, value))
            continue
        hint = "use small letters, digits and _, beginning with a letter"
        issues.add(place.at(name), "name", f"`{name}` cannot be a name", hint)
    return found


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a type form
    return TypeAdapter(form)


def _form(value: object, place: Place, wanted: tuple[str, Any], values: Parameters) -> Any:  # noqa: ANN401 - the form of any section
    filled, sound = values.fill(value, place)
    if not sound:
        return None
    try:
        return _adapter(wanted[1]).validate_python(filled)
    except ValidationError as error:
        report(error, wanted[1], place, values.issues)
        return None


def _put(read: Read, section: str, name: str, found: tuple[Document, Place, Any]) -> None:
    document, place, form = found
    entries = read.sections.setdefault(section, {})
    other = entries.get(name)
    if other is not None and other.shipped == document.shipped:
        message = f"`{name}` is defined twice in {section}, first in {other.place.shown}"
        read.issues.add(place, "duplicate", message, "keep one or rename one")
        return
    entries[name] = Entry(
        place=place, form=form, shipped=document.shipped, overrides=other is not None
    )


def texts_of(form: Label, place: Place, issues: Issues) -> Text:
    """A text in both languages: the other one's where one is missing; an issue without any."""
    if form.en is None and form.nl is None:
        issues.add(place, "missing", "there is no text", "write {en: ..., nl: ...}")
    en, nl = form.en or form.nl or "", form.nl or form.en or ""
    return Text(en=en.strip(), nl=nl.strip())
