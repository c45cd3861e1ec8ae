"""Whoever adds a table of what is said is asked what every list of such tables makes of it."""

from __future__ import annotations

import re

import pytest

from stamgast.app import past
from stamgast.segments import stays
from stamgast.store import ahead, cut, undo
from stamgast.store.doctor import OF_SOMEBODY
from stamgast.store.lake import LAKE, tables_of

QUERIES = {
    "asked again by a refresh": f"{stays.touched(LAKE)} {stays.LATE_LINES}",
    "instants a refresh asks at": stays.news(LAKE),
    "instants at which a row comes or goes": stays.ROW_INSTANTS,
    "dated ahead": ahead.AHEAD,
    "cut for answers ahead": " ".join(ahead.CUT),
    "cut at an instant": " ".join((*cut.SAID, *cut.SAID_BY, *cut.FOLDED)),
    "makes somebody exist": undo._FIRST_SEEN,
    "said after an instant": past._SAID,
    "received": " ".join(undo.RECEIVED),
    "of an identifier": " ".join(OF_SOMEBODY),
}
READ_AS = {
    "order_statement": "order_statement|order_version|live_statement",
    "refund_statement": "refund_statement|loose_refund|live_refund",
    "customer_statement": "customer_statement|presence|lake_first_seen",
}
"""Rows that a query reads by what is derived of them."""

IDENTITY = "who is who; its effect is in merges, marks and restated"
ORDER = "goes with the statement of its order or refund"
FEED = "of no customer: the catalogue is taken as it is known now"
EXCUSED = {
    "identifier": (IDENTITY, {"makes somebody exist"}),  # what is said by hand waits with it
    "link": (IDENTITY, set()),
    "mark": (IDENTITY, {"asked again by a refresh"}),
    "withdrawn_statement": (ORDER, set()),
    "joined_order": (ORDER, set()),
    "withdrawn_refund": (ORDER, {"asked again by a refresh"}),
    "order_line": (ORDER, {"of an identifier"}),
    "product": (FEED, {"asked again by a refresh", "received"}),
    "extension": ("makes nobody exist", set(QUERIES) - {"makes somebody exist"}),
    "customer_statement": (
        "what it says is in attributes; it makes somebody exist, who is no row of an answer",
        set(QUERIES) - {"dated ahead", "cut for answers ahead"},
    ),
}
"""Tables that some queries do without: why, and which read them all the same."""


@pytest.mark.parametrize("table", tables_of("said"))
@pytest.mark.parametrize("what", QUERIES)
def test_every_table_of_what_is_said_is_in_every_list(what: str, table: str) -> None:
    name = READ_AS.get(table, table)
    read = re.search(rf"\b(lake_|owned_)?({name})\b", QUERIES[what]) is not None
    reads = EXCUSED[table][1] if table in EXCUSED else set(QUERIES)
    assert read == (what in reads)


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(EXCUSED) <= set(tables_of("said"))
    assert {name for name, table in LAKE.items() if table.since or table.instant} <= set(
        tables_of("said")
    )
    assert set(LAKE) == {*tables_of("said"), *tables_of("derived", "persons", "recorded")}
