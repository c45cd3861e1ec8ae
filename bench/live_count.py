"""The count of a segment that nobody asked before, against ``count(*)`` with the same condition by hand.

    python -m bench.live_count [--customers 10000] [--rounds 5] [--folder bench/results]

Ours: ``shop.segment(condition).count()`` of a condition built in Python: two orders or more in the last year,
worth 100 or more together, and something viewed in the last 90 days. Theirs: ``sql/live_count.sql`` on the
same files with as many threads. The shop is open, as it is behind a screen.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import stamgast as sg
from bench.harness import compare, report
from bench.synthetic_shop import SyntheticShop, make, options
from stamgast.app.shop import Shop

if TYPE_CHECKING:
    import duckdb

AT = "2026-06-01T10:00:00Z"
SQL = (Path(__file__).parent / "sql" / "live_count.sql").read_text("utf-8")


def ours(folder: Path) -> int:
    """How many are in it at the instant."""
    asked = (
        (sg.count("order", within="365d") >= 2)
        & (sg.aggregate("sum", "total", "order", within="365d") >= 100)
        & sg.did("Product Viewed", within="90d")
    )
    return shop_of(folder).segment(asked, as_of=AT).count()


@cache
def shop_of(folder: Path) -> Shop:
    """The shop, opened once."""
    return Shop.open(folder)


def theirs(shop: SyntheticShop) -> int:
    """The same by hand."""
    [(many,)] = connection_of(shop).execute(SQL, {"t": AT}).fetchall()
    return int(many)


@cache
def connection_of(shop: SyntheticShop) -> duckdb.DuckDBPyConnection:
    """A connection with views on the shop's files, opened once."""
    return shop.lake(threads=os.cpu_count() or 1)


def main() -> None:
    """Measure and print."""
    arguments = options(__doc__).parse_args()
    shop = make(arguments.folder, customers=arguments.customers)
    report(
        compare(
            "live_count",
            lambda: ours(shop.folder),
            lambda: theirs(shop),
            same=lambda one, other: one == other,
            rows=theirs(shop),
            rounds=arguments.rounds,
            customers=arguments.customers,
            target=1.5,
        )
    )


if __name__ == "__main__":
    main()
