"""A shop's log as the engine tables (``model.tables``) on a DuckDB connection."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb
from shops import kinds_of
from vocabulary import EVENT_PROPERTIES

from stamgast.language.reference import canonical
from stamgast.language.reference.days import local_day
from stamgast.language.types import Type
from stamgast.model.tables import (
    ENGINE_TABLES,
    EVENT,
    ORDER_LINE,
    ORDER_STATEMENT,
    REFUND_STATEMENT,
)
from stamgast.store.lines import GOODS_COLUMNS, order_line, product_version
from stamgast.store.orders import ORDER_COLUMNS, FoldSpec, fold_statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shops import Shop

    from stamgast.model.log import OrderStatement


Line: TypeAlias = "dict[str, object]"

SQL_TYPE = {
    Type.NUMBER: "DOUBLE",
    Type.TEXT: "VARCHAR",
    Type.BOOLEAN: "BOOLEAN",
    Type.DAY: "DATE",
}


def connect(event_properties: Mapping[str, Type] = EVENT_PROPERTIES) -> duckdb.DuckDBPyConnection:
    """The engine tables, empty, in memory, of one thread: the examples are tiny."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    declared = [(f"p_{name}", SQL_TYPE.get(t, "BIGINT")) for name, t in event_properties.items()]
    connection.execute("CREATE TABLE line_holder (seq BIGINT, lines_seq BIGINT)")
    connection.execute(f"CREATE TABLE product_version AS {product_version(some=False)}")
    kinds = dict(ORDER_LINE.columns)
    named = ", ".join(f'"{column}" {kinds[column]}' for column in (*GOODS_COLUMNS, "launched"))
    connection.execute(f"CREATE TABLE statement_line (lines_seq BIGINT, line_no INTEGER, {named})")
    for table in (*ENGINE_TABLES, ORDER_STATEMENT, REFUND_STATEMENT):
        columns = [*table.columns, *(declared if table is EVENT else ())]
        listed = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        connection.execute(f"CREATE TABLE {table.name} ({listed})")
    return connection


def load(connection: duckdb.DuckDBPyConnection, shop: Shop, zone: str) -> None:
    """Fill the engine tables with a shop's log; the orders are folded by ``store.orders``."""
    for name, lines in (
        ("order_statement", _statements(shop)),
        ("statement_line", _lines(shop)),
        ("refund_statement", _refunds(shop)),
        ("event", _events(shop, zone)),
        ("attribute", _attributes(shop)),
        ("extension", _extensions(shop)),
        ("consent", _consents(shop)),
        ("presence", _presence(shop)),
        ("known_by", _known_by(shop)),
    ):
        _fill(connection, name, list(lines))
    instants = {s.ordered_at for s in shop.orders} | {r.at for r in shop.refunds}
    days = {one: local_day(one, zone) for one in instants}
    for name, insert in zip(("order_version", "loose_refund"), _folds(), strict=True):
        _run(connection, f"DELETE FROM {name}")
        _run(connection, insert, {"instants": list(days), "days": list(days.values())})
    select = order_line("order_version", zone, catalogue=False)
    _run(connection, "DELETE FROM order_line")
    _run(connection, f"INSERT INTO order_line BY NAME {select}")


PARSED: dict[str, duckdb.Statement] = {}
"""The same few statements fill the tables thousands of times; parsing them takes a sixth of it."""


def _run(
    connection: duckdb.DuckDBPyConnection, text: str, values: dict[str, Any] | None = None
) -> None:
    if text not in PARSED:
        (PARSED[text],) = connection.extract_statements(text)
    connection.execute(PARSED[text], values)


@cache
def _folds() -> tuple[str, str]:
    """The statements that fold, and tell each row its local day."""
    spec = FoldSpec(statements="lined", order_columns=(*ORDER_COLUMNS, "lines_seq"))
    versions, loose = (select.sql("duckdb") for select in fold_statements(spec))
    versions, loose = (
        f"WITH lined AS (SELECT *, seq AS lines_seq FROM order_statement) FROM ({select})"
        for select in (versions, loose)
    )
    return (
        _with_day("order_version", "ordered_at", versions),
        _with_day("loose_refund", "at", loose),
    )


def _with_day(name: str, at: str, select: str) -> str:
    return (
        f"INSERT INTO {name} BY NAME SELECT f.*, d.day FROM ({select}) f JOIN (SELECT "
        "unnest($instants::BIGINT[]) AS instant, unnest($days::DATE[]) AS day) d "
        f'ON f."{at}" = d.instant'
    )


def _fill(connection: duckdb.DuckDBPyConnection, name: str, lines: list[Line]) -> None:
    _run(connection, f"DELETE FROM {name}")
    if not lines:
        return
    columns = list(dict.fromkeys(key for line in lines for key in line))
    listed = ", ".join(f'"{column}"' for column in columns)
    lists = ", ".join(f"unnest($c{i})" for i in range(len(columns)))
    values = {f"c{i}": [line.get(one) for line in lines] for i, one in enumerate(columns)}
    _run(connection, f"INSERT INTO {name} ({listed}) SELECT {lists}", values)


def _statements(shop: Shop) -> Iterable[Line]:
    for seq, s in _numbered(shop):
        carried = {name: s.properties.get(name) for name in ORDER_COLUMNS}
        yield {
            "profile_id": s.profile_id,
            "order_key": s.order_key,
            "source_rank": s.source_rank,
            "seq": seq,
            "ordered_at": s.ordered_at,
            "valid_from": s.valid_from,
            "received_at": s.received_at,
            "counts": s.counts,
            "total": s.total,
            **carried,
        }


def _numbered(shop: Shop) -> Iterable[tuple[int, OrderStatement]]:
    """Each statement with a position in the log that no other has."""
    return ((s.seq * len(shop.orders) + place, s) for place, s in enumerate(shop.orders))


def _lines(shop: Shop) -> Iterable[Line]:
    for seq, s in _numbered(shop):
        for line in s.lines:
            yield {"lines_seq": seq, "line_no": line.line_no, **line.properties}


def _refunds(shop: Shop) -> Iterable[Line]:
    for r in shop.refunds:
        yield {
            "profile_id": r.profile_id,
            "refund_key": r.refund_key,
            "order_key": r.order_key,
            "at": r.at,
            "received_at": r.received_at,
            "amount": r.amount,
        }


def _events(shop: Shop, zone: str) -> Iterable[Line]:
    for who, e in shop.events:
        yield {
            "profile_id": who,
            "event": e.name,
            "occurred_at": e.at,
            "day": local_day(e.at, zone),
            "received_at": e.received_at,
            "message_id": e.message_id,
            **{f"p_{name}": value for name, value in e.properties.items()},
        }


def _attributes(shop: Shop) -> Iterable[Line]:
    for who, a in shop.attributes:
        yield {
            "profile_id": who,
            "name": a.name,
            "at": a.at,
            "received_at": a.received_at,
            "value": None if a.value is None else canonical(a.value),
            "source": a.source,
        }


def _extensions(shop: Shop) -> Iterable[Line]:
    for who, x in shop.extensions:
        yield {
            "profile_id": who,
            "holder": x.holder,
            "name": x.name,
            "origin": x.origin,
            "action": x.action,
            "value": None if x.value is None else canonical(x.value),
            "at": x.at,
            "until": x.until,
            "received_at": x.received_at,
            "seq": x.seq,
        }


def _consents(shop: Shop) -> Iterable[Line]:
    for who, c in shop.consents:
        yield {
            "profile_id": who,
            "purpose": c.purpose,
            "channel": c.channel,
            "address": c.address,
            "state": c.state,
            "at": c.at,
            "received_at": c.received_at,
            "seq": c.seq,
        }


def _presence(shop: Shop) -> Iterable[Line]:
    dated = [(s.profile_id, s.valid_from) for s in shop.orders]
    dated += [(r.profile_id, r.at) for r in shop.refunds]
    dated += [(who, e.at) for who, e in shop.events]
    dated += [(who, a.at) for who, a in shop.attributes if a.at is not None]
    dated += [(who, c.at) for who, c in shop.consents if c.at is not None]
    for profile in range(1, shop.profiles + 1):
        instants = [at for who, at in dated if who == profile]
        if instants:
            yield {
                "profile_id": profile,
                "first_at": min(instants),
                "anonymous": profile in shop.visitors,
            }


def _known_by(shop: Shop) -> Iterable[Line]:
    for profile in range(1, shop.profiles + 1):
        for kind in kinds_of(profile, shop.visitors):
            yield {"profile_id": profile, "kind": kind}
