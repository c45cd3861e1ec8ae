"""Names whose answers change at instants of each profile's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.segments import stays
from stamgast.segments.asking import ask_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.model.log import Instant
    from stamgast.store.database import Database
    from stamgast.store.engine import DuckEngine


class Timely:
    """Stages and segments without shop statistics, brought from one refresh to the next.

    Within a day also those that rest on them: ``statistics_at`` is the instant whose are in force.

    ``since``: since when each name is recorded; ``bounds``: the instants of the two refreshes. Reads
    the tables ``news``, ``late``, ``due`` and ``known_stay``; adds to ``origin``, ``state_at``, ``rewound``
    and ``due``.
    """

    def __init__(
        self,
        database: Database,
        engine: DuckEngine,
        since: Mapping[str, Instant],
        bounds: tuple[Instant, Instant],
        *,
        statistics_at: Instant | None = None,
    ) -> None:
        """Made by ``Refresh``."""
        self.statistics_at = statistics_at
        self.db = database
        self.engine = engine
        self.since = since
        self.start, self.end = bounds

    def bring_forward(self) -> None:
        """Ask each profile at every instant at which an answer may have changed."""
        run, names = self.db.run, list(self.since)
        earliest = min(self.since.values())
        some_late = bool(run("SELECT 1 FROM late LIMIT 1"))
        come_from = earliest if some_late else self.start
        run(_FIRST_ASKS, {"come_from": come_from, "start": self.start, "end": self.end})
        if some_late:
            run(_FIRST_ASKS_AGAIN, {"since": sorted(set(self.since.values()))})
        asked = ask_until(self.db, self.engine, names, self.end, statistics_at=self.statistics_at)
        run(
            "CREATE OR REPLACE TEMP TABLE since_of AS "
            "SELECT unnest($names) AS name, unnest($since)::BIGINT AS s",
            {"names": names, "since": [self.since[name] for name in names]},
        )
        # also of those who are not there any more, and so are not asked
        run("INSERT INTO rewound SELECT profile_id, name, s FROM late CROSS JOIN since_of")
        if asked:
            self._record(names)

    def _record(self, names: list[str]) -> None:
        run = self.db.run
        run(f"CREATE OR REPLACE TEMP TABLE said AS {stays.long_states('answered', names)}")
        run(_ORIGIN_OF_RECORD, {"names": names, "start": self.start})
        run(_ORIGIN_AGAIN)
        run(_STATES)
        run("DELETE FROM due WHERE profile_id IN (SELECT profile_id FROM answered)")
        run(
            f"INSERT INTO due SELECT profile_id, until FROM ({stays.LAST_ANSWERS}) "  # noqa: S608 - ours
            "WHERE until IS NOT NULL"
        )


_FIRST_ASKS = """
    CREATE OR REPLACE TEMP TABLE asking AS
    SELECT profile_id, t FROM news
    WHERE t > $start OR (t > $come_from AND profile_id IN (SELECT profile_id FROM late))
    UNION
    SELECT profile_id, until FROM due WHERE until <= $end AND until > $start
    """
_FIRST_ASKS_AGAIN = """
    INSERT INTO asking
    SELECT l.profile_id, s.s FROM late AS l CROSS JOIN (SELECT unnest($since) AS s) AS s
    JOIN presence AS p USING (profile_id) WHERE p.first_at <= s.s
        AND (l.profile_id, s.s) NOT IN (SELECT (profile_id, t) FROM asking)
    """
_ORIGIN_OF_RECORD = """
    INSERT INTO origin
    SELECT profile_id, name, state, $start, entered, false FROM known_stay
    WHERE departed IS NULL AND list_contains($names, name)
        AND profile_id IN (SELECT profile_id FROM answered)
        AND profile_id NOT IN (SELECT profile_id FROM late)
    """
_ORIGIN_AGAIN = """
    INSERT INTO origin
    SELECT w.profile_id, w.name, w.state, w.t, min(k.entered), true
    FROM said AS w
    JOIN since_of AS s ON s.name = w.name AND s.s = w.t
    JOIN late AS l ON l.profile_id = w.profile_id
    LEFT JOIN known_stay AS k ON k.profile_id = w.profile_id AND k.name = w.name
        AND k.state = w.state AND (k.entered IS NULL OR k.entered <= w.t)
        AND (k.departed IS NULL OR k.departed > w.t)
    WHERE w.state IS NOT NULL GROUP BY ALL
    """
_STATES = """
    INSERT INTO state_at
    SELECT w.profile_id, w.name, w.state, w.t
    FROM said AS w JOIN since_of AS s ON s.name = w.name
    WHERE w.t > s.s OR (w.profile_id NOT IN (SELECT profile_id FROM late))
    """
