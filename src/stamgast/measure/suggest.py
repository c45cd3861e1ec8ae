"""Times for the lifecycle, read off the shop's own gaps between purchase days."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from stamgast.language.sql.calendar import local_day
from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, split
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

POINTS: Mapping[str, int] = {
    "lifecycle_new": 50,
    "lifecycle_promising": 70,
    "lifecycle_active": 80,
    "lifecycle_lost": 95,
}
"""The parameters of the lifecycle, and at which percentage of the gaps each is put."""
RIPE_US = 365 * DAY_US
WEEK = 7
FEW = 50
"""Fewer gaps than this say little."""

_GAPS = """
    CREATE OR REPLACE TEMP TABLE insight_gap AS
    WITH day AS (
        SELECT DISTINCT o.profile_id, g.part, o.day
        FROM insight_order AS o JOIN insight_group AS g USING (profile_id)
    )
    SELECT profile_id, part, day AS begun,
        lead(day) OVER (PARTITION BY profile_id ORDER BY day) - day AS days
    FROM day QUALIFY days IS NOT NULL
    """
_COUNTED = """
    WITH own AS (
        SELECT part, days, count(*) OVER (PARTITION BY profile_id) AS of_person
        FROM insight_gap WHERE $every OR begun <= $last)
    SELECT part, days, of_person, count(*) FROM own GROUP BY ALL
    """
_MOVES = """
    SELECT a.stage AS before, b.stage AS after, count(*), coalesce(sum(w.revenue), 0)::BIGINT
    FROM suggest_now AS a JOIN suggest_then AS b USING (profile_id)
    JOIN insight_group AS g USING (profile_id)
    LEFT JOIN worth AS w USING (profile_id)
    WHERE a."exists" AND a.stage <> b.stage
    GROUP BY ALL
    """


class Gaps:
    """Gaps of some people: (days, how many gaps the person has, how many such gaps)."""

    def __init__(self, found: Iterable[tuple[int, int, int]]) -> None:
        """Counted by value, so that their number does not matter."""
        self.counted = sorted(found)
        self.number = sum(n for _, _, n in self.counted)
        self.persons = sum((Fraction(n, k) for _, k, n in self.counted), Fraction(0))

    def point(self, percent: int, *, by_person: bool) -> int | None:
        """Nearest rank: the least gap in days with at least so many percent at or below it.

        By gap every gap counts as one; by person the gaps of one person count as one together, each
        the same part of it. Exact.
        """
        total = self.persons if by_person else Fraction(self.number)
        below = Fraction(0)
        for days, k, n in self.counted:
            below += Fraction(n, k) if by_person else n
            # all of one value are at or below it, whoever they are of
            if below * 100 >= percent * total:
                return days
        return None


def find_gaps(
    database: Database, t: Instant, zone: str, *, every: bool
) -> tuple[dict[str, Gaps], bool]:
    """Per part its gaps, and whether they are all, not only those that began 365 days before ``t``.

    Without any such gap they are all too.

    A gap begins on a purchase day of the shop's calendar. Reads ``insight_order`` and
    ``insight_group``.
    """
    database.run(_GAPS)
    last = local_day(t - RIPE_US, zone)
    rows = database.run(_COUNTED, {"every": every, "last": last})
    if not rows:
        every = True
        rows = database.run(_COUNTED, {"every": every, "last": last})
    parts: dict[str, list[tuple[int, int, int]]] = {}
    for part, days, k, n in rows:
        parts.setdefault(part, []).append((int(days), int(k), int(n)))
    return {part: Gaps(found) for part, found in sorted(parts.items())}, every


def weeks(days: int | None) -> int | None:
    """Days, up to whole weeks."""
    return None if days is None else -(-days // WEEK) * WEEK


def suggested(gaps: Gaps | None, *, by_person: bool) -> dict[str, int | None]:
    """Per parameter the days, in whole weeks."""
    if gaps is None:
        return dict.fromkeys(POINTS)
    return {
        name: weeks(gaps.point(percent, by_person=by_person)) for name, percent in POINTS.items()
    }


def suggest(
    t: Instant,
    gaps: Mapping[str, Gaps],
    now: Mapping[str, int],
    groups: Groups,
    notes: tuple[Note, ...],
) -> Insight:
    """The points of the gaps beside the times in force (``now``: days per parameter)."""
    rows: list[tuple[Cell, ...]] = []
    for part, found in gaps.items():
        for name, percent in POINTS.items():
            by_gap = found.point(percent, by_person=False)
            by_person = found.point(percent, by_person=True)
            points = (by_gap, weeks(by_gap), by_person, weeks(by_person))
            rows.append((part, name, percent / 100, now.get(name), *points))
    head = columns(
        parameter="text",
        point="share",
        now_days="count",
        by_gap_days="count",
        by_gap="count",
        by_person_days="count",
        by_person="count",
    )
    shown, cells = split(groups.split_by, head, rows)
    number = sum(found.number for found in gaps.values())
    few = (Note(key="suggest_few", facts={"n": Fact(kind="count", value=number)}),)
    persons = sum((found.persons for found in gaps.values()), Fraction(0))
    return Insight(
        name="suggest",
        as_of=t,
        columns=shown,
        rows=cells,
        facts={
            "gaps": Fact(kind="count", value=number),
            "persons": Fact(kind="count", value=int(persons)),
            **groups.facts,
        },
        notes=(*notes, *(few if number < FEW else ())),
        drawing=Drawing(form="bars", names=("parameter",), value="by_gap"),
    )


def moves(
    database: Database, t: Instant, weighted: Sequence[str], stages: Sequence[str]
) -> Insight:
    """Who would be in another stage; reads ``suggest_now`` and, per weighting, ``suggest_<weighting>``."""
    place = {stage: n for n, stage in enumerate(stages)}
    rows: list[tuple[Cell, ...]] = []
    for weighting in weighted:
        text = _MOVES.replace("suggest_then", f"suggest_{weighting}")
        found = database.run(text)
        found.sort(key=lambda row: (place[row[0]], place[row[1]]))
        rows += [(weighting, *row) for row in found]
    return Insight(
        name="suggest_moves",
        as_of=t,
        columns=columns(
            weighting="word",
            before="stage",
            after="stage",
            customers="count",
            revenue_minor="money",
        ),
        rows=tuple(rows),
        drawing=Drawing(form="bars", names=("weighting", "before", "after"), value="customers"),
    )
