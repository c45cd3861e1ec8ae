"""Files into a shop: wires collect to identity, and lets the first mapping set what nobody set."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast import settings as settings_table
from stamgast.app.collecting import collect_settings
from stamgast.app.imports import keep_copies
from stamgast.app.read_otherwise import read_otherwise
from stamgast.collect.ingest import ingest
from stamgast.collect.mapping import Mapping as FileMapping
from stamgast.collect.mapping_files import read_mapping
from stamgast.identity.resolve import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from stamgast.app.core import Core
    from stamgast.collect.ingest import CollectSettings, Progress
    from stamgast.collect.report import ImportReport

NOTE = "from the first mapping"


def ingest_files(
    core: Core,
    files: Sequence[str | Path],
    mapping: str | FileMapping,
    progress: Callable[[Progress], None] | None,
    *,
    again: bool = False,
) -> ImportReport:
    """Import files. The settings of a first mapping are written with it, and taken back on an error."""
    spec = mapping if isinstance(mapping, FileMapping) else read_mapping(mapping)
    sets: dict[str, str] = {}
    report = ingest(
        core.store,
        files,
        spec,
        settings=lambda: _settled(core, spec, sets),
        resolver=lambda country: Identity(core.kinds_for(country), core.store.verdicts()),
        progress=progress,
        again=again,
    )
    keep_copies(core, report.batch)
    return replace(report, sets=sets, read_otherwise=read_otherwise(core, report.batch))


@contextmanager
def _settled(core: Core, spec: FileMapping, sets: dict[str, str]) -> Iterator[CollectSettings]:
    """The settings, with those that the first mapping ``sets``; as they were, should it fail.

    Entered by the one writer: another process may have settled them since this shop was opened.
    """
    core.reload()
    path = core.folder / settings_table.FILE_NAME
    before = path.read_text(encoding="utf-8") if path.exists() else None
    sets.update(first_settings(core, spec))
    if sets:
        core.set(sets, note=NOTE)
    try:
        yield collect_settings(core)
    except BaseException:
        if sets and before is not None:
            path.write_text(before, encoding="utf-8")
            core.reload()
        raise


def first_settings(core: Core, spec: FileMapping) -> dict[str, str]:
    """What the first mapping says of the shop; an import that was killed did not settle it."""
    if core.store.version() > 0:
        return {}
    noted = settings_table.noted(core.folder, NOTE)
    return {
        name: str(getattr(spec, name))
        for name in settings_table.FROM_MAPPING
        if name not in core.settings.given or name in noted
    }
