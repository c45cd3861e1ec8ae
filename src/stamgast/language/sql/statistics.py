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
    Call,
    Carries,
    Case,
    Compare,
    Did,
    InSegment,
    Not,
    Percentile,
    Score,
    ShopTotal,
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
    desc,
    num,
    present,
    sub,
    tab,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction

    from stamgast.language.ast import Condition, Definitions, Expression
    from stamgast.language.sql.dialect import Face
    from stamgast.language.sql.parameters import Parameters

Statistic: TypeAlias = "Top | Percentile | Score | ShopTotal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """What is ranked: ``by`` among those for whom ``among`` holds; ``provided`` goes with it."""

    by: tuple[TraitRef, ...]
    among: Condition | None
    provided: Condition | None = None

    @staticmethod
    def of(statistic: Top | Percentile | Score) -> Population:
        """The population of a Top, Percentile or Score."""
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

    @property
    def scores(self) -> list[Score]:
        """The Scores."""
        return [one for one in self.found if isinstance(one, Score)]

    @property
    def totals(self) -> list[ShopTotal]:
        """The totals of the shop."""
        return [one for one in self.found if isinstance(one, ShopTotal)]

    def populations(self) -> list[Population]:
        """The different populations that are ranked."""
        ranked = [one for one in self.found if not isinstance(one, ShopTotal)]
        return list(dict.fromkeys(Population.of(one) for one in ranked))


def statistics_of(names: Iterable[str], definitions: Definitions) -> Needs:
    """The statistics that these traits and segments use, and what they name."""
    needs = Needs()
    for name in names:
        if name in definitions.segments and definitions.segments[name].uses_statistics:
            found = _below(definitions.segments[name].where, definitions)
        elif name in definitions.traits and definitions.traits[name].uses_statistics:
            found = _inside(definitions.traits[name].expr, definitions)
        else:
            continue
        needs.found.update(dict.fromkeys(found))
    return needs


def _below(c: Condition, definitions: Definitions) -> Iterator[Statistic]:
    match c:
        case All(items=items) | AnyOf(items=items):
            yield from (one for item in items for one in _below(item, definitions))
        case Not(item=item):
            yield from _below(item, definitions)
        case Carries(rule=rule) if rule is not None:
            yield from _below(rule, definitions)
        case InSegment(name=name):
            if definitions.segments[name].uses_statistics:
                yield from _below(definitions.segments[name].where, definitions)
        case Top():
            yield c
        case Compare(operand=operand, values=values):
            yield from (value for value in values if isinstance(value, Percentile))
            named = [one for one in (operand, *values) if isinstance(one, TraitRef)]
            yield from (one for ref in named for one in _inside(ref, definitions))
        case _:
            pass


def _inside(expr: Expression, definitions: Definitions) -> Iterator[Statistic]:
    match expr:
        case TraitRef(name=name):
            if definitions.traits[name].uses_statistics:
                yield from _inside(definitions.traits[name].expr, definitions)
        case Score() | ShopTotal():
            yield expr
        case Call(args=args):
            yield from (one for arg in args for one in _inside(arg, definitions))
        case Case(branches=branches, otherwise=otherwise):
            for branch in branches:
                yield from _below(branch.when, definitions)
            values = [otherwise, *(branch.then for branch in branches)]
            named = [one for one in values if isinstance(one, TraitRef)]
            yield from (one for ref in named for one in _inside(ref, definitions))
        case _:
            pass


def place(share: Fraction, size: int) -> int:
    """``ceil(share x size)``, exact.

    >>> from fractions import Fraction
    >>> place(Fraction(1, 5), 11)
    3
    """
    return ceil(share * size)


def scored(
    table: str, values: Sequence[str], among: str | None, provided: str | None
) -> exp.Select:
    """The population, each with its score: how many are strictly worse, summed over ``values``.

    ``table``: one row per profile, with the columns that are named. Columns: ``profile_id``,
    ``value_1``, ..., ``rank_score``, ``score`` (NULL when ``provided`` does not hold)::

        SELECT *, CASE WHEN "provided" THEN "rank_score" END AS "score" FROM (
          SELECT "profile_id", "v" AS "value_1", "w" AS "value_2", "holds 2" AS "provided",
            RANK() OVER (ORDER BY "v") + RANK() OVER (ORDER BY "w") - 2 AS "rank_score"
          FROM table WHERE "holds 1" AND NOT "v" IS NULL AND NOT "w" IS NULL) AS "ranked"
    """
    ranks: list[Sql] = [
        window(exp.Anonymous(this="RANK"), [], [asc(col(value))]) for value in values
    ]
    named = [as_(col(value), f"value_{i}") for i, value in enumerate(values, start=1)]
    parts: list[Sql] = [] if among is None else [col(among)]
    ranked = (
        exp.select(
            col("profile_id"),
            *named,
            as_(exp.true() if provided is None else col(provided), "provided"),
            as_(sub(reduce(add, ranks), num(len(values))), "rank_score"),
        )
        .from_(tab(table))
        .where(all_of([*parts, *(present(col(value)) for value in values)]))
    )
    alias = exp.TableAlias(this=exp.to_identifier("ranked", quoted=True))
    member = as_(case((col("provided"), col("rank_score"))), "score")
    return exp.select("*", member).from_(exp.Subquery(this=ranked, alias=alias))


def totals(table: str, sums: Sequence[tuple[str, str | None]], face: Face) -> exp.Select:
    """One row with the sums of columns, each of those for whom a condition holds (None: of all).

    ``SELECT TRY_CAST(COALESCE(SUM("v") FILTER(WHERE "holds 1"), 0) AS BIGINT) AS "total_1" ...``
    """
    columns: list[Sql] = []
    for number, (value, among) in enumerate(sums, start=1):
        made: Sql = exp.Sum(this=col(value))
        if among is not None:
            made = exp.Filter(this=made, expression=exp.Where(this=col(among)))
        columns.append(as_(face.in_64_bits(coalesce(made, num(0))), f"total_{number}"))
    return exp.select(*columns).from_(tab(table))


def worse_than(table: str, value: str) -> exp.Select:
    """Per value of a population, how many of it have a smaller one: ``value, worse``.

    ``SELECT DISTINCT "v" AS "value", RANK() OVER (ORDER BY "v") - 1 AS "worse" FROM table``
    """
    rank = window(exp.Anonymous(this="RANK"), [], [asc(col(value))])
    return (
        exp.select(as_(col(value), "value"), as_(sub(rank, num(1)), "worse"))
        .distinct()
        .from_(tab(table))
    )


def at_places(
    table: str, value: str, numbers: Sequence[int], parameters: Parameters, *, best: bool
) -> exp.Select:
    """The values at some places, counted from 1: from the greatest (``best``) or from the smallest.

    Columns ``place``, ``value``: ``SELECT "place", "value" FROM (SELECT "rank_score" AS "value",
    ROW_NUMBER() OVER (ORDER BY "rank_score" DESC) AS "place" FROM table) WHERE "place" IN ($place)``
    """
    order = desc(col(value)) if best else asc(col(value))
    numbered = exp.select(
        as_(col(value), "value"), as_(window(exp.RowNumber(), [], [order]), "place")
    ).from_(tab(table))
    alias = exp.TableAlias(this=exp.to_identifier("numbered", quoted=True))
    bound = [parameters.bind(number, "place") for number in dict.fromkeys(numbers)]
    return (
        exp.select(col("place"), col("value"))
        .from_(exp.Subquery(this=numbered, alias=alias))
        .where(exp.In(this=col("place"), expressions=bound))
    )


def implied_rows(condition: Condition | None) -> tuple[str, tuple[str, ...]] | None:
    """A source (and event names) of which everybody for whom the condition holds has a row.

    Who has a row exists, so nobody else needs to be looked at.
    """
    match condition:
        case Did(sequence=None, rows=rows, at_least=at_least) if (
            at_least > 0 and rows.source != "revenue"
        ):
            return rows.source, rows.events
        case All(items=items):
            found = (implied_rows(item) for item in items)
            return next((one for one in found if one is not None), None)
        case _:
            return None


def traits_of(populations: Iterable[Population]) -> list[str]:
    """The traits that are ranked, each once."""
    return list(dict.fromkeys(ref.name for one in populations for ref in one.by))
