"""What runs behind the pages: one thing at a time, with how far it is and what came of it."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.app.generating import Wanted, generate, today
from stamgast.app.shop import Shop
from stamgast.errors import StamgastError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stamgast.app.imports import Undone
    from stamgast.app.mappings import Checked
    from stamgast.clock import Clock
    from stamgast.collect.ingest import Progress
    from stamgast.collect.report import ImportReport

    Tell: TypeAlias = Callable[[int, int], None]

Kind: TypeAlias = Literal["demo", "refresh", "check", "import", "preview", "undo"]
DEMO_CUSTOMERS, DEMO_SEED = 2_000, 1
PART = ".part"
"""What the folder of a demo shop ends with while it is being made."""
READ_PERCENT, REFRESH_PERCENT = 70, 80
"""Where an import stands when its file is read, and when its refresh begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A piece of work."""

    kind: Kind
    percent: int = 0
    ended: bool = False
    error: UserError | None = None
    """Why it did not do what it should."""
    to: str = ""
    """The page that shows what came of it."""


class _StoppedError(Exception):
    """Stamgast stops: what runs is left undone as a whole."""


class Works:
    """Runs work in a thread of its own, one piece at a time."""

    def __init__(self, clock: Clock) -> None:
        """``clock``: of the desk."""
        self._clock = clock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._now: Running | None = None
        self._stopping = False

    @property
    def now(self) -> Running | None:
        """What runs, or ran last and did not do what it should; None: nothing."""
        found = self._now
        return None if found is None or (found.ended and found.error is None) else found

    @property
    def last(self) -> Running | None:
        """What runs, or ran last; None: nothing did."""
        return self._now

    @property
    def busy(self) -> bool:
        """Whether something runs."""
        return self._now is not None and not self._now.ended

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for what runs."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def close(self) -> None:
        """Stop what runs, at its next step: an import or a refresh is then not done at all."""
        self._stopping = True
        self.wait()

    def forget(self) -> None:
        """What went wrong was read."""
        with self._lock:
            if self._now is not None and self._now.ended:
                self._now = None

    # --- kinds of work ----------------------------------------------------------------------------

    def make_demo(self, folder: Path, language: str) -> None:
        """Make the made-up shop at ``folder``: it is there as a whole or not at all."""

        def work(told: Tell) -> None:
            part = folder.with_name(folder.name + PART)
            shutil.rmtree(part, ignore_errors=True)
            wanted = Wanted(
                customers=DEMO_CUSTOMERS,
                seed=DEMO_SEED,
                until=today(),
                shop=part,
                language=language,
            )
            generate(wanted, lambda done, whole: told(done, 2 * whole))
            told(9, 10)
            with Shop.open(part) as shop:
                shop.refresh()
            part.rename(folder)

        self._begin(Running(kind="demo"), work)

    def refresh(self, folder: Path) -> None:
        """Record who is in which stage and segment now."""

        def work(told: Tell) -> None:
            with Shop.open(folder, clock=self._clock) as shop:
                shop.refresh(progress=told)

        self._begin(Running(kind="refresh"), work)

    def check(
        self,
        folder: Path,
        file: Path,
        mapping: Callable[[Shop], str],
        done: Callable[[Checked], None],
    ) -> None:
        """Say what an import would do; ``mapping``: the text of a mapping file, or a name."""

        def work(told: Tell) -> None:
            with Shop.open(folder, clock=self._clock) as shop:
                spec = shop.mappings.read(mapping(shop))
                done(shop.mappings.check(file, spec, progress=_reading(told)))

        self._begin(Running(kind="check"), work)

    def ingest(
        self,
        folder: Path,
        file: Path,
        mapping: Callable[[Shop], str],
        done: Callable[[ImportReport], None],
    ) -> None:
        """Import a file, and refresh. ``mapping``: makes its name, or its file in the shop."""

        def work(told: Tell) -> None:
            with Shop.open(folder, clock=self._clock) as shop:
                report = shop.ingest(file, mapping=mapping(shop), progress=_reading(told))
                self._leads(f"/data/imports/{report.batch}")
                done(report)
                told(REFRESH_PERCENT, 100)
                shop.refresh(progress=_after(told))

        self._begin(Running(kind="import"), work)

    def preview(self, folder: Path, batch: int, to: str, done: Callable[[Undone], None]) -> None:
        """Say what taking an import out would do."""

        def work(told: Tell) -> None:
            with Shop.open(folder, clock=self._clock) as shop:
                done(shop.imports.undo(batch, progress=told))

        self._begin(Running(kind="preview", to=to), work)

    def undo(self, folder: Path, batch: int) -> None:
        """Take an import out."""

        def work(told: Tell) -> None:
            with Shop.open(folder, clock=self._clock) as shop:
                shop.imports.undo(batch, confirmed=True, progress=told, figures=False)

        self._begin(Running(kind="undo", to="/data"), work)

    # --- how --------------------------------------------------------------------------------------

    def _begin(self, running: Running, work: Callable[[Tell], None]) -> None:
        """Raises UserError ``web.busy`` when something runs already."""
        with self._lock:
            if self.busy:
                raise UserError(
                    "web.busy", "something else is being done", hint="wait until it is ready"
                )
            self._now = running
        self._thread = threading.Thread(
            target=self._run, args=(work,), name=f"stamgast-{running.kind}"
        )
        self._thread.start()

    def _run(self, work: Callable[[Tell], None]) -> None:
        error: UserError | None = None
        try:
            work(self._told)
        except UserError as wrong:
            error = wrong
        except _StoppedError:
            error = UserError(
                "web.stopped", "Stamgast was stopped meanwhile", hint="begin it once more"
            )
        except (StamgastError, OSError) as wrong:
            error = UserError("web.work", f"it did not work: {wrong}", hint="try again")
        except Exception as wrong:
            error = UserError(
                "web.work", f"it did not work: {type(wrong).__name__}", hint="try again"
            )
            raise
        finally:
            with self._lock:
                if self._now is not None:
                    self._now = replace(self._now, ended=True, error=error)

    def _leads(self, to: str) -> None:
        with self._lock:
            if self._now is not None:
                self._now = replace(self._now, to=to)

    def _told(self, done: int, whole: int) -> None:
        if self._stopping:
            raise _StoppedError
        with self._lock:
            if self._now is not None:
                self._now = replace(self._now, percent=min(99, 100 * done // max(whole, 1)))


def _reading(told: Tell) -> Callable[[Progress], None]:
    def tell(progress: Progress) -> None:
        share = READ_PERCENT * progress.bytes // max(progress.total_bytes, 1)
        told(share + (progress.step != "reading"), 100)

    return tell


def _after(told: Tell) -> Tell:
    left = 100 - REFRESH_PERCENT
    return lambda done, whole: told(REFRESH_PERCENT + left * done // max(whole, 1), 100)
