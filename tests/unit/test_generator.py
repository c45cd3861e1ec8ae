"""The parts of a made-up shop: chance that repeats, the calendar, the process of purchases."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from stamgast.collect.mapping_files import read_mapping
from stamgast.demo.generator import seasons
from stamgast.demo.generator.draws import Draws, exponential, gamma
from stamgast.demo.generator.frame import Frame
from stamgast.demo.generator.making import FEEDS, make_part
from stamgast.demo.generator.people import make_people
from stamgast.demo.generator.planted import Planted
from stamgast.demo.generator.purchases import (
    SCALE_LEAVE_WEEKS,
    SCALE_RATE_WEEKS,
    SHAPE_LEAVE,
    SHAPE_RATE,
    habits,
    purchases,
)
from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from stamgast.demo.generator.making import Part

DAY = date(2026, 11, 22)
TIMES = {"orders": "ordered_at", "refunds": "refunded_at", "events": "occurred_at", "mail": "at"}


@pytest.fixture(scope="module")
def frame() -> Frame:
    return Frame(seed=3, until=DAY)


def texts(table: pa.Table) -> list[str]:
    return sorted(map(repr, table.to_pylist()))


# --- chance ----------------------------------------------------------------------------------


def test_draws_are_even_and_repeat() -> None:
    who = np.arange(200_000, dtype=np.int64)
    drawn = Draws(1).below("die", who, 6)
    counts = np.bincount(drawn)
    # chi-squared of 5 degrees of freedom: 20.5 is passed once in a thousand
    assert float(((counts - len(who) / 6) ** 2 / (len(who) / 6)).sum()) < 20.5
    assert (drawn == Draws(1).below("die", who, 6)).all()
    assert (drawn != Draws(2).below("die", who, 6)).any()
    assert (drawn != Draws(1).below("other", who, 6)).any()
    assert (drawn[1000:] == Draws(1).below("die", who[1000:], 6)).all()


def test_tables_have_the_moments_of_their_distributions() -> None:
    scaled = exponential() / 65536
    assert scaled.mean() == pytest.approx(1, abs=0.001)
    assert scaled.var() == pytest.approx(1, abs=0.01)
    for shape in (0.7, 0.9, 2.5):
        assert gamma(shape).mean() / 1e6 == pytest.approx(shape, rel=0.001)
        assert (gamma(shape) / 1e6).var() == pytest.approx(shape, rel=0.01)


def test_the_same_numbers_everywhere() -> None:
    """A hash of values, not of files: it holds on every machine and with every version of NumPy."""
    part = make_part(Frame(seed=11, until=DAY), 1, 61)
    digest = hashlib.sha256()
    for kind in sorted(part.files):
        for row in part.files[kind].to_pylist():
            digest.update("|".join(map(str, row.values())).encode())
    assert digest.hexdigest()[:16] == FINGERPRINT


FINGERPRINT = "e64aee4561b639d5"


def test_reasons_are_those_of_a_dutch_shop(frame: Frame) -> None:
    part = make_part(frame, 1, 301)
    said = {
        one for kind in ("refunds", "service") for one in part.files[kind]["reason"].to_pylist()
    }
    reasons = {"verkeerde maat", "bedacht", "defect", "verkeerd artikel", "te laat", "geen reden"}
    assert len(said & reasons) >= 4
    assert said <= {*reasons, "niet zoals beschreven", "personeel", "iets anders", None}


def test_customers_do_not_depend_on_who_is_made_with_them(frame: Frame) -> None:
    whole = make_part(frame, 1, 301)
    parts = [make_part(frame, first, min(first + 77, 301)) for first in range(1, 301, 77)]
    for kind, table in whole.files.items():
        apart = [row for part in parts for row in texts(part.files[kind])]
        assert sorted(apart) == texts(table), kind
    for kind in ("persons", "identifiers"):
        apart = [row for part in parts for row in texts(part.truth[kind])]
        assert sorted(apart) == texts(whole.truth[kind]), kind


def test_an_earlier_day_is_the_same_shop_cut() -> None:
    """Who had come by then did the same; the places of who came later are others'."""
    later = make_part(Frame(seed=3, until=DAY), 1, 401)
    cut = date(2026, 8, 1)
    earlier = make_part(Frame(seed=3, until=cut), 1, 401)
    end = seasons.midnight(cut)
    stayed = kept(later) & kept(earlier)
    assert 500 < len(stayed) < len(kept(later))
    for kind, at in TIMES.items():
        both = [
            {key for key in rows(part.files[kind], at, end) if stayed & {key[0], key[1]}}
            for part in (later, earlier)
        ]
        assert len(both[0]) > 100
        assert both[0] == both[1], kind


def kept(part: Part) -> set[str]:
    """Customer numbers and e-mail addresses of the truth."""
    table = part.truth["identifiers"].to_pylist()
    return {row["value"] for row in table if row["kind"] in {"customer_id", "email"}}


def rows(table: pa.Table, at: str, end: int) -> set[tuple[object, ...]]:
    facts = ("message_id", "order_no", "line_no", "event", "what", "product_id", "amount", "coupon")
    return {
        (row.get("customer_id"), row.get("email"), row[at], *(row.get(fact) for fact in facts))
        for row in table.to_pylist()
        if row[at].timestamp() < end
    }


def test_nothing_happens_on_the_day_asked_or_later(frame: Frame) -> None:
    end = seasons.midnight(DAY)
    for part in (make_part(frame, 1, 401), Planted(frame).part):
        for kind, table in part.files.items():
            for name in table.column_names:
                if pa.types.is_timestamp(table.schema.field(name).type):
                    values = [value for value in table[name].to_pylist() if value is not None]
                    assert all(value.timestamp() < end for value in values), (kind, name)


@pytest.mark.parametrize(
    "day", ["2024-02-29", "2025-03-30", "2026-01-01", "2026-07-15", "2026-12-31"]
)
def test_stories_can_be_told_on_any_day(day: str) -> None:
    frame = Frame(seed=1, until=date.fromisoformat(day))
    found = Planted(frame)
    end = seasons.midnight(frame.until)
    orders = found.part.files["orders"].to_pylist()
    assert len(orders) > 500
    assert all(row["ordered_at"].timestamp() < end for row in orders)


# --- the calendar ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "easter", "mothers", "black_friday"),
    [
        (2019, "2019-04-21", "2019-05-12", "2019-11-29"),
        (2022, "2022-04-17", "2022-05-08", "2022-11-25"),
        (2024, "2024-03-31", "2024-05-12", "2024-11-29"),
        (2025, "2025-04-20", "2025-05-11", "2025-11-28"),
        (2026, "2026-04-05", "2026-05-10", "2026-11-27"),
    ],
)
def test_published_days(year: int, easter: str, mothers: str, black_friday: str) -> None:
    found = {season.name: season for season in seasons.seasons(year)}
    assert seasons.easter(year).isoformat() == easter
    assert found["mothers_day"].end.isoformat() == mothers
    friday = found["black_friday"].start + timedelta(days=4)
    assert friday.isoformat() == black_friday


def test_the_shop_is_busy_before_christmas_and_by_day(frame: Frame) -> None:
    people = make_people(frame, 1, 20_001)
    bought = purchases(frame, people, habits(frame, people))
    local = frame.pace.local(bought.pace).astype("datetime64[s]")
    hours = (local.astype("datetime64[h]") - local.astype("datetime64[D]")).astype(int)
    assert hours.min() >= 7
    assert (hours >= 19).mean() > 0.25
    days = local.astype("datetime64[D]")
    friday, plain = (
        int((days == np.datetime64(day)).sum()) for day in ("2025-11-28", "2025-09-12")
    )
    assert friday > 2 * plain


def test_local_time_is_that_of_the_zone() -> None:
    midnights = [seasons.midnight(date(2026, month, 3)) for month in (1, 7)]
    noon = np.asarray(
        [np.datetime64(f"2026-{month:02d}-03T12:00:00").astype("int64") for month in (1, 7)]
    )
    assert (seasons.utc(noon) - midnights == 12 * 3600).all()
    hours = [datetime.fromtimestamp(one, tz=UTC).hour for one in seasons.utc(noon).tolist()]
    assert hours == [11, 10]


# --- the process -----------------------------------------------------------------------------


def test_purchases_are_as_many_as_the_paper_expects(frame: Frame) -> None:
    """Schmittlein, Morrison and Colombo (1987), equation 17: E[X(T)] of a customer known for T.

    E[X(T)] = r beta / (alpha (s - 1)) (1 - (beta / (beta + T)) ** (s - 1))
    """
    people = make_people(frame, 1, 40_001)
    bought = purchases(frame, people, habits(frame, people))
    weeks = (frame.end_pace - people.since[people.buys]) / frame.pace.week
    r, alpha, s, beta = SHAPE_RATE, SCALE_RATE_WEEKS, SHAPE_LEAVE, SCALE_LEAVE_WEEKS
    expected = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + weeks)) ** (s - 1))
    repeats = np.bincount(
        bought.owner[(bought.which > 0) & (bought.which < 999)], minlength=len(people)
    )[people.buys]
    error = repeats.std() / len(repeats) ** 0.5
    assert abs(repeats.mean() - expected.mean()) < 4 * error
    assert repeats.var() > 3 * repeats.mean()  # customers are not alike


# --- what belongs together -------------------------------------------------------------------


def test_mappings_read_every_column_that_has_a_meaning(frame: Frame) -> None:
    part = make_part(frame, 1, 31)
    for kind in FEEDS:
        mapping = read_mapping(str(mapping_file(kind)))
        columns = set(part.files[kind].column_names)
        assert set(mapping.columns()) <= columns, kind
        unread = columns - set(mapping.columns())
        assert unread <= {"line_no", "second_card", "newsletter", "device", "plan"}, kind


def mapping_file(kind: str) -> Traversable:
    return resources.files("stamgast.demo.generator").joinpath("mappings", f"{kind}.yaml")


def test_mappings_keep_to_the_types_of_the_shipped_vocabulary() -> None:
    shipped = read_definitions(shipped_files(), settings=LanguageSettings())
    declared = {name: str(kind.value) for name, kind in shipped.event_properties.items()}
    known = 0
    for kind in FEEDS:
        for section in read_mapping(str(mapping_file(kind))).rows:
            for name, typed in section.properties.items():
                assert typed.type == declared.get(name, typed.type), (kind, name)
                known += name in declared
    assert known > 8
