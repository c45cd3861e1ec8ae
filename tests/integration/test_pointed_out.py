"""What an import points out: rows that stand in a file twice, and files read with another mapping before."""

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
source: {source}
zone: UTC
currency: EUR
country: NL
rows:
  - kind: order_lines
    fields: {{order: order, ordered_at: at, sku: sku, amount: {amount}, status: status}}
    statuses: {statuses}
    identifiers: {{customer_id: who}}
"""
HEAD = "order,at,sku,amount,status,who\n"
A1 = "1,2026-01-01,A,10,paid,C1\n"
B1 = "1,2026-01-01,B,5,paid,C1\n"
A2 = "2,2026-01-02,A,10,gone,C2\n"
A3 = "3,2026-01-03,A,10,paid,C3\n"
C3 = "3,2026-01-03,C,7,paid,C3\n"
A4 = "4,2026-01-04,A,10,paid,C4\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pointed")
    Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
    return folder


def run(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(root, ["--shop", str(folder / "shop"), *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def read(
    folder: Path,
    source: str,
    *rows: str,
    statuses: str = "{}",
    amount: str = "amount",
    lang: str | None = None,
) -> Any:  # noqa: ANN401 - JSON, or text in a language
    mapping = MAPPING.format(source=source, statuses=statuses, amount=amount)
    (folder / f"{source}.yaml").write_text(mapping)
    (folder / f"{source}.csv").write_text(HEAD + "".join(rows))
    files = ("ingest", str(folder / f"{source}.csv"), "--mapping", str(folder / f"{source}.yaml"))
    if lang:
        return run(folder, "--lang", lang, *files)
    return json.loads(run(folder, *files, "--json"))


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        ("beside", (A1, A1, B1, A2, A3, C3, A4), 0),
        ("in_the_block", (A1, B1, A1, A2, A3, C3, A4), 0),
        ("further_on", (A1, B1, A2, A3, C3, A1, B1, A4), 2),
        ("all_again", (A1, B1, A2, A3, C3, A4) * 2, 6),
        ("three_times", (A1, A2, A1, A3, A1, A4), 2),
        # not sorted by order: equal lines stand apart as any others do
        ("by_article", (A1, A2, A3, A4, A1, B1, C3), 0),
        ("of_others", (A1, A2, A3, A4, B1), 0),
    ],
)
def test_rows_that_stand_twice_far_apart(
    folder: Path, name: str, rows: tuple[str, ...], expected: int
) -> None:
    found = read(folder, name, *rows)
    assert found["rows_twice"] == expected
    assert found["row_twice"] == ("1" if expected else None)
    assert found["accepted"] == len(rows)
    # read again it is no news, and nothing is pointed out
    assert read(folder, name, *rows)["rows_twice"] == 0


def test_it_is_said_in_words(folder: Path) -> None:
    told = read(folder, "words", A1, A2, A1, A3, A4, lang="nl")
    assert "1 regel is gelijk aan een eerdere regel van dezelfde bestelling" in told
    assert "(bestelling 1)" in told


def test_a_changed_mapping_is_noticed_and_what_is_said_to_do_helps(folder: Path) -> None:
    rows, cancelled, never = (A1, A2), "{cancelled: [gone]}", "{never: [gone]}"
    first = read(folder, "mended", *rows, statuses=cancelled)
    assert first["read_otherwise"] == []
    # other files of the same mapping: nothing to say
    assert read(folder, "mended", A3, statuses=cancelled)["read_otherwise"] == []
    again = read(folder, "mended", *rows, statuses=never)
    assert (again["accepted"], again["read_otherwise"]) == (0, [first["batch"], first["batch"] + 1])
    # it is said when it changes, and whenever a file is read that was read otherwise before
    assert read(folder, "mended", A4, statuses=never)["read_otherwise"] == []
    assert read(folder, "mended", *rows, statuses=never)["read_otherwise"] == [first["batch"]]
    told = read(folder, "mended", *rows, statuses=never, lang="nl")
    assert f"ingest undo {first['batch']}`" in told
    checked = run(folder, "doctor")
    assert f"import {first['batch']} were read again with a changed mapping" in checked
    assert "cancelled" in run(folder, "customer", "timeline", "C2")
    with Shop.open(folder / "shop") as shop:
        shop.imports.undo(first["batch"], confirmed=True, figures=False)
    assert "changed mapping" not in run(folder, "doctor")
    assert read(folder, "mended", *rows, statuses=never)["read_otherwise"] == []


def test_what_is_read_anew_with_a_changed_mapping_counts_and_is_not_warned_of(folder: Path) -> None:
    row = "8,2026-01-08,25,10,paid,C8\n"
    read(folder, "sums", row)
    again = read(folder, "sums", row, amount="sku")
    assert (again["accepted"], again["read_otherwise"]) == (1, [])
    assert "25.00" in run(folder, "customer", "timeline", "C8")
    assert "changed mapping" not in run(folder, "doctor")
