"""Seasons, sales and yearly rhythms in plain Python, from the rules as people read them.

Nothing here comes from Stamgast: purchases are instants (microseconds UTC), everything else is days of
the calendar, counted one by one.
"""

from __future__ import annotations

from calendar import MONDAY, SUNDAY, THURSDAY, Calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.easter import (  # type: ignore[import-untyped] # has no stubs
    easter,
)

DAY = timedelta(days=1)
LEAP = [date(2024, 1, 1) + n * DAY for n in range(366)]
CALENDAR = [(day.month, day.day) for day in LEAP]
"""The 366 days of the year."""
WINDOWS = [{CALENDAR[(start + n) % 366] for n in range(28)} for start in range(366)]
YEARS = range(2007, 2015)


def weekdays(year: int, month: int, weekday: int) -> list[date]:
    """Every such weekday of a month."""
    days = Calendar(MONDAY).itermonthdates(year, month)
    return [day for day in days if day.month == month and day.weekday() == weekday]


@cache
def british_seasons(year: int) -> dict[str, tuple[date, date]]:
    """The seasons of a shop in Great Britain: first and last day."""
    sunday = easter(year)
    mothering = sunday - 21 * DAY
    fathers = weekdays(year, 6, SUNDAY)[2]
    friday = weekdays(year, 11, THURSDAY)[3] + DAY
    monday = friday - friday.weekday() * DAY
    return {
        "valentine": (date(year, 2, 1), date(year, 2, 14)),
        "easter": (sunday - 14 * DAY, sunday + DAY),
        "mothers_day": (mothering - 14 * DAY, mothering),
        "fathers_day": (fathers - 14 * DAY, fathers),
        "black_friday": (monday, monday + 6 * DAY),
        "cyber_monday": (monday + 7 * DAY, monday + 7 * DAY),
        "christmas": (date(year, 12, 1), date(year, 12, 26)),
        "back_to_school": (date(year, 8, 1), date(year, 9, 15)),
    }


@cache
def seasons_of(country: str, year: int) -> dict[str, tuple[date, date]]:
    """The seasons of a shop in Great Britain, the United States or the Netherlands (GB, US, NL)."""
    found = british_seasons(year)
    mothers = weekdays(year, 5, SUNDAY)[1]
    if country != "GB":
        found = {**found, "mothers_day": (mothers - 14 * DAY, mothers)}
    if country == "NL":
        found["sinterklaas"] = (date(year, 11, 15), date(year, 12, 5))
        found["christmas"] = (date(year, 12, 6), date(year, 12, 26))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale: the day it opens, and the day of early access."""

    opens: date
    early: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Answers for one customer, of the instants of purchases up to t."""

    zone: str
    t: int
    bought: tuple[int, ...]

    def day(self, at: int) -> date:
        return datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(ZoneInfo(self.zone)).date()

    def midnight(self, day: date) -> int:
        local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone))
        return int(local.timestamp()) * 1_000_000

    # --- seasons ---

    def first_season(self) -> str | None:
        found = []
        for year in YEARS:
            for name, (first, last) in british_seasons(year).items():
                inside = all(first <= self.day(at) <= last for at in self.bought)
                if inside and self.bought and self.t >= self.midnight(last + DAY):
                    found.append(((last - first).days, last, name, year))
        if not found:
            return None
        _, _, name, year = min(found)
        return f"{name} {year}"

    def seasonal_due(self) -> bool:
        season = self.first_season()
        if season is None:
            return False
        name = season.split()[0]
        begins = [self.midnight(british_seasons(year)[name][0]) for year in YEARS]
        nearest = min(at for at in begins if at > self.t)
        return nearest - self.t <= 21 * 86_400_000_000

    # --- sales ---

    def sale_shopper(self, sales: list[Sale]) -> bool:
        if not self.bought:
            return False
        windows: dict[int, int] = {}
        for sale in sales:
            ends = self.midnight(sale.opens + DAY)
            begins = self.midnight(sale.early)
            if begins <= self.t and ends > min(self.bought):
                windows[ends] = min(begins, windows.get(ends, begins))
        seen = sorted(windows.items())[-6:]
        hits = sum(any(begins <= at < ends for at in self.bought) for ends, begins in seen)
        year = {self.day(at) for at in self.bought if self.t - at <= 365 * 86_400_000_000}
        # hits / seen >= 3 x (days / 365), in whole numbers
        return hits >= 2 and hits * 365 >= 3 * len(year) * len(seen)

    # --- rhythm ---

    def age_days(self, at: int) -> float:
        return (self.t - at) / 86_400_000_000

    def slots(self, later: int = 0) -> list[tuple[int, list[date]]]:
        """At most two slots, each with its start and the days it holds; none without a rhythm.

        ``later``: so many days are added to the year and to the three years.
        """
        near = [at for at in self.bought if self.age_days(at) <= 1095 + later]
        days = sorted({self.day(at) for at in near})
        if len(days) < 3:
            return []

        places = {at: (self.day(at).month, self.day(at).day) for at in near}

        def inside(at: int, start: int) -> bool:
            return places[at] in WINDOWS[start]

        slots = [
            start
            for start in range(366)
            if any(inside(at, start) and self.age_days(at) <= 365 + later for at in near)
            and any(inside(at, start) and self.age_days(at) > 365 + later for at in near)
        ]
        left, found = list(near), []
        for _ in range(2):
            counts = {start: sum(inside(at, start) for at in left) for start in slots}
            most = max(counts.values(), default=0)
            if most == 0:
                break
            best = min(start for start in slots if counts[start] == most)
            found.append((best, sorted({self.day(at) for at in left if inside(at, best)})))
            left = [at for at in left if not inside(at, best)]
        held = len(days) - len({self.day(at) for at in left})
        needed = len(days) if len(days) < 5 else 0.8 * len(days)
        return found if held >= needed - 1e-9 else []

    def usual_days(self, later: int = 0) -> list[tuple[int, int]]:
        """Month and day of the mean purchase day of each slot."""
        found = []
        for start, days in self.slots(later):
            places = [(CALENDAR.index((day.month, day.day)) - start) % 366 for day in days]
            found.append(CALENDAR[(start + sum(places) // len(places)) % 366])
        return found

    def due_now(self) -> bool:
        """Near the usual day; once it has come, by the rhythm as far as 14 + 21 days longer ago."""
        return self._due(self.usual_days()) or self._due(self.usual_days(35), come=True)

    def _due(self, usual_days: list[tuple[int, int]], *, come: bool = False) -> bool:
        for month, day in usual_days:
            for year in range(self.day(self.t).year - 1, self.day(self.t).year + 2):
                common = (month, day) == (2, 29) and year % 4 != 0
                usual = self.midnight(date(year, 3, 1) if common else date(year, month, day))
                begins = usual - 14 * 86_400_000_000
                starts = usual + 1 if come else begins
                ends = usual + 21 * 86_400_000_000
                if starts <= self.t <= ends and not any(at >= begins for at in self.bought):
                    return True
        return False
