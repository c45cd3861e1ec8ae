"""Who is in a stage, and who will move by themselves: the people behind a figure of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.exporting import ExportAsked
from stamgast.app.glance import WINDOWS
from stamgast.model.log import DAY_US
from stamgast.web.lists import make_list
from stamgast.web.page import COMING, Page
from stamgast.web.views.overview import overview_of
from stamgast.web.views.segments import CHANNELS, reasons
from stamgast.web.visit import Answer, Visit, address, leaf, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.app.finding import Match
    from stamgast.app.glance import Coming, Overview
    from stamgast.decide.strategies import Strategies
    from stamgast.web.desk import State

MOST_PEOPLE = 100
"""So many are named on one page, those worth most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From which stage to which people go by themselves; an empty one: whichever it is."""

    before: str
    after: str
    days: int

    @property
    def name(self) -> str:
        """What an export of them is called on record."""
        return f"{COMING}:{self.before}:{self.after}:{self.days}"

    @property
    def query(self) -> dict[str, object]:
        """As an address asks for them."""
        return {"before": self.before, "after": self.after, "days": self.days}


def show(visit: Visit) -> Answer:
    """Those of a stage (``stage``), or those who leave one or enter another within some days."""
    state = visit.desk.state()
    t = visit.as_of(state)
    page = Page(visit, state, t)
    stage = visit.query.get("stage", "")
    found, strategies = overview_of(visit, state, t)
    if stage:
        if stage not in state.definitions.lifecycle.labels:
            raise not_found()
        values = _of_stage(visit, state, found, stage)
    else:
        values = _of_way(visit, state, found, way_of(visit.query, state))
    advice = _advice(strategies, stage, values)
    shared = {"page": page, "stage": stage, "strategy": advice}
    return Answer(template="people.html.j2", values={**shared, **values})


def export(visit: Visit) -> Answer:
    """Write those of them who may be reached to a file, through the gate, as of a segment."""
    state = visit.desk.state()
    way, channel = way_of(visit.form, state), visit.form.get("channel", "")
    if channel not in CHANNELS:
        raise not_found()
    found, _ = overview_of(visit, state, state.t)
    asked = ExportAsked(
        segment=way.name,
        channel=channel,
        purpose=visit.form.get("purpose") or "marketing",
        platform="meta" if visit.form.get("platform") == "meta" else "google",
        profiles=[one.profile for one in going(found, way)],
    )
    made = make_list(visit, asked)
    page = Page(visit, state, made.as_of)
    back = page.moving(way.name), address("/lifecycle/people", **way.query)
    values = {"page": page, "found": made, "reasons": reasons(page, made), "back": back}
    return Answer(template="exported.html.j2", values=values)


def way_of(said: Mapping[str, str], state: State) -> Way:
    """The way that is asked. Raises UserError ``web.not_found``."""
    known = state.definitions.lifecycle.labels
    before, after = said.get("before", ""), said.get("after", "")
    if not (before or after) or any(one and one not in known for one in (before, after)):
        raise not_found()
    days = next((one for one in WINDOWS if str(one) == said.get("days")), WINDOWS[-1])
    return Way(before=before, after=after, days=days)


def going(found: Overview, way: Way) -> list[Coming]:
    """Who goes that way, each once, at their first time; those worth most first."""
    first: dict[int, Coming] = {}
    for one in found.coming:
        fits = way.before in ("", one.before) and way.after in ("", one.after)
        if fits and one.at <= found.as_of + way.days * DAY_US:
            first.setdefault(one.profile, one)
    return sorted(first.values(), key=lambda one: (-one.worth, one.profile))


# --- parts ----------------------------------------------------------------------------------------


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
    return {"rows": rows, "many": many, "way": None, "number": 1, "last": 1}


def _of_way(visit: Visit, state: State, found: Overview, way: Way) -> dict[str, object]:
    every = going(found, way)
    shown = leaf(visit, every, MOST_PEOPLE)
    named = _named(visit, state, shown.rows)
    return {
        "rows": [
            (named[one.profile], one.worth, one.at) for one in shown.rows if one.profile in named
        ],
        "many": len(every),
        "way": way,
        "windows": WINDOWS,
        "number": shown.number,
        "last": shown.last,
        "channels": CHANNELS,
        "purposes": [*state.definitions.consents],
    }


def _named(visit: Visit, state: State, some: Sequence[Coming]) -> dict[int, Match]:
    profiles = tuple(one.profile for one in some)
    return visit.ask(
        state, ("described", profiles), lambda shop: shop.glance.described(profiles), "figures"
    )


def _advice(strategies: Strategies, stage: str, values: dict[str, object]) -> object:
    """For who enters a stage, or is in it; for who only leaves one there is none of its own."""
    way = values["way"]
    after = way.after if isinstance(way, Way) else stage
    return strategies.of_stage(after) if after else None
