"""Keys with which programs ask the API; each is kept as its SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.errors import UserError
from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from stamgast.model.log import Instant
    from stamgast.store.catalogue import Catalogue

BEGINS = "sg_"
"""What every key begins with, so that one is known when it lies about."""
KEY_BYTES = 32
USED_US = 3600 * 1_000_000
"""When a key was last used is known to the hour: a question is not a write each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key; what it is, is not kept."""

    id: int
    name: str
    role: str
    created_at: Instant
    created_by: str
    used_at: Instant | None
    """To the hour; None: never."""


class Keys:
    """The keys of one shop's API."""

    def __init__(self, catalogue: Catalogue) -> None:
        """``catalogue``: of a store that is up to date."""
        self._catalogue = catalogue

    def all(self) -> list[Key]:
        """Every key, by name."""
        with self._catalogue.reading() as connection:
            rows = connection.execute(sa.select(*_KNOWN).order_by(tables.api_key.c.name))
            return [Key(**row) for row in rows.mappings()]

    def make(self, name: str, role: str, at: Instant, by: str) -> str:
        """A new key: the only time that it is told. Raises UserError ``key.exists``."""
        key = BEGINS + secrets.token_urlsafe(KEY_BYTES)
        values = {"name": name, "role": role, "created_at": at, "created_by": by}
        try:
            with self._catalogue.changing() as connection:
                connection.execute(tables.api_key.insert().values(token=_hashed(key), **values))
        except sa.exc.IntegrityError as error:
            raise UserError(
                "key.exists", f"there is a key {name!r} already", hint="choose another name"
            ) from error
        return key

    def of(self, key: str, at: Instant) -> Key | None:
        """Which key it is; None: none, or it was withdrawn."""
        table = tables.api_key
        asked = sa.select(*_KNOWN).where(table.c.token == _hashed(key))
        with self._catalogue.reading() as connection:
            row = connection.execute(asked).mappings().first()
        if row is None:
            return None
        found = Key(**row)
        if found.used_at is None or at - found.used_at >= USED_US:
            with self._catalogue.changing() as connection:
                connection.execute(table.update().where(table.c.id == found.id).values(used_at=at))
        return found

    def remove(self, name: str) -> None:
        """Withdraw a key: it opens nothing any more. Raises UserError ``key.unknown``."""
        table = tables.api_key
        with self._catalogue.changing() as connection:
            gone = connection.execute(table.delete().where(table.c.name == name)).rowcount
        if not gone:
            raise UserError(
                "key.unknown",
                f"there is no key {name!r}",
                hint="the page of keys shows which there are",
            )


_KNOWN = [column for column in tables.api_key.c if column.name != "token"]


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
