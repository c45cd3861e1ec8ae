"""What a customer's page is made of: who said what, what happened by which channel, value and rhythm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.app.by_hand import HAND
from stamgast.app.reporting import timeline_row
from stamgast.decide.naming import name_of
from stamgast.model.log import DAY_US
from stamgast.report import spoken
from stamgast.report.model import TimelineRow
from stamgast.report.svg import columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from stamgast.app.claims import Claim
    from stamgast.app.customers import Customer, Happening
    from stamgast.app.extensions import OnCustomer, Said
    from stamgast.language.ast import Extension
    from stamgast.model.log import Scalar
    from stamgast.store.notes import Note
    from stamgast.web.page import Page

GROUPS = (
    "purchases", "web", "app", "email", "store", "service", "notes", "stages", "other",
)  # fmt: skip
"""By what the timeline can be narrowed, in the order it is shown."""
TRAITS = (
    "average_order",
    "net_revenue_365d",
    "return_share",
    "discount_share",
    "favourite_category_bought",
    "favourite_brand",
    "usual_days",
    "buying_phase",
    "rfm",
)
MONTHS = 24
"""So many months of buying are drawn."""
LABELLED = 3
"""Every third month has its name below it."""
MOST_DAYS_LATE = 4
"""After so many times the usual time between purchases nothing is foreseen any more."""

_WEB = frozenset(
    {
        "Page Viewed",
        "Product List Viewed",
        "Product Viewed",
        "Products Searched",
        "Product Added",
        "Product Removed",
        "Product Added to Wishlist",
        "Cart Viewed",
        "Checkout Started",
        "Question Answered",
    }
)
_SERVICE = frozenset(
    {
        "Complaint Opened",
        "Ticket Opened",
        "Ticket Tagged",
        "Problem Resolved",
        "Product Reviewed",
        "NPS Answered",
    }
)
_ONE = {"Screen Viewed": "app", "Store Checked In": "store", "Unsubscribed": "email"}
_BEGIN = {
    "Email ": "email",
    "Order ": "purchases",
    "Delivery ": "purchases",
    "Subscription ": "purchases",
    "Coupon ": "purchases",
}
_CALLED = {
    "web": "web", "online": "web", "webshop": "web", "webwinkel": "web", "site": "web",
    "app": "app", "store": "store", "shop": "store", "pos": "store", "winkel": "store",
    "kassa": "store", "till": "store", "phone": "service", "telefoon": "service",
}  # fmt: skip
"""What shops call the channel of an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An attribute: its value, who said it, and what else was said of it."""

    label: str
    value: str
    said: str
    """Source and day."""
    others: tuple[str, ...]
    disputed: bool
    """Whether a hand said it, or somebody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """An extension on a customer's page."""

    extension: Extension
    text: str
    guidance: str
    said: str
    """Who gave it or keeps it away, since when, and why; empty: not on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the timeline, and by what it is found."""

    shown: TimelineRow
    groups: frozenset[str]
    note: int = 0
    """The note's number, where it is one."""


# --- who ------------------------------------------------------------------------------------------


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


def facts(page: Page, customer: Customer, claims: Collection[Claim]) -> Iterator[Fact]:
    """Attributes in the order of the definitions, each with where it comes from."""
    known = page.state.definitions
    for key in spoken.attributes_in_order(customer.attributes, known):
        label = known.attribute_labels.get(key)
        mine = [one for one in claims if one.attribute == key]
        held = next((one for one in mine if one.holds), None)
        yield Fact(
            label=key if label is None else page.text(label),
            value=spoken.attribute_words(key, customer.attributes[key], known, page.formats),
            said="" if held is None else _source(page, held),
            disputed=held is not None
            and (held.source == HAND or any(one.value != held.value for one in mine)),
            others=tuple(
                f"{one.value or page.say('care.no_value')}: {_source(page, one)}, {_why(page, one)}"
                for one in mine
                if one is not held
            ),
        )


def _source(page: Page, claim: Claim) -> str:
    source = page.say("care.by", name=claim.by) if claim.source == HAND else claim.source
    at = claim.received_at if claim.at is None else claim.at
    return f"{source}, {page.formats.short_day(at)}"


def _why(page: Page, claim: Claim) -> str:
    return page.say(f"customer.why_{claim.why}", source=claim.source, other=claim.before)


# --- labels ---------------------------------------------------------------------------------------


def labels(page: Page, on: OnCustomer) -> list[Label]:
    """What a customer carries, with what colleagues should know and who gave it."""
    return [
        Label(
            extension=one,
            text=label_text(page, one, value),
            guidance=guidance(page, one, value),
            said=_given(page, on.history, one.name, "give"),
        )
        for one, value in on.carried
    ]


def kept_away(page: Page, on: OnCustomer) -> list[Label]:
    """Labels that a hand took away, so that nothing else gives them until it is lifted."""
    found, seen = [], set()
    for said in on.history:
        if not said.origin.startswith("hand:") or said.name in seen:
            continue
        seen.add(said.name)
        extension = page.state.definitions.extensions.get(said.name)
        ended = said.until is not None and said.until <= on.as_of
        if said.action == "no" and extension is not None and not ended:
            found.append(
                Label(
                    extension=extension,
                    text=page.text(extension.label),
                    guidance="",
                    said=_told(page, said),
                )
            )
    return found


def label_text(page: Page, extension: Extension, value: Scalar) -> str:
    """``Loyalty status: Gold``."""
    label = page.text(extension.label)
    if value is None or isinstance(value, bool):
        return label
    known = extension.values.get(value) if isinstance(value, str) else None
    return f"{label}: {value if known is None else page.text(known.label)}"


def guidance(page: Page, extension: Extension, value: Scalar) -> str:
    """What colleagues should know: of the value, else of the label; empty: nothing."""
    known = extension.values.get(value) if isinstance(value, str) else None
    said = (known.guidance if known is not None else None) or extension.guidance
    return "" if said is None else page.text(said)


def _given(page: Page, history: Sequence[Said], of: str, action: str) -> str:
    found = next((one for one in history if one.name == of and one.action == action), None)
    return "" if found is None else _told(page, found)


def _told(page: Page, said: Said) -> str:
    kind, _, who = said.origin.partition(":")
    by = page.say("care.by", name=who) if kind == "hand" else page.say(f"care.origin_{kind}")
    parts = [by, page.formats.short_day(said.at)]
    if said.until is not None:
        parts.append(page.say("care.until", day=page.formats.short_day(said.until)))
    return ", ".join(parts) + (f": {said.reason}" if said.reason else "")


# --- what happened --------------------------------------------------------------------------------


def groups_of(row: Happening) -> frozenset[str]:
    """By which channels and kinds a row of the timeline is found."""
    if row.kind == "order":
        details = row.details or {}
        called = _CALLED.get(str(details.get("channel") or "").casefold().replace(" ", ""), "")
        channel = "store" if details.get("store") else called
        return frozenset({"purchases", channel} - {""})
    if row.kind == "refund":
        return frozenset({"purchases"})
    if row.kind in ("stage", "segment"):
        return frozenset({"stages"})
    if row.name in _WEB:
        return frozenset({"web"})
    if row.name in _SERVICE:
        return frozenset({"service"})
    begun = next((group for start, group in _BEGIN.items() if row.name.startswith(start)), "other")
    return frozenset({_ONE.get(row.name, begun)})


def rows(page: Page, happened: Sequence[Happening], notes: Sequence[Note]) -> list[Row]:
    """Everything that happened, the latest first, with the notes of colleagues among it."""
    definitions, known = page.state.definitions, page.visit.may("contact")
    found = []
    for one in happened:
        shown = timeline_row(one, page.formats, definitions)
        if one.kind == "order":
            shown = replace(shown, detail=_with_place(shown.detail, one) if known else "")
        if not known:
            title = page.say("web.customer.one_order") if one.kind == "order" else shown.title
            shown = replace(shown, title=title, detail="")
        found.append(Row(shown=shown, groups=groups_of(one)))
    for note in notes if known else ():
        told = page.say("care.note_of", name=note.by)
        shown = TimelineRow(at=note.at, kind="note", title=told, detail=note.text)
        found.append(Row(shown=shown, groups=frozenset({"notes"}), note=note.id))
    return sorted(found, key=lambda row: -row.shown.at)


def _with_place(detail: str, order: Happening) -> str:
    said = order.details or {}
    return ", ".join(str(one) for one in (detail, said.get("store") or said.get("channel")) if one)


# --- value and rhythm -----------------------------------------------------------------------------


def traits(page: Page, customer: Customer) -> list[tuple[str, str]]:
    """Values that say how somebody buys."""
    known, found = page.state.definitions, []
    for key in TRAITS:
        trait, value = known.traits.get(key), customer.traits.get(key)
        if trait is not None and not spoken.says_nothing(value):
            words = spoken.trait_words(trait, value, known, page.formats, customer.as_of)
            found.append((page.text(trait.label), words))
    return found


def rhythm(page: Page, customer: Customer) -> str:
    """How often somebody buys and when the next time would be; empty: not known."""
    gap, last = customer.traits.get("order_gap"), customer.last_order_at
    if not isinstance(gap, int) or gap < DAY_US or last is None:
        return ""
    due, every = last + gap, page.count("care.days", round(gap / DAY_US))
    if customer.as_of <= due:
        return page.say("care.rhythm_next", every=every, day=page.formats.day(due))
    if customer.as_of > last + MOST_DAYS_LATE * gap:
        return page.say("care.rhythm_gone", every=every, day=page.formats.day(due))
    return page.say("care.rhythm_late", every=every, day=page.formats.day(due))


def bought(page: Page, happened: Sequence[Happening]) -> str:
    """Bars of what was bought per month, of the last two years; empty: nothing was."""
    local = page.formats.local
    now = local(page.t)
    last = now.year * 12 + now.month - 1
    value: dict[int, int] = {}
    many: dict[int, int] = {}
    for one in happened:
        if one.kind == "order" and (one.details or {}).get("counts") is not False:
            at = local(one.at)
            month = at.year * 12 + at.month - 1
            value[month] = value.get(month, 0) + (one.amount or 0)
            many[month] = many.get(month, 0) + 1
    shown = range(last - MONTHS + 1, last + 1)
    if not any(month in many for month in shown):
        return ""
    marks = []
    for n, month in enumerate(shown):
        day = now.date().replace(year=month // 12, month=month % 12 + 1, day=1)
        title = page.count(
            "figures.month_bar",
            many.get(month, 0),
            month=page.formats.month(day),
            money=page.formats.money(value.get(month, 0)),
        )
        below = page.formats.month(day, short=True) if n % LABELLED == 0 else ""
        marks.append((below, value.get(month, 0), title))
    return columns(marks, page.say("care.bought_chart", n=MONTHS), page.formats.money)
