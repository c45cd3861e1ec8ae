"""Refresh: what everybody is at an instant, recorded as stays with the exact instants between.

The record is a function of the log, the definitions, the instant of the first refresh and that of
this one; how often it was refreshed in between makes no difference. A refresh asks a profile at
every instant since the last one at which an answer may have changed: where a row of it comes or
goes, where an answer's own ``valid_until`` passes, and at each local midnight for what rests on shop
statistics. Profiles of which something old was said since are asked again from the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stamgast.clock import format_instant
from stamgast.errors import UserError
from stamgast.language.sql.calendar import last_midnight, next_midnight
from stamgast.language.sql.statistics import statistics_of
from stamgast.language.sql.terms import NEVER
from stamgast.model.log import DAY_US
from stamgast.segments import stays
from stamgast.segments.changed import STAGE, needs_midnight_only
from stamgast.segments.daily import Daily
from stamgast.segments.timely import Timely
from stamgast.store import standings
from stamgast.store.lake import LAKE
from stamgast.store.writing import ImportRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant
    from stamgast.store.books import RefreshOnRecord
    from stamgast.store.engine import DuckEngine
    from stamgast.store.reading import Reader
    from stamgast.store.writing import WriteSession

MOST_DAYS_ON = 40
"""So many midnights after a refresh it is still looked up who stayed in a ranked segment."""
OF_IDENTITY = frozenset({"person", "merge", "mark", "identifier"})
"""Tables whose rows may make profiles one."""
SINCE = "since:"
"""In a refresh's counts: ``since:<name>``, the instant since which a name is recorded."""
RANKED_DUE = "due:ranked"
"""In a refresh's counts: the table ``due`` tells also when segments on shop statistics may change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh found."""

    as_of: Instant
    previous: Instant | None
    """The instant of the refresh before; None: this is the first."""
    entered: int
    """Stays that began since; of the first refresh all that were found."""
    left: int
    """Stays that ended."""
    again: int
    """Profiles that were asked again from the start: something old was said of them."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "as_of": format_instant(self.as_of),
            "previous": format_instant(self.previous),
            "entered": self.entered,
            "left": self.left,
            "again": self.again,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a refresh is about.

    ``reader`` and ``engine`` see the data as the session found it. ``changed``: the names whose
    meaning is not that of the last refresh. ``last`` None: it is the first, or begins anew.
    """

    reader: Reader
    engine: DuckEngine
    definitions: Definitions
    changed: frozenset[str]
    last: RefreshOnRecord | None
    meaning: str
    """What the shop's figures rest on beside the data (``Core.meaning``)."""
    t: Instant


class Refresh:
    """One refresh, under the writer lock."""

    def __init__(
        self, question: Question, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """``progress``: is told how many of how many midnights are done."""
        self.asked = question
        self.progress = progress
        self.run = question.reader.db.run
        self.needs = statistics_of(question.definitions.segments, question.definitions)
        self.kept: Mapping[str, Any] | None = None
        """Shop statistics that the last refresh kept and that are so still."""
        recorded = {} if question.last is None else question.last.counts
        names = (STAGE, *question.definitions.segments)
        self.fresh = [
            name for name in names if name in question.changed or SINCE + name not in recorded
        ]
        self.since = {
            name: question.t if name in self.fresh else int(recorded[SINCE + name])
            for name in names
        }

    def write(self, session: WriteSession, applied: Mapping[str, str]) -> Refreshed:
        """Ask, write and commit. Raises UserError ``refresh.backwards``; then nothing happened."""
        last, t = self.asked.last, self.asked.t
        if last is not None and t < last.at:
            raise UserError(
                "refresh.backwards",
                "the last refresh recorded a later instant than this",
                hint="questions about the past need no refresh: use --as-of on the question; "
                "`refresh --anew` forgets what was recorded and begins again",
            )
        self._tables()
        if last is None:  # what refreshes before recorded is to be forgotten
            self.asked.engine.forget_known()
            self.run(stays.known_stays("(SELECT * FROM membership WHERE false)"))
            for table in ("due", "due_before"):
                self.run(f"DELETE FROM {table}")  # noqa: S608 - our own names
        again = self._known(last, self.since) if last is not None else 0
        self.run(stays.STAYS)
        self.run(f"CREATE OR REPLACE TEMP TABLE delta_stay AS {stays.DELTA}")
        self._fresh()
        entered, left = self._counted()
        # also where nobody is asked again: what is of nobody moves the shop's own figures
        rewound = bool(self.run("SELECT 1 FROM rewound LIMIT 1"))
        self._save(session, whole=rewound or last is None)
        session.record_applied(applied)
        counts = {"entered": entered, "left": left, "again": again}
        since = {SINCE + name: at for name, at in self.since.items()}
        session.commit(
            ImportRecord(
                refreshed_at=t,
                counts=counts | since | {RANKED_DUE: 1},
                statistics=self._keep_statistics(session),
            )
        )
        previous = None if last is None else last.at
        return Refreshed(as_of=t, previous=previous, entered=entered, left=left, again=again)

    def unbroken(self, name: str) -> str:
        """A query of the stays on record (``profile_id``, ``entered``, ``name``) that last at ``t``.

        ``t`` is later than the last refresh; nothing is written. Of a name that is not on record, or
        that is asked too many midnights later, nobody's.
        """
        last = self.asked.last
        if last is None or name in self.fresh or self._too_far(name, last.at):
            return stays.NOBODY
        self._tables()
        self._known(last, {name: self.since[name]}, everybody=True)
        self.run(stays.STAYS)
        return stays.UNBROKEN

    def _too_far(self, name: str, last: Instant) -> bool:
        return self._is_daily(name) and self.asked.t - last > MOST_DAYS_ON * DAY_US

    # --- the steps --------------------------------------------------------------------------------

    def _tables(self) -> None:
        for table in stays.WORKING_TABLES:
            self.run(table)

    def _known(
        self, last: RefreshOnRecord, names: Mapping[str, Instant], *, everybody: bool = False
    ) -> int:
        """Bring those of the names that are on record forward; returns how many profiles were asked again.

        ``everybody``: the stays of all are wanted, not only of those who are asked.
        """
        since = {name: at for name, at in names.items() if name not in self.fresh}
        if not since:
            self.run(stays.known_stays("membership"))
            return 0
        again, touched = self._late(last, min(since.values()))
        timely = {name: at for name, at in since.items() if not self._is_daily(name)}
        daily = {name: at for name, at in since.items() if self._is_daily(name)}
        bounds = (last.at, self.asked.t)
        db, engine = self.asked.reader.db, self.asked.engine
        if not touched:
            self._know_statistics(last)
        due_known = RANKED_DUE in last.counts  # else anybody may be asked in the course of the day
        everybody = bool(
            everybody
            or touched
            or self.fresh
            or self._has_midnight(bounds)
            or (daily and not due_known)
        )
        with engine.about(stays.WITH_NEWS.format(end=self.asked.t)):
            self.run(stays.known_stays("membership" if everybody else engine.membership))
            if not everybody:  # nobody's rank changes: what rests on them is as the rest
                Timely(
                    db, engine, timely | self._mixed(daily), bounds, statistics_at=last.at
                ).bring_forward()
                return again
            if timely:
                Timely(db, engine, timely, bounds).bring_forward()
            if daily:
                Daily(
                    db, engine, self.asked.definitions, daily, bounds, due_known=due_known
                ).bring_forward(self.progress)
        return again

    def _know_statistics(self, last: RefreshOnRecord) -> None:
        """What the last refresh kept still is so: nothing was said of the time before it."""
        if last.statistics and last.statistics.get("meaning") == self.asked.meaning:
            found = standings.kept(self.asked.reader.db, self.needs, last.statistics)
            self.asked.engine.know(last.statistics["midnight"], found)
            self.kept = last.statistics

    def _keep_statistics(self, session: WriteSession) -> Mapping[str, Any] | None:
        """The shop statistics of this refresh, for the next one of the day."""
        t, zone = self.asked.t, self.asked.definitions.zone
        midnight = last_midnight(t, zone)
        if self.kept is not None and self.kept["midnight"] == midnight:
            return self.kept
        known = self.asked.engine.known(t, self.needs) if self.needs.found else None
        if known is not None:
            kept = standings.keep(session, self.asked.reader.db, self.needs, known, midnight)
            return None if kept is None else {**kept, "meaning": self.asked.meaning}
        session.drop(file.path for file in session.files if file.table == "standing")
        return None

    def _mixed(self, daily: Mapping[str, Instant]) -> dict[str, Instant]:
        """Those that may change between midnights too."""
        segments = self.asked.definitions.segments
        return {name: at for name, at in daily.items() if not needs_midnight_only(segments[name])}

    def _has_midnight(self, bounds: tuple[Instant, Instant]) -> bool:
        last, end = bounds
        return next_midnight(last, self.asked.definitions.zone) <= end

    def _late(self, last: RefreshOnRecord, start: Instant) -> tuple[int, bool]:
        """The tables ``touched``, ``late`` and ``news``; how many are asked again, whether anything is."""
        told = {file.table for file in self.asked.reader.files if file.batch > last.batch}
        self._late_lines(last, told)
        self._run(stays.touched(told), batch=last.batch, at=last.at, start=start)
        self.run(stays.LATE)
        if "identifier" in told:
            self.run(stays.LATE_KINDS, {"batch": last.batch, "start": start})
        again = int(self.run("SELECT count(*) FROM late")[0][0])
        if again:
            self.run(stays.FORGET_LATE)
        if told & OF_IDENTITY:
            self.run(stays.FORGET_JOINED)
        touched = bool(self.run("SELECT 1 FROM touched LIMIT 1")) or again > 0
        since = start if touched else last.at
        files = self.asked.reader.files
        lately = {
            file.table for file in files if file.max_instant is None or file.max_instant > since
        }
        self._run(stays.news(lately), start=since, end=self.asked.t)
        return again, touched

    def _run(self, text: str, **values: object) -> None:
        """Run a statement with those of the values that it names."""
        self.run(text, {name: value for name, value in values.items() if f"${name}" in text})

    def _late_lines(self, last: RefreshOnRecord, told: Collection[str]) -> None:
        """The table ``late_line``: whose lines mean something else by what feeds said since."""
        if "product" in told:
            self.run(stays.LATE_LINES, {"batch": last.batch, "at": last.at})
        else:
            self.run(stays.NO_LATE_LINES)

    def _is_daily(self, name: str) -> bool:
        return name != STAGE and self.asked.definitions.segments[name].uses_statistics

    def _fresh(self) -> None:
        """Names that are new, or mean something else: who is in them now.

        Of a new name nobody knows since when; of one that changed those who come in do so now.
        """
        if not self.fresh:
            return
        t = self.asked.t
        self.asked.engine.create("fresh_answer", self.fresh, t)
        self.run(
            'CREATE OR REPLACE TEMP TABLE fresh_wide AS SELECT * FROM fresh_answer WHERE "exists"'
        )
        self.run("ALTER TABLE fresh_wide ADD COLUMN t BIGINT")
        wide = stays.long_states("fresh_wide", self.fresh)
        self.run(stays.fresh(wide), {"t": t, "changed": sorted(self.asked.changed)})
        midnight = next_midnight(t, self.asked.definitions.zone)
        for daily, end in ((False, NEVER), (True, midnight)):
            if names := [name for name in self.fresh if self._is_daily(name) == daily]:
                until = stays.least_until(names)
                self.run(
                    f"INSERT INTO due SELECT profile_id, {until} FROM fresh_answer WHERE {until} < $end",  # noqa: S608 - checked names
                    {"end": end},
                )

    def _counted(self) -> tuple[int, int]:
        row = self.run(
            "SELECT count(*) FILTER (new), count(*) FILTER (departed IS NOT NULL) FROM ("
            "SELECT d.departed, NOT EXISTS (SELECT 1 FROM known_stay AS k "
            "WHERE k.profile_id = d.profile_id AND k.segment = d.segment "
            "AND k.entered IS NOT DISTINCT FROM d.entered) AS new FROM delta_stay AS d)"
        )[0]
        return int(row[0]), int(row[1])

    def _save(self, session: WriteSession, *, whole: bool) -> None:
        database = self.asked.reader.db
        rows = database.arrow(stays.WHOLE if whole else "SELECT * FROM delta_stay")
        session.db.register("stay_to_save", rows)
        select = (
            "SELECT profile_id, segment, make_timestamptz(entered) AS entered_at, "
            "make_timestamptz(departed) AS left_at FROM stay_to_save"
        )
        save = session.replace if whole else session.write
        save("membership", select, order_by=LAKE["membership"].order)
        due = database.arrow(stays.DUE, {"t": self.asked.t})
        session.db.register("due_to_save", due)
        session.replace(
            "due",
            "SELECT profile_id, make_timestamptz(until) AS valid_until FROM due_to_save",
            order_by=LAKE["due"].order,
        )
