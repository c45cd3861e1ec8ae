"""Open problems of one customer, by both engines: what opens them, what closes them, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from engines import ENGINES, Engine, ask
from making import at, event, order
from shops import Shop
from tables import connect

from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    import duckdb

OWN = SourceFile(
    name="own.yaml",
    text="version: 1\nparameters: {returns_are_problems: true, risk_by_rhythm: true}",
)
SHIPPED = read_definitions(shipped_files(), settings=LanguageSettings())
STRICT = read_definitions([*shipped_files(), OWN], settings=LanguageSettings())
NAMES = ["open_problems", "last_open_problem_at"]
# 5 May in Amsterdam ends at 22:00Z.
LATE = {"promised_on": date(2026, 5, 5), "order_id": "1"}
NIGHT = "2026-05-05T22:00:00Z"


def said(name: str, when: str, **properties: Any) -> tuple[str, str, dict[str, Any]]:  # noqa: ANN401 - of events
    return name, when if "T" in when else f"{when}T00:00:00Z", properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happened, and what is open at an instant, since when, and how long that is sure."""

    about: str
    log: tuple[tuple[str, str, dict[str, Any]], ...]
    asked: str
    open: int
    latest: str | None
    until: str | None = None


COMPLAINT = said("Complaint Opened", "2026-05-01", order_id="1")
TICKET = said("Ticket Opened", "2026-05-02", ticket_id="T1", tag="Complaint")
PROMISE = said("Delivery Promised", "2026-05-03", **LATE)
MOVED = said("Delivery Promised", "2026-05-04", order_id="1", promised_on=date(2026, 5, 9))
CASES = (
    Case(about="a complaint", log=(COMPLAINT,), asked="2026-05-01", open=1, latest="2026-05-01"),
    Case(
        about="solved well, by its order",
        log=(
            COMPLAINT,
            TICKET,
            said("Problem Resolved", "2026-05-03", order_id="1", rating=40_000),
        ),
        asked="2026-05-03",
        open=1,
        latest="2026-05-02",
    ),
    Case(
        about="not solved before it was",
        log=(
            COMPLAINT,
            said("Problem Resolved", "2026-05-03", order_id="1", rating=50_000),
        ),
        asked="2026-05-02T23:59:59.999999Z",
        open=1,
        latest="2026-05-01",
    ),
    Case(
        about="solved, with a bad mark",
        log=(COMPLAINT, said("Problem Resolved", "2026-05-03", order_id="1", rating=39_999)),
        asked="2026-05-04",
        open=1,
        latest="2026-05-01",
    ),
    Case(
        about="a solution of a ticket that nobody knows is of no other problem",
        log=(
            COMPLAINT,
            TICKET,
            said("Problem Resolved", "2026-05-03", ticket_id="T9", rating=50_000),
        ),
        asked="2026-05-04",
        open=2,
        latest="2026-05-02",
    ),
    Case(
        about="a solution of a ticket that was only a question leaves the complaint open",
        log=(
            COMPLAINT,
            said("Ticket Opened", "2026-05-02", ticket_id="T2", tag="question"),
            said("Problem Resolved", "2026-05-03", ticket_id="T2", rating=50_000),
        ),
        asked="2026-05-04",
        open=1,
        latest="2026-05-01",
    ),
    Case(
        about="a solution without a ticket or an order is of the latest problem",
        log=(COMPLAINT, TICKET, said("Problem Resolved", "2026-05-03", rating=50_000)),
        asked="2026-05-04",
        open=1,
        latest="2026-05-01",
    ),
    Case(
        about="a solution of ticket and order closes both",
        log=(
            COMPLAINT,
            TICKET,
            said("Problem Resolved", "2026-05-03", ticket_id="T1", order_id="1", rating=50_000),
        ),
        asked="2026-05-04",
        open=0,
        latest=None,
    ),
    Case(
        about="opened again after it was solved",
        log=(
            COMPLAINT,
            said("Problem Resolved", "2026-05-03", order_id="1", rating=50_000),
            said("Complaint Opened", "2026-05-04", order_id="1"),
        ),
        asked="2026-05-05",
        open=1,
        latest="2026-05-04",
    ),
    Case(
        about="marks at the line, and one beyond",
        log=(
            said("Product Reviewed", "2026-05-01", rating=20_000),
            said("Product Reviewed", "2026-05-02", rating=25_000),
            said("NPS Answered", "2026-05-03", score=6),
            said("NPS Answered", "2026-05-04", score=7),
        ),
        asked="2026-05-05",
        open=2,
        latest="2026-05-03",
    ),
    Case(
        about="cancelled by the shop, not by the customer; another tag; ended",
        log=(
            said("Order Cancelled", "2026-05-01", cancelled_by="shop"),
            said("Order Cancelled", "2026-05-02", cancelled_by="customer"),
            said("Ticket Opened", "2026-05-03", tag="delivery"),
            said("Subscription Ended", "2026-05-04"),
        ),
        asked="2026-05-05",
        open=2,
        latest="2026-05-04",
    ),
    Case(
        about="promised, not late yet, which is known until the end of the day",
        log=(PROMISE,),
        asked="2026-05-05T21:59:59.999999Z",
        open=0,
        latest=None,
        until=NIGHT,
    ),
    Case(about="late from the end of the day", log=(PROMISE,), asked=NIGHT, open=1, latest=NIGHT),
    Case(
        about="delivered in time",
        log=(PROMISE, said("Order Delivered", "2026-05-05T21:59:59Z", order_id="1")),
        asked="2026-05-06",
        open=0,
        latest=None,
    ),
    Case(
        about="known to be delivered: it will not be late",
        log=(PROMISE, said("Order Delivered", "2026-05-04", order_id="1")),
        asked="2026-05-05",
        open=0,
        latest=None,
    ),
    Case(
        about="delivered when the day was over",
        log=(PROMISE, said("Order Delivered", NIGHT, order_id="1")),
        asked="2026-05-06",
        open=1,
        latest=NIGHT,
    ),
    Case(
        about="another order was delivered",
        log=(PROMISE, said("Order Delivered", "2026-05-04", order_id="2")),
        asked="2026-05-06",
        open=1,
        latest=NIGHT,
    ),
    Case(
        about="cancelled by the customer before the day",
        log=(
            PROMISE,
            said("Order Cancelled", "2026-05-04", order_id="1", cancelled_by="customer"),
        ),
        asked="2026-05-06",
        open=0,
        latest=None,
    ),
    Case(
        about="another day was promised in time: the first is none any more",
        log=(PROMISE, MOVED),
        asked="2026-05-06",
        open=0,
        latest=None,
        until="2026-05-09T22:00:00Z",
    ),
    Case(
        about="another day was promised in time, and is over too",
        log=(PROMISE, MOVED),
        asked="2026-05-10",
        open=1,
        latest="2026-05-09T22:00:00Z",
    ),
    Case(
        about="another day was promised in time, and kept",
        log=(PROMISE, MOVED, said("Order Delivered", "2026-05-08", order_id="1")),
        asked="2026-05-10",
        open=0,
        latest=None,
    ),
    Case(
        about="another day was promised when the first was over",
        log=(PROMISE, said("Delivery Promised", NIGHT, order_id="1", promised_on=date(2026, 5, 9))),
        asked="2026-05-06",
        open=1,
        latest=NIGHT,
        until="2026-05-09T22:00:00Z",
    ),
    Case(
        about="another day was promised of another order",
        log=(
            PROMISE,
            said("Delivery Promised", "2026-05-04", order_id="2", promised_on=date(2026, 5, 9)),
        ),
        asked="2026-05-06",
        open=1,
        latest=NIGHT,
        until="2026-05-09T22:00:00Z",
    ),
    Case(
        about="promised for a day that was over",
        log=(said("Delivery Promised", "2026-05-07", **LATE),),
        asked="2026-05-08",
        open=1,
        latest="2026-05-07",
    ),
    Case(
        about="solved before it was late: not of this order, as it is no problem yet",
        log=(
            COMPLAINT,
            PROMISE,
            said("Problem Resolved", "2026-05-04", order_id="1", rating=50_000),
        ),
        asked="2026-05-06",
        open=1,
        latest=NIGHT,
    ),
    Case(
        about="what came in time is not what a solution without a number closes",
        log=(
            COMPLAINT,
            PROMISE,
            said("Order Delivered", "2026-05-05", order_id="1"),
            said("Problem Resolved", "2026-05-07", rating=50_000),
        ),
        asked="2026-05-08",
        open=0,
        latest=None,
    ),
)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return connect(SHIPPED.event_properties)


def shop_of(log: tuple[tuple[str, str, dict[str, Any]], ...], *bought: str) -> Shop:
    return Shop(
        profiles=1,
        orders=tuple(order(f"s:{i}", at(f"{day}T00:00:00Z")) for i, day in enumerate(bought)),
        refunds=(),
        events=tuple(
            (1, event(f"e{i}", at(when), name=name, **properties))
            for i, (name, when, properties) in enumerate(log)
        ),
        attributes=(),
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_open_problems(case: Case, engine: Engine, database: duckdb.DuckDBPyConnection) -> None:
    asked, *_ = (said("", case.asked)[1],)
    found = ask(engine, SHIPPED, shop_of(case.log), at(asked), NAMES, database=database)
    latest = None if case.latest is None else at(said("", case.latest)[1])
    assert [found[1, name].value for name in NAMES] == [case.open, latest]
    if case.until is not None:
        assert {one.valid_until for one in found.values()} == {at(case.until)}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_return_counts_where_the_shop_says_so(
    engine: Engine, database: duckdb.DuckDBPyConnection
) -> None:
    shop = shop_of((said("Order Returned", "2026-05-01", reason="wrong size"),))
    t = at("2026-05-02T00:00:00Z")
    for definitions, expected in ((SHIPPED, 0), (STRICT, 1)):
        found = ask(engine, definitions, shop, t, NAMES, database=database)
        assert found[1, "open_problems"].value == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("wrong", 1),
        ("Wrong Item", 1),
        ("DEFECT", 1),
        ("Late", 1),
        ("Te laat", 1),
        ("verkeerd artikel", 1),
        ("verkeerde maat", 0),
        ("wrong size", 0),
        ("size", 0),
    ],
)
def test_reasons_of_a_return_whatever_their_case(
    engine: Engine, reason: str, expected: int, database: duckdb.DuckDBPyConnection
) -> None:
    shop = shop_of((said("Order Returned", "2026-05-01", reason=reason),))
    found = ask(engine, SHIPPED, shop, at("2026-05-02T00:00:00Z"), NAMES, database=database)
    assert found[1, "open_problems"].value == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_who_falters_is_at_risk_where_the_shop_says_so(
    engine: Engine, database: duckdb.DuckDBPyConnection
) -> None:
    """Four days, ten apart: at risk from twenty days on, exactly."""
    shop = shop_of((), "2026-04-01", "2026-04-11", "2026-04-21", "2026-05-01")
    line = at("2026-05-21T00:00:00Z")
    for definitions, expected in ((SHIPPED, (False, False)), (STRICT, (False, True))):
        told = [
            ask(engine, definitions, shop, t, ["risk_customers"], database=database)
            for t in (line, line + 1)
        ]
        assert tuple(found[1, "risk_customers"].value for found in told) == expected
