"""When customers buy: the Pareto/NBD process, in the shop's own time.

Schmittlein, Morrison and Colombo, "Counting Your Customers: Who Are They and What Will They Do
Next?", Management Science 33 (1), 1987, pages 1-24: while alive a customer buys as a Poisson process
of rate lambda; the life after the first purchase is exponential of rate mu; lambda is
Gamma(r, alpha) and mu Gamma(s, beta) over the customers. A week of this process is a week of the
shop's pace, so seasons and weekdays come on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stamgast.demo.generator.draws import MILLION, ONE, exponential, gamma

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Draws, Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.people import People

SHAPE_RATE, SCALE_RATE_WEEKS = 0.9, 17
"""r and alpha."""
SHAPE_LEAVE, SCALE_LEAVE_WEEKS = 0.7, 40
"""s and beta."""
MOST = 250
"""More purchases than this nobody makes in three years."""
UNKNOWN = 999
"""Which purchase it is, of those at the till by nobody knows who; they are made where a customer is."""
_UNKNOWN_SHARE = 180_000
LONGEST = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """Moments, grouped by nobody: a place of ``People`` each, which one of theirs, and the pace."""

    owner: Ints
    which: Ints
    pace: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a customer buys, as it was drawn: for the truth."""

    mean_gap: Ints
    """1 / lambda, in the shop's pace."""
    leaves: Ints
    """When they stop for good, in the shop's pace."""


def renewals(draws: Draws, name: str, who: Ints, start: Ints, gap: Ints, end: Ints) -> Purchases:
    """A Poisson process for each of ``who``: after ``start``, with a mean ``gap``, before ``end``.

    The third moment of somebody is the same whatever ``end`` is, if it is before it.
    """
    owners, ranks, found = [], [], []
    alive, at = np.arange(len(who), dtype=np.int64), start
    for which in range(1, MOST + 1):
        step = draws.quantile(name, who[alive], exponential(), which) * gap[alive] // ONE
        at = at + step + 1
        stays = at < end[alive]
        alive, at = alive[stays], at[stays]
        if not len(alive):
            break
        owners.append(alive)
        ranks.append(np.full(len(alive), which, dtype=np.int64))
        found.append(at)
    none = [np.zeros(0, dtype=np.int64)]
    return Purchases(
        owner=np.concatenate([*none, *owners]),
        which=np.concatenate([*none, *ranks]),
        pace=np.concatenate([*none, *found]),
    )


def habits(frame: Frame, people: People) -> Habits:
    """How often each buys, and when each stops."""
    draws, week = frame.draws, frame.pace.week
    rate = draws.quantile("rate", people.number, gamma(SHAPE_RATE))
    leave = draws.quantile("leave", people.number, gamma(SHAPE_LEAVE))
    life = draws.quantile("life", people.number, exponential())
    mean_life = np.minimum(week * SCALE_LEAVE_WEEKS * MILLION // leave, LONGEST)
    return Habits(
        mean_gap=np.minimum(week * SCALE_RATE_WEEKS * MILLION // rate, LONGEST),
        leaves=people.since + np.minimum(mean_life, LONGEST // ONE * 64) * life // ONE,
    )


def purchases(frame: Frame, people: People, habit: Habits) -> Purchases:
    """Every purchase: the first when they came, the others while they stay."""
    buyers = np.flatnonzero(people.buys)
    more = renewals(
        frame.draws,
        "buys",
        people.key[buyers],
        people.since[buyers],
        habit.mean_gap[buyers],
        np.minimum(habit.leaves[buyers], frame.end_pace),
    )
    by_nobody = np.flatnonzero(frame.draws.chance("nobody", people.number, _UNKNOWN_SHARE))
    return Purchases(
        owner=np.concatenate([buyers, buyers[more.owner], by_nobody]),
        which=np.concatenate([np.zeros_like(buyers), more.which, np.full_like(by_nobody, UNKNOWN)]),
        pace=np.concatenate([people.since[buyers], more.pace, people.since[by_nobody]]),
    )
