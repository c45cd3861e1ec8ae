"""Every shipped trait, stage and segment of a synthetic shop, by hand-written SQL and by the engine.

Persons by two identifiers, visitors nobody knows, refunds with and without an order, subscriptions:
what the real sets have not. The SQL is the benchmark's; nothing is timed here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from bench import asof_lifecycle, full_refresh
from bench.synthetic_shop import SyntheticShop, make

from stamgast.clock import parse_instant

CUSTOMERS = 400


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SyntheticShop:
    return make(tmp_path_factory.mktemp("synthetic"), customers=CUSTOMERS)


@pytest.mark.parametrize(
    "asked",
    [
        "2026-06-01T10:00:00Z",
        "2025-10-26T00:30:00Z",
        "2025-03-29T23:00:00Z",
        "2024-02-29T12:00:00Z",
    ],
)
def test_all_that_ships_is_what_hand_written_sql_says(asked: str, shop: SyntheticShop) -> None:
    t = parse_instant(asked)
    ours, theirs = full_refresh.ours(shop, t), full_refresh.theirs(shop, t)
    assert set(theirs.column_names) == set(ours.column_names) - {"exists"}
    assert theirs.num_rows > CUSTOMERS / 4
    assert full_refresh.differences(ours, theirs) == {}


def test_stages_at_month_ends(shop: SyntheticShop) -> None:
    assert asof_lifecycle.ours(shop.folder) == asof_lifecycle.theirs(shop)
