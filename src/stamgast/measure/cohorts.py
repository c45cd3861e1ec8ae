"""Who came back, by the month of the first purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, share, split
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

EDGE_US = 90 * DAY_US
"""Who first bought so soon after the history begins may well be an old customer."""

_COHORTS = """
    WITH first AS (
        SELECT profile_id, at_us, date_trunc('month', day)::DATE AS month
        FROM insight_order WHERE nth = 1
    ), second AS (
        SELECT profile_id, at_us FROM insight_order WHERE nth = 2
    )
    SELECT g.part, strftime(f.month, '%Y-%m-%d'), count(*),
        count(*) FILTER (s.at_us - f.at_us <= $within), count(s.profile_id), max(f.at_us),
        bool_or(f.at_us < $edge)
    FROM first AS f JOIN insight_group AS g USING (profile_id)
    LEFT JOIN second AS s USING (profile_id)
    GROUP BY g.part, f.month ORDER BY ALL
    """


def cohorts(
    database: Database,
    t: Instant,
    days: int,
    begins: Instant | None,
    groups: Groups,
    notes: tuple[Note, ...],
) -> Insight:
    """Per month of the first purchase (the shop's calendar): how many bought again, in how long.

    ``begins``: where the history begins. Reads ``insight_order`` and ``insight_group``. ``again``: the
    second order at most ``days`` after the first; missing until the last of them has had that long.
    ``ever``: up to ``t``. ``left_edge``: somebody of them first bought less than 90 days after the
    history begins, so old customers look new.
    """
    within = days * DAY_US
    edge = None if begins is None else begins + EDGE_US
    found = database.run(_COHORTS, {"within": within, "edge": edge})
    rows: list[tuple[Cell, ...]] = []
    early = 0
    for part, month, customers, again, ever, last, at_edge in found:
        ripe = last + within <= t
        early += customers if at_edge else 0
        cells = (again, share(again, customers)) if ripe else (None, None)
        rows.append((part, month, customers, *cells, ever, share(ever, customers), bool(at_edge)))
    head = columns(
        first_purchase="month",
        customers="count",
        again="count",
        again_share="share",
        ever="count",
        ever_share="share",
        left_edge="yes",
    )
    shown, all_rows = split(groups.split_by, head, rows)
    more: tuple[Note, ...] = ()
    if any(row[3] is None for row in rows):
        more = (Note(key="unripe", facts={"days": Fact(kind="count", value=days)}),)
    if early:
        facts = {
            "n": Fact(kind="count", value=early),
            "begins": Fact(kind="instant", value=begins),
        }
        more = (*more, Note(key="left_edge", facts=facts))
    return Insight(
        name="cohorts",
        as_of=t,
        columns=shown,
        rows=all_rows,
        facts={"days": Fact(kind="count", value=days), **groups.facts},
        notes=(*notes, *more),
        drawing=Drawing(form="bars", names=("first_purchase",), value="again_share"),
    )
