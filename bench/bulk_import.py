"""Imports against a DuckDB COPY of the same rows into the same files, sorted the same way.

    python -m bench.bulk_import [--complete-journey transactions.parquet] [--customers 10000] [--rounds 5]

Ours: ``stamgast ingest`` into a new shop. Theirs: ``sql/bulk_import.sql`` (baskets of Complete Journey: order
lines, statements and versions) and ``sql/bulk_import_events.sql`` (events of a synthetic site), and of both the
identifiers and first sights. Without the option the slice of the test suite stands in for the whole
Complete Journey: small, so fixed costs (a commit that is on the disk) rule.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from bench import synthetic
from bench.harness import compare
from bench.synthetic_shop import MAPPINGS, SEED, SyntheticShop

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "oracle"))

from shop_calls import ShopCalls, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.harness import Comparison

SLICE = Path(__file__).parent.parent / "tests/data/complete_journey/transactions.parquet"
SQL = Path(__file__).parent / "sql"
PEOPLE = ("identifier", "first_seen")
IDENTITY = {"identifier": "identifier_id"}
OWN_BUSINESS = {  # what an import numbers and stamps as it likes
    "identity_id",
    "identifier_id",
    "statement_seq",
    "lines_seq",
    "seq",
    "first_seq",
    "received_at",
    "version",
    "batch",
}

Digest: TypeAlias = "dict[str, tuple[int, int]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import, both ways. ``parameter``: the name of the statements' list of files, or one file."""

    name: str
    mapping: str
    files: tuple[str, ...]
    script: str
    parameter: str
    tables: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of the source files."""
        query = "SELECT count(*) FROM read_parquet($files)"
        [(rows,)] = duckdb.execute(query, {"files": list(self.files)}).fetchall()
        return int(rows)

    def ours(self, folder: Path) -> Path:
        """A new shop that read the files."""
        shop = Path(tempfile.mkdtemp(dir=folder)) / "shop"
        run("init", str(shop))
        ShopCalls(folder=shop).call("ingest", *self.files, "--mapping", self.mapping)
        return shop

    def theirs(self, folder: Path) -> Path:
        """A folder with the files that the statements wrote."""
        target = Path(tempfile.mkdtemp(dir=folder))
        script = (SQL / self.script).read_text("utf-8")
        for table in self.tables:
            script = script.replace(f"{{{table}}}", str(target / f"{table}.parquet"))
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        given = list(self.files) if self.parameter == "files" else self.files[0]
        for statement in duckdb.extract_statements(script):
            asked = self.parameter in statement.named_parameters
            connection.execute(statement, {self.parameter: given} if asked else None)
        return target

    def same(self, ours: Path, theirs: Path) -> bool:
        """Whether both wrote the same rows; then they are not needed any more."""
        connection = duckdb.connect()
        for table in self.tables:
            path = theirs / f"{table}.parquet"
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
        our_digest = digest(SyntheticShop(folder=ours, customers=0).lake(), self.tables)
        their_digest = digest(connection, self.tables)
        shutil.rmtree(ours.parent)
        shutil.rmtree(theirs)
        if our_digest != their_digest:
            print(f"differing: {our_digest} {their_digest}", file=sys.stderr)
        return our_digest == their_digest


def digest(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> Digest:
    """Number of rows and sum of row hashes of each table, whose rows are named by the identifier."""
    found = {}
    for table in tables:
        identity = IDENTITY.get(table, "identity_id")
        described = connection.execute(f"DESCRIBE {table}").fetchall()
        columns = sorted(row[0] for row in described if row[0] not in OWN_BUSINESS)
        told = ", ".join(f'x."{column}"' for column in columns)
        [(rows, checksum)] = connection.execute(
            f"SELECT count(*), sum(hash(i.kind, i.value, {told})::HUGEINT) FROM {table} AS x"
            f" JOIN identifier AS i ON i.identifier_id = x.{identity}"
        ).fetchall()
        found[table] = (rows, checksum)
    return found


def baskets(file: Path) -> Import:
    """Complete Journey."""
    return Import(
        name="bulk_import",
        mapping="complete-journey",
        files=(str(file),),
        script="bulk_import.sql",
        parameter="file",
        tables=("order_line", "order_statement", "order_version", *PEOPLE),
    )


def site_events(folder: Path, customers: int) -> Import:
    """The events of a synthetic site."""
    synthetic.write(folder, customers=customers, seed=SEED)
    return Import(
        name="bulk_import_events",
        mapping=str(MAPPINGS / "events.yaml"),
        files=tuple(sorted(str(path) for path in folder.glob("events-*.parquet"))),
        script="bulk_import_events.sql",
        parameter="files",
        tables=("event", *PEOPLE),
    )


def measure(case: Import, folder: Path, rounds: int) -> Comparison:
    return compare(
        case.name,
        lambda: case.ours(folder),
        lambda: case.theirs(folder),
        same=case.same,
        rows=case.rows,
        rounds=rounds,
        target=1.5,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complete-journey", type=Path, default=SLICE)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["baskets", "events"])
    arguments = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.only != "events":
            found.append(measure(baskets(arguments.complete_journey), folder, arguments.rounds))
            print(found[-1].as_json(), flush=True)
        if arguments.only != "baskets":
            case = site_events(folder / "sources", arguments.customers)
            found.append(measure(case, folder, arguments.rounds))
            print(found[-1].as_json(), flush=True)
    return int(not all(comparison.equal for comparison in found))


if __name__ == "__main__":
    sys.exit(main())
