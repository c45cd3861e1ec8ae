"""From an empty shop to figures in a real browser: with scripts and without, nothing for axe to find."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from browser_kit import CHROMIUM, browser, served, shown, window
from test_browser import page_of, violations

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not os.environ.get("STAMGAST_BROWSER"), reason="takes half a minute: make browser"
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
HEAD = "Bestelnr;Besteldatum;Klantnummer;Naam;E-mail;Totaal"
PAGES = (
    "/data",
    "/data/imports/1",
    "/data/quarantine",
    "/data/quarantine/1",
    "/settings",
    "/settings/calendars",
    "/settings/keys",
    "/settings/audit",
    "/users",
    "/upload",
)


def export(path: Path, number: int) -> Path:
    rows = [
        f"{number}{n:03};{1 + n % 28:02}-{1 + n % 12:02}-2025;{n % 40:04};<b>Zoë {n % 40}</b>;"
        f"k{n % 40}@voorbeeld.nl;{'gratis' if n == 7 else f'{10 + n},50'}"
        for n in range(120)
    ]
    path.write_bytes("\r\n".join([HEAD, *rows, ""]).encode("cp1252"))
    return path


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str, object]]:
    folder = tmp_path_factory.mktemp("upload") / "shop"
    Shop.create(folder).close()
    with served(folder) as (address, link), browser() as found:
        context = found.new_context()
        context.new_page().goto(link)
        yield found, address, context.storage_state()


@pytest.mark.parametrize(
    ("language", "scheme", "width", "scripts"),
    [("nl", "light", 390, True), ("en", "dark", 1280, False)],
)
def test_orders_are_uploaded_looked_at_and_read(
    opened: tuple[Browser, str, object],
    tmp_path: Path,
    language: str,
    scheme: str,
    width: int,
    *,
    scripts: bool,
) -> None:
    found, address, state = opened
    context = window(found, language, scheme, width, state, scripts=scripts)
    page, errors = page_of(context)
    page.goto(f"{address}/upload")
    page.set_input_files("#file", export(tmp_path / "bestellingen.csv", 1 + scripts))
    page.click("form.taking button")
    page.wait_for_selector(".outcome")
    assert page.locator(".adds dd").all_inner_texts() == ["120", "119", "0", "0", "1"]
    assert page.locator(".outcome b").count() == 0
    if scripts:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("form[action$='/read'] button")
    page.wait_for_selector("text=/Klaar|klaar|ready/" if scripts else "table.imports")
    for path in PAGES if scripts else ():
        shown(page, address + path)
        assert violations(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} pixels wide"
    shown(page, f"{address}/data")
    assert page.locator("table.imports tbody tr").count() >= 1
    assert errors == []
    context.close()
