"""The Monday letter: its figures are those of plain sums, and names stand in it only when asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from shop_kit import make_shop
from web_kit import Web, web_over

from stamgast.app.letter_page import LetterPage
from stamgast.cli.main import root
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stamgast.app.letter import Letter
    from stamgast.app.shop import Shop

NOW = "2010-12-15T00:00:00Z"
ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-11-10T09:30:00", 40),
    (3, "2009-12-14T08:00:00", 20),
    (3, "2010-12-03T08:00:00", 50),
    (10, "2010-12-14T11:11:11", 500),
    *((20, f"2010-09-{day:02d}T08:00:00", 5) for day in range(13, 18)),
    (2, "2010-12-14T10:00:00", -15),
]


class Standing:
    """A clock that stands."""

    def now(self) -> int:
        return parse_instant(NOW)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with make_shop(tmp_path_factory.mktemp("letter") / "shop", ORDERS) as made:
        yield made


@pytest.fixture(scope="module")
def letter(shop: Shop) -> Letter:
    return shop.glance.letter("en", as_of=NOW)


@pytest.fixture(scope="module")
def web(shop: Shop) -> Iterator[Web]:
    with web_over(shop._core.folder, Standing()) as made:
        yield made


def test_the_weeks_are_sums(letter: Letter) -> None:
    assert (letter.week.orders, letter.week.revenue) == (2, 25_00 + 500_00 - 15_00)
    assert (letter.before.orders, letter.before.revenue) == (1, 50_00)
    assert (letter.year_ago.orders, letter.year_ago.revenue) == (1, 20_00)
    moved = {(one.before, one.after): one.count for one in letter.moves}
    assert moved == {("new_buyer", "promising"): 1, ("new_buyer", "drifting"): 1}
    first = letter.todo[0]
    assert (first.before, first.after, first.count) == ("loyal", "at_risk", 1)
    assert first.last == parse_instant("2010-12-16T07:00:00Z") + 1


def test_a_page_of_its_own_has_no_names_and_asks_for_nothing(shop: Shop, letter: Letter) -> None:
    text = LetterPage(letter, shop.definitions, shop.settings, "nl").page()
    assert "De week van Teashop" in text
    assert "2 bestellingen, £\u00a0510" in text
    assert "http" not in text
    assert "Klant 20" not in text


def test_the_command_writes_a_text_for_its_owner_only(shop: Shop, tmp_path: Path) -> None:
    plain = tmp_path / "letter.txt"
    call = ["--shop", str(shop._core.folder), "letter", "--as-of", NOW, "--to", str(plain)]
    told = CliRunner().invoke(root, [*call, "--contact", "--json"])
    assert json.loads(told.stdout) == {"file": str(plain)}
    text = plain.read_text(encoding="utf-8")
    assert "Customer 20" in text
    assert max(map(len, text.splitlines())) <= 78
    assert plain.stat().st_mode & 0o077 == 0


def test_the_page_hides_who_it_is_from_who_may_not_know(web: Web) -> None:
    text = web.clients["marketer"].get("/letter").text
    assert "Customer 20" in text
    assert 'href="/customers/' in text.split('class="letter"')[1]
    hidden = web.clients["analyst"].get("/letter").text
    assert "Customer 20" not in hidden
    figures = web.clients["read-only"].get("/letter").text
    assert 'href="/customers/' not in figures.split('class="letter"')[1]
    assert "Value over time" in web.clients["read-only"].get("/").text


def test_studies_and_strategies_say_what_they_mean(web: Web) -> None:
    client = web.clients["read-only"]
    text = client.get("/studies?of=best_buyers").text
    # customer 1: 2 purchases and 125 pounds, of 725 pounds of five buyers
    assert "The best 1 of 5 buyers bring 17% of their revenue" in text
    assert "<svg" in text.split('class="lead"')[1]
    assert "<td>Best buyers</td>" in text
    assert "too few customers" in client.get("/studies").text
    text = client.get("/strategies").text
    assert 'href="/segments/dissatisfied"' in text
    assert "data is missing" in text
