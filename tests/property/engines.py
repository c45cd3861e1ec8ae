"""Asking a shop's log by each engine, so that tests run on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from tables import load

from stamgast.language.answer import Answer
from stamgast.language.reference import answer, statistics
from stamgast.store.engine import DuckEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from shops import Shop

    from stamgast.language.ast import Definitions, Lifecycle, Segment, Trait

Engine: TypeAlias = Literal["reference", "duckdb"]
ENGINES: tuple[Engine, ...] = ("reference", "duckdb")
Answers: TypeAlias = "dict[tuple[int, str], Answer]"
"""By profile and name."""

NOBODY = Answer(exists=False, value=None, valid_until=None)


def named(definitions: Definitions) -> dict[str, Trait | Segment | Lifecycle]:
    """Everything that can be asked, by name."""
    return {**definitions.traits, **definitions.segments, "stage": definitions.lifecycle}


def by_reference(definitions: Definitions, shop: Shop, t: int, names: Sequence[str]) -> Answers:
    """The answers of the reference."""
    logs = shop.logs()
    figures = statistics(definitions, logs, t, shop.nobody())
    every = named(definitions)
    return {
        (profile, name): answer(every[name], log, figures, t, definitions)
        for profile, log in enumerate(logs, start=1)
        for name in names
    }


def by_duckdb(engine: DuckEngine, shop: Shop, t: int, names: Sequence[str]) -> Answers:
    """The answers of DuckDB; a profile without a row does not exist."""
    rows = {row["profile_id"]: row for row in engine.answers(names, t).to_pylist()}
    assert set(rows) <= set(range(1, shop.profiles + 1))
    found: Answers = {}
    for profile in range(1, shop.profiles + 1):
        for name in names:
            row = rows.get(profile)
            found[profile, name] = NOBODY if row is None else _answer(row, name)
    return found


def _answer(row: dict[str, object], name: str) -> Answer:
    return Answer(exists=row["exists"], value=row[name], valid_until=row[f"{name}__until"])  # type: ignore[arg-type] # what the engine says


def ask(
    by: Engine,
    definitions: Definitions,
    shop: Shop,
    t: int,
    names: Sequence[str],
    *,
    database: duckdb.DuckDBPyConnection,
) -> Answers:
    """The answers of one engine; ``database``: of ``tables.connect``, it is filled anew."""
    if by == "reference":
        return by_reference(definitions, shop, t, names)
    load(database, shop, definitions.zone)
    engine = DuckEngine(database, definitions, has_ahead=shop.has_ahead)
    return by_duckdb(engine, shop, t, names)
