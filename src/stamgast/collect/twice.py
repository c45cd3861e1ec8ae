"""Rows that stand in a file twice, far apart: they count as they are said, but are pointed out.

Two equal lines beside each other are two of the same goods, as tills write them. An equal row further on,
with rows of other orders in between, is mostly one that was exported or pasted twice. In a file that is
not sorted by order nothing can be told from where rows stand, so nothing is said of it.

Sample of what is asked of one section::

    WITH "said" AS (SELECT "key", "line", HASH(...) AS "what" FROM (...) AS "good" SEMI JOIN split USING ("key")),
    "placed" AS (SELECT *, "line" - ROW_NUMBER() OVER (PARTITION BY "key" ORDER BY "line") AS "block"
        FROM "said"), ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.collect.groups import GROUPED, LINES, good_lines
from stamgast.collect.sql import text

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run

UNSORTED = 10
"""Where more than one in so many orders stands scattered all the same, the file is not sorted by order."""
MOST_LOOKED_AT = 2_000_000
"""Of a file with more lines than this, most of whose orders are scattered, no row is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """Rows of an import that equal an earlier row of the same order which does not stand beside them."""

    rows: int = 0
    such: str = ""
    """The number of an order or refund with such a row."""


def rows_twice(run: Run) -> Twice:
    """Of the rows that this import takes as new, per file and section."""
    found = [_of_group(run, group) for group in run.of_kind(*GROUPED) if _adds_up(group)]
    such = next((one.such for one in found if one.rows), "")
    return Twice(rows=sum(one.rows for one in found), such=such)


def _adds_up(group: Group) -> bool:
    """Whether a second row makes more of the order: rows have amounts or goods of their own."""
    return any(name in group.section.fields for name in LINES)


def _of_group(run: Run, group: Group) -> Twice:
    table = f'"{group.table}"'
    orders, split, lines = run.db.run(
        f"SELECT count(*), count(*) FILTER ({_SPLIT}), sum(lines) FROM {table} WHERE {_NEW}"  # noqa: S608 - a name of ours
    )[0]
    if not split or (lines > MOST_LOOKED_AT and 2 * split > orders):
        return Twice()
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE split_order AS "  # noqa: S608 - as above
        f"SELECT key FROM {table} WHERE {_NEW} AND {_SPLIT}"
    )
    fields = [name for name in group.section.fields if name not in {"order", "refund"}]
    rows = good_lines(group, fields)
    names = ", ".join(f'"{name}"' for name in fields) or "NULL"
    further = "".join(f', "x_{name}"' for name in group.section.further)
    query = _TWICE.format(rows=text(rows), what=f"hash({names}{further})")
    many, scattered, such = run.db.run(query, run.params.of(rows))[0]
    if not many or scattered * UNSORTED > orders:
        return Twice()
    return Twice(rows=int(many), such=str(such))


_NEW = "trouble IS NULL AND NOT repeated"
_SPLIT = "last_line - first_line >= lines"
_TWICE = """
    WITH said AS (
        SELECT key, line, {what} AS what FROM {rows} SEMI JOIN split_order USING (key)),
    placed AS (
        SELECT *, line - row_number() OVER (PARTITION BY key ORDER BY line) AS block FROM said),
    told AS (
        SELECT *, block > min(block) OVER (PARTITION BY key, what) AS again FROM placed),
    kept AS (
        SELECT key, count(*) AS many, max(line) - min(line) + 1 AS span FROM told
        WHERE NOT again GROUP BY key)
    SELECT (SELECT count(*) FROM told WHERE again),
        (SELECT count(*) FROM kept WHERE span > many),
        (SELECT arg_min(key, line) FROM told WHERE again)
    """
