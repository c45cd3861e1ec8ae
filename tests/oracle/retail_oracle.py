"""Asks the hand-written SQL: a set of raw files in, stages and members at instants out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import oracle_sql

if TYPE_CHECKING:
    from pathlib import Path

STAGES = (
    "prospect",
    "new_buyer",
    "promising",
    "loyal",
    "drifting",
    "sleeper",
    "at_risk",
    "red_alert",
)


@dataclass(slots=True, kw_only=True)
class RetailOracle:
    """The published sets as two tables of their own, and the questions asked of them."""

    zone: str
    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    _answers: dict[tuple[str, int, int], list[tuple[Any, ...]]] = field(default_factory=dict)
    """What was asked before, and the answer."""

    def load(self, script: str, files: dict[str, Path]) -> None:
        """Run a ``LOAD_*`` script over raw files."""
        self._answers.clear()
        self.connection.execute("SET TimeZone = 'UTC'")
        for statement in duckdb.extract_statements(script):
            wanted = {name: str(files[name]) for name in statement.named_parameters}
            self.connection.execute(statement, wanted)

    def stages(self, t: int, model: str, *, cut: int | None = None) -> dict[str, int]:
        """Number of profiles per stage at t, every stage named."""
        placed = Counter(stage for _, stage in self._ask(oracle_sql.STAGES[model], t, cut))
        return {stage: placed.get(stage, 0) for stage in STAGES}

    def stage_of_each(self, t: int, model: str, *, cut: int | None = None) -> dict[str, str]:
        """Stage per customer at t."""
        return dict(self._ask(oracle_sql.STAGES[model], t, cut))

    def next_stage_change(self, t: int, model: str) -> int | None:
        """The first instant after t at which any stage differs, by the rows up to t alone."""
        changes_at: int | None = self._ask(oracle_sql.NEXT_CHANGES[model], t, None)[0][0]
        return changes_at

    def members(self, segment: str, t: int, *, cut: int | None = None) -> list[str]:
        """Customer numbers of the members at t, sorted as text."""
        return [row[0] for row in self._ask(oracle_sql.SEGMENTS[segment], t, cut)]

    def totals(self) -> dict[str, int]:
        """Orders, orders of nobody, gross pence, refunds, refunded pence, of everything loaded."""
        cursor = self.connection.execute(oracle_sql.TOTALS)
        names = [column[0] for column in cursor.description or ()]
        return dict(zip(names, cursor.fetchall()[0], strict=True))

    def _ask(self, query: str, t: int, cut: int | None) -> list[tuple[Any, ...]]:
        until = t if cut is None else cut
        if (query, t, until) not in self._answers:
            asked = {"t": t, "cut": until, "zone": self.zone}
            self.connection.execute(oracle_sql.ASK, asked)
            self._answers[query, t, until] = self.connection.execute(query).fetchall()
        return self._answers[query, t, until]


def complete_journey(file: Path) -> RetailOracle:
    """Complete Journey: baskets of households, in UTC."""
    oracle = RetailOracle(zone="UTC")
    oracle.load(oracle_sql.LOAD_COMPLETE_JOURNEY, {"file": file})
    return oracle


def online_retail(first: Path, second: Path) -> RetailOracle:
    """Online Retail II: both years, the days they share counted once."""
    oracle = RetailOracle(zone="Europe/London")
    oracle.load(oracle_sql.LOAD_ONLINE_RETAIL, {"first": first, "second": second})
    return oracle


def cdnow(file: Path) -> RetailOracle:
    """CDNOW: one order per customer and day."""
    oracle = RetailOracle(zone="UTC")
    oracle.load(oracle_sql.LOAD_CDNOW, {"file": file})
    return oracle
