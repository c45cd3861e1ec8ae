"""Settings: the shop's own, its calendar, keys for the API, and who did what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast import settings as table
from stamgast.errors import UserError
from stamgast.web import accounts
from stamgast.web.audited import about
from stamgast.web.page import Page
from stamgast.web.visit import Answer, Visit, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.calendars import Occurrence, Season
    from stamgast.settings import Setting
    from stamgast.web.access import Role
    from stamgast.web.desk import State

CHOICES = {
    "language": ("nl", "en"),
    "address": ("je", "u"),
    "revenue_basis": ("including_vat", "excluding_vat"),
    "renewals_are_purchases": ("no", "yes"),
    "keep_imports": ("yes", "no"),
    "lifecycle_model": ("grid", "windowed"),
}
GROUPS = (
    ("shop", ("name", "language", "address", "zone", "currency", "country")),
    ("figures", ("history_from", "revenue_basis", "renewals_are_purchases", "lifecycle_model")),
    ("files", ("keep_imports", "upload_mb")),
    ("machine", ("memory_limit", "threads")),
)
FIXED = table.FROM_MAPPING
"""Settings that data was read with: they stand once there is any."""
KEY_ROLES: tuple[Role, ...] = ("analyst", "read-only", "service", "marketer", "admin")
PAGE_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A setting as a form has it."""

    setting: Setting
    value: str
    choices: tuple[str, ...]
    fixed: str
    """Why it cannot be changed here: ``data``, ``environment``; empty: it can."""


def show(visit: Visit) -> Answer:
    """The shop's settings."""
    state = visit.desk.state()
    values: dict[str, object] = {
        "page": Page(visit, state, state.t),
        "groups": [(name, [_field(state, one) for one in names]) for name, names in GROUPS],
        "saved": visit.query.get("saved") == "yes",
    }
    return Answer(template="settings.html.j2", values=values)


def save(visit: Visit) -> Answer:
    """Write what was changed to ``stamgast.toml``, checked as the file is."""
    desk, state = visit.desk, visit.desk.state()
    changed: dict[str, table.Value] = {}
    for _, names in GROUPS:
        for name in names:
            field = _field(state, name)
            said = visit.form.get(name, field.value).strip()
            if field.fixed or said == field.value:
                continue
            if not said.isprintable():
                raise UserError(
                    "settings.text",
                    f"{name} is no text of one line",
                    hint="leave out what cannot be seen",
                )
            changed[name] = _checked(name, said)
    if changed:
        written = {
            name: visit.form.get(name, "").strip() if name == "history_from" else value
            for name, value in changed.items()
        }
        table.write(desk.folder, written)
        visit.note("settings", ", ".join(changed))
    return Answer(to="/settings?saved=yes")


def calendars(visit: Visit) -> Answer:
    """Seasons and sales of a year, with their days."""
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    this = page.formats.local(state.t).year
    asked = visit.query.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else this  # noqa: PLR2004 - a year
    found = sorted(_occurrences(state, year), key=lambda one: (one[2].from_at, one[1].name))
    values: dict[str, object] = {
        "page": page,
        "year": year,
        "years": range(this - 2, this + 2),
        "found": found,
        "sales": bool(state.definitions.calendar.sales),
    }
    return Answer(template="calendars.html.j2", values=values)


def keys(visit: Visit, made: str = "") -> Answer:
    """The keys of the API. ``made``: a new one, shown this once."""
    state = visit.desk.state()
    values: dict[str, object] = {
        "page": Page(visit, state, state.t),
        "keys": visit.desk.keys.all(),
        "roles": KEY_ROLES,
        "made": made,
    }
    return Answer(template="keys.html.j2", values=values)


def add_key(visit: Visit) -> Answer:
    """Make a key."""
    name, role = visit.form.get("name", "").strip(), visit.form.get("role", "")
    made = accounts.add_key(visit.desk.keys, name, role, visit.desk.clock.now(), visit.name)
    visit.note("key_added", f"{name} ({role})")
    return keys(visit, made)


def remove_key(visit: Visit) -> Answer:
    """Withdraw a key."""
    visit.desk.keys.remove(visit.params["name"])
    visit.note("key_removed", visit.params["name"])
    return Answer(to="/settings/keys")


def audit(visit: Visit) -> Answer:
    """Who saw and changed what, page by page."""
    state = visit.desk.state()
    store = visit.sessions.users
    who, before = visit.query.get("who", ""), visit.query.get("before", "")
    lines = store.noted(PAGE_LINES + 1, who=who, before=whole(before))
    page = Page(visit, state, state.t)
    values: dict[str, object] = {
        "page": page,
        "lines": [(one, *about(page, one)) for one in lines[:PAGE_LINES]],
        "older": lines[PAGE_LINES - 1].id if len(lines) > PAGE_LINES else None,
        "who": who,
        "everybody": store.noted_users(),
    }
    return Answer(template="audit.html.j2", values=values)


# --- parts ----------------------------------------------------------------------------------------


def _field(state: State, name: str) -> Field:
    setting, settings = table.BY_NAME[name], state.settings
    value = getattr(settings, name)
    shown = "" if value is None else str(value)
    if name == "history_from" and value is not None:
        page_day = state.local_day(value)
        shown = page_day
    environment = settings.given.get(name, "").startswith("environment")
    fixed = "environment" if environment else "data" if name in FIXED and state.span else ""
    return Field(setting=setting, value=shown, choices=CHOICES.get(name, ()), fixed=fixed)


def _checked(name: str, said: str) -> table.Value:
    try:
        return table.checked(name, said, where="web")
    except table.InvalidSettings as error:
        wrong = error.issues[0]
        raise UserError("settings.wrong_value", wrong.message, hint=wrong.hint) from None


def _occurrences(state: State, year: int) -> Iterator[tuple[str, Season, Occurrence]]:
    known = state.definitions.calendar
    for kind, group in (("season", known.seasons), ("sale", known.sales)):
        for season in group.values():
            for one in season.occurrences:
                if one.year == year:
                    yield kind, season, one
