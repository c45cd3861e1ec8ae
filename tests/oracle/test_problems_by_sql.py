"""Dissatisfied and at risk on a made-up shop, by plain SQL over its raw files.

Who is who: networkx over the identifiers of the files. The SQL knows the rules from their text alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb
import networkx as nx
import pytest
from made_up import DAY

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

FEEDS = ("customers", "orders", "refunds", "events", "mail", "service", "subscriptions")
IDENTIFIERS = {
    "customer_id": "customer_id",
    "loyalty_card": "nullif(loyalty_card, '999999')",
    "email": "nullif(lower(trim(email)), 'geen-email@example.com')",
    "phone": "'+316' || right(regexp_replace(phone, '[^0-9]', '', 'g'), 8)",
}
TABLES = """
CREATE MACRO person(c, l, e, p) AS coalesce(c, nullif(l, '999999'),
    nullif(lower(trim(e)), 'geen-email@example.com'),
    '+316' || right(regexp_replace(p, '[^0-9]', '', 'g'), 8));
CREATE TABLE line AS
    SELECT w.part AS who, o.* FROM read_parquet($files || '/orders-*.parquet') AS o
    JOIN who AS w ON w.value = person(o.customer_id, o.loyalty_card, o.email, o.phone)
    WHERE ordered_at > TIMESTAMPTZ '2000-01-01 00:00:00+00';
CREATE TABLE told AS
    SELECT w.part AS who, s.* FROM read_parquet($files || '/service-*.parquet') AS s
    JOIN who AS w ON w.value = person(s.customer_id, s.loyalty_card, s.email, NULL)
    WHERE "at" <= $t;
CREATE TABLE sale AS
    SELECT any_value(who) AS who, min(ordered_at) AS "at" FROM line
    WHERE status <> 'failed' AND ordered_at <= $t AND (cancelled_at IS NULL OR cancelled_at > $t)
    GROUP BY order_no;
CREATE TABLE rhythm AS
    SELECT who, days[-1] AS latest, len(days) AS days, (days[2] - days[1]) AS first_gap,
        (days[-1] - days[1]) / nullif(len(days) - 1, 0) AS mean_gap
    FROM (SELECT who, list_sort(list(DISTINCT CAST(timezone('Europe/Amsterdam', "at") AS DATE))) AS days
        FROM sale GROUP BY who);
CREATE TABLE buyer AS
    SELECT s.who, count(*) AS n, max(s."at") AS latest, any_value(r.days) AS days,
        any_value(r.mean_gap) AS mean_gap
    FROM sale AS s JOIN rhythm AS r USING (who) GROUP BY s.who;
CREATE TABLE trouble AS
    SELECT who, "at", order_no, ticket_no FROM told
    WHERE what = 'complaint' OR (what = 'ticket' AND tag = 'complaint')
        OR (what = 'review' AND rating <= 2) OR (what = 'nps' AND score <= 6)
    UNION ALL
    SELECT DISTINCT ON (r.refund_no, r.product_id) w.part, r.refunded_at, r.order_no, NULL
    FROM read_parquet($files || '/refunds-*.parquet') AS r
    JOIN who AS w ON w.value = person(r.customer_id, r.loyalty_card, r.email, NULL)
    WHERE r.reason IN ('defect', 'verkeerd artikel', 'te laat', 'niet zoals beschreven') AND r.refunded_at <= $t
    UNION ALL
    SELECT any_value(who), any_value(cancelled_at), order_no, NULL FROM line
    WHERE cancelled_by = 'shop' AND cancelled_at <= $t GROUP BY order_no
    UNION ALL
    SELECT who, over, order_no, NULL FROM (
        SELECT any_value(who) AS who, order_no, any_value(delivered_at) AS delivered,
            any_value(cancelled_at) AS cancelled,
            timezone('Europe/Amsterdam', CAST(any_value(promised_on) + 1 AS TIMESTAMP)) AS over
        FROM line WHERE promised_on IS NOT NULL AND ordered_at <= $t GROUP BY order_no)
    WHERE over <= $t AND NOT coalesce(delivered < over, false) AND NOT coalesce(cancelled < over, false)
    UNION ALL
    SELECT w.part, s."at", NULL, NULL FROM read_parquet($files || '/subscriptions-*.parquet') AS s
    JOIN who AS w ON w.value = s.customer_id WHERE s.what = 'ended' AND s."at" <= $t;
CREATE TABLE numbered AS SELECT row_number() OVER () AS id, * FROM trouble;
CREATE TABLE solved AS
    SELECT s.message_id, p.id, p.order_no = s.order_no OR p.ticket_no = s.ticket_no AS alike,
        s.order_no IS NOT NULL OR s.ticket_no IS NOT NULL AS named, p."at"
    FROM told AS s JOIN numbered AS p ON p.who = s.who AND p."at" <= s."at"
    WHERE s.what = 'resolved' AND s.rating >= 4;
CREATE TABLE problem AS
    SELECT who, max("at") AS latest, count(*) AS n FROM numbered
    WHERE id NOT IN (SELECT id FROM solved WHERE alike)
        AND id NOT IN (SELECT arg_max(id, "at") FROM solved WHERE NOT named GROUP BY message_id)
    GROUP BY who;
"""
RULES = {
    "dissatisfied": """
        SELECT p.who FROM problem AS p LEFT JOIN buyer AS b USING (who)
        WHERE p.latest >= $t - INTERVAL 4320 HOUR AND coalesce(b.latest < p.latest, true)
            AND (b.who IS NULL OR CASE WHEN b.days >= 3
                THEN epoch($t - b.latest) > 1.5 * 86400 * b.mean_gap
                ELSE epoch($t - b.latest) > 1.5 * 86400
                    * (SELECT quantile_disc(first_gap, 0.5) FROM rhythm WHERE days >= 2) END)""",
    "risk_customers": """
        SELECT p.who FROM problem AS p JOIN buyer AS b USING (who)
        WHERE p.latest >= $t - INTERVAL 2160 HOUR AND b.latest < p.latest
            AND $t - b.latest <= INTERVAL 2160 HOUR""",
}


def who_is_who(connection: duckdb.DuckDBPyConnection, files: Path) -> None:
    """The table ``who``: a number per connected part of the identifiers."""
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    for feed in FEEDS:
        file = f"read_parquet('{files}/{feed}-*.parquet')"
        names = {row[0] for row in connection.execute(f"DESCRIBE FROM {file}").fetchall()}
        asked = [name for name in IDENTIFIERS if name in names]
        for card in {"loyalty_card", "second_card"} & names or {""}:
            ways = IDENTIFIERS | {"loyalty_card": f"nullif({card or 'NULL'}, '999999')"}
            columns = ", ".join(ways[name] for name in asked)
            for row in connection.execute(f"SELECT DISTINCT {columns} FROM {file}").fetchall():
                told = [pair for pair in zip(asked, row, strict=True) if pair[1] is not None]
                graph.add_nodes_from(told)
                graph.add_edges_from(pairwise(told))
    parts = enumerate(nx.connected_components(graph))
    rows = [(kind, value, part) for part, nodes in parts for kind, value in nodes]
    connection.execute("CREATE TABLE who (kind VARCHAR, value VARCHAR, part BIGINT)")
    connection.executemany("INSERT INTO who VALUES (?, ?, ?)", rows)


@pytest.mark.parametrize("moment", ["2026-11-22T00:00:00+01:00", "2026-07-01T12:00:00+02:00"])
def test_members_are_those_of_plain_sql(made_up_shop: Path, moment: str) -> None:
    files, t = made_up_shop / "source", f"TIMESTAMPTZ '{moment}'"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    who_is_who(connection, files)
    connection.execute(TABLES.replace("$files", f"'{files}'").replace("$t", t))
    part_of = dict(connection.execute("SELECT value, part FROM who").fetchall())
    planted = f"read_csv('{files}/truth/planted.csv', all_varchar = true)"
    with Shop.open(made_up_shop) as shop:
        for segment, rule in RULES.items():
            expected = {who for (who,) in connection.execute(rule.replace("$t", t)).fetchall()}
            rows = shop.segment(segment, as_of=moment).rows()
            found = {part_of[row["identifier"]] for row in rows}
            assert found == expected, segment
            assert len(expected) > 5
            told = connection.execute(
                f"SELECT identifier, belongs FROM {planted} WHERE segment = $segment",
                {"segment": segment},
            ).fetchall()
            assert {belongs for _, belongs in told} == {"true", "false"}
            if moment.startswith(str(DAY)):
                assert all((part_of[who] in found) == (belongs == "true") for who, belongs in told)
