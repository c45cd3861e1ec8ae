# ruff: noqa: S608 - the text is made of names of definitions, which are checked, and our own; values are parameters
"""Segments beside each other, among the revenue, and over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.measure.groups import STAGE
from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, share, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

# --- overlap --------------------------------------------------------------------------------------

_PAIRS = """
    WITH member AS ({members}), size AS (
        SELECT part, name, count(*) AS members FROM member GROUP BY ALL
    )
    SELECT a.part, a.name, b.name, any_value(s.members), count(*)
    FROM member AS a JOIN member AS b ON b.profile_id = a.profile_id AND b.name <> a.name
    JOIN size AS s ON s.part = a.part AND s.name = a.name
    GROUP BY a.part, a.name, b.name
    """


def overlap(
    database: Database, t: Instant, names: Sequence[str], groups: Groups, notes: tuple[Note, ...]
) -> Insight:
    """Per pair of segments that share members: how many, and which share of the first.

    Reads ``insight_wide`` (the answers of ``names``) and ``insight_group``. Of segments that share
    nobody with another a note says how many there are.
    """
    members = " UNION ALL ".join(
        f"SELECT profile_id, part, '{name}' AS name FROM insight_wide JOIN insight_group "
        f'USING (profile_id) WHERE "{name}"'
        for name in names
    )
    found = database.run(_PAIRS.format(members=members))
    place = {name: n for n, name in enumerate(names)}
    found.sort(key=lambda row: (row[0], place[row[1]], place[row[2]]))
    rows: list[tuple[Cell, ...]] = [(*row, share(row[4], row[3])) for row in found]
    head = columns(segment="segment", other="segment", members="count", both="count", share="share")
    shown, cells = split(groups.split_by, head, rows)
    alone = len(set(names) - {row[1] for row in found})
    if alone:
        notes = (*notes, Note(key="alone", facts={"n": Fact(kind="count", value=alone)}))
    return Insight(
        name="overlap",
        as_of=t,
        columns=shown,
        rows=cells,
        facts={"segments": Fact(kind="count", value=len(names)), **groups.facts},
        notes=notes,
        drawing=Drawing(form="matrix", names=("segment", "other"), value="share"),
    )


# --- best buyers ----------------------------------------------------------------------------------

_BUYERS = """
    CREATE OR REPLACE TEMP TABLE insight_buyer AS
    SELECT w.*, g.part, r.revenue
    FROM insight_wide AS w JOIN insight_group AS g USING (profile_id)
    JOIN worth AS r USING (profile_id)
    WHERE w.profile_id IN (SELECT profile_id FROM insight_order WHERE at_us >= $since)
    """


def best_buyers(
    database: Database,
    instants: tuple[Instant, Instant, Instant],
    names: Sequence[str],
    groups: Groups,
    notes: tuple[Note, ...],
) -> Insight:
    """Which share of the buyers' net revenue the best of them bring.

    ``instants``: asked, the midnight at which they were ranked, and 365 days before that; all is of
    those 365 days. Reads ``insight_wide``, ``insight_group``, ``insight_order`` and ``worth``, of the
    midnight.
    """
    t, midnight, since = instants
    database.run(_BUYERS, {"since": since})
    whole = {
        part: (int(buyers), int(revenue))
        for part, buyers, revenue in database.run(
            "SELECT part, count(*), sum(revenue)::BIGINT FROM insight_buyer GROUP BY part"
        )
    }
    rows: list[tuple[Cell, ...]] = []
    for part, (buyers, revenue) in sorted(whole.items()):
        for name in names:
            members, own = database.run(
                f"SELECT count(*), coalesce(sum(revenue), 0)::BIGINT FROM insight_buyer "
                f'WHERE part = $part AND "{name}"',
                {"part": part},
            )[0]
            sizes = (members, share(members, buyers), own, share(own, revenue))
            rows.append((part, name, *sizes, buyers, revenue))
    head = columns(
        segment="segment",
        members="count",
        share="share",
        revenue_minor="money",
        revenue_share="share",
        buyers="count",
        all_minor="money",
    )
    shown, cells = split(groups.split_by, head, rows)
    facts = {
        "ranked_at": Fact(kind="instant", value=midnight),
        "buyers": Fact(kind="count", value=sum(buyers for buyers, _ in whole.values())),
        "all_minor": Fact(kind="money", value=sum(revenue for _, revenue in whole.values())),
    }
    return Insight(
        name="best_buyers",
        as_of=t,
        columns=shown,
        rows=cells,
        facts=facts | groups.facts,
        notes=(*notes, Note(key="best_claim", facts={"ranked_at": facts["ranked_at"]})),
        drawing=Drawing(form="bars", names=("segment",), value="revenue_share"),
    )


# --- over time ------------------------------------------------------------------------------------


def sizes_at(database: Database, name: str) -> list[tuple[str, str, int]]:
    """(part, stage or '', how many): of ``insight_wide`` and ``insight_group``, at one instant."""
    kind, _, one = name.partition(":")
    if kind == STAGE:
        state, holds = f'"{STAGE}"', f'"{STAGE}" = $one' if one else f'"{STAGE}" IS NOT NULL'
    else:
        state, holds = "''", f'"{name}"'
    rows = database.run(
        f"SELECT part, {state}, count(*) FROM insight_wide JOIN insight_group USING (profile_id) "
        f'WHERE "exists" AND {holds} GROUP BY ALL',
        {"one": one} if one else None,
    )
    return [(str(part), str(stage), int(number)) for part, stage, number in rows]


def sizes(
    name: str,
    found: Mapping[Instant, Iterable[tuple[str, str, int]]],
    stages: Sequence[str],
    groups: Groups,
    notes: Sequence[Note] = (),
) -> Insight:
    """How many were in it at each instant, each by what was the case then.

    A part or stage that nobody was in then has 0, if somebody ever was.
    """
    staged = name == STAGE
    place = {stage: n for n, stage in enumerate(stages)}
    ever = {(part, stage) for rows in found.values() for part, stage, _ in rows}
    if not groups.split_by and not staged:
        ever.add(("", ""))
    kinds = sorted(ever, key=lambda one: (one[0], place.get(one[1], 0)))
    rows: list[tuple[Cell, ...]] = []
    for at, counted in sorted(found.items()):
        numbers = {(part, stage): number for part, stage, number in counted}
        rows += [
            (part, at, *([stage] if staged else []), numbers.get((part, stage), 0))
            for part, stage in kinds
        ]
    head = (
        *columns(at="instant"),
        *(columns(stage="stage") if staged else ()),
        *columns(members="count"),
    )
    shown, cells = split(groups.split_by, head, rows)
    segment = Fact(kind="text" if name.partition(":")[0] == STAGE else "segment", value=name)
    return Insight(
        name="sizes_stages" if staged else "sizes",
        as_of=max(found),
        columns=shown,
        rows=cells,
        facts={"segment": segment, "start": Fact(kind="instant", value=min(found)), **groups.facts},
        notes=(*notes, Note(key="each_then")),
        drawing=Drawing(form="bars", names=("stage", "at") if staged else ("at",), value="members"),
    )
