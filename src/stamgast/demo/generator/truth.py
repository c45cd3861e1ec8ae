"""The truth about a made-up shop: who is who, how each buys, and the shop's own totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.demo.generator import columns
from stamgast.demo.generator.browsing import (
    KIOSKS,
    has_tablet,
    own_device,
    own_devices,
    strange_device,
    tablet,
)
from stamgast.demo.generator.orders import CANCELLED, COMPLETED, STAND_IN_CARD, STAND_IN_MAIL
from stamgast.demo.generator.people import NUMBER_DIGITS
from stamgast.demo.generator.seasons import local_days

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Flags, Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.orders import Lines, Orders
    from stamgast.demo.generator.people import People
    from stamgast.demo.generator.purchases import Habits
    from stamgast.demo.generator.refunds import Refunds

KINDS = ("account", "guest", "card", "visitor", "reader")
IDENTIFIERS = pa.schema(
    [("person", pa.string()), ("kind", pa.string()), ("value", pa.string()), ("note", pa.string())]
)
PERSONS = pa.schema(
    [
        ("person", pa.string()),
        ("kind", pa.string()),
        ("came_at", pa.timestamp("us", tz="UTC")),
        ("days_between_purchases", pa.float64()),
        ("leaves_at", pa.timestamp("us", tz="UTC")),
        ("employee", pa.bool_()),
    ]
)
"""``came_at``: of buyers their first purchase. The two after it are what was drawn for each: the mean
of the process, and when its life ends (missing: after the day asked)."""
TOTALS = pa.schema(
    [
        ("month", pa.string()),
        ("orders", pa.int64()),
        ("revenue_cents", pa.int64()),
        ("cancelled", pa.int64()),
        ("without_customer", pa.int64()),
        ("refunds_cents", pa.int64()),
    ]
)
SHARED_TABLET, SCREEN = "tablet of two customers", "screen in a store"
STAND_IN = "stand-in at the till"
_DEVICES = 3


def persons_table(frame: Frame, people: People, habit: Habits) -> pa.Table:
    """``truth/persons``: a row per customer."""
    buys, leaves = people.buys, habit.leaves < frame.end_pace
    day = frame.pace.week / 7
    left = frame.utc(np.minimum(habit.leaves, frame.end_pace - 1))
    return pa.table(
        [
            columns.numbered("", people.number, NUMBER_DIGITS),
            columns.plain(columns.chosen(KINDS, people.kind)),
            columns.seconds(frame.utc(people.since)),
            pa.array(np.rint(habit.mean_gap / day * 100) / 100, mask=~buys),
            columns.seconds(left, buys & leaves),
            pa.array(people.employee),
        ],
        schema=PERSONS,
    )


def identifiers_table(frame: Frame, people: People) -> pa.Table:
    """``truth/identifiers``: every identifier and whose it is, written as Stamgast writes it."""
    draws, number = frame.draws, people.number
    person = columns.numbered("", number, NUMBER_DIGITS)
    stranger = draws.chance("stranger", number, 330_000)
    parts: list[tuple[str, pa.Array, pa.Array, str | None]] = [
        ("customer_id", person, people.customer_id, None),
        ("loyalty_card", person, people.card, None),
        ("loyalty_card", person, people.second_card, None),
        ("email", person, people.email, None),
        ("email", person, people.second_email, None),
        ("phone", person, people.phone, None),
    ]
    owned = np.where(people.online, own_devices(draws, people), 0)
    for which in range(_DEVICES):
        device = columns.hexadecimal("a-", own_device(draws, number, which))
        parts.append(("anonymous_id", person, columns.where(owned > which, device), None))
    shared = columns.hexadecimal("a-", tablet(draws, number))
    with_tablet = has_tablet(draws, number) & people.online
    parts.append(("anonymous_id", person, columns.where(with_tablet, shared), SHARED_TABLET))
    strange = columns.hexadecimal("a-", strange_device(draws, number))
    nobody = columns.numbered("v", number, NUMBER_DIGITS)
    parts.append(("anonymous_id", nobody, columns.where(stranger, strange), None))
    return pa.concat_tables(_part(*part) for part in parts)


def _part(kind: str, person: pa.Array, value: pa.Array, note: str | None) -> pa.Table:
    there = value.is_valid()
    person, value = person.filter(there), value.filter(there)
    rows = len(value)
    fixed = [pa.array([text] * rows, pa.string()) for text in (kind, note)]
    return pa.table([person, fixed[0], value, fixed[1]], schema=IDENTIFIERS)


def nobodys_table() -> pa.Table:
    """What is nobody's: the devices in the stores, and what a till writes to have something there."""
    told = [("anonymous_id", kiosk, SCREEN) for kiosk in KIOSKS]
    told += [("loyalty_card", STAND_IN_CARD, STAND_IN), ("email", STAND_IN_MAIL, STAND_IN)]
    rows = [{"kind": kind, "value": value, "note": note} for kind, value, note in told]
    return pa.Table.from_pylist(rows, schema=IDENTIFIERS)


def totals_table(orders: Orders, lines: Lines, refunds: Refunds) -> pa.Table:
    """Per month, shop's time: purchases that stand, what they were worth, and refunds."""
    worth = np.bincount(lines.order, weights=lines.amount, minlength=len(orders)).astype(np.int64)
    month = _months(orders.day)
    stands = orders.status == COMPLETED
    back = _months(local_days(refunds.at))
    first = int(min(month.min(initial=1 << 30), back.min(initial=1 << 30)))
    count = int(max(month.max(initial=0), back.max(initial=0))) - first + 1 if len(orders) else 0

    def sums(where: Flags, values: Ints | None = None) -> pa.Array:
        weights = None if values is None else values[where]
        found = np.bincount(month[where] - first, weights=weights, minlength=count)
        return pa.array(found.astype(np.int64))

    refunded = np.bincount(back - first, weights=refunds.amount, minlength=count).astype(np.int64)
    names = [f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(first, first + count)]
    return pa.table(
        [
            pa.array(names, pa.string()),
            sums(stands),
            sums(stands, worth),
            sums(orders.status == CANCELLED),
            sums(stands & orders.nobody),
            pa.array(refunded),
        ],
        schema=TOTALS,
    )


def _months(day: Ints) -> Ints:
    found: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return found


def added(tables: list[pa.Table]) -> pa.Table:
    """The totals of parts, added up."""
    whole = pa.concat_tables(tables)
    names = TOTALS.names[1:]
    summed = whole.group_by("month").aggregate([(name, "sum") for name in names])
    found = summed.select(["month", *(f"{name}_sum" for name in names)]).rename_columns(
        TOTALS.names
    )
    return found.take(pc.sort_indices(found, [("month", "ascending")]))
