"""Who buys once a year is due until three weeks after the usual day, by both engines, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engines import ENGINES, Engine, ask
from making import at, order
from shops import Shop
from tables import connect

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    import duckdb

DEFINITIONS = read_definitions(shipped_files(), settings=LanguageSettings())
YEARLY = ("2023-05-06T10:00", "2024-05-06T10:00", "2025-05-06T10:00")
STRAY = "2023-04-10T10:00"
"""Of a day that no slot with a recent one holds: 1,107 days before 21 April 2026."""
CASES = (
    # the usual day is 6 May: due from midnight of 22 April to that of 27 May
    (YEARLY, "2026-04-21T21:59:59", False),
    (YEARLY, "2026-04-21T22:00:00", True),
    (YEARLY, "2026-05-05T23:00:00", True),
    (YEARLY, "2026-05-06T10:00:00", True),
    (YEARLY, "2026-05-06T10:00:01", True),
    (YEARLY, "2026-05-26T22:00:00", True),
    (YEARLY, "2026-05-26T22:00:01", False),
    # bought for it, three days before; the time before it is due again
    ((*YEARLY, "2026-05-03T10:00"), "2026-05-07T10:00:00", False),
    # what lies over three years back does not count before the day
    ((STRAY, *YEARLY), "2026-04-22T10:00:00", True),
    # not bought in 2025: no purchase in the year before it began
    (YEARLY[:2], "2025-05-07T10:00:00", False),
)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return connect(DEFINITIONS.event_properties)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("bought", "asked", "due"), CASES)
def test_due_now(
    bought: tuple[str, ...],
    asked: str,
    *,
    due: bool,
    engine: Engine,
    database: duckdb.DuckDBPyConnection,
) -> None:
    orders = tuple(order(f"s:{i}", at(f"{when}:00Z")) for i, when in enumerate(bought))
    shop = Shop(profiles=1, orders=orders, refunds=(), events=(), attributes=())
    found = ask(engine, DEFINITIONS, shop, at(f"{asked}Z"), ["due_now"], database=database)
    assert found[1, "due_now"].value is due
