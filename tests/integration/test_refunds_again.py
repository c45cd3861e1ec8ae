"""Refunds that are said again: of another customer, at another date, of another amount, or as before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from collect_kit import Shop, csv, mapping
from few_segments import few_segments

from stamgast.app.shop import Shop as Whole
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
source: test
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    where: {column: sort, is: order}
    fields: {order: nr, ordered_at: at, total: amount}
    identifiers: {customer_id: who}
  - kind: refunds
    where: {column: sort, is: refund}
    undated: import
    fields: {refund: nr, order: of, at: at, total: amount}
    identifiers: {customer_id: who}
"""
SPEC = mapping(MAPPING.removeprefix("version: 1\n"))
HEAD = "sort,nr,at,amount,who,of"
ORDERS = ("order,1,2025-01-01,20,P,", "order,2,2025-01-02,30,Q,")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path / "shop", zone="UTC")
    found.ingest(SPEC, csv(tmp_path / "orders.csv", HEAD, *ORDERS))
    return found


def tell(shop: Shop, *refunds: str) -> tuple[int, int]:
    """Import a file of refunds the next day; accepted and repeated lines."""
    shop.clock.at += 86_400_000_000
    name = f"{abs(hash(refunds))}.csv"
    report = shop.ingest(SPEC, csv(shop.folder / name, HEAD, *(f"refund,{one}" for one in refunds)))
    return report.accepted, report.repeated


def held(shop: Shop) -> list[tuple[Any, ...]]:
    """Refunds as the engines read them: of whom, of which order, since when, how much."""
    with shop.store().reading() as reader:
        rows = reader.db.run(
            'SELECT i.value, r.order_key, r."at", r.amount FROM refund_statement AS r '
            "LEFT JOIN lake_identifier AS i ON i.identifier_id = r.profile_id ORDER BY r.at, 1, 4"
        )
    return [(who, of, (format_instant(at) or "")[:10], amount) for who, of, at, amount in rows]


def loose(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store().reading() as reader:
        return reader.db.run(
            "SELECT i.value, r.amount FROM loose_refund AS r "
            "LEFT JOIN lake_identifier AS i ON i.identifier_id = r.profile_id ORDER BY ALL"
        )


def refunded(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store().reading() as reader:
        return reader.db.run(
            "SELECT order_id, refunded FROM order_version WHERE valid_to IS NULL ORDER BY 1"
        )


AGAIN: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    # another customer, order, date; the same amount
    ("r,2025-02-01,5,P,", "r,2025-02-01,5,Q,", [("Q", None, "2025-02-01", 500)]),
    ("r,2025-02-01,5,P,1", "r,2025-02-01,5,Q,2", [("Q", "test:2", "2025-02-01", 500)]),
    ("r,2025-02-01,5,P,1", "r,2025-02-01,5,P,", [("P", None, "2025-02-01", 500)]),
    ("r,2025-02-01,5,P,1", "r,2025-02-09,5,P,1", [("P", "test:1", "2025-02-09", 500)]),
    ("r,2025-02-01,5,P,", "r,2025-01-09,5,,", [(None, None, "2025-01-09", 500)]),
    # without a date what is known of it stays; then the date is told
    ("r,2025-02-01,5,P,", "r,,5,Q,", [("Q", None, "2025-02-01", 500)]),
    ("r,,5,P,1", "r,2025-02-09,5,P,1", [("P", "test:1", "2025-02-09", 500)]),
    # a running total
    (
        "r,2025-02-01,5,P,1",
        "r,2025-02-09,8,P,1",
        [("P", "test:1", "2025-02-01", 500), ("P", "test:1", "2025-02-09", 300)],
    ),
    (
        "r,2025-02-01,5,P,",
        "r,2025-02-09,8,Q,",
        [("Q", None, "2025-02-01", 500), ("Q", None, "2025-02-09", 300)],
    ),
    # all that is left of the order, and then an amount; and the reverse
    ("r,2025-02-01,,P,1", "r,2025-02-01,5,P,1", [("P", "test:1", "2025-02-01", 500)]),
    ("r,2025-02-01,5,P,1", "r,2025-02-01,,P,1", [("P", "test:1", "2025-02-01", None)]),
    ("r,2025-02-01,,P,1", "r,2025-02-09,,Q,2", [("Q", "test:2", "2025-02-09", None)]),
]
"""What is said of a refund, what then, and what it is from then on."""


def _own(place: int, told: str) -> str:
    """A refund as a case says it, of a refund, customers and orders of its own."""
    nr, at, amount, who, of = told.split(",")
    return f"{nr}{place},{at},{amount},{who and who + str(place)},{of and of + str(place)}"


def test_said_again_it_is_corrected(tmp_path: Path) -> None:
    """All cases in one shop, each with customers and orders of its own."""
    shop = Shop(tmp_path / "shop", zone="UTC")
    orders: list[str] = []
    expected: list[tuple[Any, ...]] = []
    totals: dict[str, int] = {}
    for place, (_, _, case) in enumerate(AGAIN, start=10):
        orders += (
            f"order,1{place},2025-01-01,20,P{place},",
            f"order,2{place},2025-01-02,30,Q{place},",
        )
        totals |= {f"1{place}": 0, f"2{place}": 0}
        for who, of, at, amount in case:
            expected.append((who and who + str(place), of and of + str(place), at, amount))
            if of is not None:
                full = {"test:1": 2000, "test:2": 3000}[of]
                totals[expected[-1][1].removeprefix("test:")] += full if amount is None else amount
    shop.ingest(SPEC, csv(tmp_path / "orders.csv", HEAD, *orders))
    first = [_own(place, said) for place, (said, _, _) in enumerate(AGAIN, start=10)]
    second = [_own(place, said) for place, (_, said, _) in enumerate(AGAIN, start=10)]
    assert tell(shop, *first) == (len(AGAIN), 0)
    assert tell(shop, *second) == (len(AGAIN), 0)
    assert sorted(held(shop), key=repr) == sorted(expected, key=repr)
    left = [(who, amount) for who, of, _, amount in expected if of is None]
    assert sorted(loose(shop), key=repr) == sorted(left, key=repr)
    assert refunded(shop) == sorted(totals.items())
    assert tell(shop, *second) == (0, len(AGAIN))
    assert sorted(held(shop), key=repr) == sorted(expected, key=repr)


def test_going_back_to_an_earlier_saying_is_news_but_an_old_file_is_not(shop: Shop) -> None:
    assert tell(shop, "r,2025-02-01,5,P,") == (1, 0)
    assert tell(shop, "r,2025-02-01,5,Q,") == (1, 0)
    assert tell(shop, "r,2025-02-01,5,P,") == (0, 1)  # the first file again
    assert held(shop) == [("Q", None, "2025-02-01", 500)]
    assert tell(shop, "r,2025-02-01,5,P,", "s,2025-03-01,1,P,") == (2, 0)
    assert held(shop) == [("P", None, "2025-02-01", 500), ("P", None, "2025-03-01", 100)]
    assert tell(shop, "r,2025-02-01,8,P,", "s,2025-03-01,1,P,") == (1, 1)
    assert tell(shop, "r,2025-02-01,5,P,", "t,2025-03-02,1,P,") == (2, 0)
    assert sum(row[3] for row in held(shop) if row[2] == "2025-02-01") == 500


def test_a_running_total_and_then_another_customer(shop: Shop) -> None:
    tell(shop, "r,2025-02-01,5,P,")
    tell(shop, "r,2025-02-09,8,P,")
    tell(shop, "r,2025-02-09,8,Q,")
    assert held(shop) == [("Q", None, "2025-02-01", 500), ("Q", None, "2025-02-09", 300)]
    # all keys are kept, none is used again
    keys = shop.rows("SELECT refund_key FROM lake_refund_statement ORDER BY 1")
    assert keys == [("test:r",), ("test:r~2",), ("test:r~3",), ("test:r~4",)]


def test_who_loses_the_only_refund_is_nobody_any_more(tmp_path: Path) -> None:
    """As the reference says it of the log, engines and stays say it of the shop."""
    mapping_file = tmp_path / "m.yaml"
    mapping_file.write_text(MAPPING, encoding="utf-8")
    shop = Whole.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL")
    few_segments(tmp_path / "shop")
    shop.ingest(csv(tmp_path / "o.csv", HEAD, *ORDERS), mapping=str(mapping_file))
    shop.ingest(
        csv(tmp_path / "r.csv", HEAD, "refund,r,2025-02-01,5,X,"), mapping=str(mapping_file)
    )
    shop.refresh(as_of="2025-03-01")
    assert shop.lifecycle.counts("2025-03-01").stages["prospect"] == 1
    shop.ingest(
        csv(tmp_path / "s.csv", HEAD, "refund,r,2025-02-01,5,P,"), mapping=str(mapping_file)
    )
    counts = shop.lifecycle.counts("2025-03-01").stages
    assert counts["prospect"] == 0
    assert sum(counts.values()) == 2
    revenue = shop.trait("net_revenue", as_of="2025-03-01").rows()
    assert sorted(row["value"] for row in revenue) == [1500, 3000]
    shop.refresh(as_of="2025-03-02")
    stays = shop.sql("SELECT count(*) AS n FROM memberships WHERE segment = 'stage:prospect'")
    left = shop.sql(
        "SELECT count(*) AS n FROM memberships WHERE segment = 'stage:prospect' AND left_at IS NULL"
    )
    assert left.rows() == [{"n": 0}], stays.rows()
    assert all(finding.level != "error" for finding in shop.doctor())


def test_who_loses_a_refund_and_said_yes_exists_from_then_on(shop: Shop) -> None:
    consents = mapping(
        "rows:\n  - kind: consents\n    fields: {purpose: what, channel: how, state: word, at: at}\n"
        "    identifiers: {customer_id: who}\n"
    )
    yes = csv(shop.folder / "c.csv", "what,how,word,at,who", "marketing,email,granted,2025-04-01,X")
    tell(shop, "r,2025-02-01,5,X,")
    shop.ingest(consents, yes)
    tell(shop, "r,2025-02-01,5,P,")
    with shop.store().reading() as reader:
        rows = reader.db.run(
            "SELECT p.first_at FROM presence AS p JOIN lake_identifier AS i "
            "ON i.identifier_id = p.profile_id WHERE i.value = 'X'"
        )
    assert [(format_instant(row[0]) or "")[:10] for row in rows] == ["2025-03-31"]
