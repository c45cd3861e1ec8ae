"""Asking profiles at instants of their own, and again where an answer runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.segments import stays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.model.log import Instant
    from stamgast.store.database import Database
    from stamgast.store.engine import DuckEngine


def ask_until(
    database: Database,
    engine: DuckEngine,
    names: Sequence[str],
    end: Instant,
    *,
    statistics_at: Instant | None = None,
) -> bool:
    """Fill the table ``answered`` from the pairs (profile_id, t) of ``asking``; whether any was asked.

    An answer that runs out by ``end``, before the next one of the profile, is asked again then.
    """
    run = database.run
    run("DROP TABLE IF EXISTS answered")
    columns = ", ".join(f'"{name}"' for name in names)
    select = f"SELECT profile_id, t, {columns}, {stays.least_until(names)} AS until FROM given"  # noqa: S608 - checked names
    into = "CREATE TEMP TABLE answered AS"
    # who is asked again is one of those who were asked first
    with engine.about("SELECT profile_id FROM asking"):
        while run("SELECT 1 FROM asking LIMIT 1"):
            asks = "SELECT profile_id, t FROM asking"
            database.register("given", engine.ask(names, asks, statistics_at=statistics_at))
            run(f"{into} {select}")
            into = "INSERT INTO answered"
            run(f"CREATE OR REPLACE TEMP TABLE asking AS {stays.NEXT_ASKS}", {"end": end})
    return into.startswith("INSERT")
