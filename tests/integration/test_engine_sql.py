"""The DuckDB engine against SQL written by hand, on some hundred random rows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.model.log import DAY_US
from stamgast.model.tables import ORDER_LINE
from stamgast.retail import shipped_files
from stamgast.store.engine import DuckEngine
from stamgast.store.lake import SQL_TYPES

if TYPE_CHECKING:
    from stamgast.language.ast import Definitions

ZONE = "Europe/Amsterdam"
T = parse_instant("2026-06-01T10:00:00Z")
MIDNIGHT = parse_instant("2026-05-31T22:00:00Z")
START = parse_instant("2025-03-01")
OWN = """
version: 1
traits:
  orders_30_90d: {count: order, between: [30d, 90d]}
  web_orders: {count: order, where: {channel: web}}
  views_7d: {count: Page Viewed, within: 7d}
  viewed: {distinct: category, of: Product Viewed, where: {price: {gte: 10}}}
  favourite: {most_frequent: category, of: Product Viewed}
  visits_28d: {visits: [Page Viewed], gap: 30m, within: 28d}
  landed: {first: category, of: [Page Viewed, Product Viewed], visit: last, gap: 30m, where: {category: {present: true}}}
  last_store: {last: store, of: order}
  orders_of_key: {distinct: order_id, of: order, where: {status: {present: true}}}
segments:
  big: {where: {did: order, at_least: 2, at_most: 3, within: 365d, where: {net_total: {gt: 20}}}}
  left_behind: {where: {did: Product Added, within: 60d, not_followed_by: {event: order, within: 1d}}}
  dutch: {where: {attribute: country, is: NL}}
  upper_half: {where: {trait: orders, gt: {percentile: 50, of: orders, among: {trait: orders, gte: 1}}}}
"""
TABLES = """
CREATE TABLE order_version (profile_id BIGINT, order_key VARCHAR, version INTEGER, ordered_at BIGINT,
  day DATE, valid_from BIGINT, valid_to BIGINT, counts BOOLEAN, total BIGINT, refunded BIGINT,
  net_total BIGINT, gross BIGINT, discount BIGINT, order_id VARCHAR, coupon VARCHAR,
  coupon_used BOOLEAN, channel VARCHAR, store VARCHAR, status VARCHAR);
CREATE TABLE loose_refund (profile_id BIGINT, refund_key VARCHAR, "at" BIGINT, day DATE,
  valid_from BIGINT, valid_to BIGINT, amount BIGINT);
CREATE TABLE event (profile_id BIGINT, event VARCHAR, occurred_at BIGINT, day DATE, received_at BIGINT,
  message_id VARCHAR, p_category VARCHAR, p_price BIGINT);
CREATE TABLE attribute (profile_id BIGINT, name VARCHAR, "at" BIGINT, received_at BIGINT, value VARCHAR);
CREATE TABLE extension (profile_id BIGINT, holder BIGINT, name VARCHAR, origin VARCHAR, action VARCHAR,
    value VARCHAR, "at" BIGINT, until BIGINT, received_at BIGINT, seq BIGINT);
CREATE TABLE consent (profile_id BIGINT, purpose VARCHAR, channel VARCHAR, address VARCHAR,
    state VARCHAR, "at" BIGINT, received_at BIGINT, seq BIGINT);
CREATE TABLE presence (profile_id BIGINT, first_at BIGINT, anonymous BOOLEAN);
CREATE TABLE known_by (profile_id BIGINT, kind VARCHAR);
CREATE TABLE order_statement (profile_id BIGINT, order_key VARCHAR, source_rank INTEGER, seq BIGINT,
  ordered_at BIGINT, valid_from BIGINT, received_at BIGINT, counts BOOLEAN, total BIGINT,
  gross BIGINT, discount BIGINT, order_id VARCHAR, coupon VARCHAR, coupon_used BOOLEAN,
  channel VARCHAR, store VARCHAR, status VARCHAR);
CREATE TABLE refund_statement (profile_id BIGINT, refund_key VARCHAR, order_key VARCHAR, "at" BIGINT,
  received_at BIGINT, amount BIGINT);
"""


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    own = SourceFile(name="own.yaml", text=OWN, shipped=False)
    settings = LanguageSettings(zone=ZONE, currency="EUR")
    return read_definitions([*shipped_files(), own], settings=settings)


@pytest.fixture(scope="module")
def db(definitions: Definitions) -> duckdb.DuckDBPyConnection:
    """120 profiles, of whom the last 20 never bought; instants before and after ``T``."""
    pick = random.Random(4)  # noqa: S311 - test data
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(TABLES)
    lines = ", ".join(f'"{name}" {kind}' for name, kind in ORDER_LINE.columns)
    connection.execute(f"CREATE TABLE order_line ({lines})")
    for name, kind in definitions.event_properties.items():
        if name not in ("category", "price"):
            connection.execute(f'ALTER TABLE event ADD COLUMN "p_{name}" {SQL_TYPES[kind]}')
    end = T + 30 * DAY_US

    def when() -> int:
        return START + pick.randrange((end - START) // 1_000_000) * 1_000_000

    orders, refunds, events = [], [], []
    for number in range(400):
        at = when()
        cancelled = at + 5 * DAY_US if pick.random() < 0.1 else None
        total = pick.randrange(500, 9000)
        refunded = pick.choice([0, 0, 0, total // 2])
        channel, used = pick.choice(["web", "store", None]), pick.choice([True, False, None])
        row = (
            pick.choice([None, *range(100)]),
            f"s:{number:04}",
            1,
            at,
            at,
            cancelled,
            True,
            total,
        )
        orders.append((*row, refunded, total - refunded, used, channel))
        if cancelled:
            later = (row[0], row[1], 2, at, cancelled, None, False, total)
            orders.append((*later, refunded, total - refunded, used, channel))
    for number in range(40):
        at = when()
        refunds.append((pick.randrange(100), f"r{number}", at, at, None, pick.choice([None, 900])))
    for number in range(1500):
        name = pick.choice(["Page Viewed", "Product Viewed", "Product Added"])
        at = pick.choice([when(), T - pick.randrange(60 * 24 * 60) * 60_000_000])
        events.append(
            (
                pick.randrange(120),
                name,
                at,
                f"m{number:05}",
                pick.choice(["a", "b", "c", None]),
                pick.choice([500, 1500, None]),
            )
        )
    connection.executemany(
        "INSERT INTO order_version (profile_id, order_key, version, ordered_at, valid_from, valid_to,"
        " counts, total, refunded, net_total, coupon_used, channel)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        orders,
    )
    connection.executemany(
        'INSERT INTO loose_refund (profile_id, refund_key, "at", valid_from, valid_to, amount)'
        " VALUES (?,?,?,?,?,?)",
        refunds,
    )
    connection.executemany(
        "INSERT INTO event (profile_id, event, occurred_at, message_id, p_category, p_price)"
        " VALUES (?,?,?,?,?,?)",
        events,
    )
    connection.execute(
        "INSERT INTO attribute SELECT i, 'country', NULL, $t - i, ['NL', 'BE', NULL][1 + i % 3]"
        " FROM range(120) AS n (i) UNION ALL"
        " SELECT i, 'country', $t - 1000 * i, $t - 1000 * i, 'NL' FROM range(0, 120, 5) AS n (i)",
        {"t": T},
    )
    connection.execute("UPDATE event SET received_at = occurred_at")
    connection.execute(
        "INSERT INTO presence SELECT profile_id, min(x), profile_id >= 110 FROM ("
        " SELECT profile_id, valid_from AS x FROM order_version UNION ALL"
        ' SELECT profile_id, "at" FROM loose_refund UNION ALL'
        ' SELECT profile_id, "at" FROM attribute WHERE "at" IS NOT NULL UNION ALL'
        " SELECT profile_id, occurred_at FROM event) WHERE profile_id IS NOT NULL GROUP BY profile_id"
    )
    return connection


@pytest.fixture
def engine(db: duckdb.DuckDBPyConnection, definitions: Definitions) -> DuckEngine:
    return DuckEngine(db, definitions, has_ahead=False)


BOUGHT = (
    "(SELECT * FROM order_version WHERE counts AND valid_from <= $t"
    " AND coalesce(valid_to > $t, true))"
)
BY_HAND = {
    "orders": f"SELECT profile_id, count(*), NULL FROM {BOUGHT} GROUP BY ALL",
    "web_orders": f"SELECT profile_id, count(*), NULL FROM {BOUGHT} WHERE channel = 'web' GROUP BY ALL",
    "orders_30_90d": f"""
        SELECT profile_id,
          count(*) FILTER ($t - ordered_at > $day * 30 AND $t - ordered_at <= $day * 90),
          least(min(ordered_at + $day * 90 + 1) FILTER (ordered_at + $day * 90 + 1 > $t),
            min(ordered_at + $day * 30 + 1) FILTER (ordered_at + $day * 30 + 1 > $t))
        FROM {BOUGHT} GROUP BY ALL""",
    "net_revenue_365d": f"""
        SELECT profile_id, sum(amount), min(x) + $day * 365 + 1 FROM (
          SELECT profile_id, ordered_at AS x, net_total AS amount FROM {BOUGHT} UNION ALL
          SELECT profile_id, "at", -amount FROM loose_refund WHERE "at" <= $t)
        WHERE $t - x <= $day * 365 GROUP BY ALL""",
    "average_order": f"""
        SELECT profile_id, any_value(n)::DOUBLE / (count(*) * 100)::DOUBLE, NULL FROM {BOUGHT}
        JOIN (SELECT profile_id, sum(amount) AS n FROM (
          SELECT profile_id, net_total AS amount FROM {BOUGHT} UNION ALL
          SELECT profile_id, -amount FROM loose_refund WHERE "at" <= $t) GROUP BY ALL)
        USING (profile_id) GROUP BY profile_id""",
    "order_gap": f"""
        SELECT profile_id, (max(d) - min(d)) * $day // (count(DISTINCT d) - 1), NULL FROM (
          SELECT profile_id, timezone('{ZONE}', make_timestamptz(ordered_at))::DATE AS d
          FROM {BOUGHT}) GROUP BY profile_id HAVING count(DISTINCT d) > 1""",
    "last_order_gap": f"""
        SELECT profile_id, (d - lag(d) OVER (PARTITION BY profile_id ORDER BY d)) * $day, NULL FROM (
          SELECT DISTINCT profile_id, timezone('{ZONE}', make_timestamptz(ordered_at))::DATE AS d
          FROM {BOUGHT}) QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY d DESC) = 1""",
    "first_coupon_used": f"""
        SELECT profile_id, coupon_used, NULL FROM {BOUGHT}
        QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY ordered_at, order_key) = 1""",
    "views_7d": """
        SELECT profile_id, count(*), min(occurred_at) + $day * 7 + 1 FROM event
        WHERE event = 'Page Viewed' AND occurred_at BETWEEN $t - $day * 7 AND $t GROUP BY ALL""",
    "viewed": """
        SELECT profile_id, count(DISTINCT p_category), NULL FROM event
        WHERE event = 'Product Viewed' AND p_price >= 1000 AND occurred_at <= $t AND $day > 0
        GROUP BY ALL""",
    "favourite": """
        SELECT profile_id, p_category, NULL FROM event
        WHERE event = 'Product Viewed' AND p_category IS NOT NULL AND occurred_at <= $t AND $day > 0
        GROUP BY profile_id, p_category QUALIFY row_number() OVER (PARTITION BY profile_id
          ORDER BY count(*) DESC, max(row(occurred_at, message_id)) DESC) = 1""",
    "visits_28d": """
        SELECT profile_id, count(*), min(occurred_at) + $day * 28 + 1 FROM (
          SELECT *, lag(occurred_at) OVER (PARTITION BY profile_id ORDER BY occurred_at) AS before
          FROM event WHERE event = 'Page Viewed' AND occurred_at <= $t)
        WHERE coalesce(occurred_at - before >= 1800000000, true) AND $t - occurred_at <= $day * 28
        GROUP BY ALL""",
    "big": f"""
        SELECT profile_id, count(*) BETWEEN 2 AND 3,
          CASE WHEN count(*) BETWEEN 2 AND 3 THEN list_reverse_sort(list(ordered_at))[2]
            WHEN count(*) > 3 AND list_reverse_sort(list(ordered_at))[2] >
              list_reverse_sort(list(ordered_at))[4] THEN list_reverse_sort(list(ordered_at))[4]
            END + $day * 365 + 1
        FROM {BOUGHT} WHERE net_total > 2000 AND $t - ordered_at <= $day * 365 GROUP BY ALL""",
    "left_behind": f"""
        SELECT profile_id, bool_or(undone AND $t - x <= $day * 60), min(least(
          CASE WHEN x + $day * 60 >= $t THEN x + $day * 60 + 1 END,
          CASE WHEN x + $day >= $t THEN x + $day + 1 END))
        FROM (SELECT profile_id, occurred_at AS x, occurred_at + $day < $t AND NOT EXISTS (
            SELECT 1 FROM {BOUGHT} AS o WHERE o.profile_id = e.profile_id
            AND o.ordered_at BETWEEN e.occurred_at AND e.occurred_at + $day) AS undone
          FROM event AS e WHERE event = 'Product Added' AND occurred_at <= $t) GROUP BY ALL""",
    "dutch": """
        SELECT profile_id, coalesce(value = 'NL', false), NULL FROM attribute
        WHERE coalesce("at", received_at) <= $t AND $day > 0
        QUALIFY row_number() OVER (PARTITION BY profile_id
          ORDER BY "at" DESC NULLS LAST, received_at DESC) = 1""",
}
NOTHING = {"orders": 0, "web_orders": 0, "orders_30_90d": 0, "net_revenue_365d": 0, "views_7d": 0}
NOTHING |= {"viewed": 0, "visits_28d": 0, "big": False, "left_behind": False, "dutch": False}


@pytest.mark.parametrize("name", BY_HAND)
def test_answers_are_those_by_hand(
    name: str, db: duckdb.DuckDBPyConnection, engine: DuckEngine
) -> None:
    values: dict[str, Any] = {"t": T, "day": DAY_US}
    used = {key: value for key, value in values.items() if f"${key}" in BY_HAND[name]}
    known = {row[0]: row[1:] for row in db.execute(BY_HAND[name], used).fetchall()}
    everybody = db.execute("SELECT profile_id FROM presence WHERE first_at <= $t", {"t": T})
    expected = {who: known.get(who, (NOTHING.get(name), None)) for (who,) in everybody.fetchall()}
    found = engine.answers([name], T).to_pylist()
    assert {row["profile_id"]: (row[name], row[f"{name}__until"]) for row in found} == expected
    assert all(row["exists"] for row in found)
    assert len({value for value, _ in expected.values()}) > 1


def test_each_question_alone_and_together(engine: DuckEngine, definitions: Definitions) -> None:
    names = [*definitions.traits, *definitions.segments, "stage"]
    together = {row["profile_id"]: row for row in engine.answers(names, T).to_pylist()}
    for name in names:
        for row in engine.answers([name], T).to_pylist():
            assert row[name] == together[row["profile_id"]][name]
            until = f"{name}__until"
            assert row[until] == together[row["profile_id"]][until]


def test_some_profiles_only(engine: DuckEngine, definitions: Definitions) -> None:
    names = [*definitions.traits, *definitions.segments, "stage"]
    chosen = [3, 3, 50, 119, 1000]
    everybody = {row["profile_id"]: row for row in engine.answers(names, T).to_pylist()}
    some = {row["profile_id"]: row for row in engine.answers(names, T, chosen).to_pylist()}
    assert some == {who: everybody[who] for who in chosen if who in everybody}
    assert len(some) == 3


def test_nothing_ahead_is_the_same_by_either_path(
    db: duckdb.DuckDBPyConnection, engine: DuckEngine, definitions: Definitions
) -> None:
    names = [*definitions.traits, *definitions.segments, "stage"]
    other = DuckEngine(db, definitions, has_ahead=True)
    by_both = [sorted(e.answers(names, T).to_pylist(), key=str) for e in (engine, other)]
    assert by_both[0] == by_both[1]


def test_counts_and_members(db: duckdb.DuckDBPyConnection, engine: DuckEngine) -> None:
    values = {"t": T, "day": DAY_US}
    expected = [row for row in db.execute(BY_HAND["big"], values).fetchall() if row[0] is not None]
    members = {(row[0], row[2]) for row in expected if row[1]}
    found = engine.members("big", T).to_pylist()
    assert {(row["profile_id"], row["valid_until"]) for row in found} == members
    counted = engine.count("big", T)
    assert counted.count == len(members)
    assert counted.valid_until == min(row[2] for row in expected if row[2] is not None)


def test_stage_counts_are_those_of_the_stages(engine: DuckEngine) -> None:
    instants = [START, T - 200 * DAY_US, T, T + 400 * DAY_US, T]
    counted = engine.stage_counts(instants)
    assert set(counted) == set(instants)
    for t in instants:
        stages = [row["stage"] for row in engine.answers(["stage"], t).to_pylist()]
        found = {stage: n for stage, n in counted[t].stages.items() if n}
        assert found == {stage: stages.count(stage) for stage in stages}
    assert counted[T].anonymous == 10
    assert len([n for n in counted[T].stages.values() if n]) > 4
    assert engine.stage_counts([]) == {}


def test_best_buyers_and_percentile(db: duckdb.DuckDBPyConnection, engine: DuckEngine) -> None:
    ranked = db.execute(
        f"""
        WITH bought AS (
          SELECT profile_id, count(*) AS n, sum(net_total) AS net FROM {BOUGHT}
          WHERE $t - ordered_at <= $day * 365 AND profile_id IS NOT NULL GROUP BY ALL),
        back AS (SELECT profile_id, sum(amount) AS amount FROM loose_refund
          WHERE "at" BETWEEN $t - $day * 365 AND $t GROUP BY ALL),
        buyer AS (SELECT profile_id, n, net - coalesce(amount, 0) AS net
          FROM bought LEFT JOIN back USING (profile_id)),
        scored AS (SELECT a.profile_id, a.net, (SELECT count(*) FROM buyer b WHERE b.n < a.n)
          + (SELECT count(*) FROM buyer b WHERE b.net < a.net) AS score FROM buyer AS a)
        SELECT profile_id, score, net, count(*) OVER () FROM scored ORDER BY score DESC
        """,
        {"t": MIDNIGHT, "day": DAY_US},
    ).fetchall()
    size = ranked[0][3]
    threshold = ranked[-(-size // 5) - 1][1]
    best = {who for who, score, net, _ in ranked if score >= threshold and net > 0}
    found = engine.answers(["best_buyers"], T).to_pylist()
    assert {row["profile_id"] for row in found if row["best_buyers"]} == best
    assert {row["best_buyers__until"] for row in found} == {MIDNIGHT + DAY_US}
    counts = db.execute(
        f"SELECT count(*) AS n FROM {BOUGHT} WHERE profile_id IS NOT NULL GROUP BY profile_id ORDER BY n",
        {"t": MIDNIGHT},
    ).fetchall()
    median = counts[-(-len(counts) // 2) - 1][0]
    statistics = engine.statistics(T)
    of_orders = [n for asked, n in statistics.numbers.items() if asked.of.name == "orders"]
    assert of_orders == [median]
    assert (statistics.midnight, statistics.next_midnight) == (MIDNIGHT, MIDNIGHT + DAY_US)
    assert {table.size for table in statistics.tops.values()} == {size}


def test_a_table_of_answers(db: duckdb.DuckDBPyConnection, engine: DuckEngine) -> None:
    asked = engine.answers(["orders", "big"], T).select(["profile_id", "orders", "big"])
    engine.create("made", ["orders", "big"], T)
    made = db.execute("SELECT profile_id, orders, big FROM made").fetchall()
    assert sorted(made) == sorted(tuple(row.values()) for row in asked.to_pylist())


def test_what_is_asked_together_is_what_is_asked_alone(
    db: duckdb.DuckDBPyConnection, definitions: Definitions
) -> None:
    """Together orders and profiles are gathered once, for what is ranked at the midnight too."""
    ranked = ["best_buyers", "vip", "upper_half", "rfm", "bargain_hunters"]
    names = [
        *BY_HAND,
        *ranked,
        "stage",
        "recent_visits",
        "usual_day",
        "last_store",
        "orders_of_key",
    ]
    together = DuckEngine(db, definitions, has_ahead=False)
    found = together.answers(names, T).sort_by("profile_id")
    together.create("at_once", names, T)
    made = db.sql("FROM at_once ORDER BY profile_id").to_arrow_table()
    assert made.to_pylist() == found.to_pylist() != []
    for name in names:
        alone = DuckEngine(db, definitions, has_ahead=False).answers([name], T)
        columns = ["profile_id", name, f"{name}__until"]
        assert found.select(columns).equals(alone.select(columns).sort_by("profile_id"))
    left = db.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name IN "
        "('stamgast_orders', 'stamgast_everybody')"
    )
    assert left.fetchall() == []


def test_an_unknown_name_is_said(engine: DuckEngine) -> None:
    with pytest.raises(UserError, match="no trait or segment 'vips'"):
        engine.answers(["vips"], T)
