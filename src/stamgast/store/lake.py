"""The lake: which tables there are, and what a row and a column of each is.

Instants are TIMESTAMPTZ (UTC, microseconds), money is BIGINT minor units. Every table also has
``batch`` INTEGER, the import that wrote the row; the store adds it. ``identity_id`` is the row's
identity key (see ``docs/storage.md``); NULL: of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.language.types import Type
from stamgast.model import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTANT = "TIMESTAMP WITH TIME ZONE"
BATCH = ("batch", "INTEGER")
PROPERTY_PREFIX = "p_"

SQL_TYPES: Mapping[Type, str] = {
    Type.INTEGER: "BIGINT",
    Type.MONEY: "BIGINT",
    Type.DECIMAL: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.TEXT: "VARCHAR",
    Type.BOOLEAN: "BOOLEAN",
    Type.INSTANT: "BIGINT",
    Type.DAY: "DATE",
    Type.DURATION: "BIGINT",
    Type.AGE: "BIGINT",
}
"""The column type of a declared property, in the lake and in the engine views alike."""


Role: TypeAlias = Literal["said", "derived", "persons", "recorded"]
"""What a table holds: what sources and people said; what is made again from that, of persons or
otherwise; what refreshes recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeTable:
    """One table of the lake.

    ``columns``: name and DuckDB type, without ``batch``; ``order``: how its files are sorted;
    ``instant``: the column whose lead on ``received_at`` says whether rows are dated ahead, if any;
    ``role``: what it holds; ``since``: the column whose instant makes the row's identity exist, if a row
    of it does; ``open``: whether further columns named ``p_...`` may follow.
    """

    name: str
    grain: str
    columns: tuple[tuple[str, str], ...]
    order: tuple[str, ...]
    instant: str | None = None
    role: Role = "said"
    since: str | None = None
    compression: str = "zstd"
    open: bool = False

    @property
    def types(self) -> dict[str, str]:
        """The type of each column."""
        return dict(self.columns)


_INSTANTS = frozenset(
    {"at", "until", "ordered_at", "valid_from", "valid_to", "received_at", "occurred_at"}
)
_COMPUTED = frozenset({"day", "holder"})


def _stored(contract: tables.Table) -> tuple[tuple[str, str], ...]:
    """The columns of a contract table as they are stored: nothing that can be computed from them.

    ``profile_id`` becomes ``identity_id``, which is the holder, too; instants become TIMESTAMPTZ, the
    local day is left out (it would freeze the zone).
    """
    return tuple(
        ("identity_id", "BIGINT")
        if name == "profile_id"
        else (name, INSTANT if name in _INSTANTS else kind)
        for name, kind in contract.columns
        if name not in _COMPUTED
    )


_SAID = (
    ("source", "VARCHAR"),
    ("currency", "VARCHAR"),
    ("approximate", "BOOLEAN"),
    ("said", "VARCHAR"),
)

_ALL = (
    LakeTable(
        name="identifier",
        grain="an identifier ever seen",
        columns=(
            ("identifier_id", "BIGINT"),
            ("kind", "VARCHAR"),
            ("value", "VARCHAR"),
            ("first_seq", "BIGINT"),
        ),
        order=("identifier_id",),
    ),
    LakeTable(
        name="link",
        grain="a distinct tuple of identifiers seen in one message",
        columns=(("first_seq", "BIGINT"), ("identifier_ids", "BIGINT[]")),
        order=("first_seq",),
    ),
    LakeTable(
        name="mark",
        grain="a message with a device and a person identifier",
        columns=(
            ("device_id", "BIGINT"),
            ("at", INSTANT),
            ("seq", "BIGINT"),
            ("person_id", "BIGINT"),
        ),
        order=("device_id", "at", "seq"),
    ),
    LakeTable(
        name="first_seen",
        grain="an identity in one batch: its first dated row",
        columns=(("identity_id", "BIGINT"), ("first_at", INSTANT)),
        order=("identity_id",),
        role="derived",
    ),
    LakeTable(
        name="person",
        grain="a person identifier whose profile has another id",
        columns=(("identifier_id", "BIGINT"), ("profile_id", "BIGINT")),
        order=("identifier_id",),
        role="persons",
    ),
    LakeTable(
        name="merge",
        grain="a recorded joining of two profiles",
        columns=(("seq", "BIGINT"), ("kept_id", "BIGINT"), ("joined_id", "BIGINT")),
        order=("seq",),
        role="persons",
    ),
    LakeTable(
        name="rejected_link",
        grain="an identifier left out of a message's link",
        columns=(
            ("seq", "BIGINT"),
            ("identifier_id", "BIGINT"),
            ("from_id", "BIGINT"),
            ("reason", "VARCHAR"),
        ),
        order=("seq", "identifier_id"),
        role="persons",
    ),
    LakeTable(
        name="order_statement",
        grain=tables.ORDER_STATEMENT.grain,
        columns=(*_stored(tables.ORDER_STATEMENT), *_SAID),
        order=("identity_id", "ordered_at", "order_key", "seq"),
        instant="valid_from",
        since="valid_from",
    ),
    LakeTable(
        name="withdrawn_statement",
        grain="an order statement from before the instant at which its source now says it was placed",
        columns=(("order_key", "VARCHAR"), ("seq", "BIGINT")),
        order=("order_key", "seq"),
    ),
    LakeTable(
        name="order_version",
        grain=tables.ORDER_VERSION.grain,
        columns=(*_stored(tables.ORDER_VERSION), ("received_at", INSTANT)),
        order=("identity_id", "ordered_at", "order_key", "version"),
        compression="lz4",
        role="derived",
    ),
    LakeTable(
        name="order_line",
        grain="a line of an order statement",
        columns=(
            ("identity_id", "BIGINT"),
            ("order_key", "VARCHAR"),
            ("statement_seq", "BIGINT"),
            ("ordered_at", INSTANT),
            ("line_no", "INTEGER"),
            ("product_id", "VARCHAR"),
            ("sku", "VARCHAR"),
            ("name", "VARCHAR"),
            ("category", "VARCHAR"),
            ("brand", "VARCHAR"),
            ("quantity", "DECIMAL(18,3)"),
            ("unit_price", "BIGINT"),
            ("amount", "BIGINT"),
            ("gross", "BIGINT"),
            ("discount", "BIGINT"),
            ("coupon", "VARCHAR"),
            ("line_kind", "VARCHAR"),
            ("extra", "VARCHAR"),
        ),
        order=("identity_id", "ordered_at", "order_key", "line_no"),
    ),
    LakeTable(
        name="product",
        grain="what a feed said of a product, from valid_from on; an empty cell says nothing",
        columns=(
            ("product_id", "VARCHAR"),
            ("sku", "VARCHAR"),
            ("valid_from", INSTANT),
            ("received_at", INSTANT),
            ("source", "VARCHAR"),
            ("seq", "BIGINT"),
            ("title", "VARCHAR"),
            ("category", "VARCHAR"),
            ("brand", "VARCHAR"),
            ("price", "BIGINT"),
            ("currency", "VARCHAR"),
            ("image", "VARCHAR"),
            ("url", "VARCHAR"),
            ("stock", "DECIMAL(18,3)"),
            ("availability", "VARCHAR"),
            ("launched", "DATE"),
            ("cost", "BIGINT"),
            ("said", "VARCHAR"),
        ),
        order=("product_id", "sku", "valid_from", "seq"),
    ),
    LakeTable(
        name="joined_order",
        grain="a statement made of what a source said of an order and, apart, of its lines",
        columns=(("order_key", "VARCHAR"), ("seq", "BIGINT"), ("lines_seq", "BIGINT")),
        order=("order_key", "seq"),
    ),
    LakeTable(
        name="refund_statement",
        grain=tables.REFUND_STATEMENT.grain,
        columns=(
            *_stored(tables.REFUND_STATEMENT),
            *_SAID,
            ("base_key", "VARCHAR"),
            ("number", "INTEGER"),
            ("source_rank", "INTEGER"),
        ),
        order=("identity_id", "at", "refund_key"),
        instant="at",
        since="at",
    ),
    LakeTable(
        name="withdrawn_refund",
        grain="a refund statement that later ones of its source stand in for",
        columns=(("refund_key", "VARCHAR"),),
        order=("refund_key",),
    ),
    LakeTable(
        name="outranked_refund",
        grain="a refund statement for which another source's word on the refund counts; whole, re-made",
        columns=(("refund_key", "VARCHAR"),),
        order=("refund_key",),
        role="derived",
    ),
    LakeTable(
        name="loose_refund",
        grain=tables.LOOSE_REFUND.grain,
        columns=(*_stored(tables.LOOSE_REFUND), ("order_key", "VARCHAR")),
        order=("identity_id", "at", "refund_key"),
        compression="lz4",
        role="derived",
    ),
    LakeTable(
        name="replaced",
        grain="an order whose derived rows of earlier batches are dead",
        columns=(("order_key", "VARCHAR"),),
        order=("order_key",),
        role="derived",
    ),
    LakeTable(
        name="event",
        grain=tables.EVENT.grain,
        columns=(
            *_stored(tables.EVENT),
            ("source", "VARCHAR"),
            ("seq", "BIGINT"),
            ("extra", "VARCHAR"),
        ),
        order=("identity_id", "occurred_at", "message_id"),
        instant="occurred_at",
        compression="lz4",
        open=True,
        since="occurred_at",
    ),
    LakeTable(
        name="attribute",
        grain=tables.ATTRIBUTE.grain,
        columns=(*_stored(tables.ATTRIBUTE), ("seq", "BIGINT")),
        order=("identity_id", "name", "at", "received_at"),
        instant="at",
        since="at",
    ),
    LakeTable(
        name="customer_statement",
        grain="a row that a source gave about a person, as said; its attributes are in `attribute`",
        columns=(
            ("identity_id", "BIGINT"),
            ("at", INSTANT),
            ("received_at", INSTANT),
            ("source", "VARCHAR"),
            ("seq", "BIGINT"),
            ("said", "VARCHAR"),
        ),
        order=("identity_id", "seq"),
        instant="at",
        since="at",
    ),
    LakeTable(
        name="extension",
        grain=tables.EXTENSION.grain,
        columns=(
            *_stored(tables.EXTENSION),
            ("reason", "VARCHAR"),
            ("source", "VARCHAR"),
        ),
        order=("identity_id", "name", "at", "seq"),
        instant="at",
    ),
    LakeTable(
        name="consent",
        grain=tables.CONSENT.grain,
        columns=(
            *_stored(tables.CONSENT),
            ("obtained", "VARCHAR"),
            ("text_version", "VARCHAR"),
            ("source", "VARCHAR"),
        ),
        order=("identity_id", "purpose", "channel", "at", "seq"),
        instant="at",
        since="at",
    ),
    LakeTable(
        name="membership",
        grain="one stay of a profile in a segment, as known after one refresh",
        columns=(
            ("profile_id", "BIGINT"),
            ("segment", "VARCHAR"),
            ("entered_at", INSTANT),
            ("left_at", INSTANT),
        ),
        order=("segment", "profile_id", "entered_at"),
        role="recorded",
    ),
    LakeTable(
        name="lookup",
        grain="a word under which an identity is looked for: of a name, a postcode, an order's number",
        columns=(("identity_id", "BIGINT"), ("kind", "VARCHAR"), ("term", "VARCHAR")),
        order=("kind", "term", "identity_id"),
        role="derived",
    ),
    LakeTable(
        name="former_identifier",
        grain="an identifier that no import holds any more; it gets its id back when it comes again",
        columns=(("identifier_id", "BIGINT"), ("kind", "VARCHAR"), ("value", "VARCHAR")),
        order=("identifier_id",),
        role="derived",
    ),
    LakeTable(
        name="restated",
        grain="an identity whose past was changed by a hand: a refresh asks its profile again",
        columns=(("identity_id", "BIGINT"),),
        order=("identity_id",),
        role="recorded",
    ),
    LakeTable(
        name="standing",
        grain="a profile in a ranking of the midnight before a refresh; whole, re-made by a refresh",
        columns=(("ranking", "INTEGER"), ("profile_id", "BIGINT"), ("score", "BIGINT")),
        order=("ranking", "profile_id"),
        role="recorded",
    ),
    LakeTable(
        name="due",
        grain="a profile some of whose recorded answers change by themselves; whole, re-made by a refresh",
        columns=(("profile_id", "BIGINT"), ("valid_until", INSTANT)),
        order=("profile_id",),
        role="recorded",
    ),
)

LAKE: Mapping[str, LakeTable] = {table.name: table for table in _ALL}
"""Every table of the lake, by name."""


def tables_of(*roles: Role) -> tuple[str, ...]:
    """The names of the tables that hold this."""
    return tuple(table.name for table in _ALL if table.role in roles)


OF_REFUNDS = ("refund_statement", "loose_refund")
"""Tables whose rows of a refund in one of ``store.refunds.DEAD_REFUNDS`` are dead."""

DERIVED_OF_ORDERS = ("order_version", "loose_refund")
"""Tables made from the statements of an order; rows of a replaced order's earlier batches are dead."""
