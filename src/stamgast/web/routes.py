"""Every page and the view that answers it; ``access.ASKS`` says what each asks of who comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stamgast.web.views import (
    account,
    builder,
    care,
    customers,
    data,
    doors,
    letter,
    lifecycle,
    overview,
    rights,
    segments,
    settings,
    start,
    strategies,
    studies,
    thresholds,
    upload,
    who,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.web.visit import Answer, Visit

    View: TypeAlias = Callable[[Visit], Answer]

PAGES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/login", doors.login),
    ("POST", "/login", doors.sign_in),
    ("GET", "/account", account.show),
    ("POST", "/account", account.choose_password),
    ("GET", "/", overview.show),
    ("GET", "/letter", letter.show),
    ("GET", "/studies", studies.show),
    ("GET", "/strategies", strategies.show),
    ("GET", "/lifecycle", lifecycle.show),
    ("GET", "/lifecycle/moved", lifecycle.moved),
    ("GET", "/lifecycle/thresholds", thresholds.show),
    ("POST", "/lifecycle/thresholds", thresholds.save),
    ("GET", "/segments", segments.every),
    ("GET", "/segments/new", builder.new),
    ("POST", "/segments/build", builder.build),
    ("POST", "/segments/plan", builder.plan),
    ("POST", "/segments/save", builder.save),
    ("GET", "/segments/{name}", segments.show),
    ("GET", "/segments/{name}/edit", builder.edit),
    ("GET", "/segments/{name}/versions", builder.versions),
    ("POST", "/segments/{name}/undo", builder.undo),
    ("POST", "/segments/{name}/export", segments.export),
    ("GET", "/exports/{number}/file", segments.exported_file),
    ("GET", "/customers", customers.search),
    ("GET", "/customers/{profile}", customers.show),
    ("GET", "/customers/{profile}/identity", who.show),
    ("POST", "/customers/{profile}/identity", who.decide),
    ("POST", "/customers/{profile}/extension", care.extension),
    ("POST", "/customers/{profile}/consent", care.consent),
    ("POST", "/customers/{profile}/note", care.note),
    ("POST", "/customers/{profile}/note/remove", care.remove_note),
    ("POST", "/customers/{profile}/everything", rights.everything),
    ("GET", "/customers/{profile}/erase", rights.ask),
    ("POST", "/customers/{profile}/erase", rights.erase),
    ("POST", "/start/demo", start.make_demo),
    ("POST", "/start/demo/remove", start.remove_demo),
    ("POST", "/refresh", start.refresh),
    ("GET", "/work", start.work),
    ("GET", "/data", data.show),
    ("GET", "/data/imports/{batch}", data.one_import),
    ("POST", "/data/imports/{batch}/undo", data.undo),
    ("GET", "/data/quarantine", data.quarantine),
    ("POST", "/data/quarantine/dismiss", data.dismiss),
    ("POST", "/data/quarantine/file", data.mending_file),
    ("GET", "/data/quarantine/{row}", data.row),
    ("POST", "/data/quarantine/{row}", data.mend),
    ("GET", "/upload", upload.door),
    ("POST", "/upload", upload.take),
    ("GET", "/upload/{token}", upload.look),
    ("POST", "/upload/{token}", upload.choose),
    ("POST", "/upload/{token}/read", upload.read),
    ("POST", "/upload/{token}/discard", upload.discard),
    ("GET", "/settings", settings.show),
    ("POST", "/settings", settings.save),
    ("GET", "/settings/calendars", settings.calendars),
    ("GET", "/settings/keys", settings.keys),
    ("POST", "/settings/keys", settings.add_key),
    ("POST", "/settings/keys/{name}/remove", settings.remove_key),
    ("GET", "/settings/audit", settings.audit),
    ("GET", "/users", account.users),
    ("POST", "/users", account.add_user),
    ("POST", "/users/{name}/remove", account.remove_user),
)
"""Method, path and view. Signing in and out, languages and files are in ``app``."""
