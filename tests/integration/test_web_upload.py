"""Orders by upload: a Dutch export is recognised, shown before it is stored, read, mended and undone."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from web_kit import TOKEN, Web, web_over

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.web.uploads import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response
    from starlette.testclient import TestClient

NOW = "2026-01-15T12:00:00Z"
EXPORT = (
    "Bestelnr;Besteldatum;Klantnummer;Naam klant;E-mail;Status;Verzendkosten;Totaal (incl. BTW)\r\n"
    "1001;31-12-2025;0007;Zoë Çelik;zoe@voorbeeld.nl;Afgerond;4,95;€ 1.254,90\r\n"
    "1002;03-01-2026;0008;Jan;jan@voorbeeld.nl;Geannuleerd;0,00;25,00\r\n"
    "1003;05-01-2026;0007;Zoë Çelik;zoe@voorbeeld.nl;Afgerond;4,95;54,95\r\n"
    "1004;06-01-2026;0009;=HYPERLINK(1);piet@voorbeeld.nl;Afgerond;0,00;gratis\r\n"
    '1005;07-01-2026;0010;<b>"Anna"</b>;anna@voorbeeld.nl;Afgerond;0,00;10,00\r\n'
).encode("cp1252")
HAND_WRITTEN = {"1001": 124995, "1002": 2500, "1003": 5000, "1005": 1000}
"""Goods of each order: what stands under Totaal less Verzendkosten, in cents."""


class Standing:
    def now(self) -> int:
        return parse_instant(NOW)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("upload") / "shop"
    Shop.create(folder, name="Tandem").close()
    with web_over(folder, Standing()) as made:
        yield made


def sent(client: TestClient, name: str, content: bytes) -> Response:
    token = TOKEN.search(client.get("/upload").text)
    assert token is not None
    return client.post("/upload", data={"csrf": token[1]}, files={"file": (name, content)})


def looked(web: Web, client: TestClient, page: str) -> str:
    """The page of an upload, once its file was read on trial, however busy the machine is."""
    client.get(page)
    web.desk.works.wait()
    return client.get(page).text


def uploads(folder: Path) -> list[Path]:
    return [path for path in (folder / "data" / "uploads").rglob("*") if path.is_file()]


def test_from_upload_to_figures_and_back(web: Web) -> None:
    client, folder = web.clients["marketer"], web.desk.folder
    answer = sent(client, "..\\..\\Bestellingen <2025>.csv", EXPORT)
    page = answer.headers["location"]
    text = html.unescape(looked(web, client, page))
    assert [path.name for path in uploads(folder) if path.suffix == ".csv"] == [
        "bestellingen-2025.csv"
    ]
    # recognised without asking
    for word in ("Windows text", "by semicolons", "behind a comma", "dates such as 31-12-2025"):
        assert word in text
    for role in (
        "order",
        "ordered_at",
        "customer_id",
        "name",
        "email",
        "status",
        "shipping",
        "total",
    ):
        assert f'<option value="{role}" selected>' in text
    # shown before anything is stored
    assert "3 orders of 2 customers, together €1,309.95." in text
    assert "Line 5:" in text
    assert web.clients["admin"].get("/api/v1/lifecycle").json()["stages"]["new_buyer"] == 0
    assert "<b>" not in re.sub(r"&lt;.*?&gt;", "", client.get(page).text)
    # read
    assert web.post(client, f"{page}/read", page).headers["location"] == "/data"
    web.desk.works.wait()
    assert web.desk.works.last is not None
    assert (web.desk.works.last.error, web.desk.works.last.to) == (None, "/data/imports/1")
    assert uploads(folder) == []
    assert (folder / "mappings" / "bestellingen-2025.yaml").is_file()
    with Shop.open(folder) as shop:
        rows = shop.sql("SELECT order_id, total_minor FROM orders").rows()
        assert {str(row["order_id"]): row["total_minor"] for row in rows} == HAND_WRITTEN
        assert shop.lifecycle.counts(NOW).stages["promising"] == 1
    counts = client.get("/data/imports/1").text
    told = [int(one) for one in re.findall(r"<dd>(\d+)</dd>", counts)]
    assert told == [5, 4, 0, 0, 1]
    # the same columns are known, and the same rows are no news
    again = sent(client, "januari.csv", EXPORT).headers["location"]
    known = looked(web, client, again)
    assert "These columns are known" in known
    assert "nothing new in it" in known
    assert web.post(client, f"{again}/discard", again).headers["location"] == "/upload"
    # of a file that brings news, its own orders and buyers are shown, not those of the shop
    more = (
        EXPORT.splitlines()[0] + b"\r\n2001;08-01-2026;0020;Ed;ed@voorbeeld.nl;Afgerond;0,00;7,00"
    )
    later = sent(client, "februari.csv", more).headers["location"]
    cells = re.findall(r"<th>(\w+)</th><td", looked(web, client, later))
    assert cells[:2] == ["2001", "0020"]
    assert "1001" not in cells
    web.post(client, f"{later}/discard", later)
    assert uploads(folder) == []


def test_a_refused_row_is_fetched_safely_mended_and_the_import_taken_out(web: Web) -> None:
    client = web.clients["marketer"]
    source = "bestellingen-2025"
    fetched = web.post(client, "/data/quarantine/file", "/data/quarantine", source=source)
    assert "'=HYPERLINK(1)" in fetched.content.decode("cp1252")
    assert uploads(web.desk.folder) == []
    page = client.get("/data/quarantine/1").text
    cells = {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(cell_\d+)" value="([^"]*)"', page)
    }
    wrong = next(name for name, value in cells.items() if value == "gratis")
    refused = web.post(client, "/data/quarantine/1", "/data/quarantine/1", **cells)
    assert "again=yes" in refused.headers.get("location", ""), refused.text
    here = refused.headers["location"].partition("?")[0]
    mended = web.post(client, here, here, **{**cells, wrong: "12,50"})
    assert mended.headers.get("location") == "/data/quarantine?mended=1", mended.text
    assert "No row waits" in client.get("/data/quarantine").text
    with Shop.open(web.desk.folder) as shop:
        rows = shop.sql("SELECT total_minor FROM orders WHERE order_id = '1004'").rows()
        assert [row["total_minor"] for row in rows] == [1250]
        last = shop.imports.list()[-1].batch
    # not only the last one can be taken out: what that does to the later ones is shown
    first = client.get("/data/imports/1").text
    assert "imports came later: they are read again" in first or "import came later" in first
    web.post(client, "/data/imports/1/undo", "/data/imports/1")
    web.desk.works.wait()
    assert web.desk.works.last is not None
    assert web.desk.works.last.error is None
    first = client.get("/data/imports/1").text
    assert "Later imports, read again without it" in first
    assert "lines accepted" in first
    # undo: first shown, then done; only by who may
    undo = f"/data/imports/{last}/undo"
    assert web.post(web.clients["analyst"], undo, "/account", sure="yes").status_code == 403
    assert web.post(client, undo, f"/data/imports/{last}", sure="yes").status_code == 400
    web.post(client, undo, f"/data/imports/{last}")
    web.desk.works.wait()
    assert "Take it out" in client.get(f"/data/imports/{last}").text
    web.post(client, undo, f"/data/imports/{last}", sure="yes")
    web.desk.works.wait()
    assert "1 row waits in quarantine" in client.get("/data").text
    leave = web.post(client, "/data/quarantine/dismiss", "/data/quarantine", row="all", reason="x")
    assert leave.headers["location"] == "/data/quarantine"
    assert "No row waits" in client.get("/data/quarantine").text


REFUSED = {
    "nothing": ("leeg.csv", b"", "empty"),
    "no rows": ("kop.csv", b"Bestelnr;Datum\r\n", "no row below"),
    "field": ("groot.csv", b'Bestelnr;Naam\r\n1;"' + b"x" * 10_000_000 + b'"\r\n', "one field of"),
    "bytes": ("foto.csv", b"\x89PNG\r\n\x1a\n\0\0\0", "no text"),
    "kind": ("programma.exe", b"MZ", "only CSV"),
    "no zip": ("blad.xlsx", b"PK\x03\x04 niet", "no whole Excel"),
    "columns": (
        "breed.csv",
        b";".join(b"k%d" % n for n in range(500)) + b"\r\n1\r\n",
        "500 columns",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_export_is_refused_with_a_reason_and_not_kept(web: Web, case: str) -> None:
    name, content, why = REFUSED[case]
    answer = sent(web.clients["admin"], name, content)
    assert answer.status_code == 400
    assert why in html.unescape(answer.text)
    assert uploads(web.desk.folder) == []


def test_an_upload_is_bounded_and_of_who_may(web: Web) -> None:
    client = web.clients["admin"]
    web.post(client, "/settings", "/settings", upload_mb="1")
    answer = sent(client, "groot.csv", b"a;b\r\n" + b"1;2\r\n" * 500_000)
    assert answer.status_code == 413
    assert "larger than may be sent" in answer.text
    web.post(client, "/settings", "/settings", upload_mb="100")
    for role in ("analyst", "service", "read-only"):
        assert web.clients[role].get("/upload").status_code == 403, role
    assert client.post("/upload", files={"file": ("x.csv", EXPORT)}).status_code == 403
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/upload", content=b"--y\r\nnot", headers=broken).status_code in (400, 403)
    assert client.get("/upload/../../etc/passwd").status_code == 404
    assert client.get(f"/upload/{'0' * 32}").status_code == 404


def test_a_column_that_is_called_otherwise_is_pointed_out(web: Web) -> None:
    client = web.clients["marketer"]
    page = sent(client, "kassa.csv", b"kenmerk;dag;som\r\nA1;1-2-2025;3.50\r\n").headers["location"]
    text = client.get(page).text
    assert "No column seems to be: order number, total, customer number." in text
    roles = {"role_0": "order", "role_1": "ordered_at", "role_2": "total", "source": "Kassa 2"}
    web.post(client, page, page, **roles)
    assert "No column seems to be: customer number." in client.get(page).text
    twice = web.post(client, page, page, **{**roles, "role_1": "order"})
    assert twice.status_code == 400
    web.post(client, f"{page}/discard", page)


def test_names_of_files_are_shown_and_are_no_paths() -> None:
    assert shown_name("C:\\fake\\..\\a\nb.csv") == "ab.csv"
    assert shown_name("/etc/") == "orders"


def test_keys_ask_what_their_role_may(web: Web) -> None:
    admin = web.clients["admin"]
    made = web.post(admin, "/settings/keys", "/settings/keys", name="BI", role="analyst")
    key = re.search(r"sg_[\w-]{40,}", made.text)
    assert key is not None
    assert key[0] not in admin.get("/settings/keys").text
    asked = {"authorization": f"Bearer {key[0]}"}
    program = web.client()
    assert program.get("/api/v1/lifecycle", headers=asked).status_code == 200
    assert program.get("/api/v1/customers?q=1", headers=asked).status_code == 403
    assert program.get("/data", headers=asked).status_code == 303
    wrong = {"authorization": "Bearer sg_no"}
    assert admin.get("/api/v1/lifecycle", headers=wrong).status_code == 401
    assert web.post(admin, "/settings/keys/BI/remove", "/settings/keys").status_code == 303
    assert program.get("/api/v1/lifecycle", headers=asked).status_code == 401
    did = [(one.what, one.about) for one in web.desk.users.noted(20)]
    assert ("key_added", "BI (analyst)") in did
    assert ("key_removed", "BI") in did


def test_settings_are_checked_and_written(web: Web) -> None:
    admin, file = web.clients["admin"], web.desk.folder / "stamgast.toml"
    wrong = web.post(admin, "/settings", "/settings", memory_limit="lots")
    assert wrong.status_code == 400
    assert "must be a size" in html.unescape(wrong.text)
    web.post(admin, "/settings", "/settings", name='A "B" \\ c', address="u", currency="USD")
    text = file.read_text(encoding="utf-8")
    assert 'name = "A \\"B\\" \\\\ c"' in text
    assert 'address = "u"' in text
    assert 'currency = "EUR"' in text  # it stands since the first import
    assert "# Where midnight and calendar days are taken." in text
    assert "A &#34;B&#34;" in admin.get("/settings").text
    assert "Valentine" in admin.get("/settings/calendars?year=2025").text
    lines = admin.get("/settings/audit?who=marketer").text
    assert "read a file in" in lines
    assert "changed a setting" not in lines
