"""The API about who may do what: users, keys, and the audit."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from stamgast.web import accounts
from stamgast.web.api.frame import V1, Asked, Called, Json, Limit
from stamgast.web.guard import visit_of

router = APIRouter(prefix=V1)
Text = Annotated[str, Field(max_length=200)]


class NewAccount(Asked):
    """A user or a key."""

    name: Text
    role: Text


class NewRole(Asked):
    """Another role."""

    role: Text


@router.get("/users", summary="Who may sign in, and in which role")
def users(request: Request) -> Json:
    """As ``stamgast user list``."""
    found = visit_of(request).desk.users.all()
    return {"users": [accounts.user_json(one) for one in found]}


@router.post("/users", summary="Add a user; the answer holds the link that signs them in once")
def add_user(request: Request, asked: NewAccount) -> Json:
    """As ``stamgast user add``."""
    visit = visit_of(request)
    desk = visit.desk
    made, link = accounts.add_user(desk.users, asked.name, asked.role, desk.clock.now())
    visit.note("user_added", f"{made.name} ({made.role})")
    return {**accounts.user_json(made), "sign_in": link}


@router.post("/users/{name}/role", summary="Give a user another role")
def choose_role(request: Request, name: Called, asked: NewRole) -> Json:
    """As ``stamgast user role``."""
    visit = visit_of(request)
    made = accounts.choose_role(visit.desk.users, name, asked.role, visit.name)
    visit.note("user_role", f"{made.name} ({made.role})")
    return accounts.user_json(made)


@router.delete("/users/{name}", summary="Take a user out")
def remove_user(request: Request, name: Called) -> Json:
    """As ``stamgast user remove``."""
    visit = visit_of(request)
    accounts.remove_user(visit.desk.users, name, visit.name)
    visit.note("user_removed", name)
    return {"removed": name}


@router.get("/keys", summary="The keys of the API; not what they are")
def keys(request: Request) -> Json:
    """As ``stamgast key list``."""
    return {"keys": [accounts.key_json(one) for one in visit_of(request).desk.keys.all()]}


@router.post("/keys", summary="Make a key; the answer is the only place where it stands")
def add_key(request: Request, asked: NewAccount) -> Json:
    """As ``stamgast key add``."""
    visit = visit_of(request)
    desk, name = visit.desk, asked.name.strip()
    made = accounts.add_key(desk.keys, name, asked.role, desk.clock.now(), visit.name)
    visit.note("key_added", f"{name} ({asked.role})")
    return {"key": name, "role": asked.role, "secret": made}


@router.delete("/keys/{name}", summary="Withdraw a key: it opens nothing any more")
def remove_key(request: Request, name: Called) -> Json:
    """As ``stamgast key remove``."""
    visit = visit_of(request)
    visit.desk.keys.remove(name)
    visit.note("key_removed", name)
    return {"removed": name}


@router.get("/audit", summary="Who saw and changed what, the latest first")
def audit(
    request: Request,
    who: Annotated[str, Query(max_length=100, description="Of this user only.")] = "",
    before: Annotated[
        int | None, Query(ge=1, lt=2**53, description="Lines before this one.")
    ] = None,
    limit: Limit = 100,
) -> Json:
    """As ``stamgast audit``."""
    found = visit_of(request).desk.users.noted(limit, who=who, before=before)
    return {"lines": [accounts.seen_json(one) for one in found]}
