"""Writes every page as a picture: both languages, light and dark, desktop and phone.

Run by ``make screenshots``: ``python tests/browser/screenshots.py SHOP FOLDER``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from browser_kit import browser, served, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = {
    "overview": "/",
    "overview-30": "/?days=30",
    "lifecycle": "/lifecycle",
    "segments": "/segments",
    "segment": "/segments/dissatisfied",
    "segment-ranked": "/segments/vip",
    "builder-new": "/segments/new",
    "builder-nested": "/segments/dissatisfied/edit",
    "builder-ranked": "/segments/best_buyers/edit",
    "builder-sequence": "/segments/cart_abandoners/edit",
    "versions": "/segments/vip/versions",
    "letter": "/letter",
    "study-coupons": "/studies",
    "study-best": "/studies?of=best_buyers",
    "study-cohorts": "/studies?of=cohorts",
    "study-overlap": "/studies?of=overlap",
    "strategies": "/strategies",
    "extensions": "/extensions",
    "extension": "/extensions/loyalty_status",
    "extension-people": "/extensions/loyalty_status/people",
    "thresholds": "/lifecycle/thresholds?lifecycle_active=120",
    "thresholds-versions": "/lifecycle/thresholds/versions",
    "coming": "/lifecycle/people?after=drifting&days=14",
    "customers": "/customers?q=jansen",
    "data": "/data",
    "import": "/data/imports/1",
    "quarantine": "/data/quarantine",
    "quarantined": "/data/quarantine/1",
    "upload": "/upload",
    "settings": "/settings",
    "calendars": "/settings/calendars",
    "keys": "/settings/keys",
    "audit": "/settings/audit",
    "account": "/account",
    "users": "/users",
    "mistake": "/segments/nothing",
}
TIMEOUT_MS = 120_000
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def main(shop: Path, folder: Path, only: str = "") -> None:
    """All of them, or those whose name contains ``only``."""
    folder.mkdir(parents=True, exist_ok=True)
    with served(shop) as (address, link), browser() as opened:
        state = _sign_in(opened, link)
        for language in ("en", "nl"):
            for scheme in ("light", "dark"):
                for size, (width, height) in SIZES.items():
                    name = f"{language}-{scheme}-{size}"
                    if not re.search(only, name):
                        continue
                    context = opened.new_context(
                        locale=language,
                        color_scheme=scheme,
                        viewport={"width": width, "height": height},
                        storage_state=state,  # type: ignore[arg-type] # as the browser gave it
                    )
                    context.set_default_timeout(TIMEOUT_MS)
                    _shoot(context.new_page(), address, folder, name)
                    context.close()


def _sign_in(opened: Browser, link: str) -> object:
    context = opened.new_context()
    context.new_page().goto(link)
    return context.storage_state()


def _shoot(page: Page, address: str, folder: Path, name: str) -> None:
    wanted = dict(PAGES)
    shown(page, f"{address}/lifecycle")
    first = page.locator("table.moved a").first
    wanted["moved"] = str(first.get_attribute("href"))
    shown(page, f"{address}/segments/dissatisfied")
    wanted["customer"] = str(page.locator("ol.people a").first.get_attribute("href"))
    wanted["customer-desk"] = f"{wanted['customer']}?view=desk".replace("?as_of", "&as_of")
    wanted["identity"] = wanted["customer"].partition("?")[0] + "/identity"
    wanted["erase"] = wanted["customer"].partition("?")[0] + "/erase"
    for label, path in wanted.items():
        shown(page, address + path)
        page.screenshot(path=folder / f"{label}-{name}.png", full_page=True)
    shown(page, f"{address}/segments/dissatisfied")
    page.locator("form[action$=export] button").click()
    page.screenshot(path=folder / f"exported-{name}.png", full_page=True)
    shown(page, f"{address}/extensions/influencer")
    page.locator("#text").fill("klant9000000000@example.com\nnobody@example.com")
    page.locator("form[action='/extension-lists'] button").click()
    page.screenshot(path=folder / f"extension-list-{name}.png", full_page=True)
    shown(page, f"{address}/segments/lost_customers/edit")
    with page.expect_response(lambda one: one.url.endswith("/segments/build")):
        page.locator("select[name$='.op']").first.select_option("newer_than")
    page.locator("button[value=more]").click()
    page.wait_for_selector("#past")
    page.screenshot(path=folder / f"builder-more-{name}.png", full_page=True)
    page.locator("button[value=plan]").click()
    page.wait_for_selector("form[action='/segments/save']")
    page.screenshot(path=folder / f"builder-plan-{name}.png", full_page=True)
    page.context.clear_cookies()
    shown(page, f"{address}/login")
    page.screenshot(path=folder / f"login-{name}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
