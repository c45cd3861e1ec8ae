"""The API about single customers: who they are, and what is written down about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypeVar

from fastapi import APIRouter, Request
from pydantic import Field

from stamgast.app.advice import advice_json
from stamgast.app.identity_answers import verdict_json
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.profiles.words import State  # noqa: TC001 - of a model
from stamgast.web.api.frame import (
    V1,
    Asked,
    AsOf,
    Called,
    Confirmed,
    Json,
    Limit,
    Number,
    Offset,
    Profile,
    Said,
    Short,
    Text,
    When,
    answer,
    change,
    fresh,
)
from stamgast.web.guard import visit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stamgast.app.claims import Claim
    from stamgast.app.consents import ConsentSaid
    from stamgast.app.extensions import OnCustomer
    from stamgast.app.identity_answers import Decision
    from stamgast.app.privacy import Erased
    from stamgast.app.shop import Shop
    from stamgast.model.log import Instant
    from stamgast.web.visit import Done

T = TypeVar("T")
router = APIRouter(prefix=V1)
Act: TypeAlias = Literal["give", "no", "lift"]


class Labelled(Asked):
    """A word about a label: give it, say that it is not so, or take that back."""

    act: Act = "give"
    value: Short | None = None
    reason: Short | None = None
    since: When | None = None
    until: When | None = None


class Agreed(Asked):
    """What a customer said about being contacted."""

    purpose: Short
    channel: Short
    state: State
    address: Short | None = None
    at: When | None = None
    obtained: Short | None = None
    text_version: Short | None = None


class Noted(Asked):
    """A note."""

    text: Text


class Claimed(Asked):
    """An attribute, said by hand; null: it has none."""

    value: Short | None
    source: Short | None = None
    at: When | None = None
    always: bool = False


class Two(Asked):
    """Two identifiers, and whether it is to be done, or only to be shown what changes."""

    a: Short
    b: Short
    confirmed: bool = False


class Gone(Asked):
    """Erasing: without the number of the profile it is only told what would go."""

    profile_id: Annotated[int | None, Field(ge=1, lt=2**63)] = None


# --- who they are ---------------------------------------------------------------------------------


@router.get("/customers", summary="Who may be meant by a text")
def customers(request: Request, q: Said) -> Json:
    """As ``stamgast customer find``."""

    def asked(shop: Shop, _: Instant) -> Json:
        matches, many = shop.customers.search(q)
        return {"count": many, "matches": [one.as_json() for one in matches]}

    return answer(request, None, asked, (q,))


@router.get("/customers/{profile}", summary="Who a customer is and where it stands")
def customer(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
    """As ``stamgast customer show``."""
    return answer(
        request, as_of, lambda shop, t: shop.customers.show(profile, as_of=t).as_json(), (profile,)
    )


@router.get("/customers/{profile}/timeline", summary="What happened, newest first")
def timeline(
    request: Request, profile: Profile, as_of: AsOf = None, limit: Limit = 1000, offset: Offset = 0
) -> Json:
    """As ``stamgast customer timeline``."""

    def asked(shop: Shop, t: Instant) -> Json:
        rows = shop.customers.timeline(profile, as_of=t)
        return {
            "count": len(rows),
            "timeline": [one.as_json() for one in rows[offset : offset + limit]],
        }

    return answer(request, as_of, asked, (profile, limit, offset))


@router.get("/customers/{profile}/advice", summary="What to do for a customer")
def advice(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
    """As ``stamgast advice show``."""
    language = visit_of(request).language

    def asked(shop: Shop, t: Instant) -> Json:
        found = shop.advice.show(profile, as_of=t)
        message = shop.advice.message(found, language)
        return advice_json(shop.advice, found, message, shop.definitions, language)

    return answer(request, as_of, asked, (profile, language))


@router.get("/customers/{profile}/attributes", summary="What each source said of each attribute")
def attributes(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
    """As ``stamgast customer show --provenance``."""
    return answer(
        request, as_of, lambda shop, t: _claims(shop.customers.claims(profile, as_of=t)), (profile,)
    )


@router.post("/customers/{profile}/attributes/{name}", summary="Say an attribute by hand")
def set_attribute(request: Request, profile: Profile, name: Called, said: Claimed) -> Json:
    """As ``stamgast customer set``."""

    def act(shop: Shop, one: str, by: str) -> Sequence[Claim]:
        return shop.customers.set(one, name, by=by, **said.model_dump())

    return _claims(_changed(request, profile, act, "attribute", name))


@router.delete("/customers/{profile}/attributes/{name}", summary="Take a word by hand back")
def unset_attribute(request: Request, profile: Profile, name: Called) -> Json:
    """As ``stamgast customer unset``."""

    def act(shop: Shop, one: str, _: str) -> Sequence[Claim]:
        return shop.customers.unset(one, name)

    return _claims(_changed(request, profile, act, "attribute", name))


# --- what is written down -------------------------------------------------------------------------


@router.get("/customers/{profile}/extensions", summary="The labels that a customer carries")
def labels(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
    """As ``stamgast extension show``."""
    return answer(
        request, as_of, lambda shop, t: shop.extensions.show(profile, as_of=t).as_json(), (profile,)
    )


@router.post("/customers/{profile}/extensions/{name}", summary="Give a label, or say it is not so")
def label(request: Request, profile: Profile, name: Called, said: Labelled) -> Json:
    """As ``stamgast extension set``, ``unset`` and ``lift``."""

    def act(shop: Shop, one: str, by: str) -> OnCustomer:
        desk, reason, since, until = shop.extensions, said.reason, said.since, said.until
        if said.act == "give":
            return desk.set(name, one, said.value, by=by, reason=reason, since=since, until=until)
        if said.act == "no":
            return desk.unset(name, one, by=by, reason=reason, since=since, until=until)
        return desk.lift(name, one, by=by, reason=reason)

    return _changed(request, profile, act, "extension", f"{said.act} {name}").as_json()


@router.get("/customers/{profile}/consents", summary="What a customer agreed to and withdrew")
def consents(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
    """As ``stamgast consent show``."""
    return answer(
        request, as_of, lambda shop, t: _consents(shop.consents.show(profile, as_of=t)), (profile,)
    )


@router.post("/customers/{profile}/consents", summary="Record what a customer agreed to")
def consent(request: Request, profile: Profile, said: Agreed) -> Json:
    """As ``stamgast consent set``."""

    def act(shop: Shop, one: str, by: str) -> Sequence[ConsentSaid]:
        at = None if said.at is None else parse_instant(said.at, zone=shop.settings.zone)
        return shop.consents.set(
            one,
            said.purpose,
            said.channel,
            said.state,
            by=by,
            address=said.address,
            at=at,
            obtained=said.obtained,
            text_version=said.text_version,
        )

    about = f"{said.purpose} {said.channel} {said.state}"
    return _consents(_changed(request, profile, act, "consent", about))


@router.get("/customers/{profile}/notes", summary="What colleagues wrote, the latest first")
def notes(request: Request, profile: Profile) -> Json:
    """As ``stamgast note list``."""
    visit_of(request).note("api", str(request.scope["stamgast.route"]))
    return fresh(
        request,
        lambda shop: {"notes": [one.as_json() for one in shop.customers.notes.list(profile)]},
    )


@router.post("/customers/{profile}/notes", summary="Write a note about a customer")
def note(request: Request, profile: Profile, noted: Noted) -> Json:
    """As ``stamgast note add``."""

    def act(shop: Shop, one: str, by: str) -> int:
        return shop.customers.notes.add(one, noted.text, by=by)

    return {"note": _changed(request, profile, act, "note")}


@router.delete("/customers/{profile}/notes/{number}", summary="Take a note away")
def remove_note(request: Request, profile: Profile, number: Number) -> Json:
    """As ``stamgast note remove``."""

    def act(shop: Shop, one: str, _: str) -> None:
        shop.customers.notes.remove(one, number)

    _changed(request, profile, act, "note_removed")
    return {"removed": number}


# --- who is who -----------------------------------------------------------------------------------


@router.get("/customers/{profile}/identity", summary="Why a customer is one person")
def identity(request: Request, profile: Profile) -> Json:
    """As ``stamgast identity show``."""
    return answer(request, None, lambda shop, _: shop.identity.show(profile).as_json(), (profile,))


@router.get("/identity", summary="Every verdict that was ever given")
def verdicts(request: Request) -> Json:
    """As ``stamgast identity list``."""

    def asked(shop: Shop, _: Instant) -> Json:
        names = shop.identity.verdict_names()
        return {"verdicts": [verdict_json(one, names) for one in shop.identity.verdicts()]}

    return answer(request, None, asked)


@router.post("/identity/{what}", summary="Say that two are one person, or are not")
def decide(request: Request, what: Literal["merge", "unmerge", "never"], two: Two) -> Json:
    """As ``stamgast identity merge``, ``unmerge`` and ``never``."""

    def act(shop: Shop, by: str) -> Decision:
        desk = shop.identity
        ask = {"merge": desk.merge, "unmerge": desk.unmerge, "never": desk.never}[what]
        return ask(two.a, two.b, by=by, confirmed=two.confirmed)

    return _decided(request, act, what)


@router.post("/identity/verdicts/{number}/withdraw", summary="Take a verdict back")
def withdraw(request: Request, number: Number, how: Confirmed) -> Json:
    """As ``stamgast identity withdraw``."""

    def act(shop: Shop, by: str) -> Decision:
        return shop.identity.withdraw(number, by=by, confirmed=how.confirmed)

    return _decided(request, act, "withdraw")


# --- what they may ask of the shop ----------------------------------------------------------------


@router.get("/customers/{profile}/everything", summary="All that is held about a customer")
def everything(request: Request, profile: Profile) -> Json:
    """As ``stamgast export``."""

    def act(shop: Shop, one: str, _: str) -> Json:
        return shop.privacy.everything(one)

    return _changed(request, profile, act, "person_export")


@router.post("/customers/{profile}/erase", summary="Erase a customer")
def erase(request: Request, profile: Profile, gone: Gone) -> Json:
    """As ``stamgast erase``: without the number of the profile it is told what would go."""
    visit = visit_of(request)

    def act(shop: Shop) -> Erased:
        number = shop.customers.find(profile)
        if gone.profile_id not in (None, number):
            raise UserError(
                "erase.other_profile",
                "that is the number of another profile",
                hint="ask what would go first, and give the number that it names",
            )
        sure = gone.profile_id is not None
        return shop.privacy.erase(f"profile:{number}", by=visit.name, confirmed=sure)

    found = visit.desk.do(act)
    if found.done:
        visit.desk.forget()
        visit.note("erased", f"profile:{found.profile_id}")
    return found.as_json()


# --- parts ----------------------------------------------------------------------------------------


def _changed(
    request: Request,
    profile: str,
    act: Callable[[Shop, str, str], T],
    what: Done,
    more: str = "",
) -> T:
    """Do something about a customer; on record it is about the number of their profile."""

    def both(shop: Shop, by: str) -> tuple[int, T]:
        number = shop.customers.find(profile)
        return number, act(shop, f"profile:{number}", by)

    return change(request, both, what, lambda done: f"profile:{done[0]} {more}".strip())[1]


def _decided(request: Request, act: Callable[[Shop, str], Decision], what: str) -> Json:
    visit = visit_of(request)
    found = visit.desk.do(lambda shop: act(shop, visit.name))
    if found.done:
        visit.note("identity", f"{what} profile:{found.after[0].profile_id}")
    return found.as_json()


def _claims(found: Sequence[Claim]) -> Json:
    return {"claims": [one.as_json() for one in found]}


def _consents(found: Sequence[ConsentSaid]) -> Json:
    return {"consents": [one.as_json() for one in found]}
