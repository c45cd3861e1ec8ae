"""Definitions made in Python, asked of a shop: the same answers as of files, the same complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shop_kit import make_shop

import stamgast as sg
from stamgast.errors import InvalidDefinitions

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2009-06-01T08:00:00", 10),
    (3, "2009-06-08T08:00:00", 10),
    (None, "2010-12-01T08:00:00", 7),
]
AS_OF = "2010-12-15"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sg.Shop]:
    folder = tmp_path_factory.mktemp("built") / "shop"
    with make_shop(folder, ORDERS) as made:
        text = "segments:\n  twice: {label: Twice, where: {did: order, at_least: 2, within: 60d}}\n"
        (folder / "definitions" / "own.yaml").write_text(text)
        yield made


def customers(found: object) -> list[str]:
    assert isinstance(found, list)
    return sorted(row["identifier"] for row in found)


def test_a_condition_answers_like_the_same_in_a_file(shop: sg.Shop) -> None:
    built = shop.segment(sg.count("order", within="60d") >= 2, as_of=[AS_OF, "2009-06-10"])
    named = shop.segment("twice", as_of=[AS_OF, "2009-06-10"])
    assert built.rows() == named.rows()
    assert customers(built.rows()) == ["1", "3"]
    assert [(one.count, one.valid_until) for one in built.counts()] == [
        (one.count, one.valid_until) for one in named.counts()
    ]
    assert built.df().equals(named.df())
    assert built.pl().equals(named.pl())
    assert built.arrow().num_rows == built.count() == 2


def test_a_count_with_a_name_is_compared_as_one_without(shop: sg.Shop) -> None:
    named = sg.count("order", within="60d", label="Busy", about="Lately.") >= 2
    assert customers(shop.segment(named, as_of=AS_OF).rows()) == ["1"]


def test_conditions_may_name_what_the_shop_defines(shop: sg.Shop) -> None:
    asked = (sg.member("twice") | sg.stage("drifting")) & (sg.trait("net_revenue") > 30)
    assert customers(shop.segment(asked, as_of=AS_OF).rows()) == ["1", "2"]


def test_ranks_are_asked_again_and_leave_nothing_behind(shop: sg.Shop) -> None:
    best = sg.top("30%", by="net_revenue", among=sg.trait("orders") >= 1)
    assert customers(shop.segment(best, as_of=AS_OF).rows()) == ["1"]
    count = "SELECT count(*) FROM duckdb_tables() WHERE temporary"
    database = shop._core.reader.db
    before = database.run(count)
    for _ in range(3):
        assert shop.segment(best, as_of=[AS_OF, "2010-12-14"]).counts()[0].count == 1
    assert database.run(count) == before


def test_values_in_every_shape(shop: sg.Shop) -> None:
    spend = shop.trait(sg.aggregate("sum", "amount", of="revenue", within="60d"), as_of=AS_OF)
    assert sorted(row["value"] for row in spend.rows()) == [0, 0, 12_500]
    gap = shop.trait(sg.mean_gap("order"), as_of=AS_OF)
    assert sorted(row["value"] for row in gap.rows() if row["value"] is not None) == [7.0, 20.0]
    per = shop.trait(sg.formula("net_revenue / orders"), as_of=[AS_OF])
    assert sorted(row["value"] for row in per.rows()) == [10.0, 40.0, 62.5]
    assert (
        shop.trait(sg.trait("orders"), as_of=AS_OF).rows()
        == shop.trait("orders", as_of=AS_OF).rows()
    )


def test_reasons_are_said_in_words(shop: sg.Shop) -> None:
    spend = sg.aggregate("sum", "amount", of="revenue", within="60d")
    found = shop.explain((spend > 100) & ~sg.stage("loyal"), "customer_id:1", as_of=AS_OF)
    assert found.holds
    why = found.why("en")
    assert [item.holds for item in why.items] == [True, True]
    assert "unnamed" not in str(why).lower()
    assert "£125.00" in str(why)
    value = shop.explain(sg.mean_gap("order"), "1", as_of=AS_OF)
    assert value.reason.value == 20 * 86_400_000_000
    label = sg.Segment(where=spend > 1, label="Spenders")
    assert "Spenders" in shop.segment(label, as_of=AS_OF).title


def test_mistakes_are_those_of_files(shop: sg.Shop) -> None:
    with pytest.raises(InvalidDefinitions) as caught:
        shop.segment((sg.trait("ordrs") > 3) & sg.stage("loyl"))
    hints = [issue.hint for issue in caught.value.issues]
    assert hints == ["did you mean `orders`?", "did you mean `loyal`?"]
    with pytest.raises(InvalidDefinitions, match="window of zero"):
        shop.trait(sg.count("order", within="0d"))
    with pytest.raises(sg.UserError) as wrong:
        shop.segment(sg.trait("orders"))  # type: ignore[arg-type] # that is the mistake
    assert wrong.value.code == "builders.kind"
    with pytest.raises(sg.UserError) as wrong:
        shop.trait(sg.stage("loyal"))  # type: ignore[arg-type] # that is the mistake
    assert wrong.value.code == "builders.kind"
