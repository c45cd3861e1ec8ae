"""The shop, written: part by part, so that its size does not matter to the memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from stamgast.demo.generator import truth
from stamgast.demo.generator.dirt import soil
from stamgast.demo.generator.frame import Frame
from stamgast.demo.generator.making import CATALOGUE, FEEDS, make_part
from stamgast.demo.generator.planted import Planted, planted_count
from stamgast.demo.generator.readme import readme, sales_file
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stamgast.demo.generator.making import Part

PART = 25_000
"""Customers per file."""
ROW_GROUP = 122_880
FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2099, 1, 1)
MOST_CUSTOMERS = 50_000_000
TRUTH, MAPPINGS, DEFINITIONS = "truth", "mappings", "definitions"
MADE = "made.json"
"""In ``truth``: what the shop was made of."""
DIRT = pa.schema([("file", pa.string()), ("what", pa.string()), ("rows", pa.int64())])


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, and where."""

    folder: Path
    until: date
    customers: int
    seed: int
    rows: dict[str, int] = field(default_factory=dict)
    """Rows by kind of file."""
    dirt: dict[tuple[str, str], int] = field(default_factory=dict)
    """Of those, the rows that are dirt: by kind of file and what is wrong."""

    def files(self, kind: str) -> list[Path]:
        """The files of a kind, in order."""
        single = f"{kind}.parquet" if kind == CATALOGUE else f"{kind}-*.parquet"
        return sorted(self.folder.glob(single))

    def mapping(self, kind: str) -> Path:
        """The mapping that reads the files of a kind."""
        return self.folder / MAPPINGS / f"{kind}.yaml"

    def definitions(self) -> list[Path]:
        """Files for the shop's definitions."""
        return sorted((self.folder / DEFINITIONS).glob("*.yaml"))

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "folder": str(self.folder),
            "until": self.until.isoformat(),
            "customers": self.customers,
            "seed": self.seed,
            "rows": dict(self.rows),
        }


def write_shop(
    folder: Path,
    *,
    customers: int,
    seed: int,
    until: date,
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Write the files of a shop into a new folder.

    ``until``: the day it is seen on; everything in it happened before that day's midnight in the
    shop's zone. The same customers, seed and day give the same bytes, wherever and with the same
    version of pyarrow. On an earlier day the customers who had come by then are the same, with what
    they had done by then. ``progress``: customers done and of how many.
    Raises UserError ``generate.customers``, ``generate.day``, ``generate.folder``.
    """
    check(folder, customers, until)
    frame = Frame(seed=seed, until=until)
    made = Written(folder=folder, until=until, customers=customers, seed=seed)
    (folder / TRUTH).mkdir(parents=True)
    (folder / MAPPINGS).mkdir()
    (folder / DEFINITIONS).mkdir()
    planted = Planted(frame)
    totals = [_write_part(made, frame, 0, planted.part)]
    ordinary = customers - planted_count(until)
    for part, first in enumerate(range(1, ordinary + 1, PART), 1):
        last = min(first + PART, ordinary + 1)
        totals.append(_write_part(made, frame, part, make_part(frame, first, last)))
        if progress is not None:
            progress(last - 1, ordinary)
    _write(made, "products", frame.catalogue.table())
    _write_truth(made, planted, truth.added(totals))
    _write_beside(made)
    return made


def day_of(folder: Path) -> date:
    """The day that the shop written here is seen on. Raises UserError ``generate.not_made``."""
    path = folder / TRUTH / MADE
    try:
        return date.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["until"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            "generate.not_made",
            "these are not the files of a made-up shop",
            where=str(path),
            hint="make it anew in a new folder",
        ) from error


def check(folder: Path, customers: int, until: date) -> None:
    """See that such a shop can be written there; raises what ``write_shop`` says."""
    if not FIRST_DAY <= until <= LAST_DAY:
        raise UserError(
            "generate.day",
            f"a shop cannot be made up to {until}",
            where="--until",
            hint=f"a day from {FIRST_DAY} to {LAST_DAY}",
        )
    least = planted_count(until) + 1
    if not least <= customers <= MOST_CUSTOMERS:
        raise UserError(
            "generate.customers",
            f"a shop of {customers} customers cannot be made",
            where="--customers",
            hint=f"a number from {least} (so many are planted) to {MOST_CUSTOMERS}",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            "generate.folder",
            "there is something here already",
            where=str(folder),
            hint="name a new folder",
        )


def _write_part(made: Written, frame: Frame, number: int, part: Part) -> pa.Table:
    """Writes its files; gives its totals."""
    for kind, clean in part.files.items():
        table, dirt = soil(frame, kind, number, clean)
        for what, rows in dirt.items():
            made.dirt[kind, what] = made.dirt.get((kind, what), 0) + rows
        _write(made, kind, table, f"-{number:03d}")
    for kind in ("persons", "identifiers"):
        _store(made.folder / TRUTH / f"{kind}-{number:03d}.parquet", part.truth[kind])
    return part.truth["totals"]


def _write(made: Written, kind: str, table: pa.Table, suffix: str = "") -> None:
    _store(made.folder / f"{kind}{suffix}.parquet", table)
    made.rows[kind] = made.rows.get(kind, 0) + table.num_rows


def _store(path: Path, table: pa.Table) -> None:
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=1,
        row_group_size=ROW_GROUP,
        store_schema=False,
    )


def _write_truth(made: Written, planted: Planted, totals: pa.Table) -> None:
    folder = made.folder / TRUTH
    _store(folder / "identifiers-nobody.parquet", truth.nobodys_table())
    pc_csv.write_csv(planted.table, folder / "planted.csv")
    pc_csv.write_csv(totals, folder / "totals.csv")
    dirt = [{"file": kind, "what": what, "rows": rows} for (kind, what), rows in made.dirt.items()]
    pc_csv.write_csv(pa.Table.from_pylist(dirt, schema=DIRT), folder / "dirt.csv")
    known = {"customers": made.customers, "seed": made.seed, "until": made.until.isoformat()}
    (folder / MADE).write_text(json.dumps(known) + "\n", encoding="utf-8")


def _write_beside(made: Written) -> None:
    """The mappings, the definitions that go with the shop, and the README."""
    source = resources.files("stamgast.demo.generator").joinpath("mappings")
    for kind in (*FEEDS, CATALOGUE):
        text = source.joinpath(f"{kind}.yaml").read_text(encoding="utf-8")
        made.mapping(kind).write_text(text, encoding="utf-8")
    folder = made.folder / DEFINITIONS
    for name in ("identifiers.yaml", "labels.yaml"):
        text = source.joinpath(name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "sales.yaml").write_text(sales_file(made.until), encoding="utf-8")
    text = readme(made.customers, made.seed, made.until, made.rows)
    (made.folder / "README.md").write_text(text, encoding="utf-8")
