"""A second coupon offered after the first order, against the same day since it without. Not causal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from stamgast.measure.intervals import Interval, newcombe_of, wilson_of
from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, split
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

OFFERED = "Coupon Offered"
MAILED = "Email Sent"
"""With a coupon in it, it offers one."""

_SINCE = """
    CREATE OR REPLACE TEMP TABLE insight_since AS
    WITH first AS (SELECT profile_id, at_us FROM insight_order WHERE nth = 1),
    second AS (SELECT profile_id, at_us FROM insight_order WHERE nth = 2),
    offer AS (
        SELECT f.profile_id, min(e.occurred_at) AS at_us FROM event AS e
        JOIN first AS f ON f.profile_id = e.profile_id AND e.occurred_at > f.at_us
        WHERE (e.event = $offered OR (e.event = $mailed AND e.p_coupon IS NOT NULL)) AND e.occurred_at <= $t GROUP BY f.profile_id
    ), whole AS (
        SELECT f.profile_id, max(o.at_us) AS at_us FROM insight_order AS o
        JOIN first AS f USING (profile_id)
        WHERE NOT coalesce(o.coupon_used, false) AND coalesce(o.discount, 0) = 0
        GROUP BY f.profile_id
    )
    SELECT f.profile_id, $t - f.at_us AS seen, s.at_us - f.at_us AS second,
        o.at_us - f.at_us AS offer, w.at_us - f.at_us AS full_price
    FROM first AS f JOIN (
        FROM insight_group WHERE $part IS NULL OR part = $part) AS g USING (profile_id)
    LEFT JOIN second AS s USING (profile_id) LEFT JOIN offer AS o USING (profile_id)
    LEFT JOIN whole AS w USING (profile_id)
    """
"""Microseconds since the first order; ``full_price``: of the last order without discount or coupon."""

_OFFERED = f"""
    SELECT offer // {DAY_US} AS day, count(*), count(*) FILTER (second - offer <= $within),
        count(*) FILTER (full_price > offer)
    FROM insight_since
    WHERE offer < coalesce(second, $never) AND offer + $within <= seen GROUP BY day ORDER BY day
    """  # noqa: S608 - a number of ours
_WITHOUT = f"""
    SELECT d.day, count(*), count(*) FILTER (s.second - d.moment <= $within),
        count(*) FILTER (s.full_price > d.moment)
    FROM (SELECT unnest($days)::BIGINT AS day, day * {DAY_US} + {DAY_US // 2} AS moment) AS d
    JOIN insight_since AS s
        ON d.moment < least(coalesce(s.second, $never), coalesce(s.offer, $never))
        AND d.moment + $within <= s.seen
    GROUP BY d.day
    """  # noqa: S608 - a number of ours
NEVER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share, and of how many it is worth: with weights, of fewer than were counted."""

    share: float
    size: float

    @property
    def interval(self) -> Interval:
        """Wilson's, 95 %."""
        return wilson_of(self.share, self.size)


def second_coupon(
    database: Database, t: Instant, days: int, groups: Groups, notes: Sequence[Note]
) -> Insight:
    """Who was offered a coupon between the first and the second order, and who was not by then.

    A day is one of 24 h since the first order; offered on day d: the first ``Coupon Offered``, or ``Email Sent`` with a coupon, after the
    first order, before the second. Against: on the middle of day d no second order and no offer yet.
    Only with ``days`` left until ``t``. ``again``: a second order within ``days`` of that moment;
    ``full_price``: ever an order without coupon or discount after it. Those without are weighted by
    day as those with; their intervals are Wilson's with Kish's effective number, 1 / sum(w2 / n).
    Offers on days on which nobody was without are left out. Each part is compared within itself. Reads ``insight_order``, ``insight_group``.
    """
    asked = {"within": days * DAY_US, "never": NEVER}
    facts = {"days": Fact(kind="count", value=days), **groups.facts}
    more = list(notes)
    rows_shown: list[tuple[Cell, ...]] = []
    parts: list[str | None] = [None]
    if groups.split_by:
        found = database.run("SELECT DISTINCT part FROM insight_group ORDER BY part")
        parts = [str(part) for (part,) in found]
    alone = 0
    for part in parts:
        database.run(_SINCE, {"t": t, "offered": OFFERED, "mailed": MAILED, "part": part})
        given, other, left = _counted(database, asked)
        alone += left
        if given:
            rows, differences = _compared(given, other)
            rows_shown += [(part or "", *row) for row in rows]
            if part is None:
                facts |= differences
                more.append(Note(key="second_difference", facts=facts))
    if alone:
        more.append(Note(key="second_alone", facts={"n": Fact(kind="count", value=alone)}))
    head = columns(
        offered="word",
        customer_days="count",
        again_share="share",
        low="share",
        high="share",
        full_price_share="share",
        full_low="share",
        full_high="share",
    )
    shown, cells = split(groups.split_by, head, rows_shown)
    return Insight(
        name="second_coupon",
        as_of=t,
        columns=shown,
        rows=cells,
        facts=facts,
        notes=(*more, Note(key="second_matched"), Note(key="not_causal")),
        drawing=Drawing(form="bars", names=("offered",), value="again_share"),
    )


Days: TypeAlias = "dict[int, tuple[int, ...]]"
"""Per day since the first order: how many, with a second order in time, ever at full price."""


def _counted(database: Database, asked: dict[str, int]) -> tuple[Days, Days, int]:
    """With an offer, without one, and how many offers stand alone on their day."""
    given = {int(day): tuple(map(int, n)) for day, *n in database.run(_OFFERED, asked)}
    other: Days = {}
    if given:
        rows = database.run(_WITHOUT, {**asked, "days": list(given)})
        other = {int(day): tuple(map(int, n)) for day, *n in rows}
    alone = sum(n[0] for day, n in given.items() if day not in other)
    return {day: n for day, n in given.items() if day in other}, other, alone


def _compared(given: Days, other: Days) -> tuple[list[tuple[Cell, ...]], dict[str, Fact]]:
    """The two rows, and the differences of both shares."""
    rows: list[tuple[Cell, ...]] = []
    pairs = [_rates(given, other, which) for which in (1, 2)]
    for n, word in enumerate(("coupon_offered", "not_offered")):
        again, full = pairs[0][n], pairs[1][n]
        people = sum(c[0] for c in given.values()) if n == 0 else _people(other)
        rows.append((word, people, again.share, *again.interval, full.share, *full.interval))
    found = {}
    for name, (offered, without) in zip(("again", "full_price"), pairs, strict=True):
        value, (low, high) = newcombe_of(
            offered.share, offered.interval, without.share, without.interval
        )
        found[f"{name}_difference"] = Fact(kind="share", value=value)
        found[f"{name}_low"] = Fact(kind="share", value=low)
        found[f"{name}_high"] = Fact(kind="share", value=high)
    return rows, found


def _people(other: dict[int, tuple[int, ...]]) -> int:
    """On how many days-since somebody was without: one person may be so on several."""
    return sum(n[0] for n in other.values())


def _rates(
    given: dict[int, tuple[int, ...]], other: dict[int, tuple[int, ...]], which: int
) -> tuple[Rate, Rate]:
    """Of those with and those without, by day weighted as those with."""
    whole = sum(n[0] for n in given.values())
    offered = Rate(share=sum(n[which] for n in given.values()) / whole, size=whole)
    weighted = spread = 0.0
    for day, counts in sorted(given.items()):
        weight = counts[0] / whole
        weighted += weight * (other[day][which] / other[day][0])
        spread += weight * weight / other[day][0]
    return offered, Rate(share=weighted, size=1 / spread)
