"""Seasons against days published elsewhere: dateutil's Easter, and the calendars of each country.

Tables for all years here; ``test_published_days`` holds the rules to dates with their sources.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import (  # type: ignore[import-untyped] # has no stubs
    easter as published_easter,
)

from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.seasons import (
    COUNTRIES,
    ascension,
    black_friday,
    easter,
    fathers_day,
    mothers_day,
    pentecost,
)
from stamgast.retail import shipped_files

YEARS = range(2015, 2031)


def days(text: str) -> dict[int, tuple[int, int]]:
    """``2015 05-10`` a line, as year to month and day."""
    pairs = (item.split("-") for item in text.split())
    return {int(y): (int(m), int(d)) for y, m, d in pairs}


SECOND_SUNDAY_OF_MAY = days(
    "2015-05-10 2016-05-08 2017-05-14 2018-05-13 2019-05-12 2020-05-10 2021-05-09 2022-05-08"
    " 2023-05-14 2024-05-12 2025-05-11 2026-05-10 2027-05-09 2028-05-14 2029-05-13 2030-05-12"
)
PUBLISHED = {
    ("mothers_day", "NL"): SECOND_SUNDAY_OF_MAY,
    ("mothers_day", "BE"): SECOND_SUNDAY_OF_MAY,
    ("mothers_day", "DE"): SECOND_SUNDAY_OF_MAY,
    ("mothers_day", "US"): SECOND_SUNDAY_OF_MAY,
    # Mothering Sunday
    ("mothers_day", "GB"): days(
        "2015-03-15 2016-03-06 2017-03-26 2018-03-11 2019-03-31 2020-03-22 2021-03-14 2022-03-27"
        " 2023-03-19 2024-03-10 2025-03-30 2026-03-15 2027-03-07 2028-03-26 2029-03-11 2030-03-31"
    ),
    # In 2020 and 2023 the last Sunday of May was Pentecost
    ("mothers_day", "FR"): days(
        "2015-05-31 2016-05-29 2017-05-28 2018-05-27 2019-05-26 2020-06-07 2021-05-30 2022-05-29"
        " 2023-06-04 2024-05-26 2025-05-25 2026-05-31 2027-05-30 2028-05-28 2029-05-27 2030-05-26"
    ),
    ("fathers_day", "BE"): days(
        "2015-06-14 2016-06-12 2017-06-11 2018-06-10 2019-06-09 2020-06-14 2021-06-13 2022-06-12"
        " 2023-06-11 2024-06-09 2025-06-08 2026-06-14 2027-06-13 2028-06-11 2029-06-10 2030-06-09"
    ),
    # Vatertag, on Ascension Day
    ("fathers_day", "DE"): days(
        "2015-05-14 2016-05-05 2017-05-25 2018-05-10 2019-05-30 2020-05-21 2021-05-13 2022-05-26"
        " 2023-05-18 2024-05-09 2025-05-29 2026-05-14 2027-05-06 2028-05-25 2029-05-10 2030-05-30"
    ),
    **{
        ("fathers_day", country): days(
            "2015-06-21 2016-06-19 2017-06-18 2018-06-17 2019-06-16 2020-06-21 2021-06-20"
            " 2022-06-19 2023-06-18 2024-06-16 2025-06-15 2026-06-21 2027-06-20 2028-06-18"
            " 2029-06-17 2030-06-16"
        )
        for country in ("NL", "FR", "GB", "US")
    },
}
BLACK_FRIDAY = days(
    "2015-11-27 2016-11-25 2017-11-24 2018-11-23 2019-11-29 2020-11-27 2021-11-26 2022-11-25"
    " 2023-11-24 2024-11-29 2025-11-28 2026-11-27 2027-11-26 2028-11-24 2029-11-23 2030-11-29"
)
RULES = {"mothers_day": mothers_day, "fathers_day": fathers_day}


@pytest.mark.parametrize(("feast", "country"), PUBLISHED, ids="-".join)
def test_feasts_of_each_country(feast: str, country: str) -> None:
    table = PUBLISHED[feast, country]
    assert list(table) == list(YEARS)
    assert {year: RULES[feast](year, country) for year in YEARS} == {
        year: date(year, *day) for year, day in table.items()
    }


@pytest.mark.parametrize("year", YEARS)
def test_the_tables_that_hang_on_easter_by_their_definitions(year: int) -> None:
    """The tables above, counted day by day from dateutil's Easter, with none of our rules.

    Mothering Sunday is the fourth Sunday of Lent, which begins on Ash Wednesday, 46 days before Easter
    (Church of England, Common Worship). The feast of mothers in France is the last Sunday of May, or the
    first of June when that is Pentecost, 49 days after Easter (law 50-577 of 24 May 1950).
    """
    easter_day = published_easter(year)
    lent = [easter_day - timedelta(days=n) for n in range(46, 0, -1)]
    fourth = [day for day in lent if day.weekday() == 6][3]
    assert (fourth.month, fourth.day) == PUBLISHED["mothers_day", "GB"][year]
    spring = [date(year, 5, 1) + timedelta(days=n) for n in range(61)]
    sundays = [day for day in spring if day.weekday() == 6]
    last_of_may = max(day for day in sundays if day.month == 5)
    first_of_june = min(day for day in sundays if day.month == 6)
    moved = last_of_may == easter_day + timedelta(days=49)
    feast = first_of_june if moved else last_of_may
    assert (feast.month, feast.day) == PUBLISHED["mothers_day", "FR"][year]


def test_every_country_has_its_feasts() -> None:
    assert {(feast, country) for feast in RULES for country in COUNTRIES} == set(PUBLISHED)
    assert mothers_day(2026, "JP") is None
    assert fathers_day(2026, "JP") is None


def test_easter_and_what_follows_it() -> None:
    every = range(1583, 4100)
    assert [easter(year) for year in every] == [published_easter(year) for year in every]
    assert ascension(2026) == date(2026, 5, 14)
    assert pentecost(2026) == date(2026, 5, 24)


def test_black_friday() -> None:
    assert {year: black_friday(year) for year in YEARS} == {
        year: date(year, *day) for year, day in BLACK_FRIDAY.items()
    }


def occurrence(name: str, year: int, country: str = "NL", zone: str = "Europe/Amsterdam") -> str:
    """First and last local day, ``11-24 11-30``, worked out with zoneinfo alone."""
    settings = LanguageSettings(zone=zone, country=country)
    calendar = read_definitions(shipped_files(), settings=settings).calendar
    found = [one for one in calendar.seasons[name].occurrences if one.year == year]
    if not found:
        return ""
    (one,) = found
    local = [
        datetime.fromtimestamp(at / 1_000_000, ZoneInfo(zone)) for at in (one.from_at, one.until_at)
    ]
    assert {moment.time().isoformat() for moment in local} == {"00:00:00"}
    first, last = local[0].date(), local[1].date() - timedelta(days=1)
    assert one.days == (last - first).days + 1
    return f"{first:%m-%d} {last:%m-%d}"


SEASONS_2025 = {
    "valentine": dict.fromkeys(COUNTRIES, "02-01 02-14"),
    "easter": dict.fromkeys(COUNTRIES, "04-06 04-21"),
    "mothers_day": {
        **dict.fromkeys(("NL", "BE", "DE", "US"), "04-27 05-11"),
        "GB": "03-16 03-30",
        "FR": "05-11 05-25",
    },
    "fathers_day": {
        **dict.fromkeys(("NL", "FR", "GB", "US"), "06-01 06-15"),
        "BE": "05-25 06-08",
        "DE": "05-15 05-29",
    },
    "sinterklaas": {
        **dict.fromkeys(COUNTRIES, ""),
        "NL": "11-15 12-05",
        "BE": "11-15 12-06",
    },
    "black_friday": dict.fromkeys(COUNTRIES, "11-24 11-30"),
    "cyber_monday": dict.fromkeys(COUNTRIES, "12-01 12-01"),
    "christmas": {
        **dict.fromkeys(COUNTRIES, "12-01 12-26"),
        "NL": "12-06 12-26",
        "BE": "12-06 12-26",
    },
    "back_to_school": dict.fromkeys(COUNTRIES, "08-01 09-15"),
}


@pytest.mark.parametrize("country", COUNTRIES)
def test_shipped_seasons_of_2025(country: str) -> None:
    found = {name: occurrence(name, 2025, country) for name in SEASONS_2025}
    assert found == {name: by_country[country] for name, by_country in SEASONS_2025.items()}


def test_local_midnights_when_clocks_change() -> None:
    """Clocks of New York go back on 2 November 2025, those of London ahead on 30 March."""
    assert occurrence("black_friday", 2025, "US", "America/New_York") == "11-24 11-30"
    assert occurrence("mothers_day", 2025, "GB", "Europe/London") == "03-16 03-30"


OWN = """
version: 1
calendars:
  seasons:
    christmas: {label: {en: Yule, nl: Joel}, from: 12-20, to: 01-06}
    leap: {from: 02-29, to: 02-29}
  sales:
    winter: {from: 2026-01-02, to: 2026-01-31, early_access: 2026-01-01}
    again: {from: 2026-01-02T12:00, to: 2026-01-05T12:00}
    may: {occurrences: [{from: 2026-05-06, to: 2026-05-06}, {from: 2025-05-06, to: 2025-05-07}]}
"""


def test_own_seasons_and_sales() -> None:
    own = SourceFile(name="own.yaml", text=OWN)
    known = read_definitions([*shipped_files(), own], settings=LanguageSettings())
    yule = known.calendar.seasons["christmas"]
    assert yule.label.nl == "Joel"
    assert [one.days for one in yule.occurrences if one.year == 2025] == [18]
    leaps = {one.year: one.days for one in known.calendar.seasons["leap"].occurrences}
    assert (leaps[2024], leaps[2028], leaps.get(2025)) == (1, 1, None)
    amsterdam = ZoneInfo("Europe/Amsterdam")

    def at(*parts: int) -> int:
        return round(datetime(*parts, tzinfo=amsterdam).timestamp()) * 1_000_000  # type: ignore[misc, arg-type] # parts of a date

    assert known.calendar.sales["winter"].occurrences[0].span == (at(2026, 1, 1), at(2026, 2, 1))
    assert known.calendar.sales["again"].occurrences[0].span == (
        at(2026, 1, 2, 12),
        at(2026, 1, 5, 12),
    )
    assert known.first_days == (
        (at(2025, 5, 6), at(2025, 5, 7)),
        (at(2026, 1, 1), at(2026, 1, 3)),
        (at(2026, 5, 6), at(2026, 5, 7)),
    )
