"""Files in, rows of the lake out, all of it or nothing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from stamgast.collect.accounts import account, keep_together
from stamgast.collect.customers import write_customers
from stamgast.collect.declared import check_stored, check_types, typed_as_declared, undeclared
from stamgast.collect.decode import Source, broken, files
from stamgast.collect.erased import without_erased
from stamgast.collect.events import write_events
from stamgast.collect.fold import write_versions
from stamgast.collect.groups import GROUPED, make_groups
from stamgast.collect.mapping_files import read_mapping
from stamgast.collect.mended import settle_quarantine
from stamgast.collect.messages import make_messages
from stamgast.collect.money import convert, read_rates
from stamgast.collect.opening import open_file
from stamgast.collect.orders import write_orders
from stamgast.collect.parts import date_lines
from stamgast.collect.people import resolve, write_first_seen
from stamgast.collect.products import write_products
from stamgast.collect.rectify import rectify_first_seen
from stamgast.collect.refunds import write_refunds
from stamgast.collect.repeats import mark_repeats
from stamgast.collect.rows import FileRows
from stamgast.collect.run import Run
from stamgast.collect.summary import summary
from stamgast.collect.twice import rows_twice
from stamgast.collect.words import write_words
from stamgast.errors import UserError
from stamgast.model.money import digits_of
from stamgast.store.books import REASON
from stamgast.store.lookup import write_lookup
from stamgast.store.writing import ImportedFile, ImportRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Mapping as Map
    from contextlib import AbstractContextManager
    from pathlib import Path

    from stamgast.collect.mapping import Mapping
    from stamgast.collect.report import FileReport, ImportReport
    from stamgast.collect.run import PersonResolver
    from stamgast.store.shop import ShopStore
    from stamgast.store.writing import WriteSession


AGAIN = "again"
"""Among the counts of an import: its files were read as news, also those imported before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    """What collect must know of the shop.

    ``rates``: a file ``rates.csv`` (day, currency, rate: what one unit of it is in the shop's own).
    ``event_properties``, ``attributes``: name -> type, as the shop's definitions declare them; columns
    to which a mapping gives no type have theirs, and it may declare others, not these as another type.
    """

    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    country: str = "NL"
    rates: Path | None = None
    event_properties: Map[str, str] = field(default_factory=dict)
    attributes: Map[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is. ``bytes`` of ``total_bytes`` read; ``step`` in a word or two."""

    step: str
    file: str
    bytes: int
    total_bytes: int
    rows: int


class Resolvers(Protocol):
    """Makes the resolver once the country is known (telephone numbers)."""

    def __call__(self, country: str) -> PersonResolver:
        """The identity rules of a shop in this country (ISO 3166)."""


def ingest(  # noqa: PLR0913 - the one entrance; every argument is named
    store: ShopStore,
    paths: Iterable[str | Path],
    mapping: str | Mapping,
    *,
    settings: Callable[[], AbstractContextManager[CollectSettings]],
    resolver: Resolvers,
    progress: Callable[[Progress], None] | None = None,
    again: bool = False,
) -> ImportReport:
    """Import files of one source: all or nothing.

    ``settings``: asked once nobody else writes, and left before the next one may; ``mapping``: a shipped name, a file, or a mapping. Every line read is accepted, repeated, left out
    or quarantined. Running the same files again changes nothing; ``again``: what a file that was
    imported before says of orders and refunds holds again, also where a later file said otherwise.
    Raises UserError ``ingest.*``, ``mapping.*``, ``store.*``; then nothing was imported.
    """
    found = files(paths)
    spec = read_mapping(mapping) if isinstance(mapping, str) else mapping
    with _damage(found), store.writing("import") as session, settings() as chosen:
        spec = typed_as_declared(spec, chosen.event_properties, chosen.attributes)
        check_types(spec, chosen.event_properties, chosen.attributes)
        told = Telling(
            spec,
            chosen,
            resolver(chosen.country),
            now=session.now,
            progress=progress,
            again=again,
        )
        record, report = told.to(session, found)
        session.commit(record)
        unknown = undeclared(spec, chosen.event_properties) if chosen.event_properties else {}
    return replace(report, undeclared=unknown)


class Telling:
    """Telling a session what files say; the caller commits."""

    def __init__(
        self,
        mapping: Mapping,
        settings: CollectSettings,
        resolver: PersonResolver,
        *,
        now: int,
        progress: Callable[[Progress], None] | None = None,
        again: bool = False,
    ) -> None:
        """``settings``: those in force; ``now``: when the rows are received."""
        self._mapping = mapping
        self._settings = settings
        self._resolver = resolver
        self._now = now
        self._progress = progress
        self._again = again

    def to(self, session: WriteSession, paths: Sequence[Path]) -> tuple[ImportRecord, ImportReport]:
        """Write what the files say to the session; what to record of it, and the report."""
        run = Run(
            session=session,
            mapping=self._mapping,
            resolver=self._resolver,
            now=self._now,
            currency=self._settings.currency,
            digits=digits_of(self._settings.currency),
            zone=self._settings.zone,
            rates=self._settings.rates is not None,
            again=self._again,
        )
        if self._settings.rates is not None:
            session.db.register("rate", read_rates(self._settings.rates))
        check_stored(session, self._mapping)
        tell = _Teller(paths, self._progress)
        _check_read(self._mapping, paths)
        sources = [open_file(run, number, path, tell) for number, path in enumerate(paths)]
        if session.trace:
            sources = [without_erased(run, _compiled(run, source)) for source in sources]
        opened = [_opened(run, source) for source in sources]
        for file in opened:
            tell.say("reading", file.source)
            make_groups(run, file)
        date_lines(run)
        for group in run.of_kind(*GROUPED):
            convert(run, group)
        for file in opened:
            keep_together(run, file)
        mark_repeats(run)
        twice = rows_twice(run)
        make_messages(run)
        resolve(run)
        tell.say("writing", sources[-1])
        _write(run)
        accounts = [account(run, file) for file in opened]
        mended, settled = settle_quarantine(run, opened, [refused for _, refused in accounts])
        report = summary(run, self._mapping, tuple(one for one, _ in accounts))
        waiting = session.ledger.many_waiting()
        report = replace(
            report,
            mended=mended,
            settled=settled,
            waiting=waiting,
            older=run.older,
            refused=run.refused,
            refused_such=run.refused_such,
            twice=twice.rows,
            twice_such=twice.such,
        )
        record = _record(self._mapping, sources, report)
        if self._again:
            record = replace(record, counts={**record.counts, AGAIN: 1})
        return record, report


def _write(run: Run) -> None:
    write_orders(run)
    write_refunds(run)
    write_events(run)
    write_customers(run)
    write_products(run)
    write_words(run)
    write_first_seen(run)
    rectify_first_seen(run)
    write_versions(run)
    write_lookup(run.session)


def _check_read(mapping: Mapping, paths: Sequence[Path]) -> None:
    """Raises UserError ``ingest.no_section`` for a file that no section of the mapping reads."""
    for path in paths:
        if not mapping.sections_of(path.name):
            patterns = ", ".join(dict.fromkeys(str(section.file) for section in mapping.rows))
            raise UserError(
                "ingest.no_section",
                "no section of the mapping reads a file of this name",
                where=str(path),
                hint=f"its sections read: {patterns}",
            )


@contextmanager
def _damage(paths: Sequence[Path]) -> Iterator[None]:
    """A damaged file that is read in place is the user's, not the lake's."""
    try:
        yield
    except UserError as error:
        path = next((path for path in paths if str(path) == error.where), None)
        if path is None or error.code not in {"lake.file_broken", "lake.file_missing"}:
            raise
        raise broken(path, "its pages cannot be read") from error


def _opened(run: Run, source: Source) -> FileRows:
    """A file under the mapping; first it is looked through for what holds in all its rows."""
    first = FileRows(source, run.mapping, run.reading())
    certain: frozenset[str] = frozenset()
    query, names = first.survey_columns()
    if names:
        found = zip(names, run.fetch(query)[0], strict=True)
        certain = frozenset(name for name, held in found if held)
        first = FileRows(source, run.mapping, run.reading(certain))
    query, names = first.survey()
    clean, *holds = run.fetch(query)[0]
    file = first
    if any(holds):
        certain |= {name for name, held in zip(names, holds, strict=True) if held}
        file = FileRows(source, run.mapping, run.reading(certain))
    file.clean = bool(clean)
    if not clean:
        refused = f"refused_{source.number}"
        run.create(refused, file.kept("failing", file.failing))
        file.refused = refused
    return file


def _compiled(run: Run, source: Source) -> FileRows:
    return FileRows(source, run.mapping, run.reading())


class _Teller:
    """Calls the progress callback, if there is one."""

    def __init__(self, paths: Sequence[Path], progress: Callable[[Progress], None] | None) -> None:
        self._progress = progress
        self._total = sum(path.stat().st_size for path in paths)
        self._before = 0

    def say(self, step: str, source: Source) -> None:
        """A step begins for a file."""
        if self._progress is not None:
            self._progress(
                Progress(
                    step=step,
                    file=str(source.path),
                    bytes=self._total,
                    total_bytes=self._total,
                    rows=source.total,
                )
            )

    def read(self, path: Path, position: int, rows: int) -> None:
        """So much of a file was decoded."""
        if self._progress is not None:
            self._progress(
                Progress(
                    step="reading",
                    file=str(path),
                    bytes=self._before + position,
                    total_bytes=self._total,
                    rows=rows,
                )
            )

    def done(self, path: Path) -> None:
        """A file was decoded."""
        self._before += path.stat().st_size


def _record(mapping: Mapping, sources: Sequence[Source], report: ImportReport) -> ImportRecord:
    return ImportRecord(
        source=mapping.source,
        mapping=mapping.source,
        mapping_text=mapping.model_dump_json(by_alias=True, exclude_unset=True),
        files=tuple(
            ImportedFile(
                path=str(source.path),
                sha256=source.sha256,
                bytes=source.bytes,
                counts=_counts(file),
            )
            for source, file in zip(sources, report.files, strict=True)
        ),
        counts={
            "lines": report.lines,
            "accepted": report.accepted,
            "repeated": report.repeated,
            "left_out": sum(report.left_out.values()),
            "quarantined": sum(report.quarantined.values()),
            "mended": report.mended,
            "orders": report.orders,
            "refunds": report.refunds,
            "events": report.events,
        },
    )


def _counts(file: FileReport) -> dict[str, int]:
    return {
        "lines": file.lines,
        "accepted": file.accepted,
        "repeated": file.repeated,
        "left_out": sum(file.left_out.values()),
        "quarantined": sum(file.quarantined.values()),
        **{REASON + reason: lines for reason, lines in file.left_out.items()},
        **{REASON + reason: lines for reason, lines in file.quarantined.items()},
    }
