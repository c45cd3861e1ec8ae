"""Values as programs read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from stamgast.clock import format_instant
from stamgast.language.types import Type, scales
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from stamgast.model.log import Instant, Scalar


def plain(value: Scalar, kind: Type, now: Instant, currency: str) -> object:
    """A value as JSON has it: instants and days ISO, money and decimals exact text in whole units.

    Money has the decimals of its currency (JPY 0, KWD 3).

    Durations, and ages at ``now``, are days, as a number.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    match kind:
        case Type.INSTANT:
            return format_instant(int(value))
        case Type.MONEY | Type.DECIMAL:
            digits = len(str(scales(currency)[kind])) - 1
            return f"{Decimal(int(value)).scaleb(-digits):f}"
        case Type.AGE:
            return (now - int(value)) / DAY_US
        case Type.DURATION:
            return value / DAY_US
        case _:
            return value
