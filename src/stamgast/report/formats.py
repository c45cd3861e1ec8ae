"""Numbers, money, instants and durations as people of a language write them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros
from stamgast.language.types import SCALE, Type
from stamgast.language.wording import (
    UNITS,
    counted,
    day_words,
    money_words,
    month_words,
    number_words,
)
from stamgast.model.log import DAY_US
from stamgast.model.money import minor_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from stamgast.language.units import Unit
    from stamgast.model.log import Instant, Scalar

DASH = "\N{EN DASH}"
"""Stands for a missing value."""
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """How values are written for one reader: language, zone and currency.

    The words are those of ``language.wording``; here is how exact a value is shown.
    """

    language: Literal["en", "nl"]
    zone: str
    currency: str

    def number(self, value: int) -> str:
        """A count, with the language's thousands separator."""
        return number_words(value, self.language)

    def decimal(self, value: float, *, digits: int = 2) -> str:
        """A number with at most ``digits`` decimals."""
        text = number_words(Decimal(f"{value:.{digits}f}"), self.language)
        return "0" if text == "-0" else text

    def share(self, part: float, whole: float) -> str:
        """``part / whole`` in percent; one decimal below 10 %; a dash of nothing."""
        if not whole:
            return DASH
        percent = 100 * part / whole
        digits = 1 if abs(percent) < 9.95 else 0  # noqa: PLR2004 - where 9.95 rounds to 10.0
        return f"{self.decimal(percent, digits=digits)}%"

    def money(self, minor: int, *, cents: bool = False) -> str:
        """An amount of minor units, with the currency's sign; whole units unless ``cents``."""
        text = money_words(minor, self.currency, self.language, cents=cents)
        return text.replace(" ", "\N{NO-BREAK SPACE}")

    def mean_money(self, minor: int, number: int) -> str:
        """An amount per one of ``number``, rounded half up to minor units, as traits are shown."""
        each = (Decimal(minor) / number).quantize(Decimal(1), ROUND_HALF_UP)
        return self.money(int(each), cents=True)

    def local(self, instant: Instant) -> datetime:
        """The local time of an instant."""
        return from_micros(instant).astimezone(ZoneInfo(self.zone))

    def day(self, instant: Instant) -> str:
        """The local day of an instant: ``3 September 2011``."""
        return day_words(self.local(instant), self.language)

    def short_day(self, instant: Instant) -> str:
        """The local day, short: ``3 Sept 2011``."""
        return day_words(self.local(instant), self.language, short=True)

    def month(self, day: date, *, short: bool = False) -> str:
        """A month with its year: ``September 2011``, ``Sept 11``."""
        name = month_words(day, self.language, short=short)
        return f"{name} {day:%y}" if short else f"{name} {day.year}"

    def moment(self, instant: Instant) -> str:
        """Local day and time, to the minute: programs that need more read JSON."""
        return f"{self.day(instant)}, {self.local(instant):%H:%M}"

    def duration(self, us: int) -> str:
        """From a day on days, with one decimal if need be; else the largest unit that divides it."""
        if abs(us) >= DAY_US and us % DAY_US:
            return f"{self.decimal(us / DAY_US, digits=1)} {self._unit(DAY_US)[1]}"
        for size, *_ in UNITS:
            if size >= SECOND_US and us % size == 0:
                return counted(us // size, self._unit(size), self.language)
        return f"{self.decimal(us / SECOND_US, digits=6)} {self._unit(SECOND_US)[1]}"

    def _unit(self, size: int) -> tuple[str, str]:
        found = {us: words for us, *words in UNITS}[size]
        return found[0 if self.language == "en" else 1]

    def ago(self, instant: Instant, now: Instant) -> str:
        """How many whole days before ``now``."""
        return counted((now - instant) // DAY_US, self._unit(DAY_US), self.language)

    def stretch(self, low: int, high: int) -> str:
        """Two ends: ``30 and 90 days``; the unit once if both have the same."""
        first, last = self.duration(low), self.duration(high)
        number, _, unit = first.rpartition(" ")
        middle = {"en": "and", "nl": "en"}[self.language]
        return f"{number if last.endswith(f' {unit}') else first} {middle} {last}"

    def value(self, value: Scalar, kind: Type, now: Instant, unit: Unit = "") -> str:
        """A value of a type in words; a dash when it is missing; an age is counted at ``now``.

        ``unit``: what a NUMBER is: an amount in whole units of the currency, or a share.
        """
        if value is None:
            return DASH
        if unit == "share" and isinstance(value, float):
            return self.share(value, 1)
        if unit == "money" and isinstance(value, float):
            return self.money(minor_of(Decimal(repr(value)), self.currency), cents=True)
        if isinstance(value, bool):
            return {"en": ("no", "yes"), "nl": ("nee", "ja")}[self.language][value]
        if isinstance(value, int):
            return self._whole(value, kind, now)
        if isinstance(value, float):
            return self.decimal(value)
        return value if isinstance(value, str) else day_words(value, self.language)

    def _whole(self, value: int, kind: Type, now: Instant) -> str:
        match kind:
            case Type.MONEY:
                return self.money(value, cents=True)
            case Type.INSTANT:
                return self.moment(value)
            case Type.DURATION:
                return self.duration(value)
            case Type.AGE:
                return self.ago(value, now)
            case Type.DECIMAL:
                return self.decimal(value / SCALE[Type.DECIMAL], digits=4)
            case _:
                return self.number(value)
