"""A full refresh against hand-written SQL: shipped traits, stages and segments at one instant.

    python -m bench.full_refresh [--customers 10000] [--rounds 5] [--folder bench/results]

Both sides read the same files with as many threads and give one Arrow table: a row per profile, each answer
with the instant until which it holds. Theirs is ``sql/full_refresh.sql``; asked is what that computes, which is
what shipped first. Noted beside it: how long everything takes that ships by now. Peak memory is that of a
process that does nothing but one refresh.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb

from bench.harness import compare, peak_memory_mb, report
from bench.synthetic_shop import ZONE, SyntheticShop, make, options
from stamgast.app.core import STAGE, Core
from stamgast.clock import SystemClock, from_micros, parse_instant, to_micros

if TYPE_CHECKING:
    from argparse import Namespace

    import pyarrow as pa

T = parse_instant("2026-06-01T10:00:00Z")
SQL = (Path(__file__).parent / "sql" / "full_refresh.sql").read_text("utf-8")
THREADS = os.cpu_count() or 1
HELD_BACK = {"since_last_order"}
"""An age is the instant it is counted from: last_order_at, asked anyway."""


def ours(shop: SyntheticShop, t: int = T, *, everything: bool = False) -> pa.Table:
    """The answers of a new engine: one that lives keeps the shop statistics of a midnight."""
    core = core_of(shop.folder)
    asked = names(core) if everything else told_by_hand(shop, core)
    return core.engine_for(core.definitions).answers(asked, t)


@cache
def told_by_hand(shop: SyntheticShop, core: Core) -> list[str]:
    """Of everything that ships what the hand-written statement computes."""
    told = set(statement(shop, T).columns)
    return [name for name in names(core) if name in told]


@cache
def core_of(folder: Path) -> Core:
    """The shop, opened once."""
    return Core(folder, SystemClock())


def names(core: Core) -> list[str]:
    """Everything that ships."""
    defined = core.definitions
    traits = [name for name in defined.traits if name not in HELD_BACK]
    return [*traits, STAGE, *defined.segments]


def theirs(shop: SyntheticShop, t: int = T) -> pa.Table:
    """The answers of the hand-written statement."""
    return statement(shop, t).to_arrow_table()


def statement(shop: SyntheticShop, t: int) -> duckdb.DuckDBPyRelation:
    """The hand-written statement, not run yet."""
    local = from_micros(t).astimezone(ZoneInfo(ZONE))
    midnight = datetime(local.year, local.month, local.day, tzinfo=ZoneInfo(ZONE))
    tomorrow = midnight + timedelta(days=1)
    values = {
        "t": t,
        "midnight": to_micros(midnight),
        "next_midnight": to_micros(tomorrow),
        "zone": ZONE,
    }
    return connection_of(shop).sql(SQL, params=values)


@cache
def connection_of(shop: SyntheticShop) -> duckdb.DuckDBPyConnection:
    """A connection with views on the shop's files, opened once."""
    return shop.lake(threads=THREADS)


def differences(one: pa.Table, other: pa.Table) -> dict[str, int]:
    """Per column the number of profiles whose answers differ; ``profiles``: who is in one only."""
    connection = duckdb.connect()
    connection.register("one", one)
    connection.register("other", other)
    columns = [name for name in other.column_names if name != "profile_id"]
    counted = ", ".join(
        f'count(*) FILTER (one."{name}" IS DISTINCT FROM other."{name}") AS "{name}"'
        for name in columns
    )
    cursor = connection.execute(
        "SELECT count(*) FILTER (one.profile_id IS NULL OR other.profile_id IS NULL) AS profiles, "
        f'{counted} FROM (SELECT * FROM one WHERE "exists") AS one FULL JOIN other USING (profile_id)'
    )
    found = dict(
        zip([row[0] for row in cursor.description or ()], cursor.fetchall()[0], strict=True)
    )
    return {name: count for name, count in found.items() if count}


def same(one: pa.Table, other: pa.Table) -> bool:
    """Whether both have the same columns and the same answers."""
    missing = {*other.column_names} ^ ({*one.column_names} - {"exists"})
    found = differences(one, other) if not missing else {}
    for what in (missing, found):
        if what:
            print(f"differing: {what}", file=sys.stderr)
    return not missing and not found


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--only", choices=["ours", "theirs"], help="one side, once, for its memory")
    arguments = parser.parse_args()
    shop = make(arguments.folder, customers=arguments.customers)
    match arguments.only:
        case "ours":
            print(ours(shop).num_rows)
        case "theirs":
            print(theirs(shop).num_rows)
        case _:
            both(shop, arguments)


def both(shop: SyntheticShop, arguments: Namespace) -> None:
    """Compare, and report."""
    memory = {
        f"{side}_peak_mb": peak_memory_mb(
            "bench.full_refresh",
            *("--only", side, "--folder", str(arguments.folder)),
            *("--customers", str(arguments.customers)),
        )
        for side in ("ours", "theirs")
    }
    rows = theirs(shop).num_rows
    core = core_of(shop.folder)
    begun, begun_cpu = perf_counter(), process_time()
    ours(shop, everything=True)
    everything = {
        "shipped": len(names(core)),
        "compared": len(told_by_hand(shop, core)),
        "everything_s": round(perf_counter() - begun, 2),
        "everything_cpu_s": round(process_time() - begun_cpu, 2),
    }
    report(
        compare(
            "full_refresh",
            lambda: ours(shop),
            lambda: theirs(shop),
            same=same,
            rows=rows,
            rounds=arguments.rounds,
            customers=arguments.customers,
            target=1.0,
            **memory,
            **everything,
        )
    )


if __name__ == "__main__":
    main()
