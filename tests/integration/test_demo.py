"""The demonstration, judged by a query on its raw files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
from click.testing import CliRunner
from shop_kit import make_shop

from stamgast.cli.main import root
from stamgast.demo import SETS

if TYPE_CHECKING:
    from pathlib import Path

BY_HAND = """
    WITH basket AS (
        SELECT household_id, basket_id, min(transaction_timestamp) AS bought
        FROM read_parquet($file) GROUP BY ALL
    ), customer AS (
        SELECT household_id, count(*) AS n, timestamp '2017-10-01' - max(bought) AS ago
        FROM basket WHERE bought <= timestamp '2017-10-01' GROUP BY ALL
    )
    SELECT count(*), count(*) FILTER (n >= 4 AND ago <= interval 90 day),
        count(*) FILTER (n >= 4 AND ago > interval 90 day), count(*) FILTER (n = 1)
    FROM customer
    """


def demo(folder: Path, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(root, ["demo", "--to", str(folder), "--json", *arguments])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_supermarket_in_dutch_twice(tmp_path: Path) -> None:
    found = demo(tmp_path / "shop", "--data", "groceries", "--lang", "nl")
    (file,) = SETS["groceries"].paths()
    (row,) = duckdb.connect().execute(BY_HAND, {"file": str(file)}).fetchall()
    stages = found["lifecycle"]["stages"]
    assert (sum(stages.values()), stages["loyal"], stages["at_risk"] + stages["red_alert"]) == row[
        :3
    ]
    assert found["segments"]["one_time_buyers"] == row[3]
    assert '<html lang="nl">' in (tmp_path / "shop" / "report.html").read_text(encoding="utf-8")
    english = (tmp_path / "shop" / "report.en.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in english
    assert "93% of the buyers are in one stage, Loyal" in english
    assert "The order history begins on 1 January 2017" in english
    again = demo(tmp_path / "shop", "--data", "groceries", "--lang", "nl")
    assert again["lifecycle"] == found["lifecycle"]
    assert again["import"]["accepted"] == 0


def test_it_does_not_touch_another_shop(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop", [(1, "2010-11-20T10:00:00", 100)]).close()
    result = CliRunner().invoke(root, ["demo", "--to", str(tmp_path / "shop")])
    assert result.exit_code == 1
    assert "another shop" in result.stderr


def test_the_data_is_small_and_says_its_licence() -> None:
    paths = [path for data in SETS.values() for path in data.paths()]
    assert sum(path.stat().st_size for path in paths) <= 2_000_000
    licence = (paths[0].parent / "LICENCE.md").read_text(encoding="utf-8")
    for path in paths:
        assert f"`{path.name}`" in licence
