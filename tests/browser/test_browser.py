"""The main path of every page in a real browser: no error in the console, nothing for axe to find."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from browser_kit import CHROMIUM, browser, served, shown, window
from shop_kit import make_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not os.environ.get("STAMGAST_BROWSER"), reason="takes half a minute: make browser"
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2009-06-01T08:00:00", 10),
    (10, "2010-12-05T11:11:11", 500),
]
DAY = "as_of=2010-12-15"
PAGES = (
    f"/?{DAY}",
    f"/lifecycle?{DAY}&from=2010-11-01",
    f"/lifecycle/moved?{DAY}&from=2010-11-01&after=new_buyer",
    f"/lifecycle/people?{DAY}&stage=new_buyer",
    f"/segments?{DAY}",
    f"/segments/one_time_buyers?{DAY}",
    f"/customers?{DAY}&q=10",
    f"/customers/4?{DAY}",
    f"/customers/4?{DAY}&view=desk",
    "/customers/4/identity",
    "/customers/4/erase",
    f"/letter?{DAY}",
    f"/studies?{DAY}&of=overlap",
    f"/extensions?{DAY}",
    "/extensions/employee",
    f"/extensions/high_returner/people?{DAY}",
    f"/strategies?{DAY}",
    f"/lifecycle/thresholds?{DAY}&lifecycle_active=120",
    "/lifecycle/thresholds/versions",
    f"/lifecycle/people?{DAY}&after=drifting&days=30",
    "/account",
    "/users",
    "/segments/nothing",
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
TIMEOUT_MS = 90_000


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str, str]]:
    folder = tmp_path_factory.mktemp("browser") / "shop"
    make_shop(folder, ORDERS).close()
    with served(folder) as (address, link), browser() as found:
        yield found, address, link


@pytest.fixture(scope="module")
def state(opened: tuple[Browser, str, str]) -> object:
    found, _, link = opened
    context = found.new_context()
    context.new_page().goto(link, timeout=TIMEOUT_MS)
    return context.storage_state()


def page_of(context: BrowserContext) -> tuple[Page, list[str]]:
    context.set_default_timeout(TIMEOUT_MS)
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page, errors


def violations(page: Page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only with a browser

    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1280), ("nl", "dark", 390)]
)
def test_every_page_is_clean(
    opened: tuple[Browser, str, str], state: object, language: str, scheme: str, width: int
) -> None:
    found, address, _ = opened
    context = window(found, language, scheme, width, state)
    page, errors = page_of(context)
    for path in PAGES:
        shown(page, address + path)
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} pixels wide"
    context.clear_cookies()
    page.goto(f"{address}/login")
    assert violations(page) == []
    assert [one for one in errors if "404" not in one] == []
    context.close()


def test_the_list_appears_as_somebody_types(
    opened: tuple[Browser, str, str], state: object
) -> None:
    found, address, _ = opened
    context = found.new_context(locale="en", storage_state=state)  # type: ignore[arg-type] # as above
    page, errors = page_of(context)
    page.goto(f"{address}/customers")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator("#q")
    box.press_sequentially("10")
    page.locator("#found a").first.wait_for()
    assert box.evaluate("one => one === document.activeElement")
    assert page.url == f"{address}/customers"
    page.locator("#found a").first.click()
    page.locator("h1").wait_for()
    assert "/customers/" in page.url
    assert errors == []
    context.close()


def test_a_colleague_writes_on_a_customer_without_scripts(
    opened: tuple[Browser, str, str], state: object
) -> None:
    found, address, _ = opened
    context = found.new_context(
        locale="en",
        java_script_enabled=False,
        storage_state=state,  # type: ignore[arg-type] # as above
    )
    page, errors = page_of(context)
    shown(page, f"{address}/customers/4?view=desk")
    page.fill("#note", "Rings before noon")
    page.locator("form.note-form button").click()
    assert "view=desk" in page.url
    assert page.locator(".k-note").inner_text().count("Rings before noon") == 1
    page.locator("#labels ~ details summary").click()
    page.select_option("#label-name", "loyalty_status=GOLD")
    page.locator("#labels ~ details form button").click()
    assert "Gold" in page.locator(".guided").inner_text()
    shown(page, f"{address}/customers/4/identity")
    page.fill("#other", "customer_id:1")
    page.locator("section form button.main").click()
    assert "would do" in page.locator("h1").inner_text()
    shown(page, f"{address}/customers/4/erase")
    page.fill("#typed", "no")
    page.locator("button.danger").click()
    assert "Nothing was erased" in page.locator("[role=alert]").inner_text()
    assert [one for one in errors if "400" not in one] == []
    context.close()


def test_a_list_for_a_label_is_shown_first_and_carried_out_without_scripts(
    opened: tuple[Browser, str, str], state: object
) -> None:
    found, address, _ = opened
    context = window(found, "nl", "dark", 390, state, scripts=False)
    page, errors = page_of(context)
    shown(page, f"{address}/extensions/influencer")
    page.get_by_label("Plak de lijst").fill("1\n10\nniemand@example.com")
    page.get_by_role("button", name="Toon wat er verandert").click()
    assert "niemand@example.com" in page.locator("#main").inner_text()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, f"{wide} pixels wide"
    page.get_by_role("button", name="Voer het uit").click()
    assert "2 kregen het" in page.locator("[role=status].done").inner_text()
    people = page.locator("dl.figures a").first
    assert people.inner_text() == "2"
    people.click()
    assert page.locator("ol.people li").count() == 2
    assert errors == []
    context.close()


def test_without_scripts_everything_works(opened: tuple[Browser, str, str], state: object) -> None:
    found, address, _ = opened
    context = found.new_context(
        locale="en",
        java_script_enabled=False,
        storage_state=state,  # type: ignore[arg-type] # as above
    )
    page, _ = page_of(context)
    page.goto(f"{address}/customers")
    page.fill("#q", "10")
    page.press("#q", "Enter")
    page.locator("#found a").first.click()
    assert "/customers/" in page.url
    shown(page, f"{address}/segments/one_time_buyers?{DAY}")
    page.locator("form[action$=export] button").click()
    assert "may be reached" in page.locator("h1").inner_text()
    context.close()
