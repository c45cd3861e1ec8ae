"""The shop, written: part by part, so that its size does not matter to the memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from stamgast.demo.generator.frame import Frame
from stamgast.demo.generator.making import make_part
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

PART = 25_000
"""Customers per file."""
ROW_GROUP = 122_880
FEEDS = ("customers", "orders", "refunds")
"""The files that have a mapping, in the order in which they are best read."""
FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2099, 1, 1)
MOST_CUSTOMERS = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, and where."""

    folder: Path
    until: date
    customers: int
    seed: int
    rows: dict[str, int] = field(default_factory=dict)
    """Rows by kind of file."""

    def files(self, kind: str) -> list[Path]:
        """The files of a kind, in order."""
        return sorted(self.folder.glob(f"{kind}-*.parquet"))

    def mapping(self, kind: str) -> Path:
        """The mapping that reads the files of a kind."""
        return self.folder / "mappings" / f"{kind}.yaml"

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
    shop's zone. The same customers, seed and day give the same bytes. ``progress``: customers done
    and of how many. Raises UserError ``generate.customers``, ``generate.day``, ``generate.folder``.
    """
    _check(folder, customers, until)
    frame = Frame(seed=seed, until=until)
    (folder / "mappings").mkdir(parents=True)
    made = Written(folder=folder, until=until, customers=customers, seed=seed)
    for part, first in enumerate(range(1, customers + 1, PART), 1):
        last = min(first + PART, customers + 1)
        for kind, table in make_part(frame, first, last).items():
            _write(made, kind, part, table)
        if progress is not None:
            progress(last - 1, customers)
    _write_whole(made, "products", frame.catalogue.table())
    _copy_mappings(folder)
    return made


def _check(folder: Path, customers: int, until: date) -> None:
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise UserError(
            "generate.customers",
            f"a shop of {customers} customers cannot be made",
            where="--customers",
            hint=f"a number from 1 to {MOST_CUSTOMERS}",
        )
    if not FIRST_DAY <= until <= LAST_DAY:
        raise UserError(
            "generate.day",
            f"a shop cannot be made up to {until}",
            where="--until",
            hint=f"a day from {FIRST_DAY} to {LAST_DAY}",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            "generate.folder",
            "there is something here already",
            where=str(folder),
            hint="name a new folder",
        )


def _write(made: Written, kind: str, part: int, table: pa.Table) -> None:
    _write_whole(made, kind, table, f"-{part:03d}")


def _write_whole(made: Written, kind: str, table: pa.Table, suffix: str = "") -> None:
    pq.write_table(
        table,
        made.folder / f"{kind}{suffix}.parquet",
        compression="zstd",
        compression_level=1,
        row_group_size=ROW_GROUP,
        store_schema=False,
    )
    made.rows[kind] = made.rows.get(kind, 0) + table.num_rows


def _copy_mappings(folder: Path) -> None:
    source = resources.files("stamgast.demo.generator").joinpath("mappings")
    for kind in FEEDS:
        text = source.joinpath(f"{kind}.yaml").read_text(encoding="utf-8")
        (folder / "mappings" / f"{kind}.yaml").write_text(text, encoding="utf-8")
