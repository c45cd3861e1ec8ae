"""Every shipped segment on a made-up shop, whole, by plain SQL over its files; and every planted customer.

Dissatisfied, at risk and newness are asked in ``test_problems_by_sql`` and ``test_products_by_sql``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import generated_sql
import oracle_sql
import pytest
import segments_sql
from calendar_oracle import seasons_of
from made_up import CUSTOMERS
from test_problems_by_sql import who_is_who
from test_products_by_sql import AGAIN, BROWSING, FANS, OCCASIONS

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOMENTS = ("2026-11-22T00:00:00+01:00", "2026-07-01T00:00:00+02:00")
ELSEWHERE = {"dissatisfied", "risk_customers", "newness_lovers"}
VIEWS = OCCASIONS.replace("$events", "'Product Viewed', 'Product List Viewed'")
RULES = {
    **{name: rule for name, rule in oracle_sql.SEGMENTS.items() if name not in generated_sql.RULES},
    **generated_sql.RULES,
    "fans": FANS,
    "browse_abandoners": BROWSING.replace(
        "$again_product", VIEWS + AGAIN.replace("$of", "product_id")
    ).replace("$again_category", VIEWS + AGAIN.replace("$of", "category")),
}
SALE = re.compile(r"\{from: (\S+), to: \S+?(?:, early_access: (\S+))?\}")


@pytest.fixture(scope="module")
def shop(made_up_shop: Path) -> Iterator[Shop]:
    with Shop.open(made_up_shop) as opened:
        yield opened


@pytest.fixture(scope="module", params=MOMENTS)
def raw(
    request: pytest.FixtureRequest, made_up_shop: Path
) -> tuple[duckdb.DuckDBPyConnection, str]:
    """The files as tables, at a moment."""
    files, moment = made_up_shop / "source", request.param
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    who_is_who(connection, files)
    filled = generated_sql.TABLES.replace("$files", f"'{files}'")
    connection.execute(filled.replace("$t", f"TIMESTAMPTZ '{moment}'"))
    connection.execute("CREATE TABLE season (name VARCHAR, first_day DATE, last_day DATE)")
    for year in range(2019, 2030):
        for season, (first, last) in seasons_of("NL", year).items():
            connection.execute("INSERT INTO season VALUES (?, ?, ?)", [season, first, last])
    connection.execute("CREATE TABLE first_day (begins DATE, ends DATE)")
    sales = (files / "definitions" / "sales.yaml").read_text(encoding="utf-8")
    for opens, early in SALE.findall(sales):
        connection.execute("INSERT INTO first_day VALUES (?, ?)", [early or opens, opens])
    return connection, moment


def test_every_shipped_segment_is_asked(shop: Shop) -> None:
    assert set(shop.definitions.segments) == set(RULES) | ELSEWHERE


@pytest.mark.parametrize("segment", RULES)
def test_members_are_those_of_plain_sql(
    segment: str, raw: tuple[duckdb.DuckDBPyConnection, str], shop: Shop, made_up_shop: Path
) -> None:
    connection, moment = raw
    rule = RULES[segment].replace("$zone", "'Europe/Amsterdam'")
    rule = rule.replace("$t", f"TIMESTAMPTZ '{moment}'")
    expected = {str(who) for (who, *_) in connection.execute(rule).fetchall()}
    part_of = dict(connection.execute("SELECT value, part::VARCHAR FROM who").fetchall())
    rows = shop.segment(segment, as_of=moment).rows()
    found = {part_of.get(row["identifier"], row["identifier"]) for row in rows}
    assert found == expected
    assert shop.segment(segment, as_of=moment).count() == len(rows)
    if moment == MOMENTS[0]:
        assert expected
        planted = f"read_csv('{made_up_shop}/source/truth/planted.csv', all_varchar = true)"
        told = connection.execute(
            f"SELECT identifier, belongs FROM {planted} WHERE segment = $segment",
            {"segment": segment},
        ).fetchall()
        assert "true" in {belongs for _, belongs in told}
        for who, belongs in told:
            assert (part_of.get(who, who) in expected) == (belongs == "true"), who


def test_phases_of_buying_are_those_of_plain_sql(
    raw: tuple[duckdb.DuckDBPyConnection, str], shop: Shop, made_up_shop: Path
) -> None:
    """Of the persons; what only a device is known by is asked elsewhere."""
    connection, moment = raw
    expected = dict(connection.execute(segments_sql.BUYING_PHASE).fetchall())
    part_of = dict(connection.execute("SELECT value, part::VARCHAR FROM who").fetchall())
    known = shop.sql("SELECT profile_id, identifier FROM profiles").rows()
    who_is = {row["profile_id"]: part_of.get(row["identifier"]) for row in known}
    rows = shop.trait("buying_phase", as_of=moment).rows()
    found = {who: row["value"] for row in rows if (who := who_is[row["profile_id"]]) is not None}
    assert found == {who: phase for who, phase in expected.items() if who in found}
    assert len(found) > CUSTOMERS // 2
    assert set(found.values()) == {
        "deciding",
        "considering",
        "orienting",
        "just_bought",
        "resting",
    }
    if moment == MOMENTS[0]:
        planted = f"read_csv('{made_up_shop}/source/truth/planted.csv', all_varchar = true)"
        told = connection.execute(
            f"SELECT identifier, segment[14:], belongs FROM {planted} "
            "WHERE starts_with(segment, 'buying_phase:')"
        ).fetchall()
        assert {phase for _, phase, _ in told} == set(found.values())
        for who, phase, belongs in told:
            assert (expected[part_of[who]] == phase) == (belongs == "true"), who
