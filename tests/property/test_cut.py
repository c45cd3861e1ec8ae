"""The log cut at an instant answers as a log that was never told the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from effort import examples_of
from engines import by_duckdb, named
from hypothesis import HealthCheck, event, given, settings
from strategies import examples
from tables import connect, load
from vocabulary import HOUR_US

from stamgast.language.reference.moments import said_at
from stamgast.model.log import DAY_US
from stamgast.store.cut import cut_views
from stamgast.store.engine import DuckEngine
from stamgast.store.lines import order_line

if TYPE_CHECKING:
    import duckdb
    from shops import Shop
    from strategies import Example

LATER = (1, HOUR_US, DAY_US, 41 * DAY_US)
"""When it is asked again: what was dated ahead has come by then."""
CUT = (
    "order_statement",
    "refund_statement",
    "order_version",
    "loose_refund",
    "event",
    "attribute",
    "extension",
    "consent",
    "presence",
)


@settings(
    max_examples=examples_of(1_500, short=30),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(example=examples(crowd=6))
def test_a_cut_log_is_one_that_was_not_told_the_rest(example: Example) -> None:
    zone, t = example.definitions.zone, min(example.instants)
    told = _told_by(example.shop, t)
    fresh, whole = connect(), connect()
    load(fresh, told, zone)
    load(whole, example.shop, zone)
    _as_views(whole, zone)
    ahead = cut_views(whole, t, zone)
    assert ahead or not _own_ahead(told, t)
    event("rows ahead" if ahead else "none ahead")
    names = list(named(example.definitions))
    cut = DuckEngine(whole, example.definitions, has_ahead=ahead)
    expected = DuckEngine(fresh, example.definitions, has_ahead=told.has_ahead)
    for u in {t, *(t + later for later in LATER), *example.instants}:
        assert by_duckdb(cut, told, u, names) == by_duckdb(expected, told, u, names)


def _own_ahead(shop: Shop, t: int) -> bool:
    """Whether a row of the shop is dated after an instant."""
    return any(e.at > t for _, e in shop.events) or any(s.valid_from > t for s in shop.orders)


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


def _as_views(db: duckdb.DuckDBPyConnection, zone: str) -> None:
    """As a reader has them: views, that of lines over the one of orders."""
    for name in CUT:
        db.execute(f"ALTER TABLE {name} RENAME TO held_{name}")
        db.execute(f"CREATE VIEW {name} AS FROM held_{name}")
    db.execute("DROP TABLE order_line")
    db.execute(f"CREATE VIEW order_line AS {order_line('order_version', zone, catalogue=False)}")
