"""Files that are not what their name says are called by their name, in both languages."""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from collect_kit import Shop, mapping

from stamgast.collect.ingest import CollectSettings, Progress, ingest
from stamgast.errors import UserError
from stamgast.identity.kinds import read_kinds
from stamgast.identity.resolve import Identity
from stamgast.report.dutch import dutch
from stamgast.store.books import import_of

if TYPE_CHECKING:
    from pathlib import Path

OWN = mapping(
    """
read: {decimal: ","}
rows:
  - kind: orders
    fields: {order: nr, ordered_at: at, total: paid}
    identifiers: {customer_id: who}
"""
)
ROWS = "nr;at;paid;who\n1;2026-01-02;12,50;a\n"


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("a.csv", zipped("[Content_Types].xml"), "ingest.unknown_format", "Excel file, whatever"),
        ("a.csv", zipped("orders.csv"), "ingest.unknown_format", "zip file"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1", "ingest.unknown_format", "old kind"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1", "ingest.unknown_format", "old kind"),
        ("a.csv", b"\x1f\x8b\x08\x00", "ingest.unknown_format", "compressed"),
        ("a.csv", b"\n<!DOCTYPE html><html></html>", "ingest.unknown_format", "web page"),
        ("a.csv", ROWS.encode("utf-16-le"), "ingest.encoding", "UTF-16"),
        ("a.csv", ROWS.encode("utf-16-be"), "ingest.encoding", "UTF-16"),
        ("a.jsonl", b'[{"nr": 1}]', "ingest.unknown_format", "JSON list"),
        ("a.json", b'\n[\n{"nr": 1}]', "ingest.unknown_format", "JSON list"),
        ("a.csv", b"Export of 2026\n\n" + ROWS.encode(), "ingest.no_header", "on line 3"),
    ],
)
def test_called_by_its_name(
    tmp_path: Path, name: str, content: bytes, code: str, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError) as found:
        Shop(tmp_path / "shop").ingest(OWN, path)
    assert found.value.code == code
    assert words in found.value.message
    assert found.value.hint
    for text in (found.value.message, found.value.hint):
        assert dutch(text) != text


def test_what_is_right_is_read(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    for number, content in enumerate(
        (ROWS.encode(), ROWS.encode("utf-16"), b"sep=;\n" + ROWS.encode())
    ):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        report = shop.ingest(OWN, path)
        assert (report.lines, report.accepted + report.repeated) == (1, 1)


def test_values_that_are_no_identifier_are_told(tmp_path: Path) -> None:
    own = mapping(
        """
rows:
  - kind: orders
    fields: {order: nr, ordered_at: at, total: paid}
    identifiers: {email: mail}
"""
    )
    path = tmp_path / "a.csv"
    path.write_text(
        "nr,at,paid,mail\n1,2026-01-02,1,a@example.org\n2,2026-01-02,1,n.v.t.\n"
        "3,2026-01-02,1,geen\n4,2026-01-02,1,geen\n5,2026-01-02,1,\n",
        encoding="utf-8",
    )
    report = Shop(tmp_path / "shop").ingest(own, path)
    assert (report.accepted, report.refused, report.refused_such) == (5, 2, "email = 'geen'")


def test_a_file_that_grows_while_it_is_read_is_no_known_file(tmp_path: Path) -> None:
    """On record are the bytes that were there before; what came meanwhile is read the next time."""
    shop = Shop(tmp_path / "shop")
    store = shop.store()
    path = tmp_path / "orders.csv"
    path.write_text(ROWS, encoding="utf-8")
    before = hashlib.sha256(path.read_bytes()).hexdigest()

    def grow(progress: Progress) -> None:
        if progress.step == "reading":
            path.write_text(f"{ROWS}2;2026-01-03;9,00;b\n", encoding="utf-8")

    first = ingest(
        store,
        [path],
        OWN,
        settings=lambda: nullcontext(CollectSettings(zone="UTC", currency="EUR")),
        resolver=lambda country: Identity(read_kinds(country=country), store.verdicts()),
        progress=grow,
    )
    ((_, said),) = import_of(store, 1)[1]
    assert (first.accepted, said) == (1, before)
    assert shop.ingest(OWN, path).accepted == 1
