"""``shop.lifecycle.thresholds``: other times and numbers for the stages, with what they would change first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

from stamgast.app.core import STAGE
from stamgast.app.definition_text import entry_text, with_entry
from stamgast.app.figures import YEAR_REVENUE
from stamgast.app.instants import instant_of
from stamgast.app.labels import out_of_reports
from stamgast.app.saved import replace_file
from stamgast.app.saved_times import SavedTimes, keep_times, times_version, times_versions
from stamgast.app.snapshot import of_one_snapshot
from stamgast.app.suggesting import Times
from stamgast.errors import UserError
from stamgast.language.reader import SourceFile, read_definitions
from stamgast.measure.suggest import POINTS
from stamgast.report.model import Flow
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant

OWN = "definitions/own.yaml"
"""Where a time goes that no file of the shop's own says yet: the file that every shop begins with."""
PARAMETERS = "parameters"
NUMBERS = ("promising_from", "loyal_from")
"""Numbers of purchases; the others are times."""
LONGEST_DAYS = 3_650
MOST_PURCHASES = 100
_VALUE = re.compile(r"^(\s*[\w\"']+\s*:\s*)([^#\n]*?)(\s*(?:#.*)?)$", re.MULTILINE)
_MOVES = f"""
    SELECT a.stage, b.stage, count(*), coalesce(sum(w."{YEAR_REVENUE.name}"), 0)::BIGINT
    FROM threshold_now AS a JOIN threshold_then AS b USING (profile_id)
    LEFT JOIN threshold_worth AS w USING (profile_id)
    WHERE a."exists" AND a.stage <> b.stage AND NOT list_contains($out::BIGINT[], a.profile_id)
    GROUP BY ALL ORDER BY 3 DESC, 1, 2
    """  # noqa: S608 - a constant of ours
_COUNTS = """
    SELECT stage, count(*) FROM threshold_then
    WHERE "exists" AND NOT list_contains($out::BIGINT[], profile_id) GROUP BY stage
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdPlan:
    """What other times and numbers would change, and the files that would say them."""

    as_of: Instant
    before: Mapping[str, int]
    """Parameter -> days, or purchases, as they are."""
    after: Mapping[str, int]
    stages: Mapping[str, tuple[int, int]]
    """Stage -> how many are in it, and how many would be."""
    moves: tuple[Flow, ...]
    """Who would be in another stage, the largest group first; with their revenue of 365 days."""
    files: Mapping[str, tuple[str, str]]
    """Definition file -> its text as it is, and as it would be."""
    entries: Mapping[str, tuple[str | None, str | None]]
    """Parameter -> its lines as they are, and as they would be; None: no file of the shop's own says it."""

    @property
    def mark(self) -> str:
        """Tells whether two plans write the same over the same."""
        return sha256(repr(sorted(self.files.items())).encode()).hexdigest()

    @property
    def changed(self) -> Mapping[str, tuple[int, int]]:
        """Parameter -> before and after, of those that differ."""
        return {
            name: (self.before[name], value)
            for name, value in self.after.items()
            if self.before[name] != value
        }

    def as_json(self) -> dict[str, object]:
        """As the command line writes such things."""
        return {
            "before": dict(self.before),
            "after": dict(self.after),
            "stages": {name: {"now": a, "then": b} for name, (a, b) in self.stages.items()},
            "moves": [
                {
                    "before": one.before,
                    "after": one.after,
                    "customers": one.count,
                    "revenue_minor": one.revenue,
                }
                for one in self.moves
            ],
        }


@of_one_snapshot
class Thresholds:
    """The times and numbers of the stages: ``now``, ``plan``, ``save``, ``versions``, ``undo``."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def now(self) -> Mapping[str, int]:
        """Parameter -> days, or purchases, of those that the shop's lifecycle uses."""
        written = self._core.definitions.parameters
        numbers = {
            name: int(value)
            for name in NUMBERS
            if isinstance(value := written.get(name), int) and not isinstance(value, bool)
        }
        return {**Times(self._core).now, **numbers}

    def plan(self, wanted: Mapping[str, int], *, as_of: Moment = None) -> ThresholdPlan:
        """What these would change, without who is left out of reports. Nothing is written.

        Raises UserError ``threshold.unknown``, ``threshold.value``, ``definitions.layout``, and
        ``InvalidDefinitions`` with every issue of all files together.
        """
        before = self.now()
        _check(wanted, before)
        changed = {name: n for name, n in wanted.items() if n != before[name]}
        return self._planned({name: self._entry(name, n) for name, n in changed.items()}, as_of)

    def undo(self, number: int, *, as_of: Moment = None) -> ThresholdPlan:
        """What it changes to put back what version ``number`` replaced; to be saved like any other.

        Raises UserError ``definitions.version`` when there is no such version.
        """
        found = times_version(self._core.folder, number)
        return self._planned({name: a for name, (a, _) in found.entries.items()}, as_of)

    def versions(self) -> tuple[SavedTimes, ...]:
        """What was saved, the latest first."""
        return times_versions(self._core.folder)

    def _planned(self, entries: Mapping[str, str | None], as_of: Moment) -> ThresholdPlan:
        """``entries``: the lines that are to stand there; None: none."""
        core, before = self._core, self.now()
        files = self._files(entries)
        then = self._read(files)
        after = Thresholds(core.on(core.reader, then)).now()
        t = instant_of(as_of, core.clock, core.settings.zone)
        core.engine.create("threshold_now", [STAGE], t)
        core.engine_for(then).create("threshold_then", [STAGE], t)
        worth = core.with_traits([YEAR_REVENUE]).answers([YEAR_REVENUE.name], t)
        core.reader.db.register("threshold_worth", worth)
        out = {"out": sorted(out_of_reports(core, t))}
        moves = tuple(
            Flow(before=a, after=b, count=int(n), revenue=int(revenue))
            for a, b, n, revenue in core.reader.db.run(_MOVES, out)
        )
        counts = {
            name: dict(core.reader.db.run(_COUNTS.replace("threshold_then", table), out))
            for name, table in (("now", "threshold_now"), ("then", "threshold_then"))
        }
        return ThresholdPlan(
            as_of=t,
            before=before,
            after=after,
            stages={
                stage: (int(counts["now"].get(stage, 0)), int(counts["then"].get(stage, 0)))
                for stage in core.definitions.lifecycle.labels
            },
            moves=moves,
            files=files,
            entries={name: (self._held(name), entry) for name, entry in entries.items()},
        )

    def save(self, plan: ThresholdPlan, by: str = "") -> SavedTimes | None:
        """Write them into the shop's definition files, whose comments stay, and keep what they replace.

        None: nothing changes.

        Raises UserError ``definitions.changed`` when a file is another one by now; then nothing is
        written.
        """
        folder = self._core.folder
        for name, (text, _) in plan.files.items():
            path = folder / name
            if (path.read_text(encoding="utf-8") if path.is_file() else "") != text:
                raise UserError(
                    "definitions.changed",
                    "the definitions were changed meanwhile",
                    where=name,
                    hint="look at what would change once more, and save again",
                )
        for name, (_, text) in plan.files.items():
            replace_file(folder / name, text)
        if not plan.files:
            return None
        made = SavedTimes(
            at=self._core.clock.now(), by=by, changed=dict(plan.changed), entries=dict(plan.entries)
        )
        return keep_times(folder, made)

    def _file(self, name: str) -> str:
        """The file that says it, or that it goes to."""
        known = self._core.definition_files
        return next((file for file, text in known.items() if _said(text, name)), OWN)

    def _held(self, name: str) -> str | None:
        """Its lines as they are; None: no file of the shop's own says it."""
        text = self._core.definition_files.get(self._file(name), "")
        return entry_text(text, PARAMETERS, name) if text else None

    def _entry(self, name: str, number: int) -> str:
        """Its lines with another number."""
        value = str(number) if name in NUMBERS else f"{number}d"
        held = self._held(name)
        return f"{name}: {value}\n" if held is None else _VALUE.sub(rf"\g<1>{value}\3", held)

    def _files(self, entries: Mapping[str, str | None]) -> Mapping[str, tuple[str, str]]:
        """The files that change, as they are and as they would be."""
        known = self._core.definition_files
        changed: dict[str, str] = {}
        for name, entry in entries.items():
            file = self._file(name)
            text = changed.get(file, known.get(file, ""))
            changed[file] = with_entry(text or "version: 1\n", PARAMETERS, name, entry)
        held = {file: (known.get(file, ""), text) for file, text in changed.items()}
        return {file: pair for file, pair in held.items() if pair[0] != pair[1]}

    def _read(self, files: Mapping[str, tuple[str, str]]) -> Definitions:
        """All definitions with these files in their place."""
        own = {**self._core.definition_files, **{name: text for name, (_, text) in files.items()}}
        sources = (SourceFile(name=name, text=text, shipped=False) for name, text in own.items())
        settings = self._core.language_settings
        return read_definitions([*shipped_files(), *sources], settings=settings)


def _said(text: str, name: str) -> bool:
    return re.search(rf"^\s+{name}\s*:", text, re.MULTILINE) is not None and (
        entry_text(text, PARAMETERS, name) is not None
    )


def _check(wanted: Mapping[str, int], known: Mapping[str, int]) -> None:
    for name, number in wanted.items():
        if name not in known:
            raise UserError(
                "threshold.unknown",
                f"the lifecycle of this shop does not use {name!r}",
                hint=f"it uses {', '.join(known)}",
            )
        most = MOST_PURCHASES if name in NUMBERS else LONGEST_DAYS
        if not 1 <= number <= most:
            raise UserError(
                "threshold.value",
                f"{number} is not between 1 and {most}",
                hint="give a whole number of days, or of purchases",
            )
    _ascending({**known, **wanted})


def _ascending(numbers: Mapping[str, int]) -> None:
    """Later thresholds are not smaller; times that the lifecycle does not use do not count."""
    for order in (tuple(POINTS), NUMBERS):
        found = [(name, numbers[name]) for name in order if name in numbers]
        for (name, least), (later, number) in pairwise(found):
            if number < least:
                raise UserError(
                    "threshold.order",
                    f"{later!r} is {number}, and {name!r} before it {least}",
                    hint="each following one must be at least the one before it",
                )
