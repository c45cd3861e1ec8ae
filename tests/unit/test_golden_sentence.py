"""The golden record in one sentence, in both languages, from one part to all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any

import pytest

from stamgast.clock import to_micros
from stamgast.decide.fields import Problem, Record
from stamgast.decide.golden import Part, age_on, summary
from stamgast.decide.naming import name_of
from stamgast.language.ast import Text

AS_OF = to_micros(datetime(2026, 6, 1, 10, tzinfo=UTC))
BARE = Record(as_of=AS_OF)
SOLVED = Problem(kind="complaint", since=AS_OF - 9, solved=True)
OPEN = Problem(kind="complaint", since=AS_OF - 9)
LATE = Problem(kind="late", since=AS_OF - 5)
PARTS: dict[str, dict[str, Any]] = {
    "name": {"name": name_of({"first_name": "Thijs", "infix": "van der", "last_name": "Berg"})},
    "age": {"birthday": date(2003, 5, 14)},
    "since": {"customer_since": date(2024, 2, 1)},
    "stage": {"stage": Text(en="Loyal", nl="Trouw")},
    "rhythm": {"months": (10, 5)},
    "looked_for": {"looked_for": ("horloge", 2)},
    "favourites": {"favourite_brands": ("Casio", "Seiko")},
    "price": {"price_attitude": "full_price"},
    "problems": {"problems": (SOLVED,)},
    "extensions": {"extensions": {"loyalty_status": Text(en="Gold", nl="Goud")}},
}
WHOLE: Record = replace(
    BARE, **{key: value for one in PARTS.values() for key, value in one.items()}
)


def test_all_that_is_known() -> None:
    assert summary(WHOLE, "en") == (
        "Thijs, 23, customer since 2024, loyal, buys every May and October, looked for “horloge” twice "
        "this month, likes Casio and Seiko, pays the full price, complained once (solved), label Gold."
    )
    assert summary(WHOLE, "nl") == (
        "Thijs, 23, klant sinds 2024, trouw, koopt elk jaar in mei en oktober, zocht deze maand twee keer "
        "naar “horloge”, houdt van Casio en Seiko, betaalt de volle prijs, klaagde één keer (opgelost), "
        "label Goud."
    )


ONE = [
    ("name", "Thijs.", "Thijs."),
    ("age", "23 years old.", "23 jaar."),
    ("since", "Customer since 2024.", "Klant sinds 2024."),
    ("stage", "Loyal.", "Trouw."),
    ("rhythm", "Buys every May and October.", "Koopt elk jaar in mei en oktober."),
    ("favourites", "Likes Casio and Seiko.", "Houdt van Casio en Seiko."),
    ("problems", "Complained once (solved).", "Klaagde één keer (opgelost)."),
    ("extensions", "Label Gold.", "Label Goud."),
]


@pytest.mark.parametrize(("part", "english", "dutch"), ONE)
def test_one_part(part: str, english: str, dutch: str) -> None:
    record = replace(BARE, **PARTS[part])
    assert summary(record, "en") == english
    assert summary(record, "nl") == dutch


def test_nothing_known() -> None:
    assert summary(BARE, "en") == summary(BARE, "nl") == ""


PROBLEMS = [
    ((OPEN,), "Complained once (still open).", "Klaagde één keer (nog open)."),
    ((OPEN, SOLVED, SOLVED), "Complained 3 times (1 still open).", "Klaagde 3 keer (1 nog open)."),
    ((LATE,), "Had one problem (still open).", "Had één probleem (nog open)."),
    ((LATE, SOLVED), "Had 2 problems (1 still open).", "Had 2 problemen (1 nog open)."),
]


@pytest.mark.parametrize(("problems", "english", "dutch"), PROBLEMS)
def test_problems(problems: tuple[Problem, ...], english: str, dutch: str) -> None:
    record = replace(BARE, problems=problems)
    assert (summary(record, "en"), summary(record, "nl")) == (english, dutch)


def test_what_the_reader_may_not_see_is_not_said() -> None:
    hidden: list[Part] = ["problems", "extensions", "age"]
    said = summary(WHOLE, "en", hidden=hidden)
    assert said.startswith("Thijs, customer since")
    assert "complained" not in said
    assert "Gold" not in said


def test_every_selection_of_parts_is_a_sentence() -> None:
    for size in (1, 2, 3, len(PARTS)):
        for chosen in combinations(PARTS, size):
            values = {key: value for part in chosen for key, value in PARTS[part].items()}
            for language in ("en", "nl"):
                said = summary(replace(BARE, **values), "nl" if language == "nl" else "en")
                assert said.endswith(".")
                assert said.count(".") == 1
                assert said[0].isupper() or said[0].isdigit()
                assert ", ," not in said
                assert "  " not in said


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2003, 6, 1), date(2026, 6, 1), 23),
        (date(2003, 6, 2), date(2026, 6, 1), 22),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
    ],
)
def test_age(born: date, day: date, years: int) -> None:
    assert age_on(born, day) == years
