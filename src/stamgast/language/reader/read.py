"""Definition files to checked definitions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stamgast.errors import InternalError, UserError
from stamgast.language.ast import Definitions, Segment
from stamgast.language.reader.calendars import first_days, read_calendar
from stamgast.language.reader.conditions import conditions, percentile, uses_statistics
from stamgast.language.reader.extensions import read_extension, read_purposes
from stamgast.language.reader.gather import gather
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.lifecycle import read_lifecycle
from stamgast.language.reader.named import read_named_rows
from stamgast.language.reader.scope import (
    ROW_PROPERTIES,
    Scope,
    declared_labels,
    declared_sources,
    declared_types,
    words,
)
from stamgast.language.reader.source import Document, LanguageSettings, SourceFile, load
from stamgast.language.reader.traits import read_trait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.models import SegmentModel


def read_definitions(files: Sequence[SourceFile], *, settings: LanguageSettings) -> Definitions:
    """The checked definitions of files; the shop's own override shipped ones of the same name.

    Traits and segments come in dependency order. Raises ``InvalidDefinitions`` with every issue of
    every file, ``UserError`` for a zone that is not known. The last few read are kept: what was read
    does not change, and the same files are asked for again by whoever opens a shop.
    """
    return read_scope(tuple(files), settings)[1]


@lru_cache(maxsize=8)
def read_scope(
    files: tuple[SourceFile, ...], settings: LanguageSettings
) -> tuple[Scope, Definitions]:
    """``read_definitions``, with what they were read in, which nobody may change."""
    issues = Issues()
    documents = [document for file in files if (document := load(file, issues)) is not None]
    return _read(documents, settings, issues)


def read_documents(
    documents: Sequence[Document], *, settings: LanguageSettings, issues: Issues | None = None
) -> Definitions:
    """Like ``read_definitions``, from values that are not text (builders)."""
    return _read(documents, settings, Issues() if issues is None else issues)[1]


def _read(
    documents: Sequence[Document], settings: LanguageSettings, issues: Issues
) -> tuple[Scope, Definitions]:
    _check_zone(settings.zone)
    gathered = gather(documents, issues)
    sections = gathered.sections
    scope = Scope(
        settings=settings,
        issues=issues,
        gathered=gathered,
        attributes=declared_types(sections["attributes"]),
        event_properties=declared_types(sections["events"]),
        stages=frozenset(sections["lifecycle.stages"]),
        calendar=read_calendar(sections, settings, issues),
        read_trait=read_trait,
        read_segment=read_segment,
        read_percentile=percentile,
        read_extension=read_extension,
        purposes=read_purposes(sections["consents"]),
    )
    for name, entry in sections["events"].items():
        if name in ROW_PROPERTIES["event"]:
            issues.add(entry.place, "name", f"every event has `{name}`", "leave it out")
    scope.rows = read_named_rows(scope)
    for name, entry in sections["traits"].items():
        scope.trait(name, entry.place)
    for name, entry in sections["segments"].items():
        scope.segment(name, entry.place)
    for name, entry in sections["extensions"].items():
        scope.extension(name, entry.place)
    sources = declared_sources(sections["attributes"], issues)
    lifecycle = read_lifecycle(scope)
    issues.raise_any()
    if lifecycle is None:
        raise InternalError("no lifecycle and no issue")
    return scope, Definitions(
        traits={name: trait for name, trait in scope.traits.items() if trait is not None},
        segments={name: one for name, one in scope.segments.items() if one is not None},
        lifecycle=lifecycle,
        order_properties=dict(ROW_PROPERTIES["order"]),
        event_properties=scope.event_properties,
        attributes=scope.attributes,
        attribute_sources=sources,
        attribute_labels=declared_labels(sections["attributes"]),
        event_property_labels=declared_labels(sections["events"]),
        extensions={
            name: one
            for name in sections["extensions"]
            if (one := scope.extensions.get(name)) is not None
        },
        consents=scope.purposes,
        rows=scope.rows,
        parameters={
            name: entry.form
            for name, entry in sections["parameters"].items()
            if entry.form is not None
        },
        zone=settings.zone,
        currency=settings.currency,
        renewals_are_purchases=settings.renewals_are_purchases,
        calendar=scope.calendar,
        first_days=first_days(scope.calendar, settings.zone),
    )


def read_segment(scope: Scope, name: str, entry: Entry[Any]) -> Segment | None:
    """The checked segment of an entry; None with issues."""
    form = cast("SegmentModel", entry.form)
    where = conditions(form.where, scope, entry.place.at("where"))
    if where is None:
        return None
    return Segment(
        name=name,
        label=words(form.label, name),
        about=None if form.about is None else words(form.about, name),
        where=where,
        uses_statistics=uses_statistics(where, scope),
    )


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(
            "settings.zone",
            f"there is no time zone `{zone}`",
            hint="write it like Europe/Amsterdam",
        ) from None
