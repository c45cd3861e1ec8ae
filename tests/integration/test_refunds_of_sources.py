"""A refund that several sources report counts once: by source priority, then the latest said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from collect_kit import Shop, csv, mapping
from few_segments import few_segments

from stamgast.app.shop import Shop as Whole
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.collect.mapping import Mapping

SPEC = """\
zone: UTC
source: {source}
namespace: shop
priority: {priority}
rows:
  - kind: orders
    where: {{column: sort, is: order}}
    fields: {{order: nr, ordered_at: at, total: amount}}
    identifiers: {{customer_id: who}}
  - kind: refunds
    where: {{column: sort, is: refund}}
    fields: {{refund: nr, order: of, at: at, total: amount}}
    identifiers: {{customer_id: who}}
"""
HEAD = "sort,nr,at,amount,who,of"
ORDER = "order,1,2025-01-01,100,c1,"


def source(name: str, priority: int = 100) -> Mapping:
    return mapping(SPEC.format(source=name, priority=priority))


WEB, ERP = source("web", 1), source("erp", 2)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    Whole.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    return Shop(tmp_path / "shop", zone="UTC")


def tell(shop: Shop, spec: Mapping, *lines: str) -> tuple[int, int]:
    shop.clock.at += 86_400_000_000
    name = f"{abs(hash((spec.source, lines)))}.csv"
    report = shop.ingest(spec, csv(shop.folder / name, HEAD, *lines))
    return report.accepted, report.repeated


def net(shop: Shop, at: str = "2025-06-01") -> list[tuple[str, int]]:
    """Net revenue of everybody by the engine; the reference, for each, says the same."""
    with Whole.open(shop.folder) as whole:
        assert all(finding.level != "error" for finding in whole.doctor())
        rows = whole.sql("SELECT profile_id, identifier FROM profiles").rows()
        names = {row["profile_id"]: row["identifier"] for row in rows}
        found = [
            (names[row["profile_id"]], row["value"])
            for row in whole.trait("net_revenue", as_of=at).rows()
        ]
        for who, value in found:
            told: dict[str, Any] = whole.explain("net_revenue", who, as_of=at).as_json()
            assert told["condition"]["value"] == f"{value / 100:.2f}", told
        return sorted(found)


def held(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store().reading() as reader:
        rows = reader.db.run(
            'SELECT i.value, r.order_key, r."at", r.amount FROM refund_statement AS r '
            "LEFT JOIN lake_identifier AS i ON i.identifier_id = r.profile_id ORDER BY r.at, 1, 4"
        )
    return [(who, of, (format_instant(at) or "")[:10], amount) for who, of, at, amount in rows]


def refunded(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store().reading() as reader:
        return reader.db.run(
            "SELECT order_id, refunded FROM order_version WHERE valid_to IS NULL ORDER BY 1"
        )


R30 = "refund,R1,2025-01-05,30,c1,1"
R40 = "refund,R1,2025-01-05,40,c1,1"


@pytest.mark.parametrize("order", [(WEB, ERP), (ERP, WEB)])
def test_the_same_refund_of_two_sources_counts_once(
    shop: Shop, order: tuple[Mapping, Mapping]
) -> None:
    for spec in order:
        assert tell(shop, spec, ORDER, R30) == (2, 0)
    assert refunded(shop) == [("1", 3000)]
    for spec in order:
        assert tell(shop, spec, ORDER, R30) == (0, 2)
    assert refunded(shop) == [("1", 3000)]


def test_a_correction_by_the_better_source_replaces_the_other_word(shop: Shop) -> None:
    tell(shop, WEB, ORDER, R30)
    tell(shop, ERP, ORDER, R30)
    tell(shop, WEB, R40)
    assert refunded(shop) == [("1", 4000)]
    # what the lesser source corrects is kept, and changes nothing
    tell(shop, ERP, "refund,R1,2025-01-05,55,c1,1")
    assert refunded(shop) == [("1", 4000)]
    assert sorted(amount for *_, amount in held(shop)) == [1000, 3000]
    assert shop.rows("SELECT count(*), count(DISTINCT refund_key) FROM lake_refund_statement") == [
        (4, 4)
    ]


def test_of_equal_sources_the_latest_word_counts(shop: Shop) -> None:
    one, two = source("one"), source("two")
    tell(shop, one, ORDER, "refund,R1,2025-01-05,30,c1,")
    tell(shop, two, "refund,R1,2025-01-06,20,c2,")
    assert held(shop) == [("c2", None, "2025-01-06", 2000)]
    tell(shop, one, "refund,R1,2025-01-05,35,c1,")
    assert held(shop) == [
        ("c1", None, "2025-01-05", 500),
        ("c1", None, "2025-01-05", 3000),
    ]
    tell(shop, two, "refund,R1,2025-01-06,20,c2,", "refund,R2,2025-01-07,1,c2,")
    assert [row[3] for row in held(shop)] == [500, 3000, 100]  # said before: nothing new


def test_a_refund_of_the_lesser_source_returns_with_an_undo(shop: Shop) -> None:
    tell(shop, ERP, ORDER, "refund,R1,2025-01-05,30,c1,", "refund,R2,2025-01-05,5,c3,1")
    assert net(shop) == [("c1", 6500), ("c3", 0)]
    tell(shop, WEB, "refund,R1,2025-01-06,20,c2,", "refund,R2,2025-01-05,6,c1,1")
    assert net(shop) == [("c1", 9400), ("c2", -2000)]  # c3 is nobody any more
    with Whole.open(shop.folder) as whole:
        whole.imports.undo(2, confirmed=True, figures=False)
    assert net(shop) == [("c1", 6500), ("c3", 0)]
    assert shop.rows("FROM lake_outranked_refund") == []


def test_stays_follow_whose_word_counts(shop: Shop) -> None:
    """A refresh asks those again who lost or got a refund of the past."""
    few_segments(shop.folder)
    tell(shop, ERP, ORDER, "refund,R1,2025-01-05,30,c2,")
    stays = "SELECT identifier FROM memberships JOIN profiles USING (profile_id) "
    stays += "WHERE segment = 'stage:prospect' AND left_at IS NULL"
    with Whole.open(shop.folder) as whole:
        whole.refresh(as_of="2025-03-01")
        assert whole.sql(stays).rows() == [{"identifier": "c2"}]
    tell(shop, WEB, "refund,R1,2025-01-05,30,c3,")
    with Whole.open(shop.folder) as whole:
        whole.refresh(as_of="2025-03-02")
        assert whole.sql(stays).rows() == [{"identifier": "c3"}]


def test_a_number_may_look_like_a_key_of_ours(shop: Shop) -> None:
    tell(shop, source("shop"), ORDER, "refund,5~2,2025-01-05,30,c1,1")
    tell(shop, source("shop"), "refund,5,2025-01-06,10,c1,1")
    tell(shop, source("shop"), "refund,5,2025-01-06,12,c1,1")
    assert refunded(shop) == [("1", 4200)]
    tell(shop, source("shop"), "refund,5~2,2025-01-05,31,c1,1")
    tell(shop, source("shop"), "refund,5~~2,2025-01-05,1,c1,1")
    assert refunded(shop) == [("1", 4400)]
    assert shop.rows("SELECT refund_key FROM lake_refund_statement ORDER BY ALL") == [
        ("shop:5",),
        ("shop:5~2",),
        ("shop:5~~2",),
        ("shop:5~~2~2",),
        ("shop:5~~~~2",),
    ]
