"""Signing in with name and password."""

from __future__ import annotations

from stamgast.web.sessions import LONGEST_PASSWORD, fits
from stamgast.web.visit import Answer, Visit

HOME = "/"


def login(visit: Visit) -> Answer:
    """The form."""
    if visit.session.user is not None:
        return Answer(to=HOME)
    used = visit.query.get("link") == "used"
    return _form(visit, "web.login.link_used" if used else "")


def sign_in(visit: Visit) -> Answer:
    """Name and password as they were typed; slow on purpose, and slower after wrong ones."""
    name = visit.form.get("name", "").strip()
    password = visit.form.get("password", "")[:LONGEST_PASSWORD]
    patience = visit.sessions.patience
    keys = (f"name:{name}", f"address:{visit.client}")
    if patience.wait_s(*keys):
        return _form(visit, "web.login.wait", status=429)
    user = visit.sessions.users.named(name)
    if not fits(user, password) or user is None:
        patience.failed(*keys)
        return _form(visit, "web.login.wrong", status=401)
    patience.succeeded(keys[0])
    return Answer(to=safe(visit.form.get("next", "")), values={"sign_in": user})


def safe(path: str) -> str:
    """A path of ours to go to; anything else is the overview."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and "\n" not in path and "\r" not in path else HOME


def _form(visit: Visit, problem: str, status: int = 200) -> Answer:
    asked = visit.form.get("next") or visit.query.get("next", "")
    values = {"problem": problem, "next": safe(asked), "name": visit.form.get("name", "")}
    return Answer(template="login.html.j2", values=values, status=status)
