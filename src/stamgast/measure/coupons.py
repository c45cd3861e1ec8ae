"""Coupons on the first order, and whether those customers come back. Not causal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.measure.intervals import newcombe, wilson
from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, share, split
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

_FIRSTS = """
    CREATE OR REPLACE TEMP TABLE insight_first AS
    SELECT f.profile_id, g.part, coalesce(f.coupon_used, false) AS coupon, f.at_us,
        coalesce(s.at_us - f.at_us <= $within, false) AS again,
        f.at_us + $within <= $t AS ripe, {at_edge} AS at_edge
    FROM (SELECT * FROM insight_order WHERE nth = 1) AS f
    JOIN insight_group AS g USING (profile_id)
    LEFT JOIN (SELECT * FROM insight_order WHERE nth = 2) AS s USING (profile_id)
    """
_AT_EDGE = """profile_id IN (SELECT profile_id FROM insight_wide WHERE "{first}" IS NULL)"""
_COUNTED = """
    SELECT part, coupon, count(*), count(*) FILTER (again) FROM insight_first
    WHERE ripe AND NOT at_edge GROUP BY ALL ORDER BY part, coupon DESC
    """
_BEST = """
    SELECT count(*), count(*) FILTER (coupon) FROM insight_first
    WHERE NOT at_edge AND profile_id IN (SELECT profile_id FROM insight_wide WHERE "{best}")
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is asked; ``insight_wide`` has the answers of ``best`` and ``first``.

    ``best``: a segment. ``first``: a trait, missing where the first known order may not be the first.
    """

    t: Instant
    days: int
    first: str | None
    best: str | None


def coupons(database: Database, study: Study, groups: Groups, notes: tuple[Note, ...]) -> Insight:
    """Of who began with a coupon and who did not: how many ordered again within so many days.

    Of those whose first order is that long ago, so that all had the same time; whose trait ``first`` is
    missing is left out (their first order is not known). The intervals
    are Wilson's, 95 %; that of the difference Newcombe's. Reads ``insight_order``, ``insight_group``.
    """
    t, days, best = study.t, study.days, study.best
    at_edge = "false" if study.first is None else _AT_EDGE.format(first=study.first)
    database.run(_FIRSTS.format(at_edge=at_edge), {"within": days * DAY_US, "t": t})
    found = [
        (str(part), bool(coupon), int(whole), int(again))
        for part, coupon, whole, again in database.run(_COUNTED)
    ]
    rows: list[tuple[Cell, ...]] = []
    for part, coupon, whole, again in found:
        word = "with_coupon" if coupon else "without_coupon"
        rows.append((part, word, whole, again, share(again, whole), *wilson(again, whole)))
    head = columns(
        began="word",
        customers="count",
        again="count",
        again_share="share",
        low="share",
        high="share",
    )
    shown, cells = split(groups.split_by, head, rows)
    facts = {"days": Fact(kind="count", value=days), **groups.facts}
    difference = _difference(found)
    facts |= difference
    more = [*notes, *_left_out(database)]
    if difference:
        more.append(Note(key="coupon_difference", facts=difference))
    if best is not None:
        members, began = database.run(_BEST.format(best=best))[0]
        among = {
            "best_buyers": Fact(kind="count", value=members),
            "best_with_coupon": Fact(kind="count", value=began),
            "best_share": Fact(kind="share", value=share(began, members)),
        }
        facts |= among
        more.append(Note(key="coupon_best", facts=among))
    return Insight(
        name="coupons",
        as_of=t,
        columns=shown,
        rows=cells,
        facts=facts,
        notes=(*more, Note(key="not_causal")),
        drawing=Drawing(form="bars", names=("began",), value="again_share"),
    )


def _difference(found: list[tuple[str, bool, int, int]]) -> dict[str, Fact]:
    """With less without, over all parts; nothing when one of them is nobody."""
    sums = {True: [0, 0], False: [0, 0]}
    for _, coupon, whole, again in found:
        sums[coupon][0] += again
        sums[coupon][1] += whole
    if not sums[True][1] or not sums[False][1]:
        return {}
    with_, without = ((again, whole) for again, whole in (sums[True], sums[False]))
    value, (low, high) = newcombe(with_, without)
    return {
        "difference": Fact(kind="share", value=value),
        "difference_low": Fact(kind="share", value=low),
        "difference_high": Fact(kind="share", value=high),
    }


def _left_out(database: Database) -> list[Note]:
    early, young = database.run(
        "SELECT count(*) FILTER (at_edge), count(*) FILTER (NOT at_edge AND NOT ripe) "
        "FROM insight_first"
    )[0]
    found = []
    if young:
        found.append(Note(key="too_young", facts={"n": Fact(kind="count", value=young)}))
    if early:
        found.append(Note(key="edge_left_out", facts={"n": Fact(kind="count", value=early)}))
    return found
