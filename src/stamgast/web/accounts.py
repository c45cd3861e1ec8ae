"""Names and roles of users and of keys, held to the same rules wherever they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.clock import format_instant
from stamgast.errors import UserError
from stamgast.web.access import ROLES, Role

if TYPE_CHECKING:
    from stamgast.model.log import Instant
    from stamgast.store.keys import Key, Keys
    from stamgast.store.users import Seen, User, Users

What: TypeAlias = Literal["user", "key"]
NAME_CHARACTERS = 60
LINK_LASTS_US = 3600 * 1_000_000
"""So long a link waits for the one whom it signs in."""


def checked(what: What, name: str, role: str) -> tuple[str, Role]:
    """A name and a role as they are kept. Raises UserError ``user.name``, ``key.name``, ``user.role``."""
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        if what == "user":
            raise UserError(
                "user.name", "a user needs a name", hint="a short name, such as that of the person"
            )
        raise UserError(
            "key.name", "a key needs a name", hint="a short name, such as that of the program"
        )
    return name, role_of(role)


def role_of(said: str) -> Role:
    """A role by its name. Raises UserError ``user.role``."""
    if said not in ROLES:
        raise UserError(
            "user.role", f"there is no role {said!r}", hint=f"the roles are {', '.join(ROLES)}"
        )
    return said


def add_user(users: Users, name: str, role: str, at: Instant) -> tuple[User, str]:
    """A new user, and the path that signs them in once. Errors as ``checked``, and ``user.exists``."""
    made = users.add(*checked("user", name, role), at)
    return made, f"/enter/{users.make_link(made.id, at + LINK_LASTS_US)}"


def add_key(keys: Keys, name: str, role: str, at: Instant, by: str) -> str:
    """A new key, told this once. Errors as ``checked``, and ``key.exists``."""
    return keys.make(*checked("key", name, role), at, by)


def choose_role(users: Users, name: str, role: str, by: str = "") -> User:
    """Give a user another role; nobody changes their own (``by``), so that an admin is left.

    Raises UserError ``user.own_role``, ``user.role`` and ``user.unknown``.
    """
    if name == by:
        raise UserError(
            "user.own_role", "you cannot change your own role", hint="ask another admin to do it"
        )
    return users.choose_role(name, role_of(role))


def remove_user(users: Users, name: str, by: str = "") -> None:
    """Take a user out; nobody takes themselves out (``by``).

    Raises UserError ``user.self`` and ``user.unknown``.
    """
    if name == by:
        raise UserError(
            "user.self", "you cannot take yourself out", hint="ask another admin to do it"
        )
    users.remove(name)


def user_json(one: User) -> dict[str, object]:
    """A user as the command line and the API write them."""
    return {
        "user": one.name,
        "role": one.role,
        "password": one.password is not None,
        "created_at": format_instant(one.created_at),
    }


def key_json(one: Key) -> dict[str, object]:
    """A key likewise; what it is, is not kept."""
    return {
        "key": one.name,
        "role": one.role,
        "created_at": format_instant(one.created_at),
        "created_by": one.created_by,
        "used_at": format_instant(one.used_at),
    }


def seen_json(one: Seen) -> dict[str, object]:
    """A line of the audit likewise."""
    return {
        "number": one.id,
        "at": format_instant(one.at),
        "user": one.user,
        "what": one.what,
        "about": one.about,
    }
