"""What colleagues write down about a customer: labels, consents and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from stamgast.errors import UserError
from stamgast.profiles.words import State as ConsentState
from stamgast.web.visit import Answer, Visit, address, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.shop import Shop

MOST_REASON = 200
SAID: Mapping[str, tuple[str, ...]] = {
    "timeline": ("note", "note_removed"),
    "labels": ("give", "no", "lift"),
    "consents": ("consent",),
}
"""Part of a customer's page -> what can have been done there a moment ago."""
VALUE = "="
"""Between a label and its value, in the field that one chooses from."""


def extension(visit: Visit) -> Answer:
    """Give a label, take it away or let it be given again."""
    profile = number(visit.params["profile"])
    name, _, value = visit.form.get("name", "").partition(VALUE)
    act = visit.form.get("act", "give")
    reason = visit.form.get("reason", "").strip()[:MOST_REASON] or None
    until = visit.form.get("until", "").strip() or None
    customer, by = f"profile:{profile}", visit.name

    def said(shop: Shop) -> None:
        labels = shop.extensions
        if act == "give":
            labels.set(name, customer, value or None, by=by, reason=reason, until=until)
        elif act == "no":
            labels.unset(name, customer, by=by, reason=reason, until=until)
        elif act == "lift":
            labels.lift(name, customer, by=by, reason=reason)
        else:
            raise unknown_act()

    visit.desk.do(said)
    visit.note("extension", f"{customer} {act} {name}")
    return _back(visit, profile, "labels", act)


def consent(visit: Visit) -> Answer:
    """Record what the customer said about being contacted."""
    profile = number(visit.params["profile"])
    purpose, channel = visit.form.get("purpose", ""), visit.form.get("channel", "")
    state = visit.form.get("state", "")
    if state not in get_args(ConsentState):
        raise unknown_act()
    obtained = visit.form.get("obtained", "").strip()[:MOST_REASON] or None
    customer = f"profile:{profile}"

    def said(shop: Shop) -> None:
        shop.consents.set(
            customer,
            purpose,
            channel,
            cast("ConsentState", state),
            by=visit.name,
            obtained=obtained,
        )

    visit.desk.do(said)
    visit.note("consent", f"{customer} {purpose} {channel} {state}")
    return _back(visit, profile, "consents", "consent")


def note(visit: Visit) -> Answer:
    """Write something down for colleagues."""
    profile = number(visit.params["profile"])
    text = visit.form.get("text", "")
    visit.desk.do(lambda shop: shop.customers.notes.add(f"profile:{profile}", text, by=visit.name))
    visit.note("note", f"profile:{profile}")
    return _back(visit, profile, "timeline", "note")


def remove_note(visit: Visit) -> Answer:
    """Take a note away."""
    profile, asked = number(visit.params["profile"]), number(visit.form.get("note", ""))
    visit.desk.do(lambda shop: shop.customers.notes.remove(f"profile:{profile}", asked))
    visit.note("note_removed", f"profile:{profile}")
    return _back(visit, profile, "timeline", "note_removed")


def unknown_act() -> UserError:
    """A form said what no button says."""
    return UserError("web.act", "there is no such choice", hint="go back and choose again")


def _back(visit: Visit, profile: int, part: str, done: str) -> Answer:
    """The customer's page at that part, where it is said what was done."""
    view = "desk" if visit.form.get("view") == "desk" else ""
    return Answer(to=address(f"/customers/{profile}", view=view, done=done) + f"#{part}")
