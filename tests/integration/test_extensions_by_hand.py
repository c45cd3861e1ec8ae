"""Extensions by hand and by lists, on a small shop: who carries what is told by hand."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from collect_kit import FixedClock
from few_segments import few_segments

from stamgast.app.labels import carried_by
from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.language.answer import Statistics
from stamgast.language.reference import answer
from stamgast.model.log import DAY_US
from stamgast.report.words import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stamgast.app.listing import ListChange
    from stamgast.model.log import Log
    from stamgast.store.reading import Reader


MAPPING = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: number, ordered_at: at, total: total}
    identifiers: {customer_id: customer, email: email}
  - kind: customers
    where: {column: company, empty: false}
    fields: {at: at}
    attributes: {company: company}
    identifiers: {customer_id: customer, email: email}
"""
ORDERS = """number,at,total,customer,email,company
1,2026-01-01,10,C-1,anna@example.org,Klaver
2,2026-01-02,10,C-2,bas@example.org,
3,2026-01-03,10,C-3,cor@example.org,Klaver
4,2026-01-04,10,,dora@example.org,
5,2026-01-05,10,C-5,,
"""
OWN = """
version: 1
parameters: {own_company: klaver}
extensions:
  score: {label: {en: Score, nl: Score}, type: integer}
segments:
  staff: {label: {en: Staff, nl: Personeel}, where: [{extension: employee}]}
  golden: {label: {en: Gold, nl: Goud}, where: [{extension: loyalty_status, is: GOLD}]}
  high: {label: {en: High, nl: Hoog}, where: [{extension: score, gt: 5}]}
  quiet: {label: {en: Quiet, nl: Stil}, where: [{extension: do_not_contact}]}
"""


def at(text: str) -> int:
    return parse_instant(text)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop that was told the orders, and of its files."""
    folder = tmp_path_factory.mktemp("kept")
    Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
    (folder / "map.yaml").write_text(MAPPING)
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "shop" / "definitions" / "own.yaml").write_text(OWN)
    with Shop.open(folder / "shop", clock=FixedClock(at("2026-02-01"))) as opened:
        opened.ingest(folder / "orders.csv", mapping=str(folder / "map.yaml"))
    return folder


@pytest.fixture
def shop(kept: Path, tmp_path: Path) -> Iterator[Shop]:
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    with Shop.open(tmp_path / "shop", clock=FixedClock(at("2026-02-01"))) as opened:
        yield opened


def set_clock(shop: Shop, day: str) -> None:
    shop._core.clock.at = at(day)  # type: ignore[attr-defined] # the fixed one


LOGS: dict[Reader, dict[int, Log]] = {}
"""What each profile's log says, of the last data that was asked."""


def logs_of(shop: Shop) -> dict[int, Log]:
    reader = shop._core.reader
    if reader not in LOGS:
        profiles = [row["profile_id"] for row in shop.sql("SELECT profile_id FROM profiles").rows()]
        LOGS.clear()
        LOGS[reader] = {one: reader.profile_log(one) for one in profiles}
    return LOGS[reader]


def members(shop: Shop, segment: str, day: str) -> list[str]:
    """Who is in, by both engines."""
    found = shop.segment(segment, as_of=day).arrow().to_pylist()
    definitions = shop.definitions
    by_reference = set()
    nothing = Statistics(midnight=at(day), next_midnight=at(day) + DAY_US)
    for profile, log in logs_of(shop).items():
        if answer(definitions.segments[segment], log, nothing, at(day), definitions).value:
            by_reference.add(profile)
    assert {row["profile_id"] for row in found} == by_reference
    return sorted(row["identifier"] for row in found)


def test_what_is_given_by_hand_holds_from_then_on(shop: Shop) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "C-1", by="els", reason="started", since=at("2026-02-10"))
    assert members(shop, "staff", "2026-02-09") == []
    assert members(shop, "staff", "2026-02-10") == ["C-1"]
    set_clock(shop, "2026-03-05")
    found = shop.extensions.unset("employee", "anna@example.org", by="jan", reason="left")
    assert found.carried == ()
    assert members(shop, "staff", "2026-03-04T23:59") == ["C-1"]
    assert members(shop, "staff", "2026-03-05") == []
    assert [(one.action, one.origin, one.identifier) for one in found.history] == [
        ("no", "hand:jan", "email:anna@example.org"),
        ("give", "hand:els", "customer_id:C-1"),
    ]
    set_clock(shop, "2026-03-06")
    lifted = shop.extensions.lift("employee", "C-1", by="els")
    assert [one.name for one, _ in lifted.carried] == ["employee"]
    assert members(shop, "staff", "2026-03-06") == ["C-1"]


def test_names_that_look_like_names_made_of_others(shop: Shop) -> None:
    """An extension and a segment are called what a name made of another extension might be."""
    alike = "".join(f"  loyalty_status_{n}: {{label: {{en: N, nl: N}}}}\n" for n in range(4))
    own = shop._core.folder / "definitions" / "alike.yaml"
    own.write_text(
        f"version: 1\nextensions:\n{alike}segments:\n"
        "  carries_employee: {label: {en: A, nl: A}, where: [{extension: score, gt: 5}]}\n"
    )
    with Shop.open(shop._core.folder, clock=FixedClock(at("2026-03-01"))) as opened:
        opened.extensions.set("loyalty_status", "C-2", "gold", by="els")
        opened.extensions.set("employee", "C-2", by="els")
        found = carried_by(opened._core, opened.customers.show("C-2"))
        assert {name: one.value for name, one in found.items()} == {
            "employee": "",
            "loyalty_status": "GOLD",
        }


def test_what_ends_by_itself(shop: Shop) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.set("loyalty_status", "C-2", "gold", by="els", until=at("2026-04-01"))
    counted = shop.segment("golden", as_of="2026-03-02").counts()[0]
    assert (counted.count, counted.valid_until) == (1, at("2026-04-01"))
    assert members(shop, "golden", "2026-03-31T23:59") == ["C-2"]
    assert members(shop, "golden", "2026-04-01") == []


def test_values_are_held_to_their_type(shop: Shop) -> None:
    set_clock(shop, "2026-03-01")
    for name, value in (
        ("score", "much"),
        ("score", "1.5"),
        ("score", None),
        ("loyalty_status", "TIN"),
        ("employee", "yes"),
    ):
        with pytest.raises(UserError) as error:
            shop.extensions.set(name, "C-1", value, by="els")
        assert error.value.code == "extension.value"
    with pytest.raises(UserError, match="no extension 'employe'"):
        shop.extensions.set("employe", "C-1", by="els")
    with pytest.raises(UserError, match="end before it begins"):
        shop.extensions.set("employee", "C-1", by="els", until=at("2026-02-01"))
    shop.extensions.set("score", "C-1", "7", by="els")
    shop.extensions.set("score", "C-2", "3", by="els")
    assert members(shop, "high", "2026-03-01") == ["C-1"]
    assert [value for _, value in shop.extensions.show("C-1").carried] == [7]


def test_persons_who_become_one_carry_what_either_did(shop: Shop) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "dora@example.org", by="els")
    shop.extensions.set("do_not_contact", "dora@example.org", by="els")
    set_clock(shop, "2026-03-02")
    shop.extensions.unset("employee", "C-5", by="els")
    shop.extensions.unset("do_not_contact", "C-5", by="els")
    set_clock(shop, "2026-03-03")
    shop.identity.merge("C-5", "dora@example.org", by="els")
    # the no of one silences the other's grant, but not of what wins on a merge
    assert members(shop, "staff", "2026-03-03") == []
    assert members(shop, "quiet", "2026-03-03") == ["C-5"]
    shop.extensions.unset("do_not_contact", "C-5", by="els")
    assert members(shop, "quiet", "2026-03-03") == []
    shop.identity.unmerge("C-5", "dora@example.org", by="els")
    assert members(shop, "staff", "2026-03-03") == ["dora@example.org"]


def test_a_refresh_sees_words_by_hand(shop: Shop) -> None:
    few_segments(shop._core.folder)
    set_clock(shop, "2026-02-20")
    shop.refresh(as_of="2026-02-20")
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "C-1", by="els", until=at("2026-03-03"))
    set_clock(shop, "2026-03-05")
    shop.refresh(as_of="2026-03-05")
    rows = shop.sql(
        "SELECT epoch_us(entered_at) AS entered, epoch_us(left_at) AS departed FROM memberships "
        "WHERE segment = 'staff'"
    ).rows()
    assert rows == [{"entered": at("2026-03-01"), "departed": at("2026-03-03")}]


def listed(shop: Shop, path: Path, text: str, **how: Any) -> ListChange:  # noqa: ANN401 - what import_list takes
    path.write_text(text, encoding="utf-8")
    return shop.extensions.import_list("employee", path, **how)


def test_a_pasted_list(shop: Shop, tmp_path: Path) -> None:
    set_clock(shop, "2026-03-01")
    text = 'E-mail\n"Anna@Example.org"\n\nBas <bas@example.org>;\nzoe@example.org\nC-3\tCor de Boer\nzoe@example.org\n'
    seen = listed(shop, tmp_path / "staff.csv", text)
    assert not seen.done
    assert members(shop, "staff", "2026-03-01") == []
    assert [one.text for one in seen.added] == ["Anna@Example.org", "bas@example.org", "C-3"]
    assert seen.unknown == ((5, "zoe@example.org"),)
    listed(shop, tmp_path / "staff.csv", text, confirmed=True)
    assert members(shop, "staff", "2026-03-01") == ["C-1", "C-2", "C-3"]
    again = listed(shop, tmp_path / "staff.csv", text, confirmed=True)
    assert again.counts == {
        "added": 0,
        "changed": 0,
        "taken": 0,
        "refused": 0,
        "unchanged": 3,
        "unknown": 1,
    }


def test_a_list_says_who_has_a_standing_no(shop: Shop, tmp_path: Path) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.unset("employee", "C-2", by="els")
    set_clock(shop, "2026-03-02")
    seen = listed(shop, tmp_path / "staff.txt", "C-1\nbas@example.org\n")
    assert [one.text for one in seen.added] == ["C-1"]
    [no] = seen.refused
    assert (no.named.text, no.by, no.at) == ("bas@example.org", "els", at("2026-03-01"))
    done = listed(shop, tmp_path / "staff.txt", "C-1\nbas@example.org\n", confirmed=True)
    assert members(shop, "staff", "2026-03-02") == ["C-1"]
    assert done.counts["added"] == 1
    again = listed(shop, tmp_path / "staff.txt", "C-1\nbas@example.org\n")
    assert (again.counts["refused"], again.counts["unchanged"]) == (1, 1)
    assert not again.refused[0].gives
    folder = str(shop._core.folder)
    call = ["--shop", folder, "--lang", "nl", "extension", "import", str(tmp_path / "staff.txt")]
    told = CliRunner().invoke(root, [*call, "--name", "employee"]).output
    assert "bas@example.org (gezegd door els, 1 maart 2026)" in told
    assert "Er valt niets te veranderen" in told
    # what the list gave counts when the no is lifted
    set_clock(shop, "2026-03-20")
    shop.extensions.lift("employee", "C-2", by="els")
    assert members(shop, "staff", "2026-03-20") == ["C-1", "C-2"]


def test_a_no_for_one_identifier_of_a_label_that_wins_on_merge(shop: Shop, tmp_path: Path) -> None:
    """do_not_contact is said of each identifier: a no of one leaves the others."""
    set_clock(shop, "2026-03-01")
    path = tmp_path / "quiet.txt"
    path.write_text("C-1\nC-2\n")
    shop.extensions.unset("do_not_contact", "C-1", by="els")
    set_clock(shop, "2026-03-02")
    seen = shop.extensions.import_list("do_not_contact", path, confirmed=True)
    assert (seen.counts["refused"], seen.counts["added"]) == (1, 1)
    assert members(shop, "quiet", "2026-03-02") == ["C-2"]
    path.write_text("anna@example.org\n")
    seen = shop.extensions.import_list("do_not_contact", path, confirmed=True)
    assert (seen.counts["refused"], seen.counts["added"]) == (0, 1)
    assert members(shop, "quiet", "2026-03-02") == ["C-1", "C-2"]


def test_each_list_touches_its_own_grants(shop: Shop, tmp_path: Path) -> None:
    set_clock(shop, "2026-03-01")
    listed(shop, tmp_path / "shops.txt", "C-1;C-2@x.nl\nC-2", confirmed=True)
    listed(shop, tmp_path / "office.txt", "C-2,x\nC-3", confirmed=True)
    shop.extensions.set("employee", "dora@example.org", by="els")
    set_clock(shop, "2026-03-02")
    found = listed(shop, tmp_path / "office.txt", "C-3", mode="replace", confirmed=True)
    assert [one.identifier for one in found.taken] == ["customer_id:C-2"]
    assert (found.no_such_list, found.meant) == (None, None)
    for name, meant in (("ofice", "office"), ("zzz", None)):
        mistyped = listed(shop, tmp_path / "now.txt", "C-3", mode="replace", called=name)
        assert (mistyped.no_such_list, mistyped.meant) == (name, meant)
        assert (mistyped.taken, len(mistyped.added)) == ((), 1)
        assert listed(shop, tmp_path / "now.txt", "C-3", called=name).no_such_list is None
    said = run(
        tmp_path / "shop",
        *("extension", "import", str(tmp_path / "now.txt"), "--name", "employee", "--replace"),
        *("--list", "ofice", "--lang", "nl"),
    )
    assert "Geen lijst met de naam “ofice” gaf ooit Medewerker" in said
    assert "Bedoel je --list office?" in said
    # the other list still gives it to C-2; the hand is not touched
    assert members(shop, "staff", "2026-03-02") == ["C-1", "C-2", "C-3", "dora@example.org"]
    set_clock(shop, "2026-03-03")
    listed(shop, tmp_path / "left.txt", "C-2\nC-3\n", mode="remove", confirmed=True)
    assert members(shop, "staff", "2026-03-03") == ["C-1", "dora@example.org"]
    assert members(shop, "staff", "2026-03-02") == ["C-1", "C-2", "C-3", "dora@example.org"]


def test_a_list_with_values(shop: Shop, tmp_path: Path) -> None:
    set_clock(shop, "2026-03-01")
    path = tmp_path / "tiers.csv"
    path.write_text("mail;tier\nanna@example.org;gold\nbas@example.org;SILVER\n")
    shop.extensions.import_list("loyalty_status", path, confirmed=True)
    assert members(shop, "golden", "2026-03-01") == ["C-1"]
    set_clock(shop, "2026-03-02")
    path.write_text("mail;tier\nanna@example.org;gold\nbas@example.org;GOLD\n")
    found = shop.extensions.import_list("loyalty_status", path, confirmed=True)
    assert (found.unchanged, [one.text for one in found.changed]) == (1, ["bas@example.org"])
    assert members(shop, "golden", "2026-03-02") == ["C-1", "C-2"]
    path.write_text("anna@example.org;tin\nbas@example.org\n")
    with pytest.raises(UserError) as error:
        shop.extensions.import_list("loyalty_status", path)
    assert error.value.message.count("line") == 2


def test_completeness_finds_planted_gaps(shop: Shop) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "C-1", by="els")
    shop.extensions.set("employee", "C-2", by="els")
    [found] = shop.extensions.completeness("employee")
    assert (found.expected, found.carried) == (2, 2)
    assert [one for _, one in found.missing] == ["customer_id:C-3"]
    assert [one for _, one in found.unexpected] == ["customer_id:C-2"]
    with pytest.raises(UserError, match="does not say who is expected"):
        shop.extensions.completeness("influencer")


def test_undo_and_erase_take_them_along(shop: Shop, tmp_path: Path) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "C-1", by="els")
    shop.extensions.set("employee", "C-2", by="els")
    shop.imports.undo(1, confirmed=True, figures=False)
    assert members(shop, "staff", "2026-03-02") == []
    assert {one.level for one in shop.doctor()} <= {"ok", "warning"}
    shop.ingest(tmp_path / "orders.csv", mapping=str(tmp_path / "map.yaml"))
    assert members(shop, "staff", "2026-03-02") == ["C-1", "C-2"]
    shop.privacy.erase("C-2", by="els", confirmed=True)
    assert members(shop, "staff", "2026-03-02") == ["C-1"]
    held = shop.sql("SELECT count(*) AS n FROM lake_extension").rows()
    assert held == [{"n": 1}]
    assert {one.level for one in shop.doctor()} <= {"ok", "warning"}


def run(folder: Path, *words: str) -> str:
    result = CliRunner().invoke(root, ["--shop", str(folder), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_commands(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (tmp_path / "staff.txt").write_text("anna@example.org\nnobody@example.org\n")
    listing = ("extension", "import", str(tmp_path / "staff.txt"), "--name", "employee")
    for lang in ("en", "nl"):
        seen = run(folder, *listing, "--lang", lang)
        assert catalogue()["extension.say_yes"][lang] in seen
        assert "nobody@example.org" in seen
    run(folder, *listing, "--yes")
    guidance = shop.definitions.extensions["employee"].guidance
    assert guidance is not None
    for lang, text in (("en", guidance.en), ("nl", guidance.nl)):
        assert str(text) in run(folder, "extension", "show", "C-1", "--lang", lang)
        assert str(text) in run(folder, "customer", "show", "C-1", "--lang", lang)
    assert "e-mailadres anna@example.org" in run(folder, "extension", "show", "C-1", "--lang", "nl")
    assert json.loads(run(folder, "customer", "show", "C-1", "--json"))["extensions"] == [
        {
            "extension": "employee",
            "value": None,
            "guidance": {"en": guidance.en, "nl": guidance.nl},
        }
    ]
    found = json.loads(
        run(folder, "extension", "unset", "employee", "C-1", "--by", "els", "--json")
    )
    assert (found["carried"], found["history"][0]["action"]) == ([], "no")
    found = json.loads(run(folder, "extension", "lift", "employee", "C-1", "--json"))
    assert [one["extension"] for one in found["carried"]] == ["employee"]
    lines = json.loads(run(folder, "extension", "list", "--json"))["extensions"]
    assert {one["extension"]: one["carriers"] for one in lines}["employee"] == 1
    for lang in ("en", "nl"):
        complete = run(folder, "extension", "completeness", "--lang", lang)
        assert "C-3" in complete
        # and of which nobody says who should carry them: all that ship but one, and the shop's own
        assert f"{7 - 1 + 1} " in complete.splitlines()[-1]
        assert "Influencer" in complete.splitlines()[-1]


def test_the_lifecycle_leaves_out_who_reports_leave_out(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    asked = ("lifecycle", "--as-of", "2026-03-02")
    before = json.loads(run(folder, *asked, "--json"))
    assert list(before) == ["as_of", "model", "stages", "anonymous"]
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "C-1", by="els")
    shop.extensions.set("influencer", "C-2", by="els")
    # a treatment never changes a stage: programs are told of everyone
    assert json.loads(run(folder, *asked, "--json")) == before
    # each bought once, 57 days or more before: they are drifting
    reported, left_out = shop.lifecycle.reported(
        parse_instant("2026-03-02", zone="Europe/Amsterdam")
    )
    assert (before["stages"]["drifting"], reported.stages["drifting"]) == (5, 4)
    assert left_out == {"employee": 1}
    assert shop.lifecycle.counts("2026-03-02").stages == before["stages"]
    moved = [
        sum(
            flow.count
            for flow in shop.lifecycle.flows("90 days", as_of="2026-03-02", everybody=one)[0].flows
        )
        for one in (True, False)
    ]
    assert moved[0] == moved[1] + 1
    told = run(folder, *asked, "--lang", "nl", "--flows", "90 days")
    assert "1 weggelaten: medewerker." in told
    assert "weggelaten" not in run(folder, *asked, "--lang", "nl", "--all")


def test_the_report_leaves_them_out_and_adds_up(shop: Shop, tmp_path: Path) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "C-1", by="els")
    whole, without = (
        shop.reporter(as_of="2026-03-02", everybody=one).report("en") for one in (True, False)
    )
    assert whole.left_out == ()
    [left] = without.left_out
    assert (left.label.en, left.count) == ("Employee", 1)
    for name in ("count", "revenue"):
        every = [sum(getattr(one, name) for one in report.stages) for report in (whole, without)]
        assert every[0] == every[1] + getattr(left, name), name
    for step in ("year", "ahead"):
        counts = [sum(f.count for f in getattr(r, step).flows) for r in (whole, without)]
        assert counts[0] == counts[1] + 1, step
    assert without.totals == whole.totals
    [file] = shop.report(tmp_path / "page", as_of="2026-03-02", languages=["nl"])
    assert "1 weggelaten: medewerker." in file.read_text(encoding="utf-8")
    run(
        tmp_path / "shop", "report", "--as-of", "2026-03-02", "--all", "--to", str(tmp_path / "all")
    )
    assert "weggelaten" not in (tmp_path / "all" / "report.html").read_text(encoding="utf-8")


def test_from_when_may_be_a_text(shop: Shop) -> None:
    set_clock(shop, "2026-03-01")
    shop.extensions.set("employee", "C-1", by="els", since="2026-02-10", until="2026-02-20")
    days = ("2026-02-09T23:59", "2026-02-10T00:00", "2026-02-19T23:59", "2026-02-20T00:00")
    assert [members(shop, "staff", f"{day}Z") for day in days] == [[], ["C-1"], ["C-1"], []]
    with pytest.raises(UserError) as error:
        shop.extensions.unset("employee", "C-1", by="els", since="one day")
    assert error.value.code == "instant.invalid"
