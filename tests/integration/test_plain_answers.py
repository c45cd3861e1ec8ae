"""What the commands say to people: how many of whom, by hand on a small shop."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.report.dutch import dutch
from stamgast.report.speaker import Speaker

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.report.words import Language

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
"""
ORDERS = """number,at,total,customer,email
1,2026-01-01,10,C-1,anna@example.org
2,2026-02-02,10,C-2,bas@example.org
3,2026-02-03,10,C-3,cor@example.org
4,2026-03-04,20,,cor@example.org
"""
OWN = """
version: 1
segments:
  all_known: {label: {en: Known, nl: Bekenden}, where: [{any: [{extension: employee}, {not: {extension: employee}}]}]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("plain") / "shop"
    (place.parent / "web.yaml").write_text(MAPPING, encoding="utf-8")
    (place.parent / "orders.csv").write_text(ORDERS, encoding="utf-8")
    Shop.create(place, country="NL").close()
    (place / "definitions" / "own.yaml").write_text(OWN, encoding="utf-8")
    with Shop.open(place) as shop:
        shop.ingest(str(place.parent / "orders.csv"), mapping=str(place.parent / "web.yaml"))
        shop.extensions.set("employee", "C-1", by="els", since=1_767_225_600_000_000)
    return place


def said(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(root, ["--shop", str(folder), "--lang", "nl", *words])
    assert done.exit_code == 0, done.output
    return done.output


AT = ("--as-of", "2026-03-10")


def test_who_is_left_out_of_reports_is_told_beside_the_segment(folder: Path) -> None:
    counted = said(folder, "segment", "count", "all_known", *AT)
    assert counted.splitlines()[0].startswith("Bekenden: 3 klanten")
    assert counted.splitlines()[-1] == "Van hen laten rapporten er 1 weg: Medewerker 1."
    assert "rapporten er 1 weg: Medewerker 1." in said(
        folder, "segment", "members", "all_known", *AT
    )
    listed = said(folder, "segment", "list", *AT)
    line = next(one for one in listed.splitlines() if one.startswith("Bekenden "))
    assert line.split() == ["Bekenden", "3", "1", "all_known"]
    assert "rapporten" in "".join(listed.splitlines()[2:5])
    told = json.loads(said(folder, "segment", "count", "all_known", *AT, "--json"))
    assert set(told) == {"segment", "as_of", "count", "valid_until"}
    lines = json.loads(said(folder, "segment", "list", *AT, "--json"))["segments"]
    keys = {"segment", "label", "about", "count", "not_known", "valid_until"}
    assert all(set(one) == keys for one in lines)


def test_where_nobody_is_left_out_nothing_is_said_of_it(folder: Path) -> None:
    early = ("--as-of", "2025-12-31")
    assert "rapporten" not in said(folder, "segment", "count", "all_known", *early)


def test_figures_show_the_newest_months_and_their_total(folder: Path) -> None:
    out = said(folder, "figures", *AT, "--limit", "2")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for line in ("februari 2026 2 € 20,00 ", "maart 2026 1 € 20,00 ", "Totaal 4 € 50,00 "):
        assert any(one.startswith(line) for one in lines), line
    assert "Nog 1 eerdere rij: --limit toont er meer." in lines
    assert "januari 2026" not in out


def test_a_chart_is_written_as_svg_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    for name in ("x.png", "nowhere/x.svg"):
        words = ("--shop", str(folder), "--lang", "nl", "figures", "--svg", str(tmp_path / name))
        done = CliRunner().invoke(root, words)
        assert done.exit_code == 1
        assert "SVG" in done.output or "die map is er niet" in done.output
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("en", "nl"),
    [
        ("line 2: `tier` needs a value; values are A, B", "regel 2: `tier` heeft een waarde nodig"),
        ("line 4: '2024-13' is not a month", "regel 4: '2024-13' is geen maand"),
        ("cannot be read: [Errno 2] No such file or directory: 'x'", "zo'n bestand of map is er"),
        ("say which: \n    profile:1  Jan", "zeg welke:\n    profile:1  Jan"),
        ("there is no purpose 'nieuws'", "er is geen doel 'nieuws'"),
        ("its quotes do not fit: unexpected end of data", "kloppen niet: het bestand houdt ertuss"),
        ("its quotes do not fit: ';' expected after '\"'", "kloppen niet: na het aanhalingsteken"),
    ],
)
def test_what_is_wrong_is_said_in_dutch(en: str, nl: str) -> None:
    assert nl in dutch(en)


def test_a_wrong_call_is_said_in_dutch() -> None:
    done = CliRunner().invoke(root, ["--lang", "nl", "segment", "upcoming", "vip", "--days", "0"])
    assert "Verkeerde waarde voor '--days': 0 ligt niet van 1 tot en met 3660." in done.output


def test_a_reason_names_the_field_in_words() -> None:
    for language, words in (
        ("nl", "de besteldatum is geen moment: Datum = '31-13-2025'"),
        ("en", "the date of the order is not an instant: Datum = '31-13-2025'"),
    ):
        speaker = Speaker(cast("Language", language), cast("Any", None), zone="UTC", currency="EUR")
        assert speaker.reason("ordered_at is not an instant: Datum = '31-13-2025'") == words
        assert speaker.reason("nothing is in it")


def test_what_a_label_is_left_out_of_is_said_in_words(folder: Path) -> None:
    listed = said(folder, "extension", "list", *AT)
    assert "campagnes, spaarprogramma, rapporten" in listed
    assert re.search("^Geen beloningen +0 +0 +0 +no_reward ", listed, re.MULTILINE)


def test_a_list_of_commands_cuts_no_sentence_off() -> None:
    shown = CliRunner().invoke(root, ["segment", "--help"]).output
    assert "..." not in shown.partition("Commands:")[2]
    assert "who is left out, and why, is shown." in " ".join(shown.split())


def test_stages_over_time_are_lines_with_a_title(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "sizes.svg"
    said(folder, "segment", "sizes", "stage", "--months", "4", *AT, "--svg", str(target))
    rows = json.loads(said(folder, "segment", "sizes", "stage", "--months", "4", *AT, "--json"))[
        "rows"
    ]
    tree = ET.fromstring(target.read_text(encoding="utf-8"))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    drawn = tree.findall(f"{space}polyline")
    assert len(drawn) == len({row["stage"] for row in rows}) > 1
    points = tree.findall(f"{space}circle[{space}title]")
    assert len(points) == len(rows) == 5 * len(drawn)  # without those beside the names
    texts = ["".join(one.itertext()) for one in tree.findall(f"{space}text")]
    title = " ".join(texts[-3:])
    assert "10 maart 2026" in title
    left, top, wide, high = map(float, tree.get("viewBox", "").split())
    for one in tree.findall(f"{space}text"):
        assert left < float(one.get("x", "")) < left + wide
        assert top < float(one.get("y", "")) < top + high


def test_completeness_names_customers_in_words(folder: Path) -> None:
    lines = said(folder, "extension", "completeness", *AT).splitlines()
    assert lines[0].startswith("Medewerker: gedragen door 1, verwacht van 0")
    assert any(line.strip() == "klantnummer C-1" for line in lines)
