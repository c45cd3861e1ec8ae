"""The builder of segments: trying out, what saving changes, saving, and putting an older version back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stamgast.app.builder.vocabulary import Vocabulary
from stamgast.app.builder.yamls import entry_text_of
from stamgast.errors import UserError
from stamgast.web.desk import PendingError
from stamgast.web.page import Page
from stamgast.web.views.building import Building
from stamgast.web.views.trying import outcome, said
from stamgast.web.views.widgets import Widgets
from stamgast.web.visit import Answer, Visit, not_found, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.finding import Match
    from stamgast.app.planning import SavePlan
    from stamgast.app.saved import Saved
    from stamgast.app.shop import Shop
    from stamgast.web.desk import State

EVENTS_S = 0.3
"""For so long the names of events that were seen are waited for."""


# --- the form -------------------------------------------------------------------------------------


def new(visit: Visit) -> Answer:
    """Nothing yet; or those of a stage (``stage``), to go on from."""
    state = visit.desk.state()
    stage = visit.query.get("stage", "")
    vocabulary = _vocabulary(visit, state)
    if not stage:
        return _shown(visit, state, Building.new(vocabulary))
    if stage not in state.definitions.lifecycle.labels:
        raise not_found()
    return _shown(visit, state, Building.of_entry("", {"where": [{"stage": stage}]}, vocabulary))


def edit(visit: Visit) -> Answer:
    """A segment as it is."""
    state = visit.desk.state()
    name = visit.params["name"]
    if name not in state.definitions.segments:
        raise not_found()
    entry = visit.ask(state, ("entry", name), lambda shop: shop.drafts.entry(name))
    return _shown(visit, state, Building.of_entry(name, entry, _vocabulary(visit, state)))


def build(visit: Visit) -> Answer:
    """The form as it was sent, after what its button asks."""
    state = visit.desk.state()
    return _shown(visit, state, Building.of_form(visit.form, _vocabulary(visit, state)))


def _vocabulary(visit: Visit, state: State) -> Vocabulary:
    try:
        events = visit.ask(
            state,
            ("events seen",),
            lambda shop: shop.drafts.events(),
            "sample",
            patience_s=EVENTS_S,
        )
    except PendingError:  # without them the form offers those that have a name of ours
        events = ()
    return Vocabulary(definitions=state.definitions, language=visit.language, events=events)


def _shown(
    visit: Visit, state: State, building: Building, wrong: UserError | None = None
) -> Answer:
    page = Page(visit, state, visit.as_of(state))
    found = building.written()
    own = visit.ask(state, ("own segments",), lambda shop: dict(shop.drafts.own()))
    values: dict[str, object] = {
        "page": page,
        "building": building,
        "w": Widgets(page, building, found),
        "own": own,
        "ready_made": bool(building.original) and building.original not in own,
        "shipped_below": building.original in own and _is_shipped(visit, state, building.original),
        "text": "" if found.where is None else entry_text_of({"where": found.where}),
        "wrong": wrong,
        "wrong_hint": "" if wrong is None else said(page, wrong.hint),
        **outcome(visit, state, page, building, found),
    }
    return Answer(
        template="builder_form.html.j2" if visit.fragment else "builder.html.j2",
        values=values,
        status=200 if wrong is None else 400,
    )


def _is_shipped(visit: Visit, state: State, name: str) -> bool:
    return visit.ask(
        state, ("shipped", name), lambda shop: shop.drafts.ready_made(name) is not None
    )


# --- saving ---------------------------------------------------------------------------------------


def plan(visit: Visit) -> Answer:
    """What saving would change; nothing is written. What is wrong is said in the form itself."""
    state = visit.desk.state()
    building = Building.of_form(visit.form, _vocabulary(visit, state))
    try:
        return _plan(visit, state, building)
    except UserError as wrong:
        return _shown(visit, state, building, wrong)


def _plan(visit: Visit, state: State, building: Building) -> Answer:
    page = Page(visit, state, state.t)
    if visit.form.get("do") == "take_out":
        made = visit.desk.do(lambda shop: _planned(shop, building.original, None, page), "figures")
        return _plan_page(page, building, *made)
    _check_whole(building)
    name = building.original or building.short_name()
    if not building.original and name in state.definitions.segments:
        raise UserError(
            "definitions.taken",
            f"there is a segment {name!r} already",
            hint="choose another name, or change that one",
        )

    def asked(shop: Shop) -> tuple[SavePlan, Mapping[int, Match]]:
        before = shop.drafts.entry(name) if building.original else None
        return _planned(shop, name, building.entry(before), page)

    return _plan_page(page, building, *visit.desk.do(asked, "figures"))


def _check_whole(building: Building) -> None:
    found = building.written()
    if found.where is None or found.unfinished:
        raise UserError(
            "definitions.unfinished",
            "a condition is not finished",
            hint="finish it, or remove it",
        )
    if not building.original and not (building.texts["label_en"] or building.texts["label_nl"]):
        raise UserError(
            "definitions.unnamed",
            "the segment has no name yet",
            hint="give it one, below the conditions",
        )


def _planned(
    shop: Shop, name: str, entry: Mapping[str, Any] | None, page: Page
) -> tuple[SavePlan, Mapping[int, Match]]:
    made = shop.drafts.plan(name, entry, as_of=page.t)
    return made, _people(shop, made)


def _people(shop: Shop, made: SavePlan) -> Mapping[int, Match]:
    return shop.glance.described(profile for profile, _ in (*made.entering, *made.leaving))


def _plan_page(
    page: Page, building: Building | None, made: SavePlan, names: Mapping[int, Match]
) -> Answer:
    values = {
        "page": page,
        "plan": made,
        "names": names,
        "fields": {} if building is None else building.fields,
    }
    return Answer(template="builder_plan.html.j2", values=values)


def save(visit: Visit) -> Answer:
    """Write what was planned, if it is still the same."""
    state = visit.desk.state()
    name, mark = visit.form.get("name", ""), visit.form.get("mark", "")
    text = visit.form.get("text", "").replace("\r\n", "\n") or None

    def saved(shop: Shop) -> tuple[SavePlan, Saved]:
        made = shop.drafts.plan(name, text, as_of=state.t)
        if made.mark != mark:
            raise UserError(
                "definitions.changed",
                "the definitions were changed meanwhile",
                hint="look at what would change once more, and save again",
            )
        return made, shop.drafts.save(made, visit.name)

    made, version = visit.desk.do(saved, "figures")
    visit.note("segment_saved", f"{name} {version.number}")
    page = Page(visit, state, state.t)
    there = name in made.definitions.segments
    path = f"/segments/{name}/versions" if there else "/segments"
    query = {"saved": version.number, "enters": made.effect.enters, "leaves": made.effect.leaves}
    return Answer(to=page.url(path, **query))


# --- versions -------------------------------------------------------------------------------------


def versions(visit: Visit) -> Answer:
    """What was saved of a segment, by whom."""
    state = visit.desk.state()
    name = visit.params["name"]
    found: tuple[Saved, ...] = visit.desk.do(lambda shop: shop.drafts.versions(name))
    if name not in state.definitions.segments and not found:
        raise not_found()
    told = {key: visit.query.get(key, "") for key in ("saved", "enters", "leaves")}
    values = {
        "page": Page(visit, state, state.t),
        "name": name,
        "found": found,
        "told": told if all(one.isascii() and one.isdigit() for one in told.values()) else None,
    }
    return Answer(template="builder_versions.html.j2", values=values)


def undo(visit: Visit) -> Answer:
    """What putting back the version before would change; it is saved like any other."""
    state = visit.desk.state()
    name, version = visit.params["name"], number(visit.form.get("version", ""))
    page = Page(visit, state, state.t)

    def asked(shop: Shop) -> tuple[SavePlan, Mapping[int, Match]]:
        made = shop.drafts.undo(name, version, as_of=page.t)
        return made, _people(shop, made)

    return _plan_page(page, None, *visit.desk.do(asked, "figures"))
