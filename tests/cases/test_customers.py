"""The known customers of ``customers.yaml``: stages and segments of the shipped definitions.

Of the rows of the table of cases (``row`` in the file) these are here: 1 Anna, 2 Bram, 4 Kees, 5 Els, 7 Gijs, 10 Joris,
13 Karin, 14 Lars, 17 Omar, 18 Pim and the twin, 20 Roos, 22 Teun, 29 Abel, 33 the ten buyers. Elsewhere: 24 Victor
and 26 Xander, whose visits become a customer's, in ``test_browsers``; 31 Daan, whose label a hand takes, in
``test_labels``; the advice of row 29 in ``unit/test_advice_order``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engines import ENGINES, Engine, ask
from making import DAY, event, order, refund
from ruamel.yaml import YAML
from shops import Shop
from tables import connect

from stamgast.clock import parse_instant
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    import duckdb

    from stamgast.language.ast import Definitions
    from stamgast.model.log import OrderStatement

CASES = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("customers.yaml").read_text("utf-8")
)
MODELS = ("grid", "windowed")
TOP_30 = """
version: 1
segments:
  top_30:
    label: {en: Top 30 %, nl: Beste 30 %}
    where:
      top: 30%
      by: [orders_365d, net_revenue_365d]
      among: {trait: orders_365d, gte: 1}
      provided: {trait: net_revenue_365d, gt: 0}
"""


def instant(written: object) -> int:
    """An instant or a bare date (00:00Z), as YAML has read it."""
    if isinstance(written, datetime | date):
        return parse_instant(written.isoformat())
    return parse_instant(str(written))


SALES = """
version: 1
calendars:
  sales:
    january: {from: 2026-01-02, to: 2026-01-31, early_access: 2026-01-01}
    may: {from: 2026-05-06, to: 2026-05-20}
"""


def definitions(model: str) -> Definitions:
    own = {"top.yaml": TOP_30, "sales.yaml": SALES}
    files = [*shipped_files(), *(SourceFile(name=name, text=own[name]) for name in own)]
    return read_definitions(files, settings=LanguageSettings(lifecycle_model=model))


SHIPPED = {model: definitions(model) for model in MODELS}


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return connect(SHIPPED["grid"].event_properties)


def minor(major: object) -> int:
    return int(Decimal(str(major)) * 100)


def bought(i: int, written: Any) -> OrderStatement:  # noqa: ANN401 - a date or a mapping
    said = written if isinstance(written, dict) else {"at": written}
    coupon = said.get("coupon")
    return order(
        said.get("key", f"shop:o{i}"),
        instant(said["at"]),
        total=minor(said.get("total", 10)),
        coupon=coupon,
        coupon_used=coupon is not None,
    )


def orders_of(written: Any) -> list[Any]:  # noqa: ANN401 - a list, or a mapping
    """Orders one by one, or one on every day."""
    if isinstance(written, dict):
        first = written["every_day_from"]
        return [first + timedelta(days=i) for i in range(written["days"])]
    return list(written)


def properties_of(written: dict[str, Any]) -> dict[str, Any]:
    """What an event carries."""
    return {key: value for key, value in written.items() if key not in {"name", "at"}}


def shop_of(customer: dict[str, Any]) -> Shop:
    """A shop with this one customer, profile 1."""
    orders = orders_of(customer.get("orders", ()))
    return Shop(
        profiles=1,
        orders=tuple(bought(i, one) for i, one in enumerate(orders)),
        refunds=tuple(
            refund(f"r{i}", instant(one["at"]), minor(one["amount"]), order_key=one["order"])
            for i, one in enumerate(customer.get("refunds", ()))
        ),
        events=tuple(
            (1, event(f"e{i}", instant(one["at"]), name=one["name"], **properties_of(one)))
            for i, one in enumerate(customer.get("events", ()))
        ),
        attributes=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question about one customer."""

    customer: dict[str, Any]
    asked: dict[str, Any]

    @property
    def id(self) -> str:
        """Row, name and instant."""
        return f"{self.customer['row']}-{self.customer['name'].split(',')[0]}-{self.asked['at']}"


QUESTIONS = [
    Case(customer=one, asked=asked) for one in CASES["customers"] for asked in one["asked"]
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", QUESTIONS, ids=lambda case: case.id)
def test_stage_and_segments(
    case: Case, model: str, engine: Engine, database: duckdb.DuckDBPyConnection
) -> None:
    expected = case.asked.get("is", {})
    names = ["stage", *expected]
    t = instant(case.asked["at"])
    found = ask(engine, SHIPPED[model], shop_of(case.customer), t, names, database=database)
    assert found[1, "stage"].exists == case.asked.get("exists", True)
    assert found[1, "stage"].value == case.asked.get(model)
    if "stage_until" in case.asked:
        assert found[1, "stage"].valid_until == instant(case.asked["stage_until"])
    assert {name: found[1, name].value for name in expected} == expected
    for name, until in case.asked.get("until", {}).items():
        assert found[1, name].valid_until == instant(until)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_best_of_ten_buyers(engine: Engine, database: duckdb.DuckDBPyConnection) -> None:
    best = CASES["best"]
    t = instant(best["at"])
    orders = [
        order(
            f"shop:{who}-{i}",
            t - (i + 2) * DAY,
            of=who,
            total=minor(buyer["revenue"]) // buyer["purchases"],
        )
        for who, buyer in enumerate(best["buyers"], start=1)
        for i in range(buyer["purchases"])
    ]
    shop = Shop(
        profiles=len(best["buyers"]), orders=tuple(orders), refunds=(), events=(), attributes=()
    )
    asked = {"20%": "best_buyers", "30%": "top_30"}
    found = ask(engine, SHIPPED["grid"], shop, t, list(asked.values()), database=database)
    for share, name in asked.items():
        members = [who for who in range(1, 11) if found[who, name].value is True]
        assert members == best["top"][share]
