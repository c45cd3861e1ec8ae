"""The Monday letter as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stamgast.app.letter_page import LetterPage
from stamgast.web.page import Page
from stamgast.web.views.overview import overview_of
from stamgast.web.visit import Answer, Visit

if TYPE_CHECKING:
    from stamgast.app.letter import Letter
    from stamgast.app.shop import Shop


def show(visit: Visit) -> Answer:
    """The week that ends at the instant asked."""
    state = visit.desk.state()
    page = Page(visit, state, visit.as_of(state))
    if state.span is None:
        return Answer(template="empty.html.j2", values={"page": page})

    overview, _ = overview_of(visit, state, page.t)

    def asked(shop: Shop) -> Letter:
        return shop.glance.letter(visit.language, as_of=page.t, overview=overview)

    found = visit.ask(state, ("letter", page.t, visit.language), asked, "figures")
    letter = LetterPage(
        found, state.definitions, state.settings, visit.language, contact=visit.may("contact")
    )
    text = letter.plain()
    values = {
        "page": page,
        "body": letter.body(links=visit.may("customers")),
        "title": letter.title,
        "plain": text,
        "mail": f"mailto:?subject={quote(letter.title)}",
    }
    return Answer(template="letter.html.j2", values=values)
