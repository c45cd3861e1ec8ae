"""A writer killed at any point: the shop is as before it, or as after it, and the next one cleans up."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from effort import WHOLE
from store_kit import counts, import_orders, open_store

from stamgast.store.doctor import examine
from stamgast.store.files import on_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
STEP = 1 if WHOLE else 12
"""Every how manieth thing it does is its last, but for those of the commit."""


class Worker:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "store_worker.py"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, number: int, first: int, many: int) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{what} {number} {first} {many}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    import_orders(open_store(tmp_path), first=0, many=1000)
    made = Worker(tmp_path)
    yield made
    made.close()


def test_killed_at_every_thing_it_does(worker: Worker) -> None:
    """Every n-th system call that Python makes, among them all of the commit's (the last ones)."""
    store = open_store(worker.folder)
    assert worker.ask("count", 0, 1000, 10) == "done0"
    things = int((worker.folder / "done.txt").read_text(encoding="utf-8"))
    first, before, after, swept, how, kill_at = 1010, 0, 0, 0, "", 0
    now = counts(store)
    while how != "done0":
        kill_at += STEP if kill_at < things - 20 else 1
        was = now
        left = len(on_disk(store.lake))
        how = worker.ask("at", kill_at, first, 10)
        now = counts(store)
        swept += len(on_disk(store.lake)) > left
        if now["commits"] == was["commits"]:
            assert now == was
            before += 1
        else:
            assert now["commits"] == was["commits"] + 1
            assert now["statements"] == was["statements"] + 10
            first += 10
            after += how == "killed"
    assert before >= 8
    assert after >= 1
    assert swept >= 3
    assert not [f for f in examine(store) if f.level == "error"]
    import_orders(store, first=first, many=10)
    assert {f.path for f in store.files()} == on_disk(store.lake)
    assert [f.level for f in examine(store)] == ["ok"] * 5


def test_killed_at_random_moments(worker: Worker) -> None:
    store = open_store(worker.folder)
    dice = random.Random(20)  # noqa: S311 - moments, no secrets
    first, killed, now = 1000, 0, counts(store)
    for _ in range(8):
        was = now
        killed += worker.ask("after", dice.randint(1, 250), first, 30_000) == "killed"
        now = counts(store)
        if now["commits"] == was["commits"]:
            assert now == was
        else:
            assert now["statements"] == was["statements"] + 30_000
            first += 30_000
        assert not [f for f in examine(store) if f.level == "error"]
    assert killed >= 4


def test_a_killed_writer_holds_no_lock(worker: Worker) -> None:
    store = open_store(worker.folder)
    assert worker.ask("at", 20, 1000, 10) == "killed"
    assert import_orders(store, first=1000, many=10) == 2
    assert counts(store)["statements"] == 1010
