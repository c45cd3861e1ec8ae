"""Estimates of drafts from a sample, held to the exact counts; and drafts read alone, to all read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from made_up import DAY
from scipy.stats import binomtest, hypergeom

from stamgast.app.estimating import Estimate, estimate, scaled, warm
from stamgast.app.segments import segment_lines
from stamgast.app.shop import Shop
from stamgast.errors import InvalidDefinitions
from stamgast.store.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = str(DAY)
SAMPLED = 400
W = [{"did": "order", "at_least": 2, "within": "365d"}]
RANKED = [{"top": "30%", "by": "net_revenue"}]


@pytest.fixture(scope="module")
def shop(made_up_shop: Path) -> Iterator[Shop]:
    with Shop.open(made_up_shop) as opened:
        yield opened


@pytest.fixture(scope="module")
def exact(shop: Shop) -> dict[str, int]:
    return {one.name: one.count - one.apart for one in segment_lines(shop._core, T, apart=True)}


def estimated(shop: Shop, where: object, sample: Sample) -> Any:  # noqa: ANN401 - an estimate
    core, draft = shop._core, shop.drafts.check(where)
    return estimate(core, draft.name, draft.definitions, T, sample)


OURS = ("stamgast_sample_", "stamgast_scores_")
T = 1_795_302_000_000_000
"""The beginning of that day in Amsterdam."""


def test_the_exact_count_of_each_ready_made_segment_is_between_the_ends(
    shop: Shop, exact: dict[str, int]
) -> None:
    core = shop._core
    with core.snapshot():
        sample = Sample(core.reader.db, core.reader.shortcuts, wanted=SAMPLED)
        assert sample.size == SAMPLED < sample.of
        outside, reach = [], []
        for name in core.definitions.segments:
            where = shop.drafts.entry(name)["where"]
            found, count = estimated(shop, where, sample), exact[name]
            assert found.low <= found.count <= found.high <= sample.of
            if not found.low <= count <= found.high:
                outside.append((name, found, count))
            if count:
                reach.append((found.high - found.low) / sample.of)
    assert outside == []
    assert len(reach) > 20
    assert max(reach) < 0.11  # 2 * 2.576 * sqrt(1/4 / 400), less for those who were looked at


def test_a_sample_of_everybody_says_what_counting_says(shop: Shop, exact: dict[str, int]) -> None:
    core = shop._core
    with core.snapshot():
        sample = Sample(core.reader.db, core.reader.shortcuts, wanted=10**9)
        assert sample.size == sample.of
        for name in core.definitions.segments:
            where = shop.drafts.entry(name)["where"]
            found = estimated(shop, where, sample)
            assert found.low == found.count == found.high == exact[name], name


def test_ranks_are_those_of_everybody(shop: Shop) -> None:
    core, draft = shop._core, shop.drafts.check(RANKED)
    with core.snapshot():
        sample = Sample(core.reader.db, core.reader.shortcuts, wanted=SAMPLED)
        estimate(core, draft.name, draft.definitions, T, sample)
        members = {
            row[0]
            for row in core.reader.db.run(
                f'SELECT profile_id FROM draft_estimate WHERE "{draft.name}"'
            )
        }
        known = {
            row[0] for row in core.reader.db.run("SELECT profile_id FROM stamgast_sample_profile")
        }
    engine = core.engine_for(draft.definitions)
    everybody = set(engine.members(draft.name, T).column("profile_id").to_pylist())
    assert members == everybody & known
    assert members


def test_a_small_shop_is_counted_and_not_estimated(shop: Shop) -> None:
    assert shop.drafts.estimate(shop.drafts.check(RANKED), as_of=AT) is None
    assert shop.drafts.prepare(as_of=AT) is False


def test_what_segments_read_is_looked_up_beforehand(shop: Shop) -> None:
    core = shop._core
    with core.snapshot():
        sample = Sample(core.reader.db, core.reader.shortcuts, wanted=SAMPLED)
        assert warm(core, T, sample, 0)
        assert not warm(core, T, sample, 1)
        tables = core.reader.db.run(
            "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'stamgast_sample')"
        )
    assert {"stamgast_sample_order_version", "stamgast_sample_event"} <= {row[0] for row in tables}


def test_nothing_of_it_is_left_but_the_sample(shop: Shop) -> None:
    core = shop._core
    assert core.sample.size == 0
    tables = "SELECT table_name FROM duckdb_tables() WHERE temporary"
    shop.drafts.measure(shop.drafts.check(W), as_of=AT)
    before = {row[0] for row in core.reader.db.run(tables) if not row[0].startswith(OURS)}
    with core.snapshot():
        sample = Sample(core.reader.db, core.reader.shortcuts, wanted=SAMPLED)
        estimated(shop, W, sample)
    after = {row[0] for row in core.reader.db.run(tables)}
    assert before == {name for name in after if not name.startswith(OURS)}
    assert "stamgast_sample_order_version" in after


@pytest.mark.parametrize(
    ("found", "sampled"), [(0, 16_000), (16_000, 16_000), (160, 16_000), (7, 50)]
)
def test_the_ends_are_those_of_wilson(found: int, sampled: int) -> None:
    of = 10**12
    made, said = scaled(found, sampled, of, 0), binomtest(found, sampled)
    ends = said.proportion_ci(0.99, method="wilson")
    assert made.low / of == pytest.approx(ends.low, rel=1e-6, abs=1e-9)
    assert made.high / of == pytest.approx(ends.high, rel=1e-6, abs=1e-9)
    assert made.low <= made.count <= made.high


@pytest.mark.parametrize("members", [0, 3, 40, 500, 1_900, 2_000])
def test_drawn_from_few_it_is_sure_enough(members: int) -> None:
    of, sampled = 2_000, 400
    drawn = hypergeom(of, members, sampled)
    told = [scaled(found, sampled, of, 0) for found in range(sampled + 1)]
    inside = [found for found, one in enumerate(told) if one.low <= members <= one.high]
    assert sum(float(drawn.pmf(found)) for found in inside) > 0.98


def test_nobody_and_everybody_are_known() -> None:
    assert scaled(3, 7, 7, 0) == Estimate(as_of=0, count=3, low=3, high=3, sampled=7, of=7)
    assert scaled(0, 0, 0, 0) == Estimate(as_of=0, count=0, low=0, high=0, sampled=0, of=0)


@pytest.mark.parametrize(
    ("found", "about"), [(160, 10_000), (161, 10_000), (6_417, 401_000), (0, 0)]
)
def test_no_digit_is_said_that_is_not_known(found: int, about: int) -> None:
    assert scaled(found, 16_000, 1_000_000, 0).about == about


@pytest.mark.parametrize(
    "where",
    [
        [{"trait": "orderz", "gte": 3}],
        [{"segment": "vip"}],
        [{"segment": "best_buyers"}],
        [{"trait": "orders", "gte": "x"}],
        [{"trait": "orders", "gte": "$nope"}],
        [{"did": "order", "wher": {}}],
        [{"did": "order", "within": "90d"}],
        RANKED,
    ],
)
@pytest.mark.parametrize("name", ["", "vip", "best_buyers", "one_time_buyers"])
def test_a_draft_read_alone_is_as_if_all_were_read_again(
    shop: Shop, where: object, name: str
) -> None:
    def told(read: Any) -> object:  # noqa: ANN401 - either way
        try:
            found = read()
        except InvalidDefinitions as wrong:
            return wrong.issues
        return found.segments, found.traits, found.parameters

    drafts, named = shop.drafts, name or "built"
    alone = told(lambda: drafts.check(where, name).definitions)
    assert alone == told(lambda: drafts._read_all(named, {"where": where}))
