"""Strategies: what to do for whom, with how many that is now, and whether the shop has the data for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.advice import for_whom
from stamgast.decide.messages import for_colleagues
from stamgast.web.page import Page
from stamgast.web.views.overview import overview_of
from stamgast.web.visit import Answer, Visit

if TYPE_CHECKING:
    from stamgast.app.glance import Overview
    from stamgast.app.shop import Shop
    from stamgast.decide.strategies import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A use case that a strategy needs: what is missing for it, and how to get that."""

    label: str
    lacks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A strategy on the page."""

    strategy: Strategy
    whom: str
    url: str
    count: int | None
    """How many it is for now; None: that is told per customer."""
    offer: str
    uses: tuple[Use, ...]

    @property
    def ready(self) -> bool:
        """Whether the data for it is there."""
        return not any(one.lacks for one in self.uses)


def show(visit: Visit) -> Answer:
    """All of them, by how urgent they are."""
    state = visit.desk.state()
    page = Page(visit, state, visit.as_of(state))
    if state.span is None:
        return Answer(template="empty.html.j2", values={"page": page})
    found, strategies = overview_of(visit, state, page.t)
    uses = visit.ask(
        state, ("readiness", visit.language), lambda shop: _uses(shop, page), "figures"
    )
    shown: dict[str, list[Shown]] = {}
    for one in strategies.by_name.values():
        shown.setdefault(one.level, []).append(_shown(page, found, one, uses))
    every = [one for some in shown.values() for one in some]
    values = {
        "page": page,
        "levels": shown,
        "ready": sum(one.ready for one in every),
        "many": len(every),
    }
    return Answer(template="strategies.html.j2", values=values)


def _shown(page: Page, found: Overview, one: Strategy, uses: dict[str, Use]) -> Shown:
    for_, url = one.for_, ""
    count: int | None = None
    if for_.stage is not None and for_.anonymous is None:
        url = page.url("/lifecycle") + f"#stage-{for_.stage}"
        count = sum(stage.count for stage in found.stages if stage.stage == for_.stage)
    elif for_.segment is not None:
        url = page.url(f"/segments/{for_.segment}")
        count = sum(segment.count for segment in found.segments if segment.name == for_.segment)
    offer = one.offer
    return Shown(
        strategy=one,
        whom=for_whom(one, page.state.definitions, page.language),
        url=url,
        count=count,
        offer=""
        if offer is None
        else for_colleagues(offer.text, page.language, page.state.settings.currency),
        uses=tuple(uses[name] for name in one.needs if name in uses),
    )


def _uses(shop: Shop, page: Page) -> dict[str, Use]:
    """Blueprint -> what is missing for it; what would only be better with is not."""
    known, names = shop.advice.blueprints, shop.advice.names(page.language)
    return {
        one.blueprint.name: Use(
            label=page.text(one.blueprint.label),
            lacks=tuple(
                (
                    known.label(need.need.asked, page.language, names),
                    known.how(need.need.asked, page.language, names),
                )
                for need in one.missing
            ),
        )
        for one in shop.advice.check()
    }
