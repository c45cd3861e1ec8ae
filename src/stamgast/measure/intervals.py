"""Intervals of proportions, 95 %."""

from __future__ import annotations

from math import sqrt
from typing import TypeAlias

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""

Interval: TypeAlias = "tuple[float, float]"


def wilson(part: int, whole: int) -> Interval:
    """The score interval of ``part / whole`` without continuity correction.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212; method 3 of R. G. Newcombe, Statistics in
    Medicine 17 (1998) 857-872, whose first example is 81 of 263. ``whole`` is more than 0.

    >>> [round(end, 4) for end in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    return wilson_of(part / whole, whole)


def wilson_of(share: float, size: float) -> Interval:
    """The same of a share of so many; with weights their effective number, which need not be whole."""
    z2 = Z * Z
    middle, half = 2 * size * share + z2, Z * sqrt(z2 + 4 * size * share * (1 - share))
    below = 2 * (size + z2)
    low = 0.0 if share == 0 else (middle - half) / below
    high = 1.0 if share == 1 else (middle + half) / below
    return low, high


def newcombe(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, Interval]:
    """The difference of two proportions (part, whole) and its interval.

    Method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, whose first example is
    56 of 70 less 48 of 80.

    >>> difference, ends = newcombe((56, 70), (48, 80))
    >>> round(difference, 4), [round(end, 4) for end in ends]
    (0.2, [0.0524, 0.3339])
    """
    p, q = first[0] / first[1], second[0] / second[1]
    return newcombe_of(p, wilson(*first), q, wilson(*second))


def newcombe_of(
    first: float, of_first: Interval, second: float, of_second: Interval
) -> tuple[float, Interval]:
    """The same of two shares with their Wilson intervals."""
    difference = first - second
    below = sqrt((first - of_first[0]) ** 2 + (of_second[1] - second) ** 2)
    above = sqrt((of_first[1] - first) ** 2 + (second - of_second[0]) ** 2)
    return difference, (difference - below, difference + above)
