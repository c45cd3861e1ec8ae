"""Stages and segments of real shops, by the command line, against hand-written SQL on the raw files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import oracle_sql
import pytest
from retail_oracle import RetailOracle, complete_journey, online_retail
from shop_calls import ShopCalls

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant, to_micros

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = Path(__file__).parent.parent / "data"
CJ = DATA / "complete_journey" / "transactions.parquet"
OR_FIRST = DATA / "online_retail" / "online_retail_2009_2010.parquet"
OR_SECOND = DATA / "online_retail" / "online_retail_2010_2011.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealSet:
    """A set, the shop that was fed it, and its judge."""

    mapping: str
    files: tuple[Path, ...]
    shop: ShopCalls
    oracle: RetailOracle
    zone: str
    time_column: str


# Month starts, the middle of days, the day of the first order, a clock change in each direction,
# inside the days that two files hold, the last order's day, and long after the last order.
INSTANTS = {
    "complete-journey": (
        "2017-01-01T16:00:00Z",
        "2017-02-01T00:00:00Z",
        "2017-03-26T01:30:00Z",
        "2017-04-12T13:14:15.161718Z",
        "2017-06-01T00:00:00Z",
        "2017-07-04T23:59:59.999999Z",
        "2017-08-15T12:00:00Z",
        "2017-10-01T00:00:00Z",
        "2017-11-24T18:00:00Z",
        "2018-01-01T03:47:38Z",
        "2018-03-15T00:00:00Z",
        "2019-01-01T00:00:00Z",
    ),
    "online-retail": (
        "2009-12-01T12:00:00Z",
        "2010-01-31T23:59:59.999999Z",
        "2010-03-28T01:30:00Z",
        "2010-05-31T23:00:00Z",
        "2010-08-14T09:41:00Z",
        "2010-10-31T00:30:00Z",
        "2010-12-01T00:00:00Z",
        "2010-12-06T13:37:00Z",
        "2011-04-15T22:59:59.999999Z",
        "2011-09-30T23:00:00Z",
        "2011-12-09T12:50:00Z",
        "2012-12-01T00:00:00Z",
    ),
}
AFTER_THE_LAST_ORDER = {"complete-journey": "2018-01-02", "online-retail": "2011-12-10"}
SETS = tuple(INSTANTS)
ASKED = [(name, t) for name in SETS for t in INSTANTS[name]]
MODELS = ("grid", "windowed")


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RealSet]:
    folder = tmp_path_factory.mktemp("shops")
    return {
        "complete-journey": RealSet(
            mapping="complete-journey",
            files=(CJ,),
            shop=ShopCalls.of_files(folder / "cj", "complete-journey", [CJ]),
            oracle=complete_journey(CJ),
            zone="UTC",
            time_column="transaction_timestamp",
        ),
        "online-retail": RealSet(
            mapping="online-retail",
            files=(OR_FIRST, OR_SECOND),
            shop=ShopCalls.of_files(folder / "or", "online-retail", [OR_FIRST, OR_SECOND]),
            oracle=online_retail(OR_FIRST, OR_SECOND),
            zone="Europe/London",
            time_column="invoice_date",
        ),
    }


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", MODELS)
def test_stages(
    name: str, model: str, sets: dict[str, RealSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = sets[name]
    monkeypatch.setenv("STAMGAST_LIFECYCLE_MODEL", model)
    with Shop.open(judged.shop.folder) as shop:
        answers = {asked: shop.lifecycle.counts(asked).as_json() for asked in INSTANTS[name]}
    for asked, answer in answers.items():
        assert answer == staged(judged, asked, model)


@pytest.mark.parametrize(("name", "asked"), ASKED[::3])
@pytest.mark.parametrize("model", MODELS)
def test_stages_by_the_command(name: str, asked: str, model: str, sets: dict[str, RealSet]) -> None:
    judged = sets[name]
    answer = judged.shop.lifecycle(parse_instant(asked), model)
    assert answer == staged(judged, asked, model)


def staged(judged: RealSet, asked: str, model: str) -> dict[str, object]:
    stages = judged.oracle.stages(parse_instant(asked), model)
    return {"as_of": asked, "model": model, "stages": stages, "anonymous": 0}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("segment", list(oracle_sql.SEGMENTS))
def test_segments(name: str, segment: str, sets: dict[str, RealSet]) -> None:
    judged = sets[name]
    with Shop.open(judged.shop.folder) as shop:
        found = shop.segment(segment, as_of=INSTANTS[name]).counts()
    for asked, count in zip(INSTANTS[name], found, strict=True):
        assert_counted(count.as_json(), segment, asked, judged)


@pytest.mark.parametrize(("name", "asked"), ASKED[::6])
def test_segments_by_the_command(name: str, asked: str, sets: dict[str, RealSet]) -> None:
    judged = sets[name]
    for segment in oracle_sql.SEGMENTS:
        count = judged.shop.count(segment, parse_instant(asked))
        assert_counted(count, segment, asked, judged)


def assert_counted(count: dict[str, Any], segment: str, asked: str, judged: RealSet) -> None:
    t = parse_instant(asked)
    expected = judged.oracle.members(segment, t)
    assert count["segment"] == segment
    assert count["as_of"] == asked
    assert (segment, count["count"]) == (segment, len(expected))
    assert_nothing_changes_before(count["valid_until"], segment, judged, t)


@pytest.mark.parametrize(("name", "asked"), ASKED[1::6])
def test_members(name: str, asked: str, sets: dict[str, RealSet]) -> None:
    judged, t = sets[name], parse_instant(asked)
    for segment in oracle_sql.SEGMENTS:
        rows = judged.shop.members(segment, t)
        assert {row["identifier_kind"] for row in rows} <= {"customer_id"}
        named = sorted(row["identifier"] for row in rows)
        assert (segment, named) == (segment, judged.oracle.members(segment, t))
        assert [row["profile_id"] for row in rows] == sorted(row["profile_id"] for row in rows)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("segment", list(oracle_sql.SEGMENTS))
def test_members_at_all_instants_in_one_question(
    name: str, segment: str, sets: dict[str, RealSet]
) -> None:
    judged = sets[name]
    with Shop.open(judged.shop.folder) as shop:
        rows = shop.segment(segment, as_of=INSTANTS[name]).rows()
    assert {row["identifier_kind"] for row in rows} <= {"customer_id"}
    for asked in INSTANTS[name]:
        t = parse_instant(asked)
        found = [row for row in rows if to_micros(row["as_of"]) == t]
        named = sorted(row["identifier"] for row in found)
        assert (asked, named) == (asked, judged.oracle.members(segment, t))
        ids = [str(row["profile_id"]) for row in found]
        assert ids == sorted(ids)


def assert_nothing_changes_before(
    valid_until: str | None, segment: str, judged: RealSet, t: int
) -> None:
    """Up to ``valid_until`` the members stay as they are, by the rows known at t."""
    horizon = t + 400 * 86_400_000_000 if valid_until is None else parse_instant(valid_until)
    assert horizon > t
    at_its_end = judged.oracle.members(segment, horizon - 1, cut=t)
    assert (segment, at_its_end) == (segment, judged.oracle.members(segment, t))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", MODELS)
def test_stages_change_at_the_microsecond(name: str, model: str, sets: dict[str, RealSet]) -> None:
    # nothing but time changes a stage from here on
    judged, t = sets[name], parse_instant(AFTER_THE_LAST_ORDER[name])
    for _ in range(3):
        changes_at = judged.oracle.next_stage_change(t, model)
        assert changes_at is not None
        before = judged.shop.lifecycle(changes_at - 1, model)["stages"]
        after = judged.shop.lifecycle(changes_at, model)["stages"]
        assert before == judged.oracle.stages(t, model)
        assert after == judged.oracle.stages(changes_at, model)
        assert before != after
        t = changes_at


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("position", [3, 7])
def test_the_past_is_what_a_shop_fed_up_to_then_knew(
    name: str, position: int, sets: dict[str, RealSet], tmp_path: Path
) -> None:
    judged, t = sets[name], parse_instant(INSTANTS[name][position])
    files = cut_files(judged, t, tmp_path)
    then = ShopCalls.of_files(tmp_path / "then", judged.mapping, files)
    for model in MODELS:
        assert then.lifecycle(t, model) == judged.shop.lifecycle(t, model)
    with Shop.open(then.folder) as told, Shop.open(judged.shop.folder) as whole:
        for segment in oracle_sql.SEGMENTS:
            past, now = (shop.segment(segment, as_of=t).counts() for shop in (told, whole))
            assert past == now


def cut_files(judged: RealSet, t: int, folder: Path) -> Sequence[Path]:
    """The raw files with the lines up to t only; a file without any is left out."""
    connection = duckdb.connect()
    kept = []
    for file in judged.files:
        [(rows,)] = connection.execute(
            f"CREATE OR REPLACE TABLE kept AS SELECT * FROM read_parquet($file)"
            f" WHERE epoch_us(timezone($zone, {judged.time_column})) <= $t",
            {"file": str(file), "zone": judged.zone, "t": t},
        ).fetchall()
        if rows:
            target = folder / file.name
            connection.execute("COPY kept TO $target (FORMAT parquet)", {"target": str(target)})
            kept.append(target)
    assert kept
    return kept
