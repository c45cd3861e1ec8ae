# ruff: noqa: S608 - a view takes no parameters: its text is made of our own names and a number
"""A reader that knows only what was said by an instant: to ask what comes if nothing else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.model import tables
from stamgast.store.ahead import AHEAD, COMES_TO_EXIST, LINED, drop_ahead, fold
from stamgast.store.database import quoted
from stamgast.store.parsed import execute

if TYPE_CHECKING:
    import duckdb

    from stamgast.model.log import Instant
    from stamgast.store.reading import Reader

PREFIX = "said_"

SAID = (
    """
CREATE OR REPLACE TEMP TABLE said_order_key AS
SELECT order_key FROM order_statement WHERE valid_from > $t AND received_at <= $t
UNION
SELECT order_key FROM refund_statement
WHERE "at" > $t AND received_at <= $t AND order_key IS NOT NULL
""",
    """
CREATE OR REPLACE TEMP TABLE said_order_statement AS
SELECT s.*, s.seq AS lines_seq FROM order_statement AS s SEMI JOIN said_order_key USING (order_key)
WHERE least(s.valid_from, s.received_at) <= $t
""",
    """
CREATE OR REPLACE TEMP TABLE said_refund_statement AS
SELECT * FROM refund_statement WHERE least("at", received_at) <= $t
AND CASE WHEN order_key IS NULL THEN "at" > $t
    ELSE order_key IN (SELECT order_key FROM said_order_key) END
""",
    """
CREATE OR REPLACE TEMP TABLE said_presence AS
SELECT c.profile_id, c.from_at AS first_at, p.anonymous
FROM comes_to_exist AS c JOIN presence AS p USING (profile_id)
""",
)
"""Orders and refunds of which something was said by ``$t`` and is dated later, as they were said by
then, and who comes to exist by what was."""

SOME = """
SELECT EXISTS (SELECT 1 FROM ahead) OR EXISTS (SELECT 1 FROM said_order_key)
    OR EXISTS (SELECT 1 FROM said_refund_statement)
"""
FOLDED = {
    tables.ORDER_VERSION.name: ("order_key", "said_order_key"),
    tables.LOOSE_REFUND.name: ("refund_key", "said_refund_statement"),
}
"""Tables made of what was said, whose rows may begin before an instant and end after it: by which key
those are told that are made anew, and where these keys are."""
SAID_BY = {
    tables.ORDER_STATEMENT.name: "valid_from",
    tables.REFUND_STATEMENT.name: "at",
    tables.EVENT.name: "occurred_at",
    tables.ATTRIBUTE.name: "at",
    tables.EXTENSION.name: "at",
    tables.CONSENT.name: "at",
}
"""Tables of what was said, with the instants of their rows."""


def cut_at(reader: Reader, t: Instant) -> Reader:
    """Make the engine views of a reader those of the log cut at ``t``; returns the same reader.

    That is what was said by ``t`` (``docs/meaning.md``): rows that were said by then and are dated
    later stay.
    """
    with reader.db.faults():
        ahead = cut_views(reader.db.connection, t, reader.zone, has_ahead=reader.has_ahead)
    reader.cut, reader.cut_ahead = True, ahead
    return reader


def cut_views(
    db: duckdb.DuckDBPyConnection, t: Instant, zone: str, *, has_ahead: bool = True
) -> bool:
    """Make the engine views of a connection those of the log cut at ``t``; whether any row is dated later.

    ``order_line`` is a view of ``order_version``, and is cut with it. ``has_ahead`` False: no row is
    dated after it was received.
    """
    ahead = has_ahead and _make_said(db, t, zone)
    for name, instant in SAID_BY.items():
        at = quoted(instant)
        said = f"{at} <= {t:d} OR received_at <= {t:d}"
        _replace(db, name, f"SELECT * FROM {_whole(name)} WHERE {at} IS NULL OR {said}")
    for name, (key, keys) in FOLDED.items():
        lasting = f"CASE WHEN valid_to <= {t:d} THEN valid_to END AS valid_to"
        body = f"SELECT * REPLACE ({lasting}) FROM {_whole(name)} WHERE valid_from <= {t:d}"
        if ahead:
            body += f" AND {key} NOT IN (SELECT {key} FROM {keys})"
            body += f" UNION ALL BY NAME FROM {PREFIX}{name}"
        _replace(db, name, body)
    presence = tables.PRESENCE.name
    body = f"SELECT * FROM {_whole(presence)} WHERE first_at <= {t:d}"
    _replace(db, presence, body + (f" UNION ALL BY NAME FROM {PREFIX}{presence}" if ahead else ""))
    return ahead


def _make_said(db: duckdb.DuckDBPyConnection, t: Instant, zone: str) -> bool:
    """Make the tables ``said_...``; whether any row that was said by ``t`` is dated later."""
    execute(db, AHEAD.format(chosen=""), {"t": t})
    execute(db, COMES_TO_EXIST, {"t": t})
    for statement in SAID:
        execute(db, statement, {"t": t} if "$t" in statement else None)
    execute(db, LINED.format(prefix=PREFIX))
    fold(db, zone, PREFIX, lines=False)
    [(some,)] = execute(db, SOME).fetchall()
    drop_ahead(db)
    return bool(some)


def _whole(name: str) -> str:
    return quoted(f"whole_{name}")


def _replace(db: duckdb.DuckDBPyConnection, name: str, body: str) -> None:
    """Put a view in the place of another one, which goes on under the name ``whole_...``."""
    execute(db, f"ALTER VIEW {quoted(name)} RENAME TO {_whole(name)}")
    execute(db, f"CREATE VIEW {quoted(name)} AS {body}")
