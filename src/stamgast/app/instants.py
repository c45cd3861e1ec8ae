"""Instants as callers give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros, parse_instant, to_micros, within_reach
from stamgast.errors import UserError
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from stamgast.clock import Clock
    from stamgast.model.log import Instant

Moment: TypeAlias = "int | str | date | datetime | None"
"""Microseconds UTC, ISO 8601 text, a day (its local midnight) or a datetime; None: now.

Without an offset, texts and datetimes are in the shop's zone.
"""
Moments: TypeAlias = "Moment | Sequence[Moment]"

_SPAN = re.compile(
    r"\s*(\d+)\s*(d|days?|w|weeks?|months?|y|years?|dag(?:en)?|weken|maand(?:en)?|j|jaar|jaren)\s*"
)
_YEARS = ("y", "j")


def instant_of(moment: Moment, clock: Clock, zone: str) -> Instant:
    """The instant that was meant. Raises UserError ``instant.invalid``, ``instant.out_of_reach``."""
    if moment is None:
        return clock.now()
    if isinstance(moment, bool):
        raise UserError("instant.invalid", f"{moment!r} is not an instant")
    if isinstance(moment, int):
        return within_reach(moment)
    if isinstance(moment, str):
        return parse_instant(moment, zone=zone)
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        return within_reach(to_micros(aware))
    return within_reach(to_micros(datetime.combine(moment, time(), ZoneInfo(zone))))


def instants_of(moments: Moments, clock: Clock, zone: str) -> tuple[tuple[Instant, ...], bool]:
    """The instants that were meant, and whether several were asked (a list, even of one)."""
    if isinstance(moments, Sequence) and not isinstance(moments, str):
        return tuple(instant_of(moment, clock, zone) for moment in moments), True
    return (instant_of(moments, clock, zone),), False


def before(instant: Instant, span: str) -> Instant:
    """The instant ``span`` earlier: days and weeks of 24 h, months and years of the calendar (UTC).

    >>> before(parse_instant("2018-03-31"), "1 month") == parse_instant("2018-02-28")
    True
    """
    match = _SPAN.fullmatch(span)
    if match is None:
        raise UserError(
            "span.invalid",
            f"{span!r} is not a stretch of time",
            hint="write it as '12 months', '90d', '8 weeks' or '1 year'",
        )
    number, unit = int(match[1]), match[2][0]
    if number == 0:
        raise UserError("span.invalid", f"{span!r} is no time at all", hint="write 1 or more")
    if unit in "dw":
        return instant - number * DAY_US * (7 if unit == "w" else 1)
    moment = from_micros(instant)
    months = moment.year * 12 + moment.month - 1 - number * (12 if unit in _YEARS else 1)
    year, month = divmod(months, 12)
    day = moment.day
    while True:
        try:
            return to_micros(moment.replace(year=year, month=month + 1, day=day))
        except ValueError:
            day -= 1
            if day < 1:
                raise UserError("span.invalid", f"{span} before then is out of reach") from None
