"""Fewer, larger files: merges the small files of a table and leaves out dead rows.

Nothing that a reader sees changes. Rows keep the ``batch`` that wrote them. ``ShopStore.writing`` does
this after a commit that left a table with many files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.lake import DERIVED_OF_ORDERS, LAKE
from stamgast.store.views import create_lake_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stamgast.store.files import LakeFile
    from stamgast.store.writing import WriteSession

MANY_FILES = 32
"""A table with more files than this is due."""

LARGE_BYTES = 64 * 1024 * 1024
"""A file of this size or more is left as it is."""
MERGED_BYTES = 2 * LARGE_BYTES
"""So much is merged into one file at most: it is sorted in memory, where it takes ten times as much."""

_ORDERS = frozenset({*DERIVED_OF_ORDERS, "replaced"})

_LIVE = """
    SELECT v.* FROM lake_{table} AS v WHERE NOT EXISTS (
        SELECT 1 FROM lake_replaced AS r WHERE r.order_key = v.order_key AND r.batch > v.batch)
    """
_FIRST_SEEN = """
    SELECT identity_id, min(first_at) AS first_at,
        arg_min(batch, struct_pack(first_at := first_at, batch := batch)) AS batch
    FROM lake_first_seen GROUP BY identity_id
    """
_LOST = """
    SELECT DISTINCT v.identity_id FROM lake_{table} AS v
    JOIN lake_replaced AS r ON r.order_key = v.order_key AND r.batch > v.batch
    WHERE r.batch > $refreshed AND v.batch <= $refreshed
    """
_MEMBERSHIP = """
    SELECT * FROM lake_membership
    QUALIFY row_number() OVER (
        PARTITION BY profile_id, segment, entered_at ORDER BY batch DESC) = 1
    """


def due(files: Iterable[LakeFile]) -> tuple[str, ...]:
    """The tables with more than ``MANY_FILES`` files that are not large."""
    count: dict[str, int] = {}
    for file in files:
        if file.bytes < LARGE_BYTES:
            count[file.table] = count.get(file.table, 0) + 1
    return tuple(sorted(table for table, many in count.items() if many > MANY_FILES))


def compact(session: WriteSession, tables: Iterable[str], refreshed: int | None = None) -> None:
    """Merge the files of these tables; the caller commits.

    ``refreshed``: the batch of the last refresh, if any. Of whom a dead row was that it knew, the next
    one is told: it cannot see it any more.
    """
    wanted = set(tables)
    if wanted & _ORDERS:
        if refreshed is not None and any(
            file.table == "replaced" and file.batch > refreshed for file in session.files
        ):
            lost = " UNION ".join(_LOST.format(table=table) for table in DERIVED_OF_ORDERS)
            order = LAKE["restated"].order
            session.write("restated", lost, {"refreshed": refreshed}, order_by=order)
        _compact_orders(session)
    for table in sorted(wanted - _ORDERS):
        if table == "first_seen":
            _whole(session, table, _FIRST_SEEN)
        elif table == "membership":
            _whole(session, table, _MEMBERSHIP)
        else:
            _merge_small(session, table)


def _compact_orders(session: WriteSession) -> None:
    """The derived tables together, without dead rows; after that no order counts as replaced."""
    for table in DERIVED_OF_ORDERS:
        _whole(session, table, _LIVE.format(table=table))
    session.drop(file.path for file in session.files if file.table == "replaced")


def _whole(session: WriteSession, table: str, select: str) -> None:
    session.replace(table, select, order_by=LAKE[table].order, keep_batch=True)


def _merge_small(session: WriteSession, table: str) -> None:
    small = [f for f in session.files if f.table == table and f.bytes < LARGE_BYTES]
    for files in _together(small):
        create_lake_view(session.db, LAKE[table], session.lake, files, prefix="small_")
        session.write(
            table,
            f"SELECT * FROM small_{table}",  # noqa: S608 - a table name of our own
            order_by=LAKE[table].order,
            keep_batch=True,
        )
        session.drop(file.path for file in files)


def _together(files: Iterable[LakeFile]) -> Iterator[list[LakeFile]]:
    """Files in order, as many as are merged into one; a last one alone stays as it is."""
    some: list[LakeFile] = []
    for file in files:
        if some and sum(one.bytes for one in some) + file.bytes > MERGED_BYTES:
            yield some
            some = []
        some.append(file)
    if len(some) > 1:
        yield some
