"""The one table of operators: what each takes and gives, and how it is said.

The reader checks types by it, the sentences and the language reference are made from it. An operator
of the AST that is not here, or a row here without a face, fails a test.
"""

from __future__ import annotations

from stamgast.language.operator_row import (
    DATED,
    NUMERIC,
    RANKED,
    STORED,
    Arity,
    Operator,
    said,
    value,
)
from stamgast.language.operators_aggregated import AGGREGATES
from stamgast.language.operators_compared import CASELESS, COMPARISONS, IGNORE_CASE
from stamgast.language.types import ORDERED, Type

__all__ = [
    "AGGREGATES",
    "CASELESS",
    "COMPARISONS",
    "CONDITIONS",
    "DATED",
    "FORMULAS",
    "IGNORE_CASE",
    "NUMERIC",
    "RANKED",
    "STORED",
    "WINDOWS",
    "Arity",
    "Operator",
]

_TEXT = frozenset({Type.TEXT})
_NONE: frozenset[Type] = frozenset()

FORMULAS: dict[str, Operator] = {
    row.name: row
    for row in (
        value(
            "add",
            NUMERIC | {Type.DURATION},
            None,
            ("{subject} + {value}", "{subject} + {value}"),
            "Exact on one type; with a number it becomes a number.",
            "refunded_365d + loose_refunds_365d",
        ),
        value(
            "subtract",
            NUMERIC | {Type.DURATION},
            None,
            ("{subject} - {value}", "{subject} - {value}"),
            "Exact on one type; with a number it becomes a number.",
            "orders - orders_365d",
        ),
        value(
            "multiply",
            NUMERIC | {Type.DURATION},
            None,
            ("{subject} x {value}", "{subject} x {value}"),
            "A number; a duration times a literal number is a duration.",
            "1.5 * order_gap",
        ),
        value(
            "divide",
            NUMERIC | {Type.DURATION},
            Type.NUMBER,
            ("{subject} / {value}", "{subject} / {value}"),
            "A number; missing when the divisor is 0.",
            "net_revenue / orders",
        ),
        value(
            "negate",
            NUMERIC | {Type.DURATION},
            None,
            ("-{subject}", "-{subject}"),
            "The value with the other sign.",
            "-loose_refunds_365d",
        ),
        value(
            "ratio",
            NUMERIC | {Type.DURATION},
            Type.NUMBER,
            ("{subject} / {value}", "{subject} / {value}"),
            "The same as /; a third, plain number multiplies it: `ratio(a, b, 1.5)`, still one division.",
            "ratio(refunded_365d, order_value_365d)",
        ),
        value(
            "whole",
            NUMERIC,
            Type.INTEGER,
            ("the whole part of {subject}", "het hele deel van {subject}"),
            "The greatest whole number that is not greater.",
            "whole(net_revenue / orders)",
        ),
        value(
            "site",
            _TEXT,
            Type.TEXT,
            ("the site of {subject}", "de site van {subject}"),
            "The name of the host in a web address, in small letters and without `www.`; missing when there is none.",
            "site(acquisition_referrer)",
        ),
        value(
            "min",
            ORDERED - {Type.AGE},
            None,
            ("the lowest of {values}", "de laagste van {values}"),
            "The least; missing if one is missing.",
            "min(1, refunded_365d / order_value_365d)",
        ),
        value(
            "max",
            ORDERED - {Type.AGE},
            None,
            ("the highest of {values}", "de hoogste van {values}"),
            "The greatest; missing if one is missing.",
            "max(orders, attribute.orders_before)",
        ),
        value(
            "coalesce",
            STORED,
            None,
            ("the first known of {values}", "de eerste bekende van {values}"),
            "The first that is not missing.",
            "coalesce(attribute.orders_before, 0)",
        ),
        value(
            "days_since",
            DATED,
            Type.AGE,
            ("the time since {subject}", "de tijd sinds {subject}"),
            "An age: it grows at every moment, so compare or show it, with a duration.",
            "days_since(last_order_at)",
        ),
        value(
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
        phrase=said(*phrase),
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
