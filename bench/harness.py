"""Measures two sides of one comparison: alternating, in one run, answers compared.

A figure of a shared machine means little; the ratio of two things measured side by side means
something. Each round runs both sides, the order changing from round to round, and gives one ratio.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed(Generic[T]):
    """An answer, with what it cost: seconds of wall clock and of CPU, child processes included."""

    answer: T
    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a benchmark prints. ``ratio``: the median of ours / theirs over the rounds."""

    name: str
    ours_s: float
    theirs_s: float
    ratio: float
    ours_cpu_s: float
    theirs_cpu_s: float
    cpu_ratio: float
    equal: bool
    rows: int
    rounds: int
    ratios: tuple[float, ...]
    notes: dict[str, float | int | str]

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


def timed(side: Callable[[], T]) -> Timed[T]:
    """Run one side once."""
    gc.collect()
    cpu, wall = _cpu_seconds(), time.perf_counter()
    answer = side()
    wall_s = time.perf_counter() - wall
    return Timed(answer=answer, wall_s=wall_s, cpu_s=_cpu_seconds() - cpu)


def compare(
    name: str,
    ours: Callable[[], T],
    theirs: Callable[[], T],
    *,
    same: Callable[[T, T], bool],
    rows: int,
    rounds: int = ROUNDS,
    **notes: float | str,
) -> Comparison:
    """Alternate the two sides ``rounds`` times, after one run of each that is not timed.

    ``same`` judges the answers of every round.
    """
    equal = same(ours(), theirs())
    our_runs, their_runs = [], []
    for number in range(rounds):
        if number % 2:
            their_run, our_run = timed(theirs), timed(ours)
        else:
            our_run, their_run = timed(ours), timed(theirs)
        equal = equal and same(our_run.answer, their_run.answer)
        our_runs.append((our_run.wall_s, our_run.cpu_s))
        their_runs.append((their_run.wall_s, their_run.cpu_s))
        print(
            f"{name} {number + 1}/{rounds}: ours {our_run.wall_s:.2f} s, theirs {their_run.wall_s:.2f} s",
            file=sys.stderr,
        )
    pairs = list(zip(our_runs, their_runs, strict=True))
    ratios = [ours_[0] / theirs_[0] for ours_, theirs_ in pairs]
    return Comparison(
        name=name,
        ours_s=_median([run[0] for run in our_runs]),
        theirs_s=_median([run[0] for run in their_runs]),
        ratio=_median(ratios),
        ours_cpu_s=_median([run[1] for run in our_runs]),
        theirs_cpu_s=_median([run[1] for run in their_runs]),
        cpu_ratio=_median([ours_[1] / theirs_[1] for ours_, theirs_ in pairs]),
        equal=equal,
        rows=rows,
        rounds=rounds,
        ratios=tuple(round(ratio, 3) for ratio in ratios),
        notes=dict(notes),
    )


def report(comparison: Comparison) -> None:
    """Print as one JSON object on a line of its own; exit with 1 when the answers differed."""
    print(comparison.as_json(), flush=True)
    if not comparison.equal:
        raise SystemExit(1)


def peak_memory_mb(module: str, *arguments: str) -> int:
    """Peak memory of ``python -m module arguments`` in a process of its own, in MB."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.DEVNULL
    ) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)}: exit {child.returncode}")
    return int(usage.ru_maxrss // 1024)


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 4)
