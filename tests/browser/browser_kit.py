"""A running Stamgast and a real browser, for the browser tests and for ``make screenshots``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


@contextmanager
def served(shop: Path) -> Iterator[tuple[str, str]]:
    """Address and sign-in link of a shop that is being served by the command."""
    command = [
        sys.executable,
        "-m",
        "stamgast",
        "--shop",
        str(shop),
        "serve",
        "--port",
        "0",
        "--json",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield told["address"], told["sign_in"] or ""
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only with a browser

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        try:
            yield opened
        finally:
            opened.close()


def shown(page: Page, address: str) -> None:
    """Go there, and wait until its figures are made: until then it loads itself again."""
    page.goto(address)
    for _ in range(240):
        page.wait_for_load_state("load")
        if page.locator("main").count() and page.locator("meta[http-equiv=refresh]").count() == 0:
            return
        page.wait_for_timeout(500)
    raise TimeoutError(address)


def window(
    found: Browser,
    language: str,
    scheme: str,
    width: int,
    state: object,
    *,
    scripts: bool = True,
) -> BrowserContext:
    """A window of somebody who is signed in; ``scheme``: light or dark, ``state``: as a browser gave it."""
    return found.new_context(
        locale=language,
        color_scheme=scheme,  # type: ignore[arg-type] # light or dark
        viewport={"width": width, "height": 844},
        storage_state=state,  # type: ignore[arg-type] # as the browser gave it
        java_script_enabled=scripts,
    )
