"""Time, injected: the only place that reads the wall clock, and conversions to and from UTC micros."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from stamgast.errors import UserError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

EARLIEST_YEAR = 1800
LATEST_YEAR = 2300
"""Of which years an instant can be: calendars and windows around it stay within what can be computed."""


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        return to_micros(datetime.now(UTC))


def to_micros(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime, exact."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(instant: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return EPOCH + timedelta(microseconds=instant)


def format_instant(instant: int | None) -> str | None:
    """ISO 8601 UTC with ``Z``; six decimals if not whole seconds; None stays None.

    >>> format_instant(1_506_816_000_000_000)
    '2017-10-01T00:00:00Z'
    >>> format_instant(1_506_816_000_000_001)
    '2017-10-01T00:00:00.000001Z'
    """
    if instant is None:
        return None
    return from_micros(instant).replace(tzinfo=None).isoformat() + "Z"


def parse_instant(text: str, *, where: str = "", zone: str = "UTC") -> int:
    """The instant of an ISO 8601 text; without an offset it is of ``zone``, a bare date its midnight.

    >>> parse_instant("2017-10-01T02:00:00+02:00") == parse_instant("2017-10-01")
    True
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UserError(
            "instant.invalid",
            f"{text!r} is not an instant",
            where=where,
            hint="write it as 2017-10-01 or 2017-10-01T12:30:00Z",
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return within_reach(to_micros(moment), where=where)


def within_reach(instant: int, *, where: str = "") -> int:
    """The instant itself. Raises UserError ``instant.out_of_reach`` outside the years above.

    >>> within_reach(0)
    0
    """
    if not _EARLIEST <= instant < _AFTER:
        raise UserError(
            "instant.out_of_reach",
            "this instant is out of reach",
            where=where,
            hint=f"years are {EARLIEST_YEAR} to {LATEST_YEAR}",
        )
    return instant


_EARLIEST = to_micros(datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC))
_AFTER = to_micros(datetime(LATEST_YEAR + 1, 1, 1, tzinfo=UTC))
