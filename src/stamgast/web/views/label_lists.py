"""A list of customers for a label: what it changes is shown first, then carried out; and repairs."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, cast

from stamgast.web.page import Page
from stamgast.web.views.labels import MODES, described, label_of, origin_words, until_of
from stamgast.web.visit import Answer, Visit, address, not_found
from stamgast.web.waiting import Waiting, gone, keep, waiting

if TYPE_CHECKING:
    from stamgast.app.listing import ListChange, Mode
    from stamgast.app.shop import Shop
    from stamgast.web.desk import State

MOST_SHOWN = 100
MOST_REASON = 200
NAME_CHARACTERS = 60


def take(visit: Visit) -> Answer:
    """Keep the list for a moment, and go to what it would change."""
    state = visit.desk.state()
    one = label_of(visit, state, visit.form.get("name", "-"))
    mode = visit.form.get("mode", "add")
    if mode not in MODES:
        raise not_found()
    until = visit.form.get("until", "").strip()
    until_of(until, state.settings.zone)
    asked = Waiting(
        token="",
        extension=one.name,
        mode=cast("Mode", mode),
        called=visit.form.get("called", "").strip()[:NAME_CHARACTERS],
        value=visit.form.get("value", "").strip(),
        until=until,
        reason=visit.form.get("reason", "").strip()[:MOST_REASON],
    )
    file = visit.file if visit.file is not None and visit.file.name else None
    named = None if file is None else (file.name, file.content)
    made = keep(visit.desk, asked, visit.form.get("text", ""), named)
    return Answer(to=f"/extension-lists/{made.token}")


def look(visit: Visit) -> Answer:
    """What a list would change; nothing is done."""
    state = visit.desk.state()
    asked, _ = waiting(visit.desk, visit.params["token"])
    found = visit.desk.do(lambda shop: _changed(visit, shop, asked, sure=False), "figures")
    return _shown(visit, state, asked, found)


def carry_out(visit: Visit) -> Answer:
    """Do it, if it still changes what was seen; or let go of it."""
    state = visit.desk.state()
    asked, _ = waiting(visit.desk, visit.params["token"])
    to = f"/extensions/{asked.extension}"
    if visit.form.get("act") == "discard":
        gone(visit.desk, asked.token)
        return Answer(to=to)

    def act(shop: Shop) -> ListChange:
        first = _changed(visit, shop, asked, sure=False)
        if _mark(first) != visit.form.get("mark", ""):
            return first
        return _changed(visit, shop, asked, sure=True)

    found = visit.desk.do(act, "figures")
    if not found.done:
        return _shown(visit, state, asked, found, changed=True)
    gone(visit.desk, asked.token)
    return _ended(visit, found, to)


def repair(visit: Visit) -> Answer:
    """Give it to who lacks it, or take it from who should not carry it, as the page shows them."""
    state = visit.desk.state()
    one = label_of(visit, state)
    way = visit.form.get("way", "")
    if way not in ("give", "take"):
        raise not_found()
    value = visit.form.get("value", "").strip() or None

    def act(shop: Shop) -> ListChange:
        desk = shop.extensions
        return desk.repair(
            one.name,
            "give" if way == "give" else "take",
            by=visit.name,
            value=value,
            confirmed=True,
        )

    found = visit.desk.do(act, "figures")
    return _ended(visit, found, f"/extensions/{one.name}")


# --- parts ----------------------------------------------------------------------------------------


def _changed(visit: Visit, shop: Shop, asked: Waiting, *, sure: bool) -> ListChange:
    _, file = waiting(visit.desk, asked.token)
    return shop.extensions.import_list(
        asked.extension,
        file,
        mode=asked.mode,
        called=asked.called or None,
        value=asked.value or None,
        until=until_of(asked.until, shop.settings.zone),
        reason=asked.reason or None,
        confirmed=sure,
    )


def _mark(found: ListChange) -> str:
    """Tells whether a list changes the same as when it was looked at."""
    parts = (
        found.mode,
        [(one.profile_id, one.value) for one in found.added],
        [(one.profile_id, one.value) for one in found.changed],
        [(one.identity_id, one.origin) for one in found.taken],
        [one.named.profile_id for one in found.refused],
    )
    return sha256(repr(parts).encode()).hexdigest()


def _shown(
    visit: Visit, state: State, asked: Waiting, found: ListChange, *, changed: bool = False
) -> Answer:
    page = Page(visit, state, state.t)
    one = label_of(visit, state, asked.extension)
    groups = {
        "gets": [x.profile_id for x in found.added],
        "changes": [x.profile_id for x in found.changed],
        "loses": list(dict.fromkeys(x.profile_id for x in found.taken)),
        "refused": [x.named.profile_id for x in found.refused],
    }
    asked_for = [profile for group in groups.values() for profile in group[:MOST_SHOWN]]
    names = described(visit, state, asked_for)
    values: dict[str, object] = {
        "page": page,
        "one": one,
        "asked": asked,
        "found": found,
        "mark": _mark(found),
        "changed": changed,
        "called": origin_words(page, "import", asked.called) if asked.called else "",
        "groups": {
            key: (len(group), [names[x] for x in group[:MOST_SHOWN] if x in names])
            for key, group in groups.items()
        },
        "unknown": found.unknown[:MOST_SHOWN],
        "does": bool(
            found.added or found.changed or found.taken or any(x.gives for x in found.refused)
        ),
    }
    return Answer(template="label_list.html.j2", values=values, status=409 if changed else 200)


def _ended(visit: Visit, found: ListChange, to: str) -> Answer:
    loses = len({one.profile_id for one in found.taken})
    gets, changes = len(found.added), len(found.changed)
    visit.note("extension_list", f"{found.extension} {gets + changes} {loses}")
    return Answer(to=address(to, done=f"{gets}-{loses}-{changes}"))
