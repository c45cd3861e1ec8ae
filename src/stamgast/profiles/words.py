"""What is said about extensions, consents and attributes, written to the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyarrow as pa

from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.model.log import Instant
    from stamgast.store.writing import WriteSession

Action: TypeAlias = Literal["give", "take", "no", "lift"]
State: TypeAlias = Literal["granted", "soft_opt_in", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionWord:
    """One saying about one extension, under the identifier it was said with.

    ``origin``: ``hand:<user>``, ``import:<list>``, ``api:<key>`` or ``rule:<definition>``; ``value``:
    canonical text of the declared type; ``source``: the file or the person it comes from.
    """

    identity_id: int
    name: str
    origin: str
    action: Action
    value: str | None = None
    at: Instant
    until: Instant | None = None
    reason: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWord:
    """One word on a purpose over a channel, under the identifier it was said with.

    ``address``: normalised; None: whatever the address. ``obtained``: how (a form, the till, ...).
    """

    identity_id: int
    purpose: str
    channel: str
    address: str | None
    state: State
    at: Instant
    obtained: str | None = None
    text_version: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeWord:
    """One word on an attribute, under the identifier it was said with.

    ``value``: canonical text; None: it has none. ``at``: from when on it holds; None: from always.
    """

    identity_id: int
    name: str
    value: str | None
    at: Instant | None
    source: str


_EXTENSIONS = """
    SELECT identity_id, name, origin, action, value, make_timestamptz("at") AS "at",
        make_timestamptz(until) AS until, make_timestamptz($now) AS received_at,
        $first + place AS seq, reason, source
    FROM extension_word
    """
_CONSENTS = """
    SELECT identity_id, purpose, channel, address, state, make_timestamptz("at") AS "at",
        make_timestamptz($now) AS received_at, $first + place AS seq, obtained, text_version, source
    FROM consent_word
    """
_ATTRIBUTES = """
    SELECT identity_id, name, value, make_timestamptz("at") AS "at",
        make_timestamptz($now) AS received_at, source, $first + place AS seq
    FROM attribute_word
    """
_FIRST_SEEN = """
    SELECT identity_id, make_timestamptz(min("at")) AS first_at FROM {table}_word
    WHERE "at" IS NOT NULL GROUP BY identity_id
    """
_TYPES = {"identity_id": pa.int64(), "at": pa.int64(), "until": pa.int64()}


def write_extensions(session: WriteSession, words: Sequence[ExtensionWord]) -> int:
    """Write them in this order; of words at one instant the last one counts. Returns how many."""
    return _write(session, "extension", words, _EXTENSIONS)


def write_consents(session: WriteSession, words: Sequence[ConsentWord]) -> int:
    """Write them in this order; a dated word makes its profile exist. Returns how many."""
    many = _write(session, "consent", words, _CONSENTS)
    if many:
        _exist(session, "consent")
    return many


def write_attribute(session: WriteSession, word: AttributeWord) -> None:
    """Write it; a dated word makes its profile exist."""
    _write(session, "attribute", [word], _ATTRIBUTES)
    _exist(session, "attribute")


def _exist(session: WriteSession, table: str) -> None:
    query = _FIRST_SEEN.format(table=table)
    session.write("first_seen", query, order_by=LAKE["first_seen"].order)


def _write(
    session: WriteSession,
    table: str,
    words: Sequence[ExtensionWord] | Sequence[ConsentWord] | Sequence[AttributeWord],
    query: str,
) -> int:
    if not words:
        return 0
    names = type(words[0]).__slots__
    columns = {
        name: pa.array([getattr(word, name) for word in words], _TYPES.get(name, pa.string()))
        for name in names
    }
    columns["place"] = pa.array(range(len(words)), pa.int64())
    session.db.register(f"{table}_word", pa.table(columns))
    first = session.allot("seq", len(words))
    return session.write(
        table, query, {"now": session.now, "first": first}, order_by=LAKE[table].order
    )
