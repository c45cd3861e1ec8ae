"""Insight on real shops, through the Python API, against hand-written SQL on the raw files."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import insight_sql
import pytest
from retail_oracle import RetailOracle, complete_journey, online_retail

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.measure.intervals import newcombe, wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.app.insight_answer import InsightAnswer, Suggestion

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


# --- flows ----------------------------------------------------------------------------------------

STRETCHES = [
    ("cj", "2017-03-01T09:00:00Z", "2017-09-17"),
    ("cj", "2016-12-01", "2017-02-01"),
    ("or", "2010-10-01", "2011-10-01"),
    ("or", "2011-04-15T22:59:59.999999Z", "2011-12-09T12:50:00Z"),
]


@pytest.mark.parametrize(("name", "start", "end"), STRETCHES)
def test_flows(name: str, start: str, end: str, judged: dict[str, Judged]) -> None:
    one = judged[name]
    bounds = one.at(start), one.at(end)
    before, after = (one.oracle.stage_of_each(t, "grid") for t in bounds)
    came = set(one.oracle.members("returned_customers", bounds[1]))
    came -= set(one.oracle.members("returned_customers", bounds[0]))
    net = dict(one.ask(insight_sql.NET_365, t=bounds[1]))
    expected: dict[tuple[str, str], list[int]] = {}
    for who, stage in after.items():
        sums = expected.setdefault((before.get(who, ""), stage), [0, 0, 0])
        sums[0] += 1
        sums[1] += int(net.get(who, 0))
        sums[2] += who in came
    found = one.shop.insight.flows(*bounds)
    got = cells(found, "before", "after", "customers", "revenue_minor", "won_back")
    assert {row[:2]: list(row[2:]) for row in got} == expected
    assert len(got) == len(expected)
    assert "</svg>" in found.plot("nl").svg


def test_flows_go_forward(judged: dict[str, Judged]) -> None:
    with pytest.raises(UserError) as error:
        judged["or"].shop.insight.flows("2011-10-01", "2010-10-01")
    assert error.value.code == "insight.backwards"


# --- suggest --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_suggest(name: str, asked: str, judged: dict[str, Judged]) -> None:
    one = judged[name]
    t = one.at(asked)
    gaps = one.ask(insight_sql.GAPS, t=t)
    ((edge,),) = one.ask(
        "SELECT timezone($zone, make_timestamptz($t - 365 * 86400000000))::DATE",
        t=t,
        zone=one.oracle.zone,
    )
    ripe = [gap for gap in gaps if gap[1] <= edge]
    used = ripe or gaps
    own = Counter(who for who, *_ in used)
    found = one.shop.insight.suggest(as_of=t)
    assert (found.facts["gaps"], found.facts["persons"]) == (len(used), len(own))
    assert ("suggest_ripe" if ripe else "suggest_all") in {note.key for note in found.notes}
    for row in found.values:
        by_gap = least(
            float(str(row["point"])), [(days, Fraction(1, len(used))) for *_, days in used]
        )
        by_person = least(
            float(str(row["point"])),
            [(days, Fraction(1, own[who] * len(own))) for who, _, days in used],
        )
        assert (row["by_gap_days"], row["by_person_days"]) == (by_gap, by_person)
        assert (row["by_gap"], row["by_person"]) == tuple(
            math.ceil(days / 7) * 7 for days in (by_gap, by_person)
        )
    check_moves(one, found, t)


def least(point: float, weighted: list[tuple[int, Fraction]]) -> int:
    """The smallest value with at least that share of the weight at or below it."""
    for value in sorted({value for value, _ in weighted}):
        if sum(weight for other, weight in weighted if other <= value) >= Fraction(str(point)):
            return value
    raise AssertionError(point)


def check_moves(one: Judged, found: Suggestion, t: int) -> None:
    stages = one.oracle.stage_of_each(t, "grid")
    for weighting in ("by_gap", "by_person"):
        new, promising, active, lost = (row[weighting] for row in found.values)
        then = dict(
            one.ask(insight_sql.GRID, t=t, new=new, promising=promising, active=active, lost=lost)
        )
        moved = Counter((stages[who], then[who]) for who in then if stages[who] != then[who])
        got = {
            (row["before"], row["after"]): row["customers"]
            for row in found.moves.values
            if row["weighting"] == weighting
        }
        assert got == moved


def test_suggested_times_can_be_written_down(judged: dict[str, Judged]) -> None:
    """With the suggested times in a file, the lifecycle is as was said."""
    shop = judged["or"].shop
    t = judged["or"].at("2011-12-10")
    found = shop.insight.suggest(as_of=t)
    before = Counter(dict(shop.lifecycle.counts(t).stages))
    for row in found.moves.values:
        if row["weighting"] == "by_person":
            before[str(row["before"])] -= int(str(row["customers"]))
            before[str(row["after"])] += int(str(row["customers"]))
    own = shop._core.folder / "definitions" / "times.yaml"
    lines = [f"  {row['parameter']}: {row['by_person']}d\n" for row in found.values]
    own.write_text("version: 1\nparameters:\n" + "".join(lines))
    try:
        assert Counter(dict(shop.lifecycle.counts(t).stages)) == before
        again = shop.insight.suggest(as_of=t)
        assert [row["now_days"] for row in again.values] == [
            row["by_person"] for row in found.values
        ]
        assert not [row for row in again.moves.values if row["weighting"] == "by_person"]
    finally:
        own.unlink()


# --- the shop as a whole --------------------------------------------------------------------------

KNOWN = ("best_buyers", "vip", "one_time_buyers", "returned_customers", "lost_customers")


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_overlap(name: str, asked: str, judged: dict[str, Judged]) -> None:
    one = judged[name]
    t = one.at(asked)
    members = {segment: set(one.oracle.members(segment, t)) for segment in KNOWN}
    expected = [
        (a, b, len(members[a]), len(members[a] & members[b]))
        for a in KNOWN
        for b in KNOWN
        if a != b and members[a] & members[b]
    ]
    found = one.shop.insight.overlap(KNOWN, as_of=t)
    assert cells(found, "segment", "other", "members", "both") == expected
    assert [row["share"] for row in found.values] == [row[3] / row[2] for row in expected]
    alone = len({*KNOWN} - {a for a, *_ in expected})
    noted = [note.facts["n"].value for note in found.insight.notes if note.key == "alone"]
    assert noted == ([alone] if alone else [])


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_best_buyers(name: str, asked: str, judged: dict[str, Judged]) -> None:
    """Ranked at local midnight: there and of the 365 days before it the shares are counted."""
    one = judged[name]
    t = one.at(asked)
    midnight = one.ask(
        "SELECT epoch_us(timezone($zone, date_trunc('day', timezone($zone, make_timestamptz($t)))))",
        t=t,
        zone=one.oracle.zone,
    )[0][0]
    net = dict(one.ask(insight_sql.NET_365, t=midnight))
    buyers = one.ask(
        'SELECT DISTINCT customer FROM purchase WHERE customer IS NOT NULL AND "at" <= $m '
        f'AND "at" >= $m - 365 * {DAY}',
        m=midnight,
    )
    whole = sum(int(net[who]) for (who,) in buyers)
    found = one.shop.insight.best_buyers(as_of=t)
    assert (found.facts["buyers"], found.facts["all_minor"]) == (len(buyers), whole)
    for row in found.values:
        members = one.oracle.members(str(row["segment"]), t)
        own = sum(int(net[who]) for who in members)
        assert (row["members"], row["revenue_minor"]) == (len(members), own)
        assert row["revenue_share"] == own / whole
        assert row["share"] == len(members) / len(buyers)


def test_orders_of_nobody_are_told(judged: dict[str, Judged]) -> None:
    one = judged["or"]
    t = one.at("2011-12-10")
    ((orders, pence),) = one.ask(
        'SELECT count(*), sum(pence) FROM purchase WHERE customer IS NULL AND "at" <= $t '
        f'AND "at" > $t - 365 * {DAY}',
        t=t,
    )
    assert orders > 0
    (note,) = [n for n in one.shop.insight.best_buyers(as_of=t).notes if n.key == "nobody"]
    assert {name: fact.value for name, fact in note.facts.items()} == {"n": orders, "amount": pence}


@pytest.mark.parametrize(("name", "asked"), ASKED)
@pytest.mark.parametrize("days", [30, 365])
def test_cohorts(name: str, asked: str, days: int, judged: dict[str, Judged]) -> None:
    one = judged[name]
    t = one.at(asked)
    expected = one.ask(insight_sql.COHORTS, t=t, days=days)
    found = one.shop.insight.cohorts(days=days, as_of=t)
    assert cells(found, "first_purchase", "customers", "again", "ever", "left_edge") == expected
    for row, (_, customers, again, ever, _) in zip(found.values, expected, strict=True):
        assert row["again_share"] == (None if again is None else again / customers)
        assert row["ever_share"] == ever / customers
    (edge,) = [note for note in found.notes if note.key == "left_edge"]
    assert edge.facts["n"].value == sum(row[1] for row in expected if row[4])


@pytest.mark.parametrize("name", ["cj", "or"])
def test_sizes(name: str, judged: dict[str, Judged]) -> None:
    one = judged[name]
    asked = {"cj": "2017-11-05T12:00:00Z", "or": "2011-04-15T12:00:00Z"}[name]
    ends = {
        "cj": ("2017-09-01", "2017-10-01", "2017-11-01", asked),
        "or": ("2011-02-01", "2011-03-01", "2011-04-01", asked),
    }[name]
    instants = [one.at(end) for end in ends]
    for segment in ("vip", "one_time_buyers"):
        found = one.shop.insight.sizes(segment, months=3, as_of=instants[-1])
        expected = [(t, len(one.oracle.members(segment, t))) for t in instants]
        assert cells(found, "at", "members") == expected
    stages = one.shop.insight.sizes(months=3, as_of=instants[-1])
    for t in instants:
        counted = {stage: n for stage, n in one.oracle.stages(t, "grid").items() if n}
        got = {row["stage"]: row["members"] for row in stages.values if row["at"] == t}
        assert {stage: n for stage, n in got.items() if n} == counted


def test_returns(judged: dict[str, Judged]) -> None:
    one = judged["or"]
    t = one.at("2010-11-01")
    since = t - 200 * DAY
    expected = one.ask(insight_sql.BY_PRODUCT, file=str(OR_FILES[0]), since=since, t=t)
    found = one.shop.insight.returns("product", days=200, as_of=t)
    got = cells(found, "value", "refunds", "refunded_minor", "sold_minor")
    assert len(expected) > 20
    assert sorted(got) == sorted(expected)
    for row in found.values:
        assert row["share"] == int(str(row["refunded_minor"])) / int(
            str(found.facts["refunded_minor"])
        )
    reasons = one.shop.insight.returns("reason", days=200, as_of=t)
    assert cells(reasons, "value", "refunded_minor") == [(None, found.facts["refunded_minor"])]
    with pytest.raises(UserError) as error:
        one.shop.insight.returns("colour")
    assert error.value.code == "insight.by"


@pytest.mark.parametrize("asked", ["2017-08-15", "2018-01-02"])
@pytest.mark.parametrize("days", [14, 60])
def test_coupons(asked: str, days: int, judged: dict[str, Judged]) -> None:
    one = judged["cj"]
    t = one.at(asked)
    expected = one.ask(insight_sql.COUPONS, t=t, days=days)
    found = one.shop.insight.coupons(days=days, as_of=t)
    words = {True: "with_coupon", False: "without_coupon"}
    assert cells(found, "began", "customers", "again") == [
        (words[coupon], whole, again) for coupon, whole, again, _ in expected
    ]
    best = set(one.oracle.members("best_buyers", t))
    began = {
        who
        for coupon, _, _, customers in one.ask(insight_sql.COUPONS, t=t, days=0)
        if coupon
        for who in customers
    }
    assert found.facts["best_buyers"] == len(best)
    assert found.facts["best_with_coupon"] == len(best & began)
    assert "not_causal" in {note.key for note in found.notes}


# The first tables of Newcombe, Statistics in Medicine 17 (1998): 857-872 (method 3), 873-890 (method 10).
WILSON = [
    ((81, 263), (0.2553, 0.3662)),
    ((15, 148), (0.0624, 0.1605)),
    ((0, 20), (0.0, 0.1611)),
    ((1, 29), (0.0061, 0.1718)),
]
NEWCOMBE = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
]


def test_intervals_are_the_published_ones() -> None:
    for counts, ends in WILSON:
        assert wilson(*counts) == pytest.approx(ends, abs=5e-5)
    for first, second, ends in NEWCOMBE:
        assert newcombe(first, second)[1] == pytest.approx(ends, abs=5e-5)


@pytest.mark.parametrize(("name", "asked"), ASKED[1:])
@pytest.mark.parametrize("days", [14, 90])
def test_the_backtest_of_the_rhythm_rule(
    judged: dict[str, Judged], name: str, asked: str, days: int
) -> None:
    one = judged[name]
    found = one.shop.insight.backtest(days=days, times=2, as_of=asked)
    expected = []
    for then in (one.at(asked) - days * DAY * n for n in (2, 1)):
        for value, whole, away in one.ask(insight_sql.BACKTEST, then=then, days=days):
            expected.append((then, value, whole, away, *wilson(away, whole)))
    names = ("at", "rhythm", "customers", "stayed_away", "low", "high")
    assert cells(found, *names) == expected
    assert found.as_json()["notes"][-1] == {"note": "risk_backtest"}  # type: ignore[index]
