"""Who may do what: roles, and the one table that says what each route asks of them.

A route that is not in the table is closed to everybody; a test walks over every route and role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Role: TypeAlias = Literal["admin", "marketer", "analyst", "service", "read-only"]
Permission: TypeAlias = Literal[
    "open", "signed_in", "figures", "customers", "contact", "care", "privacy",
    "export", "data", "users",
    "try", "define",
]  # fmt: skip
"""``open``: nobody need sign in. ``figures``: numbers of the shop. ``customers``: single customers,
with what tells who they are masked. ``contact``: and that unmasked. ``care``: what
is written down about them: labels, consents, notes, who is who. ``privacy``: everything about somebody
as a file, and erasing. ``export``: lists that leave the
shop. ``try``: segments being built. ``define``: and
saving them. ``data``: imports and the demo shop. ``users``: who may sign in, keys,
settings, and the audit."""

ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

MAY: Mapping[Role, frozenset[Permission]] = {
    "admin": frozenset(PERMISSIONS),
    "marketer": frozenset(
        {
            "open",
            "signed_in",
            "figures",
            "customers",
            "contact",
            "care",
            "export",
            "data",
            "try",
            "define",
        }
    ),
    "analyst": frozenset({"open", "signed_in", "figures", "customers", "try"}),
    "service": frozenset({"open", "signed_in", "figures", "customers", "contact", "care"}),
    "read-only": frozenset({"open", "signed_in", "figures"}),
}

ASKS: Mapping[tuple[str, str], Permission] = {
    ("GET", "/health"): "open",
    ("GET", "/static/{file}"): "open",
    ("GET", "/favicon.ico"): "open",
    ("GET", "/login"): "open",
    ("POST", "/login"): "open",
    ("GET", "/enter/{token}"): "open",
    ("GET", "/language/{language}"): "open",
    ("POST", "/logout"): "signed_in",
    ("GET", "/account"): "signed_in",
    ("POST", "/account"): "signed_in",
    ("GET", "/"): "figures",
    ("GET", "/letter"): "figures",
    ("GET", "/studies"): "figures",
    ("GET", "/strategies"): "figures",
    ("GET", "/lifecycle"): "figures",
    ("GET", "/lifecycle/moved"): "customers",
    ("GET", "/lifecycle/people"): "customers",
    ("POST", "/lifecycle/people/export"): "export",
    ("GET", "/lifecycle/thresholds"): "figures",
    ("POST", "/lifecycle/thresholds"): "define",
    ("GET", "/lifecycle/thresholds/versions"): "try",
    ("GET", "/segments"): "figures",
    ("GET", "/segments/new"): "try",
    ("POST", "/segments/build"): "try",
    ("POST", "/segments/plan"): "define",
    ("POST", "/segments/save"): "define",
    ("GET", "/segments/{name}"): "figures",
    ("GET", "/segments/{name}/edit"): "try",
    ("GET", "/segments/{name}/versions"): "try",
    ("POST", "/segments/{name}/undo"): "define",
    ("POST", "/segments/{name}/export"): "export",
    ("GET", "/exports/{number}/file"): "export",
    ("GET", "/customers"): "customers",
    ("GET", "/customers/{profile}"): "customers",
    ("GET", "/customers/{profile}/identity"): "care",
    ("POST", "/customers/{profile}/identity"): "care",
    ("POST", "/customers/{profile}/extension"): "care",
    ("POST", "/customers/{profile}/consent"): "care",
    ("POST", "/customers/{profile}/note"): "care",
    ("POST", "/customers/{profile}/note/remove"): "care",
    ("POST", "/customers/{profile}/everything"): "privacy",
    ("GET", "/customers/{profile}/erase"): "privacy",
    ("POST", "/customers/{profile}/erase"): "privacy",
    ("GET", "/extensions"): "figures",
    ("GET", "/extensions/{name}"): "figures",
    ("GET", "/extensions/{name}/people"): "customers",
    ("POST", "/extensions/{name}/repair"): "data",
    ("POST", "/extension-lists"): "data",
    ("GET", "/extension-lists/{token}"): "data",
    ("POST", "/extension-lists/{token}"): "data",
    ("POST", "/start/demo"): "data",
    ("POST", "/start/demo/remove"): "data",
    ("POST", "/refresh"): "data",
    ("GET", "/work"): "signed_in",
    ("POST", "/work/forget"): "data",
    ("GET", "/data"): "figures",
    ("GET", "/data/imports/{batch}"): "figures",
    ("POST", "/data/imports/{batch}/undo"): "data",
    ("GET", "/data/quarantine"): "data",
    ("POST", "/data/quarantine/dismiss"): "data",
    ("POST", "/data/quarantine/file"): "data",
    ("GET", "/data/quarantine/{row}"): "data",
    ("POST", "/data/quarantine/{row}"): "data",
    ("GET", "/upload"): "data",
    ("POST", "/upload"): "data",
    ("GET", "/upload/{token}"): "data",
    ("POST", "/upload/{token}"): "data",
    ("POST", "/upload/{token}/read"): "data",
    ("POST", "/upload/{token}/discard"): "data",
    ("GET", "/settings"): "users",
    ("POST", "/settings"): "users",
    ("GET", "/settings/calendars"): "figures",
    ("GET", "/settings/keys"): "users",
    ("POST", "/settings/keys"): "users",
    ("POST", "/settings/keys/{name}/remove"): "users",
    ("GET", "/settings/audit"): "users",
    ("GET", "/users"): "users",
    ("POST", "/users"): "users",
    ("POST", "/users/{name}/role"): "users",
    ("POST", "/users/{name}/remove"): "users",
    ("GET", "/api/openapi.json"): "signed_in",
    ("GET", "/api/v1/users"): "users",
    ("POST", "/api/v1/users"): "users",
    ("POST", "/api/v1/users/{name}/role"): "users",
    ("DELETE", "/api/v1/users/{name}"): "users",
    ("GET", "/api/v1/keys"): "users",
    ("POST", "/api/v1/keys"): "users",
    ("DELETE", "/api/v1/keys/{name}"): "users",
    ("GET", "/api/v1/audit"): "users",
    ("POST", "/api/v1/drafts/check"): "try",
    ("POST", "/api/v1/drafts/count"): "try",
    ("POST", "/api/v1/drafts/overlap"): "try",
    ("POST", "/api/v1/segments/{name}/plan"): "define",
    ("POST", "/api/v1/segments/{name}/save"): "define",
    ("GET", "/api/v1/segments/{name}/versions"): "try",
    ("POST", "/api/v1/segments/{name}/versions/{number}/undo"): "define",
    ("POST", "/api/v1/segments/{name}/export"): "export",
    ("GET", "/api/v1/exports"): "export",
    ("GET", "/api/v1/exports/{number}/file"): "export",
    ("GET", "/api/v1/lifecycle/thresholds"): "figures",
    ("POST", "/api/v1/lifecycle/thresholds/plan"): "define",
    ("POST", "/api/v1/lifecycle/thresholds"): "define",
    ("GET", "/api/v1/lifecycle/suggest"): "figures",
    ("GET", "/api/v1/segments/{name}/worth"): "figures",
    ("GET", "/api/v1/segments/{name}/sizes"): "figures",
    ("GET", "/api/v1/insight/overlap"): "figures",
    ("GET", "/api/v1/insight/best-buyers"): "figures",
    ("GET", "/api/v1/insight/cohorts"): "figures",
    ("GET", "/api/v1/insight/returns"): "figures",
    ("GET", "/api/v1/insight/coupons"): "figures",
    ("GET", "/api/v1/insight/second-coupon"): "figures",
    ("GET", "/api/v1/insight/backtest"): "figures",
    ("GET", "/api/v1/figures"): "figures",
    ("POST", "/api/v1/imports/{number}/undo"): "data",
    ("POST", "/api/v1/refresh"): "data",
    ("GET", "/api/v1/work"): "figures",
    ("GET", "/api/v1/quarantine"): "data",
    ("GET", "/api/v1/quarantine/{number}"): "data",
    ("POST", "/api/v1/quarantine/{number}/mend"): "data",
    ("POST", "/api/v1/quarantine/dismiss"): "data",
    ("POST", "/api/v1/quarantine/reopen"): "data",
    ("GET", "/api/v1/extensions"): "figures",
    ("GET", "/api/v1/extensions/completeness"): "figures",
    ("GET", "/api/v1/consents"): "figures",
    ("GET", "/api/v1/questions"): "figures",
    ("GET", "/api/v1/strategies"): "figures",
    ("GET", "/api/v1/blueprints"): "figures",
    ("GET", "/api/v1/blueprints/check"): "figures",
    ("GET", "/api/v1/customers/{profile}/attributes"): "contact",
    ("POST", "/api/v1/customers/{profile}/attributes/{name}"): "care",
    ("DELETE", "/api/v1/customers/{profile}/attributes/{name}"): "care",
    ("GET", "/api/v1/customers/{profile}/extensions"): "contact",
    ("POST", "/api/v1/customers/{profile}/extensions/{name}"): "care",
    ("GET", "/api/v1/customers/{profile}/consents"): "contact",
    ("POST", "/api/v1/customers/{profile}/consents"): "care",
    ("GET", "/api/v1/customers/{profile}/notes"): "contact",
    ("POST", "/api/v1/customers/{profile}/notes"): "care",
    ("DELETE", "/api/v1/customers/{profile}/notes/{number}"): "care",
    ("GET", "/api/v1/customers/{profile}/identity"): "care",
    ("GET", "/api/v1/identity"): "care",
    ("POST", "/api/v1/identity/{what}"): "care",
    ("POST", "/api/v1/identity/verdicts/{number}/withdraw"): "care",
    ("GET", "/api/v1/customers/{profile}/everything"): "privacy",
    ("POST", "/api/v1/customers/{profile}/erase"): "privacy",
    ("GET", "/api/v1/imports"): "figures",
    ("GET", "/api/v1/quality"): "figures",
    ("GET", "/api/v1/lifecycle"): "figures",
    ("GET", "/api/v1/lifecycle/flows"): "figures",
    ("GET", "/api/v1/segments"): "figures",
    ("GET", "/api/v1/segments/{name}"): "figures",
    ("GET", "/api/v1/segments/{name}/members"): "contact",
    ("GET", "/api/v1/segments/{name}/upcoming"): "contact",
    ("GET", "/api/v1/customers"): "contact",
    ("GET", "/api/v1/customers/{profile}"): "contact",
    ("GET", "/api/v1/customers/{profile}/timeline"): "contact",
    ("GET", "/api/v1/customers/{profile}/advice"): "contact",
}
"""(method, path) -> what somebody must be allowed to; HEAD asks what GET asks."""


def permission_of(method: str, path: str) -> Permission | None:
    """What a route asks; None: it is in no table, and closed."""
    return ASKS.get(("GET" if method == "HEAD" else method, path))


def may(role: str, permission: Permission) -> bool:
    """Whether a role may do something; an unknown role may nothing."""
    return permission in MAY.get(role, frozenset())  # type: ignore[call-overload] # of a store: any text
