"""Segments that rest on shop statistics: asked at each local midnight, and within the day if need be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.sql.calendar import last_midnight, next_midnight
from stamgast.segments import stays
from stamgast.segments.asking import ask_until
from stamgast.segments.changed import asks_for_kinds, needs_midnight_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant
    from stamgast.store.database import Database
    from stamgast.store.engine import DuckEngine


class Daily:
    """Segments with shop statistics, brought from one refresh to the next.

    ``since``: since when each name is recorded; ``bounds``: the instants of the two refreshes. Late
    data changes everybody's rank: then all are asked again from its day on. So does who becomes known by
    another kind of identifier, which holds at every instant, where a name asks for kinds.
    """

    def __init__(
        self,
        database: Database,
        engine: DuckEngine,
        definitions: Definitions,
        since: Mapping[str, Instant],
        bounds: tuple[Instant, Instant],
        *,
        due_known: bool,
    ) -> None:
        """Made by ``Refresh``. ``due_known``: the table ``due`` tells when these may change too."""
        self.db = database
        self.engine = engine
        self.zone = definitions.zone
        self.since = since
        self.last, self.end = bounds
        self.due_known = due_known
        self.mixed = [name for name in since if not needs_midnight_only(definitions.segments[name])]
        """Names that may change within a day too."""
        self.by_kinds = {name for name in since if asks_for_kinds(name, definitions)}

    def bring_forward(self, progress: Callable[[int, int], None] | None) -> None:
        """Ask at each local midnight after the last refresh, or after what was said late."""
        begins = self._begins()
        self.db.run(_NOW)
        if begins is None:
            self._origin_of_record()
            start = self.last
            if not self.due_known:
                self.engine.create("day_answer", self.mixed, start)
            self._within(start, self.mixed, by_record=self.due_known)
            begins = dict.fromkeys(self.since, start)
        else:
            start = self._origin_again(begins)
        midnights = list(self._midnights(start))
        for n, at in enumerate(midnights, 1):
            self._day(at, [name for name, begin in begins.items() if begin < at])
            if progress is not None:
                progress(n, len(midnights))

    def _midnights(self, start: Instant) -> Iterable[Instant]:
        at = next_midnight(start, self.zone)
        while at <= self.end:
            yield at
            at = next_midnight(at, self.zone)

    def _origin_of_record(self) -> None:
        self.db.run(_ORIGIN, {"names": list(self.since), "s": self.last})
        self.db.run(
            "INSERT INTO now_in SELECT profile_id, name FROM origin WHERE name IN (SELECT unnest($names))",
            {"names": list(self.since)},
        )

    def _begins(self) -> dict[str, Instant] | None:
        """From when each name is asked again; None: nothing came late that matters.

        It is the midnight before what came late, and no further back than the name's record.
        """
        late = self.db.run("SELECT min(since_us) FROM touched")[0][0]
        known = self.db.run("SELECT min(since_us) FROM late")[0][0] if self.by_kinds else None
        if late is None and known is None:
            return None
        begins = {}
        for name, since in self.since.items():
            said = [at for at in (late, known if name in self.by_kinds else None) if at is not None]
            again = [last_midnight(int(at) - 1, self.zone) for at in said]
            begins[name] = max(since, min(self.last, *again)) if again else self.last
        return begins

    def _origin_again(self, begins: Mapping[str, Instant]) -> Instant:
        """Ask all where they begin; what is on record of later is rewound."""
        for at in sorted(set(begins.values())):
            names = [name for name, begin in begins.items() if begin == at]
            states = self._states(names, at)
            asked = {"names": names, "s": at}
            self.db.run(f"CREATE OR REPLACE TEMP TABLE said AS {states}", {"t": at})
            self.db.run(_ORIGIN_AGAIN, {"s": at})
            self.db.run(_REWOUND, asked)
            self.db.run("INSERT INTO now_in SELECT profile_id, name FROM said")
            self._within(at, [name for name in names if name in self.mixed])
        return min(begins.values())

    def _day(self, at: Instant, names: list[str]) -> None:
        """Who came in or went out at a midnight, then within its day."""
        if not names:
            return
        states = self._states(names, at)
        self.db.run(f"CREATE OR REPLACE TEMP TABLE said AS {states}", {"t": at})
        self.db.run(_CHANGES, {"t": at, "names": names})
        self.db.run("DELETE FROM now_in WHERE name IN (SELECT unnest($names))", {"names": names})
        self.db.run("INSERT INTO now_in SELECT profile_id, name FROM said")
        self._within(at, [name for name in names if name in self.mixed])

    def _states(self, names: list[str], at: Instant) -> str:
        """A query of the members at an instant; ``$t`` is the instant. Fills ``day_answer``."""
        self.engine.create("day_answer", names, at)
        self.db.run(
            "CREATE OR REPLACE TEMP TABLE day_wide AS "
            'SELECT *, $t::BIGINT AS t FROM day_answer WHERE "exists"',
            {"t": at},
        )
        long = stays.long_states("day_wide", names)
        return f"SELECT profile_id, name, state FROM ({long}) WHERE state IS NOT NULL AND t = $t"  # noqa: S608 - checked names

    def _within(self, start: Instant, names: list[str], *, by_record: bool = False) -> None:
        """Changes after ``start`` before the next midnight of names that do not wait for it.

        ``day_answer`` holds what they say at ``start``, maybe beside other names; ``by_record``: it is
        not there, the last refresh recorded when an answer may change.
        """
        if not names:
            return
        end = min(next_midnight(start, self.zone) - 1, self.end)
        run = self.db.run
        until = stays.least_until(names)
        due = f'SELECT profile_id, {until} AS t FROM day_answer WHERE "exists"'  # noqa: S608 - checked names
        if by_record:
            due = "SELECT profile_id, until AS t FROM due_before"
        run(
            f"CREATE OR REPLACE TEMP TABLE asking AS SELECT profile_id, t FROM ({due}) WHERE t > $start AND t <= $end "  # noqa: S608 - ours
            "UNION SELECT profile_id, t FROM news WHERE t > $start AND t <= $end",
            {"start": start, "end": end},
        )
        if asked := ask_until(self.db, self.engine, names, end, statistics_at=start):
            run(f"CREATE OR REPLACE TEMP TABLE said AS {stays.long_states('answered', names)}")
            run("INSERT INTO state_at SELECT profile_id, name, state, t FROM said")
            run(_LAST_OF_DAY)
        if end == self.end:
            self._note_due(due, next_midnight(start, self.zone), asked=asked)

    def _note_due(self, due: str, midnight: Instant, *, asked: bool) -> None:
        """When an answer may change next, before the midnight at which everybody is asked anyway."""
        if asked:
            due = f"{due} UNION ALL SELECT profile_id, until FROM ({stays.LAST_ANSWERS})"  # noqa: S608 - ours
        self.db.run(
            f"INSERT INTO due SELECT profile_id, t FROM ({due}) "  # noqa: S608 - ours
            "WHERE t > $end AND t < $midnight",
            {"end": self.end, "midnight": midnight},
        )


_NOW = "CREATE OR REPLACE TEMP TABLE now_in (profile_id BIGINT, name VARCHAR)"
_ORIGIN = """
    INSERT INTO origin
    SELECT profile_id, name, state, $s, entered, false FROM known_stay
    WHERE departed IS NULL AND list_contains($names, name)
    """
_ORIGIN_AGAIN = """
    INSERT INTO origin
    SELECT w.profile_id, w.name, w.state, $s, min(k.entered), true
    FROM said AS w LEFT JOIN known_stay AS k ON k.profile_id = w.profile_id AND k.name = w.name
        AND (k.entered IS NULL OR k.entered <= $s) AND (k.departed IS NULL OR k.departed > $s)
    GROUP BY ALL
    """
_REWOUND = """
    INSERT INTO rewound
    SELECT DISTINCT profile_id, name, $s::BIGINT FROM known_stay WHERE list_contains($names, name)
    """
_CHANGES = """
    INSERT INTO state_at
    SELECT profile_id, name, state, $t FROM said ANTI JOIN now_in USING (profile_id, name)
    UNION ALL
    SELECT profile_id, name, NULL, $t FROM now_in ANTI JOIN said USING (profile_id, name)
    WHERE list_contains($names, name)
    """
_LAST_OF_DAY = """
    CREATE OR REPLACE TEMP TABLE now_in AS
    WITH last AS (
        SELECT profile_id, name, state FROM said
        QUALIFY row_number() OVER (PARTITION BY profile_id, name ORDER BY t DESC) = 1)
    SELECT profile_id, name FROM now_in ANTI JOIN last USING (profile_id, name)
    UNION ALL SELECT profile_id, name FROM last WHERE state IS NOT NULL
    """
