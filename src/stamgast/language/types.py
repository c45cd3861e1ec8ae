"""The types of values in definitions.

==========  ============================================  =======================================
type        in Python (reference)                         in SQL (engines)
==========  ============================================  =======================================
INTEGER     int                                           BIGINT (sums: HUGEINT)
MONEY       int, minor units of the reporting currency    BIGINT (sums: HUGEINT)
DECIMAL     int, ten-thousandths (four places)            BIGINT (sums: HUGEINT)
NUMBER      float, finite                                 DOUBLE
TEXT        str                                           VARCHAR
BOOLEAN     bool                                          BOOLEAN
INSTANT     int, microseconds UTC                         BIGINT
DAY         datetime.date, a day of the shop's calendar   DATE
DURATION    int, microseconds                             BIGINT
AGE         the INSTANT it is counted from                BIGINT (that instant)
==========  ============================================  =======================================

An AGE is ``t - instant``: it changes at every moment, so it is compared or shown, never stored,
summed or ranked; engines carry the instant it is counted from. Missing is None / NULL.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from stamgast.model.money import digits_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class Type(Enum):
    """The type of a property, attribute, trait or literal."""

    INTEGER = "integer"
    MONEY = "money"
    DECIMAL = "decimal"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DAY = "day"
    DURATION = "duration"
    AGE = "age"


SCALE = {Type.INTEGER: 1, Type.DECIMAL: 10_000}
"""Units per whole: the value in whole units is ``stored / SCALE``. Money: see ``scales``."""


@cache
def scales(currency: str) -> Mapping[Type, int]:
    """Units per whole of every exact number; of money those that the currency has (ISO 4217).

    >>> [scales(one)[Type.MONEY] for one in ("EUR", "JPY", "KWD")]
    [100, 1, 1000]
    """
    return {**SCALE, Type.MONEY: 10 ** digits_of(currency)}


SUMMABLE = frozenset({Type.INTEGER, Type.MONEY, Type.DECIMAL})
"""Exact numbers. Doubles are not summed: a sum of doubles is not repeatable in one engine."""

ORDERED = SUMMABLE | {Type.NUMBER, Type.INSTANT, Type.DAY, Type.DURATION, Type.AGE}
"""Types that have a greater and a less. Text has not: its order depends on the reader's language."""
