"""Who is in a stage, and who will move by themselves: the people behind a figure of the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.glance import WINDOWS
from stamgast.model.log import DAY_US
from stamgast.web.page import Page
from stamgast.web.views.overview import overview_of
from stamgast.web.visit import Answer, Visit, not_found

if TYPE_CHECKING:
    from stamgast.app.finding import Match
    from stamgast.app.glance import Coming, Overview
    from stamgast.model.log import Instant
    from stamgast.web.desk import State

MOST_PEOPLE = 100
"""So many are named, those worth most."""


def show(visit: Visit) -> Answer:
    """Those of a stage (``stage``), or those who go from one to another within some days."""
    state = visit.desk.state()
    t = visit.as_of(state)
    page = Page(visit, state, t)
    known = state.definitions.lifecycle.labels
    before, after = visit.query.get("before", ""), visit.query.get("after", "")
    stage = visit.query.get("stage", "")
    if (stage or after) not in known or (before and before not in known):
        raise not_found()
    found, strategies = overview_of(visit, state, t)
    days = next((one for one in WINDOWS if str(one) == visit.query.get("days")), WINDOWS[-1])
    values = {
        "page": page,
        "stage": stage,
        "before": before,
        "after": after,
        "days": days,
        "strategy": strategies.of_stage(stage or after),
        **(
            _of_stage(visit, state, found, stage)
            if stage
            else _of_move(visit, state, found, (before, after, days))
        ),
    }
    return Answer(template="people.html.j2", values=values)


def _of_stage(visit: Visit, state: State, found: Overview, stage: str) -> dict[str, object]:
    people = visit.ask(
        state,
        ("people", stage, found.as_of),
        lambda shop: shop.glance.best_members(
            f"stage:{stage}", as_of=found.as_of, most=MOST_PEOPLE
        ),
        "figures",
    )
    rows = [(match, worth, None) for match, worth in people]
    many = next((one.count for one in found.stages if one.stage == stage), 0)
    return {"rows": rows, "many": many}


def _of_move(
    visit: Visit, state: State, found: Overview, move: tuple[str, str, int]
) -> dict[str, object]:
    before, after, days = move
    going = sorted(
        (
            one
            for one in found.coming
            if (one.before, one.after) == (before, after) and one.at <= found.as_of + days * DAY_US
        ),
        key=lambda one: (-one.worth, one.profile),
    )
    named = _named(visit, state, found.as_of, going[:MOST_PEOPLE], move)
    rows = [(named[one.profile], one.worth, one.at) for one in going if one.profile in named]
    return {"rows": rows, "many": len(going)}


def _named(
    visit: Visit, state: State, t: Instant, going: list[Coming], move: tuple[str, str, int]
) -> dict[int, Match]:
    return visit.ask(
        state,
        ("going", move, t),
        lambda shop: shop.glance.described(one.profile for one in going),
        "figures",
    )
