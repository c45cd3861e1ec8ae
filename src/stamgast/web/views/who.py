"""Who is who: what joined a customer's identifiers, and joining and parting by hand, shown first."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from stamgast.web.page import Page
from stamgast.web.views.care import unknown_act
from stamgast.web.views.customers import shown
from stamgast.web.views.person import name
from stamgast.web.visit import Answer, Visit, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.identity_answers import Decision, Dossier, Source
    from stamgast.app.shop import Shop
    from stamgast.store.people import Identifier
    from stamgast.store.writing import Verdict

ACTS = ("merge", "unmerge", "never", "withdraw")
MOST_FILES = 3


class Teller:
    """Says of identifiers, sources and verdicts what they are."""

    def __init__(self, page: Page, kinds: Mapping[str, str]) -> None:
        """``kinds``: identifier kind -> what people call it."""
        self._page = page
        self._kinds = kinds

    def kind(self, kind: str) -> str:
        """An identifier kind as people call it."""
        return self._kinds.get(kind, kind)

    def known(self, one: Identifier) -> str:
        """``e-mail address anna@example.org``."""
        return f"{self.kind(one.kind)} {one.value}"

    def source(self, said: Source | None) -> str:
        """What said something."""
        say = self._page.say
        if said is None:
            return say("identity.by_hand")
        if said.verdict is not None:
            moment = self._page.formats.moment(said.verdict.at)
            number_, who = str(said.verdict.id), said.verdict.by
            return say("identity.by_verdict", number=number_, who=who, moment=moment)
        files = ", ".join(PurePath(file).name for file in said.files[:MOST_FILES])
        what = say("identity.by_batch", batch=str(said.batch), files=files)
        if said.message is None:
            return what
        told = say(f"identity.message_{said.message[0]}", name=said.message[1])
        return f"{told[:1].upper()}{told[1:]}, {what}"

    def reason(self, reason: str) -> str:
        """Why a link was not taken."""
        if reason == "never":
            return self._page.say("identity.reason_never")
        kind = self.kind(reason.removeprefix("limit:"))
        return self._page.say("identity.reason_limit", kind=kind)

    def verdict(self, one: Verdict, names: Mapping[int, Identifier]) -> str:
        """A word by hand on two identifiers."""
        a, b = (self.known(names[side]) if side in names else str(side) for side in (one.a, one.b))
        key = "identity.same" if one.kind == "same" else "identity.never"
        moment = self._page.formats.moment(one.at)
        return self._page.say(key, number=str(one.id or ""), a=a, b=b, who=one.by, moment=moment)

    def planned(self, one: Verdict, names: Mapping[int, Identifier]) -> str:
        """A word that would be given."""
        key = "identity.would_same" if one.kind == "same" else "identity.would_never"
        a, b = (self.known(names[side]) for side in (one.a, one.b))
        return self._page.say(key, a=a, b=b)


def show(visit: Visit) -> Answer:
    """What joined each identifier, and the forms to join and part by hand."""
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    found = shown(visit, state, page)
    profile = found.customer.profile_id

    def asked(shop: Shop) -> tuple[Dossier, dict[str, str]]:
        return shop.identity.show(profile), _kinds(shop, visit)

    dossier, kinds = visit.ask(state, ("identity", profile, visit.language), asked)
    visit.note("customer", f"profile:{profile}")
    values = {
        "page": page,
        "name": name(page, found.customer),
        "customer": found.customer,
        "found": dossier,
        "told": Teller(page, kinds),
    }
    return Answer(template="identity.html.j2", values=values)


def decide(visit: Visit) -> Answer:
    """Show what a word on who is who would do; with ``confirmed`` do it."""
    act, sure = visit.form.get("act", ""), visit.form.get("confirmed") == "yes"
    a, b = (visit.form.get(side, "").strip() for side in ("a", "b"))
    if act not in ACTS:
        raise unknown_act()
    verdict = number(visit.form.get("verdict", "")) if act == "withdraw" else 0

    def asked(shop: Shop) -> tuple[Decision, dict[str, str]]:
        desk, kinds = shop.identity, _kinds(shop, visit)
        if act == "withdraw":
            return desk.withdraw(verdict, by=visit.name, confirmed=sure), kinds
        way = {"merge": desk.merge, "unmerge": desk.unmerge, "never": desk.never}[act]
        other = a, _found(shop, b) if act == "merge" else b
        return way(*other, by=visit.name, confirmed=sure), kinds

    profile = number(visit.params["profile"])
    found, kinds = visit.desk.do(asked)
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    if sure:
        visit.note("identity", f"{act} profile:{profile}")
    kept = {"act": act, "a": a, "b": b, "verdict": visit.form.get("verdict", "")}
    values = {
        "page": page,
        "found": found,
        "told": Teller(page, kinds),
        "profile": profile,
        "kept": kept,
    }
    return Answer(template="decided.html.j2", values=values)


def _found(shop: Shop, text: str) -> str:
    """Somebody else by whatever finds a customer, as an identifier."""
    return f"profile:{shop.customers.find(text)}"


def _kinds(shop: Shop, visit: Visit) -> dict[str, str]:
    known = ("customer_id", "loyalty_card", "email", "phone", "anonymous_id", "device_id")
    names = {*known, *(one.name for one in shop.customers.devices)}
    return {one: shop.customers.kind_label(one, visit.language) for one in sorted(names)}
