"""The operators of comparisons: rows of the one table."""

from __future__ import annotations

from stamgast.language.operator_row import DATED, STORED, Arity, Operator, said
from stamgast.language.types import ORDERED, Type


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
        phrase=said(*phrase),
        example=example,
        dated=None if dated is None else said(*dated),
        arity=arity,
        refers=refers,
    )


CASELESS = frozenset({"is", "is_not", "in", "not_in", "contains", "starts_with", "ends_with"})
"""Comparisons that ``ignore_case`` goes with."""

IGNORE_CASE = said("{said} (upper or lower case)", "{said} (hoofdletters of niet)")

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
NO_AGE = {
    "older_than": said("{subject} has passed", "{subject} is voorbij"),
    "newer_than": said("{subject} is now or to come", "{subject} is nu of komt nog"),
}
"""The same with an age of nothing: a day or an instant that has passed."""
