"""One set of orders, cut into files and imports in any way, gives the same orders."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from effort import examples_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stamgast.collect import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parent.parent / "integration"))

from collect_kit import Shop, csv, mapping

SPEC = """
rows:
  - kind: order_lines
    where: {not: {column: nr, starts_with: R}}
    fields: {order: nr, ordered_at: at, amount: price, quantity: n, sku: sku, coupon: code}
    identifiers: {customer_id: who, email: mail}
  - kind: refunds
    where: {column: nr, starts_with: R}
    fields: {refund: nr, order: of, at: at, amount: price}
    identifiers: {customer_id: who}
"""
HEAD = "nr,at,price,n,sku,code,who,mail,of"

lines = st.lists(
    st.tuples(
        st.sampled_from(["2025-01-01", "2025-01-02T10:00:00Z", "2025-03-30 02:30"]),
        st.sampled_from(["1.00", "0.005", "12", "-3"]),
        st.sampled_from(["1", "2", ""]),
        st.sampled_from(["A", "B", " A "]),
        st.sampled_from(["", "X1"]),
    ),
    min_size=1,
    max_size=4,
)
orders = st.lists(
    st.tuples(
        lines, st.sampled_from(["c1", "c2", ""]), st.sampled_from(["a@x.test", "b@x.test", ""])
    ),
    min_size=1,
    max_size=8,
)


def written(number: int, order: tuple[list[tuple[str, ...]], str, str]) -> list[str]:
    rows, who, mail = order
    key, of = (f"R{number}", f"{number - 1}") if number % 3 == 2 else (str(number), "")
    return [",".join((key, *row, who, mail, of)) for row in rows]


@contextmanager
def folded(few: int) -> Iterator[None]:
    """What is touched is read through views from more orders than this on, else kept in tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "FEW", few)
        yield


@settings(
    max_examples=examples_of(8, short=5),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(orders=orders, data=st.data())
def test_any_split_gives_the_same_orders(
    orders: list[tuple[list[tuple[str, ...]], str, str]], data: st.DataObject
) -> None:
    blocks = [written(number, order) for number, order in enumerate(orders)]
    spec = mapping(SPEC)
    with tempfile.TemporaryDirectory() as folder:
        whole = Shop(Path(folder) / "whole")
        with folded(few=0):
            report = whole.ingest(
                spec, csv(Path(folder) / "all.csv", HEAD, *chain.from_iterable(blocks))
            )
        parts = Shop(Path(folder) / "parts")
        shuffled = data.draw(st.permutations(blocks))
        accepted = turn = 0
        while shuffled:
            many = data.draw(st.integers(1, len(shuffled)))
            files = []
            for number in range(2):
                again = data.draw(st.lists(st.sampled_from(blocks), max_size=2, unique_by=id))
                now = [block for block in shuffled[number:many:2] if block not in again]
                told = chain.from_iterable([*again, *now])
                files.append(csv(Path(folder) / f"{number}.csv", HEAD, *told))
            with folded(few=0 if turn % 2 else fold.FEW):
                accepted += parts.ingest(spec, *files).accepted
            shuffled, turn = shuffled[many:], turn + 1
        assert accepted == report.accepted
        assert parts.orders() == whole.orders()
        asked = (
            "SELECT order_key, sku, amount, quantity, coupon, count(*) FROM lake_order_line "
            "GROUP BY ALL ORDER BY ALL"
        )
        assert parts.rows(asked) == whole.rows(asked)
        refunds = (
            'SELECT refund_key, amount, epoch_us("at") FROM lake_refund_statement ORDER BY ALL'
        )
        assert parts.rows(refunds) == whole.rows(refunds)
        assert whole.rows(asked) == by_hand(Path(folder) / "all.csv")


def by_hand(file: Path) -> list[tuple[object, ...]]:
    return duckdb.execute(
        """
        SELECT 'test:' || nr, trim(sku), (round(price::DECIMAL(18, 4), 2) * 100)::BIGINT AS amount,
            n::DECIMAL(18, 3), NULL, count(*)
        FROM read_csv($file, all_varchar = true, header = true, nullstr = '')
        WHERE NOT starts_with(nr, 'R')
        GROUP BY ALL ORDER BY ALL
        """,
        {"file": str(file)},
    ).fetchall()
