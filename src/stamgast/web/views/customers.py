"""Customers: the search box, and one customer on one screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.app.reporting import timeline_row
from stamgast.decide.naming import name_of
from stamgast.errors import UserError
from stamgast.report import spoken
from stamgast.web.page import Page
from stamgast.web.visit import Answer, Visit, not_found, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stamgast.app.advice import CustomerAdvice
    from stamgast.app.claims import Claim
    from stamgast.app.consents import ConsentSaid
    from stamgast.app.customers import Customer, Happening
    from stamgast.app.finding import Match
    from stamgast.app.shop import Shop
    from stamgast.decide.messages import Message
    from stamgast.language.ast import Extension
    from stamgast.model.log import Instant, Scalar
    from stamgast.profiles.gate import Decision
    from stamgast.report.model import TimelineRow, Why

LONGEST_TEXT = 200
KINDS = ("order", "refund", "event", "stage", "segment")
MOST_ROWS, ALL_ROWS = 30, 1_000
TRAITS = (
    "average_order",
    "favourite_category_bought",
    "favourite_brand",
    "buying_phase",
    "return_share",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that a customer's page is made of."""

    customer: Customer
    advice: CustomerAdvice
    message: Message
    reach: Mapping[str, Decision]
    why: Why | None
    stage_since: Instant | None
    since: Mapping[str, Instant]
    timeline: tuple[Happening, ...]
    consents: tuple[ConsentSaid, ...]
    extensions: tuple[tuple[Extension, Scalar], ...]
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
    t, profile = visit.as_of(state), number(visit.params["profile"])
    page = Page(visit, state, t)
    question = ("customer", profile, t, visit.language)
    found = visit.ask(state, question, lambda shop: _shown(shop, profile, t, page))
    if not found.customer.exists:
        raise not_found()
    visit.note("customer", f"profile:{profile}")
    kind = visit.query.get("show", "")
    rows = [one for one in found.timeline if kind not in KINDS or one.kind == kind]
    most = ALL_ROWS if visit.query.get("rows") == "all" else MOST_ROWS
    values = {
        "page": page,
        "found": found,
        "customer": found.customer,
        "name": name(page, found.customer),
        "attributes": list(attributes(page, found.customer)) if visit.may("contact") else [],
        "traits": list(traits(page, found.customer)),
        "rows": told(page, rows[:most]),
        "more": max(len(rows) - most, 0),
        "kinds": [one for one in KINDS if any(row.kind == one for row in found.timeline)],
        "kind": kind if kind in KINDS else "",
    }
    return Answer(template="customer.html.j2", values=values)


def _shown(shop: Shop, profile: int, t: Instant, page: Page) -> Shown:
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
        consents=tuple(one for one in shop.consents.show(profile, as_of=t) if one.stands),
        extensions=shop.extensions.of(customer),
        labels=shop.customers.labels(customer, page.language),
        claims=tuple(one for one in shop.customers.claims(profile, as_of=t) if one.holds),
    )


def name(page: Page, customer: Customer) -> str:
    """Whose page it is, as far as the user may know."""
    known = {key: str(value) for key, value in customer.attributes.items()}
    country = known.get("country") or page.state.settings.country
    full = name_of(known, country=country).full if page.visit.may("contact") else ""
    if full:
        return full
    if page.visit.may("contact") and customer.identifiers:
        return page.say("web.customer.numbered", number=customer.identifiers[0].value)
    return page.say("web.customer.profile", number=customer.profile_id)


def attributes(page: Page, customer: Customer) -> Iterator[tuple[str, str]]:
    """Label and value, in the order of the definitions."""
    known = page.state.definitions
    for key in spoken.attributes_in_order(customer.attributes, known):
        label = known.attribute_labels.get(key)
        value = spoken.attribute_words(key, customer.attributes[key], known, page.formats)
        yield (key if label is None else page.text(label)), value


def traits(page: Page, customer: Customer) -> Iterator[tuple[str, str]]:
    """A few values that say how somebody buys."""
    known = page.state.definitions
    for key in TRAITS:
        trait, value = known.traits.get(key), customer.traits.get(key)
        if trait is not None and not spoken.says_nothing(value):
            words = spoken.trait_words(trait, value, known, page.formats, customer.as_of)
            yield page.text(trait.label), words


def told(page: Page, rows: Sequence[Happening]) -> list[TimelineRow]:
    """Happenings in words."""
    definitions = page.state.definitions
    said = [timeline_row(one, page.formats, definitions) for one in rows]
    if page.visit.may("contact"):
        return said
    return [replace(one, title=_bare(page, one), detail="") for one in said]


def _bare(page: Page, row: TimelineRow) -> str:
    """What happened, without a number that tells of whom."""
    return page.say("web.customer.one_order") if row.kind == "order" else row.title
