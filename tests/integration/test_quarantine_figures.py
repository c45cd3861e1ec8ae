"""Rows in quarantine: the report says the number that doctor says, also when a file is read twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner
from collect_kit import csv

from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

OWN = """version: 1
source: till
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    fields: {order: nr, ordered_at: at, total: paid}
    identifiers: {customer_id: who}
"""


def test_a_bad_row_that_is_read_twice_is_one(tmp_path: Path) -> None:
    run, shop, own = CliRunner(), str(tmp_path / "shop"), tmp_path / "own.yaml"
    own.write_text(OWN, encoding="utf-8")
    run.invoke(root, ["init", shop])
    rows = ["nr,at,paid,who", "1,2025-01-01,5,a", "2,2025-01-01,free,b", "3,2025-01-01,gift,c"]
    call = ["--shop", shop, "ingest", str(tmp_path / "x.csv"), "--mapping", str(own)]
    for more in ([], ["4,2025-01-02,6,a"]):
        csv(tmp_path / "x.csv", *rows, *more)
        assert run.invoke(root, call).exit_code == 0
    assert (
        "2 rows that were read could not be understood"
        in run.invoke(root, ["--shop", shop, "doctor"]).stdout
    )
    page = tmp_path / "page"
    made = run.invoke(root, ["--shop", shop, "report", "--to", str(page)])
    assert made.exit_code == 0, made.output
    assert "2 lines are in quarantine" in (page / "report.html").read_text(encoding="utf-8")
