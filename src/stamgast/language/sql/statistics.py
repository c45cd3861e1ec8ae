"""Shop statistics: ranks and percentiles over the population of a local midnight."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from stamgast.language.ast import (
    All,
    AnyOf,
    Compare,
    InSegment,
    Not,
    Percentile,
    Top,
    TraitRef,
)
from stamgast.language.sql.terms import (
    Sql,
    add,
    all_of,
    as_,
    asc,
    case,
    coalesce,
    col,
    count,
    desc,
    gte,
    num,
    present,
    sub,
    tab,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from stamgast.language.ast import Condition, Definitions
    from stamgast.language.sql.moment import Parameters

Statistic: TypeAlias = "Top | Percentile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """What is ranked: ``by`` among those for whom ``among`` holds; ``provided`` goes with it."""

    by: tuple[TraitRef, ...]
    among: Condition | None
    provided: Condition | None = None

    @staticmethod
    def of(statistic: Statistic) -> Population:
        """The population of a Top or Percentile."""
        if isinstance(statistic, Top):
            return Population(by=statistic.by, among=statistic.among, provided=statistic.provided)
        return Population(by=(statistic.of,), among=statistic.among)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The shop statistics that something uses, each once, in order of sight."""

    found: dict[Statistic, None] = field(default_factory=dict)

    @property
    def tops(self) -> list[Top]:
        """The Tops."""
        return [one for one in self.found if isinstance(one, Top)]

    @property
    def percentiles(self) -> list[Percentile]:
        """The Percentiles."""
        return [one for one in self.found if isinstance(one, Percentile)]

    def populations(self) -> list[Population]:
        """The different populations."""
        return list(dict.fromkeys(Population.of(one) for one in self.found))


def statistics_of(names: Iterable[str], definitions: Definitions) -> Needs:
    """The statistics that these traits and segments use, and what they name."""
    needs = Needs()
    for name in names:
        if name in definitions.segments:
            for statistic in _below(definitions.segments[name].where, definitions):
                needs.found[statistic] = None
    return needs


def _below(c: Condition, definitions: Definitions) -> Iterator[Statistic]:
    match c:
        case All(items=items) | AnyOf(items=items):
            for item in items:
                yield from _below(item, definitions)
        case Not(item=item):
            yield from _below(item, definitions)
        case InSegment(name=name):
            yield from _below(definitions.segments[name].where, definitions)
        case Top():
            yield c
        case Compare(values=values):
            yield from (value for value in values if isinstance(value, Percentile))
        case _:
            pass


def place(share: Fraction, size: int) -> int:
    """``ceil(share x size)``, exact.

    >>> from fractions import Fraction
    >>> place(Fraction(1, 5), 11)
    3
    """
    return ceil(share * size)


def scored(table: str, values: Sequence[str], provided: str | None) -> exp.Select:
    """Each of the population with its score: how many are strictly worse, summed over ``values``.

    ``table``: the population, one row per profile, ``values`` never missing.
    Columns ``profile_id``, ``rank_score``, ``score`` (NULL when ``provided`` does not hold):
    ``SELECT "profile_id", RANK() OVER (ORDER BY "v1") + RANK() OVER (ORDER BY "v2") - 2 AS ...``
    """
    ranks: list[Sql] = [
        window(exp.Anonymous(this="RANK"), [], [asc(col(value))]) for value in values
    ]
    score = sub(reduce(add, ranks), num(len(values)))
    ranked = exp.select(
        col("profile_id"),
        as_(score, "rank_score"),
        as_(exp.true() if provided is None else col(provided), "provided"),
    ).from_(tab(table))
    alias = exp.TableAlias(this=exp.to_identifier("ranked", quoted=True))
    member = case((col("provided"), col("rank_score")))
    return exp.select(col("profile_id"), col("rank_score"), as_(member, "score")).from_(
        exp.Subquery(this=ranked, alias=alias)
    )


def worse_than(table: str, value: str) -> exp.Select:
    """Per value of a population, how many of it have a smaller one: ``value, worse``."""
    before = exp.Window(
        this=exp.Sum(this=count()),
        order=exp.Order(expressions=[asc(col(value))]),
        spec=exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=num(1), end_side="PRECEDING"
        ),
    )
    return (
        exp.select(
            as_(col(value), "value"), as_(exp.cast(coalesce(before, num(0)), "BIGINT"), "worse")
        )
        .from_(tab(table))
        .group_by(col(value))
    )


def nearest(
    table: str, value: str, places: Mapping[str, int], parameters: Parameters, *, best: bool
) -> exp.Query:
    """Per name the value at a place, counted from 1: from the greatest (``best``) or the smallest.

    ``SELECT MAX("value") FILTER(WHERE "reached" >= $place_1) AS "k1" FROM (SELECT "score" AS
    "value", SUM(COUNT(*)) OVER (ORDER BY "score" DESC) AS "reached" ... GROUP BY "score")``
    """
    reached = exp.Window(
        this=exp.Sum(this=count()),
        order=exp.Order(expressions=[desc(col(value)) if best else asc(col(value))]),
        spec=exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
        ),
    )
    counted = (
        exp.select(as_(col(value), "value"), as_(reached, "reached"))
        .from_(tab(table))
        .group_by(col(value))
    )
    made = exp.Max if best else exp.Min
    columns = []
    for name, number in places.items():
        far = gte(col("reached"), parameters.bind(number, "place"))
        found = exp.Filter(this=made(this=col("value")), expression=exp.Where(this=far))
        columns.append(as_(found, name))
    alias = exp.TableAlias(this=exp.to_identifier("counted", quoted=True))
    return exp.select(*columns).from_(exp.Subquery(this=counted, alias=alias))


def is_ranked(values: Sequence[str], among: str | None) -> Sql:
    """The condition of being ranked: ``among`` holds and every value is present."""
    parts: list[Sql] = [] if among is None else [col(among)]
    return all_of([*parts, *(present(col(value)) for value in values)])


def traits_of(populations: Iterable[Population]) -> list[str]:
    """The traits that are ranked, each once."""
    return list(dict.fromkeys(ref.name for one in populations for ref in one.by))
