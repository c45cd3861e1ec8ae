"""What a source gives no date for is shown with ≈, and said to be approximate."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from click.testing import CliRunner
from collect_kit import csv

from stamgast.app.shop import Shop
from stamgast.cli.main import root

if TYPE_CHECKING:
    from pathlib import Path

OWN = """version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    where: {column: sort, is: order}
    fields: {order: nr, ordered_at: at, total: paid, status: state, cancelled_at: gone}
    statuses: {cancelled: [cancelled]}
    identifiers: &who {customer_id: who}
  - kind: refunds
    where: {column: sort, is: refund}
    undated: import
    fields: {refund: nr, order: of, at: at, amount: paid}
    identifiers: *who
"""
ROWS = (
    "sort,nr,of,at,paid,state,gone,who",
    "order,1,,2025-01-01,10,ok,,a",
    "order,2,,2025-01-02,20,cancelled,,a",
    "order,3,,2025-01-03,30,cancelled,2025-01-05,a",
    "refund,r1,1,,4,,,a",
    "order,4,,2025-01-04,40,ok,,b",
    "refund,r2,4,2025-01-06,5,,,b",
)


def test_approximate_dates_are_shown(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    with Shop.create(folder, zone="UTC", currency="EUR", country="NL") as shop:
        shop.ingest(csv(tmp_path / "web.csv", *ROWS), mapping=str(tmp_path / "own.yaml"))

    def call(*args: str) -> str:
        made = CliRunner().invoke(root, ["--shop", str(folder), *args])
        assert made.exit_code == 0, made.output
        return made.stdout

    told = json.loads(call("customer", "timeline", "customer_id:a", "--json"))["timeline"]
    marked = {one["name"] or one["order"]: one for one in told if one.get("approximate")}
    assert {(one["kind"], name) for name, one in marked.items()} == {
        ("order", "2"),
        ("refund", "web:1"),
    }
    assert marked["2"]["at"] == "2025-01-02T00:00:00Z"
    assert marked["2"]["not_counting_since"] == marked["web:1"]["at"] > "2026"
    assert not any("not_counting_since" in one for one in told if one["name"] == "3")
    shown = call("customer", "timeline", "customer_id:a")
    assert len(re.findall(r"^≈ \d", shown, re.MULTILINE)) == 1
    assert "cancelled or not paid (≈ " in shown
    assert "The source gives no date for this" in shown
    assert "geen datum" in call("customer", "show", "customer_id:a", "--lang", "nl")
    assert json.loads(call("customer", "show", "customer_id:a", "--json"))["approximate"] is True
    # whose dates are all known, of that nothing is said
    assert "≈" not in call("customer", "timeline", "customer_id:b")
    assert "≈" not in call("customer", "show", "customer_id:b")
    assert json.loads(call("customer", "show", "customer_id:b", "--json"))["approximate"] is False
    before = call("customer", "show", "customer_id:a", "--as-of", "2025-02-01", "--json")
    assert json.loads(before)["approximate"] is False
    call("report", "--customer", "customer_id:a", "--lang", "nl", "--to", str(tmp_path / "page"))
    page = (tmp_path / "page" / "report.html").read_text(encoding="utf-8")
    assert "De bron geeft hiervoor geen datum" in page
    assert "<time>≈ " in page
