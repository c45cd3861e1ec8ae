"""An order is placed at one instant: where its source says a later one, it never was at the earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from collect_kit import Shop, csv, mapping
from few_segments import few_segments

from stamgast.app.shop import Shop as Whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stamgast.collect.mapping import Mapping

ORDERS = mapping(
    """\
zone: UTC
rows:
  - kind: orders
    fields: {order: nr, ordered_at: at, total: total, changed_at: changed, status: status}
    statuses: {cancelled: [cancelled]}
    identifiers: {customer_id: who}
"""
)
APART = mapping(
    """\
zone: UTC
rows:
  - kind: orders
    file: "o*"
    fields: {order: nr, ordered_at: at, total: total, changed_at: changed, status: status}
    identifiers: {customer_id: who}
  - kind: order_lines
    file: "l*"
    fields: {order: nr, sku: sku, amount: amount}
"""
)
HEAD = "nr,at,total,who,changed,status"


OPEN: dict[Path, Whole] = {}
"""The shops of a test that were asked: they stay open, and see what is told meanwhile."""


def opened(shop: Shop) -> Whole:
    if shop.folder not in OPEN:
        OPEN[shop.folder] = Whole.open(shop.folder)
    return OPEN[shop.folder]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    Whole.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    few_segments(tmp_path / "shop", "one_time_buyers", "lost_customers", "elite_vip")
    yield Shop(tmp_path / "shop", zone="UTC")
    while OPEN:
        OPEN.popitem()[1].close()


SOUND: dict[Path, int] = {}
"""The commit after which the doctor found a shop sound."""


def tell(shop: Shop, *lines: str, spec: Mapping = ORDERS) -> tuple[int, int]:
    shop.clock.at += 86_400_000_000
    path = csv(shop.folder / f"o{abs(hash(lines))}.csv", HEAD, *lines)
    report = shop.ingest(spec, path)
    return report.accepted, report.repeated


def purchases(shop: Shop, at: str) -> dict[str, int]:
    """Purchases of whoever exists, by the engine; the reference says the same of each."""
    version, whole = shop.store().version(), opened(shop)
    if SOUND.get(shop.folder) != version:
        assert all(finding.level != "error" for finding in whole.doctor())
        SOUND[shop.folder] = version
    rows = whole.sql("SELECT profile_id, identifier FROM profiles").rows()
    names = {row["profile_id"]: row["identifier"] for row in rows}
    found = {
        names[row["profile_id"]]: row["value"] for row in whole.trait("orders", as_of=at).rows()
    }
    for who, value in found.items():
        told: dict[str, Any] = whole.explain("orders", who, as_of=at).as_json()
        assert told["condition"]["value"] == value, told
    return found


def states(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store().reading() as reader:
        return reader.db.run(
            "SELECT i.value, strftime(make_timestamp(v.valid_from), '%m-%d'), v.counts, v.total // 100 "
            "FROM order_version AS v "
            "LEFT JOIN lake_identifier AS i ON i.identifier_id = v.profile_id "
            "ORDER BY v.order_key, v.version"
        )


FIRST = "1,2025-01-01,100,c1,,ok"


def test_a_later_instant_leaves_no_ghost(shop: Shop) -> None:
    tell(shop, FIRST)
    assert tell(shop, "1,2025-06-01,100,c1,,ok") == (1, 0)
    assert states(shop) == [("c1", "06-01", True, 100)]
    assert purchases(shop, "2025-03-01") == {}
    assert purchases(shop, "2025-06-02") == {"c1": 1}
    assert tell(shop, "1,2025-06-01,100,c1,,ok") == (0, 1)
    # and back again: the earlier instant was not so wrong
    assert tell(shop, FIRST, "2,2025-07-01,5,c2,,ok") == (2, 0)
    assert purchases(shop, "2025-03-01") == {"c1": 1}


def test_of_another_customer_too(shop: Shop) -> None:
    tell(shop, FIRST, "2,2025-02-01,50,c3,,ok")
    tell(shop, "1,2025-06-01,100,c2,,ok")
    assert purchases(shop, "2025-03-01") == {"c3": 1}
    assert purchases(shop, "2025-07-01") == {"c2": 1, "c3": 1}
    assert sum(opened(shop).lifecycle.counts("2025-07-01").stages.values()) == 2


def test_changes_between_stay_where_they_were(shop: Shop) -> None:
    tell(shop, FIRST)
    tell(shop, "1,2025-01-01,90,c1,2025-02-01,ok")
    tell(shop, "1,2025-01-01,80,c1,2025-04-01,ok")
    assert [row[1:] for row in states(shop)] == [
        ("01-01", True, 100),
        ("02-01", True, 90),
        ("04-01", True, 80),
    ]
    tell(shop, "1,2025-03-01,70,c1,,ok")
    assert [row[1:] for row in states(shop)] == [("03-01", True, 70), ("04-01", True, 70)]
    # told with the instant of the change: what was known of the time between stays
    tell(shop, "1,2025-03-15,60,c1,2025-05-01,ok")
    assert [row[1:] for row in states(shop)] == [
        ("03-15", True, 60),
        ("04-01", True, 70),
        ("05-01", True, 60),
    ]
    assert purchases(shop, "2025-03-10") == {}


def test_one_import_or_several(shop: Shop, tmp_path: Path) -> None:
    sayings = (
        FIRST,
        "1,2025-02-01,90,c2,2025-02-20,ok",
        "1,2025-01-10,80,c2,2025-03-01,ok",
        "1,2025-02-10,70,c3,,ok",
        "1,2025-02-10,70,c3,,cancelled",
    )
    for one in sayings[:4]:
        tell(shop, one)
    Whole.create(tmp_path / "other", zone="UTC", currency="EUR", country="NL").close()
    other = Shop(tmp_path / "other", zone="UTC")
    files = [csv(tmp_path / f"o{n}.csv", HEAD, one) for n, one in enumerate(sayings[:4])]
    other.ingest(ORDERS, *files)
    assert states(other) == states(shop)
    for at in ("2025-01-05", "2025-02-15", "2025-03-15"):
        assert purchases(other, at) == purchases(shop, at)
    # cancelled without a date: from the import on, of the order where it stands now
    tell(shop, sayings[4])
    assert purchases(shop, "2025-02-05") == {}
    assert purchases(shop, "2025-04-01")["c3"] == 1


def test_orders_and_lines_said_apart(shop: Shop) -> None:
    lines = csv(shop.folder / "lines.csv", "nr,sku,amount", "1,cup,60", "1,mug,40")
    tell(shop, FIRST, spec=APART)
    shop.ingest(APART, lines)
    assert purchases(shop, "2025-03-01") == {"c1": 1}
    tell(shop, "1,2025-06-01,100,c1,,ok", spec=APART)
    assert purchases(shop, "2025-03-01") == {}
    assert purchases(shop, "2025-06-02") == {"c1": 1}
    skus = opened(shop).sql("SELECT sku FROM lines ORDER BY 1").rows()
    assert [row["sku"] for row in skus] == ["cup", "mug"]


def test_stays_and_an_undo(shop: Shop) -> None:
    stays = "SELECT entered_at::VARCHAR AS at FROM memberships WHERE segment = 'stage:new_buyer'"
    tell(shop, FIRST)
    with Whole.open(shop.folder) as whole:
        whole.refresh(as_of="2024-12-31")
        whole.refresh(as_of="2025-01-04")
        assert [row["at"][:10] for row in whole.sql(stays).rows()] == ["2025-01-01"]
    tell(shop, "1,2025-01-03,100,c1,,ok")
    with Whole.open(shop.folder) as whole:
        whole.refresh(as_of="2025-01-05")
        assert [row["at"][:10] for row in whole.sql(stays).rows()] == ["2025-01-03"]
        last = max(one.batch for one in whole.imports.list())
        whole.imports.undo(last, confirmed=True, figures=False)
    assert purchases(shop, "2025-01-02") == {"c1": 1}
    assert shop.rows("FROM lake_withdrawn_statement") == []
