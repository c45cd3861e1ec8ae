"""One's own password; and, for admins, who may sign in and what they did."""

from __future__ import annotations

from stamgast.web import accounts
from stamgast.web.access import ROLES
from stamgast.web.sessions import LONGEST_PASSWORD, SHORTEST_PASSWORD, hashed
from stamgast.web.visit import Answer, Visit


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
    name, role = visit.form.get("name", ""), visit.form.get("role", "")
    made, link = accounts.add_user(visit.sessions.users, name, role, visit.desk.clock.now())
    visit.note("user_added", f"{made.name} ({made.role})")
    return users(visit, link)


def choose_role(visit: Visit) -> Answer:
    """Give somebody another role; nobody changes their own."""
    name, role = visit.params["name"], visit.form.get("role", "")
    accounts.choose_role(visit.sessions.users, name, role, visit.name)
    visit.note("user_role", f"{name} ({role})")
    return Answer(to="/users")


def remove_user(visit: Visit) -> Answer:
    """Take a user out; nobody takes themselves out."""
    accounts.remove_user(visit.sessions.users, visit.params["name"], visit.name)
    visit.note("user_removed", visit.params["name"])
    return Answer(to="/users")
