"""Being signed in: passwords, the session cookie, the token in each form, and patience with guesses.

The cookie holds a random token and its signature; the store knows the token's hash only. A form's
token is signed from it, so a page of somebody else cannot make one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stamgast.store.users import User

if TYPE_CHECKING:
    from starlette.responses import Response

    from stamgast.clock import Clock
    from stamgast.store.keys import Keys
    from stamgast.store.users import Users

COOKIE = "stamgast"
DOOR = "stamgast_door"
"""The cookie of who has not signed in yet: the sign-in form's token is made from it."""
LASTS_US = 12 * 3600 * 1_000_000
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
TRIES = 5
"""So many wrong passwords for one name, or from one address, within ``TRIES_S``; then it waits."""
TRIES_S = 300.0
HASHER = PasswordHasher()
NOBODY = HASHER.hash(secrets.token_hex())
"""What a password is held against when there is no such user: it takes as long."""


def hashed(password: str) -> str:
    """The argon2id hash of a password; slow on purpose: not for the event loop."""
    return HASHER.hash(password)


def fits(user: User | None, password: str) -> bool:
    """Whether it is this user's password; as slow when there is no such user."""
    stored = NOBODY if user is None or user.password is None else user.password
    try:
        HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return user is not None and user.password is not None


@dataclass(slots=True)
class Patience:
    """Counts wrong passwords by name and by address; kept in memory, since there is one process."""

    tries: dict[str, deque[float]] = field(default_factory=dict)

    def wait_s(self, *keys: str) -> int:
        """Seconds to wait before one of these may try again; 0: now."""
        now, waits = time.monotonic(), [0.0]
        for key in keys:
            found = self._recent(key, now)
            if len(found) >= TRIES:
                waits.append(TRIES_S - (now - found[0]))
        return -int(-max(waits) // 1)

    def failed(self, *keys: str) -> None:
        """A wrong password."""
        now = time.monotonic()
        for key in keys:
            self.tries.setdefault(key, deque(maxlen=TRIES)).append(now)
        for key in [key for key, known in self.tries.items() if now - known[-1] > TRIES_S]:
            del self.tries[key]

    def succeeded(self, key: str) -> None:
        """The right one: that name begins anew."""
        self.tries.pop(key, None)

    def _recent(self, key: str, now: float) -> deque[float]:
        return deque(at for at in self.tries.get(key, ()) if now - at <= TRIES_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who asks: a user, or somebody who has not signed in."""

    user: User | None
    token: str
    """Of the session cookie, or of the door's."""
    fresh: bool = False
    """Whether the door's cookie is yet to be given."""


class Sessions:
    """Knows who asks by their cookies."""

    def __init__(self, users: Users, keys: Keys, clock: Clock) -> None:
        """``users``, ``keys``: of the shop."""
        self.users = users
        self.keys = keys
        self.clock = clock
        self.patience = Patience()
        self._key = users.key()

    def of(self, cookies: dict[str, str]) -> Session:
        """Who asks; a cookie that we did not sign is no cookie."""
        token = self._unsigned(cookies.get(COOKIE, ""))
        user = self.users.of_session(token, self.clock.now()) if token else None
        if user is not None:
            return Session(user=user, token=token)
        door = self._unsigned(cookies.get(DOOR, ""))
        token = door or secrets.token_urlsafe(32)
        return Session(user=None, token=token, fresh=not door)

    def of_key(self, header: str) -> Session:
        """Which program asks, by ``Authorization: Bearer``; a key that is none is nobody."""
        scheme, _, key = header.partition(" ")
        now = self.clock.now()
        found = self.keys.of(key.strip(), now) if scheme.lower() == "bearer" else None
        if found is None:
            return Session(user=None, token="")
        known = User(
            id=-found.id,
            name=f"key {found.name}",
            role=found.role,
            password=None,
            created_at=found.created_at,
        )
        return Session(user=known, token="")

    def same(self, session: Session, told: str) -> bool:
        """Whether a form's token was made for who asks."""
        salt, _, signature = told.partition(".")
        wanted = self._signed(f"{salt}\x1f{session.token}", "form")
        return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))

    def form_token(self, session: Session) -> str:
        """A token for a form; another one on each page, so that compressing it betrays nothing."""
        salt = secrets.token_urlsafe(12)
        signature = self._signed(f"{salt}\x1f{session.token}", "form")
        return f"{salt}.{signature}"

    def sign_in(self, response: Response, user: User, *, secure: bool) -> None:
        """Open a session and give the browser its cookie."""
        now = self.clock.now()
        token = self.users.open_session(user.id, now, now + LASTS_US)
        self.users.note(now, user.name, "signed_in")
        self._give(response, COOKIE, token, secure=secure)
        response.delete_cookie(DOOR)

    def sign_out(self, response: Response, session: Session) -> None:
        """Close the session."""
        self.users.close_session(session.token)
        if session.user is not None:
            self.users.note(self.clock.now(), session.user.name, "signed_out")
        response.delete_cookie(COOKIE)

    def open_door(self, response: Response, session: Session, *, secure: bool) -> None:
        """Give who has not signed in the cookie that the sign-in form's token is made from."""
        if session.fresh:
            self._give(response, DOOR, session.token, secure=secure)

    def _give(self, response: Response, name: str, token: str, *, secure: bool) -> None:
        value = f"{token}.{self._signed(token, 'cookie')}"
        response.set_cookie(
            name,
            value,
            max_age=LASTS_US // 1_000_000,
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def _unsigned(self, value: str) -> str:
        token, _, signature = value.rpartition(".")
        wanted = self._signed(token, "cookie")
        same = hmac.compare_digest(signature.encode("utf-8", "replace"), wanted.encode())
        return token if token and same else ""

    def _signed(self, token: str, what: str) -> str:
        said = f"{what}\x1f{token}".encode("utf-8", "replace")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()
