"""Who was erased, told by keyed hashes: enough to know them again, not to know who they were."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa

from stamgast.store import catalogue as tables

if TYPE_CHECKING:
    from stamgast.store.catalogue import Catalogue

SECRET = "erasure"  # noqa: S105 - the name of a key, not the key
KEY_BYTES = 32
DIGEST_BYTES = 16


class Trace:
    """The erased identifiers of a shop."""

    def __init__(self, key: bytes, known: dict[bytes, int]) -> None:
        """``known``: digest -> when it was erased."""
        self._key = key
        self._known = known

    def __bool__(self) -> bool:
        """Whether anybody was ever erased."""
        return bool(self._known)

    def erased_at(self, kind: str, value: str) -> int | None:
        """When a normalised identifier was erased, microseconds; None: it was not."""
        return self._known.get(self.digest(kind, value)) if self._known else None

    def digest(self, kind: str, value: str) -> bytes:
        """The trace that a normalised identifier leaves."""
        said = f"{kind}\x1f{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, said, hashlib.sha256).digest()[:DIGEST_BYTES]


def trace_of(catalogue: Catalogue) -> Trace:
    """The trace that a shop keeps; the key is of this shop only."""
    with catalogue.reading() as connection:
        key = connection.execute(
            sa.select(tables.secret.c.value).where(tables.secret.c.name == SECRET)
        ).scalar()
        known = {
            row.digest: row.at for row in connection.execute(sa.select(tables.erased_identifier))
        }
    return Trace(key or b"", known)


def with_key(catalogue: Catalogue) -> Trace:
    """The trace, to add to: a shop without a key gets one."""
    with catalogue.changing() as connection:
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)",
            (SECRET, secrets.token_bytes(KEY_BYTES)),
        )
    return trace_of(catalogue)
