"""What a reader shows, against plain Python over what was written."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from store_kit import RECEIVED_US, START_US, ZONE, counts, import_orders, open_store

from stamgast.clock import from_micros
from stamgast.errors import UserError
from stamgast.language.types import Type
from stamgast.model import tables
from stamgast.model.log import AttributeStatement, Event
from stamgast.store.compact import MANY_FILES, compact
from stamgast.store.doctor import examine
from stamgast.store.files import on_disk
from stamgast.store.lake import LAKE, PROPERTY_PREFIX, SQL_TYPES
from stamgast.store.owned import Vocabulary

if TYPE_CHECKING:
    from stamgast.store.reading import Reader
    from stamgast.store.shop import ShopStore
    from stamgast.store.writing import WriteSession

HERE = Path(__file__).parent
VOCABULARY = Vocabulary(
    event_properties={"price": Type.MONEY, "sku": Type.TEXT, "never": Type.DAY},
    attributes={"born": Type.DAY, "score": Type.INTEGER, "name": Type.TEXT},
)

# --- a shop with visitors and devices of several owners -----------------------------------------------

PERSONS, DEVICES = range(1, 41), range(41, 81)


class Said:
    """What was said, kept in Python: the oracle reads this and nothing else."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311 - test data
        at = [START_US + 60_000_000 * step for step in range(30)]
        self.joined = {2: 1, 4: 1, 9: 8, 30: 12}
        self.marks = [
            (device, dice.choice(at), 1000 + n, dice.choice(PERSONS))
            for n, device in enumerate(dice.choices([*DEVICES[:25]], k=60))
        ]
        self.events = [
            (dice.choice([*PERSONS, *DEVICES]), dice.choice(["view", "cart"]), dice.choice(at), n)
            for n in range(600)
        ]
        for device, instant, seq, person in self.marks:
            assert device
            self.events.append((person, "login", instant, 5000 + seq))

    def profile(self, person: int) -> int:
        return self.joined.get(person, person)

    def owner(self, identity: int, at: int) -> int:
        marks = sorted((m[1], m[2], m[3]) for m in self.marks if m[0] == identity)
        if not marks:
            return self.profile(identity)
        before = [mark for mark in marks if mark[0] <= at]
        # of marks at one instant the last in the log counts, also for who was first
        first = [mark for mark in marks if mark[0] == marks[0][0]]
        return self.profile((before or first)[-1][2])


def write_said(store: ShopStore, said: Said) -> None:
    with store.writing("import") as session:
        table(session, "said_event", said.events, ("identity_id", "event", "us", "n"))
        table(session, "said_mark", said.marks, ("device_id", "us", "seq", "person_id"))
        table(session, "said_join", list(said.joined.items()), ("identifier_id", "profile_id"))
        session.write(
            "identifier",
            """
            SELECT i AS identifier_id, i AS first_seq,
                CASE WHEN i <= 40 AND i % 2 = 0 THEN 'customer_id' WHEN i <= 40 THEN 'email'
                    ELSE 'anonymous_id' END AS kind,
                'v' || (i % 40) AS value
            FROM range(1, 81) AS t(i)
            """,
        )
        session.write("mark", 'SELECT * EXCLUDE us, make_timestamptz(us) AS "at" FROM said_mark')
        session.replace("person", "FROM said_join")
        session.write(
            "event",
            """
            SELECT identity_id, event, make_timestamptz(us) AS occurred_at,
                make_timestamptz($received) AS received_at, 'm' || n AS message_id,
                'web' AS source, n AS seq, NULL AS extra,
                CASE WHEN n % 3 > 0 THEN n END AS p_price, 's' || n AS p_sku
            FROM said_event
            """,
            {"received": RECEIVED_US},
            order_by=("identity_id", "occurred_at"),
        )
        session.write(
            "first_seen",
            "SELECT identity_id, make_timestamptz(min(us)) AS first_at FROM said_event GROUP BY ALL",
        )
        session.commit()


def table(
    session: WriteSession, name: str, rows: list[tuple[Any, ...]], columns: tuple[str, ...]
) -> None:
    columned = zip(*rows, strict=True)
    session.db.register(name, pa.table(dict(zip(columns, map(list, columned), strict=True))))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whose_events_are(tmp_path: Path, seed: int) -> None:
    store, said = open_store(tmp_path), Said(seed)
    write_said(store, said)
    expected = sorted(
        (said.owner(identity, at), name, at, f"m{n}") for identity, name, at, n in said.events
    )
    first: dict[int, int] = defaultdict(lambda: 2**62)
    for profile, _, at, _ in expected:
        first[profile] = min(first[profile], at)
    marked = {mark[0] for mark in said.marks}
    owners = {(mark[0], said.owner(mark[0], mark[1])) for mark in said.marks}
    assert len(owners) > len(marked) > 10
    with store.reading(VOCABULARY) as reader:
        read = "SELECT profile_id, event, occurred_at, message_id FROM event ORDER BY ALL"
        assert reader.db.run(read) == expected
        seen = reader.db.run("SELECT profile_id, first_at, anonymous FROM presence ORDER BY ALL")
        assert seen == sorted((p, at, p in DEVICES and p not in marked) for p, at in first.items())
        public = reader.db.run("SELECT count(*), count(DISTINCT profile_id) FROM profiles")
        assert public == [(len(first), len(first))]
        assert reader.db.run("SELECT count(*) FROM events") == [(len(expected),)]
    assert not [f for f in examine(store) if f.level == "error"]


def test_who_is_who(tmp_path: Path) -> None:
    store, said = open_store(tmp_path), Said(1)
    write_said(store, said)
    with store.reading(VOCABULARY) as reader:
        assert reader.find_profile("customer_id:v4") == 1
        assert reader.find_profile("profile:4") == 1
        assert reader.find_profile("38") == 38
        assert reader.find_profile("email:V7", lambda _kind, value: value.lower()) == 7
        with pytest.raises(UserError, match="anonymous_id, email") as info:
            reader.find_profile("v11")
        assert info.value.code == "profile.ambiguous"
        assert info.value.hint == "say which: anonymous_id:v11, email:v11"
        for unknown in ("profile:999", "nobody@example.org", "email:v4", "9" * 30):
            with pytest.raises(UserError) as info:
                reader.find_profile(unknown)
            assert info.value.code == "profile.unknown"
        for device in {mark[0] for mark in said.marks}:
            assert reader.find_profile(f"anonymous_id:v{device % 40}") == said.owner(device, 2**60)
            assert reader.find_profile(f"profile:{device}") == said.owner(device, 0)
        _identifiers(reader, said)


def _identifiers(reader: Reader, said: Said) -> None:
    found: dict[int, set[int]] = defaultdict(set)
    for person in PERSONS:
        found[said.profile(person)].add(person)
    for device, _, _, person in said.marks:
        found[said.profile(person)].add(device)
    for device in set(DEVICES) - {mark[0] for mark in said.marks}:
        found[device].add(device)
    # a mark that another one at the same instant overrules never held
    overruled = {
        m[2]
        for m in said.marks
        if any(n[:2] == m[:2] and n[2] > m[2] for n in said.marks if n is not m)
    }
    strongest = dict(reader.db.run("SELECT profile_id, value FROM strongest_identifier"))
    assert strongest.keys() == found.keys()
    for profile, ids in found.items():
        known = {one.id for one in reader.identifiers(profile)}
        assert ids - {m[0] for m in said.marks if m[2] in overruled} <= known <= ids
        best = min(ids, key=lambda i: (i > 40, i % 2 == 1 and i <= 40, i))
        assert strongest[profile] == f"v{best % 40}"


def test_the_log_of_a_profile_is_what_the_views_say(tmp_path: Path) -> None:
    store, said = open_store(tmp_path), Said(2)
    write_said(store, said)
    import_orders(store, many=300, customers=38)
    with store.writing("import") as session:
        session.write(
            "refund_statement",
            """
            SELECT i % 38 + 1 AS identity_id, 'r' || i AS refund_key,
                CASE WHEN i % 3 > 0 THEN 'web:' || (i * 5) END AS order_key,
                make_timestamptz($at + i) AS "at", make_timestamptz($at + i) AS received_at,
                CASE WHEN i % 4 > 0 THEN i END AS amount, 'web' AS source, 'EUR' AS currency,
                false AS approximate, NULL AS said, refund_key AS base_key, 1 AS number,
                1 AS source_rank
            FROM range(90) AS t(i)
            """,
            {"at": START_US},
        )
        session.write(
            "attribute",
            """
            SELECT i AS identity_id, n AS name, CASE WHEN i % 2 = 0 THEN make_timestamptz($at) END AS "at",
                make_timestamptz($at + i) AS received_at,
                CASE n WHEN 'born' THEN '1990-02-0' || (i % 9 + 1) WHEN 'score' THEN i::VARCHAR END AS value,
                'web' AS source, i AS seq
            FROM range(1, 40) AS t(i), (VALUES ('born'), ('score'), ('name')) AS names(n)
            """,
            {"at": START_US},
        )
        session.commit()
    with store.reading(VOCABULARY) as reader:
        assert reader.has_ahead is False
        for profile in (1, 2, 8, 12, 7, 60, 75):
            if reader.people.first_owner(profile) != profile:
                with pytest.raises(UserError, match="no profile"):
                    reader.profile_log(profile)
                continue
            _same_as_views(reader, profile)


def _same_as_views(reader: Reader, profile: int) -> None:
    log = reader.profile_log(profile)
    p = {"p": profile}
    events = reader.db.run(
        "SELECT event, occurred_at, received_at, message_id, p_price, p_sku FROM event "
        "WHERE profile_id = $p",
        p,
    )
    assert set(map(repr, log.events)) == {
        repr(
            Event(
                name=row[0],
                at=row[1],
                received_at=row[2],
                message_id=row[3],
                properties={
                    name: value for name, value in (("price", row[4]), ("sku", row[5])) if value
                },
            )
        )
        for row in events
    }
    statements = reader.db.run("SELECT profile_id, order_key, seq, total FROM order_statement")
    refunds = reader.db.run(
        "SELECT profile_id, order_key, refund_key, amount FROM refund_statement"
    )
    keys = {row[1] for row in (*statements, *refunds) if row[0] == profile and row[1] is not None}
    assert {(o.profile_id, o.order_key, o.seq, o.total) for o in log.orders} == {
        row for row in statements if row[1] in keys
    }
    assert {(r.profile_id, r.order_key, r.refund_key, r.amount) for r in log.refunds} == {
        row for row in refunds if row[1] in keys or row[0] == profile
    }
    said = reader.db.run(
        'SELECT name, value, "at", received_at FROM attribute WHERE profile_id = $p', p
    )
    assert sorted(
        (a.name, str(a.value), a.at or 0, a.received_at) for a in log.attributes
    ) == sorted((row[0], str(row[1]), row[2] or 0, row[3]) for row in said)
    assert all(isinstance(a, AttributeStatement) for a in log.attributes)
    assert profile > 40 or (log.events and log.orders and log.refunds and log.attributes)


# --- the contract ------------------------------------------------------------------------------------


def expected_columns(contract: tables.Table) -> list[tuple[str, str]]:
    columns = list(contract.columns)
    if contract is tables.EVENT:
        columns += [
            (PROPERTY_PREFIX + name, SQL_TYPES[kind])
            for name, kind in sorted(VOCABULARY.event_properties.items())
        ]
    return columns


@pytest.mark.parametrize("filled", [False, True])
def test_views_have_the_columns_of_the_contract(tmp_path: Path, *, filled: bool) -> None:
    store = open_store(tmp_path)
    if filled:
        write_said(store, Said(1))
        import_orders(store, many=10)
        import_orders(store, many=10)
    with store.reading(VOCABULARY) as reader:
        contracts = (*tables.ENGINE_TABLES, tables.ORDER_STATEMENT, tables.REFUND_STATEMENT)
        for contract in contracts:
            found = reader.db.describe(f"SELECT * FROM {contract.name}")
            assert found == expected_columns(contract)
            reader.db.run(f"SELECT * FROM {contract.name}")
        for public in ("profiles", "orders", "lines", "events", "memberships"):
            reader.db.arrow(f"FROM {public}")
        keyed = "SELECT count(*) = count(DISTINCT order_key || version) FROM order_version"
        assert reader.db.run(keyed) == [(True,)]


def test_days_are_local(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_orders(store, many=4000, customers=7)
    zone = ZoneInfo(ZONE)
    with store.reading() as reader:
        for at, day in reader.db.run("SELECT ordered_at, day FROM order_version"):
            assert from_micros(at).astimezone(zone).date() == day
        shown = reader.db.arrow("SELECT ordered_at FROM orders ORDER BY ordered_at LIMIT 1")
    assert shown.to_pylist()[0]["ordered_at"] == datetime(
        2017, 7, 14, 2, 40, tzinfo=ZoneInfo("UTC")
    )


def test_rows_dated_ahead_are_known(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_orders(store)
    assert store.reading().has_ahead is False
    ahead = """
        SELECT 1 AS identity_id, 'x' AS event, make_timestamptz($us + lead) AS occurred_at,
            make_timestamptz($us + heard) AS received_at, 'm' || heard AS message_id, 'web' AS source,
            1 AS seq, NULL AS extra
        FROM (VALUES (0, 0), (5000, 5000), (9000, 9000)) AS t(heard, lead)
        UNION ALL SELECT 1, 'x', make_timestamptz($us), make_timestamptz($us - $more), 'z', 'web', 1, NULL
        """
    for more, expected in ((0, False), (1, True)):
        with store.writing("import") as session:
            session.write("event", ahead, {"us": START_US, "more": more})
            session.commit()
        with store.reading() as reader:
            assert reader.has_ahead is expected
    leads = [f.max_lead_us for f in store.files() if f.table == "event"]
    assert leads == [0, 1]


def test_files_of_different_columns(tmp_path: Path) -> None:
    """A property declared later is missing in older files; another type is missing too."""
    store = open_store(tmp_path)
    for n, extra in enumerate(("", ", 'abc' AS p_sku", ", 12 AS p_price, 7 AS p_sku")):
        with store.writing("import") as session:
            session.write(
                "event",
                f"""
                SELECT 1 AS identity_id, 'x' AS event, make_timestamptz(1) AS occurred_at,
                    make_timestamptz(1) AS received_at, 'm{n}' AS message_id, 'web' AS source,
                    1 AS seq, NULL AS extra{extra}
                """,
            )
            session.commit()
    with store.reading(VOCABULARY) as reader:
        rows = reader.db.run("SELECT message_id, p_price, p_sku, p_never FROM event ORDER BY ALL")
    assert rows == [("m0", None, None, None), ("m1", None, "abc", None), ("m2", 12, "7", None)]


def test_views_read_only_what_is_asked(tmp_path: Path) -> None:
    """The plan of a query on a view: one scan of the file, with its columns and its filter."""
    store = open_store(tmp_path)
    write_said(store, Said(1))
    import_orders(store)
    with store.reading(VOCABULARY) as reader:
        (row,) = reader.db.run(
            "EXPLAIN SELECT profile_id, sum(p_price) FROM event "
            "WHERE event = 'view' AND occurred_at <= 1500000000000000 GROUP BY profile_id"
        )
        plan = str(row[1])
        assert plan.count("Read Parquet") == 2  # devices of several owners are looked up by instant
        assert plan.count("Filters: event = 'view'") == 2
        for column in ("received_at", "message_id", "source", "extra", "p_sku"):
            assert column not in plan
        (row,) = reader.db.run("EXPLAIN SELECT sum(net_total) FROM order_version WHERE counts")
        plan = str(row[1])
        assert plan.count("Filters: counts") == plan.count("Read Parquet") == 2
        assert "order_key" not in plan
    other = open_store(tmp_path / "other")
    import_orders(other)
    with other.reading(VOCABULARY) as reader:
        (row,) = reader.db.run("EXPLAIN SELECT sum(net_total) FROM order_version WHERE counts")
        assert "JOIN" not in str(row[1]).upper()
        assert "identity_id" not in str(row[1])


# --- several batches ---------------------------------------------------------------------------------


def test_replaced_orders_and_compaction(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for n in range(5):
        import_orders(store, first=n * 20, many=40)
    was = counts(store)
    assert was["statements"] == 200
    with store.reading() as reader:
        orders = reader.db.run("SELECT * EXCLUDE ordered_at FROM orders ORDER BY order_key")
        assert len(orders) == 120
        raw = reader.db.run("SELECT count(*) FROM lake_order_version")[0][0]
        versions = reader.db.run("SELECT * FROM order_version ORDER BY ALL")
        assert raw > len(versions)
    assert not [f for f in examine(store) if f.level == "error"]
    old = store.reading()
    with store.writing("compact") as session:
        compact(session, ("order_version", "first_seen", "order_statement", "identifier"))
        session.commit()
    held = [file.table for file in store.files()]
    assert held.count("order_version") == held.count("order_statement") == 1
    assert "replaced" not in held
    assert old.db.run("SELECT * FROM order_version ORDER BY ALL") == versions
    old.close()
    assert counts(store) == {**was, "commits": was["commits"] + 1}
    with store.reading() as reader:
        assert reader.db.run("SELECT * FROM order_version ORDER BY ALL") == versions
        assert reader.db.run("SELECT count(*) FROM lake_order_version") == [(len(versions),)]
    import_orders(store, first=100, many=40)
    assert counts(store)["statements"] == 240
    assert not [f for f in examine(store) if f.level == "error"]


def test_compaction_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path)
    for n in range(5):
        with store.writing("import") as session:
            session.write(
                "merge", f"SELECT {n} AS seq, 1::BIGINT AS kept_id, {n + 2}::BIGINT AS joined_id"
            )
            session.commit()
    [size] = {file.bytes for file in store.files()}
    monkeypatch.setattr("stamgast.store.compact.MERGED_BYTES", 2 * size)
    with store.writing("compact") as session:
        compact(session, ["merge"])
        session.commit()
    assert sorted(file.rows for file in store.files()) == [1, 2, 2]
    with store.reading() as reader:
        assert reader.db.run("SELECT list(seq ORDER BY seq) FROM lake_merge") == [
            ([0, 1, 2, 3, 4],)
        ]


def test_compaction_when_due(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for n in range(MANY_FILES + 1):
        assert len(store.files()) == n
        with store.writing("import") as session:
            session.write(
                "merge", f"SELECT {n} AS seq, 1::BIGINT AS kept_id, {n + 2}::BIGINT AS joined_id"
            )
            session.commit()
    assert len(store.files()) == 1
    with store.writing("import"):
        pass
    with store.reading() as reader:
        rows = reader.db.run("SELECT seq, batch FROM lake_merge ORDER BY seq")
    assert rows == [(n, n + 1) for n in range(MANY_FILES + 1)]
    assert len(on_disk(store.lake)) == MANY_FILES + 2


def test_a_stay_is_read_as_it_was_last_said(tmp_path: Path) -> None:
    """Once, with its end, of the profile that its profile was joined to."""
    store = open_store(tmp_path)

    def say(*rows: tuple[int, str, int, int | None]) -> None:
        with store.writing("refresh") as session:
            table(session, "found", list(rows), ("profile_id", "segment", "begun", "ended"))
            session.write(
                "membership",
                "SELECT profile_id, segment, make_timestamptz(begun) AS entered_at, "
                "make_timestamptz(ended::BIGINT) AS left_at FROM found",
                order_by=LAKE["membership"].order,
            )
            session.commit()

    def stays() -> list[tuple[Any, ...]]:
        with store.reading() as reader:
            return reader.db.run(
                "SELECT profile_id, segment, epoch_us(entered_at), epoch_us(left_at) "
                "FROM membership ORDER BY ALL"
            )

    say((1, "vip", 10, None), (2, "vip", 10, None), (1, "new", 10, None))
    say((3, "vip", 20, None), (1, "new", 10, 20))
    say((1, "new", 30, None), (1, "vip", 10, 30))
    expected = [
        (1, "new", 10, 20),
        (1, "new", 30, None),
        (1, "vip", 10, 30),
        (2, "vip", 10, None),
        (3, "vip", 20, None),
    ]
    assert stays() == expected
    with store.writing("compact") as session:
        compact(session, ["membership"])
        session.commit()
    assert stays() == expected
    with store.writing("import") as session:
        session.replace("person", "SELECT 3::BIGINT AS identifier_id, 2::BIGINT AS profile_id")
        session.commit()
    assert [row for row in stays() if row[0] == 2] == [(2, "vip", 10, None), (2, "vip", 20, None)]


# --- readers beside a writer -------------------------------------------------------------------------


def test_a_reader_in_another_process_never_sees_a_half(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_orders(store, many=20)
    code = """
        import sys; from pathlib import Path; from store_kit import *
        store = open_store(Path(sys.argv[1]))
        print("ready", flush=True)
        last, seen = 0, []
        while last < 9:
            now = counts(store)
            assert now["statements"] == 20 * now["commits"], now
            assert now["versions"] == now["statements"], now
            assert now["commits"] >= last, now
            last = now["commits"]
            seen.append(last)
        print(len(set(seen)))
        """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline() == "ready\n"
        for n in range(1, 9):
            import_orders(store, first=20 * n, many=20)
        said = reading.stdout.readline()
    assert reading.returncode == 0
    assert int(said) >= 3


# --- documented --------------------------------------------------------------------------------------


def test_public_tables_are_as_documented(tmp_path: Path) -> None:
    documented: dict[str, list[tuple[str, str]]] = {}
    text = (HERE.parents[1] / "docs" / "tables.md").read_text(encoding="utf-8")
    for section in text.split("\n## ")[1:]:
        rows = [line.split("|") for line in section.splitlines() if line.startswith("| ")]
        documented[section.splitlines()[0]] = [(r[1].strip(), r[2].strip()) for r in rows[2:]]
    del documented["traits"]  # its columns are the shop's traits; made when it is asked
    store = open_store(tmp_path)
    with store.reading() as reader:
        for name, columns in documented.items():
            described = reader.db.describe(f"FROM {name}")
            assert [
                (column, kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"))
                for column, kind in described
            ] == columns
    assert documented.keys() == {"profiles", "orders", "lines", "events", "memberships"}
