"""Single values in words, in English and Dutch: numbers, money, durations, days, lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros
from stamgast.language.types import SCALE, Type
from stamgast.model.money import digits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.model.log import Scalar

Language: TypeAlias = Literal["en", "nl"]

UNITS: tuple[tuple[int, tuple[str, str], tuple[str, str]], ...] = (
    (86_400_000_000, ("day", "days"), ("dag", "dagen")),
    (3_600_000_000, ("hour", "hours"), ("uur", "uur")),
    (60_000_000, ("minute", "minutes"), ("minuut", "minuten")),
    (1_000_000, ("second", "seconds"), ("seconde", "seconden")),
    (1, ("microsecond", "microseconds"), ("microseconde", "microseconden")),
)
MONTHS: dict[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
SHORT_MONTHS: dict[Language, str] = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def duration_words(us: int, language: Language) -> str:
    """A duration in its largest whole units, at most two of them.

    >>> duration_words(365 * 86_400_000_000, "nl")
    '365 dagen'
    >>> duration_words(5_400_000_000, "en")
    '1 hour and 30 minutes'
    """
    if us < 0:
        return f"-{duration_words(-us, language)}"
    parts: list[str] = []
    rest = us
    for size, english, dutch in UNITS:
        count, rest = divmod(rest, size)
        if count and len(parts) < 2:  # noqa: PLR2004 - the two largest say enough
            parts.append(counted(count, english if language == "en" else dutch, language))
    if not parts:
        return "0 seconds" if language == "en" else "0 seconden"
    return listed(parts, language, "and")


def capital(text: str) -> str:
    """A text that begins a line; the rest as it is."""
    return text[:1].upper() + text[1:]


def counted(count: int, forms: tuple[str, str], language: Language) -> str:
    """A number of things, which are called one of two forms.

    >>> counted(1, ("day", "days"), "en")
    '1 day'
    """
    return f"{number_words(count, language)} {forms[0] if abs(count) == 1 else forms[1]}"


def span_words(us: int, language: Language) -> str:
    """A duration as it goes into "in the last ...": never a single unit.

    >>> span_words(86_400_000_000, "nl")
    '24 uur'
    """
    single = {
        86_400_000_000: ("24 hours", "24 uur"),
        3_600_000_000: ("60 minutes", "60 minuten"),
        60_000_000: ("60 seconds", "60 seconden"),
    }
    if us in single:
        return single[us][0 if language == "en" else 1]
    return duration_words(us, language)


def number_words(number: float | Decimal | Fraction, language: Language) -> str:
    """A number with the separators of the language.

    >>> number_words(Decimal("1234.5"), "nl")
    '1.234,5'
    """
    if isinstance(number, Fraction):
        number = Decimal(number.numerator) / Decimal(number.denominator)
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    text = f"{exact:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if language == "en" else _dutch(text)


def _dutch(text: str) -> str:
    return text.replace(",", "_").replace(".", ",").replace("_", ".")


def money_words(minor: int, currency: str, language: Language, *, cents: bool = True) -> str:
    """An amount in minor units, with its currency; without ``cents`` in whole units, half to even.

    The decimals are those of the currency.

    >>> money_words(1995, "EUR", "en"), money_words(-123456, "EUR", "nl")
    ('€19.95', '-€ 1.234,56')
    >>> money_words(1995, "JPY", "en"), money_words(1995, "KWD", "nl")
    ('JPY 1,995', 'KWD 1,995')
    """
    digits = digits_of(currency)
    amount = f"{Decimal(abs(minor)).scaleb(-digits):,.{digits if cents else 0}f}"
    sign = "-" if minor < 0 and amount.strip("0.") else ""
    symbol = SYMBOLS.get(currency, currency)
    if language == "nl":
        return f"{sign}{symbol} {_dutch(amount)}"
    gap = "" if symbol != currency else " "
    return f"{sign}{symbol}{gap}{amount}"


def day_words(day: date, language: Language, *, short: bool = False) -> str:
    """A day with the name of its month.

    >>> day_words(date(2026, 5, 1), "nl"), day_words(date(2026, 3, 1), "nl", short=True)
    ('1 mei 2026', '1 mrt 2026')
    """
    return f"{day.day} {month_words(day, language, short=short)} {day.year}"


def month_words(day: date, language: Language, *, short: bool = False) -> str:
    """The name of a day's month."""
    return (SHORT_MONTHS if short else MONTHS)[language].split()[day.month - 1]


def instant_words(instant: int, zone: str, language: Language) -> str:
    """An instant in local time; the time of day only when it is not midnight.

    >>> instant_words(1_777_586_400_000_000, "Europe/Amsterdam", "en")
    '1 May 2026'
    """
    moment = from_micros(instant).astimezone(ZoneInfo(zone))
    day = day_words(moment.date(), language)
    if moment.second or moment.microsecond:
        return f"{day} {moment:%H:%M:%S}"
    return day if (moment.hour, moment.minute) == (0, 0) else f"{day} {moment:%H:%M}"


def percent_words(percent: Decimal | Fraction, language: Language) -> str:
    """A percentage.

    >>> percent_words(Fraction(1, 2), "nl")
    '0,5%'
    """
    return f"{number_words(percent, language)}%"


def listed(parts: Sequence[str], language: Language, word: Literal["and", "or"]) -> str:
    """Parts with commas and a last word between them.

    >>> listed(["a", "b", "c"], "nl", "or")
    'a, b of c'
    """
    joint = {"and": {"en": "and", "nl": "en"}, "or": {"en": "or", "nl": "of"}}[word][language]
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def quoted(text: str) -> str:
    """A name or text in quotes."""
    return f"“{text}”"


def value_words(value: Scalar, type_: Type, language: Language, *, zone: str, currency: str) -> str:
    """A stored value of a type, as people read it; missing is a dash."""
    if value is None:
        return "–"  # noqa: RUF001 - a dash
    match type_:
        case Type.MONEY:
            return money_words(_whole(value), currency, language)
        case Type.DECIMAL:
            return number_words(Decimal(_whole(value)) / SCALE[Type.DECIMAL], language)
        case Type.INTEGER | Type.NUMBER:
            return number_words(value if isinstance(value, float) else _whole(value), language)
        case Type.INSTANT:
            return instant_words(_whole(value), zone, language)
        case Type.DURATION | Type.AGE:
            return duration_words(_whole(value), language)
        case Type.DAY:
            return day_words(value, language) if isinstance(value, date) else str(value)
        case Type.BOOLEAN:
            words = ("yes", "no") if language == "en" else ("ja", "nee")
            return words[0] if value else words[1]
        case Type.TEXT:
            return quoted(str(value))


def _whole(value: Scalar) -> int:
    return value if isinstance(value, int) else int(str(value))
