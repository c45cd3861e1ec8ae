"""An incremental refresh after some customers have news, against a refresh that begins anew.

    python -m bench.incremental [--customers 10000] [--share 0.01] [--hours 1] [--rounds 5] [--folder bench/results]

A shop of the plain synthetic log that was refreshed at the end of the log; then that share of its customers
view a product, put one in the cart and buy, within so many hours, and it is refreshed again: once
from where it was, once ``--anew``. Both record the same members. Each round works on a copy of the shop.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from bench.harness import compare, report
from bench.synthetic_shop import MAPPINGS, SyntheticShop, make, options
from stamgast.app.core import Core
from stamgast.app.refreshing import refresh
from stamgast.app.shop import Shop
from stamgast.clock import SystemClock, from_micros, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

END = parse_instant("2026-06-01T10:00:00Z")
NEWS = {
    "events": """
        SELECT printf('news/%d/%d', i, k) AS message_id,
            CASE k WHEN 0 THEN 'Product Viewed' ELSE 'Product Added' END AS event,
            printf('%08d', i) AS customer_no, NULL::VARCHAR AS email, NULL::VARCHAR AS visitor,
            make_timestamp($at + (i + k) * 1000) AS occurred_at, printf('P%05d', i % 5000) AS product_id,
            'category 1' AS category, 12.34::DECIMAL(12, 2) AS price
        FROM range(1, $customers + 1, $step) AS r (i), range(2) AS s (k)
        """,
    "orders": """
        SELECT printf('news-%d', i) AS order_no, printf('%08d', i) AS customer_no,
            printf('klant%08d@example.com', i) AS email, make_timestamp($at + i * 2000) AS ordered_at,
            0 AS line_no, printf('P%05d', i % 5000) AS product_id, 'category 1' AS category, 1 AS quantity,
            12.34::DECIMAL(12, 2) AS unit_price, 12.34::DECIMAL(12, 2) AS amount,
            0::DECIMAL(12, 2) AS discount, NULL::VARCHAR AS coupon, 'web' AS channel
        FROM range(1, $customers + 1, $step) AS r (i)
        """,
}
MEMBERS = """
    SELECT count(*), sum(hash(profile_id, segment)::HUGEINT) FROM (
        SELECT DISTINCT profile_id, segment FROM membership WHERE left_at IS NULL)
    """


def copied(shop: Path, target: Path) -> Path:
    """A copy that shares the files of the lake, which never change."""
    shutil.copytree(shop / "data" / "lake", target / "data" / "lake", copy_function=os.link)
    for name in ("stamgast.toml", "definitions"):
        kind = shutil.copytree if (shop / name).is_dir() else shutil.copy2
        kind(shop / name, target / name)
    with (
        sqlite3.connect(shop / "data" / "stamgast.sqlite") as source,
        sqlite3.connect(target / "data" / "stamgast.sqlite") as into,
    ):
        source.backup(into)
    return target


def with_news(base: SyntheticShop, folder: Path, share: float) -> Path:
    """A copy that was refreshed at the end of the log, and then told the news."""
    shop = copied(base.folder, folder / "told")
    core = Core(shop, SystemClock())
    refresh(core, END, anew=True)
    core.close()
    given = {"at": END + 60_000_000, "customers": base.customers, "step": round(1 / share)}
    for kind, query in NEWS.items():
        path = folder / f"{kind}-news.parquet"
        duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)", given)
        with Shop.open(shop) as opened:
            opened.ingest(path, mapping=str(MAPPINGS / f"{kind}.yaml"))
    return shop


def refreshed(shop: Path, t: int, *, anew: bool) -> Path:
    """The shop, after a refresh."""
    core = Core(shop, SystemClock())
    refresh(core, t, anew=anew)
    core.close()
    return shop


def recorded(shop: Path) -> list[tuple[object, ...]]:
    """How many stays last and which."""
    core = Core(shop, SystemClock())
    found = core.reader.db.run(MEMBERS)
    core.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = options(__doc__)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--hours", type=int, default=1)
    arguments = parser.parse_args()
    base = make(arguments.folder, customers=arguments.customers)
    t = END + arguments.hours * 3_600_000_000
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        told = with_news(base, folder, arguments.share)
        copies = _copies(told, folder, 2 * (arguments.rounds + 1))
        found = compare(
            "incremental_refresh",
            lambda: refreshed(next(copies), t, anew=False),
            lambda: refreshed(next(copies), t, anew=True),
            same=lambda one, other: recorded(one) == recorded(other),
            rows=round(base.customers * arguments.share),
            rounds=arguments.rounds,
            customers=base.customers,
            until=(from_micros(END) + timedelta(hours=arguments.hours)).isoformat(),
            target=0.1,
        )
    report(found)


def _copies(told: Path, folder: Path, many: int) -> Iterator[Path]:
    """Made before anything is timed."""
    return iter([copied(told, folder / f"copy-{n}") for n in range(many)])


if __name__ == "__main__":
    main()
