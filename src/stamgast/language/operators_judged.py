"""The operators of traits that rest on conditions or on the whole shop: rows of the one table."""

from __future__ import annotations

from stamgast.language.ast import Text
from stamgast.language.operators import RANKED, STORED, Operator
from stamgast.language.types import SUMMABLE, Type


def _row(
    name: str,
    takes: frozenset[Type],
    gives: Type | None,
    phrase: tuple[str, str],
    about: str,
    example: str,
) -> Operator:
    text = Text(en=phrase[0], nl=phrase[1])
    return Operator(name=name, takes=takes, gives=gives, about=about, phrase=text, example=example)


JUDGED: dict[str, Operator] = {
    row.name: row
    for row in (
        _row(
            "case",
            STORED,
            None,
            ("{value} when {subject}", "{value} als {subject}"),
            "The value of the first branch that holds, else that of `else`; without it missing.",
            "{case: [{when: {trait: orders, gte: 10}, then: often}], else: seldom}",
        ),
        _row(
            "score",
            RANKED,
            Type.INTEGER,
            (
                "the score from 1 to {value} by {subject}",
                "de score van 1 tot en met {value} naar {subject}",
            ),
            "1 for the worst band of the shop up to `bands` for the best, as ranked at the last local "
            "midnight: 1 + floor(bands x share that is strictly worse).",
            "{score: net_revenue, among: {trait: orders, gte: 1}, bands: 5}",
        ),
        _row(
            "shop",
            SUMMABLE,
            None,
            ("the shop's total of {subject}", "het totaal van {subject} van de winkel"),
            "In a formula: the sum of a trait over everybody, as of the last local midnight; of a count or sum of "
            "orders, lines, refunds or revenue with those of nobody.",
            "{formula: net_revenue / shop(net_revenue)}",
        ),
    )
}
"""Traits that are neither an aggregate nor a formula, by their key."""
