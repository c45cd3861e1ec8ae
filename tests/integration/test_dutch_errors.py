"""The usual mistakes, made in Dutch: nothing that is said about them is left in English."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.report.dutch import dutch

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
source: mijn
zone: Europe/Amsterdam
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: Nummer, ordered_at: Datum, total: Bedrag}
    identifiers: {email: E-mail}
"""
HEAD = "Nummer;Datum;Bedrag;E-mail\n"
GOOD = f"{HEAD}1;2025-05-01;10,00;a@example.org\n"
ENGLISH = re.compile(
    r"\b(the|is not|there is|did you mean|problems?|unknown|missing|such file|folder|write it|line|and)\b"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fout")
    texts = {
        "goed.yaml": MAPPING,
        "sleutel.yaml": MAPPING.replace("currency:", "curency:"),
        "veld.yaml": MAPPING.replace("total: Bedrag", "totaal: Bedrag"),
        "goed.csv": GOOD,
        "kolom.csv": GOOD.replace("Bedrag", "Prijs"),
        "leeg.csv": "",
        "rij.csv": f"{HEAD}2;2025-05-01;tien;a@example.org\n3;nooit;10,00;a@example.org\n4;2025-05-01;;a@example.org\n",
    }
    for name, text in texts.items():
        (path / name).write_text(text, encoding="utf-8")
    (path / "latijn.csv").write_bytes(GOOD.replace("a@", "joël@").encode("cp1252"))
    with Shop.create(path / "winkel", name="Klaver", language="nl"):
        return path


def said(folder: Path, *arguments: str, shop: str = "winkel") -> tuple[int, str, dict[str, str]]:
    """The exit code, what is written for people, and the error for programs, in English."""
    call = ["--shop", str(folder / shop), *arguments]
    call = [one.replace("@/", f"{folder}/") for one in call]
    told = CliRunner().invoke(root, call)
    error = json.loads(CliRunner().invoke(root, [*call, "--json"]).stdout).get("error", {})
    return told.exit_code, told.output, error


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("ingest", "@/bestaatniet.csv", "--mapping", "@/goed.yaml"), "zo'n bestand is er niet"),
    (("ingest", "@/winkel", "--mapping", "@/goed.yaml"), "noem de bestanden, zoals"),
    (("ingest", "@/latijn.csv", "--mapping", "@/goed.yaml"), "dit is geen UTF-8: byte 0xEB"),
    (("ingest", "@/leeg.csv", "--mapping", "@/goed.yaml"), "het bestand is leeg"),
    (("ingest", "@/goed.csv", "--mapping", "@/sleutel.yaml"), "onbekende sleutel `curency`"),
    (("ingest", "@/goed.csv", "--mapping", "@/sleutel.yaml"), "bedoel je `currency`?"),
    (("ingest", "@/goed.csv", "--mapping", "@/veld.yaml"), "hebben geen veld `totaal`"),
    (("ingest", "@/kolom.csv", "--mapping", "@/goed.yaml"), "die heeft het bestand niet"),
    (("ingest", "@/goed.csv", "--mapping", "shopify-order"), "bedoel je `shopify-orders`?"),
    (("ingest", "undo", "99"), "ingest list` geeft de nummers"),
    (("segment", "count", "vipp"), "bedoel je `vip`?"),
    (("customer", "show", "niemand@example.org"), "niemand is bekend als"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_errors(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    code, text, error = said(folder, *arguments)
    assert code == 1, text
    assert words in text
    for part in (error["message"], error["hint"]):
        assert dutch(part) != part or not part
    own = "\n".join(line.replace(str(folder), "") for line in text.splitlines())
    own = re.sub(r"`[^`]*`|'[^']*'", "", own)  # names and commands
    assert not ENGLISH.search(own), own


USAGE: list[tuple[tuple[str, ...], str]] = [
    (("lifecycle", "--as-of", "gisteren"), "'gisteren' is geen moment; schrijf het als"),
    (("lifecycle", "--wanneer", "nu"), "Er is geen optie '--wanneer'"),
    (("customer", "show"), "'ID' ontbreekt."),
    (("ingest", "x.csv"), "De optie '--mapping' ontbreekt."),
    (("segmnt",), "Er is geen opdracht 'segmnt'; bedoel je `segment`?"),
    (("customer", "show", "1", "2"), "Dit is te veel: 2"),
    (("customer", "timeline", "1", "--limit", "x"), "'x' is geen heel getal"),
    (("demo", "--data", "boeken"), "'boeken' is er niet een van"),
    (("serve", "--port", "x"), "Verkeerde waarde voor '--port': 'x' is geen heel getal."),
    (("segment", "export", "vip"), "De optie '--for' ontbreekt. Kies uit:\n\temail"),
    (("customer", "set", "1", "city"), "Geef óf een VALUE, óf --empty."),
]


@pytest.mark.parametrize(("arguments", "words"), USAGE)
def test_how_a_command_is_called(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    told = CliRunner().invoke(root, ["--shop", str(folder / "winkel"), *arguments])
    assert told.exit_code == 2
    assert words in told.output
    assert "Gebruik: " in told.output
    assert not re.search("Error:|Invalid|Missing", told.output)
    english = CliRunner().invoke(root, ["--shop", str(folder / "winkel"), *arguments, "--lang=en"])
    assert english.exit_code == 2
    assert "Error: " in english.output


def test_a_dutch_date_is_a_date(folder: Path) -> None:
    call = ["--shop", str(folder / "winkel"), "lifecycle", "--json", "--as-of"]
    asked = [CliRunner().invoke(root, [*call, day]).stdout for day in ("31-12-2026", "2026-12-31")]
    assert asked[0] == asked[1]
    assert json.loads(asked[0])["as_of"] == "2026-12-30T23:00:00Z"
    assert CliRunner().invoke(root, [*call, "12-31-2026"]).exit_code == 2


def test_what_an_import_sets_and_cannot_read(folder: Path) -> None:
    shop = str(folder / "nieuw")
    assert CliRunner().invoke(root, ["init", shop, "--lang", "nl"]).exit_code == 0
    files = [str(folder / "rij.csv"), "--mapping", str(folder / "goed.yaml")]
    told = CliRunner().invoke(root, ["--shop", shop, "ingest", *files, "--lang", "nl"])
    assert told.exit_code == 0, told.output
    assert "tijdzone Europe/Amsterdam, valuta EUR, land NL" in told.stdout
    assert f"--shop {shop} quarantine list toont ze" in told.stdout
    found = CliRunner().invoke(root, ["--shop", shop, "doctor", "--lang", "nl"]).stdout
    assert "rij.csv:2: het totaal is geen bedrag: Bedrag = 'tien'" in found
    assert "None" not in found
    for line in (line for line in found.splitlines() if "rij.csv" in line):
        assert not ENGLISH.search(line.partition("rij.csv")[2]), line
