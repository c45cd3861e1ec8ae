"""Figures of the shop as a whole, read from the engine's tables: what the parts must add up to.

An order counts in its state at the instant asked, net of the refunds up to then; a refund that
belongs to no known order counts at its own instant.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stamgast.language.ast import Aggregate, Rows, Text, Trait, Within
from stamgast.language.types import Type
from stamgast.model.log import DAY_US, LEFT_EDGE_DAYS
from stamgast.report.model import Month, Totals

if TYPE_CHECKING:
    from stamgast.app.core import Core
    from stamgast.model.log import Instant

YEAR_US = 365 * DAY_US
EARLY_US = LEFT_EDGE_DAYS * DAY_US
YEAR_REVENUE = Trait(
    name="stamgast year revenue",
    label=Text(en="Net revenue, last 365 days", nl="Netto-omzet, laatste 365 dagen"),
    expr=Aggregate(
        op="sum",
        rows=Rows(source="revenue", window=Within(us=YEAR_US)),
        of="amount",
        of_type=Type.MONEY,
        type=Type.MONEY,
    ),
    type=Type.MONEY,
)
"""Asked beside a shop's own traits; the space keeps its name apart from theirs."""

_REVENUE = """
    WITH order_now AS (
        SELECT profile_id, ordered_at AS at_us, net_total AS amount, 1 AS orders
        FROM order_version
        WHERE counts AND ordered_at <= $t AND valid_from <= $t
            AND (valid_to IS NULL OR valid_to > $t)
    ), refund_now AS (
        SELECT profile_id, "at" AS at_us, -coalesce(amount, 0) AS amount, 0 AS orders
        FROM loose_refund
        WHERE "at" <= $t AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t)
    ), revenue AS (
        SELECT * FROM order_now UNION ALL SELECT * FROM refund_now
    )
    """
_TOTALS = (
    _REVENUE  # noqa: S608 - constant text
    + """
    , first_order AS (
        SELECT profile_id, min(at_us) AS at_us FROM order_now
        WHERE profile_id IS NOT NULL GROUP BY profile_id
    )
    SELECT
        (SELECT count(*) FROM first_order),
        coalesce(sum(orders), 0),
        coalesce(sum(amount), 0),
        coalesce(sum(orders) FILTER (profile_id IS NULL), 0),
        coalesce(sum(amount) FILTER (profile_id IS NULL), 0),
        coalesce(sum(amount) FILTER (at_us >= $t - $year), 0),
        coalesce(sum(amount) FILTER (at_us >= $t - $year AND profile_id IS NULL), 0),
        min(at_us) FILTER (orders = 1),
        (SELECT count(*) FROM first_order
         WHERE at_us < (SELECT min(at_us) FROM order_now) + $early)
    FROM revenue
    """
)
_BUYERS = """
    SELECT count(DISTINCT profile_id) FROM order_version
    WHERE counts AND ordered_at BETWEEN $t - $year AND $t AND valid_from <= $t
        AND (valid_to IS NULL OR valid_to > $t)
    """
_FIRST = """
    SELECT min(ordered_at) FROM order_version
    WHERE counts AND ordered_at <= $t AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t)
    """
_SPAN = "SELECT min(ordered_at), max(ordered_at) FROM order_version WHERE counts"
_MONTHS = (
    _REVENUE  # noqa: S608 - constant text
    + """
    SELECT year(local_at), month(local_at), sum(orders), sum(amount)
    FROM (SELECT timezone($zone, make_timestamptz(at_us)) AS local_at, orders, amount FROM revenue)
    GROUP BY ALL ORDER BY ALL
    """
)
_WEEKS = (
    _REVENUE  # noqa: S608 - constant text
    + """
    SELECT coalesce(sum(orders), 0), coalesce(sum(amount), 0) FROM revenue
    WHERE at_us > $start AND at_us <= $t
    """
)


def taken(core: Core, start: Instant, t: Instant) -> tuple[int, int]:
    """Orders and net revenue after ``start`` up to ``t``, as they are at ``t``."""
    orders, amount = core.reader.db.run(_WEEKS, {"start": start, "t": t})[0]
    return int(orders), int(amount)


def totals(core: Core, t: Instant) -> Totals:
    """The shop up to ``t``."""
    row = core.reader.db.run(_TOTALS, {"t": t, "year": YEAR_US, "early": EARLY_US})[0]
    return Totals(
        customers=int(row[0]),
        orders=int(row[1]),
        revenue=int(row[2]),
        nobody_orders=int(row[3]),
        nobody_revenue=int(row[4]),
        revenue_365d=int(row[5]),
        nobody_revenue_365d=int(row[6]),
        first_order_at=row[7],
        early_buyers=int(row[8]),
        history_from=core.settings.history_from,
        buyers_365d=buyers_of_year(core, t),
    )


def first_order_at(core: Core, t: Instant) -> Instant | None:
    """When the first order up to ``t`` was, whoever it is of; None: there is none."""
    found = core.reader.db.run(_FIRST, {"t": t})[0][0]
    return None if found is None else int(found)


def order_span(core: Core) -> tuple[Instant, Instant] | None:
    """When the first and the last order were, of all that is known; None: there is none."""
    first, last = core.reader.db.run(_SPAN)[0]
    return None if first is None else (int(first), int(last))


def buyers_of_year(core: Core, t: Instant) -> int:
    """Profiles with a purchase in the 365 days up to ``t``: those that are ranked."""
    return int(core.reader.db.run(_BUYERS, {"t": t, "year": YEAR_US})[0][0])


def months(core: Core, t: Instant, most: int = 24) -> tuple[Month, ...]:
    """The last months of the shop's calendar up to ``t``; months without anything are 0."""
    rows = core.reader.db.run(_MONTHS, {"t": t, "zone": core.settings.zone})
    known = {(year, month): (int(orders), int(amount)) for year, month, orders, amount in rows}
    if not known:
        return ()
    year, month = min(known)
    found = []
    while (year, month) <= max(known):
        orders, amount = known.get((year, month), (0, 0))
        found.append(Month(first_day=date(year, month, 1), orders=orders, revenue=amount))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - December
    return tuple(found[-most:])
