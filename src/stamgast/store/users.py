"""Who may use the web app, who is signed in, and what they did. Tokens are kept as their SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.errors import UserError
from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from stamgast.model.log import Instant
    from stamgast.store.catalogue import Catalogue

TOKEN_BYTES = 32
WEB_KEY = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may use the web app."""

    id: int
    name: str
    role: str
    password: str | None
    """The argon2 hash; None: none was chosen yet."""
    created_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One line of the audit: who saw or changed what."""

    id: int
    at: Instant
    user: str
    what: str
    about: str


class Users:
    """The users of one shop's web app."""

    def __init__(self, catalogue: Catalogue) -> None:
        """``catalogue``: of a store that is up to date."""
        self._catalogue = catalogue

    def key(self) -> bytes:
        """The key that signs cookies and forms; it never leaves the shop."""
        with self._catalogue.changing() as connection:
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)",
                (WEB_KEY, secrets.token_bytes(TOKEN_BYTES)),
            )
            held = sa.select(tables.secret.c.value).where(tables.secret.c.name == WEB_KEY)
            return bytes(connection.execute(held).scalar_one())

    # --- users ------------------------------------------------------------------------------------

    def all(self) -> list[User]:
        """Every user, by name."""
        with self._catalogue.reading() as connection:
            rows = connection.execute(sa.select(tables.user).order_by(tables.user.c.name))
            return [User(**row) for row in rows.mappings()]

    def named(self, name: str) -> User | None:
        """The user of a name; None: there is none."""
        return next((one for one in self.all() if one.name == name), None)

    def add(self, name: str, role: str, at: Instant, password: str | None = None) -> User:
        """A new user. Raises UserError ``user.exists``."""
        values = {"name": name, "role": role, "created_at": at, "password": password}
        try:
            with self._catalogue.changing() as connection:
                made = connection.execute(tables.user.insert().values(**values))
                number = int(made.lastrowid)
        except sa.exc.IntegrityError as error:
            raise UserError(
                "user.exists", f"there is a user {name!r} already", hint="choose another name"
            ) from error
        return User(id=number, name=name, role=role, password=password, created_at=at)

    def choose_password(self, user: int, password: str) -> None:
        """Set the hash; all other sessions and links of that user end."""
        table = tables.user
        with self._catalogue.changing() as connection:
            connection.execute(table.update().where(table.c.id == user).values(password=password))
            _sign_out(connection, user)

    def choose_role(self, name: str, role: str) -> User:
        """Give a user another role, which holds at their next request. Raises UserError ``user.unknown``."""
        found = self._known(name)
        table = tables.user
        with self._catalogue.changing() as connection:
            connection.execute(table.update().where(table.c.id == found.id).values(role=role))
        return replace(found, role=role)

    def remove(self, name: str) -> None:
        """Take a user out; their sessions and links end. Raises UserError ``user.unknown``."""
        found = self._known(name)
        with self._catalogue.changing() as connection:
            _sign_out(connection, found.id)
            connection.execute(tables.user.delete().where(tables.user.c.id == found.id))

    def _known(self, name: str) -> User:
        found = self.named(name)
        if found is None:
            raise UserError(
                "user.unknown",
                f"there is no user {name!r}",
                hint="stamgast user list shows who there are",
            )
        return found

    # --- being signed in --------------------------------------------------------------------------

    def open_session(self, user: int, at: Instant, until: Instant) -> str:
        """Sign somebody in; returns the token that their browser keeps."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        values = {"token": _hashed(token), "user": user, "created_at": at, "expires_at": until}
        with self._catalogue.changing() as connection:
            table = tables.session
            connection.execute(table.delete().where(table.c.expires_at <= at))
            connection.execute(table.insert().values(**values))
        return token

    def of_session(self, token: str, at: Instant) -> User | None:
        """Who holds this token; None: nobody any more."""
        asked = (
            sa.select(tables.user)
            .join(tables.session, tables.session.c.user == tables.user.c.id)
            .where(tables.session.c.token == _hashed(token), tables.session.c.expires_at > at)
        )
        with self._catalogue.reading() as connection:
            row = connection.execute(asked).mappings().first()
        return None if row is None else User(**row)

    def close_session(self, token: str) -> None:
        """Sign out."""
        with self._catalogue.changing() as connection:
            table = tables.session
            connection.execute(table.delete().where(table.c.token == _hashed(token)))

    def make_link(self, user: int, until: Instant) -> str:
        """A token that signs a user in once, up to ``until``."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        values = {"token": _hashed(token), "user": user, "expires_at": until}
        with self._catalogue.changing() as connection:
            connection.execute(tables.sign_in_link.insert().values(**values))
        return token

    def use_link(self, token: str, at: Instant) -> User | None:
        """Whose link it is; from now on it is used. None: no such link, or too old."""
        link, user = tables.sign_in_link, tables.user
        asked = (
            sa.select(user)
            .join(link, link.c.user == user.c.id)
            .where(link.c.token == _hashed(token), link.c.expires_at > at)
        )
        with self._catalogue.changing() as connection:
            row = connection.execute(asked).mappings().first()
            old = (link.c.token == _hashed(token)) | (link.c.expires_at <= at)
            connection.execute(link.delete().where(old))
        return None if row is None else User(**row)

    # --- what they did ----------------------------------------------------------------------------

    def note(self, at: Instant, user: str, what: str, about: str = "") -> None:
        """Put on record that somebody saw or changed something."""
        values = {"at": at, "user": user, "what": what, "about": about}
        with self._catalogue.changing() as connection:
            connection.execute(tables.audit.insert().values(**values))

    def noted(self, most: int = 200, *, who: str = "", before: int | None = None) -> list[Seen]:
        """The last lines of the audit, the latest first: of one user, before a line."""
        table = tables.audit
        asked = sa.select(table).order_by(table.c.id.desc()).limit(most)
        if who:
            asked = asked.where(table.c.user == who)
        if before is not None:
            asked = asked.where(table.c.id < before)
        with self._catalogue.reading() as connection:
            return [Seen(**row) for row in connection.execute(asked).mappings()]

    def noted_users(self) -> list[str]:
        """Everybody who is in the audit, by name."""
        user = tables.audit.c.user
        with self._catalogue.reading() as connection:
            return [
                str(row[0]) for row in connection.execute(sa.select(user).distinct().order_by(user))
            ]


def _sign_out(connection: sa.Connection, user: int) -> None:
    for table in (tables.session, tables.sign_in_link):
        connection.execute(table.delete().where(table.c.user == user))


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
