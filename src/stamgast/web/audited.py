"""What a line of the audit is about, in words: who, which segment, which label, and where to see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stamgast.errors import UserError
from stamgast.report.words import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stamgast.store.users import Seen
    from stamgast.web.page import Page

PROFILE = re.compile(r"profile:(\d+)")
ROLED = re.compile(r"(?P<name>.*) \((?P<role>[\w-]+)\)", re.DOTALL)
API = re.compile(r"/api/v1/")
LONGEST = 300


def about(page: Page, line: Seen) -> tuple[str, str]:
    """The words, and the address of what it is about; empty: there is nothing to go to.

    What was written in a way that is not known any more is shown as it was written.
    """
    text = line.about[:LONGEST]
    told = _TOLD.get(line.what)
    if told is None or not text:
        return text, ""
    try:
        return told(page, text)
    except (ValueError, KeyError, IndexError, UserError):
        return text, ""


# --- each kind of line ----------------------------------------------------------------------------


def _customer(page: Page, text: str) -> tuple[str, str]:
    found = PROFILE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    number = found[1]
    return page.say("web.customer.profile", number=number), f"/customers/{number}"


def _label(page: Page, text: str) -> tuple[str, str]:
    who, act, name = text.split(" ")
    told, url = _customer(page, who)
    done = page.say(f"extension.{act}")
    return page.say("audit.of", who=told, what=page.label(name), done=done), url


def _attribute(page: Page, text: str) -> tuple[str, str]:
    who, name = text.split(" ")
    told, url = _customer(page, who)
    label = page.state.definitions.attribute_labels.get(name)
    return f"{told}: {name if label is None else page.text(label)}", url


def _consent(page: Page, text: str) -> tuple[str, str]:
    who, purpose, channel, state = text.split(" ")
    told, url = _customer(page, who)
    known = page.state.definitions.consents.get(purpose)
    what = purpose if known is None else page.text(known.label)
    over = _said(page, f"web.channel.{channel}", channel)
    done = page.say(f"consent.{state}")
    return page.say("audit.of", who=told, what=f"{what}, {over}", done=done), url


def _identity(page: Page, text: str) -> tuple[str, str]:
    act, who = text.split(" ")
    told, url = _customer(page, who)
    return page.say("audit.who", who=told, done=page.say(f"audit.identity.{act}")), url


def _export(page: Page, text: str) -> tuple[str, str]:
    name, channel, many = text.rsplit(" ", 2)
    what = page.moving(name) or page.segment(name)
    told = page.count("audit.export", int(many), what=what, channel=page.say(f"gate.{channel}"))
    return told, f"/segments/{name}" if name in page.state.definitions.segments else ""


def _version(page: Page, text: str) -> tuple[str, str]:
    name, number = text.split(" ")
    told = page.say("audit.version", what=page.segment(name), n=int(number))
    return told, f"/segments/{name}/versions"


def _list(page: Page, text: str) -> tuple[str, str]:
    name, gets, loses = text.split(" ")
    number = page.formats.number
    told = page.say("audit.list", what=page.label(name), a=number(int(gets)), b=number(int(loses)))
    return told, f"/extensions/{name}"


def _extension(page: Page, text: str) -> tuple[str, str]:
    if text not in page.state.definitions.extensions:
        raise ValueError(text)
    return page.label(text), f"/extensions/{text}"


def _times(page: Page, text: str) -> tuple[str, str]:
    parts = []
    for one in text.split(", "):
        name, before, _, after = one.split(" ")
        told = _said(page, f"steer.of.{name}", name)
        parts.append(f"{told}: {int(before)} → {int(after)}")
    return "; ".join(parts), "/lifecycle/thresholds/versions"


def _import(page: Page, text: str) -> tuple[str, str]:
    return page.say("audit.import", n=int(text)), f"/data/imports/{int(text)}"


def _rows(page: Page, text: str) -> tuple[str, str]:
    if text.isdigit():
        return page.say("audit.row", n=int(text)), ""
    what, _, done = text.rpartition(" ")
    if done == "dismissed":
        return page.count("audit.dismissed", int(what)), "/data/quarantine"
    if done == "reopened":
        return page.count("audit.reopened", int(what)), "/data/quarantine"
    if done == "fetched":
        return page.say("audit.fetched", what=what), "/data/quarantine"
    raise ValueError(text)


def _fetched(page: Page, text: str) -> tuple[str, str]:
    return page.say("audit.list_number", n=int(text)), ""


def _settings(page: Page, text: str) -> tuple[str, str]:
    names = (_said(page, f"settings.label.{one}", one) for one in text.split(", "))
    return ", ".join(names), "/settings"


def _roled(page: Page, text: str) -> tuple[str, str]:
    found = ROLED.fullmatch(text)
    if found is None:
        return text, ""
    role = _said(page, f"web.role.{found['role']}", found["role"])
    return f"{found['name']}, {role}", ""


def _route(page: Page, text: str) -> tuple[str, str]:
    parts = API.sub("", text).split("/")
    last = parts[-1] if not parts[-1].startswith("{") else "one"
    return _said(page, f"audit.api.{last}", text), ""


def _said(page: Page, key: str, otherwise: str) -> str:
    return page.say(key) if key in catalogue() else otherwise


_TOLD: Mapping[str, Callable[[Page, str], tuple[str, str]]] = {
    "customer": _customer,
    "note": _customer,
    "note_removed": _customer,
    "person_export": _customer,
    "extension": _label,
    "extension_people": _extension,
    "extension_list": _list,
    "consent": _consent,
    "identity": _identity,
    "export": _export,
    "export_fetched": _fetched,
    "segment_saved": _version,
    "thresholds": _times,
    "undone": _import,
    "quarantine": _rows,
    "settings": _settings,
    "user_added": _roled,
    "user_role": _roled,
    "attribute": _attribute,
    "key_added": _roled,
    "api": _route,
}
