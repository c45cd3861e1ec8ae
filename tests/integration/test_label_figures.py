"""Extensions as a whole: who has one and from whom, of whom it was said, and bringing it in line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from collect_kit import FixedClock

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: number, ordered_at: at, total: total}
    identifiers: {customer_id: customer}
  - kind: customers
    where: {column: company, empty: false}
    fields: {at: at}
    attributes: {company: company}
    identifiers: {customer_id: customer}
"""
ORDERS = """number,at,total,customer,company
1,2026-01-01,10,C-1,Klaver
2,2026-01-02,10,C-2,
3,2026-01-03,10,C-3,Klaver
4,2026-01-04,10,C-4,Klaver
5,2026-01-05,10,C-5,
"""
OWN = """
version: 1
parameters: {own_company: klaver}
extensions:
  first_three:
    label: {en: First three, nl: Eerste drie}
    rule: {trait: first_order_at, lte: 2026-01-03}
  tier:
    label: {en: Tier, nl: Rang}
    type: text
    values: {LOW: {label: {en: Low, nl: Laag}}, HIGH: {label: {en: High, nl: Hoog}}}
    expected: {attribute: company, is: klaver, ignore_case: true}
"""
NOW = "2026-02-10"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
    (folder / "map.yaml").write_text(MAPPING)
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "staff.txt").write_text("C-1\nC-2\nC-5\n")
    (folder / "shop" / "definitions" / "own.yaml").write_text(OWN)
    clock = FixedClock(parse_instant("2026-02-01"))
    with Shop.open(folder / "shop", clock=clock) as shop:
        shop.ingest(folder / "orders.csv", mapping=str(folder / "map.yaml"))
        shop.extensions.import_list("employee", folder / "staff.txt", confirmed=True)
        clock.at = parse_instant("2026-02-02")
        shop.extensions.set("employee", "C-1", by="els", reason="started")
        shop.extensions.unset("employee", "C-2", by="jan", reason="left")
        shop.extensions.unset("first_three", "C-3", by="jan")
    return folder


@pytest.fixture
def shop(kept: Path, tmp_path: Path) -> Iterator[Shop]:
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    with Shop.open(tmp_path / "shop", clock=FixedClock(parse_instant(NOW))) as opened:
        yield opened


def who(shop: Shop, name: str, of: str = "carriers", day: str = NOW) -> list[str]:
    rows = shop.sql("SELECT profile_id, identifier FROM profiles").rows()
    called = {row["profile_id"]: row["identifier"] for row in rows}
    return [called[one.profile] for one in shop.extensions.people(name, of, as_of=day)]


def test_who_has_one_from_whom_and_of_whom_it_was_said(shop: Shop) -> None:
    found = {one.extension.name: one for one in shop.extensions.list()}
    employee = found["employee"]
    assert (employee.carriers, employee.figures.asked, employee.figures.noes) == (2, 3, 1)
    assert [one.as_json() for one in employee.figures.origins] == [
        {"origin": "hand", "carriers": 1, "asked": 2, "standing_no": 1},
        {"origin": "import:staff", "carriers": 2, "asked": 3, "standing_no": 0},
    ]
    ruled = found["first_three"]
    assert (ruled.carriers, ruled.figures.asked, ruled.figures.noes) == (2, 1, 1)
    assert [(one.kind, one.carriers, one.noes) for one in ruled.figures.origins] == [
        ("hand", 0, 1),
        ("rule", 2, 0),
    ]
    assert (found["influencer"].carriers, found["influencer"].figures.origins) == (0, ())
    before = {one.extension.name: one for one in shop.extensions.list(as_of="2026-02-01T12:00")}
    assert (before["employee"].carriers, before["employee"].figures.noes) == (3, 0)


def test_the_people_with_the_word_that_counts(shop: Shop) -> None:
    assert who(shop, "employee") == ["C-1", "C-5"]
    assert who(shop, "employee", "no") == ["C-2"]
    assert who(shop, "employee", "asked") == ["C-1", "C-2", "C-5"]
    assert who(shop, "employee", day="2026-02-01T12:00") == ["C-1", "C-2", "C-5"]
    words = shop.extensions.people("employee")
    assert [(one.origin, one.reason) for one in words] == [
        ("hand:els", "started"),
        ("import:staff", ""),
    ]
    assert who(shop, "first_three") == ["C-1", "C-2"]
    assert {one.at for one in shop.extensions.people("first_three")} == {None}
    with pytest.raises(UserError, match="nobody can be asked for") as wrong:
        shop.extensions.people("employee", "everybody")
    assert wrong.value.code == "extension.who"


def test_what_came_together_is_one_line_of_history(shop: Shop) -> None:
    said = shop.extensions.said("employee")
    assert [(one.origin, one.action, one.customers, one.reason) for one in said] == [
        ("hand:jan", "no", 1, "left"),
        ("hand:els", "give", 1, "started"),
        ("import:staff", "give", 3, ""),
    ]
    assert len(shop.extensions.said("employee", as_of="2026-02-01T12:00")) == 1


def test_who_lacks_it_gets_it_and_the_others_lose_it(shop: Shop) -> None:
    """Expected of C-1, C-3 and C-4; C-1 and C-5 carry it, C-2 has a standing no."""
    shown = shop.extensions.repair("employee", by="els")
    assert (len(shown.added), shown.done) == (2, False)
    assert who(shop, "employee") == ["C-1", "C-5"]
    shop.extensions.unset("employee", "C-4", by="jan")
    done = shop.extensions.repair("employee", by="els", confirmed=True)
    assert (len(done.added), len(done.refused), done.done) == (1, 1, True)
    assert sorted(who(shop, "employee")) == ["C-1", "C-3", "C-5"]
    taken = shop.extensions.repair("employee", "take", by="els", confirmed=True)
    assert [one.identifier for one in taken.taken] == ["customer_id:C-5"]
    assert sorted(who(shop, "employee")) == ["C-1", "C-3"]
    (found,) = shop.extensions.completeness("employee")
    assert [identifier for _, identifier in found.missing] == ["customer_id:C-4"]
    assert found.unexpected == ()
    lists = [one.batch for one in shop.imports.list() if one.source == "import:expected"]
    shop.imports.undo(lists[1], confirmed=True, figures=False)
    shop.imports.undo(lists[0], confirmed=True, figures=False)
    assert sorted(who(shop, "employee")) == ["C-1", "C-5"]


def test_one_with_values_needs_one(shop: Shop) -> None:
    with pytest.raises(UserError, match="needs a value"):
        shop.extensions.repair("tier", by="els", confirmed=True)
    shop.extensions.repair("tier", by="els", value="low", confirmed=True)
    words = shop.extensions.people("tier")
    assert [(one.origin, one.value) for one in words] == [("import:expected", "LOW")] * 3
    with pytest.raises(UserError, match="does not say who is expected"):
        shop.extensions.repair("influencer", by="els")


def test_the_commands_say_it_in_words(kept: Path) -> None:
    def said(*arguments: str) -> str:
        done = CliRunner().invoke(root, ["--shop", str(kept / "shop"), "--lang", "en", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    people = said("extension", "people", "employee", "--as-of", NOW)
    assert "2 customers with “Employee”" in people
    assert "hand:els" in people
    assert "started" in people
    history = said("extension", "history", "employee", "--as-of", NOW)
    assert "standing no" in history
    assert "import:staff" in history
    would = said("extension", "repair", "employee", "--take")
    assert "customer_id:C-5" in would
    assert "Nothing was changed" in would
