"""The Python API: lazy tables in every form, several instants in one call, queries of one's own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from shop_kit import make_shop

import stamgast as sg
from stamgast.app.shop import Shop
from stamgast.app.tables import TABLES
from stamgast.clock import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2009-06-01T08:00:00", 10),
    (None, "2010-12-01T08:00:00", 7),
]
AS_OF = "2010-12-15"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("api") / "shop"
    make_shop(made, ORDERS).close()
    return made


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    with sg.open(folder) as found:
        yield found


def test_a_segment_in_every_form(shop: Shop) -> None:
    relation = shop.segment("one_time_buyers", as_of=AS_OF)
    columns = ["profile_id", "identifier_kind", "identifier", "entered_at", "valid_until"]
    assert relation.count() == len(relation) == 2
    assert relation.columns == columns
    assert isinstance(relation.arrow(), pa.Table)
    frame = relation.df()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == columns
    assert sorted(relation.pl()["identifier"].to_list()) == ["2", "3"]
    assert pa.table(relation).num_rows == 2
    assert pl.DataFrame(relation).height == 2


def test_a_relation_shows_itself(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    relation = shop.segment("one_time_buyers", as_of=AS_OF)
    relation.show(1)
    shown = capsys.readouterr().out
    assert "customer_id" in shown
    assert "... 2 rows" in shown
    page = relation._repr_html_()
    assert page.count("<tr>") == 3
    assert "<th>valid_until</th>" in page
    assert "one_time_buyers" in repr(relation)


def test_html_escapes_what_it_shows(shop: Shop) -> None:
    page = shop.sql("SELECT DISTINCT name FROM lines")._repr_html_()
    assert "A cup &amp; a &lt;saucer&gt;" in page
    assert "<saucer>" not in page


def test_it_is_lazy(shop: Shop) -> None:
    """A relation asks when it is read; what cannot be asked at all is said at once."""
    relation = shop.sql("SELECT 1 / nothing AS x")
    with pytest.raises(sg.UserError):
        relation.count()
    with pytest.raises(sg.UserError):
        shop.segment("one_time_byers")


@pytest.mark.parametrize(
    "moment",
    [
        "2010-12-15",
        "2010-12-15T01:00:00+01:00",
        date(2010, 12, 15),
        datetime(2010, 12, 15, tzinfo=UTC),
        1_292_371_200_000_000,
    ],
)
def test_instants_in_every_form(shop: Shop, moment: str | date | int) -> None:
    found = shop.lifecycle.counts(as_of=moment)
    assert found.as_of == parse_instant("2010-12-15")


def test_several_instants_in_one_call(shop: Shop) -> None:
    instants = ["2009-01-01", "2010-11-01", AS_OF]
    counts = shop.lifecycle.counts(as_of=instants)
    assert [sum(found.stages.values()) for found in counts] == [0, 2, 3]
    assert [found.stages["new_buyer"] for found in counts] == [0, 1, 0]
    members = shop.segment("one_time_buyers", as_of=instants)
    assert members.columns[0] == "as_of"
    asked = [row["as_of"].date().isoformat() for row in members.rows()]
    assert asked == ["2010-11-01", "2010-11-01", "2010-12-15", "2010-12-15"]
    assert [found.count for found in members.counts()] == [0, 2, 2]


def test_a_trait(shop: Shop) -> None:
    rows = shop.trait("net_revenue", as_of=AS_OF).rows()
    assert sorted(row["value"] for row in rows) == [1000, 4000, 12500]
    ages = {row["value"] for row in shop.trait("since_last_order", as_of=AS_OF).rows()}
    assert 4.375 in ages


def test_questions_of_every_kind_after_each_other(shop: Shop) -> None:
    for _ in range(2):
        assert shop.trait("orders", as_of=AS_OF).count() == 3
        assert shop.lifecycle.stage(as_of=AS_OF).count() == 3
        assert {one.name: one.count for one in shop.segments(as_of=AS_OF)}["one_time_buyers"] == 2
        assert shop.lifecycle.valid_until(AS_OF) is not None


def test_explain(shop: Shop) -> None:
    found = shop.explain("one_time_buyers", "1", as_of=AS_OF)
    assert (found.holds, found.exists) == (False, True)
    why = found.why("nl")
    assert why.holds is False
    assert why.value == "2"
    assert why.events[0] == "10 dec 2010 bestelling 2, £\N{NO-BREAK SPACE}25,00"


def test_flows(shop: Shop) -> None:
    (step,) = shop.lifecycle.flows("6 months", as_of=AS_OF)
    moved = {(flow.before, flow.after): (flow.count, flow.revenue) for flow in step.flows}
    assert moved == {
        ("", "promising"): (1, 12500),
        ("", "drifting"): (1, 4000),
        ("sleeper", "sleeper"): (1, 0),
    }


def test_flows_draw_themselves(shop: Shop, tmp_path: Path) -> None:
    flows = shop.lifecycle.flows("12 months", as_of=AS_OF, steps=3)
    assert len(flows) == 3
    assert flows[0].end == flows[1].start
    assert "3 steps" in repr(flows)
    plot = flows.plot()
    assert plot._repr_svg_() == plot._repr_html_() == plot.svg
    text = plot.save(tmp_path / "flows.svg").read_text(encoding="utf-8")
    drawn = ET.fromstring(text)  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    assert drawn.tag == f"{space}svg"
    titles = {mark.findtext(f"{space}title") for mark in drawn.iter(f"{space}path")}
    moves = {
        (flow.before, flow.after, step.end) for step in flows for flow in step.flows if flow.count
    }
    assert len(titles) == len(moves)
    shown = "".join(drawn.itertext())
    assert "Promising 1" in shown
    assert ".s-promising { fill: #1f9d97; }" in shown
    assert "Veelbelovend 1" in flows.plot("nl").svg
    with pytest.raises(sg.UserError) as wrong:
        plot.save(tmp_path / "nowhere" / "flows.svg")
    assert wrong.value.code == "plot.cannot_write"


def test_flows_of_nobody_draw_an_empty_chart(shop: Shop) -> None:
    plot = shop.lifecycle.flows("1 month", as_of="2001-01-01").plot()
    ET.fromstring(plot.svg)  # noqa: S314 - our own


def test_when_the_first_changes_stage(shop: Shop) -> None:
    """Nobody is elsewhere a microsecond before it, somebody is at it."""
    until = shop.lifecycle.valid_until(AS_OF)
    assert until is not None
    now, before, then = (
        {row["profile_id"]: row["stage"] for row in shop.lifecycle.stage(as_of=at).rows()}
        for at in (AS_OF, until - 1, until)
    )
    assert now == before
    assert now != then
    assert format_instant(until) == "2011-01-13T08:30:00.000001Z"  # 09:30 in British summer
    assert shop.lifecycle.valid_until("2031-01-01") is None


def test_what_comes_is_asked_of_the_log_as_it_was(shop: Shop) -> None:
    """Customer 1 did buy on 10 December; asked on the 1st, nobody can know."""
    step = shop.lifecycle.ahead("2010-12-31", as_of="2010-12-01")
    moved = {(flow.before, flow.after): flow.count for flow in step.flows}
    assert moved == {
        ("new_buyer", "drifting"): 1,
        ("drifting", "drifting"): 1,
        ("sleeper", "sleeper"): 1,
    }


def test_sql(shop: Shop) -> None:
    row = shop.sql("SELECT count(*) AS n, sum(total_minor) AS total FROM orders").rows()[0]
    assert row == {"n": 5, "total": 18200}
    rows = shop.sql(
        "SELECT p.identifier, t.orders FROM traits AS t JOIN profiles AS p USING (profile_id) "
        "ORDER BY ALL",
        as_of="2010-12-01",
    ).rows()
    assert [(row["identifier"], row["orders"]) for row in rows] == [("1", 1), ("2", 1), ("3", 1)]


@pytest.mark.parametrize(
    "query", ["DROP TABLE orders", "SELECT 1; SELECT 2", "SELEC 1", "SELECT nothing FROM orders"]
)
def test_sql_that_cannot_be_asked(shop: Shop, query: str) -> None:
    with pytest.raises(sg.UserError) as error:
        shop.sql(query).count()
    assert error.value.code == "sql.invalid"


@pytest.mark.parametrize("reader", ["read_text('{}')", "'{}'", "glob('{}')"])
def test_sql_reads_no_file_but_the_lake(shop: Shop, tmp_path: Path, reader: str) -> None:
    other = tmp_path / "other.csv"
    other.write_text("name\nsecret\n", encoding="utf-8")
    with pytest.raises(sg.UserError, match="disabled by configuration") as error:
        shop.sql(f"SELECT * FROM {reader.format(other)}").rows()
    assert error.value.code == "sql.invalid"
    assert shop.sql("SELECT * FROM orders").count() > 0


def test_the_documented_tables_are_those_there_are(shop: Shop) -> None:
    page = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## (\w+)$", page, re.MULTILINE)) == TABLES
    for table in TABLES:
        shop.sql(f"SELECT * FROM {table}").count()


def test_what_is_imported_meanwhile_is_seen(folder: Path, tmp_path: Path) -> None:
    from shop_kit import orders_file  # noqa: PLC0415 - beside its use

    with sg.open(folder) as first, sg.open(folder) as second:
        before = first.lifecycle.counts(as_of="2011-01-01")
        file = orders_file(tmp_path / "more.parquet", [(9, "2010-12-20T10:00:00", 5)], first=50)
        second.ingest(file, mapping="online-retail")
        after = first.lifecycle.counts(as_of="2011-01-01")
    assert sum(after.stages.values()) == sum(before.stages.values()) + 1


def test_the_class_that_users_hold_is_small() -> None:
    """Methods are few; what is more goes to a namespace, such as ``shop.lifecycle``."""
    public = [name for name in vars(Shop) if not name.startswith("_")]
    methods = [
        n for n in public if callable(getattr(Shop, n)) or isinstance(vars(Shop)[n], classmethod)
    ]
    assert len(methods) <= 15, methods
