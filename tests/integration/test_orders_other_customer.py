"""An order corrected to another customer: who was named by mistake does not exist because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collect_kit import csv
from test_orders_moved import APART, FIRST, HEAD, ORDERS, opened, purchases, states, tell
from test_orders_moved import shop as shop  # noqa: PLC0414 - the same fixture

from stamgast.app.shop import Shop as Whole

if TYPE_CHECKING:
    from collect_kit import Shop


OTHER = "1,2025-01-01,100,c2,,ok"


def prospects(shop: Shop, at: str) -> int:
    return opened(shop).lifecycle.counts(at).stages["prospect"]


def test_the_former_customer_was_never_there(shop: Shop) -> None:
    tell(shop, FIRST)
    assert purchases(shop, "2025-03-01") == {"c1": 1}
    assert tell(shop, OTHER) == (1, 0)
    for at in ("2025-01-01", "2025-03-01", "2035-01-01"):
        assert purchases(shop, at) == {"c2": 1}
        assert prospects(shop, at) == 0
    assert states(shop) == [("c2", "01-01", True, 100)]
    found = opened(shop).customers.show("customer_id:c1", as_of="2025-03-01")
    assert (found.exists, found.orders, found.stage) == (False, 0, None)
    assert tell(shop, OTHER) == (0, 1)


def test_and_back_again(shop: Shop) -> None:
    tell(shop, FIRST)
    tell(shop, OTHER)
    # another file that says what the first said is news
    assert tell(shop, FIRST, "2,2025-07-01,5,c3,,ok") == (2, 0)
    assert purchases(shop, "2025-03-01") == {"c1": 1}


def test_whoever_has_another_record_exists_from_that(shop: Shop) -> None:
    tell(shop, FIRST, "2,2025-05-01,50,c1,,ok")
    tell(shop, OTHER)
    assert purchases(shop, "2025-03-01") == {"c2": 1}
    assert purchases(shop, "2025-06-01") == {"c1": 1, "c2": 1}


def test_a_change_at_an_instant_leaves_the_past(shop: Shop) -> None:
    tell(shop, FIRST)
    tell(shop, "1,2025-01-01,100,c2,2025-02-01,ok")
    assert purchases(shop, "2025-01-15") == {"c1": 1}
    assert purchases(shop, "2025-03-01") == {"c1": 0, "c2": 1}
    # and from the very same instant to another one: it was not c2 then
    tell(shop, "1,2025-01-01,100,c3,2025-02-01,ok")
    assert purchases(shop, "2025-03-01") == {"c1": 0, "c3": 1}


def test_cancelled_orders_and_orders_of_nobody(shop: Shop) -> None:
    tell(shop, "1,2025-01-01,100,c1,2025-01-20,cancelled", "2,2025-01-01,30,,,ok")
    assert purchases(shop, "2025-02-01") == {"c1": 0}
    tell(shop, "1,2025-01-01,100,,,ok", "2,2025-01-01,30,c4,,ok")
    assert purchases(shop, "2025-01-10") == {"c4": 1}
    assert purchases(shop, "2025-02-01") == {"c4": 1}


def test_within_one_import(shop: Shop) -> None:
    files = [csv(shop.folder / f"o{n}.csv", HEAD, one) for n, one in enumerate((FIRST, OTHER))]
    shop.ingest(ORDERS, *files)
    assert purchases(shop, "2025-03-01") == {"c2": 1}


def test_orders_and_lines_said_apart(shop: Shop) -> None:
    lines = csv(shop.folder / "lines.csv", "nr,sku,amount", "1,cup,60", "1,mug,40")
    tell(shop, FIRST, spec=APART)
    shop.ingest(APART, lines)
    tell(shop, OTHER, spec=APART)
    assert purchases(shop, "2025-03-01") == {"c2": 1}
    whole = opened(shop)
    rows = whole.sql("SELECT sku, profile_id FROM lines ORDER BY 1").rows()
    assert [row["sku"] for row in rows] == ["cup", "mug"]
    assert {row["profile_id"] for row in rows} == {whole.customers.find("customer_id:c2")}


def test_an_undo_brings_them_back(shop: Shop) -> None:
    tell(shop, FIRST)
    tell(shop, OTHER)
    with Whole.open(shop.folder) as whole:
        first, second = (one.batch for one in whole.imports.list())
        whole.imports.undo(second, confirmed=True, figures=False)
    assert purchases(shop, "2025-03-01") == {"c1": 1}
    assert shop.rows("FROM lake_withdrawn_statement") == []
    tell(shop, OTHER)
    with Whole.open(shop.folder) as whole:
        whole.imports.undo(first, confirmed=True, figures=False)
    assert purchases(shop, "2025-03-01") == {"c2": 1}


def test_refreshed_day_by_day_or_anew(shop: Shop) -> None:
    stays = "SELECT * FROM memberships ORDER BY ALL"
    tell(shop, FIRST, "2,2025-01-04,50,c1,,ok", "3,2025-01-03,7,c5,,ok")
    with Whole.open(shop.folder) as whole:
        for at in ("2024-12-31", "2025-01-05"):
            whole.refresh(as_of=at)
    tell(shop, OTHER, "3,2025-01-03,7,c6,,ok")
    with Whole.open(shop.folder) as whole:
        whole.refresh(as_of="2025-01-06")
        daily = whole.sql(stays).rows()
        whole.refresh(as_of="2024-12-31", anew=True)
        whole.refresh(as_of="2025-01-06")
        assert whole.sql(stays).rows() == daily
        names = {row["profile_id"]: row["identifier"] for row in whole.sql("FROM profiles").rows()}
        assert {names[row["profile_id"]] for row in daily} == {"c1", "c2", "c6"}
