"""The shop statistics of one local midnight, made as they are needed, on DuckDB."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from stamgast.language.answer import RankTable
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.moment import Moment
from stamgast.language.sql.parameters import Parameters
from stamgast.language.sql.plan import score_key
from stamgast.language.sql.statement import Request, answers
from stamgast.language.sql.statistics import (
    Needs,
    Population,
    at_places,
    implied_rows,
    place,
    scored,
    totals,
    traits_of,
    worse_than,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from stamgast.language.ast import (
        Condition,
        Definitions,
        Percentile,
        Score,
        ShopTotal,
        Top,
    )
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
        self.sizes: dict[tuple[object, ...], int] = {}
        self.totals: dict[ShopTotal, int | None] = {}

    def make(self, needs: Needs) -> None:
        """Make what is needed and not there yet."""
        missing = [one for one in needs.populations() if one not in self._ranked]
        if missing:
            self._rank(missing)
        self._total([one for one in needs.totals if one not in self.totals])
        for population, ranked in self._ranked.items():
            tops = [one for one in needs.tops if Population.of(one) == population]
            tops = [one for one in tops if one not in self.thresholds]
            places = [place(top.share, ranked.size) for top in tops]
            self.thresholds |= zip(tops, ranked.at("rank_score", places, best=True), strict=True)
            self.scores |= {score_key(top): ranked.table for top in tops}
            scores = [one for one in needs.scores if Population.of(one) == population]
            self.scores |= {score_key(one): ranked.table for one in scores}
            self.sizes |= {score_key(one): ranked.size for one in scores}
            numbers = [one for one in needs.percentiles if Population.of(one) == population]
            numbers = [one for one in numbers if one not in self.numbers]
            places = [place(one.percent / 100, ranked.size) for one in numbers]
            self.numbers |= zip(numbers, ranked.at("value_1", places, best=False), strict=True)

    def rank_table(self, top: Top) -> RankTable:
        """The rank table of a Top that was made."""
        ranked = self._ranked[Population.of(top)]
        return RankTable(
            size=ranked.size,
            worse=ranked.worse(len(top.by)),
            threshold=self.thresholds[top],
        )

    def ranks(self, score: Score) -> RankTable:
        """The rank table of a Score that was made."""
        ranked = self._ranked[Population.of(score)]
        return RankTable(size=ranked.size, worse=ranked.worse(1), threshold=None)

    def _total(self, wanted: Sequence[ShopTotal]) -> None:
        """One run of the engine at the midnight for all totals, one for what is of nobody in them."""
        if not wanted:
            return
        self.totals |= zip(wanted, self._summed(wanted, nobody=False), strict=True)
        known = [one for one in wanted if one.nobody and self.totals[one] is not None]
        for one, more in zip(known, self._summed(known, nobody=True), strict=True):
            whole = (self.totals[one] or 0) + (more or 0)
            self.totals[one] = whole if -(2**63) <= whole < 2**63 else None

    def _summed(self, wanted: Sequence[ShopTotal], *, nobody: bool) -> Sequence[int | None]:
        """The totals of all profiles, or of what is of nobody."""
        if not wanted:
            return []
        amongs = [None if nobody else one.among for one in wanted]
        edges = dict.fromkeys(one for one in amongs if one is not None)
        named = {edge: f"holds {i}" for i, edge in enumerate(edges, start=1)}
        request = Request(
            names=tuple(dict.fromkeys(one.of.name for one in wanted)),
            conditions=tuple((name, edge) for edge, name in named.items()),
            until=False,
            held_back=False,
            nobody=nobody,
        )
        moment = Moment(zone=self._definitions.zone, t=self._at, face=DUCKDB)
        statement = answers(self._definitions, moment, request)
        sums = [
            (one.of.name, named[among] if among else None)
            for one, among in zip(wanted, amongs, strict=True)
        ]
        query = totals(AT_MIDNIGHT, sums, DUCKDB).with_(AT_MIDNIGHT, as_=statement.query)
        (row,) = self._db.execute(
            query.sql("duckdb", copy=False), dict(statement.parameters)
        ).fetchall()
        found: tuple[int | None, ...] = row
        return found

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
            only_with=implied_rows(populations[0].among) if len(populations) == 1 else None,
        )
        moment = Moment(zone=self._definitions.zone, t=self._at, face=DUCKDB)
        statement = answers(self._definitions, moment, request)
        if len(populations) == 1:
            self._ranked[populations[0]] = _Ranked(self._db, populations[0], conditions, statement)
            return
        text = (
            f'CREATE OR REPLACE TEMP TABLE "{AT_MIDNIGHT}" AS {statement.sql("duckdb", once=True)}'
        )
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
        db.execute(f'CREATE TEMP TABLE "{self.table}" AS {query.sql("duckdb", copy=False)}', bound)
        (row,) = db.execute(f'SELECT count(*) FROM "{self.table}"').fetchall()  # noqa: S608 - our own name
        self.size: int = row[0]

    def at(self, column: str, places: Sequence[int], *, best: bool) -> list[Any]:
        """The values at some places, counted from 1; None when there is nobody."""
        if not self.size or not places:
            return [None] * len(places)
        parameters = Parameters()
        query = at_places(self.table, column, places, parameters, best=best)
        found = dict(self._db.execute(query.sql("duckdb"), parameters.values).fetchall())
        return [found[number] for number in places]

    def worse(self, values: int) -> tuple[dict[Any, int], ...]:
        """Per ranked value: value -> how many are strictly worse."""
        texts = [worse_than(self.table, f"value_{i + 1}").sql("duckdb") for i in range(values)]
        return tuple(dict(self._db.execute(text).fetchall()) for text in texts)

    def drop(self) -> None:
        """Drop the table."""
        self._db.execute(f'DROP TABLE IF EXISTS "{self.table}"')
