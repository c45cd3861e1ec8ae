"""Which advice comes first for one profile: a pure function of the facts, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stamgast.decide.models import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.decide.models import Level
    from stamgast.decide.strategies import Strategies, Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A label that a profile carries."""

    value: str = ""
    priority: int = 0
    """Of its treatment: breaks ties inside a level, the highest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides about advice, of one profile at one instant."""

    stage: str | None = None
    """None: the profile is not there yet."""
    anonymous: bool = False
    segments: frozenset[str] = frozenset()
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    open_problems: int = 0
    """Those that wait for an answer."""
    troubled: bool = True
    """Whether any problem is open: without one what is for problems goes with the segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A strategy that applies, and what made it stand where it does."""

    strategy: Strategy
    level: Level
    priority: int
    """Of the extension it applies by; 0 without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do for one profile: the first is the advice, the others are listed after it."""

    chosen: tuple[Chosen, ...]

    @property
    def top(self) -> Chosen | None:
        """The one on top; None when nothing applies."""
        return self.chosen[0] if self.chosen else None

    @property
    def won_by(self) -> str:
        """Why the first goes before the second: ``only``, ``level``, ``priority`` or ``order``."""
        if len(self.chosen) < 2:  # noqa: PLR2004 - there is nobody to win from
            return "only"
        first, second = self.chosen[:2]
        if first.level != second.level:
            return "level"
        return "priority" if first.priority != second.priority else "order"


def advise(strategies: Strategies, facts: Facts) -> Advice:
    """Every strategy that applies, the most urgent first.

    By level (``do_not_contact``, ``vulnerable``, open problem, due, cart, segment, stage), inside a
    level by the priority of the extension (none is 0), then by the order in ``strategies.yaml``.
    """
    found = [
        Chosen(
            strategy=one,
            level="segment" if one.level == "problem" and not facts.troubled else one.level,
            priority=facts.extensions[one.for_.extension].priority if one.for_.extension else 0,
        )
        for one in strategies.by_name.values()
        if applies(one, facts)
    ]
    rank = {level: n for n, level in enumerate(LEVELS)}
    found.sort(key=lambda one: (rank[one.level], -one.priority, one.strategy.order))
    return Advice(chosen=tuple(found))


def applies(strategy: Strategy, facts: Facts) -> bool:
    """Whether a strategy is for a profile of these facts."""
    for_ = strategy.for_
    if strategy.stages and facts.stage not in strategy.stages:
        return False
    if for_.stage is not None:
        fits = for_.anonymous is None or for_.anonymous == facts.anonymous
        return facts.stage == for_.stage and fits
    if for_.segment is not None:
        return for_.segment in facts.segments
    if for_.extension is not None:
        carried = facts.extensions.get(for_.extension)
        return carried is not None and (not for_.values or carried.value in for_.values)
    return facts.open_problems > 0
