"""Everything about a person in one file, and a person erased: nothing of them is left in the folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from few_segments import few_segments

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.store.lake import LAKE
from stamgast.store.privacy import KEYS, SPECIAL
from stamgast.store.undo import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.collect.report import ImportReport

MAPPING = """
version: 1
source: web
label: {en: Web, nl: Web}
about: all that a web shop tells
zone: UTC
currency: EUR
country: NL
rows:
  - kind: order_lines
    file: "orders*"
    fields: {order: number, ordered_at: at, amount: amount, sku: sku, coupon: code}
    extra: {gift: note}
    identifiers: {customer_id: customer, email: email, phone: phone, device_id: device}
  - kind: refunds
    file: "refunds*"
    fields: {refund: number, order: order, at: at, total: total}
    identifiers: {customer_id: customer, email: email}
  - kind: events
    file: "events*"
    fields: {event: event, at: at, message_id: number}
    properties: {note: note}
    identifiers: {customer_id: customer, email: email, device_id: device}
  - kind: customers
    file: "customers*"
    fields: {at: at}
    attributes: {city: city, remark: remark}
    identifiers: {customer_id: customer, email: email}
"""
ORDERS = """number,at,amount,sku,code,note,customer,email,phone,device
1,2026-05-01,10,CUP,ANNA10,voor Anna,C-100001,Anna@Winkel.nl,06-12345678,D-ANNA-1
1,2026-05-01,5,PLATE,,,C-100001,,,
2,2026-05-02,20,CUP,,,C-200002,bob@winkel.nl,,D-SHARED
3,2026-05-03,7,CUP,,from anna@winkel.nl,C-200002,anna@winkel.nl,,
4,2026-05-04,9,CUP,,,,,+31612345678,
5,2026-05-05,oops,CUP,,,C-100001,anna@winkel.nl,,
6,2026-05-06,3,CUP,,,,,,D-ANNA-1
"""
REFUNDS = """number,order,at,total,customer,email
R1,1,2026-05-05,5,C-100001,
"""
EVENTS = """number,event,at,note,customer,email,device
e1,Page Viewed,2026-05-01,,,,D-ANNA-1
e2,Page Viewed,2026-05-02,,C-100001,,D-SHARED
e3,Page Viewed,2026-05-03,,,,D-SHARED
e4,Page Viewed,2026-05-06,ask anna@winkel.nl,C-200002,,D-SHARED
e5,Page Viewed,2026-05-07,,,,D-SHARED
"""
CUSTOMERS = """at,city,remark,customer,email
2026-05-01,Breda,belt graag,C-100001,ANNA@winkel.nl
2026-05-01,Assen,friend of Anna@winkel.nl,C-200002,bob@winkel.nl
"""
FILES = {"orders": ORDERS, "refunds": REFUNDS, "events": EVENTS, "customers": CUSTOMERS}
HERS = ("c-100001", "anna@winkel.nl", "31612345678", "06-12345678", "d-anna-1", "anna10")
AS_OF = "2026-06-15"


@dataclass(slots=True)
class Clock:
    at: int = parse_instant("2026-06-01T12:00:00Z")

    def now(self) -> int:
        self.at += 1_000_000
        return self.at


@dataclass
class Web:
    folder: Path
    clock: Clock = field(default_factory=Clock)

    made: bool = True

    @classmethod
    def at(cls, folder: Path) -> Web:
        """A shop that is there already."""
        return cls(folder, made=False)

    def __post_init__(self) -> None:
        if not self.made:
            self.shop = Shop.open(self.folder / "shop", clock=self.clock)
            return
        Shop.create(
            self.folder / "shop", name="Kopjes", zone="UTC", currency="EUR", country="NL"
        ).close()
        (self.folder / "web.yaml").write_text(MAPPING)
        self.shop = Shop.open(self.folder / "shop", clock=self.clock)

    def tell(self, files: dict[str, str], form: str = "csv") -> ImportReport:
        paths = []
        for name, text in files.items():
            path = self.folder / f"{name}.{form}"
            if form == "csv":
                path.write_text(text)
            else:
                head, *rows = (line.split(",") for line in text.splitlines())
                columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
                pq.write_table(
                    pa.table(
                        [pa.array([x.as_py() or None for x in c], pa.string()) for c in columns],
                        head,
                    ),
                    path,
                )
            paths.append(path)
        return self.shop.ingest(*paths, mapping=str(self.folder / "web.yaml"))

    def mentions(self, words: tuple[str, ...]) -> set[str]:
        """Where in the shop's folder a word stands, whatever its case; Parquet is read."""
        found = set()
        for path in sorted((self.folder / "shop").rglob("*")):
            if not path.is_file():
                continue
            if path.suffix == ".parquet":
                text = json.dumps(pq.read_table(path).to_pylist(), default=str)
            else:
                text = path.read_bytes().decode("latin-1")
            name = path.relative_to(self.folder / "shop").parts
            found |= {f"{'/'.join(name[:3])}: {word}" for word in words if word in text.lower()}
        return found


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    made.shop.close()


FIRST = {"orders_0": ORDERS.splitlines()[0] + "\n0,2026-04-01,50,CUP,,,C-3,,,\n"}


def _kept(folder: Path, *imports: dict[str, str]) -> Web:
    """A shop that was told these, closed: for copies."""
    made = Web(folder)
    for files in imports:
        made.tell(files)
    made.shop.close()
    return made


def _copy(kept: Web, folder: Path) -> Iterator[Web]:
    shutil.copytree(kept.folder, folder, dirs_exist_ok=True)
    made = Web(folder, Clock(kept.clock.at), made=False)
    yield made
    made.shop.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Web:
    return _kept(tmp_path_factory.mktemp("kept"), FILES)


@pytest.fixture(scope="module")
def kept_twice(tmp_path_factory: pytest.TempPathFactory) -> Web:
    return _kept(tmp_path_factory.mktemp("kept_twice"), FIRST, FILES)


@pytest.fixture
def told(kept: Web, tmp_path: Path) -> Iterator[Web]:
    """A shop that was told the files."""
    yield from _copy(kept, tmp_path)


@pytest.fixture
def told_twice(kept_twice: Web, tmp_path: Path) -> Iterator[Web]:
    """A shop that was told of one order, and then the files."""
    yield from _copy(kept_twice, tmp_path)


def totals(web: Web) -> tuple[Any, ...]:
    [row] = web.shop.sql(
        "SELECT count(*) AS n, sum(total_minor) AS total, sum(net_total_minor) AS net FROM orders"
    ).rows()
    return tuple(row.values())


def events(web: Web) -> list[str]:
    rows = web.shop.sql("SELECT message_id FROM events ORDER BY message_id").rows()
    return [row["message_id"].removeprefix("web:") for row in rows]


def test_nothing_of_an_erased_person_is_left_in_the_folder(told: Web) -> None:
    few_segments(told.folder / "shop", "one_time_buyers", "vip")
    told.shop.refresh(as_of="2026-05-29")
    told.shop.refresh(as_of="2026-06-01")
    told.shop.identity.never("anna@winkel.nl", "C-200002", by="piet")
    told.shop.report(as_of="2026-06-01", customer="C-100001")
    before = totals(told)
    bob = told.shop.customers.show("C-200002", as_of=AS_OF)
    assert len(told.mentions(HERS)) > 10
    shown = told.shop.privacy.erase("C-100001", by="piet")
    assert not shown.done
    assert totals(told) == before
    done = told.shop.privacy.erase("C-100001", by="piet", confirmed=True)
    assert done.rows == shown.rows
    assert (done.identifiers, done.quarantined, done.copies) == (
        {"customer_id": 1, "email": 1, "phone": 1, "device_id": 1},
        1,
        4,
    )
    assert told.mentions(HERS) == set()
    assert totals(told) == before
    after = told.shop.customers.show("C-200002", as_of=AS_OF)
    assert (after.orders, after.net_revenue, after.stage) == (
        bob.orders,
        bob.net_revenue,
        bob.stage,
    )
    assert [one.value for one in after.identifiers] == ["C-200002", "bob@winkel.nl", "D-SHARED"]
    assert {one.level for one in told.shop.doctor()} <= {"ok", "warning"}
    told.clock.at = parse_instant("2026-06-03")
    told.shop.refresh(as_of="2026-06-02")
    assert told.mentions(HERS) == set()


def test_while_another_program_reads_the_log_is_left_and_said(told: Web) -> None:
    """SQLite cannot empty its log under a reader: it is said, and emptied as soon as nobody reads."""
    store = told.shop._core.store
    wal = store.catalogue.path.with_name(store.catalogue.path.name + "-wal")
    with store.catalogue.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM import_batch").all()
        store.catalogue.flush = partial(store.catalogue.flush, wait_ms=50)  # type: ignore[method-assign] # no one waits
        erased = told.shop.privacy.erase("C-100001", by="anna", confirmed=True)
        assert not erased.log_emptied
        assert wal.stat().st_size > 0
        del store.catalogue.flush
        [found] = [one for one in told.shop.doctor() if one.code == "privacy.log"]
        assert found.level == "warning"
    assert [one for one in told.shop.doctor() if one.code == "privacy.log"] == []
    assert not wal.exists() or wal.stat().st_size == 0


@pytest.fixture(scope="module")
def worker(kept_twice: Web) -> Iterator[subprocess.Popen[str]]:
    """Forks whoever is killed; it has read all that is read once."""
    script = Path(__file__).with_name("hand_kills.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(kept_twice.folder / "shop"), "C-100001"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as forking:
        yield forking


@pytest.mark.parametrize("what", ["erase", "undo"])
def test_killed_it_happened_or_it_did_not(
    told_twice: Web, tmp_path: Path, worker: subprocess.Popen[str], what: str
) -> None:
    first, _ = told_twice.shop.imports.list()
    told_twice.shop.close()
    before = {one for one in told_twice.mentions(HERS) if not one.startswith("data/imports")}
    name = "C-100001" if what == "erase" else str(first.batch)

    def folder(kill_at: int) -> Path:
        return tmp_path / f"at{kill_at}"

    def call(kill_at: int) -> list[str]:
        assert worker.stdin is not None
        assert worker.stdout is not None
        shutil.copytree(told_twice.folder / "shop", folder(kill_at) / "shop")
        worker.stdin.write(f"{folder(kill_at) / 'shop'} {what} {name} {kill_at}\n")
        worker.stdin.flush()
        return worker.stdout.readline().split()

    how, done = call(0)
    assert how == "done0"
    moments = (int(done) // 2, int(done) - 12, int(done) - 4, int(done))
    assert [call(kill_at) for kill_at in moments] == [["killed"]] * len(moments)
    happened = []
    for kill_at in moments:
        left = Web.at(folder(kill_at))
        with left.shop.imports._core.store.writing("look"):  # the next writer
            pass
        [[orders]] = left.shop._core.reader.db.run("SELECT count(*) FROM order_version")
        if what == "undo":
            happened.append(orders == 6)
            assert orders in (6, 7)
        else:
            held = left.mentions(HERS)
            happened.append(not held)
            assert orders == 7
            assert {one for one in held if not one.startswith("data/imports")} in (set(), before)
        assert {one.level for one in left.shop.doctor()} <= {"ok", "warning"}
        left.shop.close()
    assert happened[0] is False
    assert happened[-1] is True


def test_an_undo_after_it_keeps_the_books_and_the_person_away(told_twice: Web) -> None:
    first, _ = told_twice.shop.imports.list()
    orders, total, net = totals(told_twice)
    told_twice.shop.privacy.erase("anna@winkel.nl", by="piet", confirmed=True)
    assert totals(told_twice) == (orders, total, net)
    told_twice.shop.imports.undo(first.batch, confirmed=True, figures=False)
    assert totals(told_twice) == (orders - 1, total - 5000, net - 5000)
    assert events(told_twice) == ["e3", "e4", "e5"]
    assert not {one for one in told_twice.mentions(HERS) if not one.endswith(": anna@winkel.nl")}


def test_an_undo_after_it_keeps_what_another_import_says_too(web: Web) -> None:
    """Her orders stay in the books as long as an import stands that says them."""
    first = web.tell(FILES)
    # order 4 and 6 are hers too, and said by the first import only; order 1 is said otherwise
    head, *rows = ORDERS.splitlines()
    again = web.tell({**FILES, "orders": "\n".join([head, *rows[:4]]) + "\n"})
    changed = "\n".join([head, rows[0].replace(",10,", ",12,"), *rows[1:3]]) + "\n"
    third = web.tell({"orders_3": changed})
    before = totals(web)
    web.shop.privacy.erase("C-100001", by="piet", confirmed=True)
    assert totals(web) == before
    web.shop.imports.undo(first.batch, confirmed=True, figures=False)
    # without order 4 (9 euro) and 6 (3 euro): nobody says them any more
    assert totals(web) == (before[0] - 2, before[1] - 1200, before[2] - 1200)
    assert not web.mentions(("c-100001", "31612345678", "anna10"))
    as_first_said = web.shop.sql("SELECT total_minor FROM orders WHERE order_id = '1'").rows()
    assert as_first_said == [{"total_minor": 1700}]
    web.shop.imports.undo(third.batch, confirmed=True, figures=False)
    [order] = web.shop.sql("SELECT total_minor FROM orders WHERE order_id = '1'").rows()
    assert order == {"total_minor": 1500}
    web.shop.imports.undo(again.batch, confirmed=True, figures=False)
    assert totals(web)[0] == 0
    assert {one.level for one in web.shop.doctor()} <= {"ok", "warning"}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_re_import_does_not_bring_them_back(web: Web, form: str) -> None:
    web.tell(FILES, form)
    web.shop.privacy.erase("anna@winkel.nl", by="piet", confirmed=True)
    before = totals(web)
    assert events(web) == ["e4", "e5"]
    report = web.tell(FILES, form)
    assert report.left_out["erased"] == 9
    # what others say of her in their own words is not known by a hash
    assert web.mentions(HERS) == {
        f"data/lake/{table}: anna@winkel.nl"
        for table in ("order_line", "attribute", "customer_statement")
    }
    assert totals(web) == before
    # a visit without a name, on a device that others use too, is theirs from now on
    assert events(web) == ["e3", "e4", "e5"]
    assert [one.value for one in web.shop.customers.show("C-200002", as_of=AS_OF).identifiers] == [
        "C-200002",
        "bob@winkel.nl",
        "D-SHARED",
    ]
    later = ORDERS.splitlines()[0] + "\n9,2026-06-10,30,CUP,,,C-100001,anna@winkel.nl,,\n"
    web.clock.at = parse_instant("2026-06-11T00:00:00Z")
    assert web.tell({"orders_new": later}, form).accepted == 1
    assert web.shop.customers.show("anna@winkel.nl", as_of=AS_OF).orders == 1


def test_everything_held_is_in_one_file(told: Web, tmp_path: Path) -> None:
    file = tmp_path / "anna.json"
    counts = told.shop.privacy.export("phone:0612345678", file)
    found = json.loads(file.read_text())
    said = found["said"]
    assert {name: len(rows) for name, rows in said.items()} == {
        name: many
        for name, many in counts.items()
        if name not in {"exports", "notes", "quarantine"}
    }
    assert (counts["exports"], found["exports"]) == (0, [])
    assert {row["order_id"] for row in said["order_statement"]} == {"1", "4", "6"}
    assert {row["sku"] for row in said["order_line"]} == {"CUP", "PLATE"}
    assert {row["message_id"] for row in said["event"]} == {"web:e1", "web:e2", "web:e3"}
    assert {row["value"] for row in said["attribute"]} == {"Breda", "belt graag"}
    assert [row["refund_key"] for row in said["refund_statement"]] == ["web:R1"]
    assert [row["line"] for row in found["quarantine"]] == [7]
    assert {one["value"] for one in found["identity"]["identifiers"]} == {
        "C-100001",
        "anna@winkel.nl",
        "+31612345678",
    }
    assert found["customer"]["orders"] == 3
    page = tmp_path / "anna.html"
    told.shop.privacy.export("C-100001", page)
    assert "belt graag" in page.read_text()
    modes = {one.stat().st_mode & 0o777 for one in (file, page)}
    assert (modes, told.shop._core.store.data.stat().st_mode & 0o777) == ({0o600}, 0o700)


APART = """
version: 1
source: till
label: {en: Till, nl: Kassa}
about: orders in one file and their lines, which name nobody, in another
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    file: "orders*"
    fields: {order: number, ordered_at: at, total: total}
    identifiers: {customer_id: customer}
  - kind: order_lines
    file: "lines*"
    fields: {order: number, sku: sku, amount: amount}
"""


def test_what_is_shown_is_what_is_taken_out(told: Web, tmp_path: Path) -> None:
    """Row by row, table by table: also the lines that name nobody, told on another day."""
    (tmp_path / "till.yaml").write_text(APART, encoding="utf-8")
    files = {
        "orders": "number,at,total,customer\n71,2026-05-08,40,C-100001\n72,2026-05-08,9,C-200002\n",
        "lines": "number,sku,amount\n71,TEST KIT,40\n72,MUG,9\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        told.shop.ingest(tmp_path / f"{name}.csv", mapping=str(tmp_path / "till.yaml"))
    said = told.shop.privacy.everything("C-100001")["said"]
    assert {"TEST KIT", "CUP", "PLATE"} == {row["sku"] for row in said["order_line"]}
    taken = told.shop.privacy.erase("C-100001", by="piet").rows
    assert taken == {name: len(said.get(name, ())) for name in taken}
    assert taken["order_line"] == 5
    more = said.keys() - taken.keys()
    assert more <= DERIVED, "all that is shown goes, or is made anew of what is left"


def test_on_the_command_line(told: Web) -> None:
    shop = ["--shop", str(told.folder / "shop")]

    def call(*arguments: str) -> str:
        run = CliRunner().invoke(root, [*shop, *arguments])
        assert run.exit_code == 0, run.output
        return run.stdout

    assert "Nothing was changed" in call("erase", "C-100001")
    shown = call("erase", "C-100001", "--lang", "nl")
    assert "Wat er blijft, van niemand" in shown
    assert "statement" not in shown, "names of tables are nobody's words"
    assert json.loads(call("erase", "C-100001", "--yes", "--json"))["done"]
    gone = CliRunner().invoke(root, [*shop, "erase", "C-100001", "--json"])
    assert json.loads(gone.stdout)["error"]["code"] == "profile.unknown"
    assert "held about" in call("export", "C-200002", "--to", str(told.folder / "bob.json"))


def test_every_table_of_the_lake_is_looked_at() -> None:
    """A new table is of a person by one of the known columns, or it is told here why it is not."""
    nobody = {"replaced", "withdrawn_statement", "withdrawn_refund", "outranked_refund"}
    nobody |= {"joined_order", "product"}
    for name, table in LAKE.items():
        if name in nobody | SPECIAL:
            continue
        assert set(table.types) & set(KEYS), name
