"""Days of the year by rule: feasts, sales days and the seasons around them. Pure functions of dates.

The rules are those of NL, BE, DE, FR, GB and US; of another country only those that all six share.
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Anchor: TypeAlias = Literal[
    "easter", "ascension", "pentecost", "mothers_day", "fathers_day", "black_friday"
]
COUNTRIES = ("NL", "BE", "DE", "FR", "GB", "US")

MONDAY, THURSDAY, SUNDAY = 0, 3, 6
MAY, JUNE, NOVEMBER = 5, 6, 11


def days(count: int) -> timedelta:
    """So many days."""
    return timedelta(days=count)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher; years from 1583).

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    quarter, left = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * quarter - epact - left) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def nth(weekday: int, n: int, month: int, year: int) -> date:
    """The n-th weekday (0: Monday) of a month.

    >>> nth(THURSDAY, 4, NOVEMBER, 2025)
    datetime.date(2025, 11, 27)
    """
    first = date(year, month, 1)
    return first + days((weekday - first.weekday()) % 7 + 7 * (n - 1))


def mothers_day(year: int, country: str) -> date | None:
    """Mother's Day; None where we do not know it.

    France: the last Sunday of May, the first of June when that is Pentecost.
    """
    match country:
        case "NL" | "BE" | "DE" | "US":
            return nth(SUNDAY, 2, MAY, year)
        case "GB":
            return easter(year) - days(21)
        case "FR":
            first_of_june = nth(SUNDAY, 1, JUNE, year)
            last_of_may = first_of_june - days(7)
            return first_of_june if last_of_may == pentecost(year) else last_of_may
        case _:
            return None


def fathers_day(year: int, country: str) -> date | None:
    """Father's Day; None where we do not know it."""
    match country:
        case "NL" | "FR" | "GB" | "US":
            return nth(SUNDAY, 3, JUNE, year)
        case "BE":
            return nth(SUNDAY, 2, JUNE, year)
        case "DE":
            return ascension(year)
        case _:
            return None


def ascension(year: int) -> date:
    """Ascension Day, the Thursday 39 days after Easter."""
    return easter(year) + days(39)


def pentecost(year: int) -> date:
    """Whit Sunday, 49 days after Easter."""
    return easter(year) + days(49)


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    return nth(THURSDAY, 4, NOVEMBER, year) + days(1)


RULES: dict[Anchor, Callable[[int, str], date | None]] = {
    "easter": lambda year, _: easter(year),
    "ascension": lambda year, _: ascension(year),
    "pentecost": lambda year, _: pentecost(year),
    "mothers_day": mothers_day,
    "fathers_day": fathers_day,
    "black_friday": lambda year, _: black_friday(year),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """From one day of the year up to and including another; over New Year where that is earlier.

    29 February is in common years 1 March as the first day, 28 February as the last.
    """

    first: tuple[int, int]
    """Month and day."""
    last: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """From some days after (before: negative) a day that moves up to and including some days."""

    anchor: Anchor
    first: int
    last: int


Rule: TypeAlias = "Fixed | Around"


def season_days(rule: Rule, year: int, country: str) -> tuple[date, date] | None:
    """The first and last day of a season that begins in a year (that is around a day of it); or none.

    >>> season_days(Around(anchor="black_friday", first=-4, last=2), 2025, "NL")
    (datetime.date(2025, 11, 24), datetime.date(2025, 11, 30))
    """
    if isinstance(rule, Around):
        day = RULES[rule.anchor](year, country)
        return None if day is None else (day + days(rule.first), day + days(rule.last))
    later = year + 1 if rule.last < rule.first else year
    first, last = _in_year(rule.first, year), _in_year(rule.last, later, otherwise=28)
    return (first, last) if first <= last else None


def _in_year(day: tuple[int, int], year: int, otherwise: int = 0) -> date:
    """A day of the year; 29 February of a common year is the 28th if that is said, else 1 March."""
    if day == (2, 29) and not isleap(year):
        return date(year, 2, otherwise) if otherwise else date(year, 3, 1)
    return date(year, *day)
