"""The shipped mappings on real sets, judged by hand-written SQL over the raw files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from collect_kit import GIFTS, GROCERIES, Shop

if TYPE_CHECKING:
    from pathlib import Path


def raw(sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(sql, parameters).fetchall()


@pytest.fixture(scope="module")
def groceries(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("groceries"), zone="UTC", currency="USD")
    shop.ingest("complete-journey", GROCERIES)
    return shop


@pytest.fixture(scope="module")
def gifts(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("gifts"), zone="Europe/London", currency="GBP")
    for file in GIFTS:
        shop.ingest("online-retail", file)
    return shop


def test_baskets_are_orders(groceries: Shop) -> None:
    theirs = raw(
        """
        SELECT household_id::VARCHAR, 'complete-journey:' || basket_id,
            epoch_us(min(transaction_timestamp)), (sum(sales_value) * 100)::BIGINT,
            bool_or(coupon_disc > 0 OR coupon_match_disc > 0), min(store_id)::VARCHAR,
            (sum(retail_disc + coupon_match_disc) * 100)::BIGINT
        FROM read_parquet($file) GROUP BY household_id, basket_id ORDER BY ALL
        """,
        file=str(GROCERIES),
    )
    ours = groceries.rows(
        """
        SELECT i.value, order_key, epoch_us(ordered_at), total, coupon_used, store, discount
        FROM lake_order_version JOIN lake_identifier AS i ON identifier_id = identity_id
        WHERE counts AND valid_to IS NULL AND valid_from = ordered_at AND refunded = 0
        ORDER BY ALL
        """
    )
    assert len(theirs) > 1000
    assert ours == theirs


def test_lines_are_kept(groceries: Shop) -> None:
    theirs = raw(
        """
        SELECT 'complete-journey:' || basket_id, product_id::VARCHAR, quantity::VARCHAR,
            (sales_value * 100)::BIGINT
        FROM read_parquet($file) ORDER BY ALL
        """,
        file=str(GROCERIES),
    )
    ours = groceries.rows(
        "SELECT order_key, product_id, quantity::BIGINT::VARCHAR, amount FROM lake_order_line "
        "ORDER BY ALL"
    )
    assert ours == theirs
    [(unique,)] = groceries.rows(
        "SELECT count(DISTINCT (order_key, statement_seq, line_no)) FROM lake_order_line"
    )
    assert unique == len(theirs)


INVOICES = """
WITH line AS (
    SELECT 1 AS file, * FROM read_parquet($first)
    UNION ALL BY NAME SELECT 2 AS file, * FROM read_parquet($second)
), told_once AS (
    SELECT * FROM line AS l WHERE file = 1 OR l.invoice NOT IN (
        SELECT invoice FROM line WHERE file = 1)
), priced AS (
    SELECT *, round(quantity * unit_price::VARCHAR::DECIMAL(28, 10), 2) AS amount FROM told_once
)
SELECT invoice, customer_id::VARCHAR AS who, (sum(amount) * 100)::BIGINT AS pence,
    epoch_us(min(timezone('Europe/London', invoice_date))) AS at, count(*) AS lines
FROM priced WHERE NOT starts_with(invoice, 'A')
GROUP BY ALL ORDER BY ALL
"""


def test_invoices_are_orders_and_c_invoices_refunds(gifts: Shop) -> None:
    theirs = raw(INVOICES, first=str(GIFTS[0]), second=str(GIFTS[1]))
    orders = gifts.rows(
        """
        SELECT v.order_id, i.value, v.total, epoch_us(v.ordered_at), count(*)
        FROM lake_order_version AS v LEFT JOIN lake_identifier AS i ON identifier_id = identity_id
        JOIN lake_order_line AS l ON l.order_key = v.order_key
        GROUP BY ALL ORDER BY ALL
        """
    )
    refunds = gifts.rows(
        """
        SELECT r.refund_key, i.value, r.amount, epoch_us(r."at"), f.valid_to, f.order_key
        FROM lake_refund_statement AS r
        LEFT JOIN lake_identifier AS i ON identifier_id = identity_id
        JOIN lake_loose_refund AS f ON f.refund_key = r.refund_key
        ORDER BY ALL
        """
    )
    assert orders == [row for row in theirs if not row[0].startswith("C")]
    assert refunds == [
        (f"online-retail:{row[0]}", row[1], -row[2], row[3], None, None)
        for row in theirs
        if row[0].startswith("C")
    ]
    assert len(orders) > 500
    assert len(refunds) > 100
    assert any(row[1] is None for row in orders)


def test_postage_and_manual_lines_stay_in_the_total(gifts: Shop) -> None:
    found = dict(
        gifts.rows("SELECT line_kind, count(*) FROM lake_order_line WHERE amount <> 0 GROUP BY 1")
    )
    assert found.keys() >= {"goods", "postage", "manual"}
    assert gifts.rows("SELECT DISTINCT sku FROM lake_order_line WHERE line_kind = 'discount'") in (
        [],
        [("D",)],
    )


def test_both_years_at_once_are_as_one_after_the_other(gifts: Shop, tmp_path: Path) -> None:
    shop = Shop(tmp_path, zone="Europe/London", currency="GBP")
    report = shop.ingest("online-retail", *GIFTS)
    assert report.repeated > 0
    assert shop.orders() == gifts.orders()


@pytest.mark.parametrize("which", [[0], [1], [0, 1], [1, 0]])
def test_running_files_again_changes_nothing(gifts: Shop, which: list[int]) -> None:
    before = gifts.rows("SELECT * EXCLUDE (ordered_at) FROM lake_order_line ORDER BY ALL")
    derived = gifts.orders()
    report = gifts.ingest("online-retail", *(GIFTS[one] for one in which))
    assert report.accepted == report.orders == report.refunds == 0
    assert report.repeated + report.left_out.get("adjustment", 0) == report.lines
    assert gifts.rows("SELECT * EXCLUDE (ordered_at) FROM lake_order_line ORDER BY ALL") == before
    assert gifts.orders() == derived


def test_cdnow_is_an_order_per_customer_and_day(tmp_path: Path) -> None:
    file = tmp_path / "cdnow.parquet"
    duckdb.execute(
        f"""
        COPY (SELECT * FROM (VALUES (7, DATE '1997-01-01', 2, 0.285::DOUBLE), (7, DATE '1997-01-01', 1, 11.77),
            (7, DATE '1997-01-02', 1, 12.0), (8, DATE '1997-01-01', 1, 0.0))
            AS t(customer_id, date, cds, amount)) TO '{file}'
        """
    )
    shop = Shop(tmp_path / "shop", zone="UTC", currency="USD")
    shop.ingest("cdnow", file)
    found = shop.rows(
        "SELECT order_id, i.value, epoch_us(ordered_at), total, counts FROM lake_order_version "
        "JOIN lake_identifier AS i ON identifier_id = identity_id ORDER BY 1"
    )
    day = 852_076_800_000_000
    assert found == [
        ("7 1997-01-01", "7", day, 29 + 1177, True),  # 0.285 is 0.29: by its shortest decimal
        ("7 1997-01-02", "7", day + 86_400_000_000, 1200, True),
        ("8 1997-01-01", "8", day, 0, True),
    ]
