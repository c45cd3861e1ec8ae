"""The builder of segments in a real browser: rows, live count, focus, Enter, saving; with and without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser_kit import CHROMIUM, shown, window
from test_browser import opened, page_of, pytestmark, state, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["CHROMIUM", "opened", "pytestmark", "state"]
DAY = "as_of=2010-12-15"
HEAVY = (
    f"/segments/new?{DAY}",
    f"/segments/dissatisfied/edit?{DAY}",
    f"/segments/best_buyers/edit?{DAY}",
    f"/segments/cart_abandoners/edit?{DAY}",
)


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "dark", 1280), ("nl", "light", 390)]
)
def test_the_builder_is_clean_and_counts_while_one_types(
    opened: tuple[Browser, str, str],
    state: object,
    language: str,
    scheme: str,
    width: int,
) -> None:
    found, address, _ = opened
    context = window(found, language, scheme, width, state)
    page, errors = page_of(context)
    for path in HEAVY:
        shown(page, address + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    shown(page, address + HEAVY[0])
    page.locator("#add-root button[value$=':did']").click()
    count = page.locator(".count .big")
    page.wait_for_selector(".count .big")
    assert count.inner_text() == "3"
    number = page.locator("input[name$='.within']")
    number.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    page.wait_for_selector(".count .big:text-is('2')")
    assert page.evaluate("document.activeElement.name").endswith(".within")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.wait_for_selector(".count .big")
    assert page.locator("fieldset.cond").count() == 1
    assert count.inner_text() == "2"
    page.locator("button[value=more]").click()
    page.wait_for_selector("#past")
    assert violations(page) == []
    page.fill(f"#label_{language}", "Twenty")
    page.locator("button[value=plan]").click()
    page.wait_for_selector("form[action='/segments/save']")
    assert violations(page) == []
    assert errors == []
    context.close()


def test_a_segment_is_built_and_saved_without_scripts(
    opened: tuple[Browser, str, str],
    state: object,
) -> None:
    found, address, _ = opened
    context = found.new_context(
        locale="en",
        java_script_enabled=False,
        storage_state=state,  # type: ignore[arg-type] # as above
    )
    page, errors = page_of(context)
    page.goto(f"{address}/segments/new")
    page.locator("#add-root button[value$=':trait']").click()
    page.locator("select[name$='.name']").select_option("orders")
    page.locator("input[name=label_en]").press("Enter")
    page.locator("select[name$='.op']").select_option("gte")
    page.locator("input[name$='.c.0.value']").fill("2")
    page.locator("input[name=label_en]").fill("Came twice")
    page.locator("button[value=plan]").click()
    page.locator("form[action='/segments/save'] button").click()
    assert page.url.partition("?")[0] == f"{address}/segments/came_twice/versions"
    page.locator("form[action$='/undo'] button").click()
    page.locator("form[action='/segments/save'] button").click()
    assert page.url.partition("?")[0] == f"{address}/segments"
    assert errors == []
    context.close()
