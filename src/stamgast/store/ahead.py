"""Rows that were said but are dated later than the instant asked, on a DuckDB connection.

Profiles that have some are asked again at those instants, on the log cut at t: tables ``cut_...``,
which hold what was said by t about these profiles, orders folded anew from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.terms import as_, col, tab
from stamgast.store.lines import order_line
from stamgast.store.orders import ORDER_COLUMNS, FoldSpec, fold_statements
from stamgast.store.parsed import execute

if TYPE_CHECKING:
    import duckdb

PREFIX = "cut_"

AHEAD = """
CREATE OR REPLACE TEMP TABLE ahead AS
WITH statement_said AS (
  SELECT profile_id, order_key, valid_from FROM order_statement
  WHERE least(valid_from, received_at) <= $t),
refund_said AS (
  SELECT profile_id, order_key, "at" FROM refund_statement WHERE least("at", received_at) <= $t),
order_ahead AS (
  SELECT profile_id, order_key, valid_from AS u FROM statement_said WHERE valid_from > $t
  UNION ALL
  SELECT NULL, order_key, "at" FROM refund_said WHERE "at" > $t AND order_key IS NOT NULL),
concerned AS (
  SELECT profile_id, order_key FROM statement_said
  UNION SELECT profile_id, order_key FROM refund_said),
dated_ahead AS (
  SELECT c.profile_id, o.u, o.profile_id IS NOT DISTINCT FROM c.profile_id AS own
  FROM order_ahead AS o JOIN concerned AS c ON c.order_key = o.order_key
  UNION ALL
  SELECT profile_id, "at", true FROM refund_said WHERE "at" > $t
  UNION ALL
  SELECT profile_id, occurred_at, true FROM event WHERE occurred_at > $t AND received_at <= $t
  UNION ALL
  SELECT profile_id, "at", true FROM attribute WHERE "at" > $t AND received_at <= $t
  UNION ALL
  SELECT profile_id, "at", false FROM extension WHERE "at" > $t AND received_at <= $t
  UNION ALL
  SELECT profile_id, "at", true FROM consent WHERE "at" > $t AND received_at <= $t)
SELECT profile_id, u, bool_or(own) AS own
FROM dated_ahead WHERE profile_id IS NOT NULL{chosen} GROUP BY profile_id, u
"""

CHOSEN = " AND profile_id IN (SELECT profile_id FROM chosen)"

COMES_TO_EXIST = """
CREATE OR REPLACE TEMP TABLE comes_to_exist AS
SELECT a.profile_id, min(a.u) FILTER (WHERE a.own) AS from_at FROM ahead AS a
ANTI JOIN (SELECT profile_id FROM presence WHERE first_at <= $t) AS p ON p.profile_id = a.profile_id
GROUP BY a.profile_id HAVING min(a.u) FILTER (WHERE a.own) IS NOT NULL
"""

ASK = """
CREATE OR REPLACE TEMP TABLE ask AS
SELECT a.profile_id, a.u AS t FROM ahead AS a
SEMI JOIN (SELECT profile_id FROM presence WHERE first_at <= $t) AS p ON p.profile_id = a.profile_id
"""

ASKED_PROFILE = """
CREATE OR REPLACE TEMP TABLE asked_profile AS SELECT DISTINCT profile_id FROM ask
"""

CUT = (
    """
CREATE OR REPLACE TEMP TABLE cut_event AS
SELECT e.* FROM event AS e SEMI JOIN asked_profile AS p ON p.profile_id = e.profile_id
WHERE least(e.occurred_at, e.received_at) <= $t
""",
    """
CREATE OR REPLACE TEMP TABLE cut_attribute AS
SELECT x.* FROM attribute AS x SEMI JOIN asked_profile AS p ON p.profile_id = x.profile_id
WHERE x."at" IS NULL OR least(x."at", x.received_at) <= $t
""",
    """
CREATE OR REPLACE TEMP TABLE cut_extension AS
SELECT x.* FROM extension AS x SEMI JOIN asked_profile AS p ON p.profile_id = x.profile_id
WHERE least(x."at", x.received_at) <= $t
""",
    """
CREATE OR REPLACE TEMP TABLE cut_consent AS
SELECT x.* FROM consent AS x SEMI JOIN asked_profile AS p ON p.profile_id = x.profile_id
WHERE x."at" IS NULL OR least(x."at", x.received_at) <= $t
""",
    """
CREATE OR REPLACE TEMP TABLE cut_order_statement AS
WITH own AS (
  SELECT s.order_key FROM order_statement AS s
  SEMI JOIN asked_profile AS p ON p.profile_id = s.profile_id
  WHERE least(s.valid_from, s.received_at) <= $t
  UNION
  SELECT r.order_key FROM refund_statement AS r
  SEMI JOIN asked_profile AS p ON p.profile_id = r.profile_id
  WHERE least(r."at", r.received_at) <= $t)
SELECT s.*, s.seq AS lines_seq FROM order_statement AS s SEMI JOIN own ON own.order_key = s.order_key
WHERE least(s.valid_from, s.received_at) <= $t
""",
    """
CREATE OR REPLACE TEMP TABLE cut_refund_statement AS
SELECT r.* FROM refund_statement AS r WHERE least(r."at", r.received_at) <= $t
AND (r.profile_id IN (SELECT profile_id FROM asked_profile)
  OR r.order_key IN (SELECT order_key FROM cut_order_statement))
""",
)

LINED = """
UPDATE {prefix}order_statement SET lines_seq = h.lines_seq FROM line_holder AS h
WHERE h.seq = {prefix}order_statement.seq
"""

TABLES = (
    "ahead",
    "comes_to_exist",
    "ask",
    "asked_profile",
    "cut_event",
    "cut_attribute",
    "cut_extension",
    "cut_consent",
    "cut_order_statement",
    "cut_refund_statement",
    "cut_order_version",
    "cut_order_line",
    "cut_loose_refund",
    "answer_now",
    "answer_ahead",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What lies ahead of an instant."""

    asked: bool
    """Whether a profile that exists has rows ahead: the table ``ask`` holds when to ask it again."""
    coming: bool
    """Whether a profile comes to exist: the table ``comes_to_exist``."""


def find_ahead(
    db: duckdb.DuckDBPyConnection, t: int, zone: str, *, chosen: bool, lines: bool
) -> Ahead:
    """Make the tables ``ask``, ``comes_to_exist`` and, if there is anything to ask, ``cut_...``.

    ``chosen``: only of the profiles in the table ``chosen``. ``lines``: whether lines are asked for.
    """
    execute(db, AHEAD.format(chosen=CHOSEN if chosen else ""), {"t": t})
    if not _some(db, "ahead"):
        return Ahead(asked=False, coming=False)
    execute(db, COMES_TO_EXIST, {"t": t})
    execute(db, ASK, {"t": t})
    found = Ahead(asked=_some(db, "ask"), coming=_some(db, "comes_to_exist"))
    if found.asked:
        execute(db, ASKED_PROFILE)
        for statement in CUT:
            execute(db, statement, {"t": t})
        fold(db, zone, PREFIX, lines=lines)
    return found


def drop_ahead(db: duckdb.DuckDBPyConnection) -> None:
    """Drop what ``find_ahead`` made, and the answers made with it."""
    for table in TABLES:
        execute(db, f'DROP TABLE IF EXISTS temp."{table}"')


def _some(db: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(execute(db, f"SELECT 1 FROM {table} LIMIT 1").fetchall())  # noqa: S608 - our own names


def fold(db: duckdb.DuckDBPyConnection, zone: str, prefix: str, *, lines: bool) -> None:
    """Make ``<prefix>order_version`` and ``<prefix>loose_refund``, and ``<prefix>order_line`` if asked.

    From the tables ``<prefix>order_statement`` and ``<prefix>refund_statement``.
    """
    if lines:
        execute(db, LINED.format(prefix=prefix))
    for text in _fold_statements(prefix):
        execute(db, text, {"zone": zone})
    if lines:
        select = order_line(f"{prefix}order_version", zone, catalogue=True)
        execute(db, f"CREATE OR REPLACE TEMP TABLE {prefix}order_line AS {select}")


@cache
def _fold_statements(prefix: str) -> tuple[str, ...]:
    """The statements that make the folded tables; they are the same for every instant."""
    spec = FoldSpec(
        statements=f"{prefix}order_statement",
        refunds=f"{prefix}refund_statement",
        order_columns=(*ORDER_COLUMNS, "lines_seq"),
    )
    versions, loose = fold_statements(spec)
    zone = exp.Placeholder(this="zone")
    texts = []
    for table, query, instant in (
        ("order_version", versions, "ordered_at"),
        ("loose_refund", loose, "at"),
    ):
        day = DUCKDB.local_day(col(instant), zone.copy())
        text = _around(query, as_(day, "day")).sql("duckdb")
        texts.append(f"CREATE OR REPLACE TEMP TABLE {prefix}{table} AS {text}")
    return tuple(texts)


def _around(query: exp.Select, more: exp.Expr) -> exp.Select:
    """``WITH "folded" AS (query) SELECT *, more FROM "folded"``."""
    return exp.select("*", more).from_(tab("folded")).with_("folded", as_=query)
