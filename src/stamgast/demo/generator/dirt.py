"""What is wrong in every real file, at a known rate: rows that come twice, dates that cannot be.

How people type (capitals, blanks, telephone numbers) is made where the values are. Here rows are added,
none is changed, so that the truth holds whatever a reader makes of the dirt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stamgast.demo.generator import columns

if TYPE_CHECKING:
    from stamgast.demo.generator.frame import Frame

TWICE = {"customers": 5_000, "events": 1_000, "mail": 1_000, "service": 2_000, "refunds": 0}
"""Of a million rows, how many come twice. (Never lines of orders: two equal lines are two lines.)"""
IMPOSSIBLE = {
    "orders": ("ordered_at", "order_no", 300),
    "events": ("occurred_at", "message_id", 200),
}
"""Of a million rows, how many have a twin of its own number with a date in the year 26."""
_YEARS_OFF_S = 63_113_904_000
"""Two thousand years."""
REPEATED, NO_DATE = "comes twice", "a date in the first century"


def soil(frame: Frame, kind: str, part: int, table: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """The table with its dirt, and how many rows of what were added."""
    rows = table.num_rows
    key = part * 100_000_000 + np.arange(rows, dtype=np.int64)
    added: dict[str, int] = {}
    if TWICE.get(kind, 0):
        twice = frame.draws.chance(f"{kind} twice", key, TWICE[kind])
        added[REPEATED] = int(twice.sum())
        table = table.take(pa.array(np.repeat(np.arange(rows), 1 + twice)))
    if kind in IMPOSSIBLE:
        at, number, often = IMPOSSIBLE[kind]
        chosen = np.flatnonzero(frame.draws.chance(f"{kind} date", key, often))
        added[NO_DATE] = len(chosen)
        twins = table.take(pa.array(chosen))
        moment = np.asarray(twins[at].cast(pa.int64()), dtype=np.int64)
        wrong = columns.seconds(moment // 1_000_000 - _YEARS_OFF_S)
        names = columns.joined(twins[number].combine_chunks(), "x")
        twins = twins.set_column(table.column_names.index(at), at, wrong)
        twins = twins.set_column(table.column_names.index(number), number, names)
        table = pa.concat_tables([table, twins])
    return table, {what: count for what, count in added.items() if count}
