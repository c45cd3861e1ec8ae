"""An open shop keeps no tables of questions that were answered: each may be as large as the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shop_kit import make_shop

from stamgast.app.exporting import ExportAsked
from stamgast.app.glance import Glance
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.app.shop import Shop

ORDERS = [(1, "2010-11-20T10:00:00", 100), (1, "2010-12-10T15:00:00", 25), (2, "2010-12-05", 40)]
AS_OF = "2010-12-15"
BOUNDS = (parse_instant("2010-11-30"), parse_instant(AS_OF))
HELD = (
    "SELECT table_name AS name FROM duckdb_tables() WHERE temporary UNION ALL "
    "SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
)


def held(shop: Shop) -> set[str]:
    """But for the ranks of a midnight, which are asked again and again."""
    found = {name for (name,) in shop._core.reader.db.run(HELD)}
    return {name for name in found if not name.startswith("stamgast_scores_")}


def test_what_a_question_made_is_gone_when_it_is_answered(tmp_path: Path) -> None:
    with make_shop(tmp_path / "shop", ORDERS) as shop:
        # and where there is nothing to ask, nothing is opened
        assert (shop.identity.verdicts(), shop.identity.verdict_names()) == ((), {})
        assert shop._core._reader is None
        before = held(shop)
        until = parse_instant("2011-01-04T00:00:00.000001Z")
        assert shop.lifecycle.valid_until(as_of=AS_OF) == until
        assert len(shop.lifecycle.stage(as_of=AS_OF).rows()) == 2
        flows = shop.lifecycle.flows("1 month", as_of=AS_OF, steps=2)
        ahead = shop.lifecycle.ahead("2011-03-01", as_of=AS_OF)
        assert [sum(flow.count for flow in step.flows) for step in (*flows, ahead)] == [1, 2, 2]
        who, many = Glance(shop._core, shop).moved(BOUNDS, "", "new_buyer")
        assert (len(who), many) == (1, 1)
        assert len(shop.segments(as_of=AS_OF)) > 20
        assert len(shop.insight.upcoming("stage", days=30, as_of=AS_OF).values) == 1
        assert held(shop) == before == set()


def test_nor_what_lists_plans_and_exports_made(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with make_shop(folder, ORDERS) as shop:
        own = "version: 1\nsegments:\n  few: {label: Few, where: {did: order, at_most: 1}}\n"
        (folder / "definitions" / "own.yaml").write_text(own)
        shop.refresh(as_of="2010-12-08")
        assert held(shop) == set()
        members = shop.segment("few", as_of=AS_OF)
        assert [row["identifier"] for row in members.rows()] == ["2"]
        assert held(shop) == set()
        plan = shop.lifecycle.thresholds.plan({"lifecycle_new": 20}, as_of=AS_OF)
        assert sum(now for now, _ in plan.stages.values()) == 2
        assert held(shop) == set()
        wanted = ExportAsked(segment="few", channel="email")
        assert shop.exports.segment(wanted, tmp_path / "few.csv", as_of=AS_OF).members == 1
        assert held(shop) == set()
