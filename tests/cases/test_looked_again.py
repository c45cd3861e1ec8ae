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
NAMES = ["buying_phase", "browse_abandoners"]
ASKED = at("2026-05-29T00:00:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Products looked at, purchases, and what follows on 29 May."""

    about: str
    seen: tuple[tuple[str, str], ...]
    bought: tuple[str, ...] = ()
    phase: str
    left: bool


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
            (1, event(f"e{i}", at(f"2026-{when}:00Z"), name="Product Viewed", product_id=what))
            for i, (when, what) in enumerate(case.seen)
        ),
        attributes=(),
    )
    found = ask(engine, DEFINITIONS, shop, ASKED, NAMES, database=database)
    assert found[1, "buying_phase"].value == case.phase
    assert found[1, "browse_abandoners"].value is case.left
