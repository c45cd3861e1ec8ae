"""The fold of order statements and refunds, against a query per instant written by hand."""

from __future__ import annotations

import random

import duckdb
import pytest

from stamgast.store.orders import FoldSpec, fold_statements

STATEMENT = (
    "profile_id BIGINT, order_key VARCHAR, source_rank INTEGER, seq BIGINT, ordered_at BIGINT,"
    " valid_from BIGINT, received_at BIGINT, counts BOOLEAN, total BIGINT, coupon VARCHAR"
)
REFUND = (
    'profile_id BIGINT, refund_key VARCHAR, order_key VARCHAR, "at" BIGINT, received_at BIGINT,'
    " amount BIGINT"
)
BY_HAND = """
WITH force AS (
  SELECT * FROM order_statement WHERE valid_from <= $u
  QUALIFY row_number() OVER (PARTITION BY order_key
    ORDER BY source_rank, valid_from DESC, received_at DESC, seq DESC) = 1),
back AS (
  SELECT order_key, sum(amount) AS said, bool_or(amount IS NULL) AS rest
  FROM refund_statement WHERE "at" <= $u AND order_key IS NOT NULL GROUP BY order_key)
SELECT f.profile_id, f.order_key, f.ordered_at, f.counts, f.total, f.coupon,
  CASE WHEN rest THEN greatest(coalesce(said, 0), f.total) ELSE coalesce(said, 0) END AS refunded,
  f.total - refunded AS net_total
FROM force f LEFT JOIN back USING (order_key) ORDER BY ALL
"""
LOOSE_BY_HAND = """
SELECT profile_id, refund_key, amount FROM refund_statement r
WHERE "at" <= $u AND NOT EXISTS (
  SELECT 1 FROM order_statement s WHERE s.order_key = r.order_key AND s.valid_from <= $u)
ORDER BY ALL
"""


def random_shop(seed: int) -> duckdb.DuckDBPyConnection:
    pick = random.Random(seed)  # noqa: S311 - test data
    db = duckdb.connect()
    db.execute(f"CREATE TABLE order_statement ({STATEMENT})")
    db.execute(f"CREATE TABLE refund_statement ({REFUND})")
    statements, refunds = [], []
    for seq in range(400):
        ordered_at = pick.randrange(30)
        statements.append(
            (
                pick.choice([None, 1, 2, 3]),
                f"s:{pick.choice([pick.randrange(60), pick.randrange(400)])}",
                pick.choice([1, 1, 2]),
                seq,
                ordered_at,
                ordered_at + pick.choice([0, 0, 0, 3, 9]),
                pick.randrange(5),
                pick.random() < 0.8,
                pick.randrange(100),
                pick.choice([None, "A"]),
            )
        )
    for number in range(60):
        order_key = pick.choice([None, f"s:{pick.randrange(80)}", f"x:{number}"])
        at = pick.randrange(45)
        amount = pick.choice([None, 5, 70])
        refunds.append((pick.choice([None, 1, 2]), f"r{number}", order_key, at, at, amount))
    db.executemany("INSERT INTO order_statement VALUES (?,?,?,?,?,?,?,?,?,?)", statements)
    db.executemany("INSERT INTO refund_statement VALUES (?,?,?,?,?,?)", refunds)
    versions, loose = fold_statements(FoldSpec(order_columns=("coupon",)))
    db.execute("CREATE TABLE order_version AS " + versions.sql("duckdb"))
    db.execute("CREATE TABLE loose_refund AS " + loose.sql("duckdb"))
    return db


@pytest.mark.parametrize("seed", range(3))
def test_states_at_every_instant(seed: int) -> None:
    db = random_shop(seed)
    rows = 0
    for u in range(50):
        found = db.execute(
            "SELECT profile_id, order_key, ordered_at, counts, total, coupon, refunded, net_total"
            " FROM order_version WHERE valid_from <= $u AND coalesce(valid_to > $u, true)"
            " ORDER BY ALL",
            {"u": u},
        ).fetchall()
        assert found == db.execute(BY_HAND, {"u": u}).fetchall()
        rows += len(found)
        loose = db.execute(
            "SELECT profile_id, refund_key, amount FROM loose_refund"
            " WHERE valid_from <= $u AND coalesce(valid_to > $u, true) ORDER BY ALL",
            {"u": u},
        ).fetchall()
        assert loose == db.execute(LOOSE_BY_HAND, {"u": u}).fetchall()
    assert rows > 1000


def test_versions_are_numbered_and_touch() -> None:
    db = random_shop(7)
    (count,) = db.execute("SELECT count(*) FROM order_version WHERE version > 1").fetchall()[0]
    assert count > 20
    gaps = db.execute(
        "SELECT * FROM order_version v ANTI JOIN order_version n"
        " ON v.order_key = n.order_key AND n.version = v.version + 1 AND n.valid_from = v.valid_to"
        " WHERE v.valid_to IS NOT NULL"
    ).fetchall()
    assert gaps == []
