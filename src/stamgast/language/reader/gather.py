"""Files to one set of entries: parameters put in, forms checked, names overridden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from stamgast.language.reader.calendar_models import SaleModel, SeasonModel
from stamgast.language.reader.entries import Entry
from stamgast.language.reader.extension_models import PurposeModel
from stamgast.language.reader.forms import OneOrMore, Words
from stamgast.language.reader.lifecycle_models import LifecycleModel
from stamgast.language.reader.mending import Mending
from stamgast.language.reader.messages import keys_of
from stamgast.language.reader.models import (
    AttributeDeclaration,
    Declaration,
    Declared,
    DeclaredAttribute,
    DefinitionFile,
    ExtensionModel,
    NamedRowsModel,
    SegmentModel,
    TraitModel,
)
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stamgast.language.reader.issues import Issues, Place
    from stamgast.language.reader.source import Document

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)

FORMS: dict[str, Any] = {
    "parameters": OneOrMore,
    "attributes": AttributeDeclaration,
    "events": Declaration,
    "rows": NamedRowsModel,
    "traits": TraitModel,
    "segments": SegmentModel,
    "calendars.seasons": SeasonModel,
    "calendars.sales": SaleModel,
    "extensions": ExtensionModel,
    "consents": PurposeModel,
    "lifecycle.stages": Words,
    "lifecycle.models": LifecycleModel,
}
"""The form of one entry of each section."""

PARTS = {"lifecycle": ["stages", "models"], "calendars": ["seasons", "sales"]}
"""Sections that have sections of their own."""

MENDED = frozenset({"traits", "segments", "extensions"})
"""Sections whose entries name others: what is left of one with mistakes is looked at, too."""

RESERVED = frozenset({"all", "any", "not"})
"""Names that mean something else in a filter."""

ANSWERED = {"traits": "segments", "segments": "traits"}
"""Sections whose names are columns of one answer, so that a name is in one of them only."""

COLUMNS = frozenset({"profile_id", "exists", "stage"})
"""Names of other columns, where the answers of traits and segments are columns."""


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
    for document in ordered:
        for place, _, name, value in _entries(document, issues, only="parameters"):
            form = value if _is_plain(value) or _is_list(value) else None
            if form is None:
                hint = "write it like 30d, 5 or 20%"
                issues.add(
                    place,
                    "form",
                    f"the parameter `{name}` is a single value or a list of them",
                    hint,
                )
            _put(gathered, "parameters", name, (document, place, form, True), issues)
    parameters = Parameters(gathered.sections["parameters"], issues)
    for document in ordered:
        for place, section, name, value in _entries(document, issues):
            if section != "parameters":
                found = entry_form(section, value, place, parameters)
                _put(gathered, section, name, (document, *found), issues)
    parameters.unused()
    return gathered


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | Decimal | str)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_plain(one) for one in value)


@cache
def _adapter(section: str) -> TypeAdapter[Any]:
    return TypeAdapter(FORMS[section])


def entry_form(
    section: str, value: object, place: Place, parameters: Parameters
) -> tuple[Place, Any, bool]:
    """The checked form of one entry, with its place, and whether it is as it was written.

    With issues: what is left of it where that can be looked at, else None.
    """
    filled, sound = parameters.fill(value, place)
    issues = parameters.issues
    mending = Mending(form=FORMS[section], adapter=_adapter(section), place=place, issues=issues)
    form, place = mending.read(filled, gaps=not sound)
    whole = sound and not mending.touched
    return place, form if whole or section in MENDED else None, whole


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
        if section in PARTS and only is None and isinstance(content, dict):
            for part, inner in content.items():
                place = document.place.at(section, part)
                if f"{section}.{part}" in FORMS:
                    yield from _named(f"{section}.{part}", inner, place, issues)
                else:
                    hint = suggest(part, PARTS[section], "keys")
                    issues.add(place, "unknown_key", f"unknown key `{part}`", hint)
        elif section in {*PARTS, *FORMS} and only in {None, section}:
            yield from _named(section, content, document.place.at(section), issues)


def _named(
    section: str, content: object, place: Place, issues: Issues
) -> Iterator[tuple[Place, str, str, Any]]:
    if content is None:
        return
    if not isinstance(content, dict) or section in PARTS:
        issues.add(place, "form", f"`{section}` is a mapping of names", "begin with name: ...")
        return
    for name, value in content.items():
        column = section in ANSWERED and (name in COLUMNS or "__" in name)
        if NAME.fullmatch(name) and name not in RESERVED and not column:
            yield place.at(name), section, name, value
            continue
        hint = "use small letters, digits and _, beginning with a letter"
        if name in RESERVED:
            hint = "it means something in filters: choose another name"
        elif column:
            hint = "it is a column of every answer, or has two underscores: choose another name"
        issues.add(place.at(name), "name", f"`{name}` cannot be a name", hint)


def _put(
    gathered: Gathered,
    section: str,
    name: str,
    found: tuple[Document, Place, Any, bool],
    issues: Issues,
) -> None:
    document, place, form, whole = found
    entries = gathered.sections[section]
    other = entries.get(name)
    if other is not None and other.shipped == document.shipped:
        message = f"`{name}` is defined twice in {section}, first in {other.place.shown}"
        issues.add(place, "duplicate", message, "keep one or rename one")
        return
    if section in ANSWERED and (same := gathered.sections[ANSWERED[section]].get(name)):
        message = f"`{name}` is a name in {ANSWERED[section]} too, in {same.place.shown}"
        issues.add(place, "duplicate", message, "rename one")
        return
    if section == "attributes" and other is not None:
        form = _labelled_as(form, other.form)
    entries[name] = Entry(
        place=place,
        form=form,
        shipped=document.shipped,
        overrides=other is not None,
        whole=whole,
    )


def _labelled_as(form: Any, shipped: Any) -> Any:  # noqa: ANN401 - attribute declarations or None
    """An own declaration of a shipped attribute: without a label it keeps the one it had."""
    label = shipped.label if isinstance(shipped, Declared) else None
    if label is None or form is None:
        return form
    if not isinstance(form, Declared):
        return DeclaredAttribute(type=form, label=label, sources=None)
    return form if form.label is not None else form.model_copy(update={"label": label})
