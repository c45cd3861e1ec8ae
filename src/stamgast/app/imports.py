"""``shop.imports``: what was imported, and taking one import out exactly.

An import is taken out by taking it and all later imports out of the log, and telling the later ones
again, each with the mapping and at the instant it was told then. So what a later file repeated counts
as said by that file, and what it corrected counts as said for the first time. It needs the files of
the later imports: the copies that the shop keeps, the files where they lay, or those in a folder that
is named. The last import can be taken out without any file. A list of customers who get an extension
is taken out by itself: nothing that came later rests on it but later lists of the same extension.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stamgast.app.collecting import collect_settings
from stamgast.app.figures import totals
from stamgast.app.instants import instant_of
from stamgast.app.lifecycle import Lifecycle
from stamgast.app.segments import segment_counts
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.collect.decode import sha256 as digest_of
from stamgast.collect.ingest import AGAIN, Telling
from stamgast.collect.mapping import Mapping as FileMapping
from stamgast.errors import UserError
from stamgast.identity.resolve import Identity, Settled
from stamgast.store import undo as lake
from stamgast.store.books import batches, import_of, imported_files, imports_of
from stamgast.store.files import sync
from stamgast.store.trace import trace_of
from stamgast.store.writing import ImportRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.model.log import Instant
    from stamgast.store.books import BatchOnRecord, FileOnRecord
    from stamgast.store.writing import Verdict, WriteSession

EXTENSION = "extension"
"""The kind of commits that give and take extensions."""
COPIES = "imports"
"""Below ``data``: copies of imported files, each under the first digits of its SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The shop at an instant, in numbers."""

    profiles: int
    orders: int
    revenue_minor: int
    stages: Mapping[str, int]
    segments: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "profiles": self.profiles,
            "orders": self.orders,
            "revenue_minor": self.revenue_minor,
            "stages": dict(self.stages),
            "segments": dict(self.segments),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What taking an import out does, or did."""

    batch: int
    done: bool
    """False: this is what it would do."""
    as_of: Instant
    rows: Mapping[str, int]
    """Rows that the import brought, per table of the lake."""
    told_again: Mapping[int, Mapping[str, int]]
    """Later imports -> what they come to without it, by the names of their counts."""
    before: Figures | None
    after: Figures | None
    """The shop's figures; None where nobody asked for them."""
    verdicts: tuple[Verdict, ...]
    """Standing verdicts about an identifier that nobody holds then: they wait until it comes again."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "batch": self.batch,
            "done": self.done,
            "as_of": format_instant(self.as_of),
            "rows": dict(self.rows),
            "told_again": {str(one): dict(counts) for one, counts in self.told_again.items()},
            "before": None if self.before is None else self.before.as_json(),
            "after": None if self.after is None else self.after.as_json(),
            "verdicts": [one.id for one in self.verdicts],
        }


@of_one_snapshot
class Imports:
    """The imports of a shop."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def list(self) -> tuple[BatchOnRecord, ...]:
        """Every import, in order, also those that were undone; lists of extensions are imports, too."""
        return tuple(
            one for one in batches(self._core.store) if one.kind == "import" or is_list(one)
        )

    def files(self, batch: int) -> tuple[FileOnRecord, ...]:
        """The files that an import read, with what came of their lines; of one that stands."""
        return tuple(one for one in imported_files(self._core.store) if one.batch == batch)

    def undo(
        self,
        batch: int,
        *,
        confirmed: bool = False,
        as_of: Moment = None,
        files: Path | None = None,
        progress: Callable[[int, int], None] | None = None,
        figures: bool = True,
    ) -> Undone:
        """Take an import out, or (not ``confirmed``) say what that does and leave all as it is.

        Afterwards every answer, at every instant, is as if the import had never been. ``as_of``: the
        instant of the figures shown. ``files``: a folder to look for files of later imports. ``figures``:
        whether to tell the shop's figures before and after; asking for them takes most of the time.
        Raises UserError ``imports.unknown``, ``imports.undone``, ``imports.file_missing``,
        ``imports.not_kept``, ``imports.later_list`` and ``store.locked``; then nothing changed.
        """
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        later = self._later(batch)
        before = _figures(core, t) if figures else None
        with core.store.writing("undo") as session:
            plan = [_again(core, session, one, files) for one in later if not is_list(one)]
            _first_later_lists(session, batch, [one.batch for one in later if is_list(one)])
            rows = lake.rows_of(session, batch)
            gone = {batch, *(one.batch for one in plan)}
            stirred = lake.touched(session, gone)
            number = session.batch
            session.undo(batch, {})
            lake.strip(session, gone)
            told: dict[int, ImportRecord] = {}
            for done, again in enumerate(plan):
                session.continue_as(again.batch, core.store.database())
                told[again.batch] = again.tell(session, core)
                if progress is not None:
                    progress(done + 1, len(plan))
            session.continue_as(number, core.store.database())
            if lake.keep_said_again(session, batch):
                session.continue_as(number, core.store.database())
            verdicts = core.store.verdicts()
            Identity(core.kinds, verdicts).reconsider(session)
            lake.derive(session, stirred)
            session.undo(batch, told)
            held = {row[0] for row in session.db.run("SELECT identifier_id FROM lake_identifier")}
            result = Undone(
                batch=batch,
                done=confirmed,
                as_of=t,
                rows=rows,
                told_again={one: record.counts for one, record in told.items()},
                before=before,
                after=_preview(core, session, t) if figures else None,
                verdicts=tuple(
                    v for v in verdicts if v.withdrawn_at is None and not {v.a, v.b} <= held
                ),
            )
            if confirmed:
                session.commit(ImportRecord(counts={"undone": batch, "told_again": len(told)}))
        if confirmed:
            self._forget_copies(batch)
        return result

    def _forget_copies(self, batch: int) -> None:
        """Remove the copies of an undone import that no import needs that stands."""
        store = self._core.store
        standing = [one.batch for one in self.list() if one.undone_at is None]
        needed = {
            sha256 for _, files in imports_of(store, standing).values() for _, sha256 in files
        }
        for path, sha256 in import_of(store, batch)[1]:
            if sha256 not in needed:
                shutil.rmtree(_copy_of(self._core, sha256, path).parent, ignore_errors=True)

    def _later(self, batch: int) -> tuple[BatchOnRecord, ...]:
        known = {one.batch: one for one in self.list()}
        if batch not in known:
            raise UserError(
                "imports.unknown",
                f"there is no import {batch}",
                hint="`stamgast ingest list` gives the numbers",
            )
        if known[batch].undone_at is not None:
            raise UserError(
                "imports.undone",
                f"import {batch} was undone on {format_instant(known[batch].undone_at)}",
                hint="`stamgast ingest list` shows which imports stand",
            )
        later = (one for one in known.values() if one.batch > batch and one.undone_at is None)
        # what files say does not rest on lists
        return tuple(one for one in later if is_list(one) or not is_list(known[batch]))


def as_json(one: BatchOnRecord) -> dict[str, object]:
    """An import as the command line writes it."""
    return {
        "batch": one.batch,
        "list": is_list(one),
        "source": one.source,
        "mapping": one.mapping,
        "files": [*one.files],
        "imported_at": format_instant(one.ended_at),
        "undone_at": format_instant(one.undone_at),
        "counts": dict(one.counts),
    }


def is_list(one: BatchOnRecord) -> bool:
    """Whether an entry in the books is a list of customers who get an extension, or lose it."""
    return one.kind == EXTENSION and one.source.startswith("import:")


def _first_later_lists(session: WriteSession, batch: int, lists: Sequence[int]) -> None:
    """Later lists of an extension say what differs from the earlier ones: they are undone first."""
    rows = session.db.run(
        "SELECT max(batch) FROM lake_extension WHERE list_contains($lists::BIGINT[], batch) AND name IN "
        "(SELECT name FROM lake_extension WHERE batch = $batch)",
        {"lists": list(lists), "batch": batch},
    )
    if rows[0][0] is not None:
        raise UserError(
            "imports.later_list",
            f"import {rows[0][0]} came later and changed the same extension by what stood then",
            hint="undo that one first, and import its list again afterwards",
        )


# --- telling again --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """A later import, and how to tell it again."""

    batch: int
    mapping: FileMapping
    now: Instant
    paths: tuple[tuple[Path, str], ...]
    """Where each file is now, and where it lay."""
    again: bool
    """Whether it read files that were imported before as news."""

    def tell(self, session: WriteSession, core: Core) -> ImportRecord:
        settings = collect_settings(core)
        identity = _Unsettled(core.kinds_for(settings.country))
        session.called = {str(path): named for path, named in self.paths}
        record, _ = Telling(self.mapping, settings, identity, now=self.now, again=self.again).to(
            session, [path for path, _ in self.paths]
        )
        return record


class _Unsettled(Identity):
    """Rules of identity that leave persons alone: they are folded once, at the end."""

    def settle(self, session: WriteSession) -> Settled:  # noqa: ARG002 - as its elder's
        return Settled()


def _again(core: Core, session: WriteSession, one: BatchOnRecord, files: Path | None) -> _Again:
    text, read = import_of(core.store, one.batch)
    if text is None:
        raise UserError(
            "imports.not_kept",
            f"import {one.batch} came later and its mapping was not kept, so it cannot be told again",
            hint="undo that one first, and import it again afterwards",
        )
    found = [(_found(core, one.batch, path, sha256, files), path) for path, sha256 in read]
    return _Again(
        batch=one.batch,
        mapping=FileMapping.model_validate_json(text),
        now=lake.received_at(session, one.batch) or one.started_at,
        paths=tuple(found),
        again=bool(one.counts.get(AGAIN)),
    )


def _found(core: Core, batch: int, path: str, sha256: str, files: Path | None) -> Path:
    named = Path(path)
    places = [_copy_of(core, sha256, path), named]
    if files is not None:
        places += [files / named.name, *sorted(files.rglob(named.name))]
    for place in places:
        if place.is_file() and digest_of(place) == sha256:
            return place
    raise UserError(
        "imports.file_missing",
        f"import {batch} came later and must be told again, but its file is not there, or was changed",
        where=path,
        hint="put it back, or name a folder that has it with --files; or undo that import first",
    )


def _copy_of(core: Core, sha256: str, path: str) -> Path:
    return core.store.data / COPIES / sha256[:32] / PurePath(path).name


def keep_copies(core: Core, batch: int) -> None:
    """Keep a copy of each file of an import, unless the setting says not to.

    None is kept once somebody was erased: a file may name them in words that a hash does not know.
    The import stands also when there is no room for them.
    """
    if core.settings.keep_imports != "yes" or trace_of(core.store.catalogue):
        return
    with suppress(OSError):
        for path, sha256 in import_of(core.store, batch)[1]:
            target = _copy_of(core, sha256, path)
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.{os.getpid()}.part")
            shutil.copyfile(path, part)
            sync(part)
            part.replace(target)
            sync(target.parent)


# --- the effect -----------------------------------------------------------------------------------


def _figures(core: Core, t: Instant) -> Figures:
    shop, stages = totals(core, t), Lifecycle(core).counts_at([t])[0]
    return Figures(
        profiles=sum(stages.stages.values()),
        orders=shop.orders,
        revenue_minor=shop.revenue,
        stages=dict(stages.stages),
        segments=segment_counts(core, t),
    )


def _preview(core: Core, session: WriteSession, t: Instant) -> Figures:
    """The figures as they would be after a commit."""
    with core.reading_files(session.as_files()) as reader:
        return _figures(core.on(reader), t)
