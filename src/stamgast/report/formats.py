"""Numbers, money, instants and durations as people of a language write them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from stamgast.clock import from_micros
from stamgast.language.types import SCALE, Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from stamgast.model.log import Instant, Scalar

DASH = "\N{EN DASH}"
"""Stands for a missing value."""
LOCALES = {"en": "en_GB", "nl": "nl_NL"}
_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US
_UNITS = {
    "en": {
        "day": ("day", "days"),
        "hour": ("hour", "hours"),
        "minute": ("minute", "minutes"),
        "second": ("second", "seconds"),
    },
    "nl": {
        "day": ("dag", "dagen"),
        "hour": ("uur", "uur"),
        "minute": ("minuut", "minuten"),
        "second": ("seconde", "seconden"),
    },
}


@lru_cache(maxsize=8)
def zone_of(name: str) -> tzinfo:
    """The time zone of a name."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only when an instant is written

    return ZoneInfo(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """How values are written for one reader: language, zone and currency."""

    language: Literal["en", "nl"]
    zone: str
    currency: str

    def number(self, value: int) -> str:
        """A count, with the language's thousands separator."""
        separator = {"en": ",", "nl": "."}[self.language]
        return f"{value:,}".replace(",", separator)

    def decimal(self, value: float, *, digits: int = 2) -> str:
        """A number with at most ``digits`` decimals."""
        text = f"{value:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:,.0f}"
        if self.language == "nl":
            text = text.translate(str.maketrans(",.", ".,"))
        return text

    def share(self, part: float, whole: float) -> str:
        """``part / whole`` in percent; one decimal below 10 %; a dash of nothing."""
        if not whole:
            return DASH
        percent = 100 * part / whole
        if abs(percent) < 0.05:  # noqa: PLR2004 - would be written -0.0 or 0.0
            return "0%"
        digits = 1 if 0 < abs(percent) < 9.95 else 0  # noqa: PLR2004 - where 9.95 rounds to 10.0
        return f"{self.decimal(percent, digits=digits)}%"

    def money(self, minor: int, *, cents: bool = False) -> str:
        """An amount of minor units, with the currency's sign; whole units unless ``cents``."""
        from babel.numbers import format_currency  # noqa: PLC0415 - a slow import

        sign = {"en": "¤", "nl": "¤\N{NO-BREAK SPACE}"}[self.language]
        digits = "#,##0.00" if cents else "#,##0"
        text = format_currency(
            minor / 100,
            self.currency,
            f"{sign}{digits};-{sign}{digits}",
            locale=LOCALES[self.language],
            currency_digits=False,
        )
        return text.replace("US$", "$")

    def day(self, instant: Instant) -> str:
        """The local day of an instant: ``3 September 2011``."""
        from babel.dates import format_date  # noqa: PLC0415 - a slow import

        moment = from_micros(instant).astimezone(zone_of(self.zone))
        return str(format_date(moment.date(), "d MMMM y", locale=LOCALES[self.language]))

    def calendar_day(self, day: date) -> str:
        """A day of the calendar: ``3 September 2011``."""
        from babel.dates import format_date  # noqa: PLC0415 - a slow import

        return str(format_date(day, "d MMMM y", locale=LOCALES[self.language]))

    def moment(self, instant: Instant) -> str:
        """Local day and time, to the minute: programs that need more read JSON."""
        local = from_micros(instant).astimezone(zone_of(self.zone))
        return f"{self.day(instant)}, {local:%H:%M}"

    def short_day(self, instant: Instant) -> str:
        """The local day, short: ``3 Sep 2011``."""
        from babel.dates import format_date  # noqa: PLC0415 - a slow import

        moment = from_micros(instant).astimezone(zone_of(self.zone))
        return str(format_date(moment.date(), "d MMM y", locale=LOCALES[self.language]))

    def duration(self, us: int) -> str:
        """From a day on days, with one decimal if need be; else the largest unit that divides it."""
        if abs(us) >= DAY_US and us % DAY_US:
            return f"{self.decimal(us / DAY_US, digits=1)} {_UNITS[self.language]['day'][1]}"
        for unit, size in (
            ("day", DAY_US),
            ("hour", _HOUR_US),
            ("minute", _MINUTE_US),
            ("second", 1_000_000),
        ):
            if us % size == 0:
                return self._count(us // size, unit)
        return f"{self.decimal(us / 1_000_000, digits=6)} {_UNITS[self.language]['second'][1]}"

    def ago(self, instant: Instant, now: Instant) -> str:
        """How many whole days before ``now``."""
        return self._count((now - instant) // DAY_US, "day")

    def stretch(self, low: int, high: int) -> str:
        """Two ends: ``30 and 90 days``; the unit once if both have the same."""
        first, last = self.duration(low), self.duration(high)
        number, _, unit = first.rpartition(" ")
        middle = {"en": "and", "nl": "en"}[self.language]
        return f"{number if last.endswith(f' {unit}') else first} {middle} {last}"

    def _count(self, number: int, unit: str) -> str:
        one, many = _UNITS[self.language][unit]
        return f"{self.number(number)} {one if abs(number) == 1 else many}"

    def value(
        self, value: Scalar, kind: Type, now: Instant, unit: Literal["money", ""] = ""
    ) -> str:
        """A value of a type in words; a dash when it is missing; an age is counted at ``now``.

        ``unit``: of a NUMBER, ``money`` when it is an amount in whole units of the currency.
        """
        if value is None:
            return DASH
        if unit == "money" and isinstance(value, float):
            cents = (Decimal(repr(value)) * SCALE[Type.MONEY]).quantize(1, ROUND_HALF_UP)
            return self.money(int(cents), cents=True)
        if isinstance(value, bool):
            return {"en": ("no", "yes"), "nl": ("nee", "ja")}[self.language][value]
        if isinstance(value, int):
            return self._whole(value, kind, now)
        if isinstance(value, float):
            return self.decimal(value)
        return value if isinstance(value, str) else self.calendar_day(value)

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
