"""The demonstration, judged by a query on its raw files."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from click.testing import CliRunner
from shop_kit import make_shop

from stamgast.app.demonstration import CUSTOMERS, demonstrate_made_up
from stamgast.cli.demo import made_up_folder
from stamgast.cli.main import root
from stamgast.demo import SETS

if TYPE_CHECKING:
    import pytest

BY_HAND = """
    WITH basket AS (
        SELECT household_id, basket_id, min(transaction_timestamp) AS bought
        FROM read_parquet($file) GROUP BY ALL
    ), customer AS (
        SELECT household_id, count(*) AS n, timestamp '2018-01-02' - max(bought) AS ago
        FROM basket WHERE bought <= timestamp '2018-01-02' GROUP BY ALL
    )
    SELECT count(*), count(*) FILTER (n >= 4 AND ago <= interval 90 day),
        count(*) FILTER (n >= 4 AND ago > interval 90 day), count(*) FILTER (n = 1)
    FROM customer
    """


def demo(folder: Path, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(
        root, ["demo", "--to", str(folder), "--json", "--only", "real", *arguments]
    )
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def sql(query: str, **values: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(query, values).fetchall()


def test_the_supermarket_in_dutch_twice(tmp_path: Path) -> None:
    found = demo(tmp_path / "shop", "--data", "groceries", "--lang", "nl")
    (file,) = SETS["groceries"].paths()
    (row,) = sql(BY_HAND, file=str(file))
    stages = found["lifecycle"]["stages"]
    assert (sum(stages.values()), stages["loyal"], stages["at_risk"] + stages["red_alert"]) == row[
        :3
    ]
    assert found["segments"]["one_time_buyers"] == row[3]
    assert '<html lang="nl">' in (tmp_path / "shop" / "report.html").read_text(encoding="utf-8")
    english = (tmp_path / "shop" / "report.en.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in english
    assert "90% of the buyers are in one stage, Loyal" in english
    assert "The order history begins on 1 January 2017" in english
    again = demo(tmp_path / "shop", "--data", "groceries", "--lang", "nl")
    assert again["lifecycle"] == found["lifecycle"]
    assert again["import"]["accepted"] == 0


# --- the made-up shop ----------------------------------------------------------------------------

DAY = date(2026, 11, 22)
TOLD = (
    "Trouw ",
    "→ Houd de beste klanten dichtbij",
    "klant sinds",
    "Wat je nu zegt",
    "elk verschil helemaal verklaard",
    "de beste 20% van hen brengt daarvan",
)
BOUGHT_ONCE = """
    WITH bought AS (
        SELECT DISTINCT order_no, customer_id FROM read_parquet($files || '/orders-*.parquet')
        WHERE status = 'completed' AND ordered_at > TIMESTAMPTZ '2000-01-01 00:00:00+00'
    ), once AS (SELECT customer_id FROM bought GROUP BY ALL HAVING count(*) = 1)
    SELECT count(*) FROM once JOIN read_csv($files || '/truth/planted.csv', all_varchar = true)
        ON identifier = customer_id WHERE segment = 'one_time_buyers' AND belongs = 'true'
    """


def test_the_made_up_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made once, and seen on its own day however late it is asked."""
    folder = tmp_path / "shop-made-up"
    made = demonstrate_made_up(folder, "nl", until=DAY)
    with made.shop:
        found = made.as_json()
    with (folder / "source" / "truth" / "totals.csv").open(encoding="utf-8") as rows:
        orders = sum(int(row["orders"]) for row in csv.DictReader(rows))
    assert sum(report.orders_counting for report in made.imports) == orders > CUSTOMERS
    assert found["as_of"] == "2026-11-21T23:00:00Z"
    counts = found["segments"]
    assert isinstance(counts, dict)
    assert [name for name, count in counts.items() if not count] == []
    [(planted,)] = sql(BOUGHT_ONCE, files=str(folder / "source"))
    assert counts["one_time_buyers"] >= planted > 0
    assert '<html lang="nl">' in (folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in (folder / "report.en.html").read_text(encoding="utf-8")

    monkeypatch.setenv("COLUMNS", "80")
    asked = ["demo", "--to", str(tmp_path / "shop"), "--only", "made-up", "--lang", "nl"]
    result = CliRunner().invoke(root, asked)
    assert result.exit_code == 0, result.output
    told, _, ends = result.stdout.partition("report.html")
    assert [part for part in TOLD if part not in " ".join(told.split())] == []
    assert f"{folder} figures --as-of 2026-11-22" in ends
    paragraphs = told[told.index("Groepen om te kennen") :].splitlines()[:-1]
    assert max(len(line) for line in paragraphs) <= 80


# --- both ----------------------------------------------------------------------------------------


def test_it_does_not_touch_another_shop(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop", [(1, "2010-11-20T10:00:00", 100)]).close()
    result = CliRunner().invoke(root, ["demo", "--to", str(tmp_path / "shop"), "--only", "real"])
    assert result.exit_code == 1
    assert "another shop" in result.stderr


def test_the_data_is_small_and_says_its_licence() -> None:
    paths = [path for data in SETS.values() for path in data.paths()]
    assert sum(path.stat().st_size for path in paths) <= 2_000_000
    licence = (paths[0].parent / "LICENCE.md").read_text(encoding="utf-8")
    for path in paths:
        assert f"`{path.name}`" in licence


def test_the_made_up_shop_stands_beside_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "in").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "in")
    assert str(made_up_folder(Path("demo-shop"))) == "demo-shop-made-up"
    assert made_up_folder(tmp_path / "shop") == tmp_path / "shop-made-up"
    assert made_up_folder(Path()) == tmp_path / "here" / "in-made-up"
    assert made_up_folder(Path("..")) == tmp_path / "here-made-up"
