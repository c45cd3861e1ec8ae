"""Seasons and sales: forms to instants in the shop's zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from stamgast.clock import from_micros
from stamgast.language.ast import During
from stamgast.language.calendars import (
    FIRST_YEAR,
    LAST_YEAR,
    Calendar,
    Occurrence,
    Season,
    joined_spans,
)
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.scalars import NotRead, instant_us, shown
from stamgast.language.reader.scope import words
from stamgast.language.seasons import Around, Fixed, season_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stamgast.language.ast import Span
    from stamgast.language.reader.calendar_models import SaleModel, SaleTimes, SeasonModel, Stretch
    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.issues import Issues, Place
    from stamgast.language.reader.scope import Scope
    from stamgast.language.reader.source import LanguageSettings
    from stamgast.language.seasons import Rule

ONE_DAY = timedelta(days=1)
LONGEST_SEASON = 366
DAY_TEXT = len("2026-05-01")


def read_calendar(
    sections: Mapping[str, Mapping[str, Entry[Any]]], settings: LanguageSettings, issues: Issues
) -> Calendar:
    """The seasons and sales of all files; what has issues is left out."""
    reader = _Reader(settings, issues)
    seasons, sales = sections["calendars.seasons"], sections["calendars.sales"]
    for name in sales.keys() & seasons.keys():
        message = f"`{name}` is a season and a sale, see {seasons[name].place.shown}"
        issues.add(sales[name].place, "duplicate", message, "rename one")
    return Calendar(seasons=_labelled(seasons, reader.season), sales=_labelled(sales, reader.sale))


def _labelled(entries: Mapping[str, Entry[Any]], read: Any) -> dict[str, Season]:  # noqa: ANN401 - a method for the entry's form
    return {
        name: Season(
            name=name,
            label=words(entry.form.label, name),
            about=None if entry.form.about is None else words(entry.form.about, name),
            occurrences=read(name, entry.form, entry.place),
        )
        for name, entry in entries.items()
        if entry.form is not None
    }


class _Reader:
    """Reads seasons and sales for a shop."""

    def __init__(self, settings: LanguageSettings, issues: Issues) -> None:
        self.zone = settings.zone
        self.country = settings.country
        self.issues = issues

    # --- seasons ---

    def season(self, name: str, form: SeasonModel, place: Place) -> tuple[Occurrence, ...]:
        if form.occurrences is not None:
            return self._listed(name, form, place)
        rule = None
        if form.from_ is not None or form.to is not None or form.around is not None:
            rule = self._rule(form, place)
        elif form.in_country is None:
            self.issues.add(place, "form", "nothing says when it is", "write from and to")
        for country, stretch in (form.in_country or {}).items():
            here = self._rule(stretch, place.at("in_country", country))
            rule = here if country == self.country else rule
        if rule is None:
            return ()
        years = range(FIRST_YEAR, LAST_YEAR + 1)
        found = (season_days(rule, year, self.country) for year in years)
        return tuple(self._of_days(name, *days) for days in found if days is not None)

    def _listed(self, name: str, form: SeasonModel, place: Place) -> tuple[Occurrence, ...]:
        given = (form.from_, form.to, form.around, form.in_country)
        if any(one is not None for one in given):
            message = "`occurrences` stand alone"
            self.issues.add(place, "form", message, "leave out from, to, around and in_country")
        found: list[Occurrence] = []
        for i, one in enumerate(form.occurrences or ()):
            here = place.at("occurrences", i)
            first = self._day(one.from_, here.at("from"))
            last = self._day(one.to, here.at("to"))
            if first is None or last is None:
                continue
            if not first <= last < first + LONGEST_SEASON * ONE_DAY:
                message = f"from {first} to {last} is no season: it ends first, or after a year"
                self.issues.add(here, "range", message, "swap them, or mend the year")
                continue
            found.append(self._of_days(name, first, last))
        return self._in_order(found, place)

    def _rule(self, form: Stretch, place: Place) -> Rule | None:
        first, last = form.from_, form.to
        if first is None or last is None:
            self.issues.add(place, "missing", "a season has `from` and `to`")
            return None
        if form.around is not None:
            if not isinstance(first, int) or not isinstance(last, int) or first > last:
                message = f"days around {form.around} are two numbers, the first not greater"
                self.issues.add(place, "form", message, "write it like from: -14, to: 0")
                return None
            return Around(anchor=form.around, first=first, last=last)
        days = [
            self._day_of_year(one, place.at(key)) for key, one in (("from", first), ("to", last))
        ]
        if days[0] is None or days[1] is None:
            return None
        return Fixed(first=days[0], last=days[1])

    def _day_of_year(self, text: int | str, place: Place) -> tuple[int, int] | None:
        """Month and day of ``12-06``."""
        month, _, day = str(text).partition("-")
        sound = isinstance(text, str) and month.isdigit() and day.isdigit()
        if sound and 1 <= int(day) <= monthrange(2000, int(month))[1]:
            return int(month), int(day)
        message = f"`{shown(text)}` is not a day of the year"
        self.issues.add(place, "type", message, "write month and day: 12-06")
        return None

    def _day(self, text: str, place: Place) -> date | None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            message = f"`{shown(text)}` is not a day from {FIRST_YEAR} to {LAST_YEAR}"
            self.issues.add(place, "type", message, "write it like 2026-02-13")
            return None
        return day

    def _of_days(self, name: str, first: date, last: date) -> Occurrence:
        from_at = self._midnight(first)
        return Occurrence(
            name=name,
            year=first.year,
            from_at=from_at,
            until_at=self._midnight(last + ONE_DAY),
            days=(last - first).days + 1,
            starts_at=from_at,
        )

    def _midnight(self, day: date) -> int:
        return instant_us(day.isoformat(), self.zone)

    # --- sales ---

    def sale(self, name: str, form: SaleModel, place: Place) -> tuple[Occurrence, ...]:
        times: list[tuple[SaleTimes, Place]] = [(form, place)]
        if form.occurrences is not None:
            if any(one is not None for one in (form.from_, form.to, form.early_access)):
                message = "`occurrences` stand alone"
                self.issues.add(place, "form", message, "leave out from, to and early_access")
            times = [(one, place.at("occurrences", i)) for i, one in enumerate(form.occurrences)]
        found = [self._sale(name, one, here) for one, here in times]
        return self._in_order([one for one in found if one is not None], place)

    def _sale(self, name: str, form: SaleTimes, place: Place) -> Occurrence | None:
        if form.from_ is None or form.to is None:
            self.issues.add(place, "missing", "a sale has `from` and `to`")
            return None
        starts = self._instant(form.from_, place.at("from"))
        until = self._instant(form.to, place.at("to"), ends=True)
        early = starts
        if form.early_access is not None:
            early = self._instant(form.early_access, place.at("early_access"))
        if starts is None or until is None or early is None:
            return None
        if not early <= starts < until:
            message = "a sale opens before it ends, and early access not after it opens"
            self.issues.add(place, "range", message, "mend the days")
            return None
        day, last = (
            from_micros(at).astimezone(ZoneInfo(self.zone)).date() for at in (early, until - 1)
        )
        return Occurrence(
            name=name,
            year=self.local_day(starts).year,
            from_at=early,
            until_at=until,
            days=(last - day).days + 1,
            starts_at=starts,
        )

    def local_day(self, at: int) -> date:
        return from_micros(at).astimezone(ZoneInfo(self.zone)).date()

    def _instant(self, text: str, place: Place, *, ends: bool = False) -> int | None:
        """An instant; ``ends``: a bare date is the end of that day."""
        try:
            if ends and len(text) == DAY_TEXT:
                text = (date.fromisoformat(text) + ONE_DAY).isoformat()
            return instant_us(text, self.zone)
        except (NotRead, ValueError):
            message = f"`{shown(text)}` is not an instant"
            self.issues.add(place, "type", message, "write it like 2026-01-02 or 2026-01-02T20:00")
            return None

    # --- both ---

    def _in_order(self, found: list[Occurrence], place: Place) -> tuple[Occurrence, ...]:
        ordered = sorted(found, key=lambda one: one.from_at)
        for before, after in pairwise(ordered):
            if after.from_at < before.until_at:
                message = f"it is twice at one time: {before.said} and {after.said} overlap"
                self.issues.add(place, "range", message, "mend the days")
        return tuple(ordered)


def first_days(calendar: Calendar, zone: str) -> tuple[Span, ...]:
    """The first days of sales, by their end; of several sales with one first day the earliest."""
    found: dict[int, int] = {}
    for sale in calendar.sales.values():
        for one in sale.occurrences:
            day = from_micros(one.starts_at).astimezone(ZoneInfo(zone)).date()
            ends = instant_us((day + ONE_DAY).isoformat(), zone)
            found[ends] = min(one.from_at, found.get(ends, one.from_at))
    return tuple((since, ends) for ends, since in sorted(found.items()))


def during(names: str | list[str], year: int | None, scope: Scope, place: Place) -> During | None:
    """A window of seasons and sales; None with issues."""
    listed = list(dict.fromkeys([names] if isinstance(names, str) else names))
    known = {**scope.calendar.seasons, **scope.calendar.sales}
    found: list[Span] = []
    sound = True
    for name in listed:
        spans = _spans(known[name].occurrences, year) if name in known else []
        if not spans:
            sound = False
            _unknown(name, year, known, scope, place)
        found += spans
    if not sound:
        return None
    return During(names=tuple(sorted(listed)), year=year, spans=joined_spans(found))


def _spans(occurrences: Iterable[Occurrence], year: int | None) -> list[Span]:
    return [one.span for one in occurrences if year in {None, one.year}]


def _unknown(
    name: str, year: int | None, known: Mapping[str, Season], scope: Scope, place: Place
) -> None:
    if name not in known:
        sections = scope.gathered.sections
        if name in sections["calendars.seasons"] or name in sections["calendars.sales"]:
            return
        hint = suggest(name, known, "seasons and sales") or "write it under calendars:"
        message = f"there is no season or sale `{name}`"
        scope.issues.add(place.at("in"), "unknown_name", message, hint)
    elif not known[name].occurrences:
        message = f"`{name}` is no season in {scope.settings.country}"
        hint = "write its days under calendars: seasons:, or set the shop's country"
        scope.issues.add(place.at("in"), "unknown_name", message, hint)
    else:
        years = [one.year for one in known[name].occurrences]
        message = f"`{name}` is not known for {year}"
        hint = f"it is known for {min(years)} to {max(years)}"
        scope.issues.add(place.at("year"), "range", message, hint)
