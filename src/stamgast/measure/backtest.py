"""The back-test of the rhythm rule: of whom it would have flagged, and not, how many stayed away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.measure.intervals import newcombe, wilson
from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, share, split
from stamgast.measure.shopping import make_orders
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

TRAIT = "rhythm_risk"
"""The shipped trait: ``FLAGGED``, ``in_time``, or missing of who is not judged."""
FLAGGED = "slowing_down"

Counted = tuple[str, str, int, int]
"""Part, value of the trait, how many, how many of them bought nothing in the days after."""

_COUNTED = f"""
    SELECT g.part, r."{TRAIT}", count(*), count(*) FILTER (NOT EXISTS (
        FROM insight_order AS o
        WHERE o.profile_id = r.profile_id AND o.at_us > $then AND o.at_us <= $until))
    FROM insight_risk AS r JOIN insight_group AS g USING (profile_id)
    WHERE r."exists" AND r."{TRAIT}" IS NOT NULL GROUP BY ALL ORDER BY ALL DESC
    """  # noqa: S608 - a constant of ours


def counted_at(database: Database, then: Instant, days: int) -> list[Counted]:
    """What became of those whom the trait judged at ``then``.

    Reads ``insight_risk`` (the trait at ``then``) and ``insight_group``; purchases as they stand at
    the end of the days.
    """
    until = then + days * DAY_US
    make_orders(database, until)
    rows = database.run(_COUNTED, {"then": then, "until": until})
    return [(str(part), str(value), int(whole), int(away)) for part, value, whole, away in rows]


def backtest(
    t: Instant, days: int, found: dict[Instant, list[Counted]], groups: Groups, notes: list[Note]
) -> Insight:
    """Per past instant: who was flagged and who was not, and the share that bought nothing since.

    The intervals are Wilson's, 95 %. The latest instant's difference is said below, with Newcombe's
    interval; the instants share persons, so they are not added up.
    """
    rows: list[tuple[Cell, ...]] = []
    for then, counted in found.items():
        for part, value, whole, away in counted:
            rows.append((part, then, value, whole, away, share(away, whole), *wilson(away, whole)))
    head = columns(
        at="instant",
        rhythm="word",
        customers="count",
        stayed_away="count",
        away_share="share",
        low="share",
        high="share",
    )
    shown, cells = split(groups.split_by, head, sorted(rows, key=lambda row: (row[0], row[1])))
    facts = {"days": Fact(kind="count", value=days), **groups.facts}
    difference = _difference(found[max(found)]) if found else {}
    more = [Note(key="risk_difference", facts={**difference, **facts})] if difference else []
    return Insight(
        name="backtest",
        as_of=t,
        columns=shown,
        rows=cells,
        facts=facts | difference,
        notes=(*notes, *more, Note(key="risk_backtest")),
        drawing=Drawing(form="bars", names=("at", "rhythm"), value="away_share"),
    )


def _difference(counted: list[Counted]) -> dict[str, Fact]:
    """Flagged less not flagged, over all parts; nothing when one of them is nobody."""
    sums = {True: [0, 0], False: [0, 0]}
    for _, value, whole, away in counted:
        sums[value == FLAGGED][0] += away
        sums[value == FLAGGED][1] += whole
    if not sums[True][1] or not sums[False][1]:
        return {}
    flagged, others = ((away, whole) for away, whole in (sums[True], sums[False]))
    less, (low, high) = newcombe(flagged, others)
    return {
        "difference": Fact(kind="share", value=less),
        "difference_low": Fact(kind="share", value=low),
        "difference_high": Fact(kind="share", value=high),
    }
