"""What runs behind the pages: one thing at a time, with how far it is."""

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

    from stamgast.clock import Clock

Kind: TypeAlias = Literal["demo", "refresh"]
DEMO_CUSTOMERS, DEMO_SEED = 2_000, 1
PART = ".part"
"""What the folder of a demo shop ends with while it is being made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A piece of work."""

    kind: Kind
    percent: int = 0
    ended: bool = False
    error: UserError | None = None
    """Why it did not do what it should."""


class Works:
    """Runs work in a thread of its own, one piece at a time."""

    def __init__(self, clock: Clock) -> None:
        """``clock``: of the desk."""
        self._clock = clock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._now: Running | None = None

    @property
    def now(self) -> Running | None:
        """What runs, or ran last and did not do what it should; None: nothing."""
        found = self._now
        return None if found is None or (found.ended and found.error is None) else found

    def close(self) -> None:
        """Wait for what runs."""
        if self._thread is not None:
            self._thread.join()

    def make_demo(self, folder: Path, language: str) -> None:
        """Make the made-up shop at ``folder``: it is there as a whole or not at all."""

        def work(told: Callable[[int, int], None]) -> None:
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

        self._begin("demo", work)

    def refresh(self, folder: Path) -> None:
        """Record who is in which stage and segment now."""

        def work(told: Callable[[int, int], None]) -> None:
            with Shop.open(folder, clock=self._clock) as shop:
                shop.refresh(progress=told)

        self._begin("refresh", work)

    def _begin(self, kind: Kind, work: Callable[[Callable[[int, int], None]], None]) -> None:
        """Raises UserError ``web.busy`` when something runs already."""
        with self._lock:
            if self._now is not None and not self._now.ended:
                raise UserError(
                    "web.busy", "something else is being done", hint="wait until it is ready"
                )
            self._now = Running(kind=kind)
        self._thread = threading.Thread(target=self._run, args=(work,), name=f"stamgast-{kind}")
        self._thread.start()

    def _run(self, work: Callable[[Callable[[int, int], None]], None]) -> None:
        error: UserError | None = None
        try:
            work(self._told)
        except UserError as wrong:
            error = wrong
        except (StamgastError, OSError) as wrong:
            error = UserError("web.work", f"it did not work: {wrong}", hint="try again")
        with self._lock:
            if self._now is not None:
                self._now = replace(self._now, ended=True, error=error)

    def _told(self, done: int, whole: int) -> None:
        with self._lock:
            if self._now is not None:
                self._now = replace(self._now, percent=min(99, 100 * done // max(whole, 1)))
