"""Files into a shop: wires collect to identity, and lets the first mapping set what nobody set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast import settings as settings_table
from stamgast.collect.ingest import CollectSettings, ingest
from stamgast.collect.mapping import Mapping as FileMapping
from stamgast.collect.mapping_files import read_mapping
from stamgast.errors import UserError
from stamgast.identity.resolve import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from stamgast.app.core import Core
    from stamgast.collect.ingest import Progress
    from stamgast.collect.report import ImportReport

RATES = "rates.csv"
NOTE = "from the first mapping"


def ingest_files(
    core: Core,
    files: Sequence[str | Path],
    mapping: str | FileMapping,
    progress: Callable[[Progress], None] | None,
) -> ImportReport:
    """Import files. The settings of a first mapping are written first and taken back on an error."""
    spec = mapping if isinstance(mapping, FileMapping) else read_mapping(mapping)
    path = core.folder / settings_table.FILE_NAME
    before = path.read_text(encoding="utf-8") if path.exists() else None
    sets = _first_settings(core, spec)
    if sets:
        core.set(sets, note=NOTE)
    try:
        report = ingest(
            core.store,
            files,
            spec,
            settings=collect_settings(core),
            resolver=lambda country: Identity(core.kinds_for(country), core.store.verdicts()),
            progress=progress,
        )
    except BaseException:
        if sets and before is not None:
            path.write_text(before, encoding="utf-8")
        raise
    from stamgast.app.imports import keep_copies  # noqa: PLC0415 - it needs this module

    keep_copies(core, report.batch)
    return replace(report, sets=sets)


def _first_settings(core: Core, spec: FileMapping) -> dict[str, str]:
    """What the first mapping says of the shop; an import that was killed did not settle it."""
    if core.store.version() > 0:
        return {}
    noted = settings_table.noted(core.folder, NOTE)
    return {
        name: str(getattr(spec, name))
        for name in settings_table.FROM_MAPPING
        if name not in core.settings.given or name in noted
    }


def collect_settings(core: Core) -> CollectSettings:
    """What collect must know of the shop."""
    rates = core.folder / RATES
    return CollectSettings(
        zone=core.settings.zone,
        currency=core.settings.currency,
        country=core.settings.country,
        given=frozenset(settings_table.FROM_MAPPING),
        rates=rates if rates.is_file() else None,
        event_properties=_event_properties(core),
    )


def _event_properties(core: Core) -> dict[str, str]:
    """The declared types; none while the definitions are being mended: that keeps no import waiting."""
    try:
        declared = core.definitions.event_properties
    except UserError:
        return {}
    return {name: type_.value for name, type_ in declared.items()}
