"""A small shop written straight to the store, as an import would: consistent in all its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.orders import FoldSpec, fold_statements
from stamgast.store.shop import ShopStore
from stamgast.store.writing import ImportRecord

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.store.writing import WriteSession

ZONE = "Europe/Amsterdam"
START_US = 1_500_000_000_000_000

STATEMENTS = """
    SELECT (i * 7919) % $customers + 1 AS identity_id, 'web:' || i AS order_key,
        100 AS source_rank, $seq + i AS seq,
        make_timestamptz($start + i * 3600000000) AS ordered_at, ordered_at AS valid_from,
        make_timestamptz($received) AS received_at, i % 11 <> 0 AS counts, 1000 + i % 500 AS total,
        NULL AS gross, NULL AS discount, i::VARCHAR AS order_id, NULL AS coupon,
        i % 5 = 0 AS coupon_used, 'web' AS channel, NULL AS store, 'completed' AS status,
        'web' AS source, 'EUR' AS currency, false AS approximate,
        i::VARCHAR AS said
    FROM range($from, $from + $many) AS t(i)
    """
RECEIVED_US = 1_800_000_000_000_000


def open_store(folder: Path) -> ShopStore:
    return ShopStore(folder, ZONE, threads=2)


def stage_orders(session: WriteSession, *, first: int, many: int, customers: int) -> int:
    """Write statements of orders ``first .. first + many``, and what follows from them."""
    seq = session.allot("seq", many)
    session.db.run(
        f"CREATE OR REPLACE TEMP TABLE statement AS {STATEMENTS}",
        {
            "customers": customers,
            "seq": seq,
            "start": START_US,
            "received": RECEIVED_US,
            "from": first,
            "many": many,
        },
    )
    session.write("order_statement", "FROM statement", order_by=("identity_id", "ordered_at"))
    session.write(
        "identifier",
        """
        SELECT DISTINCT identity_id AS identifier_id, 'customer_id' AS kind,
            lpad(identity_id::VARCHAR, 7, '0') AS value, 0 AS first_seq
        FROM statement
        WHERE identity_id NOT IN (SELECT identifier_id FROM lake_identifier)
        """,
        order_by=("identifier_id",),
    )
    session.write(
        "first_seen",
        "SELECT identity_id, min(valid_from) AS first_at FROM statement GROUP BY identity_id",
    )
    session.replace_orders("SELECT order_key FROM statement")
    session.db.run(
        """
        CREATE OR REPLACE TEMP VIEW touched AS
        SELECT * EXCLUDE batch FROM lake_order_statement
        WHERE order_key IN (SELECT order_key FROM statement)
        UNION ALL BY NAME FROM statement
        """
    )
    versions, _ = fold_statements(
        FoldSpec(
            statements="touched",
            refunds="lake_refund_statement",
            who="identity_id",
        )
    )
    text = versions.sql(dialect="duckdb", identify=True)
    session.write(
        "order_version",
        f"SELECT v.*, make_timestamptz($received) AS received_at, NULL::BIGINT AS lines_seq FROM ({text}) AS v",
        {"received": RECEIVED_US},
        order_by=("identity_id", "ordered_at"),
    )
    return many


def import_orders(
    store: ShopStore, *, first: int = 0, many: int = 1000, customers: int = 50
) -> int:
    """One whole import; returns its batch."""
    with store.writing("import") as session:
        stage_orders(session, first=first, many=many, customers=customers)
        return session.commit(ImportRecord(source="web", counts={"accepted": many}))


def counts(store: ShopStore) -> dict[str, int]:
    """What a reader sees now: the commits, and rows and sums of some views."""
    with store.reading() as reader:
        rows = reader.db.run(
            """
            SELECT (SELECT count(*) FROM order_statement), (SELECT count(*) FROM order_version),
                (SELECT coalesce(sum(net_total), 0)::BIGINT FROM order_version),
                (SELECT count(*) FROM presence)
            """
        )[0]
        names = ("statements", "versions", "net", "profiles")
        return {"commits": reader.data_version, **dict(zip(names, rows, strict=True))}
