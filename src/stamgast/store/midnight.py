"""The shop statistics of one local midnight, made as they are needed, on DuckDB."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from sqlglot import exp

from stamgast.language.answer import RankTable
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.moment import Moment
from stamgast.language.sql.parameters import Given, Parameters, ShopStatistics
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
from stamgast.language.sql.written import Shelf, Written, written
from stamgast.store.parsed import execute

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
    from stamgast.language.sql.shared import Gathered
    from stamgast.model.log import Instant

AT_MIDNIGHT = "at_midnight"
SCORES = "stamgast_scores_"
"""What the tables begin with that are kept of midnights."""


_midnights: WeakValueDictionary[int, Midnight] = WeakValueDictionary()
"""Those there are, by the number that their tables have; see ``_numbered``."""
_lock = Lock()
_written: Shelf[Written] = Shelf()


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
        self._number = _numbered(self)
        self._everybody: str | None = None
        self._gathered: tuple[Gathered, ...] = ()

    def make(
        self, needs: Needs, everybody: str | None = None, gathered: tuple[Gathered, ...] = ()
    ) -> None:
        """Make what is needed and not there yet.

        ``everybody``, ``gathered``: tables to read instead of others, as of a ``Request``.
        """
        self._everybody, self._gathered = everybody, gathered
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

    @property
    def found(self) -> ShopStatistics:
        """What is made so far."""
        return ShopStatistics(
            scores=self.scores,
            thresholds=self.thresholds,
            numbers=self.numbers,
            sizes=self.sizes,
            totals=self.totals,
        )

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
        sums = tuple(
            (one.of.name, named[among] if among else None)
            for one, among in zip(wanted, amongs, strict=True)
        )
        made = self._of_answers(request, ("totals", sums), totals(AT_MIDNIGHT, sums, DUCKDB))
        (row,) = execute(self._db, made.text, made.parameters(self._given)).fetchall()
        found: tuple[int | None, ...] = row
        return found

    def __len__(self) -> int:
        """How many tables are kept."""
        return len(self._ranked)

    def drop(self) -> None:
        """Drop the tables; nothing is asked any more."""
        for ranked in self._ranked.values():
            ranked.drop()
        _midnights.pop(self._number, None)

    @property
    def _given(self) -> Given:
        return Given(zone=self._definitions.zone, t=self._at)

    def _of_answers(self, request: Request, key: tuple[object, ...], query: exp.Select) -> Written:
        """A query of the table ``at_midnight``, with the answers at the midnight in its place."""
        request = replace(request, everybody=self._everybody, gathered=self._gathered)

        def make() -> Written:
            moment = Moment(zone=self._definitions.zone, t=self._at, face=DUCKDB)
            asked = answers(self._definitions, moment, request).query
            return written(query.with_(AT_MIDNIGHT, as_=asked), moment.parameters, "duckdb")

        return _written.find(self._definitions, (request, *key), self._given, make)

    def _rank(self, populations: Sequence[Population]) -> None:
        """One run of the engine at the midnight for all populations, then a table of each."""
        conditions: dict[Condition, str] = {}
        for one in populations:
            for condition in (one.among, one.provided):
                if condition is not None:
                    # no definition can have such a name
                    conditions.setdefault(condition, f"holds {len(conditions) + 1}")
        rows = {implied_rows(one.among) for one in populations}
        request = Request(
            names=tuple(traits_of(populations)),
            conditions=tuple((name, condition) for condition, name in conditions.items()),
            until=False,
            held_back=False,
            only_with=rows.pop() if len(rows) == 1 else None,
        )
        queries = [_scored(one, conditions) for one in populations]
        if len(populations) == 1:
            made = self._of_answers(request, ("scored", *populations), queries[0])
            self._rank_one(populations[0], made.text, made.parameters(self._given))
            return
        made = self._of_answers(request, ("all",), exp.select("*").from_(AT_MIDNIGHT))
        text = f'CREATE OR REPLACE TEMP TABLE "{AT_MIDNIGHT}" AS {made.text}'
        execute(self._db, text, made.parameters(self._given))
        for one, query in zip(populations, queries, strict=True):
            self._rank_one(one, query.sql("duckdb", copy=False))
        execute(self._db, f'DROP TABLE "{AT_MIDNIGHT}"')

    def _rank_one(
        self, population: Population, text: str, parameters: Mapping[str, object] | None = None
    ) -> None:
        table = f"{SCORES}{self._number}_{len(self._ranked) + 1}"
        # what is there was left by a midnight that nobody has any more
        execute(self._db, f'CREATE OR REPLACE TEMP TABLE "{table}" AS {text}', parameters)
        self._ranked[population] = _Ranked(self._db, table)


def _numbered(midnight: Midnight) -> int:
    """The least number that is free: tables that are called as before are asked as before."""
    with _lock:
        number = next(n for n in count(1) if n not in _midnights)
        _midnights[number] = midnight
        return number


def _scored(population: Population, conditions: Mapping[Condition, str]) -> exp.Select:
    return scored(
        AT_MIDNIGHT,
        [ref.name for ref in population.by],
        None if population.among is None else conditions[population.among],
        None if population.provided is None else conditions[population.provided],
    )


class _Ranked:
    """A ranked population: its values and scores, as a temporary table."""

    def __init__(self, db: duckdb.DuckDBPyConnection, table: str) -> None:
        """Of a table that was made."""
        self._db = db
        self.table = table
        (row,) = execute(db, f'SELECT count(*) FROM "{table}"').fetchall()  # noqa: S608 - our own name
        self.size: int = row[0]

    def at(self, column: str, places: Sequence[int], *, best: bool) -> list[Any]:
        """The values at some places, counted from 1; None when there is nobody."""
        if not self.size or not places:
            return [None] * len(places)
        wanted = list(dict.fromkeys(places))
        text, names = _at_places(self.table, column, len(wanted), best)
        values = dict(zip(names, wanted, strict=True))
        found = dict(execute(self._db, text, values).fetchall())
        return [found[number] for number in places]

    def worse(self, values: int) -> tuple[dict[Any, int], ...]:
        """Per ranked value: value -> how many are strictly worse."""
        texts = [_worse_than(self.table, f"value_{i + 1}") for i in range(values)]
        return tuple(dict(execute(self._db, text).fetchall()) for text in texts)

    def drop(self) -> None:
        """Drop the table."""
        execute(self._db, f'DROP TABLE IF EXISTS "{self.table}"')


@lru_cache(maxsize=256)
def _at_places(table: str, column: str, many: int, best: bool) -> tuple[str, tuple[str, ...]]:  # noqa: FBT001 - a key
    """The text of ``at_places``, and what the places are bound as."""
    parameters = Parameters()
    query = at_places(table, column, range(many), parameters, best=best)
    return query.sql("duckdb", copy=False), tuple(parameters.values)


@lru_cache(maxsize=256)
def _worse_than(table: str, column: str) -> str:
    return worse_than(table, column).sql("duckdb", copy=False)
