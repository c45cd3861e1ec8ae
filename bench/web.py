"""The web app in a real browser: what somebody waits for on four pages, beside a bare route.

    python -m bench.web [--customers 10000] [--rounds 5] [--folder bench/results] [--shop DIR]

``stamgast serve`` on a copy of the plain synthetic shop (or of ``DIR``) that was refreshed at the end of its log, at which
the clock stands; Chromium by Playwright. Each round opens the overview, types an e-mail address in the search field,
opens a customer nobody opened before, changes a number in the builder, and opens a page of a bare Starlette app. Milliseconds
from the click (the last key, the changed number) until what was asked stands there, without the moment that the page waits
for another key. ``first`` is the overview before anybody asked for it. Then each page once more with an empty
cache over a line of 1.6 Mbit/s with 150 ms: bytes on the wire, and the first paint against that of the very same bytes as
files of a bare app. Needs Chromium.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request  # noqa: TC002 - starlette reads it
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bench.incremental import END, copied
from bench.synthetic_shop import make, options
from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")  # fmt: skip
WANTED_MS = {"overview": 300, "search": 200, "profile": 200, "estimate": 300}
MOST_BYTES = 60 * 1024
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}  # fmt: skip
"""1.6 Mbit/s and 150 ms, as Chromium wants to hear it."""
MOST_PAINT = 1.3
FIRST_S = 900.0
"""So long the first overview may take."""
ENTRY = {
    "label": {"en": "Bench", "nl": "Bench"},
    "where": [{"did": "order", "at_least": 2, "within": "365d"}],
}
"""The segment whose number is changed."""
BARE = "<!doctype html><html lang=en><title>bare</title><main><h1>bare</h1></main>"
READY = """() => document.querySelector('main')
    && !document.querySelector('meta[http-equiv=refresh]')"""
PAINT = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)[0]"
WATCH = """({field, found, done}) => {
    const asked = document.querySelector(field);
    window.benchSent = window.benchSeen = 0;
    const until = () => {
        const one = document.querySelector(found);
        if (!window.benchSeen && one && new RegExp(done).test(one.textContent)) {
            window.benchSeen = performance.now();
        }
    };
    document.addEventListener('htmx:before:request', () => {
        window.benchSent = window.benchSent || performance.now();
    }, {once: true});
    new MutationObserver(until).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
"""From when the page sent its question until the answer stands there."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """What one page took, in milliseconds and bytes."""

    waits: list[float] = field(default_factory=list)
    wire: int = 0
    paint: float = 0.0
    static_paint: float = 0.0

    def as_json(self, wanted: float | None = None) -> dict[str, Any]:
        """With the median of the waits."""
        found: dict[str, Any] = {"wire_bytes": self.wire} if self.wire else {}
        if self.waits:
            found |= {
                "ms": round(statistics.median(self.waits), 1),
                "worst_ms": round(max(self.waits), 1),
            }
        if self.static_paint:
            ratio = round(self.paint / self.static_paint, 2)
            found |= {"paint_ms": self.paint, "static_paint_ms": self.static_paint, "ratio": ratio}
        return found | ({} if wanted is None else {"wanted_ms": wanted})


# --- what is opened ---------------------------------------------------------------------------------


@contextmanager
def process_of(option: str, folder: Path) -> Iterator[str]:
    """A process of its own (``--serve`` a shop, or ``--bare``, see there); the first line that it says."""
    command = [sys.executable, "-m", "bench.web", option, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is piped
            yield process.stdout.readline().strip()
        finally:
            process.kill()  # a question of minutes is not waited for
            process.wait()


def serve(shop: Path) -> None:
    """What ``stamgast serve`` does, at the end of the log."""
    from stamgast.web.serve import serve as serve_shop  # noqa: PLC0415 - in the child only

    class Standing:
        def now(self) -> int:
            return END + 60_000_000

    serve_shop(shop, "127.0.0.1", 0, lambda _, link: print(link, flush=True), clock=Standing())


def serve_bare(folder: Path) -> None:
    """``/`` and whatever ``folder`` holds: the body, and beside it its headers."""

    async def nothing(_: Request) -> Response:
        return HTMLResponse(BARE)

    async def held(request: Request) -> Response:
        name = request.path_params["name"].replace("/", "~")
        headers = json.loads((folder / f"{name}.json").read_text("utf-8"))
        return Response((folder / name).read_bytes(), headers=headers)

    app = Starlette(routes=[Route("/", nothing), Route("/{name:path}", held)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    started = server.startup

    async def startup(*given: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        await started(*given, **named)
        port = server.servers[0].sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}", flush=True)

    server.startup = startup  # type: ignore[method-assign] # it tells where it listens
    server.run()


# --- what is waited for -----------------------------------------------------------------------------


def opened(page: Page, address: str, most_s: float = 60.0) -> float:
    """Go there until its figures stand there; milliseconds."""
    started = time.perf_counter()
    page.goto(address)
    while not _ready(page):
        if time.perf_counter() - started > most_s:
            raise TimeoutError(address)
        page.wait_for_timeout(250)
    if time.perf_counter() - started < 2:
        return float(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    return 1000 * (time.perf_counter() - started)


def _ready(page: Page) -> bool:
    from playwright.sync_api import Error  # noqa: PLC0415 - with a browser only

    try:
        return bool(page.evaluate(READY))
    except Error:  # it is loading itself again
        return False


def typed(page: Page, address: str, email: str) -> float:
    """Type an address in the search field; milliseconds until who it is stands there."""
    opened(page, f"{address}/customers")
    number = email.partition("@")[0].removeprefix("klant")  # the address itself is shown in part
    page.locator("#q").press_sequentially(email[:-1], delay=5)
    page.wait_for_timeout(600)
    page.evaluate(WATCH, {"field": "#q", "found": "#found", "done": number})
    page.locator("#q").press_sequentially(email[-1:])
    return _waited(page)


def built(page: Page, number: int) -> float:
    """Change a number in the builder; milliseconds until a count stands there."""
    page.evaluate(
        "() => { const one = document.querySelector('#side .big'); if (one) one.textContent = '…'; }"
    )
    page.evaluate(WATCH, {"field": "#builder", "found": "#side .big", "done": "[0-9]"})
    field_ = page.locator("#builder input[value='2']:visible").first
    field_.fill(str(number))
    return _waited(page)


def _waited(page: Page) -> float:
    _until(page, "window.benchSeen > 0")
    return float(page.evaluate("window.benchSeen - window.benchSent"))


def _until(page: Page, said: str, most_s: float = 120.0) -> Any:  # noqa: ANN401 - of a page
    """Ask until it is so; Playwright's own way of waiting needs what the pages forbid."""
    started = time.perf_counter()
    while not (found := page.evaluate(said)):
        if time.perf_counter() - started > most_s:
            raise TimeoutError(said)
        page.wait_for_timeout(20)
    return found


# --- bytes and first paint --------------------------------------------------------------------------


def painted(
    context: BrowserContext, address: str
) -> tuple[float, int, dict[str, tuple[bytes, dict[str, str]]]]:
    """Milliseconds to the first paint over a slow line with an empty cache, bytes on the wire, and what came."""
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.send("Network.emulateNetworkConditions", SLOW)
    wire: list[int] = []
    line.on("Network.loadingFinished", lambda one: wire.append(int(one["encodedDataLength"])))
    came: dict[str, tuple[bytes, dict[str, str]]] = {}
    answers: list[Any] = []
    page.on("response", lambda one: answers.append(one))  # noqa: PLW0108 - playwright writes on it
    page.goto(address, wait_until="load")
    paint = _until(page, PAINT)
    for answer in answers:
        place = urlsplit(answer.url)
        headers = {"content-type": answer.headers.get("content-type", "text/html")}
        body = answer.body()
        if answer.headers.get("content-encoding") == "gzip":
            body, headers["content-encoding"] = gzip.compress(body, 9), "gzip"
        came[place.path.strip("/") or "index"] = (body, headers)
    page.close()
    return round(float(paint), 1), sum(wire), came


def keep(came: dict[str, tuple[bytes, dict[str, str]]], folder: Path) -> None:
    """Put what came where the bare app finds it."""
    for name, (body, headers) in came.items():
        file = folder / name.replace("/", "~")
        file.write_bytes(body)
        file.with_name(f"{file.name}.json").write_text(json.dumps(headers), "utf-8")


# --- the run ----------------------------------------------------------------------------------------


def customers_of(shop: Path, many: int) -> list[tuple[int, str]]:
    """Profiles and their e-mail addresses, spread over the shop."""
    with Shop.open(shop) as opened_shop:
        rows = opened_shop.sql(
            "SELECT value FROM lake_identifier WHERE kind = 'email' "
            f"ORDER BY hash(identifier_id) LIMIT {many}"
        ).arrow()
        emails = [str(one["value"]) for one in rows.to_pylist()]
        return [(opened_shop.customers.find(f"email:{one}"), one) for one in emails]


def measured(
    found: Browser, link: str, people: list[tuple[int, str]], folder: Path
) -> dict[str, Any]:
    """Every page, ``len(people)`` times."""
    address = link.partition("/enter/")[0]
    seen = {name: Seen() for name in (*WANTED_MS, "bare")}
    context = found.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(link)
    first = opened(page, f"{address}/", FIRST_S)
    with process_of("--bare", folder) as plain:
        for number, (profile, email) in enumerate(people):
            seen["bare"].waits.append(opened(page, f"{plain}/"))
            seen["overview"].waits.append(opened(page, f"{address}/"))
            seen["search"].waits.append(typed(page, address, email))
            seen["profile"].waits.append(opened(page, f"{address}/customers/{profile}"))
            opened(page, f"{address}/segments/bench_buyers/edit", FIRST_S)
            seen["estimate"].waits.append(built(page, 3 + number))
            print(f"round {number + 1} of {len(people)}", file=sys.stderr)
        paths = {
            "overview": "/",
            "search": f"/customers?q={people[0][1]}",
            "profile": f"/customers/{people[0][0]}",
            "estimate": "/segments/bench_buyers/edit",
        }
        for name, path in paths.items():
            one = seen[name]
            one.paint, one.wire, came = painted(context, f"{address}{path}")
            place = urlsplit(path).path.strip("/") or "index"
            keep(came, folder)
            one.static_paint, _, _ = painted(context, f"{plain}/{place}")
    context.close()
    pages = {name: one.as_json(WANTED_MS.get(name)) for name, one in seen.items()}
    return {"first_overview_ms": round(first), "pages": pages}


def missed(pages: dict[str, dict[str, Any]]) -> list[str]:
    """What is not as it should be."""
    found = []
    for name, wanted in WANTED_MS.items():
        one = pages[name]
        if one["ms"] > wanted:
            found.append(f"{name}: {one['ms']} ms")
        if one["wire_bytes"] > MOST_BYTES:
            found.append(f"{name}: {one['wire_bytes']} bytes")
        if one["ratio"] > MOST_PAINT:
            found.append(f"{name}: first paint {one['ratio']}")
    return found


def main() -> None:
    """Measure and print."""
    parser = options(__doc__)
    parser.add_argument("--shop", type=Path, help="A shop that is there, of so many customers.")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    if given.bare:
        serve_bare(given.bare)
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - with a browser only

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    base = given.shop or make(given.folder, customers=given.customers).folder
    with tempfile.TemporaryDirectory(dir=base.parent) as name:
        shop, kept = copied(base, Path(name) / "shop"), Path(name) / "kept"
        kept.mkdir()
        with Shop.open(shop) as opened_shop:
            opened_shop.refresh(as_of=END)
            drafts = opened_shop.drafts
            drafts.save(drafts.plan("bench_buyers", ENTRY, as_of=END), "bench")
        people = customers_of(shop, given.rounds)
        with sync_playwright() as playwright, process_of("--serve", shop) as link:
            found = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
            told = measured(found, link, people, kept)
            found.close()
    notes = {"customers": given.customers, "rounds": given.rounds, "missed": missed(told["pages"])}
    print(json.dumps({"name": "web", **told, **notes}), flush=True)


if __name__ == "__main__":
    main()
