"""One's own password; and, for admins, who may sign in and what they did."""

from __future__ import annotations

from typing import get_args

from stamgast.errors import UserError
from stamgast.web.access import ROLES, Role
from stamgast.web.sessions import LINK_LASTS_US, LONGEST_PASSWORD, SHORTEST_PASSWORD, hashed
from stamgast.web.visit import Answer, Visit

NAME_CHARACTERS = 60


def show(_: Visit) -> Answer:
    """Who one is, and the form for a password."""
    return Answer(template="account.html.j2", values={"problem": "", "shortest": SHORTEST_PASSWORD})


def choose_password(visit: Visit) -> Answer:
    """Set one's password: twice the same, and long enough. One is signed in anew."""
    user, password = visit.session.user, visit.form.get("password", "")
    problem = ""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        problem = "web.account.length"
    elif password != visit.form.get("again", ""):
        problem = "web.account.differ"
    if problem or user is None:
        values = {"problem": problem, "shortest": SHORTEST_PASSWORD}
        return Answer(template="account.html.j2", values=values, status=400)
    visit.sessions.users.choose_password(user.id, hashed(password))
    visit.note("password")
    return Answer(to="/", values={"sign_in": user})


def users(visit: Visit, link: str = "") -> Answer:
    """Who may sign in."""
    store = visit.sessions.users
    values = {"users": store.all(), "roles": ROLES, "link": link}
    return Answer(template="users.html.j2", values=values)


def add_user(visit: Visit) -> Answer:
    """A new user, and the link with which they sign in once and choose a password."""
    name, role = visit.form.get("name", "").strip(), visit.form.get("role", "")
    if not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        raise UserError(
            "user.name", "a user needs a name", hint="a short name, such as that of the person"
        )
    if role not in get_args(Role):
        raise UserError(
            "user.role", f"there is no role {role!r}", hint=f"the roles are {', '.join(ROLES)}"
        )
    store, now = visit.sessions.users, visit.desk.clock.now()
    made = store.add(name, role, now)
    visit.note("user_added", f"{name} ({role})")
    return users(visit, f"/enter/{store.make_link(made.id, now + LINK_LASTS_US)}")


def remove_user(visit: Visit) -> Answer:
    """Take a user out; nobody takes themselves out."""
    name = visit.params["name"]
    if name == visit.name:
        raise UserError(
            "user.self", "you cannot take yourself out", hint="ask another admin to do it"
        )
    visit.sessions.users.remove(name)
    visit.note("user_removed", name)
    return Answer(to="/users")
