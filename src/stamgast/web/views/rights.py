"""What a person may ask of a shop: everything that is held about them as a file, and to be erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.web.page import Page
from stamgast.web.views.customers import shown
from stamgast.web.views.person import name
from stamgast.web.visit import Answer, Visit, number

if TYPE_CHECKING:
    from stamgast.app.privacy import Erased


def everything(visit: Visit) -> Answer:
    """All that is held about a customer, to read (HTML) or for another program (JSON)."""
    profile = number(visit.params["profile"])
    ending = "json" if visit.form.get("form") == "json" else "html"
    file = visit.desk.scratch() / f"everything.{ending}"
    visit.desk.do(lambda shop: shop.privacy.export(f"profile:{profile}", file))
    visit.note("person_export", f"profile:{profile}")
    return Answer(file=str(file), file_name=f"stamgast-profile-{profile}.{ending}")


def ask(visit: Visit, problem: str = "") -> Answer:
    """What erasing somebody would take away, and the field in which one says so."""
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    found = shown(visit, state, page)
    profile = found.customer.profile_id
    gone = visit.desk.do(lambda shop: shop.privacy.erase(profile, by=visit.name))
    values = {**_told(page, gone), "name": name(page, found.customer), "problem": problem}
    return Answer(template="erase.html.j2", values=values, status=400 if problem else 200)


def erase(visit: Visit) -> Answer:
    """Erase somebody, once the number of the profile was typed."""
    profile = number(visit.params["profile"])
    if visit.form.get("typed", "").strip() != str(profile):
        return ask(visit, "erase.typed_wrong")
    gone = visit.desk.do(
        lambda shop: shop.privacy.erase(f"profile:{profile}", by=visit.name, confirmed=True)
    )
    visit.desk.forget()
    visit.note("erased", f"profile:{profile}")
    state = visit.desk.state()
    values = {**_told(Page(visit, state, state.t), gone), "name": "", "problem": ""}
    return Answer(template="erase.html.j2", values=values)


def _told(page: Page, found: Erased) -> dict[str, object]:
    """What goes and what stays, in words."""
    return {
        "page": page,
        "profile": found.profile_id,
        "found": found,
        "gone": [page.count(f"erase.gone_{one}", n) for one, n in found.gone.items()],
        "kept": [page.count(f"erase.gone_{one}", n) for one, n in found.stays.items()],
    }
