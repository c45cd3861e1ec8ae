"""Files into a shop: wires collect to identity, and lets the first mapping set what nobody set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast import settings as settings_table
from stamgast.collect.ingest import CollectSettings, ingest
from stamgast.collect.mapping import Mapping as FileMapping
from stamgast.collect.mapping_files import read_mapping
from stamgast.identity.bulk import fold_bulk
from stamgast.identity.fold import Verdict
from stamgast.identity.normalise import normalise_distinct, shared_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from stamgast.app.core import Core
    from stamgast.collect.ingest import Progress
    from stamgast.collect.report import ImportReport
    from stamgast.collect.run import Persons
    from stamgast.identity.kinds import IdentifierKinds

RATES = "rates.csv"
NOTE = "from the first mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """The identity rules of a shop, as collect asks for them."""

    kinds: IdentifierKinds
    verdicts: tuple[Verdict, ...]

    @property
    def person_kinds(self) -> Sequence[str]:
        """Kinds that tell persons, strongest first."""
        return [kind.name for kind in self.kinds.person]

    @property
    def device_kinds(self) -> Sequence[str]:
        """Kinds that tell devices, strongest first."""
        return [kind.name for kind in self.kinds.device]

    def normalise(self, kind: str, texts: Iterable[str]) -> Mapping[str, str | None]:
        """Each text -> its one way of writing."""
        return normalise_distinct(self.kinds[kind], texts)

    def shared(self, kind: str) -> frozenset[str]:
        """Normalised values of a device kind that mark nobody."""
        return shared_values(self.kinds[kind])

    def fold(self, links: pa.Table, identifiers: pa.Table) -> Persons:
        """Who is who."""
        return fold_bulk(links, identifiers, self.kinds.limits, self.verdicts)


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
            clock=core.clock,
            settings=_collect_settings(core),
            resolver=lambda country: _resolver(core, country),
            progress=progress,
        )
    except BaseException:
        if sets and before is not None:
            path.write_text(before, encoding="utf-8")
        raise
    return _with_sets(report, sets)


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


def _with_sets(report: ImportReport, sets: dict[str, str]) -> ImportReport:
    from dataclasses import replace  # noqa: PLC0415 - once an import

    return replace(report, sets=sets)


def _collect_settings(core: Core) -> CollectSettings:
    rates = core.folder / RATES
    return CollectSettings(
        zone=core.settings.zone,
        currency=core.settings.currency,
        country=core.settings.country,
        given=frozenset(settings_table.FROM_MAPPING),
        rates=rates if rates.is_file() else None,
    )


def _resolver(core: Core, country: str) -> Resolver:
    verdicts = tuple(
        Verdict(kind=one.kind, a=one.a, b=one.b)  # type: ignore[arg-type] # checked by the store
        for one in core.store.verdicts()
        if one.withdrawn_at is None
    )
    return Resolver(kinds=core.kinds_for(country), verdicts=verdicts)
