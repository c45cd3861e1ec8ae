"""The shop statistics of one local midnight, made as they are needed, on DuckDB."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from stamgast.errors import InternalError
from stamgast.language.answer import RankTable
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.moment import Moment, Parameters
from stamgast.language.sql.plan import score_key
from stamgast.language.sql.statement import Request, answers
from stamgast.language.sql.statistics import (
    Needs,
    Population,
    at_place,
    place,
    scored,
    traits_of,
    worse_than,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from stamgast.language.ast import Condition, Definitions, Percentile, Top
    from stamgast.language.sql.statement import Statement
    from stamgast.model.log import Instant

AT_MIDNIGHT = "at_midnight"

_numbers = count(1)


class Midnight:
    """Scores, thresholds and percentiles of one midnight; scores are kept as temporary tables."""

    def __init__(
        self, db: duckdb.DuckDBPyConnection, definitions: Definitions, at: Instant
    ) -> None:
        """Nothing is made yet."""
        self._db = db
        self._definitions = definitions
        self._at = at
        self._ranked: dict[Population, _Ranked] = {}
        self.scores: dict[tuple[object, ...], str] = {}
        self.thresholds: dict[Top, int | None] = {}
        self.numbers: dict[Percentile, Any] = {}

    def make(self, needs: Needs) -> None:
        """Make what is needed and not there yet."""
        missing = [one for one in needs.populations() if one not in self._ranked]
        if missing:
            self._rank(missing)
        for top in needs.tops:
            if top not in self.thresholds:
                ranked = self._ranked[Population.of(top)]
                self.thresholds[top] = ranked.at_place(
                    "rank_score", place(top.share, ranked.size), best=True
                )
                self.scores[score_key(top)] = ranked.table
        for one in needs.percentiles:
            if one not in self.numbers:
                ranked = self._ranked[Population.of(one)]
                rank = place(one.percent / 100, ranked.size)
                self.numbers[one] = ranked.at_place("value_1", rank, best=False)

    def rank_table(self, top: Top) -> RankTable:
        """The rank table of a Top that was made."""
        ranked = self._ranked[Population.of(top)]
        return RankTable(
            size=ranked.size,
            worse=ranked.worse(len(top.by)),
            threshold=self.thresholds[top],
        )

    def drop(self) -> None:
        """Drop the tables."""
        for ranked in self._ranked.values():
            ranked.drop()

    def _rank(self, populations: Sequence[Population]) -> None:
        """One run of the engine at the midnight for all populations, then a table of each."""
        conditions: dict[Condition, str] = {}
        for one in populations:
            for condition in (one.among, one.provided):
                if condition is not None:
                    # no definition can have such a name
                    conditions.setdefault(condition, f"holds {len(conditions) + 1}")
        request = Request(
            names=tuple(traits_of(populations)),
            conditions=tuple((name, condition) for condition, name in conditions.items()),
            until=False,
            held_back=False,
        )
        moment = Moment(zone=self._definitions.zone, t=self._at, face=DUCKDB)
        statement = answers(self._definitions, moment, request)
        if len(populations) == 1:
            self._ranked[populations[0]] = _Ranked(self._db, populations[0], conditions, statement)
            return
        text = f'CREATE OR REPLACE TEMP TABLE "{AT_MIDNIGHT}" AS {statement.sql("duckdb")}'
        self._db.execute(text, dict(statement.parameters))
        for one in populations:
            self._ranked[one] = _Ranked(self._db, one, conditions, None)
        self._db.execute(f'DROP TABLE "{AT_MIDNIGHT}"')


class _Ranked:
    """A ranked population: its values and scores, as a temporary table."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        population: Population,
        conditions: Mapping[Condition, str],
        statement: Statement | None,
    ) -> None:
        """Of what ``statement`` answers; None: of the table ``at_midnight``."""
        self._db = db
        self.table = f"stamgast_scores_{next(_numbers)}"
        query = scored(
            AT_MIDNIGHT,
            [ref.name for ref in population.by],
            None if population.among is None else conditions[population.among],
            None if population.provided is None else conditions[population.provided],
        )
        bound = {}
        if statement is not None:
            query = query.with_(AT_MIDNIGHT, as_=statement.query)
            bound = dict(statement.parameters)
        db.execute(f'CREATE TEMP TABLE "{self.table}" AS {query.sql("duckdb")}', bound)
        (row,) = db.execute(f'SELECT count(*) FROM "{self.table}"').fetchall()  # noqa: S608 - our own name
        self.size: int = row[0]

    def at_place(self, column: str, number: int, *, best: bool) -> Any:  # noqa: ANN401 - of the ranked type
        """The value at a place, counted from 1; None when there is nobody."""
        if not self.size:
            return None
        parameters = Parameters()
        query = at_place(self.table, column, number, parameters, best=best)
        rows = self._db.execute(query.sql("duckdb"), parameters.values).fetchall()
        if not rows:
            raise InternalError("no such place in a population that is not empty")
        return rows[0][0]

    def worse(self, values: int) -> tuple[dict[Any, int], ...]:
        """Per ranked value: value -> how many are strictly worse."""
        texts = [worse_than(self.table, f"value_{i + 1}").sql("duckdb") for i in range(values)]
        return tuple(dict(self._db.execute(text).fetchall()) for text in texts)

    def drop(self) -> None:
        """Drop the table."""
        self._db.execute(f'DROP TABLE IF EXISTS "{self.table}"')
