"""A full refresh against hand-written SQL: shipped traits, stages and segments at one instant.

    python -m bench.full_refresh [--customers 10000] [--rounds 5] [--folder bench/results]
    python -m bench.full_refresh --everything [--generated]
    python -m bench.full_refresh --growth --customers 1000000 [--generated]

Both sides read the same files with as many threads and give one Arrow table: a row per profile, each answer
with the instant until which it holds. Theirs is ``sql/full_refresh.sql``; asked is what that computes. Noted
beside it: how long everything takes that ships. Peak memory is that of a process that does nothing but one refresh.

``--everything``: all that ships, alone, kept within DuckDB. ``--growth``: all that ships of so many customers against a tenth of them;
``growth`` is the cost of a customer of the large shop in customers of the small one. ``--generated``: the
shop of ``stamgast generate``, which has everything that a shop can have, instead of the plain synthetic one.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb

from bench.harness import compare, peak_memory_mb, report, timed
from bench.synthetic_shop import (
    GENERATED_UNTIL,
    ZONE,
    SyntheticShop,
    make,
    make_generated,
    options,
)
from stamgast.app.core import STAGE, Core
from stamgast.clock import SystemClock, from_micros, parse_instant, to_micros

if TYPE_CHECKING:
    from argparse import Namespace

    import pyarrow as pa

T = parse_instant("2026-06-01T10:00:00Z")
T_GENERATED = parse_instant(f"{GENERATED_UNTIL}T00:00:00Z")
SQL = (Path(__file__).parent / "sql" / "full_refresh.sql").read_text("utf-8")
THREADS = os.cpu_count() or 1
HELD_BACK = {"since_last_order"}
"""An age is the instant it is counted from: last_order_at, asked anyway."""


def ours(shop: SyntheticShop, t: int = T) -> pa.Table:
    """The answers of a new engine: one that lives keeps the shop statistics of a midnight."""
    core = core_of(shop.folder)
    return core.engine_for(core.definitions).answers(told_by_hand(shop, core), t)


def everything(shop: SyntheticShop, t: int) -> tuple[int, int]:
    """All that ships, kept within DuckDB as a refresh keeps it and read once: how many rows, and a hash of them.

    As one Arrow table it would be larger than what all of it may need.
    """
    core = core_of(shop.folder)
    core.engine_for(core.definitions).create("bench_everything", names(core), t)
    [(many, told)] = core.reader.db.run(
        "SELECT count(*), bit_xor(hash(t)) FROM bench_everything AS t"
    )
    return int(many), int(told)


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
    parser.add_argument("--only", choices=["ours", "theirs", "everything"], help="one side, once")
    parser.add_argument("--everything", action="store_true", help="all that ships, alone")
    parser.add_argument("--growth", action="store_true", help="against a tenth of the customers")
    parser.add_argument("--generated", action="store_true", help="the shop of `stamgast generate`")
    arguments = parser.parse_args()
    shop = shop_of(arguments, arguments.customers)
    t = T_GENERATED if arguments.generated else T
    match arguments.only:
        case "ours":
            print(ours(shop).num_rows)
        case "theirs":
            print(theirs(shop).num_rows)
        case "everything":
            print(everything(shop, t)[0])
        case _ if arguments.growth:
            growth(shop, t, arguments)
        case _ if arguments.everything or arguments.generated:
            alone(shop, t, arguments)
        case _:
            both(shop, arguments)


def shop_of(arguments: Namespace, customers: int) -> SyntheticShop:
    """The shop that is asked for."""
    if arguments.generated:
        return make_generated(arguments.folder, customers=customers)
    return make(arguments.folder, customers=customers)


def alone(shop: SyntheticShop, t: int, arguments: Namespace) -> None:
    """How long everything takes that ships, and how much memory."""
    runs = [timed(lambda: everything(shop, t)) for _ in range(arguments.rounds)]
    found = {
        "name": "full_refresh_everything",
        "customers": shop.customers,
        "generated": arguments.generated,
        "shipped": len(names(core_of(shop.folder))),
        "profiles": runs[0].answer[0],
        "wall_s": round(median(run.wall_s for run in runs), 2),
        "cpu_s": round(median(run.cpu_s for run in runs), 2),
        "peak_mb": _peak("everything", arguments),
        "rounds": arguments.rounds,
    }
    print(json.dumps(found), flush=True)


def growth(large: SyntheticShop, t: int, arguments: Namespace) -> None:
    """The cost of a customer of a large shop, in customers of a small one."""
    small = shop_of(arguments, arguments.customers // 10)
    found = compare(
        "full_refresh_growth",
        lambda: everything(large, t),
        lambda: everything(small, t),
        same=lambda many, few: many[0] > few[0] > 0,
        rows=large.customers,
        rounds=arguments.rounds,
        target=1.1,
    )
    times = large.customers / small.customers
    notes = {
        "growth": round(found.ratio / times, 3),
        "cpu_growth": round(found.cpu_ratio / times, 3),
    }
    report(replace(found, notes={**found.notes, **notes}))


def _peak(side: str, arguments: Namespace) -> int:
    """Peak memory in MB of a process that does one thing once."""
    more = ["--generated"] if arguments.generated else []
    return peak_memory_mb(
        "bench.full_refresh",
        *("--only", side, "--folder", str(arguments.folder)),
        *("--customers", str(arguments.customers), *more),
    )


def both(shop: SyntheticShop, arguments: Namespace) -> None:
    """Compare, and report."""
    memory = {f"{side}_peak_mb": _peak(side, arguments) for side in ("ours", "theirs")}
    rows = theirs(shop).num_rows
    core = core_of(shop.folder)
    begun, begun_cpu = perf_counter(), process_time()
    everything(shop, T)
    beside = {
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
            **beside,
        )
    )


if __name__ == "__main__":
    main()
