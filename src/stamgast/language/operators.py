"""The one table of operators: what each takes and gives, and how it is said.

The reader checks types by it, the sentences and the language reference are made from it. An operator
of the AST that is not here, or a row here without a face, fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from stamgast.language.ast import Text
from stamgast.language.types import ORDERED, SUMMABLE, Type

STORED = frozenset(Type) - {Type.AGE}
"""Types that a value can be kept in."""

NUMERIC = SUMMABLE | {Type.NUMBER}
DATED = frozenset({Type.INSTANT, Type.DAY})
RANKED = NUMERIC | {Type.INSTANT, Type.DURATION}
"""Types a shop statistic can be made of."""

Arity: TypeAlias = Literal["none", "one", "list", "pair", "duration"]
"""What stands beside a comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator with all its faces.

    ``takes``: the types it works on; empty for operators on whole rows. ``gives``: the type of the
    result; None for the type it works on. ``phrase``: a template in both languages, with
    ``{subject}``, ``{value}``, ``{other}``, ``{rows}`` where they fit. ``about``: for editors and docs. ``example``: as it is written.
    """

    name: str
    takes: frozenset[Type]
    gives: Type | None
    about: str
    phrase: Text
    example: str
    dated: Text | None = None
    """The phrase for instants and days, where it is another one."""
    arity: Arity = "none"
    refers: bool = False
    """Whether the value may be another trait or a percentile."""


def _text(en: str, nl: str) -> Text:
    return Text(en=en, nl=nl)


def _comparison(  # noqa: PLR0913 - a row of a table
    name: str,
    takes: frozenset[Type],
    arity: Arity,
    phrase: tuple[str, str],
    about: str,
    example: str,
    *,
    refers: bool = False,
    dated: tuple[str, str] | None = None,
) -> Operator:
    return Operator(
        name=name,
        takes=takes,
        gives=Type.BOOLEAN,
        about=about,
        phrase=_text(*phrase),
        example=example,
        dated=None if dated is None else _text(*dated),
        arity=arity,
        refers=refers,
    )


CASELESS = frozenset({"is", "is_not", "in", "not_in", "contains", "starts_with", "ends_with"})
"""Comparisons that ``ignore_case`` goes with."""

IGNORE_CASE = _text("{said} (upper or lower case)", "{said} (hoofdletters of niet)")

_ANY = frozenset(Type)
_TEXT = frozenset({Type.TEXT})

COMPARISONS: dict[str, Operator] = {
    row.name: row
    for row in (
        _comparison(
            "is",
            _ANY,
            "one",
            ("{subject} is {value}", "{subject} is {value}"),
            "Equal; false when a side is missing.",
            "{attribute: country, is: NL}",
            refers=True,
        ),
        _comparison(
            "is_not",
            _ANY,
            "one",
            ("{subject} is not {value}", "{subject} is niet {value}"),
            "The negation of `is`, so true when a side is missing.",
            "{attribute: country, is_not: NL}",
            refers=True,
        ),
        _comparison(
            "in",
            STORED,
            "list",
            ("{subject} is {value}", "{subject} is {value}"),
            "Equal to one of the values.",
            "{attribute: country, in: [NL, BE]}",
        ),
        _comparison(
            "not_in",
            STORED,
            "list",
            ("{subject} is not {value}", "{subject} is niet {value}"),
            "The negation of `in`, so true when missing.",
            "{attribute: country, not_in: [NL, BE]}",
        ),
        _comparison(
            "gt",
            ORDERED,
            "one",
            ("{subject} is more than {value}", "{subject} is meer dan {value}"),
            "Greater than.",
            "{trait: net_revenue, gt: 800}",
            refers=True,
            dated=("{subject} is after {value}", "{subject} is na {value}"),
        ),
        _comparison(
            "gte",
            ORDERED,
            "one",
            ("{subject} is at least {value}", "{subject} is minstens {value}"),
            "Greater than or equal to.",
            "{trait: orders, gte: 3}",
            refers=True,
            dated=("{subject} is on or after {value}", "{subject} is op of na {value}"),
        ),
        _comparison(
            "lt",
            ORDERED,
            "one",
            ("{subject} is less than {value}", "{subject} is minder dan {value}"),
            "Less than.",
            "{trait: net_revenue_365d, lt: {trait: net_revenue}}",
            refers=True,
            dated=("{subject} is before {value}", "{subject} is voor {value}"),
        ),
        _comparison(
            "lte",
            ORDERED,
            "one",
            ("{subject} is at most {value}", "{subject} is hoogstens {value}"),
            "Less than or equal to.",
            "{trait: orders, lte: {percentile: 50, of: orders}}",
            refers=True,
            dated=("{subject} is on or before {value}", "{subject} is op of voor {value}"),
        ),
        _comparison(
            "between",
            ORDERED,
            "pair",
            (
                "{subject} is from {value} up to and including {other}",
                "{subject} is van {value} tot en met {other}",
            ),
            "From the first value up to and including the second.",
            "{trait: orders, between: [2, 3]}",
        ),
        _comparison(
            "contains",
            _TEXT,
            "one",
            ("{subject} contains {value}", "{subject} bevat {value}"),
            "The text holds this; case matters.",
            "{attribute: city, contains: dam}",
        ),
        _comparison(
            "starts_with",
            _TEXT,
            "one",
            ("{subject} starts with {value}", "{subject} begint met {value}"),
            "The text begins with this.",
            '{attribute: postcode, starts_with: "10"}',
        ),
        _comparison(
            "ends_with",
            _TEXT,
            "one",
            ("{subject} ends with {value}", "{subject} eindigt op {value}"),
            "The text ends with this.",
            "{attribute: city, ends_with: dam}",
        ),
        _comparison(
            "present",
            _ANY,
            "none",
            ("{subject} is known", "{subject} is bekend"),
            "There is a value.",
            "{attribute: birthday, present: true}",
        ),
        _comparison(
            "missing",
            _ANY,
            "none",
            ("{subject} is not known", "{subject} is niet bekend"),
            "There is no value; written `present: false`.",
            "{attribute: birthday, present: false}",
        ),
        _comparison(
            "older_than",
            DATED,
            "duration",
            ("{subject} is more than {value} ago", "{subject} is meer dan {value} geleden"),
            "The instant lies longer ago.",
            "{trait: last_order_at, older_than: 365d}",
        ),
        _comparison(
            "newer_than",
            DATED,
            "duration",
            ("{subject} is at most {value} ago", "{subject} is hoogstens {value} geleden"),
            "The instant lies this long ago or less, or ahead.",
            "{trait: last_order_at, newer_than: 30d}",
        ),
        _comparison(
            "within_next",
            DATED,
            "duration",
            ("{subject} comes within {value}", "{subject} komt binnen {value}"),
            "The instant lies ahead, at most so far.",
            "{attribute: trial_ends_at, within_next: 7d}",
        ),
        _comparison(
            "anniversary_within_next",
            DATED,
            "duration",
            (
                "the yearly day of {subject} is today or within {value}",
                "de jaarlijkse dag van {subject} is vandaag of binnen {value}",
            ),
            "The day returns today or within so much time; 29 February on 1 March in common years.",
            "{attribute: birthday, anniversary: {within_next: 14d}}",
        ),
    )
}
"""Comparisons by the name of their operator in the AST."""


def _aggregate(
    name: str,
    takes: frozenset[Type],
    gives: Type | None,
    phrase: tuple[str, str],
    about: str,
    example: str,
) -> Operator:
    return Operator(
        name=name,
        takes=takes,
        gives=gives,
        about=about,
        phrase=_text(*phrase),
        example=example,
    )


_NONE: frozenset[Type] = frozenset()

AGGREGATES: dict[str, Operator] = {
    row.name: row
    for row in (
        _aggregate(
            "count",
            _NONE,
            Type.INTEGER,
            ("the number of {rows}", "het aantal {rows}"),
            "How many rows; 0 of nothing.",
            "{count: order, within: 365d}",
        ),
        _aggregate(
            "sum",
            SUMMABLE,
            None,
            ("the sum of {value} of {rows}", "de som van {value} van {rows}"),
            "The sum; 0 of nothing, missing values skipped.",
            "{sum: amount, of: revenue}",
        ),
        _aggregate(
            "mean",
            SUMMABLE,
            Type.NUMBER,
            ("the mean {value} of {rows}", "het gemiddelde van {value} van {rows}"),
            "The mean of the values that are there; missing of nothing.",
            "{mean: net_total, of: order}",
        ),
        _aggregate(
            "min",
            ORDERED - {Type.AGE},
            None,
            ("the lowest {value} of {rows}", "de laagste waarde van {value} van {rows}"),
            "The least value; missing of nothing.",
            "{min: net_total, of: order}",
        ),
        _aggregate(
            "max",
            ORDERED - {Type.AGE},
            None,
            ("the highest {value} of {rows}", "de hoogste waarde van {value} van {rows}"),
            "The greatest value; missing of nothing.",
            "{max: net_total, of: order}",
        ),
        _aggregate(
            "first",
            STORED,
            None,
            ("{value} of the first of the {rows}", "{value} van de eerste van de {rows}"),
            "The value of the first row, even if it is missing there.",
            "{first: coupon, of: order}",
        ),
        _aggregate(
            "last",
            STORED,
            None,
            ("{value} of the last of the {rows}", "{value} van de laatste van de {rows}"),
            "The value of the last row, even if it is missing there.",
            "{last: occurred_at, of: order}",
        ),
        _aggregate(
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
        _aggregate(
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
        _aggregate(
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
        _aggregate(
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
        _aggregate(
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
        _aggregate(
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
        _aggregate(
            "days",
            _NONE,
            Type.INTEGER,
            ("the number of days with {rows}", "het aantal dagen met {rows}"),
            "The number of different local days with a row; 0 of nothing.",
            "{days: order, within: 365d}",
        ),
        _aggregate(
            "visits",
            _NONE,
            Type.INTEGER,
            ("the number of visits with {rows}", "het aantal bezoeken met {rows}"),
            "The number of runs of events with pauses shorter than the gap, counted by their start.",
            "{visits: [Page Viewed, Product Viewed], gap: 30m, within: 28d}",
        ),
        _aggregate(
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
        _aggregate(
            "only_season",
            _NONE,
            Type.TEXT,
            ("the only season with {rows}", "het enige seizoen met {rows}"),
            "The season and year that all rows lie in, once it has ended; of several the shortest, "
            "then the first to end. Missing otherwise.",
            "{only_season: order}",
        ),
        _aggregate(
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
        _aggregate(
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
        _aggregate(
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
        _aggregate(
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
        _aggregate(
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

FORMULAS: dict[str, Operator] = {
    row.name: row
    for row in (
        _aggregate(
            "add",
            NUMERIC | {Type.DURATION},
            None,
            ("{subject} + {value}", "{subject} + {value}"),
            "Exact on one type; with a number it becomes a number.",
            "refunded_365d + loose_refunds_365d",
        ),
        _aggregate(
            "subtract",
            NUMERIC | {Type.DURATION},
            None,
            ("{subject} - {value}", "{subject} - {value}"),
            "Exact on one type; with a number it becomes a number.",
            "orders - orders_365d",
        ),
        _aggregate(
            "multiply",
            NUMERIC | {Type.DURATION},
            None,
            ("{subject} x {value}", "{subject} x {value}"),
            "A number; a duration times a literal number is a duration.",
            "1.5 * order_gap",
        ),
        _aggregate(
            "divide",
            NUMERIC | {Type.DURATION},
            Type.NUMBER,
            ("{subject} / {value}", "{subject} / {value}"),
            "A number; missing when the divisor is 0.",
            "net_revenue / orders",
        ),
        _aggregate(
            "negate",
            NUMERIC | {Type.DURATION},
            None,
            ("-{subject}", "-{subject}"),
            "The value with the other sign.",
            "-loose_refunds_365d",
        ),
        _aggregate(
            "ratio",
            NUMERIC | {Type.DURATION},
            Type.NUMBER,
            ("{subject} / {value}", "{subject} / {value}"),
            "The same as /; a third, plain number multiplies it: `ratio(a, b, 1.5)`, still one division.",
            "ratio(refunded_365d, order_value_365d)",
        ),
        _aggregate(
            "whole",
            NUMERIC,
            Type.INTEGER,
            ("the whole part of {subject}", "het hele deel van {subject}"),
            "The greatest whole number that is not greater.",
            "whole(net_revenue / orders)",
        ),
        _aggregate(
            "site",
            _TEXT,
            Type.TEXT,
            ("the site of {subject}", "de site van {subject}"),
            "The name of the host in a web address, in small letters and without `www.`; missing when there is none.",
            "site(acquisition_referrer)",
        ),
        _aggregate(
            "min",
            ORDERED - {Type.AGE},
            None,
            ("the lowest of {values}", "de laagste van {values}"),
            "The least; missing if one is missing.",
            "min(1, refunded_365d / order_value_365d)",
        ),
        _aggregate(
            "max",
            ORDERED - {Type.AGE},
            None,
            ("the highest of {values}", "de hoogste van {values}"),
            "The greatest; missing if one is missing.",
            "max(orders, attribute.orders_before)",
        ),
        _aggregate(
            "coalesce",
            STORED,
            None,
            ("the first known of {values}", "de eerste bekende van {values}"),
            "The first that is not missing.",
            "coalesce(attribute.orders_before, 0)",
        ),
        _aggregate(
            "days_since",
            DATED,
            Type.AGE,
            ("the time since {subject}", "de tijd sinds {subject}"),
            "An age: it grows at every moment, so compare or show it, with a duration.",
            "days_since(last_order_at)",
        ),
        _aggregate(
            "years_since",
            DATED,
            Type.INTEGER,
            ("the whole years since {subject}", "de hele jaren sinds {subject}"),
            "Whole calendar years in the shop's zone; 29 February counts from 1 March.",
            "years_since(attribute.birthday)",
        ),
    )
}
"""Formula operations by name."""


def _condition(name: str, phrase: tuple[str, str], about: str, example: str) -> Operator:
    return Operator(
        name=name,
        takes=_NONE,
        gives=Type.BOOLEAN,
        about=about,
        phrase=_text(*phrase),
        example=example,
    )


CONDITIONS: dict[str, Operator] = {
    row.name: row
    for row in (
        _condition(
            "did",
            ("at least {value} {rows}", "minstens {value} {rows}"),
            "It was done so many times.",
            "{did: order, at_least: 2, within: 180d, where: {net_total: {gt: 20}}}",
        ),
        _condition(
            "followed_by",
            ("{rows}, followed by {other}{value}", "{rows}, gevolgd door {other}{value}"),
            "Counts rows after which the other comes: at the same instant up to exactly the limit.",
            "{did: Product Added, followed_by: {event: order, within: 1h}}",
        ),
        _condition(
            "not_followed_by",
            ("{rows}, not followed by {other}{value}", "{rows}, niet gevolgd door {other}{value}"),
            "Counts rows after which the other did not come; undecided until the limit has passed.",
            "{did: Product Added, within: 7d, not_followed_by: {event: order, within: 1h}}",
        ),
        _condition(
            "segment",
            ("in segment {value}", "in segment {value}"),
            "A member of another segment.",
            "{segment: vip}",
        ),
        _condition(
            "stage",
            ("in stage {value}", "in fase {value}"),
            "In this stage of the lifecycle.",
            "{stage: [at_risk, red_alert]}",
        ),
        _condition(
            "top",
            ("among the best {value} by {subject}", "bij de beste {value} naar {subject}"),
            "Among the best of the shop, as ranked at the last local midnight.",
            "{top: 20%, by: net_revenue, among: {trait: orders, gte: 1}}",
        ),
        _condition(
            "percentile",
            ("the {value} point of {subject}", "het {value}-punt van {subject}"),
            "A shop number to compare with, or so many `times` it: nearest rank, of the last local midnight.",
            "{trait: orders, gt: {percentile: 50, of: orders}}",
        ),
        _condition(
            "all",
            ("{value} and {other}", "{value} en {other}"),
            "Every one holds.",
            "{all: [{segment: vip}, {stage: at_risk}]}",
        ),
        _condition(
            "any",
            ("{value} or {other}", "{value} of {other}"),
            "At least one holds.",
            "{any: [{segment: vip}, {stage: at_risk}]}",
        ),
        _condition(
            "always",
            ("always", "altijd"),
            "Holds for everybody, or with false for nobody: a part that a parameter switches on and off.",
            "{always: false}",
        ),
        _condition(
            "not",
            ("not: {value}", "niet: {value}"),
            "It does not hold.",
            "{not: {segment: vip}}",
        ),
    )
}
"""Conditions that are no comparison, by their key."""

WINDOWS: dict[str, Operator] = {
    row.name: row
    for row in (
        _condition(
            "within",
            ("in the last {value}", "in de laatste {value}"),
            "At most so old.",
            "{count: order, within: 365d}",
        ),
        _condition(
            "between",
            (
                "more than {value} and at most {other} ago",
                "meer dan {value} en hoogstens {other} geleden",
            ),
            "Older than the first, at most as old as the second.",
            "{count: order, between: [30d, 90d]}",
        ),
        _condition(
            "from",
            ("from {value}", "vanaf {value}"),
            "From this instant on.",
            "{count: order, from: 2026-01-01}",
        ),
        _condition(
            "until",
            ("before {value}", "voor {value}"),
            "Before this instant.",
            "{count: order, until: 2027-01-01}",
        ),
        _condition(
            "in",
            ("during {value}", "tijdens {value}"),
            "During a season or sale, of any year or of one.",
            "{count: order, in: black_friday}",
        ),
    )
}
"""Windows by their key."""
