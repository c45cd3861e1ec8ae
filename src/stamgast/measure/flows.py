"""Who moved between stages from one instant to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.measure.model import Drawing, Fact, Insight, Note, columns, split

if TYPE_CHECKING:
    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

WON_BACK = "returned_customers"
"""The segment of those who came back."""

_MOVES = """
    SELECT g.part, coalesce(a.stage, ''), b.stage, count(*),
        coalesce(sum(w.revenue), 0)::BIGINT, count(*) FILTER ({won_back})
    FROM (SELECT * FROM flow_end WHERE "exists") AS b
    JOIN insight_group AS g USING (profile_id)
    LEFT JOIN (SELECT * FROM flow_start WHERE "exists") AS a USING (profile_id)
    LEFT JOIN worth AS w USING (profile_id)
    GROUP BY ALL
    """


def flows(
    database: Database,
    bounds: tuple[Instant, Instant],
    groups: Groups,
    *,
    stages: list[str],
    won_back: bool,
    notes: tuple[Note, ...],
) -> Insight:
    """Moves between stages, who stayed and who came to exist (from ``""``) included.

    Reads ``flow_start`` and ``flow_end`` (the stage at both instants and, if ``won_back``, who is in
    ``returned_customers``), ``insight_group`` and ``worth``, the net revenue of the 365 days up to the
    end. Won back are those who are in that segment at the end and were not at the start.
    """
    start, end = bounds
    came = f"b.{WON_BACK} AND NOT coalesce(a.{WON_BACK}, false)" if won_back else "false"
    rows = database.run(_MOVES.format(won_back=came))
    place = {stage: n for n, stage in enumerate(["", *stages])}
    rows.sort(key=lambda row: (row[0], place[row[1]], place[row[2]]))
    head = columns(before="stage", after="stage", customers="count", revenue_minor="money")
    if won_back:
        head = (*head, *columns(won_back="count"))
    shown, cells = split(groups.split_by, head, [row[: len(head) + 1] for row in rows])
    return Insight(
        name="flows",
        as_of=end,
        columns=shown,
        rows=cells,
        facts={
            "start": Fact(kind="instant", value=start),
            "end": Fact(kind="instant", value=end),
            **groups.facts,
        },
        notes=notes,
        drawing=Drawing(form="flow"),
    )
