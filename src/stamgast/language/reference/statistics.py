"""Shop statistics, made the slow way: every profile asked at the last local midnight."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from stamgast.language.answer import RankTable, Statistics
from stamgast.language.ast import Compare, Percentile, Score, ShopTotal, Top
from stamgast.language.reference.conditions import ranked_values
from stamgast.language.reference.days import end_of, local_day, midnight
from stamgast.language.reference.formulas import trait
from stamgast.language.reference.moments import moment
from stamgast.language.walk import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stamgast.language.ast import Condition, Definitions, Expression
    from stamgast.language.reference.moments import Moment, Value
    from stamgast.model.log import Log


def statistics(
    definitions: Definitions, logs: Iterable[Log], t: int, nobody: Log | None = None
) -> Statistics:
    """The statistics in force at t: of the last local midnight at or before it.

    ``nobody``: the log of no profile, with the orders and refunds of nobody.
    """
    day = local_day(t, definitions.zone)
    then = midnight(day, definitions.zone)
    moments = [moment(definitions, log, None, then) for log in logs]
    unknown = None if nobody is None else moment(definitions, nobody, None, then)
    asked: list[Condition | Expression] = [
        segment.where for segment in definitions.segments.values()
    ]
    asked += [one.expr for one in definitions.traits.values()]
    nodes = [node for one in asked for node in parts(one, definitions)]
    tops = {node for node in nodes if isinstance(node, Top)}
    compared = [value for node in nodes if isinstance(node, Compare) for value in node.values]
    percentiles = {value for value in compared if isinstance(value, Percentile)}
    return Statistics(
        midnight=then,
        next_midnight=end_of(day, definitions.zone),
        tops={top: rank_table(top, moments) for top in tops},
        numbers={number: _nearest_rank(number, moments) for number in percentiles},
        scores={one: _ranks(one, moments) for one in nodes if isinstance(one, Score)},
        totals={one: _total(one, moments, unknown) for one in nodes if isinstance(one, ShopTotal)},
    )


def rank_table(top: Top, moments: Sequence[Moment]) -> RankTable:
    """The population of a ``Top`` and the score that its members reach."""
    everyone = [ranked_values(top.by, top.among, m) for m in moments]
    population = [values for values in everyone if values is not None]
    worse = [_strictly_worse([values[i] for values in population]) for i in range(len(top.by))]
    scores = [
        sum(table[value] for table, value in zip(worse, values, strict=True))
        for values in population
    ]
    scores.sort(reverse=True)
    k = ceil(top.share * len(population))
    return RankTable(
        size=len(population),
        worse=tuple(worse),
        threshold=scores[k - 1] if population else None,
    )


def _ranks(score: Score, moments: Sequence[Moment]) -> RankTable:
    """The population of a ``Score``."""
    everyone = [ranked_values((score.of,), score.among, m) for m in moments]
    values = [found[0] for found in everyone if found is not None]
    return RankTable(size=len(values), worse=(_strictly_worse(values),), threshold=None)


def _total(total: ShopTotal, moments: Sequence[Moment], nobody: Moment | None) -> int | None:
    """The sum over everybody who has the trait, and nobody; missing when 64 bits do not hold it."""
    everyone = [ranked_values((total.of,), total.among, m) for m in moments]
    whole = _in_64_bits(sum(found[0] for found in everyone if found is not None))
    if whole is None or nobody is None or not total.nobody:
        return whole
    return _in_64_bits(whole + (trait(total.of.name, nobody)[0] or 0))


def _in_64_bits(whole: int) -> int | None:
    return whole if -(2**63) <= whole < 2**63 else None


def _strictly_worse(values: list[Value]) -> dict[Value, int]:
    return {value: sum(other < value for other in values) for value in set(values)}


def _nearest_rank(number: Percentile, moments: Sequence[Moment]) -> Value:
    """The smallest value with at least the percentage of the population at or below it."""
    everyone = [ranked_values((number.of,), number.among, m) for m in moments]
    values = sorted(values[0] for values in everyone if values is not None)
    rank = ceil(number.percent * len(values) / 100)
    return values[rank - 1] if values else None
