"""The reference and DuckDB give the same answers: values, existence and ``valid_until``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from strategies import Example, examples
from tables import connect, load

from stamgast.language.answer import Answer
from stamgast.language.reference import answer, statistics
from stamgast.store.engine import DuckEngine

if TYPE_CHECKING:
    from stamgast.language.ast import Definitions, Lifecycle, Segment, Trait

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
PHASES = [phase for phase in Phase if phase is not Phase.explain]
EXAMPLES = int(os.environ.get("STAMGAST_EXAMPLES", "2000"))
"""How many definitions x shops are drawn; set the variable for a longer search."""
PARTS = 4
"""For workers that run side by side."""
NOBODY = Answer(exists=False, value=None, valid_until=None)

DATABASE = connect()


def named(definitions: Definitions) -> dict[str, Trait | Segment | Lifecycle]:
    """Everything that can be asked, by name."""
    return {**definitions.traits, **definitions.segments, "stage": definitions.lifecycle}


def by_reference(example: Example, t: int) -> dict[tuple[int, str], Answer]:
    """Profile and name -> answer, of the reference."""
    definitions = example.definitions
    logs = example.shop.logs()
    figures = statistics(definitions, logs, t)
    return {
        (log.profile_id, name): answer(one, log, figures, t, definitions)
        for log in logs
        for name, one in named(definitions).items()
    }


def by_duckdb(engine: DuckEngine, example: Example, t: int) -> dict[tuple[int, str], Answer]:
    """The same, of DuckDB; a profile without a row does not exist."""
    names = list(named(example.definitions))
    rows = {row["profile_id"]: row for row in engine.answers(names, t).to_pylist()}
    assert set(rows) <= set(range(1, example.shop.profiles + 1))
    found = {}
    for profile in range(1, example.shop.profiles + 1):
        row = rows.get(profile)
        for name in names:
            found[profile, name] = (
                NOBODY
                if row is None
                else Answer(
                    exists=row["exists"], value=row[name], valid_until=row[f"{name}__until"]
                )
            )
    return found


@pytest.mark.parametrize("part", range(PARTS))
@settings(max_examples=EXAMPLES // PARTS, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(example=examples())
def test_engines_agree(example: Example, part: int) -> None:
    del part
    load(DATABASE, example.shop, example.definitions.zone)
    engine = DuckEngine(DATABASE, example.definitions, has_ahead=example.shop.has_ahead)
    for t in example.instants:
        assert by_duckdb(engine, example, t) == by_reference(example, t)
        assert engine.statistics(t) == statistics(example.definitions, example.shop.logs(), t)
