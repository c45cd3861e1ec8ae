"""What can go wrong outside us: each a clear error, and nothing lost."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy
from store_kit import ZONE, counts, import_orders, open_store

from stamgast.errors import InternalError, UserError
from stamgast.store.catalogue import Catalogue, metadata
from stamgast.store.database import Database
from stamgast.store.doctor import examine
from stamgast.store.files import GRACE_US, on_disk
from stamgast.store.lake import LAKE
from stamgast.store.quarantine import QuarantinedRow
from stamgast.store.shop import ShopStore
from stamgast.store.writing import ImportRecord, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.store.writing import WriteSession

HERE = Path(__file__).parent


@contextmanager
def fails(code: str) -> Iterator[pytest.ExceptionInfo[UserError]]:
    with pytest.raises(UserError) as info:
        yield info
    assert info.value.code == code
    assert info.value.hint


def in_process(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run Python in another process that can import what tests import."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *args],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# --- two writers -----------------------------------------------------------------------------------


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.writing("import"):
        with fails("store.locked") as info, open_store(tmp_path).writing("refresh"):
            pass
        assert f"process {os.getpid()}" in info.value.message
        assert "import" in info.value.message
        said = in_process(
            """
            import sys; from pathlib import Path; from store_kit import *
            try:
                import_orders(open_store(Path(sys.argv[1])))
            except Exception as error:
                print(error.code)
            """,
            str(tmp_path),
        )
        assert said.stdout == "store.locked\n"
        assert [f.code for f in examine(store) if f.level == "warning"] == ["store.locked"]
    assert not (tmp_path / "data" / "lock.json").exists()
    assert import_orders(store) == 1


def stage_and_fail(session: WriteSession) -> None:
    session.write("first_seen", "SELECT 1::BIGINT AS identity_id, now() AS first_at")
    session.write("first_seen", "SELECT 'not a number' AS identity_id, now() AS first_at")


def test_leaving_without_commit_is_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_orders(store)
    was, files = counts(store), on_disk(store.lake)
    with store.writing("import") as session:
        session.write("first_seen", "SELECT 1::BIGINT AS identity_id, now() AS first_at")
        session.quarantine([QuarantinedRow(file="a.csv", line=3, reason="r", row="{}")])
        session.record_applied({"x.yaml": "x"})
        assert session.allot("seq", 5) == 1001
    with pytest.raises(InternalError), store.writing("import") as session:
        stage_and_fail(session)
    assert counts(store) == was
    assert on_disk(store.lake) == files
    assert store.applied() == {}
    with store.writing("import") as session:
        assert session.batch == 2
        assert session.allot("seq", 1) == 1001


# --- a disk that is full, a folder that may not be written ---------------------------------------------


@pytest.mark.parametrize(
    ("room", "code"),
    [(20_000, "store.disk_error"), (120_000, "store.disk_full"), (400_000, "store.disk_full")],
)
def test_a_full_disk(tmp_path: Path, room: int, code: str) -> None:
    """A limit on the size of a file stands for a full disk: writes fail half-way.

    SQLite calls this limit an I/O error, and only a disk that is really full a full one.
    """
    store = open_store(tmp_path)
    import_orders(store, many=100)
    was = counts(store)
    said = in_process(
        """
        import resource, sys
        from pathlib import Path
        from store_kit import *
        from stamgast.errors import UserError
        from stamgast.store.quarantine import QuarantinedRow
        from stamgast.store.writing import *
        store = open_store(Path(sys.argv[1]))
        store.version()
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
        try:
            with store.writing("import") as session:
                stage_orders(session, first=100, many=60_000, customers=20_000)
                session.quarantine(
                    QuarantinedRow(file="f", line=i, reason="r", row="x" * 1000)
                    for i in range(1000)
                )
                session.commit(ImportRecord())
        except UserError as error:
            print(error.code)
        """,
        str(tmp_path),
        str(room),
    )
    assert said.stdout == f"{code}\n", said.stderr
    assert counts(store) == was
    assert {f.path for f in store.files()} == on_disk(store.lake)
    assert not [f for f in examine(store) if f.level != "ok"]
    import_orders(store, first=100, many=100)
    assert counts(store)["statements"] == 200


def test_the_catalogue_finds_no_room(tmp_path: Path) -> None:
    """The last step fails: the files are there, the transaction is not."""
    store = open_store(tmp_path)
    import_orders(store, many=100)
    was = counts(store)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    with fails("store.disk_error"), store.writing("import") as session:
        session.quarantine(
            QuarantinedRow(file="f", line=i, reason="r", row="x" * 1000) for i in range(1000)
        )
        session.write("first_seen", "SELECT 1::BIGINT AS identity_id, now() AS first_at")
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limit[1]))
        try:
            session.commit(ImportRecord())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert counts(store) == was
    assert {f.path for f in store.files()} == on_disk(store.lake)


def test_a_folder_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_orders(store, many=100)
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for path in tmp_path.parents:
        if path.stat().st_uid == os.getuid() and path.name.startswith(("pytest", "popen")):
            path.chmod(0o755)
    said = in_process(
        """
        import os, sys
        from pathlib import Path
        from store_kit import *
        from stamgast.errors import UserError
        if os.getuid() == 0:
            os.setgid(65534); os.setuid(65534)
        store = open_store(Path(sys.argv[1]))
        print(counts(store)["statements"])
        try:
            import_orders(store)
        except UserError as error:
            print(error.code)
        try:
            open_store(Path(sys.argv[1]) / "other")
        except UserError as error:
            print(error.code)
        """,
        str(tmp_path),
    )
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert said.stdout == "100\nstore.read_only\nstore.read_only\n", said.stderr


# --- files that are gone or broken ---------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> ShopStore:
    store = open_store(tmp_path)
    import_orders(store, many=500)
    return store


def one_file(store: ShopStore, table: str) -> Path:
    return next(store.lake / file.path for file in store.files() if file.table == table)


def errors(store: ShopStore) -> list[str]:
    return [finding.code for finding in examine(store) if finding.level == "error"]


def test_a_missing_file(shop: ShopStore) -> None:
    one_file(shop, "order_version").unlink()
    with fails("lake.file_missing") as info:
        counts(shop)
    assert "order_version" in info.value.where
    assert errors(shop) == ["lake.file_missing"]


def test_a_file_that_is_no_parquet(shop: ShopStore) -> None:
    one_file(shop, "order_version").write_bytes(b"nothing of the kind" * 100)
    with fails("lake.file_broken"):
        counts(shop)
    assert errors(shop) == ["lake.file_changed"]


def test_a_file_that_is_cut_off(shop: ShopStore) -> None:
    path = one_file(shop, "order_version")
    path.write_bytes(path.read_bytes()[:-100])
    with fails("lake.file_broken"):
        counts(shop)
    assert errors(shop) == ["lake.file_changed"]


def test_a_file_that_rotted_in_the_middle(tmp_path: Path) -> None:
    """Damage far from the end: the fingerprint is right, reading it in full finds it."""
    store = open_store(tmp_path)
    import_orders(store, many=60_000, customers=30_000)
    path = one_file(store, "order_version")
    data = bytearray(path.read_bytes())
    assert len(data) > 100_000
    data[100:20_000] = b"\xff" * 19_900
    path.write_bytes(data)
    with fails("lake.file_broken"), store.reading() as reader:
        reader.db.run("SELECT sum(hash(COLUMNS(*))) FROM order_version")
    assert errors(store) == ["lake.file_broken"]


def test_a_damaged_catalogue(shop: ShopStore) -> None:
    path = shop.catalogue.path
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    with fails("store.damaged"):
        ShopStore(shop.folder, ZONE)
    assert errors(shop) == ["store.damaged"]


# --- leftovers and grace -------------------------------------------------------------------------------


class Clock:
    def __init__(self, now: int) -> None:
        self.time = now

    def now(self) -> int:
        return self.time


def test_dropped_files_stay_for_their_grace(tmp_path: Path) -> None:
    clock = Clock(1_800_000_000_000_000)
    store = ShopStore(tmp_path, ZONE, clock=clock)

    def make(person: int) -> None:
        with store.writing("import") as session:
            session.replace(
                "person",
                "SELECT $p::BIGINT AS identifier_id, 1::BIGINT AS profile_id",
                {"p": person},
            )
            session.commit()

    make(2)
    with store.reading() as reader:
        make(3)
        clock.time += GRACE_US - 1
        make(4)
        assert reader.db.run("SELECT identifier_id FROM lake_person") == [(2,)]
        assert len(on_disk(store.lake)) == 3
    with store.reading() as reader:
        assert reader.db.run("SELECT identifier_id FROM lake_person") == [(4,)]
    clock.time += 1
    make(5)
    assert len(on_disk(store.lake)) == 3
    clock.time += GRACE_US
    with store.writing("import"):
        pass
    assert {f.path for f in store.files()} == on_disk(store.lake)


def test_doctor_repairs_only_when_told(shop: ShopStore) -> None:
    stray = shop.lake / "event" / "stray.parquet.part"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"half")
    levels = {finding.code: finding.level for finding in examine(shop)}
    assert levels["lake.leftovers"] == "warning"
    assert stray.exists()
    was = counts(shop)
    levels = {finding.code: finding.level for finding in examine(shop, repair=True)}
    assert set(levels.values()) == {"ok"}
    assert not stray.exists()
    assert counts(shop) == was


def test_doctor_sees_wrong_versions(shop: ShopStore) -> None:
    with shop.writing("import") as session:
        session.write(
            "order_version",
            "SELECT * EXCLUDE (batch) REPLACE (total + 1 AS total) FROM lake_order_version LIMIT 3",
        )
        session.commit()
    assert errors(shop) == ["orders.inconsistent"]


def test_doctor_sees_the_left_edge(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_orders(store, many=3000, customers=20)
    (finding,) = (f for f in examine(store) if f.level != "ok")
    assert finding.code == "log.left_edge"
    assert "100 %" in finding.message.nl
    assert {f.level for f in examine(store, history_from=0)} == {"ok"}


# --- the catalogue -------------------------------------------------------------------------------------


def test_migrations_give_the_tables_we_use(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - only here
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    store = open_store(tmp_path)
    with store.catalogue.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with sqlite3.connect(store.catalogue.path) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    raw.close()


def test_threads_that_make_the_same_store_do_not_meet(tmp_path: Path) -> None:
    for n in range(25):
        path = tmp_path / f"{n}.sqlite"
        with ThreadPoolExecutor(4) as threads:
            made = [threads.submit(Catalogue(path).migrate) for _ in range(4)]
        assert [one.result() for one in made] == [None] * 4
        assert [one.name for one in tmp_path.glob(f"{n}.sqlite*.new")] == []


def test_a_newer_store_is_not_touched(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.catalogue.changing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with fails("store.newer"):
        open_store(tmp_path)


def test_opening_a_current_store_needs_no_alembic(tmp_path: Path) -> None:
    open_store(tmp_path)
    said = in_process(
        """
        import sys; from pathlib import Path; from store_kit import *
        counts(open_store(Path(sys.argv[1])))
        print("alembic" in sys.modules)
        """,
        str(tmp_path),
    )
    assert said.stdout == "False\n", said.stderr


def test_two_processes_make_one_store(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from store_kit import *; open_store(Path(sys.argv[1]))"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=HERE) for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert open_store(tmp_path).version() == 0


def test_a_quarantined_row_is_kept_once(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    row = QuarantinedRow(file="a.csv", line=3, reason="no number", row=json.dumps({"total": "é"}))
    for _ in range(2):
        with store.writing("import") as session:
            session.quarantine([row, row])
            session.commit(ImportRecord(counts={"quarantined": 1}))
    with store.catalogue.reading() as connection:
        kept = connection.exec_driver_sql("SELECT batch, line, row FROM quarantine").all()
    assert [tuple(one) for one in kept] == [(1, 3, '{"total": "\\u00e9"}')]


def test_columns_are_the_contract(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    good = "SELECT 1 AS identifier_id, 2::BIGINT AS profile_id"
    for bad in (
        "SELECT 1 AS identifier_id",
        f"{good}, 3 AS other",
        "SELECT '1' AS identifier_id, 2 AS profile_id",
        "SELECT 1.5 AS identifier_id, 2 AS profile_id",
    ):
        with pytest.raises(InternalError, match="person"), store.writing("import") as session:
            session.write("person", bad)
    with store.writing("import") as session:
        assert session.write("person", good) == 1
        assert session.write("person", f"{good} WHERE false") == 0
        assert session.db.run("SELECT count(*) FROM new_person") == [(1,)]
        session.commit()
        with pytest.raises(InternalError):
            session.commit()


def test_every_table_can_be_written_and_read_back(tmp_path: Path) -> None:
    """An odd name for the folder, and every table of the lake with a row of missing values."""
    store = open_store(tmp_path / "it's [a] *shop*=1 %20")
    with store.writing("import") as session:
        for table in LAKE.values():
            columns = ", ".join(f'NULL AS "{name}"' for name, _ in table.columns)
            session.write(table.name, f"SELECT {columns}", order_by=table.order)
        session.commit()
    with store.reading() as reader:
        for table in LAKE.values():
            assert reader.db.run(f"SELECT count(*) FROM lake_{table.name}") == [(1,)]
            described = reader.db.describe(f"SELECT * FROM lake_{table.name}")
            assert described == [*table.columns, ("batch", "INTEGER")]
        assert reader.has_ahead is False


def test_what_is_small_is_committed_with_the_rest(tmp_path: Path) -> None:
    store = ShopStore(tmp_path, ZONE, clock=Clock(77))
    with store.writing("verdict") as session:
        session.add_verdict(Verdict(kind="never", a=1, b=2, by="els", at=5))
        session.add_verdict(Verdict(kind="same", a=3, b=4, by="els", at=6))
        session.record_applied({"b.yaml": "b: 1\n", "a.yaml": ""})
        session.commit()
    assert store.applied() == {"a.yaml": "", "b.yaml": "b: 1\n"}
    first, second = store.verdicts()
    assert (first.kind, first.a, first.b, first.by, first.at) == ("never", 1, 2, "els", 5)
    with store.writing("verdict") as session:
        session.add_verdict(replace(first, withdrawn_at=9))
        session.record_applied({"a.yaml": "new"})
        session.commit()
    assert store.verdicts() == (replace(first, withdrawn_at=9), second)
    assert store.applied() == {"a.yaml": "new"}
    assert store.version() == 2
    with store.writing("verdict") as session:
        session.add_verdict(Verdict(kind="perhaps", a=1, b=2, by="els", at=5))
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            session.commit()
    assert store.version() == 2


def test_spills_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for pid in (gone.pid, os.getpid()):
        folder = store.data / f"spill-{pid}-99"
        folder.mkdir()
        (folder / "spill").write_bytes(b"x")
    import_orders(store)
    assert [path.name for path in store.data.glob("spill-*")] == [f"spill-{os.getpid()}-99"]


@pytest.mark.parametrize("confined", [False, True])
def test_a_shop_with_little_memory_spills_below_its_data(tmp_path: Path, *, confined: bool) -> None:
    database = Database(tmp_path, memory_limit="60MB", threads=1)
    if confined:
        database.confine(tmp_path / "lake")
    database.run("CREATE TEMP TABLE big AS SELECT md5(range::VARCHAR) AS x FROM range(4_000_000)")
    assert [path.name.split("-")[0] for path in tmp_path.iterdir()] == ["spill"]
    assert database.run("SELECT count(*) FROM big") == [(4_000_000,)]
    database.close()
    assert list(tmp_path.iterdir()) == []
