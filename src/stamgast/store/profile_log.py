"""The log of one profile, read from the same views that engines read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stamgast.language.types import Type
from stamgast.model.log import (
    AttributeStatement,
    ConsentStatement,
    Event,
    ExtensionStatement,
    Log,
    OrderLine,
    OrderStatement,
    RefundStatement,
)
from stamgast.store.database import quoted
from stamgast.store.lake import PROPERTY_PREFIX
from stamgast.store.lines import GOODS_COLUMNS, order_line, with_lines_seq

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stamgast.model.log import Scalar
    from stamgast.store.database import Database
    from stamgast.store.owned import Vocabulary
    from stamgast.store.people import People

_ORDER_PROPERTIES = (
    "gross",
    "discount",
    "order_id",
    "coupon",
    "coupon_used",
    "channel",
    "store",
    "status",
)
_INTEGERS = frozenset(
    {Type.INTEGER, Type.MONEY, Type.DECIMAL, Type.INSTANT, Type.DURATION, Type.AGE}
)


def read_log(database: Database, people: People, vocabulary: Vocabulary, profile_id: int) -> Log:
    """Every statement, refund and event of a profile (see ``model.log.Log``), in log order.

    Rows are first narrowed to the profile's identity keys, by which the files are sorted.
    """
    persons = people.persons_of(profile_id)
    ids = sorted({*persons, *people.devices_of(profile_id)})
    narrowed = {"ids": ids, "profile": profile_id}
    keys = _order_keys(database, narrowed)
    return Log(
        profile_id=profile_id,
        orders=_orders(database, keys),
        refunds=_refunds(database, keys, narrowed),
        events=_events(database, vocabulary, narrowed),
        attributes=_attributes(database, vocabulary, narrowed),
        extensions=_extensions(database, vocabulary, narrowed),
        consents=_consents(database, narrowed),
        identified=not any(
            one.kind in vocabulary.device_kinds for one in people.by_ids([profile_id])
        ),
        known_by=frozenset(one.kind for one in people.by_ids(persons)),
    )


def _order_keys(database: Database, narrowed: dict[str, object]) -> list[str]:
    """The orders that concern the profile: given to it, or named by a refund of it."""
    rows = database.run(
        """
        SELECT order_key FROM owned_order_statement
        WHERE list_contains($ids, identity_id) AND profile_id = $profile
        UNION
        SELECT order_key FROM owned_refund_statement
        WHERE list_contains($ids, identity_id) AND profile_id = $profile
            AND order_key IS NOT NULL
        """,
        narrowed,
    )
    return sorted(str(row[0]) for row in rows)


def _orders(database: Database, keys: list[str]) -> tuple[OrderStatement, ...]:
    if not keys:
        return ()
    columns = ", ".join(quoted(name) for name in _ORDER_PROPERTIES)
    rows = database.run(
        "SELECT order_key, profile_id, source_rank, seq, ordered_at, valid_from, received_at, "  # noqa: S608 - quoted
        f"counts, total, {columns} FROM order_statement "
        "WHERE list_contains($keys, order_key) ORDER BY seq",
        {"keys": keys},
    )
    lines = _lines(database, keys)
    return tuple(
        OrderStatement(
            order_key=row[0],
            profile_id=row[1],
            source_rank=row[2],
            seq=row[3],
            ordered_at=row[4],
            valid_from=row[5],
            received_at=row[6],
            counts=row[7],
            total=row[8],
            properties=dict(zip(_ORDER_PROPERTIES, row[9:], strict=True)),
            lines=lines.get(row[3], ()),
        )
        for row in rows
    )


def _lines(database: Database, keys: list[str]) -> dict[int, tuple[OrderLine, ...]]:
    """The lines of each statement of these orders, by its ``seq``, with what the catalogue adds."""
    names = (*GOODS_COLUMNS, "launched")
    catalogue = bool(database.run("SELECT 1 FROM product_version LIMIT 1"))
    lined = with_lines_seq(
        "SELECT * FROM lake_order_statement WHERE list_contains($keys, order_key)",
        "SELECT * FROM lake_joined_order WHERE list_contains($keys, order_key)",
    )
    database.run(
        "CREATE OR REPLACE TEMP TABLE asked_statement AS "  # noqa: S608 - our own names
        "SELECT s.profile_id, s.order_key, s.seq AS valid_from, NULL::BIGINT AS valid_to, "
        "s.ordered_at, s.counts, s.order_id, h.lines_seq "
        f"FROM order_statement AS s JOIN ({lined}) AS h ON h.seq = s.seq",
        {"keys": keys},
    )
    select = order_line("asked_statement", "UTC", catalogue=catalogue)
    columns = ", ".join(quoted(name) for name in names)
    found: dict[int, list[OrderLine]] = {}
    for row in database.run(
        f"SELECT valid_from, line_id, {columns} FROM ({select}) ORDER BY valid_from, line_id"  # noqa: S608 - quoted
    ):
        number = int(str(row[1]).rpartition("#")[2])
        values = _present(zip(names, row[2:], strict=True))
        found.setdefault(row[0], []).append(OrderLine(line_no=number, properties=values))
    database.run("DROP TABLE asked_statement")
    return {seq: tuple(lines) for seq, lines in found.items()}


def _refunds(
    database: Database, keys: list[str], narrowed: dict[str, object]
) -> tuple[RefundStatement, ...]:
    rows = database.run(
        """
        SELECT refund_key, order_key, profile_id, epoch_us("at"), epoch_us(received_at), amount
        FROM owned_refund_statement
        WHERE (list_contains($ids, identity_id) AND profile_id = $profile)
            OR list_contains($keys::VARCHAR[], order_key)
        ORDER BY "at", refund_key
        """,
        {**narrowed, "keys": keys},
    )
    return tuple(
        RefundStatement(
            refund_key=row[0],
            order_key=row[1],
            profile_id=row[2],
            at=row[3],
            received_at=row[4],
            amount=row[5],
        )
        for row in rows
    )


def _events(
    database: Database, vocabulary: Vocabulary, narrowed: dict[str, object]
) -> tuple[Event, ...]:
    names = sorted(vocabulary.event_properties)
    columns = "".join(f", {quoted(PROPERTY_PREFIX + name)}" for name in names)
    rows = database.run(
        "SELECT event, epoch_us(occurred_at), epoch_us(received_at), message_id"  # noqa: S608 - quoted
        f"{columns} FROM told_event "
        "WHERE list_contains($ids, identity_id) AND profile_id = $profile "
        "ORDER BY occurred_at, message_id",
        narrowed,
    )
    return tuple(
        Event(
            name=row[0],
            at=row[1],
            received_at=row[2],
            message_id=row[3],
            properties=_present(zip(names, row[4:], strict=True)),
        )
        for row in rows
    )


def _present(pairs: Iterable[tuple[str, Scalar]]) -> dict[str, Scalar]:
    return {name: value for name, value in pairs if value is not None}


def _attributes(
    database: Database, vocabulary: Vocabulary, narrowed: dict[str, object]
) -> tuple[AttributeStatement, ...]:
    rows = database.run(
        """
        SELECT name, value, epoch_us("at"), epoch_us(received_at), source FROM owned_attribute
        WHERE list_contains($ids, identity_id) AND profile_id = $profile
        ORDER BY name, "at", received_at, value, source
        """,
        narrowed,
    )
    return tuple(
        AttributeStatement(
            name=row[0],
            value=parse_canonical(row[1], vocabulary.attributes.get(row[0], Type.TEXT)),
            at=row[2],
            received_at=row[3],
            source=row[4],
        )
        for row in rows
    )


def _extensions(
    database: Database, vocabulary: Vocabulary, narrowed: dict[str, object]
) -> tuple[ExtensionStatement, ...]:
    rows = database.run(
        """
        SELECT identity_id, name, origin, action, value, epoch_us("at"), epoch_us(until),
            epoch_us(received_at), seq
        FROM owned_extension
        WHERE list_contains($ids, identity_id) AND profile_id = $profile ORDER BY seq
        """,
        narrowed,
    )
    return tuple(
        ExtensionStatement(
            holder=row[0],
            name=row[1],
            origin=row[2],
            action=row[3],
            value=parse_canonical(row[4], vocabulary.extensions.get(row[1], Type.TEXT)),
            at=row[5],
            until=row[6],
            received_at=row[7],
            seq=row[8],
        )
        for row in rows
    )


def _consents(database: Database, narrowed: dict[str, object]) -> tuple[ConsentStatement, ...]:
    rows = database.run(
        """
        SELECT purpose, channel, address, state, epoch_us("at"), epoch_us(received_at), seq
        FROM owned_consent
        WHERE list_contains($ids, identity_id) AND profile_id = $profile ORDER BY seq
        """,
        narrowed,
    )
    return tuple(
        ConsentStatement(
            purpose=row[0],
            channel=row[1],
            address=row[2],
            state=row[3],
            at=row[4],
            received_at=row[5],
            seq=row[6],
        )
        for row in rows
    )


def parse_canonical(text: str | None, kind: Type) -> Scalar:
    """The value that a canonical text stands for (see ``docs/meaning.md``, "Attributes").

    >>> parse_canonical("1995", Type.MONEY), parse_canonical("true", Type.BOOLEAN)
    (1995, True)
    """
    if text is None or kind is Type.TEXT:
        return text
    if kind in _INTEGERS:
        return int(text)
    if kind is Type.NUMBER:
        return float(text)
    if kind is Type.BOOLEAN:
        return text == "true"
    return date.fromisoformat(text)
