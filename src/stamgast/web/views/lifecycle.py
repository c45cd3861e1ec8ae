"""The lifecycle: stages with their rules, who moved between two days, and who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stamgast.app.instants import before
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.report.insight import InsightWriter
from stamgast.report.svg import stacked_bar
from stamgast.web.page import Page
from stamgast.web.views.overview import overview_of
from stamgast.web.visit import Answer, Visit, not_found

if TYPE_CHECKING:
    from markupsafe import Markup

    from stamgast.app.shop import Shop
    from stamgast.measure.model import Insight
    from stamgast.model.log import Instant
    from stamgast.web.desk import State

BACK = "90 days"
MOST_ROWS = 8
"""So many moves are shown at once; the others on request."""
WORTH = {
    "prospect": 0,
    "red_alert": 1,
    "at_risk": 2,
    "sleeper": 1,
    "drifting": 2,
    "new_buyer": 3,
    "promising": 4,
    "loyal": 5,
}
"""The stages that ship, the better ones higher: a move to a lower one is somebody slipping away."""


def show(visit: Visit) -> Answer:
    """Stages and flows between two days, which one may choose."""
    state = visit.desk.state()
    t = visit.as_of(state)
    page = Page(visit, state, t)
    if state.span is None:
        return Answer(template="empty.html.j2", values={"page": page})
    start, end = bounds(visit, state, t)
    found, strategies = overview_of(visit, state, t)

    def asked(shop: Shop) -> Insight:
        return shop.insight.flows(start, end).insight

    flows = visit.ask(state, ("flows", start, end), asked, "figures")
    names = [column.name for column in flows.columns]
    rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in flows.rows]
    values = {
        "page": page,
        "found": found,
        "advice": {one.stage: strategies.of_stage(one.stage) for one in found.stages},
        "start": _day(page, start),
        "end": _day(page, end),
        "bounds": (start, end),
        "chart": InsightWriter(page, state.definitions).chart(flows),
        "moved": _moved(rows),
        "most": MOST_ROWS,
        "stuck": bottlenecks(page, rows),
        "stayed": sum(int(row["customers"]) for row in rows if row["before"] == row["after"]),
    }
    return Answer(template="lifecycle.html.j2", values=values)


def moved(visit: Visit) -> Answer:
    """The people behind one move."""
    state = visit.desk.state()
    t = visit.as_of(state)
    ends = bounds(visit, state, t)
    came, went = visit.query.get("before", ""), visit.query.get("after", "")
    known = state.definitions.lifecycle.labels
    if went not in known or (came and came not in known):
        raise not_found()
    people, many = visit.ask(
        state,
        ("moved", ends, came, went),
        lambda shop: shop.glance.moved(ends, came, went),
        "figures",
    )
    values = {
        "page": Page(visit, state, t),
        "people": people,
        "many": many,
        "came": came,
        "went": went,
        "bounds": ends,
    }
    return Answer(template="moved.html.j2", values=values)


def bounds(visit: Visit, state: State, t: Instant) -> tuple[Instant, Instant]:
    """The two days that were asked, else the last 90 days. Raises UserError ``insight.backwards``."""
    zone = state.settings.zone
    said = [visit.query.get(name, "").strip() for name in ("from", "to")]
    end = parse_instant(said[1], zone=zone) if said[1] else t
    start = parse_instant(said[0], zone=zone) if said[0] else before(end, BACK)
    if start >= end:
        raise UserError(
            "insight.backwards",
            "the first instant is not before the second",
            hint="write the earlier one first",
        )
    return start, end


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """What became of those who were in a stage."""

    stage: str
    count: int
    up: int
    """Who are in a better stage now."""
    stayed: int
    slipped: int
    """Who are in a worse one."""
    bar: Markup
    """Where they are now."""


def bottlenecks(page: Page, rows: list[dict[str, Any]]) -> list[Stuck]:
    """Per stage with people in it at the start, where they are now; most lost people first."""
    found = []
    for stage, worth in WORTH.items():
        here = [row for row in rows if row["before"] == stage]
        many = sum(int(row["customers"]) for row in here)
        if not many or stage not in page.state.definitions.lifecycle.labels:
            continue
        up = sum(int(row["customers"]) for row in here if WORTH.get(row["after"], worth) > worth)
        stayed = sum(int(row["customers"]) for row in here if row["after"] == stage)
        slipped = sum(
            int(row["customers"]) for row in here if WORTH.get(row["after"], worth) < worth
        )
        parts = [
            (
                row["after"],
                int(row["customers"]),
                f"{page.stage(row['after'])}: {page.formats.number(int(row['customers']))}",
            )
            for row in here
        ]
        label = page.say("steer.stuck_bar", stage=page.stage(stage))
        bar = stacked_bar(parts, label)
        found.append(Stuck(stage=stage, count=many, up=up, stayed=stayed, slipped=slipped, bar=bar))
    return sorted(found, key=lambda one: -one.slipped)


def _day(page: Page, instant: Instant) -> str:
    return str(page.formats.local(instant).date())


def _moved(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [row for row in rows if row["before"] != row["after"]]
    return sorted(found, key=lambda row: (-int(row["customers"]), row["before"], row["after"]))
