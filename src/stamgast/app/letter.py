"""``shop.glance.letter``: what a shop should know on Monday: what changed, three things to do, what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.app.figures import taken
from stamgast.app.glance import GLAD, WINDOWS
from stamgast.decide.messages import Message
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.app.core import Core
    from stamgast.app.finding import Match
    from stamgast.app.glance import Coming, Overview
    from stamgast.app.quality import Check, Drop
    from stamgast.app.shop import Shop
    from stamgast.decide.strategies import Strategies, Strategy
    from stamgast.model.log import Instant
    from stamgast.report.model import Flow
    from stamgast.report.words import Language

WEEK_US = 7 * DAY_US
YEAR_AGO_US = 364 * DAY_US
"""A year ago on the same day of the week."""
THINGS = 3
LISTED = 10
"""So many people of each are named, those worth most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What a week brought."""

    orders: int
    revenue: int
    """Net."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """Something to do this week, for whom, and what to say."""

    strategy: Strategy
    segment: str
    """The segment it is for; empty: for who is about to change stage."""
    before: str
    after: str
    """Of who is about to change: from which stage to which."""
    count: int
    worth: int
    """Their net revenue of 365 days."""
    last: Instant | None
    """Of who is about to change: when the last of them does."""
    people: tuple[tuple[Match, int], ...]
    """The first of them, with what they brought in 365 days."""
    message: Message
    """As it would be for the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A week of a shop."""

    as_of: Instant
    start: Instant
    week: Sold
    before: Sold
    """The week before it."""
    year_ago: Sold
    """The same week a year before."""
    customers: int
    """Profiles with a purchase."""
    loyal: int
    moves: tuple[Flow, ...]
    """Who went from one stage to another in it, the largest group first."""
    jumps: tuple[tuple[str, int, int], ...]
    """Segments that changed most in 30 days: name, before and now."""
    todo: tuple[ToDo, ...]
    checks: tuple[Check, ...]
    """What data lacks, of what asks for attention."""
    drops: tuple[Drop, ...]


def letter_of(
    core: Core, shop: Shop, t: Instant, language: Language, overview: Overview | None = None
) -> Letter:
    """The letter of the week that ends at t. ``overview``: of t, where it was asked already."""
    found = overview or shop.glance.overview(as_of=t)
    (step,) = shop.lifecycle.flows("7 days", as_of=t, everybody=False)
    moved = [one for one in step.flows if one.before and one.before != one.after]
    quality = shop.quality.report(as_of=t)
    return Letter(
        as_of=t,
        start=t - WEEK_US,
        week=_sold(core, t),
        before=_sold(core, t - WEEK_US),
        year_ago=_sold(core, t - YEAR_AGO_US),
        customers=found.totals.customers,
        loyal=sum(one.count for one in found.stages if one.stage == "loyal"),
        moves=tuple(sorted(moved, key=lambda one: (-one.count, one.before, one.after))),
        jumps=_jumps(found),
        todo=tuple(_todo(shop, found, t, language)),
        checks=tuple(one for one in quality.checks if one.asks),
        drops=quality.drops,
    )


def _sold(core: Core, t: Instant) -> Sold:
    orders, revenue = taken(core, t - WEEK_US, t)
    return Sold(orders=orders, revenue=revenue)


def _jumps(found: Overview) -> tuple[tuple[str, int, int], ...]:
    changed = [
        (one.name, found.segments_before.get(one.name, 0), one.count) for one in found.segments
    ]
    changed = [one for one in changed if abs(one[2] - one[1]) >= max(5, one[1] / 4)]
    changed.sort(key=lambda one: (-abs(one[2] - one[1]), one[0]))
    return tuple(changed[:3])


def _todo(shop: Shop, found: Overview, t: Instant, language: Language) -> list[ToDo]:
    """Who slips away first, then the segments that wait, in the order of the strategies."""
    strategies = shop.advice.strategies
    soon = _slipping(found.coming, t)
    things = []
    if soon:
        one = _before_it_happens(shop, strategies, soon)
        things += [one] if one else []
    sized = {one.name: one for one in found.segments}
    for strategy in strategies.by_name.values():
        figure = sized.get(strategy.for_.segment or "")
        if len(things) == THINGS:
            break
        if figure is None or not figure.count or not strategy.channels:
            continue
        if strategy.level in {one.strategy.level for one in things if one.segment}:
            continue  # else it is about the same people once more
        people = shop.glance.best_members(figure.name, as_of=t, most=LISTED)
        things.append(
            ToDo(
                strategy=strategy,
                segment=figure.name,
                before="",
                after="",
                count=figure.count,
                worth=figure.revenue,
                last=None,
                people=people,
                message=Message(),
            )
        )
    return [_with_message(shop, one, t, language) for one in things]


def _slipping(coming: Sequence[Coming], t: Instant) -> list[Coming]:
    """Of the moves of this week away from where one wants people, the one that is worth most."""
    groups: dict[tuple[str, str], list[Coming]] = {}
    for one in coming:
        if one.at <= t + WINDOWS[0] * DAY_US and one.after not in GLAD:
            groups.setdefault((one.before, one.after), []).append(one)
    return max(
        groups.values(), key=lambda some: (sum(one.worth for one in some), len(some)), default=[]
    )


def _before_it_happens(shop: Shop, strategies: Strategies, soon: list[Coming]) -> ToDo | None:
    before, after = soon[0].before, soon[0].after
    strategy = strategies.of_stage(after)
    if strategy is None:
        return None
    best = sorted(soon, key=lambda one: (-one.worth, one.profile))[:LISTED]
    names = shop.glance.described(one.profile for one in best)
    return ToDo(
        strategy=strategy,
        segment="",
        before=before,
        after=after,
        count=len(soon),
        worth=sum(one.worth for one in soon),
        last=soon[-1].at,
        people=tuple((names[one.profile], one.worth) for one in best),
        message=Message(),
    )


def _with_message(shop: Shop, one: ToDo, t: Instant, language: Language) -> ToDo:
    if not one.people:
        return one
    advice = shop.advice.show(one.people[0][0].profile_id, as_of=t)
    message = shop.advice.message(advice, language, strategy=one.strategy.name)
    return replace(one, message=message)
