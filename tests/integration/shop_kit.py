"""A small shop whose stays can be told by hand: orders as (customer, day and time, pounds)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Order = tuple[int | None, str, int]


def orders_file(path: Path, orders: Sequence[Order], *, first: int = 1) -> Path:
    """A file as the mapping ``online-retail`` reads it; a negative amount is a refund (UTC zone)."""
    rows = [
        {
            "invoice": f"{'C' if pounds < 0 else ''}{number}",
            "stock_code": "10001",
            "description": "A cup & a <saucer>",
            "quantity": -1 if pounds < 0 else 1,
            "invoice_date": datetime.fromisoformat(moment),
            "unit_price": float(abs(pounds)),
            "customer_id": customer,
            "country": "Nederland",
        }
        for number, (customer, moment, pounds) in enumerate(orders, first)
    ]
    types = [
        ("invoice", pa.string()),
        ("stock_code", pa.string()),
        ("description", pa.string()),
        ("quantity", pa.int32()),
        ("invoice_date", pa.timestamp("us")),
        ("unit_price", pa.float64()),
        ("customer_id", pa.int32()),
        ("country", pa.string()),
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(types)), path)
    return path


def make_shop(folder: Path, orders: Sequence[Order]) -> Shop:
    """A new shop that was fed these orders. Zone Europe/London (UTC in winter), pounds."""
    shop = Shop.create(folder, name="Teashop")
    shop.ingest(orders_file(folder / "orders.parquet", orders), mapping="online-retail")
    return shop


def stays(shop: Shop) -> list[tuple[str, str, str | None, str | None]]:
    """Everything that refreshes recorded: customer, segment, entered, left."""
    rows = shop.sql(
        """
        SELECT p.identifier AS customer, m.segment,
            strftime(timezone('UTC', m.entered_at), '%Y-%m-%dT%H:%M:%S.%f') AS entered,
            strftime(timezone('UTC', m.left_at), '%Y-%m-%dT%H:%M:%S.%f') AS departed
        FROM memberships AS m JOIN profiles AS p USING (profile_id)
        ORDER BY ALL
        """
    ).rows()
    return [(row["customer"], row["segment"], row["entered"], row["departed"]) for row in rows]
