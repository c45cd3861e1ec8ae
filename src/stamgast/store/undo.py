"""The lake without some batches: their rows out, and what is derived of the rest worked out anew.

Only what sources said is stripped. What is derived of it (persons, states of orders, first sights) is
made again from all that is left, so nothing of an undone batch can stay in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from stamgast.store.lake import LAKE, PROPERTY_PREFIX, tables_of
from stamgast.store.lines import PRODUCT_KEYS, with_lines_seq
from stamgast.store.lookup import make_lookup
from stamgast.store.orders import ORDER_COLUMNS, FoldSpec, fold_statements, loose_refunds
from stamgast.store.refunds import live_refunds, outranked_refunds
from stamgast.store.views import create_lake_view

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stamgast.store.writing import WriteSession

OF_PERSONS = tables_of("persons")
DERIVED = frozenset(tables_of("derived", "persons"))
"""Made again from what sources said."""

RECORDED = frozenset(tables_of("recorded"))
"""What refreshes recorded: the next one asks again whoever is ``restated``."""

OF_ERASED = '{"erased":true}'
"""What is left of what was said of an order or refund of somebody who was erased."""

RECEIVED = tuple(name for name in tables_of("said") if "received_at" in LAKE[name].types)
"""Tables whose rows tell when they were received."""


def received_at(session: WriteSession, batch: int) -> int | None:
    """When the rows of an import were received; None: it brought none.

    That is the instant at which it began, but of imports of earlier versions.
    """
    parts = " UNION ALL ".join(
        f"SELECT max(received_at) AS at_us FROM lake_{table} WHERE batch = $batch"  # noqa: S608 - ours
        for table in RECEIVED
    )
    rows = session.db.run(
        f"SELECT epoch_us(max(at_us)) FROM ({parts})",  # noqa: S608 - as above
        {"batch": batch},
    )
    return None if rows[0][0] is None else int(rows[0][0])


def rows_of(session: WriteSession, batch: int) -> dict[str, int]:
    """How many rows of each table an import brought; tables without any are left out."""
    found = {
        table: session.db.run(
            f"SELECT count(*) FROM lake_{table} WHERE batch = $batch",  # noqa: S608 - ours
            {"batch": batch},
        )[0][0]
        for table in LAKE
        if table not in DERIVED | RECORDED
    }
    return {table: int(many) for table, many in found.items() if many}


def touched(session: WriteSession, batches: Collection[int]) -> list[int]:
    """Every identifier of the persons of whom the batches said something."""
    keyed = [
        name for name, table in LAKE.items() if name not in DERIVED and "identity_id" in table.types
    ]
    parts = [f"SELECT identity_id FROM lake_{t} WHERE batch IN (SELECT unnest($b))" for t in keyed]  # noqa: S608 - ours
    parts += [
        "SELECT unnest(identifier_ids) FROM lake_link WHERE batch IN (SELECT unnest($b))",
        "SELECT unnest([device_id, person_id]) FROM lake_mark WHERE batch IN (SELECT unnest($b))",
        "SELECT identifier_id FROM lake_identifier WHERE batch IN (SELECT unnest($b))",
        *_of_products(session),
    ]
    rows = session.db.run(
        f"""
        WITH said AS ({" UNION ".join(parts)}),
        whole AS (
            SELECT DISTINCT coalesce(p.profile_id, s.identity_id) AS profile_id
            FROM said AS s LEFT JOIN lake_person AS p ON p.identifier_id = s.identity_id)
        SELECT identity_id FROM said UNION SELECT profile_id FROM whole
        UNION SELECT p.identifier_id FROM lake_person AS p JOIN whole USING (profile_id)
        """,  # noqa: S608 - as above
        {"b": sorted(batches)},
    )
    return sorted(int(row[0]) for row in rows if row[0] is not None)


def _of_products(session: WriteSession) -> Iterator[str]:
    """What a feed says of a product is said of whoever bought it or has an event of it."""
    told = "(SELECT unnest([product_id, sku]) FROM lake_product WHERE batch IN (SELECT unnest($b)))"
    for key in PRODUCT_KEYS:
        yield (
            "SELECT s.identity_id FROM lake_order_statement AS s SEMI JOIN "  # noqa: S608 - ours
            f"(SELECT order_key FROM lake_order_line WHERE {key} IN {told}) AS l USING (order_key)"
        )
    held = {name for name, _ in session.db.describe("SELECT * FROM lake_event")}
    for key in PRODUCT_KEYS:
        if PROPERTY_PREFIX + key in held:
            column = f"CAST({PROPERTY_PREFIX}{key} AS VARCHAR)"
            yield f"SELECT identity_id FROM lake_event WHERE {column} IN {told}"  # noqa: S608 - ours


def strip(session: WriteSession, batches: Collection[int]) -> None:
    """Take the rows of batches out of every table that holds what was said.

    What files will not tell again stays: orders and refunds of persons who were erased (see
    ``keep_said_again``). Identifiers that only they held are put aside in ``former_identifier``, so that they get their id
    back when they come again. The tables of persons are emptied.
    """
    gone = {"b": sorted(batches)}
    session.replace(
        "former_identifier",
        "SELECT identifier_id, kind, value FROM lake_former_identifier UNION "
        "SELECT identifier_id, kind, value FROM lake_identifier WHERE batch IN (SELECT unnest($b))",
        gone,
        order_by=LAKE["former_identifier"].order,
    )
    for name, table in LAKE.items():
        if name in DERIVED | RECORDED:
            continue
        later = [f for f in session.files if f.table == name and f.batch >= min(batches)]
        if not later:
            continue
        create_lake_view(session.db, table, session.lake, later, prefix="later_")
        session.write(
            name,
            f"SELECT * FROM later_{name} WHERE batch NOT IN (SELECT unnest($b)) "  # noqa: S608 - ours
            f"OR {_STAYS.get(name, 'false')}",
            gone,
            order_by=table.order,
            keep_batch=True,
        )
        session.drop(file.path for file in later)
    for name in OF_PERSONS:
        session.drop(file.path for file in session.files if file.table == name)


def keep_said_again(session: WriteSession, batch: int) -> bool:
    """Of what an undone batch said of persons who were erased keep what a later one says, too.

    Later imports leave such orders and refunds out when they are told again, so what the undone batch
    said counts as said by the first that says it, unless that one has a word of its own on it. All else
    goes. To be called after ``continue_as``; whether anything changed (then call that again).
    """
    first: dict[tuple[str, str], int] = {}
    for later in sorted(session.of_erased):
        for said in session.of_erased[later]:
            first.setdefault(said, later)
    columns = {
        "kind": pa.array([kind for kind, _ in first], pa.string()),
        "said": pa.array([said for _, said in first], pa.string()),
        "later": pa.array(list(first.values()), pa.int32()),
    }
    session.db.register("first_said", pa.table(columns))
    session.db.run(_SAID_AGAIN)
    changed = False
    for name in _STAYS:
        kind, key = ("refund", "base_key") if name == "refund_statement" else ("order", "order_key")
        rows = f"FROM lake_{name} WHERE batch = $batch"
        if not session.db.run(f"SELECT count(*) {rows}", {"batch": batch})[0][0]:
            continue
        session.replace(
            name,
            f"""
            SELECT x.* REPLACE (CASE WHEN x.batch = $batch THEN f.later ELSE x.batch END AS batch)
            FROM lake_{name} AS x LEFT JOIN said_again AS f ON f.kind = '{kind}' AND f.said = x.{key}
            WHERE x.batch <> $batch OR f.later IS NOT NULL
            """,  # noqa: S608 - ours
            {"batch": batch},
            order_by=LAKE[name].order,
            keep_batch=True,
        )
        changed = True
    return changed


_SAID_AGAIN = """
    CREATE OR REPLACE TEMP TABLE said_again AS
    SELECT f.kind, f.said, f.later FROM first_said AS f
    WHERE NOT EXISTS (SELECT 1 FROM lake_order_statement AS o
            WHERE f.kind = 'order' AND o.order_key = f.said AND o.batch = f.later)
        AND NOT EXISTS (SELECT 1 FROM lake_refund_statement AS r
            WHERE f.kind = 'refund' AND r.base_key = f.said AND r.batch = f.later)
    """
"""The orders and refunds of which the first that says them has no word of its own."""


def withdraw(
    session: WriteSession, batch: int, names: Collection[str], restated: Collection[int]
) -> None:
    """Take what one batch said out of these tables, when nothing else is derived of it.

    ``restated``: identifiers of whom it said it.
    """
    for name in names:
        # a compacted file bears the number of the last batch in it
        files = [f for f in session.files if f.table == name and f.batch >= batch]
        if not files:
            continue
        create_lake_view(session.db, LAKE[name], session.lake, files, prefix="later_")
        session.write(
            name,
            f"SELECT * FROM later_{name} WHERE batch <> $batch",  # noqa: S608 - ours
            {"batch": batch},
            order_by=LAKE[name].order,
            keep_batch=True,
        )
        session.drop(file.path for file in files)
    _restate(session, restated)


_OF_ERASED = f"order_key IN (SELECT order_key FROM lake_order_statement WHERE said = '{OF_ERASED}')"  # noqa: S608 - ours
_OF_NOBODY = f"identity_id IS NULL AND {_OF_ERASED}"
_STAYS = {
    "order_statement": _OF_NOBODY,
    "order_line": _OF_NOBODY,
    "withdrawn_statement": _OF_ERASED,
    "refund_statement": f"identity_id IS NULL AND said = '{OF_ERASED}'",
}
"""Which rows of the batches that are told again stay."""


def derive(session: WriteSession, restated: Collection[int]) -> None:
    """Make again what is derived of the statements in the lake, persons aside."""
    session.db.run(
        "CREATE OR REPLACE TEMP VIEW held_refund AS "
        "SELECT r.* FROM lake_refund_statement AS r ANTI JOIN lake_withdrawn_refund USING (refund_key)"
    )
    session.replace(
        "outranked_refund",
        outranked_refunds("held_refund"),
        order_by=LAKE["outranked_refund"].order,
    )
    session.db.run(
        "CREATE OR REPLACE TEMP VIEW live_refund AS " + live_refunds("new_outranked_refund")
    )
    lined = with_lines_seq("SELECT * FROM lake_order_statement", "SELECT * FROM lake_joined_order")
    session.db.run(f"CREATE OR REPLACE TEMP VIEW lined_statement AS {lined}")
    spec = FoldSpec(
        statements="lined_statement",
        refunds="live_refund",
        who="identity_id",
        order_columns=(*ORDER_COLUMNS, "received_at", "lines_seq"),
        refund_columns=("order_key",),
    )
    session.db.run(
        "CREATE OR REPLACE TEMP VIEW live_statement AS "
        f"FROM {spec.statements} ANTI JOIN lake_withdrawn_statement USING (seq)"
    )
    spec = replace(spec, statements="live_statement")
    versions, _ = fold_statements(spec)
    loose = loose_refunds(replace(spec, refunds="held_refund"))
    session.replace("order_version", versions, order_by=LAKE["order_version"].order)
    session.replace("loose_refund", loose, order_by=LAKE["loose_refund"].order)
    session.replace("replaced", "SELECT order_key FROM lake_replaced WHERE false")
    session.replace("first_seen", _FIRST_SEEN, order_by=LAKE["first_seen"].order)
    make_lookup(session)
    session.replace(
        "former_identifier",
        "SELECT f.identifier_id, f.kind, f.value FROM lake_former_identifier AS f "
        "ANTI JOIN lake_identifier USING (identifier_id)",
        order_by=LAKE["former_identifier"].order,
    )
    # what is of nobody may be gone too, which the shop's own figures counted
    _restate(session, [*restated, None])


def _restate(session: WriteSession, ids: Collection[int | None]) -> None:
    session.write(
        "restated",
        "SELECT DISTINCT unnest($ids::BIGINT[]) AS identity_id",
        {"ids": list(ids)},
        order_by=LAKE["restated"].order,
    )


_STANDING = {
    "order_statement": "live_statement",
    "refund_statement": "live_refund",
    # said by hand of an identifier that no import holds any more: it waits with it
    **{
        table: f"(SELECT c.* FROM lake_{table} AS c "  # noqa: S608 - ours
        "SEMI JOIN lake_identifier AS i ON i.identifier_id = c.identity_id)"
        for table in ("attribute", "consent")
    },
}
"""Which rows of a table make somebody exist; of others all."""
_DATED = " UNION ALL ".join(
    f'SELECT identity_id, "{table.since}" AS "at" FROM {_STANDING.get(name, f"lake_{name}")}'  # noqa: S608 - ours
    for name, table in LAKE.items()
    if table.since is not None
)
_FIRST_SEEN = f"""
    SELECT identity_id, min("at") AS first_at FROM ({_DATED})
    WHERE identity_id IS NOT NULL AND "at" IS NOT NULL GROUP BY identity_id
    """  # noqa: S608 - ours
"""A profile exists from its first dated row on (``docs/meaning.md``)."""
