"""Import of the whole Complete Journey against a DuckDB COPY of the same rows into the same files.

    python -m bench.bulk_import [--complete-journey transactions.parquet] [--rounds 5]

Ours: ``stamgast ingest`` into a new shop. Theirs: ``sql/bulk_import.sql``: order lines, order statements,
order versions, identifiers and first sights, same columns, same sort, same compression. Without the
option the slice of the test suite is used: small, so fixed costs (a commit that is on the disk) rule.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TypeAlias

import duckdb

from bench.harness import compare, report
from bench.synthetic_shop import SyntheticShop

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "oracle"))

from shop_calls import ShopCalls, run

SLICE = Path(__file__).parent.parent / "tests/data/complete_journey/transactions.parquet"
SQL = (Path(__file__).parent / "sql" / "bulk_import.sql").read_text("utf-8")
TABLES = ("order_line", "order_statement", "order_version", "identifier", "first_seen")
IDENTITY = {"identifier": "identifier_id"}
OWN_BUSINESS = {  # what an import numbers and stamps as it likes
    "identity_id",
    "identifier_id",
    "statement_seq",
    "seq",
    "first_seq",
    "received_at",
    "batch",
}

Digest: TypeAlias = "dict[str, tuple[int, int]]"


def ours(file: Path, folder: Path) -> duckdb.DuckDBPyConnection:
    """A new shop each time; its lake."""
    shop = Path(tempfile.mkdtemp(dir=folder)) / "shop"
    run("init", str(shop), "--zone", "UTC", "--currency", "USD", "--country", "US")
    ShopCalls(folder=shop).call("ingest", str(file), "--mapping", "complete-journey")
    return SyntheticShop(folder=shop, customers=0).lake()


def theirs(file: Path, folder: Path) -> duckdb.DuckDBPyConnection:
    """The statements, one after the other; their files."""
    target = Path(tempfile.mkdtemp(dir=folder))
    paths = {table: target / f"{table}.parquet" for table in TABLES}
    script = SQL
    for table, path in paths.items():
        script = script.replace(f"{{{table}}}", str(path))
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for statement in duckdb.extract_statements(script):
        wanted = {"file": str(file)} if "file" in statement.named_parameters else None
        connection.execute(statement, wanted)
    for table, path in paths.items():
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
    return connection


def digest(connection: duckdb.DuckDBPyConnection) -> Digest:
    """Number of rows and sum of row hashes of each table, whose rows are named by the identifier."""
    found = {}
    for table in TABLES:
        identity = IDENTITY.get(table, "identity_id")
        described = connection.execute(f"DESCRIBE {table}").fetchall()
        columns = sorted(row[0] for row in described if row[0] not in OWN_BUSINESS)
        # versions are numbered from 0 or 1 as one likes; of each order there is one
        told = ", ".join(f'x."{column}"' for column in columns if column != "version")
        [(rows, checksum)] = connection.execute(
            f"SELECT count(*), sum(hash(i.value, {told})::HUGEINT) FROM {table} AS x"
            f" JOIN identifier AS i ON i.identifier_id = x.{identity}"
        ).fetchall()
        found[table] = (rows, checksum)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complete-journey", type=Path, default=SLICE)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    file = arguments.complete_journey
    [(rows,)] = duckdb.execute("SELECT count(*) FROM read_parquet($f)", {"f": str(file)}).fetchall()
    with tempfile.TemporaryDirectory() as folder:
        report(
            compare(
                "bulk_import",
                lambda: ours(file, Path(folder)),
                lambda: theirs(file, Path(folder)),
                same=lambda a, b: digest(a) == digest(b),
                rows=rows,
                rounds=arguments.rounds,
                target=1.5,
            )
        )


if __name__ == "__main__":
    main()
