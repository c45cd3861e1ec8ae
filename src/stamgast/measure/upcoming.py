# ruff: noqa: S608 - the text is made of names of definitions, which are checked, and our own; values are parameters
"""Who enters and leaves by themselves, and when: as if nothing more were said after an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.measure.groups import STAGE, TABLE
from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, split
from stamgast.model.log import DAY_US
from stamgast.segments import stays
from stamgast.segments.asking import ask_until

if TYPE_CHECKING:
    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database
    from stamgast.store.engine import DuckEngine

BEGIN = "insight_begin"
CHANGES = "insight_change"


def find_changes(
    database: Database,
    engine: DuckEngine,
    name: str,
    bounds: tuple[Instant, Instant],
    *,
    coming: bool,
) -> None:
    """Make the table ``insight_change``: ``profile_id``, ``at``, ``before`` and ``after`` (states).

    Of a segment or ``stage`` that does not rest on shop statistics. Only profiles whose answer runs
    out by the end are asked again. ``coming``: whether rows may be dated between the bounds.
    """
    start, end = bounds
    run = database.run
    engine.create(BEGIN, [name], start)
    until = stays.least_until([name])
    asking = (
        f"CREATE OR REPLACE TEMP TABLE asking AS SELECT profile_id, {until} AS t FROM {BEGIN} "
        f'WHERE "exists" AND {until} <= $end'
    )
    if coming:
        run(f"{asking} UNION {stays.ROW_INSTANTS}", {"start": start, "end": end})
    else:
        run(asking, {"end": end})
    state = f'"{name}"' if name == STAGE else f"""CASE WHEN "{name}" THEN 'in' END"""
    begun = f'SELECT profile_id, {state} AS state, {start}::BIGINT AS t FROM {BEGIN} WHERE "exists"'
    if ask_until(database, engine, [name], end):
        later = f"SELECT profile_id, state, t FROM ({stays.long_states('answered', [name])})"
        begun += f" AND profile_id IN (SELECT profile_id FROM answered) UNION ALL {later}"
    run(
        f"""
        CREATE OR REPLACE TEMP TABLE {CHANGES} AS
        WITH point AS ({begun}), compared AS (
            SELECT *, lag(state) OVER (PARTITION BY profile_id ORDER BY t) AS before FROM point)
        SELECT profile_id, t AS at_us, before, state AS after
        FROM compared WHERE t > {start} AND state IS DISTINCT FROM before
        """
    )


_ROWS = """
    SELECT g.part, coalesce(s.kind || ':' || s.value, ''), c.profile_id, c.before, c.after,
        c.at_us, coalesce(w.revenue, 0)
    FROM insight_change AS c
    JOIN {table} AS g USING (profile_id)
    LEFT JOIN worth AS w USING (profile_id)
    LEFT JOIN strongest_identifier AS s USING (profile_id)
    WHERE $stage = '' OR c.before = $stage OR c.after = $stage
    ORDER BY c.at_us, c.profile_id
    """


def upcoming(
    database: Database,
    name: str,
    bounds: tuple[Instant, Instant],
    groups: Groups,
    notes: tuple[Note, ...],
) -> Insight:
    """The changes found, one row each, in order of time.

    ``name``: a segment, ``stage`` or ``stage:<one>``. Reads ``insight_change``, ``insight_group`` and
    ``worth`` (``profile_id``, ``revenue``: net of the last 365 days).
    """
    t, end = bounds
    stages, _, one = name.partition(":")
    staged = stages == STAGE
    rows = database.run(_ROWS.format(table=TABLE), {"stage": one})
    found: list[tuple[Cell, ...]] = []
    for part, customer, profile, before, after, at, worth in rows:
        word = "enters" if after == (one or "in") else "leaves"
        what = (before, after) if staged and not one else (word,)
        found.append((part, at, customer, profile, *what, worth))
    kinds = columns(before="stage", after="stage") if staged and not one else columns(change="word")
    head = (
        *columns(at="instant", customer="customer", profile_id="profile"),
        *kinds,
        *columns(worth_minor="money"),
    )
    shown, cells = split(groups.split_by, head, found)
    facts = {
        **_named(name),
        "days": Fact(kind="count", value=(end - t) // DAY_US),
        "until": Fact(kind="instant", value=end),
        "changes": Fact(kind="count", value=len(found)),
    }
    if not staged or one:
        sums = _sums(rows, one or "in")
        facts |= sums
        notes = (Note(key="enter", facts=sums), *notes)
    names = ("before", "after") if staged and not one else ("change",)
    return Insight(
        name="upcoming_stages" if staged and not one else "upcoming",
        as_of=t,
        columns=shown,
        rows=cells,
        facts=facts | groups.facts,
        notes=notes,
        drawing=Drawing(form="bars", names=names),
    )


def not_foreseen(name: str, bounds: tuple[Instant, Instant]) -> Insight:
    """Of a segment that rests on everybody's rank: why nothing is said."""
    t, end = bounds
    return Insight(
        name="upcoming",
        as_of=t,
        columns=columns(at="instant", customer="customer", change="word", worth_minor="money"),
        rows=(),
        facts={
            **_named(name),
            "days": Fact(kind="count", value=(end - t) // DAY_US),
            "until": Fact(kind="instant", value=end),
            "left_out": Fact(kind="text", value="rank"),
        },
        notes=(Note(key="rank", facts=_named(name)),),
    )


def _named(name: str) -> dict[str, Fact]:
    stage, _, one = name.partition(":")
    if stage == STAGE:
        return {"segment": Fact(kind="stage" if one else "text", value=one or STAGE)}
    return {"segment": Fact(kind="segment", value=name)}


def _sums(rows: list[tuple[object, ...]], state: str) -> dict[str, Fact]:
    """How many enter and leave, and what those are worth; who does both is in both."""
    found = {}
    for word, enters in (("enter", True), ("leave", False)):
        worth = [int(str(row[6])) for row in rows if (row[4] == state) is enters]
        found[word] = Fact(kind="count", value=len(worth))
        found[f"{word}_worth_minor"] = Fact(kind="money", value=sum(worth))
    return found
