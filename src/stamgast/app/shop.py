"""``Shop``: what users hold. One folder, opened; every answer is of an instant."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from stamgast.app import folder as folders
from stamgast.app.asked import asked_any, asked_segment, asked_trait
from stamgast.app.core import Core
from stamgast.app.customers import Customers
from stamgast.app.instants import instant_of, instants_of
from stamgast.app.lifecycle import Lifecycle
from stamgast.app.presets import preset_for, write_preset
from stamgast.app.segments import segment_lines, segment_relation, trait_relation
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from stamgast.app.advice import Advisor
    from stamgast.app.asked import SegmentAsked, TraitAsked
    from stamgast.app.consents import ConsentDesk
    from stamgast.app.drafts import Drafts
    from stamgast.app.explaining import Explained
    from stamgast.app.exporting import Exports
    from stamgast.app.extensions import ExtensionDesk
    from stamgast.app.glance import Glance
    from stamgast.app.identity import IdentityDesk
    from stamgast.app.imports import Imports
    from stamgast.app.insight import Insights
    from stamgast.app.instants import Moment, Moments
    from stamgast.app.mappings import MappingDesk
    from stamgast.app.privacy import Privacy
    from stamgast.app.quality import QualityDesk
    from stamgast.app.quarantine import QuarantineDesk
    from stamgast.app.questions import Questions
    from stamgast.app.relation import Relation
    from stamgast.app.reporting import Reporter
    from stamgast.app.segments import SegmentLine, SegmentRelation
    from stamgast.clock import Clock
    from stamgast.collect.ingest import Progress
    from stamgast.collect.mapping import Mapping as FileMapping
    from stamgast.collect.report import ImportReport
    from stamgast.language.ast import Definitions
    from stamgast.report.words import Language
    from stamgast.segments.refresh import Refreshed
    from stamgast.settings import Settings
    from stamgast.store.doctor import Finding


@of_one_snapshot
class Shop:
    """A shop's customers: lifecycle stages, segments, traits and reasons, at any instant.

    ``as_of`` is an ISO 8601 text, a date (its midnight in the shop's zone), a datetime or
    microseconds UTC; None is now; a list asks each instant in one call. It may lie ahead: what will
    be true if nothing happens.
    """

    def __init__(self, core: Core) -> None:
        """Made by ``Shop.open``."""
        self._core = core

    @classmethod
    def open(cls, folder: str | Path, *, clock: Clock | None = None) -> Self:
        """The shop in a folder. Raises UserError ``store.missing`` and ``settings.invalid``."""
        return cls(Core(Path(folder), clock or SystemClock()))

    @classmethod
    def create(cls, folder: str | Path, *, preset: str | None = None, **values: str | None) -> Self:
        """Make a shop and open it. ``values``: settings, see ``stamgast.settings``.

        ``preset``: numbers that fit a kind of shop (``fashion``, ``pets``, ``groceries``, ``gifts``),
        written to a definition file of the shop's own. Raises UserError ``shop.exists``,
        ``preset.unknown``, ``preset.exists`` and ``settings.invalid``.
        """
        known = None if preset is None else preset_for(Path(folder), preset)
        folders.make(Path(folder), values)
        if known is not None:
            write_preset(Path(folder), known, values.get("language") or "en")
        return cls.open(folder)

    def close(self) -> None:
        """Give back memory and temporary files."""
        self._core.close()

    def __enter__(self) -> Self:
        """Itself; closed on leaving."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Which shop it is."""
        return f"<Shop {self.settings.name or self._core.folder}>"

    # --- what it runs on --------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._core.settings

    @property
    def definitions(self) -> Definitions:
        """Traits, segments and the lifecycle: shipped, and the shop's own over them."""
        return self._core.definitions

    # --- data in ----------------------------------------------------------------------------------

    def ingest(
        self,
        *files: str | Path,
        mapping: str | FileMapping,
        progress: Callable[[Progress], None] | None = None,
        again: bool = False,
    ) -> ImportReport:
        """Read files of one source: all or nothing; a file that was read before changes nothing.

        ``again``: what such a file says of orders and refunds holds again, over what later files said.
        ``files``: paths or globs. ``mapping``: a shipped name, a file, or a mapping. The first one
        sets zone, currency and country when nobody did. Raises UserError ``ingest.*``, ``mapping.*``
        and ``store.*``; then nothing was read.
        """
        from stamgast.app.ingesting import ingest_files  # noqa: PLC0415 - collect is not light

        return ingest_files(self._core, files, mapping, progress, again=again)

    def refresh(
        self,
        *,
        as_of: Moment = None,
        anew: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Refreshed:
        """Record who is in which stage and segment, and every change since the last refresh.

        Only ``entered_at`` needs this: answers do not. ``anew``: forget what refreshes recorded, and
        begin again. Raises UserError ``refresh.backwards`` when the last refresh recorded a later
        instant, ``refresh.ahead`` when the instant is yet to come, and ``store.locked``.
        """
        from stamgast.app.refreshing import refresh  # noqa: PLC0415 - writing is not light

        at = instant_of(as_of, self._core.clock, self._core.settings.zone)
        return refresh(self._core, at, progress, anew=anew)

    # --- answers ----------------------------------------------------------------------------------

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is asked inside is of one commit and one reading of the definition files.

        Each call is so by itself. What this shop writes inside is seen at once.
        """
        with self._core.snapshot():
            yield

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """Stages: ``counts``, ``stage``, ``flows``."""
        return Lifecycle(self._core)

    @cached_property
    def customers(self) -> Customers:
        """One at a time: ``find``, ``show``, ``timeline``."""
        return Customers(self._core)

    @cached_property
    def identity(self) -> IdentityDesk:
        """Who is who by hand: ``show``, ``merge``, ``unmerge``, ``never``, ``withdraw``."""
        from stamgast.app.identity import IdentityDesk  # noqa: PLC0415 - rarely needed

        return IdentityDesk(self._core)

    @cached_property
    def extensions(self) -> ExtensionDesk:
        """Labels on customers: ``list``, ``show``, ``set``, ``unset``, ``lift``, ``import_list``."""
        from stamgast.app.extensions import ExtensionDesk  # noqa: PLC0415 - rarely needed

        return ExtensionDesk(self._core)

    @cached_property
    def consents(self) -> ConsentDesk:
        """What people agreed to: ``list``, ``show``, ``set``."""
        from stamgast.app.consents import ConsentDesk  # noqa: PLC0415 - rarely needed

        return ConsentDesk(self._core)

    @cached_property
    def exports(self) -> Exports:
        """What goes out through the gate: ``segment``, ``made``."""
        from stamgast.app.exporting import Exports  # noqa: PLC0415 - rarely needed

        return Exports(self._core)

    @cached_property
    def questions(self) -> Questions:
        """What is asked at sign-up: ``declared``, ``completeness``."""
        from stamgast.app.questions import Questions  # noqa: PLC0415 - rarely needed

        return Questions(self._core)

    @cached_property
    def advice(self) -> Advisor:
        """What to do now: ``show``, ``message``, and ``check`` of the data that use cases need."""
        from stamgast.app.advice import Advisor  # noqa: PLC0415 - reads files of its own

        return Advisor(self._core, self.customers)

    @cached_property
    def imports(self) -> Imports:
        """What was imported, and taking one import out: ``list``, ``undo``."""
        from stamgast.app.imports import Imports  # noqa: PLC0415 - rarely needed

        return Imports(self._core)

    @cached_property
    def mappings(self) -> MappingDesk:
        """What a file seems to be, and what importing it would do: ``suggest``, ``check``."""
        from stamgast.app.mappings import MappingDesk  # noqa: PLC0415 - rarely needed

        return MappingDesk(self._core)

    @cached_property
    def quality(self) -> QualityDesk:
        """What data lacks, or contradicts itself in: ``report``, ``conflicts``."""
        from stamgast.app.quality import QualityDesk  # noqa: PLC0415 - rarely needed

        return QualityDesk(self._core)

    @cached_property
    def quarantine(self) -> QuarantineDesk:
        """Rows that could not be understood: ``list``, ``show``, ``dismiss``, ``export``."""
        from stamgast.app.quarantine import QuarantineDesk  # noqa: PLC0415 - rarely needed

        return QuarantineDesk(self._core)

    @cached_property
    def insight(self) -> Insights:
        """What the figures say: ``upcoming``, ``worth`` and others."""
        from stamgast.app.insight import Insights  # noqa: PLC0415 - rarely needed

        return Insights(self._core)

    @cached_property
    def glance(self) -> Glance:
        """What one screen shows at once: ``overview``, ``best_members``, ``moved``."""
        from stamgast.app.glance import Glance  # noqa: PLC0415 - rarely needed

        return Glance(self._core, self)

    @cached_property
    def drafts(self) -> Drafts:
        """Segments that are being built: ``check``, ``measure``, ``plan``, ``save``, ``undo``."""
        from stamgast.app.drafts import Drafts  # noqa: PLC0415 - rarely needed

        return Drafts(self._core)

    @cached_property
    def privacy(self) -> Privacy:
        """What a person may ask: ``everything`` and ``export``, and ``erase``."""
        from stamgast.app.privacy import Privacy  # noqa: PLC0415 - rarely needed

        return Privacy(self._core, self.customers)

    def segment(self, what: SegmentAsked, *, as_of: Moments = None) -> SegmentRelation:
        """The members of a segment: its name, or a condition such as ``sg.count("order") >= 3``.

        Raises UserError ``segment.unknown`` with the nearest name, and ``InvalidDefinitions`` with
        every issue of a condition that was built. Of those nothing is on record, so ``entered_at``
        is missing.
        """
        instants, several = instants_of(as_of, self._core.clock, self._core.settings.zone)
        asked = asked_segment(self._core, what)
        return segment_relation(self._core, asked, instants, several=several)

    def trait(self, what: TraitAsked, *, as_of: Moments = None) -> Relation:
        """A trait's value of every profile: its name, or a value such as ``sg.mean_gap("order")``.

        Raises UserError ``trait.unknown`` and ``InvalidDefinitions``.
        """
        instants, several = instants_of(as_of, self._core.clock, self._core.settings.zone)
        asked = asked_trait(self._core, what)
        return trait_relation(self._core, asked, instants, several=several)

    def segments(self, *, as_of: Moment = None) -> list[SegmentLine]:
        """Every segment with how many are in it, in the order of the definitions."""
        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        return segment_lines(self._core, t, apart=True)

    def explain(
        self, what: SegmentAsked | TraitAsked, customer: str | int, *, as_of: Moment = None
    ) -> Explained:
        """Why a customer is in a segment or not, or (``stage``) in its stage, or has a trait's value.

        ``what``: as for ``segment`` and ``trait``. ``customer``: ``kind:value``, a value or a
        profile id. Raises UserError ``segment.unknown``, ``profile.unknown`` and
        ``profile.ambiguous``, and ``InvalidDefinitions``.
        """
        from stamgast.app.explaining import explain_for  # noqa: PLC0415 - the reference is slow to load

        core = self._core
        asked, t = asked_any(core, what), instant_of(as_of, core.clock, core.settings.zone)
        return explain_for(core, asked, self.customers.find(customer), t)

    def sql(self, query: str, *, as_of: Moment = None) -> Relation:
        """A query of one's own over the read-only tables of ``docs/tables.md``, in DuckDB's SQL.

        ``traits`` holds the values at ``as_of``. Raises UserError ``sql.invalid``.
        """
        from stamgast.app.tables import relation  # noqa: PLC0415 - rarely needed

        return relation(
            self._core, query, instant_of(as_of, self._core.clock, self._core.settings.zone)
        )

    def report(
        self,
        folder: str | Path | None = None,
        *,
        as_of: Moment = None,
        languages: Sequence[Language] | None = None,
        customer: str | int | None = None,
        contact: bool = False,
        everybody: bool = False,
    ) -> list[Path]:
        """Write the report page: ``report.html``, and ``report.<language>.html`` of further languages.

        ``folder``: where; else the shop's own. ``languages``: else the shop's. ``contact``: with the
        whole name and contact details of the one customer it shows. ``everybody``: also who carries an
        extension that is excluded from reports, such as employee. Returns the files.
        """
        from stamgast.app.pages import write_pages  # noqa: PLC0415 - templates are slow to load

        chosen = languages or ("nl" if self.settings.language == "nl" else "en",)
        target = Path(folder or self._core.folder)
        reporter = self.reporter(as_of=as_of, contact=contact, everybody=everybody)
        return write_pages(reporter, target, chosen, customer)

    def reporter(
        self, *, as_of: Moment = None, contact: bool = False, everybody: bool = False
    ) -> Reporter:
        """What the report page is made of, asked once for all languages."""
        from stamgast.app.reporting import Reporter  # noqa: PLC0415 - as above

        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        more = {"contact": contact, "everybody": everybody}
        return Reporter(self._core, self.lifecycle, self.customers, t, **more)

    def doctor(self, *, repair: bool = False) -> tuple[Finding, ...]:
        """Check files, catalogue and data; ``repair`` also sweeps what no import owns."""
        from stamgast.app.checkup import definition_findings  # noqa: PLC0415 - rarely needed
        from stamgast.app.identity import rules_finding  # noqa: PLC0415 - as above
        from stamgast.app.read_otherwise import mapping_findings  # noqa: PLC0415 - as above
        from stamgast.store.doctor import examine  # noqa: PLC0415 - as above

        history_from = self.settings.history_from
        found = examine(self._core.store, history_from=history_from, repair=repair)
        core = self._core
        own = (*rules_finding(core), *mapping_findings(core), *definition_findings(core))
        return (*found, *own)
