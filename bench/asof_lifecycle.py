"""Stage counts at 13 month ends in one question, against 13 hand-written questions.

    python -m bench.asof_lifecycle [--customers 10000] [--rounds 5] [--folder bench/results]

Ours: ``shop.lifecycle.counts([...])``. Theirs: ``sql/asof_stages.sql``, once per instant, on the same files
with as many threads.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bench.harness import compare, report
from bench.synthetic_shop import SyntheticShop, make, options
from stamgast.app.shop import Shop

if TYPE_CHECKING:
    import duckdb

SQL = (Path(__file__).parent / "sql" / "asof_stages.sql").read_text("utf-8")
MONTH_ENDS = tuple(
    f"{year}-{month:02d}-01T00:00:00Z"
    for year, month in [
        *[(2025, month) for month in range(5, 13)],
        *[(2026, m) for m in range(1, 6)],
    ]
)
Counts: TypeAlias = "dict[str, dict[str, int]]"


def ours(folder: Path) -> Counts:
    """All instants in one call."""
    counted = shop_of(folder).lifecycle.counts(list(MONTH_ENDS))
    return {
        asked: {stage: n for stage, n in found.stages.items() if n}
        for asked, found in zip(MONTH_ENDS, counted, strict=True)
    }


@cache
def shop_of(folder: Path) -> Shop:
    """The shop, opened once."""
    return Shop.open(folder)


def theirs(shop: SyntheticShop) -> Counts:
    """One statement per instant."""
    return {
        asked: dict(connection_of(shop).execute(SQL, {"t": asked}).fetchall())
        for asked in MONTH_ENDS
    }


@cache
def connection_of(shop: SyntheticShop) -> duckdb.DuckDBPyConnection:
    """A connection with views on the shop's files, opened once."""
    return shop.lake(threads=os.cpu_count() or 1)


def main() -> None:
    arguments = options(__doc__).parse_args()
    shop = make(arguments.folder, customers=arguments.customers)
    report(
        compare(
            "asof_lifecycle",
            lambda: ours(shop.folder),
            lambda: theirs(shop),
            same=lambda a, b: a == b,
            rows=sum(sum(stages.values()) for stages in theirs(shop).values()),
            rounds=arguments.rounds,
            customers=arguments.customers,
            instants=len(MONTH_ENDS),
            target=0.7,
        )
    )


if __name__ == "__main__":
    main()
