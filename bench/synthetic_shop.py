"""The shop that benchmarks ask: a synthetic log, imported by the documented calls, kept for re-use.

python -m bench.synthetic_shop FOLDER --customers 10000
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlalchemy as sa

from bench import synthetic
from stamgast.store.lake import BATCH, DERIVED_OF_ORDERS, LAKE

MAPPINGS = Path(__file__).parent / "mappings"
ZONE = "Europe/Amsterdam"
KINDS = ("signups", "orders", "refunds", "events")
SEED = 1
GENERATED_UNTIL = "2026-11-22"
LIVE = (
    " LEFT JOIN (SELECT order_key, max(batch) AS last FROM replaced GROUP BY order_key) AS r"
    " USING (order_key) WHERE r.last IS NULL OR r.last <= x.batch"
)
"""Without the rows of replaced orders' earlier batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticShop:
    """A shop's folder and how many customers were drawn for it."""

    folder: Path
    customers: int

    def lake(self, *, threads: int | None = None) -> duckdb.DuckDBPyConnection:
        """A plain connection with a view of each lake table: the catalogued files, dead rows left out.

        For the hand-written sides; a table without files is an empty one of its columns.
        """
        listed = self._files()
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        if threads:
            connection.execute(f"SET threads = {threads}")
        for table in sorted(LAKE.values(), key=lambda table: table.name != "replaced"):
            if paths := listed.get(table.name):
                body = (
                    f"SELECT * FROM read_parquet({paths!r}, union_by_name = {len(paths) > 1}) AS x"
                )
                if table.name in DERIVED_OF_ORDERS and "replaced" in listed:
                    body = body.replace("SELECT *", "SELECT x.*", 1) + LIVE
            else:
                columns = ", ".join(
                    f'NULL::{kind} AS "{name}"' for name, kind in (*table.columns, BATCH)
                )
                body = f"SELECT {columns} WHERE false"
            connection.execute(f"CREATE VIEW {table.name} AS {body}")
        return connection

    def _files(self) -> dict[str, list[str]]:
        data = self.folder / "data"
        engine = sa.create_engine(f"sqlite:///{data / 'stamgast.sqlite'}")
        with engine.connect() as connection:
            rows = connection.execute(sa.text('SELECT "table", path FROM lake_file ORDER BY path'))
            listed: dict[str, list[str]] = {}
            for table, path in rows:
                listed.setdefault(table, []).append(str(data / "lake" / path))
        engine.dispose()
        return listed


def make(folder: Path, *, customers: int) -> SyntheticShop:
    """The shop of so many customers below ``folder``, made if it is not there yet."""
    shop = SyntheticShop(folder=folder / f"shop-{customers}", customers=customers)
    done = shop.folder / "bench-complete"
    if done.exists():
        return shop
    shutil.rmtree(shop.folder, ignore_errors=True)
    sources = folder / f"sources-{customers}"
    started = time.perf_counter()
    synthetic.write(sources, customers=customers, seed=SEED)
    print(f"drawn in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    _stamgast("init", str(shop.folder), "--zone", ZONE, "--currency", "EUR", "--country", "NL")
    for kind in KINDS:
        files = sorted(str(file) for file in sources.glob(f"{kind}-*.parquet"))
        started = time.perf_counter()
        mapping = str(MAPPINGS / f"{kind}.yaml")
        _stamgast("--shop", str(shop.folder), "ingest", *files, "--mapping", mapping)
        print(f"{kind} imported in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    shutil.rmtree(sources)
    done.touch()
    return shop


def make_generated(folder: Path, *, customers: int) -> SyntheticShop:
    """The shop that ``stamgast generate`` makes up of so many customers, made if it is not there yet."""
    shop = SyntheticShop(folder=folder / f"generated-{customers}", customers=customers)
    done = shop.folder / "bench-complete"
    if not done.exists():
        shutil.rmtree(shop.folder, ignore_errors=True)
        many = ("--customers", str(customers), "--seed", str(SEED))
        _stamgast("generate", *many, "--until", GENERATED_UNTIL, "--shop", str(shop.folder))
        done.touch()
    return shop


def _stamgast(*arguments: str) -> None:
    # beside other work a machine has less than what DuckDB takes for itself unless told
    subprocess.run(
        [sys.executable, "-m", "stamgast", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"STAMGAST_MEMORY_LIMIT": "6GB", **os.environ},
    )


def options(about: str | None) -> argparse.ArgumentParser:
    """The options that benchmarks on this shop share."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=Path("bench") / "results")
    parser.add_argument("--rounds", type=int, default=5)
    return parser


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("folder", type=Path)
    given.add_argument("--customers", type=int, default=10_000)
    chosen = given.parse_args()
    print(make(chosen.folder, customers=chosen.customers).folder)
