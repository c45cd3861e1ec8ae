"""Customers: the search box, and one customer on one screen, whole or in short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.decide.messages import for_colleagues
from stamgast.errors import UserError
from stamgast.language.operators_labels import CHANNELS
from stamgast.web.page import Page
from stamgast.web.views import person
from stamgast.web.views.care import SAID
from stamgast.web.visit import Answer, Visit, not_found, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.advice import CustomerAdvice
    from stamgast.app.claims import Claim
    from stamgast.app.consents import ConsentSaid
    from stamgast.app.customers import Customer, Happening
    from stamgast.app.extensions import OnCustomer
    from stamgast.app.finding import Match
    from stamgast.app.shop import Shop
    from stamgast.decide.messages import Message
    from stamgast.model.log import Instant
    from stamgast.profiles.gate import Decision
    from stamgast.report.model import Why
    from stamgast.store.notes import Note
    from stamgast.web.desk import State

LONGEST_TEXT = 200
MOST_ROWS, ALL_ROWS = 30, 1_000
DESK = "desk"
DESK_ROWS = 6
BROWSING = frozenset({"web", "app"})
"""Only that: it pushes what a colleague asks after off the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that a customer's page is made of, but for notes."""

    customer: Customer
    advice: CustomerAdvice
    message: Message
    reach: Mapping[str, Decision]
    why: Why | None
    stage_since: Instant | None
    since: Mapping[str, Instant]
    timeline: tuple[Happening, ...]
    consents: tuple[ConsentSaid, ...]
    on: OnCustomer
    labels: tuple[tuple[str, str], ...]
    claims: tuple[Claim, ...]


def search(visit: Visit) -> Answer:
    """Who may be meant; as somebody types, the list alone."""
    state = visit.desk.state()
    text = visit.query.get("q", "").strip()[:LONGEST_TEXT]
    page = Page(visit, state, visit.as_of(state))
    found: tuple[Match, ...] = ()
    many = 0
    if text and not visit.may("contact"):  # else a search would tell who is behind a number
        found = visit.ask(state, ("known", text), lambda shop: _numbered(shop, text))
        many = len(found)
    elif text:
        found, many = visit.ask(state, ("search", text), lambda shop: shop.customers.search(text))
    values = {"page": page, "text": text, "found": found, "many": many}
    return Answer(
        template="found.html.j2" if visit.fragment else "customers.html.j2", values=values
    )


def _numbered(shop: Shop, text: str) -> tuple[Match, ...]:
    """The profile of a number, for who may not know names."""
    if not (text.isascii() and text.isdigit()):
        return ()
    try:
        profile = shop.customers.find(f"profile:{text}")
    except UserError:
        return ()
    return tuple(shop.glance.described([profile]).values())


def show(visit: Visit) -> Answer:
    """One customer."""
    state = visit.desk.state()
    page = Page(visit, state, visit.as_of(state))
    found = shown(visit, state, page)
    visit.note("customer", f"profile:{found.customer.profile_id}")
    short = visit.query.get("view") == DESK
    values = {"page": page, "found": found, "customer": found.customer, **_parts(page, found)}
    values |= _timeline(page, found, notes(visit, found.customer.profile_id, page.t), short=short)
    return Answer(template="customer_desk.html.j2" if short else "customer.html.j2", values=values)


def shown(visit: Visit, state: State, page: Page) -> Shown:
    """What is known of the customer of an address. Raises UserError ``web.not_found``."""
    t, profile = page.t, number(visit.params["profile"])
    question = ("customer", profile, t, visit.language)
    found = visit.ask(state, question, lambda shop: _shown(shop, profile, t, page))
    if not found.customer.exists and page.asked_day:
        raise UserError(
            "web.not_found",
            "this customer was not known yet on that day",
            hint="choose a later day, or go back to now",
        )
    if not found.customer.exists:
        raise not_found()
    return found


def notes(visit: Visit, profile: int, t: Instant) -> tuple[Note, ...]:
    """What colleagues wrote, for who may know; not remembered: a note changes no data version."""
    if not visit.may("contact"):
        return ()
    return visit.desk.do(lambda shop: shop.customers.notes.list(profile, as_of=max(t, _now(visit))))


def _now(visit: Visit) -> Instant:
    """An instant that was asked stays; "now" is this moment, so that a note is seen at once."""
    return 0 if visit.query.get("as_of") else visit.desk.clock.now()


def _parts(page: Page, found: Shown) -> dict[str, object]:
    customer, known = found.customer, page.visit.may("contact")
    top = found.advice.advice.top
    offer = None if top is None else top.strategy.offer
    return {
        "name": person.name(page, customer),
        "facts": list(person.facts(page, customer, found.claims)) if known else [],
        "traits": person.traits(page, customer),
        "rhythm": person.rhythm(page, customer),
        "bought": person.bought(page, found.timeline),
        "carried": person.labels(page, found.on) if known else [],
        "kept_away": person.kept_away(page, found.on) if known else [],
        "offer": ""
        if offer is None
        else for_colleagues(offer.text, page.language, customer.currency),
        "channels": CHANNELS,
        "said": SAID,
    }


def _timeline(
    page: Page, found: Shown, written: tuple[Note, ...], *, short: bool
) -> dict[str, object]:
    every = person.rows(page, found.timeline, written)
    known = [one for one in person.GROUPS if any(one in row.groups for row in every)]
    kind = page.visit.query.get("show", "")
    kind = kind if kind in person.GROUPS else ""
    rows = [one for one in every if not kind or kind in one.groups]
    if short:
        told = [one for one in every if "stages" not in one.groups]
        rows = [one for one in told if not one.groups <= BROWSING] or told
    most = ALL_ROWS if page.visit.query.get("rows") == "all" else MOST_ROWS
    most = DESK_ROWS if short else most
    return {
        "rows": rows[:most],
        "more": max(len(rows) - most, 0),
        "kinds": known,
        "kind": kind,
        "notes": written,
    }


def _shown(shop: Shop, profile: int, t: Instant, page: Page) -> Shown:
    profile = shop.customers.find(f"profile:{profile}")  # an old number leads to who it is now
    customer = shop.customers.show(profile, as_of=t)
    advice = shop.advice.of(customer)
    timeline = shop.customers.timeline(profile, as_of=t)
    stays = [one for one in timeline if one.kind == "stage"]
    entered = stays[0].at if stays and stays[0].name == customer.stage else None
    return Shown(
        customer=customer,
        advice=advice,
        message=shop.advice.message(advice, page.language),
        reach=shop.advice.reach(advice),
        why=shop.explain("stage", profile, as_of=t).why(page.language) if customer.stage else None,
        stage_since=entered,
        since=shop.customers.entered(customer),
        timeline=timeline,
        consents=shop.consents.show(profile, as_of=t),
        on=shop.extensions.on(customer),
        labels=shop.customers.labels(customer, page.language),
        claims=shop.customers.claims(profile, as_of=t),
    )
