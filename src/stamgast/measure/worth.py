"""What members are worth when nobody does anything special: the baseline of a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.measure.groups import STAGE
from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, share, split
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

_MEMBERS = """
    CREATE OR REPLACE TEMP TABLE insight_member AS
    SELECT w.profile_id, g.part, {state} AS state
    FROM insight_then AS w JOIN insight_group AS g USING (profile_id)
    WHERE w."exists" AND {holds}
    """
_BOUGHT = """
    WITH bought AS (
        SELECT profile_id, count(*) AS orders FROM insight_order WHERE at_us > $then GROUP BY profile_id
    ), earned AS (
        SELECT r.profile_id, sum(r.amount)::BIGINT AS amount
        FROM insight_revenue AS r SEMI JOIN bought USING (profile_id)
        WHERE r.at_us > $then GROUP BY r.profile_id
    )
    SELECT m.part, m.state, count(*), count(b.profile_id), coalesce(sum(b.orders), 0)::BIGINT,
        coalesce(sum(e.amount), 0)::BIGINT, quantile_disc(e.amount, 0.5)
    FROM insight_member AS m
    LEFT JOIN bought AS b USING (profile_id)
    LEFT JOIN earned AS e USING (profile_id)
    GROUP BY m.part, m.state ORDER BY ALL
    """
_HEAD = columns(
    members="count",
    buyers="count",
    share="share",
    orders="count",
    revenue_minor="money",
    median_minor="money",
    mean_minor="mean",
    per_member_minor="mean",
)


def worth(
    database: Database,
    name: str,
    bounds: tuple[Instant, Instant],
    groups: Groups,
    *,
    stages: Sequence[str],
    notes: tuple[Note, ...],
) -> Insight:
    """Of who was in it at the first instant: how many bought up to the second, and for how much.

    ``name``: a segment, ``stage`` (a row each, in the order of ``stages``) or ``stage:<one>``. Reads ``insight_then`` (the answers
    at the first instant), ``insight_group``, ``insight_order`` and ``insight_revenue``. An amount is
    the net revenue of a buyer after the first instant; the median is nearest rank; who did not buy
    is in ``per_member_minor`` alone, with 0.
    """
    then, t = bounds
    kind, _, one = name.partition(":")
    staged = kind == STAGE
    column = STAGE if staged else name
    holds = (
        f'"{column}" = $one' if one else (f'"{column}" IS NOT NULL' if staged else f'"{column}"')
    )
    state = f'"{STAGE}"' if staged else "''"
    database.run(_MEMBERS.format(state=state, holds=holds), {"one": one} if one else None)
    found = database.run(_BOUGHT, {"then": then})
    place = {stage: n for n, stage in enumerate(stages)}
    found.sort(key=lambda row: (row[0], place.get(row[1], 0)))
    rows = [_row(row, staged=staged) for row in found]
    head = (*columns(stage="stage"), *_HEAD) if staged else _HEAD
    shown, cells = split(groups.split_by, head, rows)
    facts = {
        "segment": Fact(kind="text" if staged else "segment", value=STAGE if staged else name),
        "days": Fact(kind="count", value=(t - then) // DAY_US),
        "then": Fact(kind="instant", value=then),
    }
    return Insight(
        name="worth_stages" if staged else "worth",
        as_of=t,
        columns=shown,
        rows=cells,
        facts=facts | groups.facts,
        notes=(*notes, Note(key="by_themselves")),
        drawing=Drawing(form="bars", names=("stage",) if staged else ("part",), value="share"),
    )


def _row(row: tuple[object, ...], *, staged: bool) -> tuple[Cell, ...]:
    part, state, *numbers, median = row
    members, buyers, orders, revenue = (int(str(number)) for number in numbers)
    found: tuple[Cell, ...] = (
        members,
        buyers,
        share(buyers, members),
        orders,
        revenue,
        None if median is None else int(str(median)),
        share(revenue, buyers),
        share(revenue, members),
    )
    return (str(part), *([str(state)] if staged else []), *found)
