"""The log cut at an instant is a log that was never told the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from effort import examples_of
from hypothesis import HealthCheck, event, given, settings
from strategies import examples
from tables import connect, load

from stamgast.language.reference.moments import own_instant, said_at
from stamgast.model.tables import ENGINE_TABLES, ORDER_STATEMENT, REFUND_STATEMENT
from stamgast.store.cut import cut_views
from stamgast.store.lines import order_line

if TYPE_CHECKING:
    import duckdb
    from shops import Shop
    from strategies import Example

    from stamgast.language.reference.moments import LogRow

TABLES = {table.name: table for table in (*ENGINE_TABLES, ORDER_STATEMENT, REFUND_STATEMENT)}
COUNTED = {"seq", "lines_seq"}
"""Positions in the log, which are others where less was said."""
VIEWS = sorted(set(TABLES) - {"order_line", "known_by"})


@settings(
    max_examples=examples_of(3_000, short=20),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(example=examples(traits=1, segments=1, crowd=30))
def test_a_cut_log_is_one_that_was_not_told_the_rest(example: Example) -> None:
    zone, t = example.definitions.zone, example.instants[0]
    told = _told_by(example.shop, t)
    fresh, whole = connect(), connect()
    load(fresh, told, zone)
    load(whole, example.shop, zone)
    _as_views(whole, zone)
    ahead = cut_views(whole, t, zone)
    assert ahead == _has_ahead(told, t)
    event("rows ahead" if ahead else "none ahead")
    for name in set(TABLES) - {"known_by"}:
        assert (name, _rows(whole, name)) == (name, _rows(fresh, name))


def _told_by(shop: Shop, t: int) -> Shop:
    """What was said of the shop by an instant."""
    return replace(
        shop,
        orders=tuple(s for s in shop.orders if said_at(s) <= t),
        refunds=tuple(r for r in shop.refunds if said_at(r) <= t),
        events=tuple(row for row in shop.events if said_at(row[1]) <= t),
        attributes=tuple(row for row in shop.attributes if said_at(row[1]) <= t),
        extensions=tuple(row for row in shop.extensions if said_at(row[1]) <= t),
        consents=tuple(row for row in shop.consents if said_at(row[1]) <= t),
    )


def _has_ahead(shop: Shop, t: int) -> bool:
    """Whether a row is dated after an instant."""
    told: list[LogRow] = [*shop.orders, *shop.refunds]
    for rows in (shop.events, shop.attributes, shop.extensions, shop.consents):
        told += [row for _, row in rows]
    return any(own_instant(row) > t for row in told)


def _as_views(db: duckdb.DuckDBPyConnection, zone: str) -> None:
    """As a reader has them: views, that of lines over the one of orders."""
    for name in VIEWS:
        db.execute(f"ALTER TABLE {name} RENAME TO held_{name}")
        db.execute(f"CREATE VIEW {name} AS FROM held_{name}")
    db.execute("DROP TABLE order_line")
    db.execute(f"CREATE VIEW order_line AS {order_line('order_version', zone, catalogue=False)}")


def _rows(db: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The rows of a table, in an order that is the same for the same rows."""
    columns = [f'"{column}"' for column, _ in TABLES[name].columns if column not in COUNTED]
    found = db.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
    return sorted(map(repr, found))
