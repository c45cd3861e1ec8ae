"""Orders that change after they were first said: whose they are, and the lines people see of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
version: 1
source: erp
zone: UTC
currency: EUR
country: NL
rows:
  - kind: order_lines
    fields: {order: nr, ordered_at: at, sku: sku, amount: amount, changed_at: changed, status: status}
    statuses: {cancelled: [cancelled]}
    identifiers: {customer_id: who}
"""


def told(folder: Path, *files: str) -> Shop:
    """A shop that was fed these files (lines without a header), one import after the other."""
    shop = Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL")
    mapping = folder / "erp.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    for number, lines in enumerate(files):
        path = folder / f"{number}.csv"
        path.write_text(f"nr,at,sku,amount,changed,status,who\n{lines}", encoding="utf-8")
        shop.ingest(path, mapping=str(mapping))
    return shop


def lines(shop: Shop) -> list[tuple[str, str, int]]:
    rows = shop.sql("SELECT order_key, sku, amount_minor FROM lines ORDER BY ALL").rows()
    return [tuple(row.values()) for row in rows]


def test_lines_of_a_changed_a_corrected_and_a_cancelled_order_are_shown(tmp_path: Path) -> None:
    shop = told(
        tmp_path,
        "1,2026-05-01,cup,10,2026-06-01,ok,P\n"
        "2,2026-05-02,cup,7,2026-06-02,ok,P\n2,2026-05-02,mug,1,2026-06-02,ok,P\n"
        "3,2026-05-03,jug,8,,cancelled,P\n",
        "2,2026-05-02,mug,2,,ok,P\n",
    )
    assert lines(shop) == [
        ("erp:1", "cup", 1000),
        ("erp:2", "mug", 200),
        ("erp:3", "jug", 800),
    ]


def test_who_gets_an_order_later_exists_from_the_change_on(tmp_path: Path) -> None:
    """Not from the instant of the order: until the change it was of somebody else."""
    shop = told(
        tmp_path,
        "1,2026-05-01,cup,10,,ok,P\n",
        "1,2026-05-01,cup,10,2026-07-01T00:00:00Z,ok,R\n",
    )
    seen = shop.sql("SELECT identifier, first_seen_at FROM profiles ORDER BY 1").arrow()
    assert [str(at) for at in seen["first_seen_at"].to_pylist()] == [
        "2026-05-01 00:00:00+00:00",
        "2026-07-01 00:00:00+00:00",
    ]
    stages = shop.lifecycle.counts("2026-06-01").stages
    assert sum(stages.values()) == 1


def test_going_back_to_what_was_said_before_is_news_but_an_old_file_is_not(tmp_path: Path) -> None:
    """Processing, cancelled, processing: the order stands again. The first file again: nothing."""
    placed, cancelled = "1,2026-05-01,cup,10,,ok,P\n", "1,2026-05-01,cup,10,,cancelled,P\n"
    shop = told(tmp_path, placed, cancelled)
    buyers = "SELECT count(*) AS n FROM orders WHERE counts"
    assert shop.sql(buyers).rows() == [{"n": 0}]

    again = shop.ingest(tmp_path / "0.csv", mapping=str(tmp_path / "erp.yaml"))
    assert (again.accepted, again.repeated) == (0, 1)
    assert shop.sql(buyers).rows() == [{"n": 0}]

    restored = tmp_path / "restored.csv"
    header = "nr,at,sku,amount,changed,status,who\n"
    restored.write_text(f"{header}{placed}2,2026-05-02,mug,5,,ok,P\n", encoding="utf-8")
    report = shop.ingest(restored, mapping=str(tmp_path / "erp.yaml"))
    assert (report.accepted, report.repeated) == (2, 0)
    assert shop.sql(buyers).rows() == [{"n": 2}]


def test_a_second_cancellation_without_a_date_holds_from_its_own_import(tmp_path: Path) -> None:
    placed, cancelled = "1,2026-05-01,cup,10,,ok,P\n", "1,2026-05-01,cup,10,,cancelled,P\n"
    shop = told(tmp_path, placed, cancelled, placed + "2,2026-05-02,mug,5,,ok,P\n")
    between = datetime.now(UTC)
    last = tmp_path / "last.csv"
    other = "3,2026-05-03,jug,8,,cancelled,Q\n"
    last.write_text(f"nr,at,sku,amount,changed,status,who\n{cancelled}{other}", encoding="utf-8")
    shop.ingest(last, mapping=str(tmp_path / "erp.yaml"))
    for instant, purchases in ((between, 2), (datetime.now(UTC), 1)):
        told_of = shop.trait("orders", as_of=instant).rows()
        assert max(row["value"] for row in told_of) == purchases
