"""How requests share one shop: three threads with a shop of their own, and answers remembered.

A shop's engine serves one question at a time. So each *hand* is one thread that opened the shop for
itself: one for figures of the whole shop, one for single customers, so that nobody at the counter
waits for the overview, and one for estimates, which keeps a sample of the customers. All read commits
only: what the command line imports is seen by the next request. Answers are kept per (data version, definition files, instant, question); two requests that
ask the same wait for the same answer.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, cast
from zoneinfo import ZoneInfo

from stamgast.app.shop import Shop
from stamgast.clock import SystemClock
from stamgast.web.uploads import FOLDER as UPLOADS
from stamgast.web.uploads import Uploads
from stamgast.web.work import PART, Works

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from stamgast.app.imports import Undone
    from stamgast.clock import Clock
    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant
    from stamgast.settings import Settings

T = TypeVar("T")
HandName: TypeAlias = Literal["figures", "people", "sample"]
DEMO = "demo-shop"
SCRATCH = "scratch-"
KEPT = 400
"""How many answers are kept; the ones that were asked longest ago go first."""
MOVES_ON_US = 600 * 1_000_000
"""For so long "now" stands still while nothing arrives: figures are of one instant, which pages say."""
MB = 1024 * 1024
PATIENCE_S = 2.0
"""After so long a page says that the figures are being made, and looks again."""


class PendingError(Exception):
    """The answer is being made; ask again in a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the pages of one moment are of."""

    mark: tuple[Hashable, ...]
    """Data version and files; another mark, other answers."""
    t: Instant
    settings: Settings
    definitions: Definitions
    span: tuple[Instant, Instant] | None
    """When the first and the last order were."""

    def local_day(self, t: Instant) -> str:
        """The day of an instant in the shop's zone, ISO 8601."""
        return str(datetime.fromtimestamp(t / 1e6, tz=ZoneInfo(self.settings.zone)).date())


class _Hand:
    """One thread with a shop of its own."""

    def __init__(self, clock: Clock, name: str) -> None:
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"stamgast-{name}")
        self._shop: Shop | None = None
        self._open: Hashable = None

    def submit(self, folder: Path, settings: Hashable, ask: Callable[[Shop], T]) -> Future[T]:
        """``settings``: the mark of the settings file; another one opens the shop anew."""
        return self._thread.submit(self._answer, folder, settings, ask)

    def _answer(self, folder: Path, settings: Hashable, ask: Callable[[Shop], T]) -> T:
        wanted = (folder, settings)
        if self._shop is None or self._open != wanted:
            if self._shop is not None:
                self._shop.close()
                self._shop = None
            self._shop, self._open = Shop.open(folder, clock=self._clock), wanted
        with self._shop.snapshot():
            return ask(self._shop)

    def close(self) -> None:
        def end() -> None:
            if self._shop is not None:
                self._shop.close()

        self._thread.submit(end)
        self._thread.shutdown(wait=True)


class Desk:
    """Answers about one shop, for many requests at once."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        """Raises UserError ``store.missing`` and ``settings.invalid``."""
        self.home = folder
        self.clock = clock or SystemClock()
        self._front = Shop.open(folder, clock=self.clock)
        self._shown: Shop | None = None
        self.users = self._front.glance.users
        self.keys = self._front.glance.keys
        self.patience_s = PATIENCE_S
        self.works = Works(self.clock)
        self.uploads = Uploads(folder / "data" / UPLOADS)
        self._hands = {name: _Hand(self.clock, name) for name in NAMES}
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, Future[object]] = OrderedDict()
        self._t: tuple[Hashable, Instant] | None = None
        self._preview: tuple[int, Hashable, Undone] | None = None

    def close(self) -> None:
        """Give back what the hands hold; waits for what they are at."""
        self.works.close()
        for hand in self._hands.values():
            hand.close()
        self._forget_shown()
        self._front.close()

    # --- the demo shop ----------------------------------------------------------------------------

    @property
    def demo(self) -> Path:
        """Where the demo shop stands, once it is made."""
        return self.home / "data" / DEMO

    @property
    def is_demo(self) -> bool:
        """Whether pages are of the demo shop, and not of the shop's own data."""
        return self.demo.is_dir()

    @property
    def folder(self) -> Path:
        """The shop that pages are of."""
        return self.demo if self.is_demo else self.home

    def remove_demo(self) -> None:
        """Take the demo shop away; pages are of the shop's own data again."""
        gone = self.demo.with_name(f"{DEMO}{PART}")
        shutil.rmtree(gone, ignore_errors=True)
        self.demo.rename(gone)
        self._forget_shown()
        for name in NAMES:  # a hand that is at work goes on with its own until it is ready
            self._hands[name].submit(self.home, self.mark()[1], lambda _: None).result()
        shutil.rmtree(gone, ignore_errors=True)

    def _forget_shown(self) -> None:
        with self._lock:
            if self._shown is not None:
                self._shown.close()
            self._shown = None

    def most_upload_bytes(self) -> int:
        """The largest file that is taken."""
        return self.state().settings.upload_mb * MB

    def preview_of(self, batch: int) -> Undone | None:
        """What taking an import out would do, as long as nothing changed since it was asked."""
        with self._lock:
            kept = self._preview
        if kept is None or kept[:2] != (batch, self.mark()):
            return None
        return kept[2]

    def keep_preview(self, batch: int, mark: Hashable, found: Undone) -> None:
        """Remember it."""
        with self._lock:
            self._preview = (batch, mark, found)

    def scratch(self) -> Path:
        """A folder of its own for a file that is handed over at once."""
        self.uploads.folder.mkdir(mode=0o700, exist_ok=True)
        return Path(mkdtemp(prefix=SCRATCH, dir=self.uploads.folder))

    # --- answers ----------------------------------------------------------------------------------

    def mark(self) -> tuple[Hashable, ...]:
        """Data version, then the settings file and the definition files as they are on disk."""
        folder = self.folder
        if folder == self.home:
            return (self._front.glance.version(), *self._files())
        with self._lock:
            if self._shown is None:
                self._shown = Shop.open(folder, clock=self.clock)
            return (self._shown.glance.version(), *self._files())

    def state(self) -> State:
        """What pages are of now."""
        mark = self.mark()
        settings, definitions, span = self.ask(
            ("state",),
            lambda shop: (shop.settings, shop.definitions, shop.glance.span()),
            mark=mark,
        )
        now = self.clock.now()
        with self._lock:
            if self._t is None or self._t[0] != mark or not 0 <= now - self._t[1] < MOVES_ON_US:
                self._t = (mark, now)
            t = self._t[1]
        return State(mark=mark, t=t, settings=settings, definitions=definitions, span=span)

    def ask(
        self,
        question: tuple[Hashable, ...],
        answer: Callable[[Shop], T],
        *,
        mark: tuple[Hashable, ...],
        hand: HandName = "people",
        patience_s: float | None = None,
    ) -> T:
        """The answer, remembered. ``question`` names it with all that it depends on.

        Raises PendingError after ``patience_s`` (None: it waits); the answer is made all the same.
        """
        key = (mark, *question)
        with self._lock:
            found = self._known.get(key)
            if found is None:
                found = cast(
                    "Future[object]", self._hands[hand].submit(self.folder, mark[1], answer)
                )
                self._known[key] = found
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        try:
            return cast("T", found.result(timeout=patience_s))
        except Late:
            raise PendingError from None
        except BaseException:
            with self._lock:
                self._known.pop(key, None)
            raise

    def known(self, question: tuple[Hashable, ...], *, mark: tuple[Hashable, ...]) -> bool:
        """Whether the answer is there already."""
        with self._lock:
            found = self._known.get((mark, *question))
        return found is not None and found.done() and found.exception() is None

    def do(self, act: Callable[[Shop], T], hand: HandName = "people") -> T:
        """Something that is not remembered: an export, a write."""
        return self._hands[hand].submit(self.folder, self.mark()[1], act).result()

    def forget(self) -> None:
        """Let go of every answer: somebody in them was erased."""
        with self._lock:
            self._known.clear()

    def _files(self) -> tuple[Hashable, ...]:
        folder = self.folder
        settings = folder / "stamgast.toml"
        own = sorted((folder / "definitions").rglob("*.y*ml"))
        return tuple(
            (str(path), stat.st_mtime_ns, stat.st_size)
            for path in (settings, *own)
            if path.is_file() and (stat := path.stat())
        )


NAMES: tuple[HandName, ...] = ("figures", "people", "sample")
