"""Who is in which segment since when, as refreshes found it.

The table ``membership`` holds changes: a stay when it begins, and again with ``left_at`` when it ends.
The view ``membership`` of a reader gives each stay once, as last known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.database import text_of
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.store.database import Query
    from stamgast.store.writing import WriteSession

_OPEN = """
    CREATE OR REPLACE TEMP TABLE open_stay AS
    WITH known AS (
        SELECT profile_id, segment, entered_at, left_at FROM lake_membership
        QUALIFY row_number() OVER (
            PARTITION BY profile_id, segment, entered_at ORDER BY batch DESC) = 1)
    SELECT k.profile_id AS said_id, coalesce(m.profile_id, k.profile_id) AS profile_id,
        k.segment, k.entered_at
    FROM known AS k LEFT JOIN lake_person AS m ON m.identifier_id = k.profile_id
    WHERE k.left_at IS NULL
    """
_ENTERED = """
    SELECT m.profile_id, m.segment, m.entered_at, CAST(NULL AS TIMESTAMPTZ) AS left_at
    FROM member AS m WHERE NOT EXISTS (
        SELECT 1 FROM open_stay AS o WHERE o.profile_id = m.profile_id AND o.segment = m.segment)
    """
_LEFT = """
    SELECT o.said_id AS profile_id, o.segment, o.entered_at, make_timestamptz($at) AS left_at
    FROM open_stay AS o WHERE NOT EXISTS (
        SELECT 1 FROM member AS m WHERE o.profile_id = m.profile_id AND o.segment = m.segment)
    """


def save_members(
    session: WriteSession, members: Query, at: int, params: Mapping[str, object] | None = None
) -> tuple[int, int]:
    """Write what changed since the last refresh; returns how many stays began and how many ended.

    ``members``: a query of all members at the instant ``at`` (microseconds): ``profile_id``,
    ``segment``, ``entered_at`` TIMESTAMPTZ (of a stay that is not known yet; NULL: not known). A
    stay that ended is closed at ``at``. Who knows the exact instants writes ``membership`` rows with
    ``session.write`` instead. A stay of a profile that was joined to another is that one's.
    """
    session.db.run(_OPEN)
    listed = f"SELECT profile_id, segment, entered_at FROM ({text_of(members)}) AS members"  # noqa: S608
    session.db.run(f"CREATE OR REPLACE TEMP TABLE member AS {listed}", params)
    order = LAKE["membership"].order
    began = session.write("membership", _ENTERED, order_by=order)
    ended = session.write("membership", _LEFT, {"at": at}, order_by=order)
    return began, ended
