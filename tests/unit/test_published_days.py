"""The commercial calendar against dates that others published.

Dates of pages are those a page names itself, with its address; where a page is plainly wrong (a Monday) its
date is left out. The public holidays are those of the package ``holidays`` (MIT), which keeps the laws of each country.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import holidays
import pytest

from stamgast.language.seasons import (
    COUNTRIES,
    ascension,
    black_friday,
    easter,
    fathers_day,
    mothers_day,
    pentecost,
)

YEARS = range(2015, 2031)

PAGES = [
    ("mothers_day", "NL", "familievandokkumburg.nl/moederdag",
     ("2017-05-14 2018-05-13 2019-05-12 2020-05-10 2021-05-09 2022-05-08 2023-05-14 2024-05-12"
      " 2025-05-11 2026-05-10 2027-05-09 2028-05-14 2029-05-13 2030-05-12")),
    ("mothers_day", "BE", "moederdag-cadeautips.nl/wanneer-is-moederdag",
     "2024-05-12 2025-05-11 2026-05-10 2028-05-14 2029-05-13 2030-05-12"),
    ("mothers_day", "BE", "photopublicdomain.com/mothers-day-2332", "2017-05-14"),
    ("mothers_day", "BE", "fleurop.ch/fr/s/dates-fete-des-meres-dans-le-monde", "2023-05-14"),
    ("mothers_day", "DE", "photopublicdomain.com/mothers-day-2332", "2017-05-14"),
    ("mothers_day", "DE", "www1.wdr.de/nachrichten/christi-himmelfahrt-vatertag-nrw-100.html", "2018-05-13"),
    ("mothers_day", "DE", "brauchwiki.de/kalender/2023-05-14", "2023-05-14"),
    ("mothers_day", "US", "calculatorian.com/fr/time-and-date/encyclopedia/us/mothers_day",
     "2024-05-12 2025-05-11 2026-05-10 2027-05-09 2028-05-14 2029-05-13 2030-05-12"),
    ("mothers_day", "GB", "learn.christianaid.org.uk/Other/Events/mothers_day.aspx", "2012-03-18"),
    ("mothers_day", "GB", "ukbankholidaydates.co.uk/mothering-sunday",
     "2015-03-15 2016-03-06 2017-03-26 2018-03-11 2019-03-31"),
    ("mothers_day", "GB", "thetermdates.co.uk/mothers-day",
     ("2018-03-11 2019-03-31 2020-03-22 2021-03-14 2022-03-27 2023-03-19 2024-03-10 2025-03-30"
      " 2026-03-15")),
    ("mothers_day", "GB", "englisharound.blogspot.com/2017/03/mothers-day.html", "2017-03-26"),
    ("mothers_day", "GB", "standard.co.uk/lifestyle/mothers-day-2020-mothering-sunday-a4329826.html", "2020-03-22"),
    ("mothers_day", "GB", "blocs.xtec.cat/mcb05/author/mcordon", "2021-03-14"),
    ("mothers_day", "GB", "fleurop.ch/fr/s/dates-fete-des-meres-dans-le-monde", "2023-03-19"),
    ("mothers_day", "GB", "alarmclock.top/holidays/mothering-sunday/2028.html",
     "2028-03-26 2029-03-11 2030-03-31 2031-03-23 2032-03-07 2033-03-27 2034-03-19 2035-03-04"),
    ("mothers_day", "FR", "bleufr.blogspot.com/2007/05/la-fte-des-mres.html",
     "2007-06-03 2008-05-25 2009-06-07 2010-05-30 2011-05-29 2012-06-03"),
    ("mothers_day", "FR", "linternaute.com/actualite/societe/1302870", "2016-05-29"),
    ("mothers_day", "FR", "ipreunion.com/actualites-reunion/reportage/2022/05/29", "2022-05-29"),
    ("mothers_day", "FR", "life-europe.fr/single-post/2017/03/15", "2017-05-28"),
    ("mothers_day", "FR", "datesferies.fr/fete-des-meres", "2018-05-27 2019-05-26"),
    ("mothers_day", "FR", "rtl.fr/culture/medias-people (23 March 2020)", "2020-06-07"),
    ("mothers_day", "FR", "linternaute.com/actualite/guide-vie-quotidienne/1230833", "2021-05-30"),
    ("mothers_day", "FR", "europe1.fr/societe/loi-de-1950-pentecote", "2023-06-04"),
    ("mothers_day", "FR", "bleufr.blogspot.com/2024/05/fete-des-meres.html",
     "2024-05-26 2025-05-25 2026-05-31 2027-05-30 2028-05-28 2029-05-27 2030-05-26"),
    ("fathers_day", "NL", "hanvanmeegerenblog.wordpress.com/2016/06/19/fathers-day",
     "2017-06-18 2018-06-17 2019-06-16 2020-06-21 2021-06-20 2022-06-19 2023-06-18 2024-06-16 2026-06-21"),
    ("fathers_day", "GB", "bibliomonde.fr/lalmanach/2022-19-juin-la-fete-des-peres", "2022-06-19"),
    ("fathers_day", "FR", "datesferies.fr/fete-des-peres", "2018-06-17 2019-06-16 2020-06-21"),
    ("fathers_day", "FR", "cadeaumalin.fr/dates-fete-des-peres.html",
     "2021-06-20 2022-06-19 2023-06-18 2024-06-16 2025-06-15"),
    ("fathers_day", "BE", "anydayguide.com/calendar/2101", "2024-06-09"),
    ("fathers_day", "BE", "brusselstimes.com/1614212", "2025-06-08"),
    ("fathers_day", "BE", "lejde.be/monde/2018/07/06/jy-reflechis-3-656", "2018-06-10"),
    ("fathers_day", "BE", "lemondedefa.wordpress.com/2020/06/14", "2020-06-14"),
    ("fathers_day", "BE", "cadeaumalin.fr/dates-fete-des-peres.html",
     "2021-06-13 2022-06-12 2023-06-11 2024-06-09 2025-06-08"),
    ("fathers_day", "BE", "fete-des-peres.info/date-fete-des-peres", "2025-06-08 2026-06-14 2027-06-13"),
    ("fathers_day", "DE", "bergedorfer-zeitung.de/ueberregionales/vermischtes/article225881921",
     "2020-05-21 2021-05-13 2022-05-26"),
    ("fathers_day", "DE", "francebleu.fr/emissions/la-minute-des-frontaliers", "2023-05-18"),
    ("fathers_day", "DE", "fete-des-peres.info/date-fete-des-peres", "2025-05-29 2026-05-14 2027-05-06"),
]  # fmt: skip # a page a line
BLACK_FRIDAYS = (  # skillsacademy.co.za/black-friday-courses-specials
    "2018-11-23 2019-11-29 2020-11-27 2021-11-26 2022-11-25 2023-11-24 2024-11-29 2025-11-28"
    " 2026-11-27 2027-11-26 2028-11-24"
)
RULES = {"mothers_day": mothers_day, "fathers_day": fathers_day}


@pytest.mark.parametrize(
    ("feast", "country", "page", "dates"), PAGES, ids=lambda text: str(text)[:40]
)
def test_feasts_of_pages(feast: str, country: str, page: str, dates: str) -> None:
    published = [date.fromisoformat(text) for text in dates.split()]
    found = [RULES[feast](day.year, country) for day in published]
    assert (page, found) == (page, published)


def test_every_country_is_published_somewhere() -> None:
    named = {(feast, country) for feast, country, _, _ in PAGES} | {("fathers_day", "US")}
    assert named == {(feast, country) for feast in RULES for country in COUNTRIES}


def test_what_rests_on_a_rule_alone() -> None:
    """Of the days that no package keeps: the years of which no page was found."""
    without = {
        (feast, country): set(YEARS)
        - {
            int(day[:4])
            for one, of, _, dates in PAGES
            if (one, of) == (feast, country)
            for day in dates.split()
        }
        for feast, country in (("mothers_day", "GB"), ("mothers_day", "FR"), ("fathers_day", "BE"))
    }
    assert without == {
        ("mothers_day", "GB"): {2027},
        ("mothers_day", "FR"): {2015},
        ("fathers_day", "BE"): {2015, 2016, 2017, 2019, 2028, 2029, 2030},
    }


def test_black_friday_of_a_page() -> None:
    published = [date.fromisoformat(text) for text in BLACK_FRIDAYS.split()]
    assert [black_friday(day.year) for day in published] == published


# --- public holidays -----------------------------------------------------------------------------


def public(country: str, name: str) -> dict[int, date]:
    """Year to the day of a holiday."""
    asked = {"US": {"categories": ("public", "unofficial")}, "GB": {"subdiv": "ENG"}}
    known = holidays.country_holidays(
        country,
        years=YEARS,
        language="en_US",
        **asked.get(country, {}),  # type: ignore[arg-type] # options of one country
    )
    found = {day.year: day for day, names in sorted(known.items()) if name in names.split("; ")}
    assert list(found) == list(YEARS)
    return found


@pytest.mark.parametrize("country", ["NL", "BE", "DE", "FR", "GB"])
def test_easter(country: str) -> None:
    monday = public(country, "Easter Monday")
    assert {year: easter(year) + timedelta(days=1) for year in YEARS} == monday


@pytest.mark.parametrize("country", ["NL", "BE", "DE", "FR"])
def test_ascension_and_pentecost(country: str) -> None:
    assert {year: ascension(year) for year in YEARS} == public(country, "Ascension Day")
    monday = public(country, "Whit Monday")
    assert {year: pentecost(year) + timedelta(days=1) for year in YEARS} == monday


def test_fathers_day_of_germany_is_a_public_holiday() -> None:
    assert {year: fathers_day(year, "DE") for year in YEARS} == public("DE", "Ascension Day")


def test_the_united_states() -> None:
    assert {year: mothers_day(year, "US") for year in YEARS} == public("US", "Mother's Day")
    assert {year: fathers_day(year, "US") for year in YEARS} == public("US", "Father's Day")
    thanksgiving = public("US", "Thanksgiving Day")
    assert {year: black_friday(year) - timedelta(days=1) for year in YEARS} == thanksgiving


@pytest.mark.parametrize(
    ("feast", "like", "countries"),
    [("mothers_day", "Mother's Day", ("NL", "BE", "DE")), ("fathers_day", "Father's Day", ("NL", "FR", "GB"))],
)  # fmt: skip
def test_where_it_is_the_day_of_the_united_states(
    feast: str, like: str, countries: tuple[str, ...]
) -> None:
    """The 2nd Sunday of May, the 3rd of June."""
    for country in countries:
        assert {year: RULES[feast](year, country) for year in YEARS} == public("US", like)


def test_mothering_sunday_is_three_weeks_before_easter() -> None:
    expected = {
        year: monday - timedelta(days=22) for year, monday in public("GB", "Easter Monday").items()
    }
    assert {year: mothers_day(year, "GB") for year in YEARS} == expected


def test_mothers_day_of_the_french_law() -> None:
    """Law 50-577 of 24 May 1950: the last Sunday of May; if that is Pentecost, the first of June."""
    for year, monday in public("FR", "Whit Monday").items():
        sundays = [week[6] for month in (5, 6) for week in calendar.monthcalendar(year, month)]
        may = max(sundays[: len(calendar.monthcalendar(year, 5))])
        june = min(day for day in sundays[len(calendar.monthcalendar(year, 5)) :] if day)
        last = date(year, 5, may)
        moved = last == monday - timedelta(days=1)
        assert mothers_day(year, "FR") == (date(year, 6, june) if moved else last)


def test_fathers_day_of_belgium_is_a_week_before_the_others() -> None:
    a_week = timedelta(days=7)
    expected = {year: day - a_week for year, day in public("US", "Father's Day").items()}
    assert {year: fathers_day(year, "BE") for year in YEARS} == expected
