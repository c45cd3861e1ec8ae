"""A made-up shop, imported as a user would; every figure is judged by SQL over its raw files."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb
import networkx as nx
import pytest
from click.testing import CliRunner

from stamgast.app.core import Core
from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import SystemClock
from stamgast.demo.generator.making import FEEDS
from stamgast.demo.generator.writing import write_shop
from stamgast.store.few import FEW, FewRows
from stamgast.store.scripts import OF_PROFILES, Script

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS, FEW_CUSTOMERS, SEED, DAY = 600, 140, 4, "2026-11-22"
NEXT_DAY = "2026-11-22T23:59:59+01:00"
PHONE = "'+316' || right(regexp_replace(phone, '[^0-9]', '', 'g'), 8)"
NOTHING = (None, "999999", "geen-email@example.com")
"""What stands for nobody: the last two are what a till writes to have something there."""
IDENTIFIERS = {
    "customer_id": "customer_id",
    "loyalty_card": "loyalty_card",
    "email": "lower(trim(email))",
    "phone": PHONE,
    "anonymous_id": "anonymous_id",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("generated") / "shop"
    found = answered("--shop", str(folder))
    return found | {"files": folder / "source", "folder": folder}


def answered(*arguments: str) -> dict[str, Any]:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def call(*arguments: str, customers: int = CUSTOMERS, until: str = DAY) -> Any:  # noqa: ANN401 - click's Result
    asked = ("--customers", str(customers), "--seed", str(SEED), "--until", until)
    return CliRunner().invoke(root, ["generate", *asked, *arguments])


def sql(query: str, **values: object) -> list[tuple[Any, ...]]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.execute(query, values).fetchall()


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def dirt_of(files: Path) -> dict[tuple[str, str], int]:
    return {
        (row["file"], row["what"]): int(row["rows"])
        for row in rows_of(files / "truth" / "dirt.csv")
    }


# --- the same again ------------------------------------------------------------------------------


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    assert call("--out", str(tmp_path / "one"), customers=FEW_CUSTOMERS).exit_code == 0
    call_ = ("generate", "--customers", str(FEW_CUSTOMERS), "--seed", str(SEED), "--until", DAY)
    subprocess.run(
        [sys.executable, "-m", "stamgast", *call_, "--out", str(tmp_path / "again")],
        check=True,
        capture_output=True,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    )
    found = hashes(tmp_path / "one")
    assert len(found) > 30
    assert hashes(tmp_path / "again") == found


def test_another_seed_is_another_shop(made: dict[str, Any], tmp_path: Path) -> None:
    write_shop(tmp_path / "other", customers=CUSTOMERS, seed=SEED + 1, until=date(2026, 11, 22))
    same = hashes(made["files"]).items() & hashes(tmp_path / "other").items()
    assert {name for name, _ in same} <= {
        "definitions/identifiers.yaml", "definitions/labels.yaml", "definitions/sales.yaml", "truth/identifiers-nobody.parquet",
        "truth/persons-000.parquet", "truth/identifiers-000.parquet",
        "subscriptions-000.parquet", "service-000.parquet", "refunds-000.parquet",
        "consents-000.parquet", "extensions-000.parquet", "customers-000.parquet",
        "mail-000.parquet", "truth/planted.csv",
        *(f"mappings/{kind}.yaml" for kind in (*FEEDS, "products")),
    }  # fmt: skip


# --- the truth -----------------------------------------------------------------------------------


def test_every_identifier_in_the_files_is_in_the_truth(made: dict[str, Any]) -> None:
    """Of one person; only a tablet is of two."""
    truth = f"read_parquet('{made['files']}/truth/identifiers-*.parquet', union_by_name = true)"
    for kind in ("customers", "orders", "refunds", "events", "mail", "service", "subscriptions"):
        file = f"read_parquet('{made['files']}/{kind}-*.parquet')"
        names = {row[0] for row in sql(f"DESCRIBE SELECT * FROM {file}")}
        asked = [name for name in IDENTIFIERS if name in names]
        assert asked
        for name in asked:
            unknown = sql(
                f"SELECT DISTINCT {IDENTIFIERS[name]} AS value FROM {file} WHERE {name} IS NOT NULL "
                f"EXCEPT SELECT value FROM {truth} WHERE kind = $kind",
                kind=name,
            )
            assert unknown == [], (kind, name)
    several = sql(
        f"SELECT kind, note, count(*) FROM (SELECT kind, value, max(note) AS note FROM {truth} "
        "GROUP BY kind, value HAVING count(DISTINCT person) > 1) GROUP BY ALL"
    )
    assert {(kind, note) for kind, note, _ in several} <= {
        ("anonymous_id", "tablet of two customers")
    }
    persons = sql(f"SELECT count(*) FROM read_parquet('{made['files']}/truth/persons-*.parquet')")
    anonymous = [row for row in planted(made) if row["identifier_kind"] == "anonymous_id"]
    assert persons[0][0] + len({row["person"] for row in anonymous}) == CUSTOMERS


def test_who_is_who(made: dict[str, Any]) -> None:
    """Nobody is taken for another, and as many are told apart as can be from the files."""
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    for kind in FEEDS:
        file = f"read_parquet('{made['files']}/{kind}-*.parquet')"
        names = {row[0] for row in sql(f"DESCRIBE SELECT * FROM {file}")}
        asked = [name for name in list(IDENTIFIERS)[:-1] if name in names]
        for card in [IDENTIFIERS["loyalty_card"], *({"second_card"} & names)]:
            ways = IDENTIFIERS | {"loyalty_card": card}
            columns = ", ".join(ways[name] for name in asked)
            for row in sql(f"SELECT DISTINCT {columns} FROM {file}"):
                told = [pair for pair in zip(asked, row, strict=True) if pair[1] not in NOTHING]
                graph.add_nodes_from(told)
                graph.add_edges_from(pairwise(told))
    truth = {
        (kind, value): person
        for kind, value, person in sql(
            "SELECT kind, value, person FROM "
            f"read_parquet('{made['files']}/truth/identifiers-*.parquet', union_by_name = true) "
            "WHERE kind <> 'anonymous_id'"
        )
    }
    parts = list(nx.connected_components(graph))
    assert all(len({truth[node] for node in part}) == 1 for part in parts)
    with Shop.open(made["folder"]) as shop:
        known = shop.sql(
            "SELECT identifier_kind, identifier FROM profiles WHERE NOT anonymous"
        ).rows()
    part_of = {node: number for number, part in enumerate(parts) for node in part}
    placed = {part_of[row["identifier_kind"], row["identifier"]] for row in known}
    assert len(known) == len(placed) == len(parts)


def test_totals_are_those_of_the_files(made: dict[str, Any]) -> None:
    by_hand = sql(
        """
        WITH bought AS (
            SELECT strftime(timezone('Europe/Amsterdam', min(ordered_at)), '%Y-%m') AS month,
                any_value(status) AS status, sum(amount) AS amount,
                count(customer_id) + count(nullif(loyalty_card, '999999'))
                    + count(nullif(email, 'geen-email@example.com')) = 0 AS nobody
            FROM read_parquet($orders) WHERE ordered_at > TIMESTAMPTZ '2000-01-01 00:00:00+00'
            GROUP BY order_no
        ), back AS (
            SELECT strftime(timezone('Europe/Amsterdam', refunded_at), '%Y-%m') AS month,
                sum(amount) AS amount FROM read_parquet($refunds) GROUP BY ALL
        ), sold AS (
            SELECT month, count(*) FILTER (status = 'completed'),
                coalesce(sum(amount) FILTER (status = 'completed'), 0) AS revenue,
                count(*) FILTER (status = 'cancelled'),
                count(*) FILTER (status = 'completed' AND nobody)
            FROM bought GROUP BY month
        )
        SELECT sold.*, coalesce(back.amount, 0) FROM sold LEFT JOIN back USING (month) ORDER BY month
        """,
        orders=f"{made['files']}/orders-*.parquet",
        refunds=f"{made['files']}/refunds-*.parquet",
    )
    truth = [
        (
            row["month"],
            int(row["orders"]),
            int(row["revenue_cents"]),
            int(row["cancelled"]),
            int(row["without_customer"]),
            int(row["refunds_cents"]),
        )
        for row in rows_of(made["files"] / "truth" / "totals.csv")
    ]
    assert len(truth) > 36
    assert [
        (month, orders, int(revenue * 100), cancelled, nobody, int(back * 100))
        for month, orders, revenue, cancelled, nobody, back in by_hand
    ] == truth


# --- the import ----------------------------------------------------------------------------------


def test_the_import_adds_up(made: dict[str, Any]) -> None:
    dirt, rows = dirt_of(made["files"]), made["rows"]
    assert len(made["imports"]) == len(FEEDS) + 1  # the catalogue comes last
    for kind, report in zip(FEEDS, made["imports"][:-1], strict=True):
        twice = dirt.get((kind, "comes twice"), 0)
        wrong = dirt.get((kind, "a date in the first century"), 0)
        assert report["lines"] == rows[kind], kind
        assert report["repeated"] == twice, kind
        assert sum(report["quarantined"].values()) == wrong, kind
        assert report["accepted"] == rows[kind] - twice - wrong, kind
    assert sum(dirt.values()) > 10
    orders = made["imports"][FEEDS.index("orders")]
    counted = sql(
        "SELECT count(DISTINCT order_no), sum(amount) FROM read_parquet($file) "
        "WHERE ordered_at > TIMESTAMPTZ '2000-01-01 00:00:00+00'",
        file=f"{made['files']}/orders-*.parquet",
    )
    assert (orders["orders"], orders["total_minor"]) == (counted[0][0], int(counted[0][1] * 100))


def test_about_fifty_rows_a_customer(made: dict[str, Any]) -> None:
    later = {kind: rows for kind, rows in made["rows"].items() if kind in FEEDS}
    assert 40 < sum(later.values()) / CUSTOMERS < 60


def test_everybody_is_somewhere(made: dict[str, Any]) -> None:
    with Shop.open(made["folder"]) as shop:
        counts = shop.lifecycle.counts(as_of=DAY).as_json()
    stages, anonymous = counts["stages"], counts["anonymous"]
    assert isinstance(stages, dict)
    assert isinstance(anonymous, int)
    assert all(stages[name] > 3 for name in stages)
    assert 0.9 * CUSTOMERS < sum(stages.values()) - anonymous < 1.1 * CUSTOMERS


# --- planted -------------------------------------------------------------------------------------


def planted(made: dict[str, Any]) -> list[dict[str, str]]:
    return rows_of(made["files"] / "truth" / "planted.csv")


def stages_of(shop: Shop, moment: str) -> dict[tuple[str, str], str]:
    names = shop.sql("SELECT profile_id, identifier_kind, identifier FROM profiles").rows()
    placed = {row["profile_id"]: row["stage"] for row in shop.lifecycle.stage(as_of=moment).rows()}
    return {(row["identifier_kind"], row["identifier"]): placed[row["profile_id"]] for row in names}


@pytest.mark.parametrize("moment", [DAY, NEXT_DAY])
def test_planted_customers_are_where_they_belong(made: dict[str, Any], moment: str) -> None:
    """In the segments that ship, and in the stages; on the whole of the day."""
    judged = set()
    with Shop.open(made["folder"]) as shop:
        members: dict[str, set[tuple[str, str]]] = {}
        stages = stages_of(shop, moment)
        for row in planted(made):
            name, who = row["segment"], (row["identifier_kind"], row["identifier"])
            if name.startswith("stage:"):
                holds = stages[who] == name.partition(":")[2]
            elif name in shop.definitions.segments:
                if name not in members:
                    listed = shop.segment(name, as_of=moment).rows()
                    members[name] = {(m["identifier_kind"], m["identifier"]) for m in listed}
                holds = who in members[name]
            else:
                continue
            judged.add((name, holds))
            assert holds == (row["belongs"] == "true"), row
    for name in ("best_buyers", "vip", "elite_vip", "coupon_shoppers", "high_returners"):
        assert {(name, True), (name, False)} <= judged
    assert {name for name, _ in judged if name.startswith("stage:")} == {
        f"stage:{stage}"
        for stage in (
            "prospect", "new_buyer", "promising", "loyal", "drifting", "sleeper", "at_risk", "red_alert"
        )
    }  # fmt: skip


def test_every_ready_made_segment_is_planted(made: dict[str, Any]) -> None:
    """The table of segments in the retail rules."""
    named = {(row["segment"], row["belongs"]) for row in planted(made)}
    for name in (
        "best_buyers", "vip", "elite_vip", "returned_customers", "first_time_seasonal",
        "coupon_shoppers", "frequent_browsers", "dissatisfied", "risk_customers", "sale_shoppers",
        "high_returners", "lost_customers", "lost_with_consent", "lost_without_consent",
        "one_time_buyers", "cart_abandoners", "browse_abandoners", "lapsed_with_consent",
        "bargain_hunters", "full_price_buyers", "fans", "newness_lovers", "fixed_rhythm", "due_now",
    ):  # fmt: skip
        assert {(name, "true"), (name, "false")} <= named, name
    assert ("seasonal_due", "true") in named  # christmas begins on 6 December


# --- the command ---------------------------------------------------------------------------------


def test_in_words(tmp_path: Path) -> None:
    result = call("--out", str(tmp_path / "files"), "--lang", "nl", customers=200)
    assert result.exit_code == 0, result.output
    assert "Er is een winkel verzonnen met 200 klanten" in result.stdout
    readme = (tmp_path / "files" / "README.md").read_text(encoding="utf-8")
    assert "stamgast generate --customers 200 --seed 4 --until 2026-11-22" in readme


def test_what_cannot_be_made_is_said(made: dict[str, Any], tmp_path: Path) -> None:
    for code, arguments, options in (
        ("generate.nowhere", (), {}),
        ("generate.folder", ("--out", str(made["files"])), {}),
        ("generate.customers", ("--out", str(tmp_path / "few")), {"customers": 3}),
        ("generate.day", ("--out", str(tmp_path / "old")), {"until": "1999-01-01"}),
        ("shop.exists", ("--shop", str(made["folder"]), "--out", str(tmp_path / "new")), {}),
    ):
        result = call(*arguments, "--json", **options)
        assert result.exit_code == 1, code
        assert json.loads(result.stdout)["error"]["code"] == code
    assert list(tmp_path.iterdir()) == []


def test_a_day_that_is_yet_to_come(tmp_path: Path) -> None:
    """The shop is seen on that day: all of it is read as the past, and asked of that day it is full."""
    day = f"{date.today().year + 1}-06-01"  # noqa: DTZ011 - any day that is far enough ahead
    result = call("--shop", str(tmp_path / "shop"), "--json", customers=140, until=day)
    assert result.exit_code == 0, result.output
    imports = {one["source"]: one for one in json.loads(result.stdout)["imports"]}
    assert [one["quarantined"] for one in imports.values()] == [{}] * len(imports)
    orders = f"'{tmp_path}/shop/source/orders-*.parquet'"
    [(lines, ahead)] = sql(
        f"SELECT count(*), count(*) FILTER (ordered_at > now() + INTERVAL 2 DAY) FROM {orders}"
    )
    assert ahead > 0
    assert imports["stamhuis-orders"]["accepted"] == lines
    with Shop.open(tmp_path / "shop") as shop:
        assert shop.segment("one_time_buyers", as_of=day).counts()[0].count > 0


@pytest.mark.parametrize("table", sorted(one.name for one in OF_PROFILES))
def test_rows_found_by_identity_are_those_of_the_view(made: dict[str, Any], table: str) -> None:
    """Persons with several devices, devices of several persons, orders that changed, a catalogue."""
    core = Core(made["folder"], SystemClock())
    reader = core.reader
    few = FewRows(reader.db.connection, reader.shortcuts)
    everybody = [row[0] for row in reader.db.run("SELECT profile_id FROM presence ORDER BY ALL")]
    shared = "SELECT profile_id FROM device_stay"
    some = f"{shared} UNION SELECT profile_id FROM presence WHERE profile_id % 3 = 0"
    asked = reader.db.run(f"SELECT count(DISTINCT profile_id) FROM ({some})")[0][0]
    assert 0 < asked < len(everybody) / 2
    columns = frozenset(row[0] for row in reader.db.run(f"DESCRIBE {table}"))
    with few.of(some):
        few.fetch(Script(steps=(), last=None, named=columns, read=frozenset({table})))
        found = f"SELECT * FROM {FEW}{table}"
        expected = f"SELECT * FROM {table} WHERE profile_id IN ({some})"
        assert reader.db.run(f"SELECT count(*) FROM ({expected})")[0][0] > 0
        assert reader.db.run(f"{found} EXCEPT ALL {expected}") == []
        assert reader.db.run(f"{expected} EXCEPT ALL {found}") == []
    core.close()
