"""Every page and the view that answers it; ``access.ASKS`` says what each asks of who comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stamgast.web.views import (
    account,
    customers,
    doors,
    lifecycle,
    overview,
    segments,
    start,
    upload,
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
    ("GET", "/lifecycle", lifecycle.show),
    ("GET", "/lifecycle/moved", lifecycle.moved),
    ("GET", "/segments", segments.every),
    ("GET", "/segments/{name}", segments.show),
    ("POST", "/segments/{name}/export", segments.export),
    ("GET", "/exports/{number}/file", segments.exported_file),
    ("GET", "/customers", customers.search),
    ("GET", "/customers/{profile}", customers.show),
    ("POST", "/start/demo", start.make_demo),
    ("POST", "/start/demo/remove", start.remove_demo),
    ("POST", "/refresh", start.refresh),
    ("GET", "/work", start.work),
    ("GET", "/upload", upload.door),
    ("POST", "/upload", upload.take),
    ("GET", "/upload/{token}", upload.look),
    ("POST", "/upload/{token}", upload.choose),
    ("POST", "/upload/{token}/read", upload.read),
    ("POST", "/upload/{token}/discard", upload.discard),
    ("GET", "/users", account.users),
    ("POST", "/users", account.add_user),
    ("POST", "/users/{name}/remove", account.remove_user),
)
"""Method, path and view. Signing in and out, languages and files are in ``app``."""
