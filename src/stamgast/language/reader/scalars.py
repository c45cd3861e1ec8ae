"""How single values are written: durations, percentages, counts, money, instants."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from stamgast.clock import EARLIEST_YEAR, LATEST_YEAR, to_micros
from stamgast.language.types import Type, scales

if TYPE_CHECKING:
    from stamgast.language.reader.source import LanguageSettings
    from stamgast.model.log import Scalar

UNITS_US = {
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 7 * 86_400_000_000,
}
"""Units of a duration; there are no months and years, because they are not all equally long."""

DURATION = re.compile(r"(\d{1,15})([smhdw])", re.ASCII)
DURATION_HINT = "write a whole number with s, m, h, d or w: 90s, 30m, 12h, 30d, 2w"
MAX_US = 200 * 366 * UNITS_US["d"]
"""Two hundred years: longer is a mistake, and instants stay within 64 bits."""


YEARS_HINT = f"years are {EARLIEST_YEAR} to {LATEST_YEAR}"
MAX_EXPONENT = 40
MAX_SHOWN = 40

MAX_STORED = 2**62
"""Literals stay well within 64 bits, so that engines can add to them."""


class NotRead(Exception):  # noqa: N818 - not an error by itself: its reader makes an issue of it
    """A value that is not written as its type asks."""

    def __init__(self, message: str, hint: str = "") -> None:
        """What is wrong, and what to write instead."""
        super().__init__(message)
        self.message = message
        self.hint = hint


def shown(value: object) -> str:
    """A value as the file has it, for messages."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "nothing" if value is None else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def duration_us(value: object) -> int:
    """Microseconds of ``30d``, ``12h``, ``30m``, ``2w``, ``90s``; zero is allowed.

    >>> duration_us("2w") == duration_us("14d")
    True
    """
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        hint = DURATION_HINT
        if isinstance(value, str) and re.fullmatch(r"\d+ ?(y|mo|year|month)s?", value):
            hint = "months and years differ in length: write days, like 30d or 365d"
        raise NotRead(f"`{shown(value)}` is not a duration", hint)
    us = int(match[1]) * UNITS_US[match[2]]
    if us > MAX_US:
        raise NotRead(f"`{value}` is longer than 200 years", "leave the window out")
    return us


def percent(value: object) -> Fraction:
    """The percentage of ``20%`` or ``0.5%``, as a number of hundredths: 20, 1/2."""
    match = (
        re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)%", value, re.ASCII)
        if isinstance(value, str)
        else None
    )
    if match is None:
        raise NotRead(f"`{shown(value)}` is not a percentage", "write it like 20%")
    return Fraction(match[1])


def checked_duration(value: object) -> int:
    """For models: a duration, also zero."""
    try:
        return duration_us(value)
    except NotRead as problem:
        raise _custom("type", problem) from None


def checked_window(value: object) -> int:
    """For models: a duration longer than zero."""
    us = checked_duration(value)
    if us == 0:
        raise _custom("window", NotRead("a window of zero holds nothing", "write it like 30d"))
    return us


def checked_top(value: object) -> Fraction:
    """For models: a share, more than 0 % and at most 100 %."""
    try:
        share = percent(value)
    except NotRead as problem:
        raise _custom("type", problem) from None
    if not 0 < share <= 100:  # noqa: PLR2004 - per cent
        raise _custom("range", NotRead(f"`{value}` is not above 0% and at most 100%"))
    return share / 100


def checked_percentile(value: object) -> Fraction:
    """For models: a percentile, 50 or 50%, more than 0 and at most 100."""
    if isinstance(value, str):
        return checked_top(value) * 100
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _custom("type", NotRead(f"`{shown(value)}` is not a percentile", "write it like 50"))
    if not 0 < value <= 100 or (isinstance(value, Decimal) and value.adjusted() < -9):  # noqa: PLR2004 - per cent
        raise _custom("range", NotRead(f"{value} is not above 0 and at most 100"))
    return Fraction(value)


MOST_TIMES = 1_000_000
TIMES_PLACES = 10_000
"""A multiplier has at most four decimals."""


def checked_factor(value: object) -> Fraction:
    """For models: a multiplier, 1.5 or 150%, more than 0, with at most four decimals."""
    try:
        number = percent(value) / 100 if isinstance(value, str) else _whole_or_decimal(value)
    except NotRead as problem:
        raise _custom("type", problem) from None
    if not 0 < number <= MOST_TIMES or (number * TIMES_PLACES).denominator != 1:
        hint = f"it is more than 0, at most {MOST_TIMES}, with at most 4 decimals"
        raise _custom("range", NotRead(f"`{shown(value)}` is no multiplier", hint))
    return number


def _whole_or_decimal(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NotRead(f"`{shown(value)}` is not a number", "write it like 1.5 or 150%")
    if isinstance(value, Decimal) and abs(value.adjusted()) > MAX_EXPONENT:
        raise NotRead(f"`{value}` is too large or too small")
    return Fraction(value)


MOST_BANDS = 1_000


def checked_bands(value: object) -> int:
    """For models: a number of bands, 2 to 1,000."""
    number = checked_count(value)
    if not 2 <= number <= MOST_BANDS:  # noqa: PLR2004 - one band tells nobody apart
        raise _custom("range", NotRead(f"{number} is no number of bands", "2 to 1000"))
    return number


def checked_count(value: object) -> int:
    """For models: a whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _custom("count", NotRead(f"`{shown(value)}` is not a whole number", "like 3"))
    if value < 0:
        raise _custom("range", NotRead(f"{value} is less than nothing", "counts begin at 0"))
    return value


def checked_plain(value: object) -> bool | int | Decimal | str:
    """For models: a single value."""
    if isinstance(value, bool | int | Decimal | str):
        return value
    what = "a list" if isinstance(value, list) else "a mapping"
    raise _custom("form", NotRead(f"one value belongs here, not {what}"))


def _custom(code: str, problem: NotRead) -> PydanticCustomError:
    return PydanticCustomError(
        "stamgast", "{message}", {"code": code, "message": problem.message, "hint": problem.hint}
    )


def instant_us(value: object, zone: str) -> int:
    """Microseconds UTC of an ISO text; without an offset it is the shop's local time.

    A bare date is its midnight. A local time that a clock change leaves out is taken as before it,
    one that comes twice as the first.
    """
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is not None and not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise NotRead(f"`{shown(value)}` is too far away", YEARS_HINT)
    if moment is None:
        raise NotRead(
            f"`{shown(value)}` is not an instant", "write it like 2026-05-01 or 2026-05-01T12:30Z"
        )
    return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotRead(f"`{shown(value)}` is not a whole number", "write it like 3")
    return value


def _exact(value: object, type_: Type, currency: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NotRead(f"`{shown(value)}` is not a number", "write it like 19.95, without quotes")
    if isinstance(value, Decimal) and abs(value.adjusted()) > MAX_EXPONENT:
        raise NotRead(f"`{value}` is too large or too small")
    scale = scales(currency)[type_]
    scaled = Fraction(value) * scale
    if scaled.denominator != 1:
        what = f"money in {currency}" if type_ is Type.MONEY else type_.value
        places = len(str(scale)) - 1
        hint = f"write at most {places} decimals" if places else "write a whole number"
        raise NotRead(f"`{value}` has too many decimals for {what}", hint)
    return scaled.numerator


def _number(value: object) -> float:
    if isinstance(value, str) and value.endswith("%"):
        return float(percent(value) / 100)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NotRead(f"`{shown(value)}` is not a number", "write it like 0.5 or 50%")
    number = float(value)
    if number in {float("inf"), float("-inf")}:
        raise NotRead(f"`{value}` is too large for a number")
    return number


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise NotRead(f"`{shown(value)}` is not text", f'put it in quotes: "{shown(value)}"')
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise NotRead(f"`{shown(value)}` is neither true nor false", "write true or false")
    return value


def _day(value: object) -> date:
    try:
        day = date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        day = None
    if day is not None and not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise NotRead(f"`{shown(value)}` is too far away", YEARS_HINT)
    if day is None:
        raise NotRead(f"`{shown(value)}` is not a day", "write it like 2026-05-01")
    return day


def stored(value: object, type_: Type, settings: LanguageSettings) -> Scalar:
    """A written value in the stored form of a type (see ``language.types``); raises ``NotRead``."""
    result = _stored(value, type_, settings)
    if isinstance(result, int) and not -MAX_STORED <= result <= MAX_STORED:
        raise NotRead(f"`{shown(value)}` is too large")
    return result


def _stored(value: object, type_: Type, settings: LanguageSettings) -> Scalar:
    match type_:
        case Type.INTEGER:
            result: Scalar = _integer(value)
        case Type.MONEY | Type.DECIMAL:
            result = _exact(value, type_, settings.currency)
        case Type.NUMBER:
            result = _number(value)
        case Type.TEXT:
            result = _text(value)
        case Type.BOOLEAN:
            result = _boolean(value)
        case Type.INSTANT:
            result = instant_us(value, settings.zone)
        case Type.DAY:
            result = _day(value)
        case Type.DURATION | Type.AGE:
            result = duration_us(value)
    return result
