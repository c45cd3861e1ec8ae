"""Statements that are kept and asked again of other instants, and questions that look at few rows."""

from __future__ import annotations

import pytest
from engines import by_duckdb, by_reference, named
from hypothesis import HealthCheck, given, settings
from making import at
from shops import Shop
from strategies import Example, examples
from tables import connect, load

from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.model.log import Event
from stamgast.retail import shipped_files
from stamgast.store.engine import DuckEngine

OWN = """
version: 1
traits:
  v3: {count: Product Viewed, within: 3d}
segments:
  saw_in_january: {where: {did: Product Viewed, from: 2026-01-01, until: 2026-02-01}}
  added_lately: {where: {did: Product Added, within: 30d}}
  looked_on:
    where:
      - {did: Product Viewed, within: 365d, followed_by: {event: Product Viewed, within: 1d}}
      - not: {did: Product Viewed, within: 30d}
  best_of_those:
    where:
      top: 50%
      by: v3
      among: {did: Product Viewed, within: 365d, followed_by: {event: Product Viewed, within: 1d}}
"""
SEEN = (
    (1, "2026-01-05T10:00:00Z"),
    (2, "2025-11-05T10:00:00Z"),
    (2, "2025-11-05T11:00:00Z"),
    (3, "2025-11-06T10:00:00Z"),
    (3, "2025-11-06T11:00:00Z"),
    (4, "2026-02-08T11:00:00Z"),
    (4, "2026-02-08T12:00:00Z"),
)
SHOP = Shop(
    profiles=4,
    orders=(),
    refunds=(),
    events=tuple(
        (who, Event(name="Product Viewed", at=at(when), received_at=at(when), message_id=f"m{n}"))
        for n, (who, when) in enumerate(SEEN)
    ),
    attributes=(),
)
INSTANTS = [at("2026-01-10T00:00:00Z"), at("2026-02-10T00:00:00Z"), at("2026-03-05T00:00:00Z")]
DEFINITIONS = read_definitions(
    [*shipped_files(), SourceFile(name="own.yaml", text=OWN, shipped=False)],
    settings=LanguageSettings(zone="UTC", currency="EUR"),
)


@pytest.fixture(scope="module")
def engine() -> DuckEngine:
    database = connect()
    load(database, SHOP, "UTC")
    return DuckEngine(database, DEFINITIONS, has_ahead=False)


def test_an_age_and_a_date_change_places_as_time_passes(engine: DuckEngine) -> None:
    """One step fetches the rows of both: from the earlier of the two, whichever it is."""
    names = ["saw_in_january", "added_lately"]
    for t in INSTANTS:
        assert by_duckdb(engine, SHOP, t, names) == by_reference(DEFINITIONS, SHOP, t, names)


@pytest.mark.parametrize("name", ["looked_on", "best_of_those", "saw_in_january"])
def test_members_and_size_are_those_of_the_answers(engine: DuckEngine, name: str) -> None:
    for t in INSTANTS:
        told = by_reference(DEFINITIONS, SHOP, t, [name])
        members = {profile for (profile, _), answer in told.items() if answer.value}
        assert members or t == INSTANTS[0] or name == "best_of_those"
        assert set(engine.members(name, t).to_pydict()["profile_id"]) == members
        assert engine.size(name, t) == len(members)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(example=examples(crowd=4))
def test_who_is_asked_alone_is_answered_as_among_all(example: Example) -> None:
    """Of few profiles the rows are fetched first, of all they are read where they are."""
    database = connect()
    load(database, example.shop, example.definitions.zone)
    engine = DuckEngine(database, example.definitions, has_ahead=example.shop.has_ahead)
    names = list(named(example.definitions))
    t = example.instants[0]
    every = {row["profile_id"]: row for row in engine.answers(names, t).to_pylist()}
    alone = engine.answers(names, t, [1, 2]).to_pylist()
    assert {row["profile_id"]: row for row in alone} == {
        who: row for who, row in every.items() if who in (1, 2)
    }
