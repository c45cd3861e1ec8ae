"""Instants that cannot be computed with are refused where they are given."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from stamgast.app.instants import instant_of
from stamgast.clock import SystemClock, parse_instant
from stamgast.errors import UserError


@pytest.mark.parametrize("text", ["0001-01-01", "1799-12-31T23:59:59Z", "2301-01-01", "9999-12-31"])
def test_far_away_is_out_of_reach(text: str) -> None:
    with pytest.raises(UserError) as error:
        parse_instant(text)
    assert error.value.code == "instant.out_of_reach"


@pytest.mark.parametrize(
    "moment",
    [date(1, 1, 1), date(9999, 12, 31), datetime(1, 1, 1), datetime(9999, 1, 1, tzinfo=UTC), 2**62],  # noqa: DTZ001 - as a caller would give it
)
def test_so_it_is_however_it_is_given(moment: date | datetime | int) -> None:
    with pytest.raises(UserError) as error:
        instant_of(moment, SystemClock(), "Europe/Amsterdam")
    assert error.value.code == "instant.out_of_reach"


@pytest.mark.parametrize("text", ["1800-01-01", "2300-12-31"])
def test_the_first_and_the_last_year_are_within_reach(text: str) -> None:
    assert parse_instant(text) == instant_of(text, SystemClock(), "UTC")
