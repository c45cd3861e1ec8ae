"""What is looked at again counts since the last purchase only, by both engines, counted by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from engines import ENGINES, Engine, ask
from making import at, event, order
from shops import Shop
from tables import connect

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    import duckdb

DEFINITIONS = read_definitions(shipped_files(), settings=LanguageSettings())
NAMES = ["buying_phase", "browse_abandoners", "fans"]
ASKED = at("2026-05-29T00:00:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Products looked at, purchases, and what follows on 29 May.

    ``seen``: without a product it is another page.
    """

    about: str
    seen: tuple[tuple[str, str | None], ...]
    bought: tuple[str, ...] = ()
    phase: str
    left: bool
    fan: bool = False


VISIT = (
    *(("05-28T10:00", "p1"), ("05-28T10:20", None), ("05-28T10:40", None), ("05-28T11:00", "p1")),
    *(("05-28T11:20", None), ("05-28T11:40", "p1")),
)
"""One visit: no pause of half an hour."""
CASES = (
    Case(
        about="twice before buying, another after",
        seen=(("05-25T10:00", "p1"), ("05-26T10:00", "p1"), ("05-28T10:00", "p2")),
        bought=("05-27T10:00",),
        phase="orienting",
        left=False,
    ),
    Case(
        about="once before buying, once after",
        seen=(("05-25T10:00", "p1"), ("05-28T10:00", "p1")),
        bought=("05-27T10:00",),
        phase="orienting",
        left=False,
    ),
    Case(
        about="the view of the instant of buying is before it",
        seen=(("05-27T10:00", "p1"), ("05-28T10:00", "p1")),
        bought=("05-27T10:00",),
        phase="orienting",
        left=False,
    ),
    Case(
        about="twice after buying",
        seen=(("05-27T10:01", "p1"), ("05-28T10:00", "p1")),
        bought=("05-27T10:00",),
        phase="considering",
        left=True,
    ),
    Case(
        about="three times an hour apart, with other pages between: one visit",
        seen=VISIT,
        phase="orienting",
        left=False,
    ),
    Case(
        about="the same without the other pages: three visits",
        seen=tuple((when, what) for when, what in VISIT if what is not None),
        phase="considering",
        left=True,
        fan=True,
    ),
    Case(
        about="three visits, the first begun by another page before the product",
        seen=(("05-26T10:00", None), ("05-26T10:29", "p1"), ("05-27T10:00", "p1"), *VISIT[:2]),
        phase="considering",
        left=True,
        fan=True,
    ),
    Case(
        about="twice, never bought",
        seen=(("05-25T10:00", "p1"), ("05-28T10:00", "p1")),
        phase="considering",
        left=True,
    ),
)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return connect(DEFINITIONS.event_properties)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_looked_at_again(case: Case, engine: Engine, database: duckdb.DuckDBPyConnection) -> None:
    shop = Shop(
        profiles=1,
        orders=tuple(order(f"s:{i}", at(f"2026-{when}:00Z")) for i, when in enumerate(case.bought)),
        refunds=(),
        events=tuple(
            (
                1,
                event(
                    f"e{i}",
                    at(f"2026-{when}:00Z"),
                    name="Page Viewed" if what is None else "Product Viewed",
                    product_id=what,
                    brand=what,
                ),
            )
            for i, (when, what) in enumerate(case.seen)
        ),
        attributes=(),
    )
    found = ask(engine, DEFINITIONS, shop, ASKED, NAMES, database=database)
    assert found[1, "buying_phase"].value == case.phase
    assert found[1, "browse_abandoners"].value is case.left
    assert found[1, "fans"].value is case.fan
