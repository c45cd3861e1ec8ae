"""The reference and DuckDB give the same answers: values, existence and ``valid_until``."""

from __future__ import annotations

import os

import pytest
from engines import by_duckdb, by_reference, named
from hypothesis import HealthCheck, Phase, given, settings
from strategies import Example, examples
from tables import connect, load

from stamgast.language.reference import statistics
from stamgast.store.engine import DuckEngine

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
PHASES = [phase for phase in Phase if phase is not Phase.explain]
EXAMPLES = int(os.environ.get("STAMGAST_EXAMPLES", "2000"))
"""How many definitions x shops are drawn; set the variable for a longer search."""
PARTS = 8
"""For workers that run side by side."""

DATABASE = connect()


@pytest.mark.parametrize("part", range(PARTS))
@settings(max_examples=EXAMPLES // PARTS, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(example=examples(crowd=6))
def test_engines_agree(example: Example, part: int) -> None:
    del part
    load(DATABASE, example.shop, example.definitions.zone)
    engine = DuckEngine(DATABASE, example.definitions, has_ahead=example.shop.has_ahead)
    names = list(named(example.definitions))
    for t in example.instants:
        found = by_duckdb(engine, example.shop, t, names)
        assert found == by_reference(example.definitions, example.shop, t, names)
        assert engine.statistics(t) == statistics(
            example.definitions, example.shop.logs(), t, example.shop.nobody()
        )
