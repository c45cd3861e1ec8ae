"""Rows in quarantine: mended by a later import, by record or by line; opened again by an undo."""

from __future__ import annotations

import csv as csv_module
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from collect_kit import csv

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stamgast.collect.report import ImportReport

HEAD = "version: 1\nsource: till\nzone: UTC\ncurrency: EUR\ncountry: NL\n"
ORDERS = HEAD + (
    "rows:\n  - kind: orders\n    fields: {order: nr, ordered_at: at, total: paid}\n"
    "    identifiers: {customer_id: who}\n"
)
LINES = HEAD + (
    "rows:\n  - kind: order_lines\n    fields: {order: nr, ordered_at: at, amount: paid, sku: sku}\n"
    "    identifiers: {customer_id: who}\n"
)
HEADER = "nr,at,paid,who"


class Till:
    """A shop whose files are all called ``orders.csv``."""

    def __init__(self, folder: Path, text: str = ORDERS) -> None:
        self.folder = folder
        self.shop = Shop.create(folder / "shop")
        self.mapping = folder / "own.yaml"
        self.mapping.write_text(text, encoding="utf-8")
        self._many = 0

    def read(self, *rows: str, header: str = HEADER, name: str = "orders.csv") -> ImportReport:
        self._many += 1
        place = self.folder / str(self._many)
        place.mkdir()
        return self.shop.ingest(csv(place / name, header, *rows), mapping=str(self.mapping))

    def states(self) -> list[tuple[str, int | None, str]]:
        """Key, line and state of each row, in order."""
        return [
            (one.key or "-", one.line, one.closed or "waiting")
            for one in self.shop.quarantine.list(everything=True)
        ]

    @property
    def waiting(self) -> int:
        return self.shop.quarantine.count().waiting


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    made = Till(tmp_path)
    yield made
    made.shop.close()


def test_a_record_that_is_read_well_later_waits_no_more(till: Till) -> None:
    first = till.read("1,2025-01-01,5,a", "2,2025-01-01,free,b", "3,2025-01-01,gift,c")
    assert (first.mended, first.waiting) == (0, 2)
    # the mended file has rows in another order, and one is still wrong
    second = till.read("3,2025-01-01,gift,c", "2,2025-01-01,0,b", "1,2025-01-01,5,a")
    assert (second.mended, second.waiting) == (1, 1)
    assert till.states() == [("2", 3, "mended"), ("3", 4, "waiting")]
    [two, _] = till.shop.quarantine.list(everything=True)
    assert two.closed_by == second.batch


def test_a_row_that_comes_again_on_another_line_is_one(till: Till) -> None:
    till.read("2,2025-01-01,free,b")
    for _ in range(2):
        again = till.read("1,2025-01-01,5,a", "2,2025-01-01,free,b")
        assert (again.mended, again.waiting) == (0, 1)
    assert till.states() == [("2", 2, "waiting")]


def test_refused_again_for_another_reason_is_one_row(till: Till) -> None:
    till.read("2,2025-01-01,free,b")
    again = till.read("2,yesterday,5,b")
    assert (again.mended, again.waiting) == (0, 1)
    assert till.states() == [("2", 2, "replaced"), ("2", 2, "waiting")]
    [_, row] = till.shop.quarantine.list(everything=True)
    [old] = [one for one in till.shop.quarantine.list(everything=True) if one.closed]
    assert row.since == old.read_at


def test_a_row_without_a_number_is_known_by_its_line(till: Till) -> None:
    till.read("1,2025-01-01,5,a", ",2025-01-02,7,b", ",2025-01-03,8,c")
    assert till.states() == [("-", 3, "waiting"), ("-", 4, "waiting")]
    # on line 4 stands another row altogether
    told = till.read("1,2025-01-01,5,a", "2,2025-01-02,7,b", "9,2026-06-06,1,z")
    assert (told.mended, told.waiting) == (1, 1)
    assert till.states() == [("-", 3, "mended"), ("-", 4, "waiting")]
    # a file of another name tells nothing about it
    assert till.read("1,2025-01-01,5,a", "x", "3,2025-01-03,8,c", name="other.csv").mended == 0


def test_an_undo_opens_what_the_import_closed(till: Till) -> None:
    till.read("2,2025-01-01,free,b", "3,2025-01-01,gift,c")
    mending = till.read("2,2025-01-01,6,b")
    later = till.read("3,2025-01-01,8,c")
    assert till.waiting == 0
    till.shop.imports.undo(mending.batch, confirmed=True, figures=False)
    assert till.states() == [("2", 2, "waiting"), ("3", 3, "mended")]
    till.shop.imports.undo(later.batch, confirmed=True, figures=False)
    assert till.waiting == 2


def test_an_undo_of_what_was_refused_leaves_nothing(till: Till) -> None:
    first = till.read("1,2025-01-01,5,a", "2,2025-01-01,free,b")
    till.read("4,2025-01-02,5,a", "3,2025-01-01,gift,c")
    till.shop.quarantine.dismiss([2], by="eva", reason="a gift")
    till.shop.imports.undo(first.batch, confirmed=True, figures=False)
    # the later import is told again; what a person said of its row stands
    assert till.states() == [("3", 3, "dismissed")]


def test_the_same_file_again_opens_nothing(till: Till) -> None:
    rows = ("1,2025-01-01,5,a", "2,2025-01-01,free,b")
    till.read(*rows)
    till.read("2,2025-01-01,6,b")
    assert till.read(*rows).waiting == 0
    # a new file in which it is wrong again is another matter
    assert till.read(*rows, "3,2025-01-05,1,c").waiting == 1
    assert till.states() == [("2", 3, "mended"), ("2", 3, "waiting")]


def test_of_one_import_the_later_file_counts(tmp_path: Path) -> None:
    till = Till(tmp_path)
    bad = csv(tmp_path / "a.csv", HEADER, "2,2025-01-01,free,b")
    good = csv(tmp_path / "b.csv", HEADER, "2,2025-01-01,5,b")
    told = till.shop.ingest(bad, good, mapping=str(till.mapping))
    assert (told.mended, told.waiting) == (0, 0)
    assert till.states() == [("2", 2, "mended")]
    (tmp_path / "other").mkdir()
    other = Till(tmp_path / "other")
    assert other.shop.ingest(good, bad, mapping=str(other.mapping)).waiting == 1


def test_dismissed_rows_are_counted_apart(till: Till) -> None:
    till.read("1,2025-01-01,5,a", "2,2025-01-01,free,b", "3,2025-01-01,gift,c")
    assert till.shop.quarantine.dismiss([1], by="eva", reason="a test order") == (1,)
    counted = till.shop.quarantine.count()
    assert (counted.waiting, counted.dismissed) == (1, 1)
    for rows, code in (([1], "quarantine.not_waiting"), ([9], "quarantine.unknown")):
        with pytest.raises(UserError) as found:
            till.shop.quarantine.dismiss(rows, by="eva", reason="no")
        assert found.value.code == code
    # it stays dismissed when it comes again, also in another file
    assert till.read("2,2025-01-01,free,b", "4,2025-01-05,1,d").waiting == 1
    till.shop.quarantine.reopen([1])
    assert till.waiting == 2


def test_a_file_to_mend_and_back(tmp_path: Path) -> None:
    till = Till(tmp_path, LINES)
    header = "nr,at,paid,who,sku,note"
    rows = ["1,2025-01-01,5,a,x,hello", "1,2025-01-01,free,a,y,hi", ",2025-01-04,3,b,z,"]
    till.read(*rows, "2,2025-01-03,4,b,x,", header=header)
    out = tmp_path / "mend.csv"
    written = till.shop.quarantine.export(out)
    assert (written.refused, written.beside, written.left_out) == (2, 1, ())
    with out.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv_module.DictReader(file))
    assert [row["stamgast_reason"].partition(":")[0] for row in found] == [
        "amount is not an amount of money",
        "order is missing",
        "",
    ]
    found[0]["paid"], found[1]["nr"] = "2.50", "3"
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv_module.DictWriter(file, found[0].keys())
        writer.writeheader()
        writer.writerows(found)
    told = till.shop.ingest(out, mapping=str(till.mapping))
    assert (told.mended, told.waiting, told.orders) == (2, 0, 2)
    totals = till.shop.sql("SELECT order_id, total_minor FROM orders ORDER BY 1").df()
    assert [(one, str(total)) for one, total in totals.itertuples(index=False)] == [
        ("1", "750"),
        ("2", "400"),
        ("3", "300"),
    ]


def test_an_order_without_a_date_is_written_once(tmp_path: Path) -> None:
    till = Till(tmp_path, LINES)
    till.read("Total,,12,,x", "Total,,3,,y", header="nr,at,paid,who,sku")
    assert till.waiting == 2
    written = till.shop.quarantine.export(tmp_path / "mend.csv")
    assert (written.refused, written.beside) == (2, 0)


def test_what_cannot_be_written_is_said(till: Till) -> None:
    with pytest.raises(UserError) as found:
        till.shop.quarantine.export(till.folder / "x.csv")
    assert found.value.code == "quarantine.nothing"
    till.read("2,2025-01-01,free,b")
    with pytest.raises(UserError) as found:
        till.shop.quarantine.export(till.folder / "1" / "orders.csv")
    assert found.value.code == "quarantine.file_exists"


def test_on_the_command_line(till: Till) -> None:
    till.read("1,2025-01-01,5,a", "2,2025-01-01,free,b", "3,2025-01-01,gift,c")
    folder = str(till.folder / "shop")

    def call(*args: str) -> str:
        made = CliRunner().invoke(root, ["--shop", folder, *args])
        assert made.exit_code == 0, made.output
        return made.stdout

    found = json.loads(call("quarantine", "list", "--json"))
    assert found["waiting"] == 2
    assert found["rows"][0] | {"file": "", "since": ""} == {
        "id": 1,
        "source": "till",
        "file": "",
        "line": 3,
        "reason": "total is not an amount of money: paid = 'free'",
        "row": {"nr": "2", "at": "2025-01-01", "paid": "free", "who": "b"},
        "kind": "orders",
        "key": "2",
        "import": 1,
        "since": "",
        "state": "waiting",
        "closed_by_import": None,
        "closed_at": None,
        "dismissed_by": None,
        "dismissed_because": None,
    }
    assert "2 rows wait." in call("quarantine", "list")
    assert "2 rijen wachten." in call("quarantine", "list", "--lang", "nl")
    call("quarantine", "dismiss", "1", "--reason", "a test", "--by", "eva")
    assert "left as it is by eva: a test" in call("quarantine", "show", "1")
    assert "1 row in quarantine was dismissed by hand" in call("doctor")
    assert "1 row that was read could not be understood" in call("doctor")
    out = str(till.folder / "mend.csv")
    assert "1 row to mend was written to" in call("quarantine", "export", out)
    told = call("ingest", "list")
    assert "till" in told


def test_a_row_kept_by_an_older_version_is_met_again(till: Till) -> None:
    till.read("2,2025-01-01,free,b", "3,2025-01-01,gift,c")
    with closing(sqlite3.connect(till.folder / "shop" / "data" / "stamgast.sqlite")) as store:
        store.execute("UPDATE quarantine SET kind = NULL, key = NULL, digest = randomblob(16)")
        store.commit()
    told = till.read("2,2025-01-01,free,b", "3,2025-01-01,9,c", "4,2025-01-01,9,d")
    assert (told.mended, told.waiting) == (1, 1)


def test_an_erased_person_leaves_the_quarantine(tmp_path: Path) -> None:
    till = Till(tmp_path, LINES.replace("customer_id: who", "email: who"))
    header = "nr,at,paid,who,sku"
    # the refused row of order 1 names nobody, the row beside it does; order 2 was mended since
    till.read(
        "1,2025-01-01,5,jan@example.org,x",
        "1,2025-01-01,free,,y",
        "2,2025-01-02,free,Jan@Example.org,x",
        "3,2025-01-03,free,eva@example.org,x",
        header=header,
    )
    till.read("2,2025-01-02,7,jan@example.org,x", header=header)
    assert till.states() == [("1", 3, "waiting"), ("2", 4, "mended"), ("3", 5, "waiting")]
    found = till.shop.privacy.everything("email:jan@example.org")
    assert [row["line"] for row in found["quarantine"]] == [3, 4]
    done = till.shop.privacy.erase("email:jan@example.org", by="eva", confirmed=True)
    assert done.quarantined == 2
    assert till.states() == [("3", 5, "waiting")]
    for file in (till.folder / "shop" / "data").glob("stamgast.sqlite*"):
        assert b"jan@example.org" not in file.read_bytes().lower()


def test_orders_and_refunds_in_one_row(tmp_path: Path) -> None:
    both = ORDERS + (
        "  - kind: refunds\n    undated: import\n    where: {column: back, empty: false}\n"
        "    fields: {refund: nr, order: nr, amount: back}\n    identifiers: {customer_id: who}\n"
    )
    till = Till(tmp_path, both)
    header = "nr,at,paid,back,who"
    told = till.read("1,2025-01-01,5,,a", "2,2025-01-02,6,much,b", header=header)
    assert (told.accepted, told.waiting) == (1, 1)
    [row] = till.shop.quarantine.list()
    assert (row.kind, row.key) == ("refunds", "2")
    assert till.read("2,2025-01-02,6,2,b", header=header).waiting == 0
