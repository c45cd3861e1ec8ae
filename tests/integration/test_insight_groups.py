"""Of whom an insight is: labels that are kept out of reports, and what everybody gets of an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from click.testing import CliRunner
from shop_kit import make_shop

from stamgast.cli.main import root
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.app.shop import Shop

ORDERS = [
    *[(1, f"2010-0{month}-10T10:00:00", 100) for month in (1, 2, 3, 4, 5)],
    (2, "2010-05-20T10:00:00", 40),
    (2, "2010-06-20T10:00:00", 60),
    (3, "2010-06-01T10:00:00", 10),
    (4, "2010-01-15T10:00:00", 70),
    (None, "2010-06-02T10:00:00", 5),
]
AS_OF = "2010-07-01"
OWN = """\
version: 1
extensions:
  colleague:
    label: {en: Colleague, nl: Collega}
    rule: {did: order, at_least: 5}
    treatment: {exclude_from: [reports]}
  once:
    label: {en: Once, nl: Eenmalig}
    rule: {segment: one_time_buyers}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("groups") / "shop"
    made = make_shop(folder, ORDERS)
    (folder / "definitions" / "labels.yaml").write_text(OWN)
    return made


def call(shop: Shop, *arguments: str) -> str:
    found = CliRunner().invoke(root, ["--shop", str(shop._core.folder), *arguments])
    assert found.exit_code == 0, found.output
    return found.stdout


def asked(shop: Shop, *arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(call(shop, *arguments, "--as-of", AS_OF, "--json"))
    return answer


def test_who_is_excluded_from_reports_is_left_out_and_counted(shop: Shop) -> None:
    found = asked(shop, "insight", "cohorts")
    assert [(row["first_purchase"], row["customers"]) for row in found["rows"]] == [
        ("2010-01-01", 1),
        ("2010-05-01", 1),
        ("2010-06-01", 1),
    ]
    assert {"note": "left_out", "n": 1, "what": "colleague"} in found["notes"]
    assert {"note": "nobody", "n": 1, "amount": 500} in found["notes"]
    everybody = asked(shop, "insight", "cohorts", "--all")
    assert [row["customers"] for row in everybody["rows"]] == [2, 1, 1]
    assert "left_out" not in {note["note"] for note in everybody["notes"]}
    assert "1 weggelaten: Collega. --all telt ze mee." in call(
        shop, "insight", "cohorts", "--as-of", AS_OF, "--lang", "nl"
    )


def test_extensions_as_groups(shop: Shop) -> None:
    """Customers 3 and 4 bought once; 2 twice; 1 is left out."""
    split = asked(shop, "insight", "cohorts", "--split-by", "extension:once")
    assert [(row["part"], row["customers"], row["ever"]) for row in split["rows"]] == [
        ("in", 1, 0),
        ("in", 1, 0),
        ("out", 1, 1),
    ]
    only = asked(shop, "insight", "cohorts", "--only", "extension:once")
    assert [row["customers"] for row in only["rows"]] == [1, 1]
    # customers 1 and 2 are others, 1 of whom would be left out of it anyway
    assert {"note": "only", "n": 2, "what": "extension:once"} in only["notes"]


@pytest.mark.parametrize("wrong", ["stage:loyl", "vipp", "extension:onc", "cuntry=NL"])
def test_a_group_that_is_not_there(shop: Shop, wrong: str) -> None:
    with pytest.raises(UserError) as error:
        shop.insight.worth(as_of=AS_OF, only=wrong)
    assert error.value.code == "insight.group"
    assert "did you mean" in error.value.hint


EVERY = [
    ["segment", "upcoming", "stage", "--as-of", AS_OF],
    ["segment", "upcoming", "stage:promising", "--days", "60", "--as-of", AS_OF],
    ["segment", "upcoming", "lost_customers", "--days", "400", "--as-of", AS_OF],
    ["segment", "upcoming", "vip", "--as-of", AS_OF],
    ["segment", "worth", "stage", "--as-of", AS_OF],
    ["segment", "worth", "one_time_buyers", "--days", "30", "--as-of", AS_OF],
    ["segment", "sizes", "stage", "--months", "3", "--as-of", AS_OF],
    ["segment", "sizes", "stage:loyal", "--months", "3", "--as-of", AS_OF],
    ["segment", "sizes", "best_buyers", "--months", "3", "--as-of", AS_OF],
    ["lifecycle", "flows", "--from", "2010-03-01", "--to", AS_OF],
    ["lifecycle", "suggest", "--as-of", AS_OF],
    ["lifecycle", "suggest", "--all-gaps", "--as-of", AS_OF],
    ["insight", "overlap", "--as-of", AS_OF],
    ["insight", "best-buyers", "--as-of", AS_OF],
    ["insight", "cohorts", "--as-of", AS_OF],
    ["insight", "returns", "--as-of", AS_OF],
    ["insight", "returns", "--by", "product", "--as-of", AS_OF],
    ["insight", "coupons", "--as-of", AS_OF],
    ["figures", "--as-of", AS_OF],
    ["insight", "backtest", "--times", "2", "--as-of", AS_OF],
    ["insight", "second-coupon", "--split-by", "stage", "--as-of", AS_OF],
]


SPLIT = [
    [*EVERY[n], *split]
    for n, split in (
        (0, ("--split-by", "stage")),
        (4, ("--only", "stage:promising")),
        (8, ("--split-by", "extension:once")),
        (9, ("--split-by", "one_time_buyers")),
        (15, ("--split-by", "stage")),
    )
]


@pytest.mark.parametrize("arguments", [*EVERY, *SPLIT], ids=" ".join)
def test_every_form_of_every_insight(shop: Shop, arguments: list[str], tmp_path: Path) -> None:
    """JSON, a table in Dutch and a drawing: SVG with a title."""
    drawn = tmp_path / "drawn.svg"
    answer = json.loads(call(shop, *arguments, "--json", "--svg", str(drawn)))
    assert answer["as_of"] == "2010-06-30T23:00:00Z"
    tree = ET.fromstring(drawn.read_text(encoding="utf-8"))  # noqa: S314 - we drew it
    assert tree.tag.endswith("svg")
    assert tree.find("{http://www.w3.org/2000/svg}title") is not None
    text = call(shop, *arguments, "--lang", "nl", "--limit", "1000")
    assert text.splitlines()[0]
    assert "{" not in text
    nothing = {"Geen.", "Dit is niet vooruit te zeggen."} & set(text.splitlines())
    assert bool(nothing) is (not answer["rows"] or answer.get("moves") == [])


def test_arrow(shop: Shop) -> None:
    table = shop.insight.worth(as_of=AS_OF, days=29, everybody=True).arrow()
    assert table.schema.field("revenue_minor").type == pa.int64()
    assert table.schema.field("mean_minor").type == pa.float64()
    # a month before: 1 had bought five times, 2 and 3 once in the last 30 days, 4 long ago
    assert table.column("stage").to_pylist() == ["new_buyer", "loyal", "sleeper"]
    assert table.column("members").to_pylist() == [2, 1, 1]
    assert table.column("buyers").to_pylist() == [1, 0, 0]
    assert table.column("revenue_minor").to_pylist() == [6000, 0, 0]
    flows = shop.insight.upcoming("stage", days=100, as_of=AS_OF).arrow()
    assert flows.schema.field("at").type == pa.timestamp("us", tz="UTC")
    cohorts = shop.insight.cohorts(as_of=AS_OF).arrow()
    assert cohorts.schema.field("first_purchase").type == pa.date32()
    assert cohorts.schema.field("left_edge").type == pa.bool_()
