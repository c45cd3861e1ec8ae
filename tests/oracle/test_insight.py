"""Insight on real shops, through the Python API, against hand-written SQL on the raw files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import insight_sql
import pytest
from retail_oracle import RetailOracle, complete_journey, online_retail

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.app.insight_answer import InsightAnswer

DATA = Path(__file__).parent.parent / "data"
CJ = DATA / "complete_journey" / "transactions.parquet"
OR_FILES = [
    DATA / "online_retail" / f"online_retail_{years}.parquet"
    for years in ("2009_2010", "2010_2011")
]
DAY = insight_sql.DAY
ASKED = [
    ("cj", "2017-06-01"),
    ("cj", "2017-12-31T12:00:00Z"),
    ("cj", "2018-01-02"),
    ("or", "2010-08-14T09:41:00Z"),
    ("or", "2011-10-01"),
    ("or", "2011-12-10"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A shop and its judge."""

    shop: Shop
    oracle: RetailOracle

    def ask(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.oracle.connection.execute(query, values).fetchall()
        return rows

    def at(self, text: str) -> int:
        return parse_instant(text, zone=self.oracle.zone)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Judged]]:
    folder = tmp_path_factory.mktemp("insight")
    groceries, gifts = Shop.create(folder / "cj"), Shop.create(folder / "or")
    groceries.ingest(CJ, mapping="complete-journey")
    gifts.ingest(*OR_FILES, mapping="online-retail")
    yield {
        "cj": Judged(shop=groceries, oracle=complete_journey(CJ)),
        "or": Judged(shop=gifts, oracle=online_retail(*OR_FILES)),
    }
    groceries.close()
    gifts.close()


def cells(answer: InsightAnswer, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in answer.values]


# --- upcoming -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "asked"), ASKED)
@pytest.mark.parametrize("days", [1, 14, 200])
def test_upcoming_stages(name: str, asked: str, days: int, judged: dict[str, Judged]) -> None:
    one = judged[name]
    t = one.at(asked)
    found = one.shop.insight.upcoming("stage", days=days, as_of=t)
    expected = one.ask(insight_sql.UPCOMING_STAGES, t=t, until=t + days * DAY)
    got = cells(found, "customer", "at", "before", "after", "worth_minor")
    assert sorted(got) == sorted(expected)
    assert [row[1] for row in got] == sorted(row[1] for row in got)
    assert found.facts["changes"] == len(expected)


@pytest.mark.parametrize(("name", "asked"), ASKED)
@pytest.mark.parametrize("segment", list(insight_sql.UPCOMING))
def test_upcoming_segments(name: str, asked: str, segment: str, judged: dict[str, Judged]) -> None:
    one = judged[name]
    t = one.at(asked)
    found = one.shop.insight.upcoming(segment, days=60, as_of=t)
    expected = one.ask(insight_sql.UPCOMING[segment], t=t, until=t + 60 * DAY)
    assert sorted(cells(found, "customer", "at", "change")) == sorted(expected)
    assert found.facts["enter"] + found.facts["leave"] == len(expected)  # type: ignore[operator]


@pytest.mark.parametrize("asked", ["2010-12-05", "2011-06-01", "2011-12-10"])
def test_upcoming_of_a_share_holds_at_the_very_instant(
    asked: str, judged: dict[str, Judged]
) -> None:
    """High returners come and go as orders and refunds pass out of the year."""
    one = judged["or"]
    t = one.at(asked)
    end = t + 120 * DAY
    found = cells(
        one.shop.insight.upcoming("high_returners", days=120, as_of=t), "customer", "at", "change"
    )
    members = dict.fromkeys(one.oracle.members("high_returners", t), True)
    for customer, at, change in found:
        who = customer.removeprefix("customer_id:")
        enters = change == "enters"
        assert (who in one.oracle.members("high_returners", at - 1, cut=t)) is not enters
        assert (who in one.oracle.members("high_returners", at, cut=t)) is enters
        members[who] = enters
    last = sorted(who for who, stays in members.items() if stays)
    assert last == one.oracle.members("high_returners", end, cut=t)


def test_upcoming_of_ranks_is_left_out(judged: dict[str, Judged]) -> None:
    found = judged["or"].shop.insight.upcoming("vip", as_of="2011-10-01")
    assert found.as_json()["left_out"] == "rank"
    assert (found.count(), [note.key for note in found.notes]) == (0, ["rank"])


# --- worth ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "asked"), ASKED)
@pytest.mark.parametrize("days", [30, 90])
def test_worth(name: str, asked: str, days: int, judged: dict[str, Judged]) -> None:
    one = judged[name]
    t = one.at(asked)
    then = t - days * DAY
    stages = one.oracle.stage_of_each(then, "grid")
    rows = {row["stage"]: row for row in one.shop.insight.worth(days=days, as_of=t).values}
    assert set(rows) == set(stages.values())
    for stage, row in rows.items():
        members = [who for who, other in stages.items() if other == stage]
        check_worth(one, row, members, then, t)
    for segment in ("best_buyers", "one_time_buyers", "returned_customers"):
        members = one.oracle.members(segment, then)
        found = one.shop.insight.worth(segment, days=days, as_of=t).values
        assert len(found) == (1 if members else 0)
        for row in found:
            check_worth(one, row, members, then, t)


def check_worth(one: Judged, row: dict[str, Any], members: list[str], then: int, t: int) -> None:
    ((n, buyers, orders, pence, median),) = one.ask(
        insight_sql.WORTH, then=then, t=t, members=members
    )
    assert (row["members"], row["buyers"], row["orders"]) == (n, buyers, orders)
    assert (row["revenue_minor"], row["median_minor"]) == (pence, median)
    assert row["share"] == buyers / n
    assert row["mean_minor"] == (int(pence) / buyers if buyers else None)
    assert row["per_member_minor"] == int(pence) / n


def test_groups(judged: dict[str, Judged], tmp_path: Path) -> None:
    """The parts of a split add up to the whole; one of them alone is what ``only`` gives."""
    one = judged["cj"]
    told = tmp_path / "regions.csv"
    homes = {who: ("north", "south")[int(who) % 3 == 0] for (who,) in one.ask(WHO)}
    told.write_text("nr,region\n" + "".join(f"{who},{home}\n" for who, home in homes.items()))
    (tmp_path / "regions.yaml").write_text(REGIONS)
    one.shop.ingest(told, mapping=str(tmp_path / "regions.yaml"))
    t = one.at("2017-10-01")
    then = t - 90 * DAY
    stages = one.oracle.stage_of_each(then, "grid")
    found = one.shop.insight.worth(as_of=t, split_by="region")
    assert {row["part"] for row in found.values} == {"north", "south"}
    for row in found.values:
        here = [
            w for w, stage in stages.items() if (stage, homes[w]) == (row["stage"], row["part"])
        ]
        check_worth(one, row, here, then, t)
    only = one.shop.insight.worth(as_of=t, only="region=south")
    assert only.values == [
        {name: cell for name, cell in row.items() if name != "part"}
        for row in found.values
        if row["part"] == "south"
    ]
    (note,) = [note for note in only.notes if note.key == "only"]
    assert note.facts["n"].value == sum(homes[who] == "north" for who in stages)
    once = one.oracle.members("one_time_buyers", then)
    split = one.shop.insight.worth("one_time_buyers", as_of=t, split_by="stage").values
    assert Counter({row["part"]: row["members"] for row in split}) == Counter(
        stages[who] for who in once
    )


WHO = "SELECT DISTINCT customer FROM purchase WHERE customer IS NOT NULL ORDER BY ALL"
REGIONS = """\
version: 1
source: own-regions
namespace: complete-journey
label: {en: Regions, nl: Regio's}
zone: UTC
currency: USD
country: US
rows:
  - kind: customers
    identifiers: {customer_id: nr}
    attributes: {region: region}
"""
