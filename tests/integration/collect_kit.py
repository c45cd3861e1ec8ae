"""A shop to import into, and its lake as tables of plain values."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from stamgast.clock import parse_instant
from stamgast.collect.ingest import CollectSettings, ingest
from stamgast.collect.mapping_files import parse_mapping
from stamgast.identity.kinds import read_kinds
from stamgast.identity.resolve import Identity
from stamgast.store.files import listed
from stamgast.store.shop import ShopStore
from stamgast.store.views import create_lake_views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.collect.mapping import Mapping as FileMapping
    from stamgast.collect.report import ImportReport
    from stamgast.store.database import Database

DATA = Path(__file__).parent.parent / "data"
GROCERIES = DATA / "complete_journey" / "transactions.parquet"
GIFTS = [
    DATA / "online_retail" / f"online_retail_{years}.parquet"
    for years in ("2009_2010", "2010_2011")
]


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is set."""

    at: int = parse_instant("2026-01-15T12:00:00Z")

    def now(self) -> int:
        return self.at


@dataclass(slots=True)
class Shop:
    """A shop in a folder."""

    folder: Path
    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    rates: Path | None = None
    clock: FixedClock = field(default_factory=FixedClock)
    _looked: tuple[int, Database] | None = None
    """The lake as it was asked last, and after which commit."""

    def store(self) -> ShopStore:
        return ShopStore(self.folder, self.zone, clock=self.clock, threads=2)

    def ingest(self, mapping: str | FileMapping, *files: Path | str) -> ImportReport:
        store = self.store()
        report = ingest(
            store,
            files,
            mapping,
            settings=lambda: nullcontext(
                CollectSettings(zone=self.zone, currency=self.currency, rates=self.rates)
            ),
            resolver=lambda country: Identity(read_kinds(country=country), store.verdicts()),
        )
        for file in report.files:
            told = file.accepted + file.repeated
            told += sum(file.left_out.values()) + sum(file.quarantined.values())
            assert told == file.lines, file
            assert min(file.accepted, file.repeated) >= 0, file
        return report

    def rows(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        """A question of the lake: its tables are views named lake_..."""
        store = self.store()
        version = store.version()
        if self._looked is None or self._looked[0] != version:
            if self._looked is not None:
                self._looked[1].close()
            database = store.database()
            with store.catalogue.reading() as connection:
                create_lake_views(database, store.lake, listed(connection))
            self._looked = version, database
        return self._looked[1].run(sql, parameters)

    def quarantined(self) -> list[tuple[str, int | None, str, Any]]:
        """File name, line, reason and row, of all that was quarantined, in order."""
        with self.store().catalogue.reading() as connection:
            found = connection.exec_driver_sql(
                'SELECT file, line, reason, "row" FROM quarantine ORDER BY id'
            ).all()
        return [
            (Path(file).name, line, reason, json.loads(row)) for file, line, reason, row in found
        ]

    def orders(self) -> list[tuple[Any, ...]]:
        """Everything that is derived of orders, but for what an import numbers as it likes."""
        return self.rows(
            "SELECT i.value, v.order_key, v.version, epoch_us(v.valid_from), epoch_us(v.valid_to), "
            "epoch_us(v.ordered_at), v.counts, v.total, v.refunded, v.net_total, v.coupon_used, "
            "v.status FROM lake_order_version AS v "
            "LEFT JOIN lake_identifier AS i ON i.identifier_id = v.identity_id "
            "WHERE NOT EXISTS (SELECT 1 FROM lake_replaced AS r "
            "WHERE r.order_key = v.order_key AND r.batch > v.batch) "
            "ORDER BY v.order_key, v.version"
        )


def mapping(text: str) -> FileMapping:
    """A mapping of a test: its sections and what it adds; zone, currency and country are given."""
    head = "version: 1\n"
    for key, value in (
        ("source", "test"),
        ("zone", "Europe/Amsterdam"),
        ("currency", "EUR"),
        ("country", "NL"),
    ):
        if f"\n{key}:" not in f"\n{text}":
            head += f"{key}: {value}\n"
    return parse_mapping(head + text, "test.yaml")


ORDERS = """
rows:
  - kind: order_lines
    fields: {order: nr, ordered_at: at, amount: price, quantity: n, sku: sku}
    identifiers: {customer_id: who}
"""
"""For files with the columns nr, at, price, n, sku, who."""


def csv(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """A CSV file of these lines."""
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def parquet(path: Path, columns: Mapping[str, Sequence[object] | pa.Array]) -> Path:
    """A Parquet file of these columns."""
    pq.write_table(pa.table(dict(columns)), path)
    return path
