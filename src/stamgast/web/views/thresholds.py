"""The times and numbers of the stages: what others would change, what the shop's gaps suggest, and saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.thresholds import NUMBERS
from stamgast.errors import UserError
from stamgast.web.page import Page
from stamgast.web.visit import Answer, Visit, address, number, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.saved_times import SavedTimes
    from stamgast.app.shop import Shop
    from stamgast.app.thresholds import ThresholdPlan
    from stamgast.measure.model import Cell

MOST_MOVES = 12
DAYS_DIGITS = 6
"""A million days, of which nobody thinks, have one more."""


def show(visit: Visit) -> Answer:
    """The form; with other times in the address, what they would change."""
    state = visit.desk.state()
    page = Page(visit, state, visit.as_of(state))
    now = visit.ask(state, ("thresholds",), lambda shop: dict(shop.lifecycle.thresholds.now()))
    wanted = _wanted(now, visit.query)
    plan: ThresholdPlan | None = None
    problem: UserError | None = None
    back = _version(visit.query)
    try:
        if back:
            plan = visit.ask(
                state,
                ("threshold_undo", page.t, back),
                lambda shop: shop.lifecycle.thresholds.undo(back, as_of=page.t),
                "figures",
            )
            wanted = dict(plan.after)
        elif wanted != now:
            plan = visit.ask(
                state,
                ("threshold_plan", page.t, tuple(wanted.items())),
                lambda shop: shop.lifecycle.thresholds.plan(wanted, as_of=page.t),
                "figures",
            )
    except UserError as error:
        problem = error
    suggested, gaps = visit.ask(
        state, ("suggested", page.t), lambda shop: _suggested(shop, page.t), "figures"
    )
    values = {
        "page": page,
        "now": now,
        "wanted": wanted,
        "numbers": NUMBERS,
        "plan": plan,
        "problem": problem,
        "most": MOST_MOVES,
        "suggested": suggested,
        "gaps": gaps,
        "ways": _ways(now, suggested),
        "back": back,
    }
    return Answer(template="thresholds.html.j2", values=values, status=400 if problem else 200)


def save(visit: Visit) -> Answer:
    """Write them, as they were planned."""
    state = visit.desk.state()

    back = _version(visit.form)

    def written(shop: Shop) -> tuple[ThresholdPlan, SavedTimes | None]:
        desk = shop.lifecycle.thresholds
        if back:
            plan = desk.undo(back, as_of=state.t)
        else:
            plan = desk.plan(_wanted(desk.now(), visit.form), as_of=state.t)
        if plan.mark != visit.form.get("mark", ""):
            raise UserError(
                "definitions.changed",
                "the definitions were changed meanwhile",
                hint="look at what would change once more, and save again",
            )
        return plan, desk.save(plan, visit.name)

    plan, kept = visit.desk.do(written, "figures")
    if kept is not None:
        told = ", ".join(f"{name} {a} > {b}" for name, (a, b) in plan.changed.items())
        visit.note("thresholds", told)
    moved = sum(one.count for one in plan.moves)
    return Answer(to=address("/lifecycle/thresholds/versions", done=moved))


def versions(visit: Visit) -> Answer:
    """What was saved of them, by whom."""
    state = visit.desk.state()
    values = {
        "page": Page(visit, state, state.t),
        "found": visit.desk.do(lambda shop: shop.lifecycle.thresholds.versions()),
        "numbers": NUMBERS,
        "done": whole(visit.query.get("done", "")),
    }
    return Answer(template="thresholds_versions.html.j2", values=values)


def _version(said: Mapping[str, str]) -> int:
    """The version that is to be undone; 0: none."""
    text = said.get("version", "")
    return number(text) if text else 0


def _wanted(now: Mapping[str, int], said: Mapping[str, str]) -> dict[str, int]:
    """What was typed; what is no whole number is what it was."""
    found = dict(now)
    for name in now:
        typed = whole(said.get(name, "").strip(), DAYS_DIGITS)
        if typed is not None:
            found[name] = typed
    return found


def _suggested(shop: Shop, t: int) -> tuple[dict[str, Mapping[str, Cell]], int]:
    """Parameter -> its days by the shop's own gaps; and from how many gaps."""
    found = shop.insight.suggest(as_of=t)
    gaps = found.facts.get("gaps")
    rows: dict[str, Mapping[str, Cell]] = {str(row["parameter"]): row for row in found.values}
    return rows, gaps if isinstance(gaps, int) else 0


def _ways(
    now: Mapping[str, int], suggested: Mapping[str, Mapping[str, Cell]]
) -> dict[str, dict[str, int]]:
    """Both ways of weighting the gaps -> the times they suggest, of those that are used."""
    found: dict[str, dict[str, int]] = {}
    for way in ("by_gap", "by_person"):
        days = {
            name: int(value)
            for name, row in suggested.items()
            if name in now and isinstance(value := row[way], int)
        }
        if days and {**now, **days} != dict(now):
            found[way] = days
    return found
