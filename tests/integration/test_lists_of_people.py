"""Lists that people work with: segments and their members, and what an import says of persons and rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    where: {column: number, empty: false}
    fields: {order: number, ordered_at: at, total: total}
    identifiers: {customer_id: customer, email: email}
  - kind: customers
    where: {column: number, empty: true}
    attributes: {first_name: first, last_name: last}
    identifiers: {customer_id: customer, email: email}
"""
HEAD = "number,at,total,customer,email,first,last\n"
ROWS = """\
1,2026-01-01,10,C1,,,
2,2026-01-02,20,,a@example.org,,
,,,C1,a@example.org,Anna,Bos
3,2026-01-03,30,C2,,,
4,2026-05-03,30.50,C2,,,
5,oops,30,C3,,,
"""
MENDED = "5,2026-01-05,30,C3,,,\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Imports: the file, one with the bad row mended, and the first again."""
    folder = tmp_path_factory.mktemp("people")
    Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
    (folder / "web.yaml").write_text(MAPPING)
    for name, text in (("all", ROWS), ("mended", MENDED)):
        (folder / f"{name}.csv").write_text(HEAD + text)
    reports = []
    for name in ("all", "mended", "all"):
        call = ("ingest", str(folder / f"{name}.csv"), "--mapping", str(folder / "web.yaml"))
        reports.append(json.loads(run(folder, *call, "--json").stdout))
    words = run(folder, "--lang", "nl", *call).stdout
    return {"folder": folder, "reports": reports, "words": words}


def run(folder: Path, *words: str, **env: str) -> Any:  # noqa: ANN401 - click's Result
    return CliRunner(env=env).invoke(root, ["--shop", str(folder / "shop"), *words])


def test_an_import_counts_persons_not_identifiers(told: dict[str, Any]) -> None:
    first = told["reports"][0]
    assert (first["orders_counting"], first["buyers"]) == (4, 2)


def test_rows_that_were_mended_elsewhere_do_not_seem_to_wait(told: dict[str, Any]) -> None:
    first, mended, again = told["reports"]
    assert [sum(one["quarantined"].values()) for one in told["reports"]] == [1, 0, 1]
    assert [one["settled"] for one in (first, mended, again)] == [0, 0, 1]
    assert [one["waiting"] for one in (first, mended, again)] == [1, 0, 0]
    assert "1 van de apart gezette regels is eerder hersteld of terzijde gelegd" in told["words"]


def test_members_are_people(told: dict[str, Any]) -> None:
    call = ("--lang", "nl", "segment", "members", "returned_customers", "--as-of", "2026-06-01")
    [line] = [one for one in run(told["folder"], *call).stdout.splitlines() if "C2" in one]
    assert line.startswith("profile:")  # nobody knows a name
    assert "3 mei 2026" in line
    assert "€\N{NO-BREAK SPACE}60,50" in line
    nobody = ("segment", "members", "coupon_shoppers", "--as-of", "2026-02-01")
    assert "known from the next" not in run(told["folder"], *nobody).stdout
    call = (
        "--lang",
        "nl",
        "segment",
        "members",
        "one_time_buyers",
        "--as-of",
        "2026-01-01T12:00:00Z",
    )
    shown = run(told["folder"], *call).stdout
    [line] = [one for one in shown.splitlines() if "Anna" in one]
    assert line.startswith("Anna Bos")
    assert "2 januari 2026" not in line.split("   ")[2]  # not yet ordered then
    assert "€\N{NO-BREAK SPACE}10,00" in line
    assert "bekend vanaf de volgende" in shown


def test_segments_each_take_a_line_and_what_they_are(told: dict[str, Any]) -> None:
    for width in ("60", "100", "160"):
        call = ("--lang", "nl", "segment", "list", "--as-of", "2026-04-01")
        shown = run(told["folder"], *call, COLUMNS=width).stdout.splitlines()
        place = next(n for n, line in enumerate(shown) if line.startswith("Beste klanten "))
        assert shown[place].endswith(" best_buyers")
        about = [one.strip() for one in shown[place + 1 : place + 4] if one.startswith("    ")]
        assert " ".join(about).startswith("De beste 20% van de kopers van het laatste jaar")
        assert max(map(len, shown[place + 1 : place + 3])) <= int(width)


def test_a_stage_is_no_segment_but_near(told: dict[str, Any]) -> None:
    for command in ("worth", "upcoming", "sizes"):
        refused = run(told["folder"], "--lang", "nl", "segment", command, "loyal")
        assert refused.exit_code == 1
        assert "bedoel je `stage:loyal`?" in refused.output
