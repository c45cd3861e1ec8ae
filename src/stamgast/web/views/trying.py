"""What the builder tells of a condition: how many fit, roughly at once and then exactly; or what is wrong."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.app.builder.plain import node_at
from stamgast.app.builder.tree import new_id
from stamgast.app.builder.yamls import text_of
from stamgast.errors import InvalidDefinitions, UserError
from stamgast.language.sentences import sentence
from stamgast.report.dutch import dutch
from stamgast.report.insight import InsightWriter
from stamgast.report.speaker import Speaker
from stamgast.web.desk import PendingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.builder.plain import Path, Written
    from stamgast.app.drafts import Measured, Overlap
    from stamgast.app.estimating import Estimate
    from stamgast.app.finding import Match
    from stamgast.app.shop import Shop
    from stamgast.errors import Issue
    from stamgast.model.log import Instant
    from stamgast.report.words import Language
    from stamgast.web.desk import State
    from stamgast.web.page import Page
    from stamgast.web.views.building import Building
    from stamgast.web.visit import Visit

    Key: TypeAlias = tuple[str, str, Instant, Language]

MOST_OVERLAPS = 8
EXACT = "exact"
"""What the form asks for once it shows an estimate."""
PATIENT = (EXACT, "more")
ROUGH_S = 0.5
"""After so long an estimate is none: then the exact count may as well be waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a draft gives."""

    sentence: str
    measured: Measured
    names: Mapping[int, Match]
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rough:
    """What is known of it at once."""

    sentence: str
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What takes longer."""

    chart: str
    overlaps: tuple[Overlap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, and at which row."""

    node: str
    message: str
    hint: str


def outcome(
    visit: Visit, state: State, page: Page, building: Building, found: Written
) -> dict[str, object]:
    """How many fit; or roughly, and that it is being counted; or what is wrong."""
    made: dict[str, object] = {
        "tried": None,
        "rough": None,
        "more": None,
        "problems": [],
        "pending": "",
        "most": MOST_OVERLAPS,
        "token": new_id(),
    }
    if not visit.fragment:
        _prepare(visit, state)
    if found.where is None:
        return made
    key = (text_of({"where": found.where}), building.original, page.t, page.language)
    try:
        rough, patience_s = None, visit.desk.patience_s
        if not _may_wait(visit):
            try:
                rough = _roughly(visit, state, page, building, found, key)
            except PendingError:  # the sample is being made
                patience_s = ROUGH_S
        made["rough"], made["pending"] = rough, "" if rough is None else EXACT
        if rough is None:
            made |= _exactly(visit, state, page, building, found, key, patience_s)
    except PendingError:
        made["pending"] = building.wants or EXACT
        with suppress(PendingError):
            made["rough"] = _roughly(visit, state, page, building, found, key)
    except InvalidDefinitions as wrong:
        made["problems"] = _problems(page, found, wrong)
    return made


def _may_wait(visit: Visit) -> bool:
    """Whether it is a whole page, or one that shows an estimate already: else something is said at once."""
    return not visit.fragment or visit.form.get("do") in PATIENT


def _prepare(visit: Visit, state: State, step: int = 0) -> None:
    """Whoever opens the builder will want an estimate soon; who asks meanwhile gets a turn between steps."""

    def made(shop: Shop) -> None:
        if shop.drafts.prepare(step, as_of=state.t):
            _prepare(visit, state, step + 1)

    with suppress(PendingError, UserError):
        visit.ask(state, ("sample", step), made, "sample", patience_s=0)


def _roughly(
    visit: Visit, state: State, page: Page, building: Building, found: Written, key: Key
) -> Rough | None:
    """An estimate; None: everybody is counted as fast, or was already. PendingError while it is made."""
    if visit.desk.known(("draft", *key), mark=state.mark):
        return None

    def asked(shop: Shop) -> Rough | None:
        draft = shop.drafts.check(found.where, building.original)
        rough = shop.drafts.estimate(draft, as_of=page.t)
        words = sentence(draft.segment, page.language, draft.definitions)
        return None if rough is None else Rough(sentence=words, estimate=rough)

    return visit.ask(state, ("rough", *key), asked, "sample", patience_s=ROUGH_S)


def _exactly(  # noqa: PLR0913, PLR0917 - as above
    visit: Visit,
    state: State,
    page: Page,
    building: Building,
    found: Written,
    key: Key,
    patience_s: float,
) -> dict[str, object]:
    made: dict[str, object] = {}
    made["tried"] = visit.ask(
        state,
        ("draft", *key),
        lambda shop: _tried(shop, found.where, building.original, page),
        "figures",
        patience_s=patience_s,
    )
    if building.wants == "more":
        called = building.label() or {page.language: page.say("builder.new")}
        made["more"] = visit.ask(
            state,
            ("draft more", *key, *called.items()),
            lambda shop: _more(shop, found.where, building.original, called, page),
            "figures",
        )
    return made


def _tried(shop: Shop, where: Any, name: str, page: Page) -> Tried:  # noqa: ANN401 - as a file has it
    draft = shop.drafts.check(where, name)
    measured = shop.drafts.measure(draft, as_of=page.t)
    return Tried(
        sentence=sentence(draft.segment, page.language, draft.definitions),
        measured=measured,
        names=shop.glance.described(profile for profile, _, _ in measured.people),
        sql=shop.drafts.sql(draft, as_of=page.t),
    )


def _more(
    shop: Shop,
    where: Any,  # noqa: ANN401 - as a file has it
    name: str,
    label: Mapping[str, str],
    page: Page,
) -> More:
    draft = shop.drafts.check(where, name, label)
    settings = shop.settings
    speaker = Speaker(
        page.language,
        lambda: draft.definitions.lifecycle,
        zone=settings.zone,
        currency=settings.currency,
    )
    sizes = shop.drafts.sizes(draft, as_of=page.t)
    return More(
        chart=InsightWriter(speaker, draft.definitions).chart(sizes.insight),
        overlaps=shop.drafts.overlap(draft, as_of=page.t),
    )


def _problems(page: Page, found: Written, wrong: InvalidDefinitions) -> list[Problem]:
    return [
        Problem(
            node=node_at(found, _path(found, issue)),
            message=said(page, issue.message),
            hint=said(page, issue.hint),
        )
        for issue in wrong.issues
    ]


def said(page: Page, text: str) -> str:
    """A message in the language of the page."""
    return dutch(text) if text and page.language == "nl" else text


def _path(found: Written, issue: Issue) -> Path:
    """The longest place of a node that an issue's place begins with."""
    _, _, told = issue.file.partition(": segments.")
    _, _, place = told.partition(".where")
    best: Path = ()
    for path in found.paths:
        text = "".join(f".{step}" for step in path)
        if f"{place}.".startswith(f"{text}.") and len(path) > len(best):
            best = path
    return best
