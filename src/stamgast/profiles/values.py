"""The value of an extension, as a person writes it and as the log keeps it."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from stamgast.clock import parse_instant
from stamgast.errors import UserError, did_you_mean
from stamgast.language.types import Type, scales

if TYPE_CHECKING:
    from stamgast.language.ast import Extension

YES = frozenset({"true", "yes", "ja", "1", "y", "j"})
NO = frozenset({"false", "no", "nee", "0", "n"})
MOST = 2**62
"""A value stays well within 64 bits."""
DUTCH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")
"""Day, month, year, as the Dutch write a date; nobody writes month-day-year with dashes."""
_EXAMPLES = {
    Type.DAY: "2026-05-31",
    Type.INSTANT: "2026-05-31T12:00",
    Type.BOOLEAN: "yes or no",
    Type.MONEY: "12",
    Type.DECIMAL: "1.25",
    Type.NUMBER: "1.25",
    Type.INTEGER: "12",
}


def canonical_value(
    extension: Extension, text: str | None, *, zone: str, currency: str
) -> str | None:
    """The canonical text (``docs/meaning.md``, "Attributes") of a value that a person gives.

    Money and numbers with a decimal point. Raises UserError ``extension.value`` when the extension has
    no value and one is given, has one and none is given, or it is not of its type or not allowed.
    """
    given = (text or "").strip()
    if extension.type is None:
        if given:
            raise _wrong(
                f"`{extension.name}` has no value",
                "leave the value out; its declaration has no type",
            )
        return None
    if not given:
        raise _wrong(f"`{extension.name}` needs a value", _asked(extension))
    if extension.values and given not in extension.values:
        near = {one.casefold(): one for one in extension.values}.get(given.casefold())
        if near is None:
            hint = did_you_mean(given, extension.values) or _asked(extension)
            raise _wrong(f"`{extension.name}` has no value `{given}`", hint)
        given = near
    try:
        return _canonical(given, extension.type, zone, currency)
    except (ValueError, InvalidOperation, UserError):
        kind = extension.type.value
        raise _wrong(f"`{given}` is not of the type {kind}", _asked(extension)) from None


def canonical_attribute(name: str, type_: Type, text: str, *, zone: str, currency: str) -> str:
    """The canonical text of a value of an attribute that a person gives, as for extensions.

    Raises UserError ``attribute.value`` when it is empty or not of the attribute's type.
    """
    given = text.strip()
    hint = f"write it like {_EXAMPLES.get(type_, 'a word')}"
    if not given:
        empty = "that it has none is said with --empty"
        raise UserError("attribute.value", f"`{name}` needs a value", hint=empty)
    try:
        return _canonical(given, type_, zone, currency)
    except (ValueError, InvalidOperation, UserError):
        kind = type_.value
        message = f"`{given}` is not of the type {kind}"
        raise UserError("attribute.value", message, hint=hint) from None


def _canonical(text: str, type_: Type, zone: str, currency: str) -> str:
    match type_:
        case Type.INTEGER | Type.MONEY | Type.DECIMAL:
            number = Decimal(text) * scales(currency)[type_]
            if not number.is_finite() or abs(number) >= MOST:
                raise ValueError(text)
            if type_ is not Type.MONEY and number != number.to_integral_value():
                raise ValueError(text)
            return str(int(number.to_integral_value(ROUND_HALF_UP)))
        case Type.NUMBER:
            double = float(text)
            if not math.isfinite(double):
                raise ValueError(text)
            return repr(double)
        case Type.BOOLEAN:
            if text.casefold() not in YES | NO:
                raise ValueError(text)
            return "true" if text.casefold() in YES else "false"
        case Type.DAY:
            return _day(text).isoformat()
        case Type.INSTANT:
            return str(parse_instant(text, zone=zone))
        case _:
            return text


def _day(text: str) -> date:
    said = DUTCH_DAY.fullmatch(text)
    return date(int(said[3]), int(said[2]), int(said[1])) if said else date.fromisoformat(text)


def _asked(extension: Extension) -> str:
    if extension.values:
        return f"values are {', '.join(extension.values)}"
    return f"write it like {_EXAMPLES.get(extension.type or Type.TEXT, 'a word')}"


def _wrong(message: str, hint: str) -> UserError:
    return UserError("extension.value", message, hint=hint)
