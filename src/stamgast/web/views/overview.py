"""The overview: what is coming, where customers stand, what needs attention, what to do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.glance import GLAD, WINDOWS
from stamgast.model.log import DAY_US
from stamgast.report.charts import flow_chart
from stamgast.report.svg import columns, stacked_bar
from stamgast.web.page import Page
from stamgast.web.visit import Answer, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.app.finding import Match
    from stamgast.app.glance import Coming, Overview
    from stamgast.app.shop import Shop
    from stamgast.decide.strategies import Strategies, Strategy
    from stamgast.model.log import Instant
    from stamgast.report.model import Month
    from stamgast.web.desk import State

MOST_MOVES = 6
MOST_ADVICE = 6
MOST_JUMPS = 5
NAMED = 3
JUMP_SHARE, JUMP_PEOPLE = 0.25, 10
"""A segment jumped when it changed by that share and by so many people in 30 days."""
LEAST_MONTHS, LABELLED = 2, 3
"""Fewer months are no line; every third month has its name below it."""
STALE_REFRESH_US = 2 * DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """People who go from one stage to another by themselves."""

    before: str
    after: str
    count: int
    worth: int
    first: Instant
    last: Instant
    names: tuple[Match, ...]
    strategy: Strategy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """Advice for a segment with people in it."""

    name: str
    count: int
    revenue: int
    strategy: Strategy


def show(visit: Visit) -> Answer:
    """The page."""
    state = visit.desk.state()
    t = visit.as_of(state)
    page = Page(visit, state, t)
    if state.span is None:
        return Answer(template="empty.html.j2", values={"page": page})
    found, strategies = overview_of(visit, state, t)
    days = next((one for one in WINDOWS if str(one) == visit.query.get("days")), WINDOWS[1])
    coming = [one for one in found.coming if one.at <= t + days * DAY_US]
    values = {
        "page": page,
        "found": found,
        "days": days,
        "windows": WINDOWS,
        "moves": moves(coming, found.names, strategies),
        "coming": len(coming),
        "todo": todo(found, strategies),
        "attention": attention(page, found),
        "bar": stage_bar(page, found),
        "sankey": sankey(page, found),
        "value": value_chart(page, found.months),
    }
    return Answer(template="overview.html.j2", values=values)


def overview_of(visit: Visit, state: State, t: Instant) -> tuple[Overview, Strategies]:
    """The figures, remembered, with the strategies in force."""

    def asked(shop: Shop) -> tuple[Overview, Strategies]:
        return shop.glance.overview(as_of=t), shop.advice.strategies

    return visit.ask(state, ("overview", t), asked, "figures")


def moves(
    coming: Sequence[Coming], names: Mapping[int, Match], strategies: Strategies
) -> list[Move]:
    """Who moves where, the worrying moves first, then by what they are worth."""
    groups: defaultdict[tuple[str, str], list[Coming]] = defaultdict(list)
    for one in coming:
        groups[one.before, one.after].append(one)
    found = [
        Move(
            before=before,
            after=after,
            count=len(group),
            worth=sum(one.worth for one in group),
            first=group[0].at,
            last=group[-1].at,
            names=_names(group, names),
            strategy=strategies.of_stage(after),
        )
        for (before, after), group in groups.items()
    ]
    found.sort(key=lambda one: (one.after in GLAD, -one.worth, one.before, one.after))
    return found[:MOST_MOVES]


def _names(group: Sequence[Coming], names: Mapping[int, Match]) -> tuple[Match, ...]:
    best = sorted(group, key=lambda one: (-one.worth, one.profile))
    return tuple(names[one.profile] for one in best[:NAMED] if one.profile in names)


def todo(found: Overview, strategies: Strategies) -> list[ToDo]:
    """What to do first: by the order of the strategies, for segments with people in them."""
    sized = {one.name: one for one in found.segments}
    chosen = []
    for one in strategies.by_name.values():
        figure = sized.get(one.for_.segment or "")
        if figure is not None and figure.count and one.channels:
            chosen.append(
                ToDo(name=figure.name, count=figure.count, revenue=figure.revenue, strategy=one)
            )
    return chosen[:MOST_ADVICE]


def attention(page: Page, found: Overview) -> list[tuple[str, str]]:
    """What somebody should look at: text and address."""
    told = [
        (text, page.url(f"/segments/{name}")) for name, text in jumped(page, found)[:MOST_JUMPS]
    ]
    quarantine = "/data/quarantine" if page.visit.may("data") else ""
    if found.quarantined:
        told.append((page.count("web.attention.quarantine", found.quarantined), quarantine))
    if found.refreshed_at is None:
        told.append((page.say("web.attention.never_refreshed"), ""))
    elif page.t - found.refreshed_at > STALE_REFRESH_US:
        day = page.formats.day(found.refreshed_at)
        told.append((page.say("web.attention.stale", day=day), ""))
    few = page.few_buyers(found.totals.buyers_365d)
    return [*told, (few, "")] if few else told


def jumped(page: Page, found: Overview) -> list[tuple[str, str]]:
    """Segments that changed much in 30 days, the biggest change first: name and text."""
    changes = []
    for one in found.segments:
        before = found.segments_before.get(one.name, 0)
        moved = one.count - before
        if abs(moved) >= JUMP_PEOPLE and abs(moved) >= JUMP_SHARE * max(before, 1):
            changes.append((abs(moved), one.name, before, one.count))
    changes.sort(key=lambda one: (-one[0], one[1]))
    number = page.formats.number
    return [
        (
            name,
            page.say(
                "web.attention.grew" if after > before else "web.attention.shrank",
                segment=page.segment(name),
                before=number(before),
                after=number(after),
            ),
        )
        for _, name, before, after in changes
    ]


def stage_bar(page: Page, found: Overview) -> str:
    """All profiles as one bar."""
    total = sum(one.count for one in found.stages)
    parts = [
        (one.stage, one.count, f"{page.stage(one.stage)}: {page.formats.number(one.count)}")
        for one in found.stages
    ]
    return stacked_bar(parts, page.count("stages.bar", total))


def value_chart(page: Page, months: Sequence[Month]) -> str:
    """Net revenue per month as bars; empty while there is one month or none."""
    if len(months) < LEAST_MONTHS:
        return ""
    marks = []
    for n, one in enumerate(months):
        below = page.formats.month(one.first_day, short=True) if n % LABELLED == 0 else ""
        title = page.count(
            "figures.month_bar",
            one.orders,
            month=page.formats.month(one.first_day),
            money=page.formats.money(one.revenue),
        )
        marks.append((below, one.revenue, title))
    label = page.say(
        "figures.months_chart",
        start=page.formats.month(months[0].first_day),
        end=page.formats.month(months[-1].first_day),
    )
    return columns(marks, label, page.formats.money)


def sankey(page: Page, found: Overview) -> str:
    """The last twelve months; empty while nobody was known."""
    if not any(flow.before for step in found.steps for flow in step.flows):
        return ""
    return flow_chart(page, found.steps, [one.stage for one in found.stages])
