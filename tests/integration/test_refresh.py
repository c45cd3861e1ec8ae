"""Stays: exact instants, whenever refreshes ran, and again right after late data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from few_segments import few_segments
from shop_kit import make_shop, orders_file, stays

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = [
    # Before the first refresh of 22 December 2010.
    (1, "2010-12-04T10:00:00", 100),
    (2, "2010-10-15T09:30:00", 40),
    (2, "2010-11-01T09:30:00", 60),
    (3, "2009-06-01T08:00:00", 10),
    (4, "2010-11-25T12:00:00", 90),
    # Between the refreshes.
    (1, "2010-12-23T15:00:00", 25),
    (5, "2010-12-23T11:11:11", 500),
    (5, "2010-12-24T23:59:59", 300),
    (6, "2010-12-31T00:00:00", 20),
    (3, "2011-01-03T10:00:00", 30),
    (4, "2010-12-23T12:00:00", -90),
    (None, "2010-12-26T12:00:00", 70),
    # After the last one.
    (2, "2011-02-01T10:00:00", 10),
]
START, END = parse_instant("2010-12-22"), parse_instant("2011-01-05T06:00:00")

BY_HAND = [
    # Customer 1: new since 4 December, promising from the second order on 23 December.
    ("1", "one_time_buyers", None, "2010-12-23T15:00:00.000000"),
    ("1", "stage:new_buyer", None, "2010-12-23T15:00:00.000000"),
    ("1", "stage:promising", "2010-12-23T15:00:00.000000", None),
    # Customer 2: last order 1 November; 60 days on it drifts.
    ("2", "stage:drifting", "2010-12-31T09:30:00.000001", None),
    ("2", "stage:promising", None, "2010-12-31T09:30:00.000001"),
    # Customer 3: away since June 2009, back on 3 January.
    ("3", "lost_customers", None, "2011-01-03T10:00:00.000000"),
    ("3", "one_time_buyers", None, "2011-01-03T10:00:00.000000"),
    ("3", "returned_customers", "2011-01-03T10:00:00.000000", None),
    ("3", "stage:promising", "2011-01-03T10:00:00.000000", None),
    ("3", "stage:sleeper", None, "2011-01-03T10:00:00.000000"),
    # Customer 4: the refund changes no stage; 30 days after 25 November it drifts.
    ("4", "one_time_buyers", None, None),
    ("4", "stage:drifting", "2010-12-25T12:00:00.000001", None),
    ("4", "stage:new_buyer", None, "2010-12-25T12:00:00.000001"),
    # Customer 5 comes, and comes back on Christmas Eve.
    ("5", "one_time_buyers", "2010-12-23T11:11:11.000000", "2010-12-24T23:59:59.000000"),
    ("5", "stage:new_buyer", "2010-12-23T11:11:11.000000", "2010-12-24T23:59:59.000000"),
    ("5", "stage:promising", "2010-12-24T23:59:59.000000", None),
    # Customer 6 comes at the turn of a day.
    ("6", "one_time_buyers", "2010-12-31T00:00:00.000000", None),
    ("6", "stage:new_buyer", "2010-12-31T00:00:00.000000", None),
]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Refreshed at the start and at the end."""
    shop = make_shop(tmp_path_factory.mktemp("once"), ORDERS)
    shop.refresh(as_of=START)
    shop.refresh(as_of=END)
    return shop


def test_exact_instants_told_by_hand(once: Shop) -> None:
    told = {one[1] for one in BY_HAND}
    assert [one for one in stays(once) if one[1] in told] == BY_HAND


def test_ranks_change_at_midnight_only(once: Shop) -> None:
    """Of the buyers of the year: customer 2 leads by two orders until 1 has two, of more money."""
    found = [one for one in stays(once) if one[1] == "elite_vip"]
    assert found[:2] == [
        ("1", "elite_vip", "2010-12-24T00:00:00.000000", "2010-12-25T00:00:00.000000"),
        ("2", "elite_vip", None, "2010-12-24T00:00:00.000000"),
    ]
    assert found[2][:3] == ("5", "elite_vip", "2010-12-25T00:00:00.000000")


def test_the_record_does_not_depend_on_when_refreshes_ran(once: Shop, tmp_path: Path) -> None:
    often = make_shop(tmp_path, ORDERS)
    for days in (0, 1, 3.625, 7, 9, 12):
        often.refresh(as_of=START + int(days * DAY_US))
    often.refresh(as_of=END)
    assert stays(often) == stays(once)


def test_late_data_makes_the_record_of_another_log(once: Shop, tmp_path: Path) -> None:
    """What was said late is recorded as if it had been there: exact again, for everybody's rank."""
    late = [row for row in ORDERS if row not in (ORDERS[5], ORDERS[6])]
    shop = make_shop(tmp_path, late)
    shop.refresh(as_of=START)
    shop.refresh(as_of=parse_instant("2010-12-28"))
    before = stays(shop)
    added = orders_file(tmp_path / "late.parquet", [ORDERS[5], ORDERS[6]], first=900)
    shop.ingest(added, mapping="online-retail")
    found = shop.refresh(as_of=END)
    assert found.again == 2
    assert before != stays(shop)
    assert stays(shop) == stays(once)


def test_members_carry_the_start_of_their_stay(once: Shop) -> None:
    members = {
        row["identifier"]: row["entered_at"]
        for row in once.segment("one_time_buyers", as_of=END).rows()
    }
    assert set(members) == {"4", "6"}
    assert members["4"] is None
    assert members["6"].isoformat() == "2010-12-31T00:00:00+00:00"


def test_after_the_last_refresh_only_what_it_recorded_is_known(tmp_path: Path) -> None:
    """6 came before the refresh of 3 January and stayed; 7 came after it, 8 left and came back."""
    more = [
        (7, "2011-01-04T09:00:00", 10),
        (8, "2010-11-10T09:00:00", 10),
        (8, "2011-01-04T03:00:00", -10),
    ]
    shop = make_shop(tmp_path, [*ORDERS, *more])
    few_segments(tmp_path, "one_time_buyers", "returned_customers", "elite_vip")
    shop.refresh(as_of=START)
    shop.refresh(as_of=parse_instant("2011-01-03T18:00:00"))

    def since(name: str) -> dict[str, str | None]:
        rows = shop.segment(name, as_of=END).rows()
        return {
            row["identifier"]: row["entered_at"] and row["entered_at"].isoformat() for row in rows
        }

    assert since("one_time_buyers") == {
        "4": None,
        "6": "2010-12-31T00:00:00+00:00",
        "7": None,
        "8": None,
    }
    assert since("returned_customers") == {"3": "2011-01-03T10:00:00+00:00"}
    assert since("elite_vip") == {"5": "2010-12-25T00:00:00+00:00"}
    later = shop.segment("elite_vip", as_of="2011-06-01").rows()
    assert {row["entered_at"] for row in later} == {None}


def test_a_refresh_does_not_go_back(once: Shop) -> None:
    with pytest.raises(UserError) as error:
        once.refresh(as_of=START)
    assert error.value.code == "refresh.backwards"


def test_a_changed_definition_begins_anew(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, ORDERS)
    few_segments(tmp_path, "one_time_buyers")
    shop.refresh(as_of=START)
    own = tmp_path / "definitions" / "own.yaml"
    own.write_text(
        "version: 1\n"
        "segments:\n"
        "  one_time_buyers:\n"
        "    label: {en: One or two, nl: Een of twee}\n"
        "    where: {trait: orders, lte: 2}\n"
        "  twice:\n"
        "    label: {en: Twice, nl: Twee keer}\n"
        "    where: {trait: orders, is: 2}\n",
        encoding="utf-8",
    )
    shop.refresh(as_of=START + DAY_US)
    found = {(one[0], one[1]): one[2] for one in stays(shop)}
    assert found["1", "one_time_buyers"] is None
    assert found["2", "one_time_buyers"] == "2010-12-23T00:00:00.000000"
    assert found["2", "twice"] is None
    assert found["1", "stage:new_buyer"] is None


def test_a_refresh_records_nothing_that_is_yet_to_come(once: Shop) -> None:
    before = stays(once)
    with pytest.raises(UserError) as error:
        once.refresh(as_of="2299-01-01")
    assert error.value.code == "refresh.ahead"
    assert stays(once) == before


def test_begun_anew_the_record_is_that_of_a_shop_never_refreshed(
    once: Shop, tmp_path: Path
) -> None:
    shop = make_shop(tmp_path, ORDERS)
    shop.refresh(as_of=parse_instant("2011-06-01"))
    shop.refresh(as_of=START, anew=True)
    shop.refresh(as_of=END)
    assert stays(shop) == stays(once)


def test_who_exists_by_a_late_refund_of_anothers_order_is_asked_again(tmp_path: Path) -> None:
    """Customer 8 has no order, only refunds of order of 7; the earlier of them comes late."""
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "version: 1\nsource: s\nzone: UTC\ncurrency: GBP\ncountry: GB\nrows:\n"
        "  - kind: orders\n    file: orders*\n    fields: {order: nr, ordered_at: at, total: total}\n"
        "    identifiers: {customer_id: who}\n"
        "  - kind: refunds\n    file: refunds*\n"
        "    fields: {refund: nr, order: of, at: at, total: paid}\n"
        "    identifiers: {customer_id: who}\n"
    )
    files = {
        "orders.csv": "nr,at,total,who\n1,2010-11-01,100,7\n",
        "refunds1.csv": "nr,of,at,paid,who\nR1,1,2010-12-25,10,8\n",
        "refunds2.csv": "nr,of,at,paid,who\nR2,1,2010-12-24,10,8\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = []
    for several in (False, True):
        shop = Shop.create(tmp_path / f"shop{several}", zone="Europe/London", currency="GBP")
        few_segments(tmp_path / f"shop{several}", "one_time_buyers")
        shop.refresh(as_of=START)
        paths = [str(tmp_path / name) for name in files]
        shop.ingest(*(paths[:2] if several else paths), mapping=str(mapping))
        if several:
            shop.refresh(as_of=parse_instant("2010-12-26"))
            shop.ingest(paths[2], mapping=str(mapping))
        shop.refresh(as_of=parse_instant("2010-12-27"))
        found.append(stays(shop))
    assert found[0] == found[1]
    assert ("8", "stage:prospect", "2010-12-24T00:00:00.000000", None) in found[0]
