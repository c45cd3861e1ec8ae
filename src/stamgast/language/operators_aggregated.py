"""The operators of aggregates: rows of the one table."""

from __future__ import annotations

from stamgast.language.operator_row import STORED, Operator, value
from stamgast.language.types import ORDERED, SUMMABLE, Type

_TEXT = frozenset({Type.TEXT})
_NONE: frozenset[Type] = frozenset()

AGGREGATES: dict[str, Operator] = {
    row.name: row
    for row in (
        value(
            "count",
            _NONE,
            Type.INTEGER,
            ("the number of {rows}", "het aantal {rows}"),
            "How many rows; 0 of nothing.",
            "{count: order, within: 365d}",
        ),
        value(
            "sum",
            SUMMABLE,
            None,
            ("the sum of {value} of {rows}", "de som van {value} van {rows}"),
            "The sum; 0 of nothing, missing values skipped.",
            "{sum: amount, of: revenue}",
        ),
        value(
            "mean",
            SUMMABLE,
            Type.NUMBER,
            ("the mean {value} of {rows}", "het gemiddelde van {value} van {rows}"),
            "The mean of the values that are there; missing of nothing.",
            "{mean: net_total, of: order}",
        ),
        value(
            "min",
            ORDERED - {Type.AGE},
            None,
            ("the lowest {value} of {rows}", "de laagste waarde van {value} van {rows}"),
            "The least value; missing of nothing.",
            "{min: net_total, of: order}",
        ),
        value(
            "max",
            ORDERED - {Type.AGE},
            None,
            ("the highest {value} of {rows}", "de hoogste waarde van {value} van {rows}"),
            "The greatest value; missing of nothing.",
            "{max: net_total, of: order}",
        ),
        value(
            "first",
            STORED,
            None,
            ("{value} of the first of the {rows}", "{value} van de eerste van de {rows}"),
            "The value of the first row, even if it is missing there.",
            "{first: coupon, of: order}",
        ),
        value(
            "last",
            STORED,
            None,
            ("{value} of the last of the {rows}", "{value} van de laatste van de {rows}"),
            "The value of the last row, even if it is missing there.",
            "{last: occurred_at, of: order}",
        ),
        value(
            "distinct",
            STORED,
            Type.INTEGER,
            (
                "the number of different values of {value} of {rows}",
                "het aantal verschillende waarden van {value} van {rows}",
            ),
            "The number of different values; 0 of nothing.",
            "{distinct: category, of: Product Viewed, within: 60d}",
        ),
        value(
            "most_frequent",
            STORED,
            None,
            (
                "the most frequent {value} of {rows}",
                "de vaakst voorkomende waarde van {value} van {rows}",
            ),
            "The value with most rows; of equals the one with the latest row.",
            "{most_frequent: category, of: Product Viewed, where: {price: {gte: 10}}}",
        ),
        value(
            "recurring",
            _TEXT,
            None,
            (
                "the {value} in at least {other} visits or orders, of {rows}",
                "{value} in minstens {other} bezoeken of bestellingen, van {rows}",
            ),
            "The value with most visits and orders in which it is, of those with enough; of equals the "
            "latest. Missing when none has enough.",
            "{recurring: category, of: [Product Viewed, line], at_least: 3, within: 30d}",
        ),
        value(
            "mean_gap",
            _NONE,
            Type.DURATION,
            (
                "the mean time between the days with {rows}",
                "de gemiddelde tijd tussen de dagen met {rows}",
            ),
            "The mean time between the local days with a row; missing on fewer than two days.",
            "{mean_gap: order}",
        ),
        value(
            "last_gap",
            _NONE,
            Type.DURATION,
            (
                "the time between the last two days with {rows}",
                "de tijd tussen de laatste twee dagen met {rows}",
            ),
            "The time between the last two local days with a row; missing on fewer than two days.",
            "{last_gap: order}",
        ),
        value(
            "first_gap",
            _NONE,
            Type.DURATION,
            (
                "the time between the first two days with {rows}",
                "de tijd tussen de eerste twee dagen met {rows}",
            ),
            "The time between the first two local days with a row; missing on fewer than two days.",
            "{first_gap: order}",
        ),
        value(
            "days",
            _NONE,
            Type.INTEGER,
            ("the number of days with {rows}", "het aantal dagen met {rows}"),
            "The number of different local days with a row; 0 of nothing.",
            "{days: order, within: 365d}",
        ),
        value(
            "visits",
            _NONE,
            Type.INTEGER,
            ("the number of visits with {rows}", "het aantal bezoeken met {rows}"),
            "The number of runs of events with pauses shorter than the gap, counted by their start.",
            "{visits: [Page Viewed, Product Viewed], gap: 30m, within: 28d}",
        ),
        value(
            "visit_days",
            _NONE,
            Type.INTEGER,
            (
                "the number of days on which a visit starts, with {rows}",
                "het aantal dagen waarop een bezoek begint, met {rows}",
            ),
            "The number of different local days on which a visit starts; visits as in `visits`.",
            "{visit_days: [Page Viewed, Product Viewed], gap: 30m, within: 28d}",
        ),
        value(
            "only_season",
            _NONE,
            Type.TEXT,
            ("the only season with {rows}", "het enige seizoen met {rows}"),
            "The season and year that all rows lie in, once it has ended; of several the shortest, "
            "then the first to end. Missing otherwise.",
            "{only_season: order}",
        ),
        value(
            "season_returns",
            _NONE,
            Type.INSTANT,
            (
                "when the only season with {rows} returns",
                "wanneer het enige seizoen met {rows} terugkomt",
            ),
            "When the season of `only_season` next begins; missing without one.",
            "{season_returns: order}",
        ),
        value(
            "sale_first_days_hit",
            _NONE,
            Type.INTEGER,
            (
                "of the last {value} first days of sales, the number with {rows}",
                "van de laatste {value} eerste dagen van acties het aantal met {rows}",
            ),
            "On how many of the latest first days of sales there was a row.",
            "{sale_first_days_hit: order, latest: 6}",
        ),
        value(
            "sale_first_days_seen",
            _NONE,
            Type.INTEGER,
            (
                "of the last {value} first days of sales, the number since the first of the {rows}",
                "van de laatste {value} eerste dagen van acties het aantal sinds de eerste van de {rows}",
            ),
            "How many of the latest first days of sales ended after the first row.",
            "{sale_first_days_seen: order, latest: 6}",
        ),
        value(
            "rhythm",
            _NONE,
            Type.TEXT,
            (
                "the usual days of the year with {rows}",
                "de vaste dagen van het jaar met {rows}",
            ),
            "The usual days of a yearly rhythm, month and day, like `05-05 10-06`; missing without one.",
            "{rhythm: order, slot: 28d, slots: 2}",
        ),
        value(
            "rhythm_day",
            _NONE,
            Type.DAY,
            (
                "the next usual day with {rows}",
                "de eerstvolgende vaste dag met {rows}",
            ),
            "The usual day of a yearly rhythm that comes next, or has come and is still waited for.",
            "{rhythm_day: order, before: 14d, after: 21d}",
        ),
    )
}
"""Aggregates by name."""
