"""``shop.mappings``: what a file seems to be, the mapping for it, and what importing it would do."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stamgast.app.collecting import collect_settings
from stamgast.app.figures import order_span
from stamgast.app.folder import DEFINITIONS
from stamgast.app.ingesting import first_settings
from stamgast.app.insight import Insights
from stamgast.app.lifecycle import Lifecycle
from stamgast.app.private import write_private
from stamgast.app.snapshot import of_one_snapshot
from stamgast.app.tables import relation
from stamgast.collect.drafting import Home, chosen, draft
from stamgast.collect.ingest import Telling
from stamgast.collect.mapping_files import parse_mapping, read_mapping, shipped_names
from stamgast.collect.recognise import Limits, recognise
from stamgast.errors import UserError
from stamgast.identity.resolve import Identity
from stamgast.measure.suggest import POINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.collect.ingest import CollectSettings, Progress
    from stamgast.collect.mapping import Mapping as FileMapping
    from stamgast.collect.recognise import Recognised
    from stamgast.collect.report import ImportReport
    from stamgast.model.log import Instant
    from stamgast.store.quarantine import QuarantinedRow

FOLDER = "mappings"
"""Below the shop's folder: the mappings that were written for it."""
FIRST = 8
"""So many rows of each kind are shown before an import."""
MB = 1024 * 1024
TIMES = "lifecycle-times.yaml"
TIMES_ABOUT = (
    "# Times of the lifecycle, read off this shop's own gaps between two purchases:",
    "# half of them are shorter than the first, 70 %, 80 % and 95 % than the others.",
    "# `stamgast lifecycle suggest` reads them anew.",
)
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A mapping that reads a file of these columns."""

    name: str
    """As ``ingest --mapping`` takes it: a shipped name, or a file of the shop's."""
    source: str
    shipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time of the lifecycle, as the shop's own gaps between purchases suggest it."""

    parameter: str
    now_days: int | None
    suggested_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What an import would do; nothing of it was done."""

    report: ImportReport
    orders: tuple[Mapping[str, object], ...]
    """The first of the file: ``order_id``, ``ordered_at``, ``total_minor``, ``counts``, ``identifier``."""
    customers: tuple[Mapping[str, object], ...]
    """Of the file, those who bought most: ``identifier``, ``orders``, ``revenue_minor``, ``last_at``."""
    refused: tuple[QuarantinedRow, ...]
    """The first rows that could not be understood."""
    stages: Mapping[str, int]
    """Everybody per stage at the last order, if this were read."""
    stages_at: Instant | None
    gaps: tuple[Gap, ...]
    """Times of the lifecycle as the shop's own gaps suggest them; empty: there are too few."""
    gaps_number: int


@of_one_snapshot
class MappingDesk:
    """Mappings of a shop: ``suggest``, ``draft``, ``known``, ``check``, ``save``."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    @property
    def limits(self) -> Limits:
        """What a file that is uploaded may be at most."""
        return Limits(file_bytes=self._core.settings.upload_mb * MB)

    def suggest(self, file: str | Path, roles: Sequence[str] | None = None) -> Recognised:
        """How a file is written and what its columns seem to be; ``roles``: what a person says they are.

        Raises UserError ``upload.*`` and ``ingest.*``.
        """
        found = recognise(Path(file), self.limits)
        return found if roles is None else chosen(found, roles)

    def draft(self, found: Recognised, source: str) -> str:
        """A mapping file for a file that was recognised. Raises UserError ``upload.lacking``."""
        settings = self._core.settings
        home = Home(
            source=slug(source),
            zone=settings.zone,
            currency=settings.currency,
            country=settings.country,
        )
        return draft(found, home)

    def known(self, header: Sequence[str]) -> tuple[Known, ...]:
        """Mappings, own and shipped, that read files with these columns: who reads most of them first."""
        have = {name.strip().casefold() for name in header}
        fits: list[tuple[int, Known]] = []
        for known, mapping in self._all():
            asked = {name.strip().casefold() for name in mapping.columns()}
            needed = asked - {name.strip().casefold() for name in mapping.optional_columns}
            if needed <= have and asked:
                fits.append((-len(asked & have), known))
        return tuple(known for _, known in sorted(fits, key=lambda one: one[0]))

    def _all(self) -> Iterator[tuple[Known, FileMapping]]:
        for file in sorted((self._core.folder / FOLDER).glob("*.yaml")):
            try:
                mapping = read_mapping(str(file))
            except UserError:  # one that is being written reads nothing
                continue
            yield Known(name=str(file), source=mapping.source, shipped=False), mapping
        for name in shipped_names():
            mapping = read_mapping(name)
            yield Known(name=name, source=mapping.source, shipped=True), mapping

    def save(self, text: str) -> Path:
        """Keep a mapping in the shop, under the name of its source; one that was there is replaced.

        Raises ``InvalidMapping``.
        """
        mapping = parse_mapping(text, "mapping.yaml")
        file = self._core.folder / FOLDER / f"{mapping.source}.yaml"
        file.parent.mkdir(exist_ok=True)
        write_private(file, text)
        return file

    @property
    def may_set_times(self) -> bool:
        """Whether no definition file of the shop's own says when a customer becomes what."""
        texts = self._core.definition_files.values()
        return not any(name in text for text in texts for name in POINTS)

    def set_times(self, days: Mapping[str, int]) -> Path:
        """Write the times of the lifecycle to a definition file of its own.

        Raises UserError ``mapping.times`` where a file of the shop's own has them already.
        """
        file = self._core.folder / DEFINITIONS / TIMES
        if not self.may_set_times or file.exists():
            raise UserError(
                "mapping.times",
                "the times of the lifecycle stand in a definition file of the shop's own already",
                hint="change them there",
            )
        lines = [f"  {name}: {many}d" for name, many in days.items()]
        text = "\n".join([*TIMES_ABOUT, "version: 1", "parameters:", *lines, ""])
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def read(self, text_or_name: str) -> FileMapping:
        """The mapping of a text, else of a shipped name or a file. Raises ``InvalidMapping``."""
        if "\n" in text_or_name:
            return parse_mapping(text_or_name, "mapping.yaml")
        return read_mapping(text_or_name)

    def check(
        self,
        file: str | Path,
        mapping: str | FileMapping,
        *,
        progress: Callable[[Progress], None] | None = None,
    ) -> Checked:
        """What importing a file would do, in the numbers that the import itself would give.

        It is imported as a whole and thrown away. Raises UserError ``ingest.*``, ``mapping.*`` and
        ``store.locked``.
        """
        core = self._core
        spec = read_mapping(mapping) if isinstance(mapping, str) else mapping
        with core.store.writing("import") as session:
            sets = first_settings(core, spec)
            settings = _as_set(collect_settings(core), sets)
            identity = Identity(core.kinds_for(settings.country), core.store.verdicts())
            telling = Telling(spec, settings, identity, now=session.now, progress=progress)
            _, report = telling.to(session, [Path(file)])
            refused = [
                row.said
                for row in session.ledger.waiting(spec.source)
                if row.batch == session.batch
            ]
            with core.reading_files(session.as_files()) as reader:
                return _looked(core.on(reader), replace(report, sets=sets), tuple(refused[:FIRST]))


def _as_set(settings: CollectSettings, sets: Mapping[str, str]) -> CollectSettings:
    """The settings as the first mapping would give them."""
    return replace(
        settings,
        zone=sets.get("zone", settings.zone),
        currency=sets.get("currency", settings.currency),
        country=sets.get("country", settings.country),
    )


def slug(name: str) -> str:
    """A name for a source: small letters, digits and dashes.

    >>> slug("Bestellingen 2025 (def).csv"), slug("../../etc/passwd"), slug("日本")
    ('bestellingen-2025-def', 'etc-passwd', 'orders')
    """
    stem = name.rsplit(".", 1)[0] if "." in name.strip(".") and "/" not in name else name
    return _SLUG.sub("-", stem.casefold()).strip("-")[:40].strip("-") or "orders"


_MINE = "SELECT order_key FROM lake_order_statement WHERE batch = {batch}"
"""The orders that the import on trial says something of; the shop may hold many others."""
_ORDERS = f"""
    SELECT o.order_id, epoch_us(o.ordered_at) AS ordered_at, o.total_minor, o.counts, p.identifier,
        p.profile_id
    FROM orders AS o LEFT JOIN profiles AS p USING (profile_id)
    WHERE o.order_key IN ({_MINE})
    ORDER BY o.ordered_at, o.order_key LIMIT {FIRST}
    """  # noqa: S608 - a number of ours
_CUSTOMERS = f"""
    SELECT p.profile_id, p.identifier, count(*) AS orders, sum(o.net_total_minor)::BIGINT AS revenue_minor,
        epoch_us(max(o.ordered_at)) AS last_at
    FROM orders AS o JOIN profiles AS p USING (profile_id)
    WHERE o.counts AND o.order_key IN ({_MINE})
    GROUP BY ALL ORDER BY orders DESC, revenue_minor DESC, profile_id LIMIT {FIRST}
    """  # noqa: S608 - a number of ours


def _looked(seen: Core, report: ImportReport, refused: tuple[QuarantinedRow, ...]) -> Checked:
    span = order_span(seen)
    t = seen.clock.now() if span is None else span[1]
    gaps, number = _gaps(seen, t) if span else ((), 0)
    return Checked(
        report=report,
        orders=tuple(relation(seen, _ORDERS.format(batch=report.batch), t).rows()),
        customers=tuple(relation(seen, _CUSTOMERS.format(batch=report.batch), t).rows()),
        refused=refused,
        stages=Lifecycle(seen).counts_at([t])[0].stages if span else {},
        stages_at=t if span else None,
        gaps=gaps,
        gaps_number=number,
    )


def _gaps(seen: Core, t: Instant) -> tuple[tuple[Gap, ...], int]:
    found = Insights(seen).suggest(as_of=t)
    number = found.facts["gaps"]
    rows = tuple(
        Gap(
            parameter=str(row["parameter"]),
            now_days=_days(row["now_days"]),
            suggested_days=_days(row["by_gap"]),
        )
        for row in found.values
    )
    return rows, number if isinstance(number, int) else 0


def _days(value: object) -> int | None:
    return value if isinstance(value, int) else None
