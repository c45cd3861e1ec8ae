"""The engine tables: what a query engine reads, whatever store they come from.

Grain, key, columns and units of each. Instants are BIGINT microseconds UTC, days are DATE in the
shop's zone, money BIGINT minor units. The store presents them as views; tests make them as tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table contract: what one row is, its key, and its fixed columns with their SQL types."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


ORDER_VERSION = Table(
    name="order_version",
    grain="one state of one order, in force while valid_from <= u < valid_to",
    key=("order_key", "version"),
    columns=(
        ("profile_id", "BIGINT"),  # NULL: an order of nobody
        ("order_key", "VARCHAR"),
        ("version", "INTEGER"),
        ("ordered_at", "BIGINT"),
        ("day", "DATE"),  # local day of ordered_at
        ("valid_from", "BIGINT"),
        ("valid_to", "BIGINT"),  # NULL: still in force
        ("counts", "BOOLEAN"),
        ("total", "BIGINT"),
        ("refunded", "BIGINT"),
        ("net_total", "BIGINT"),
        ("gross", "BIGINT"),
        ("discount", "BIGINT"),
        ("order_id", "VARCHAR"),
        ("coupon", "VARCHAR"),
        ("coupon_used", "BOOLEAN"),
        ("channel", "VARCHAR"),
        ("store", "VARCHAR"),
        ("status", "VARCHAR"),
        ("lines_seq", "BIGINT"),  # the statement on which its lines hang
    ),
)
ORDER_LINE = Table(
    name="order_line",
    grain="one line of one state of one order, in force while valid_from <= u < valid_to",
    key=("line_id", "valid_from"),
    columns=(
        ("profile_id", "BIGINT"),
        ("line_id", "VARCHAR"),  # order_key + "#" + line_no in ten digits
        ("order_key", "VARCHAR"),
        ("ordered_at", "BIGINT"),
        ("day", "DATE"),
        ("valid_from", "BIGINT"),
        ("valid_to", "BIGINT"),
        ("counts", "BOOLEAN"),
        ("order_id", "VARCHAR"),
        ("product_id", "VARCHAR"),
        ("sku", "VARCHAR"),
        ("name", "VARCHAR"),
        ("category", "VARCHAR"),  # the line's, else the catalogue's
        ("brand", "VARCHAR"),
        ("quantity", "BIGINT"),  # ten-thousandths
        ("unit_price", "BIGINT"),
        ("amount", "BIGINT"),
        ("gross", "BIGINT"),
        ("discount", "BIGINT"),
        ("coupon", "VARCHAR"),
        ("line_kind", "VARCHAR"),
        ("launched", "DATE"),  # the catalogue's
    ),
)
LOOSE_REFUND = Table(
    name="loose_refund",
    grain="one refund while it belongs to no known order: valid_from (= at) <= u < valid_to",
    key=("refund_key",),
    columns=(
        ("profile_id", "BIGINT"),
        ("refund_key", "VARCHAR"),
        ("at", "BIGINT"),
        ("day", "DATE"),
        ("valid_from", "BIGINT"),
        ("valid_to", "BIGINT"),
        ("amount", "BIGINT"),  # positive; NULL: not said
    ),
)
EVENT = Table(
    name="event",
    grain="one event",
    key=("message_id",),
    columns=(
        ("profile_id", "BIGINT"),
        ("event", "VARCHAR"),
        ("occurred_at", "BIGINT"),
        ("day", "DATE"),
        ("received_at", "BIGINT"),
        ("message_id", "VARCHAR"),
        # one column per declared event property, named "p_" + name, typed as in language/types.py
    ),
)
ATTRIBUTE = Table(
    name="attribute",
    grain="one statement of one attribute",
    key=("profile_id", "name", "at", "received_at", "value"),
    columns=(
        ("profile_id", "BIGINT"),
        ("name", "VARCHAR"),
        ("at", "BIGINT"),  # NULL: from always
        ("received_at", "BIGINT"),
        ("value", "VARCHAR"),  # canonical text of the declared type; NULL: said to be missing
        ("source", "VARCHAR"),  # who says so
    ),
)
EXTENSION = Table(
    name="extension",
    grain="one saying about one extension of one profile",
    key=("seq",),
    columns=(
        ("profile_id", "BIGINT"),
        ("holder", "BIGINT"),  # the identity it was said under
        ("name", "VARCHAR"),
        ("origin", "VARCHAR"),  # hand:<user>, api:<key>, import:<batch>, rule:<definition>
        ("action", "VARCHAR"),  # give, take, no, lift
        ("value", "VARCHAR"),  # canonical text of the declared type; NULL: none
        ("at", "BIGINT"),
        ("until", "BIGINT"),  # NULL: it does not end by itself
        ("received_at", "BIGINT"),
        ("seq", "BIGINT"),
    ),
)
CONSENT = Table(
    name="consent",
    grain="one word on one purpose over one channel, for one address",
    key=("seq",),
    columns=(
        ("profile_id", "BIGINT"),
        ("purpose", "VARCHAR"),
        ("channel", "VARCHAR"),  # email, post, phone, sms, app, ads, web
        ("address", "VARCHAR"),  # NULL: whatever the address
        ("state", "VARCHAR"),  # granted, soft_opt_in, withdrawn
        ("at", "BIGINT"),  # NULL: from always
        ("received_at", "BIGINT"),
        ("seq", "BIGINT"),
    ),
)
PRESENCE = Table(
    name="presence",
    grain="one profile with a dated row",
    key=("profile_id",),
    columns=(("profile_id", "BIGINT"), ("first_at", "BIGINT"), ("anonymous", "BOOLEAN")),
)
KNOWN_BY = Table(
    name="known_by",
    grain="one kind of identifier that one profile is known by, a person's",
    key=("profile_id", "kind"),
    columns=(("profile_id", "BIGINT"), ("kind", "VARCHAR")),
)

ENGINE_TABLES = (
    ORDER_VERSION,
    ORDER_LINE,
    LOOSE_REFUND,
    EVENT,
    ATTRIBUTE,
    EXTENSION,
    CONSENT,
    PRESENCE,
    KNOWN_BY,
)

ORDER_STATEMENT = Table(
    name="order_statement",
    grain="one statement of one source about one order: the log, before the fold into versions",
    key=("order_key", "seq"),
    columns=(
        ("profile_id", "BIGINT"),
        ("order_key", "VARCHAR"),
        ("source_rank", "INTEGER"),
        ("seq", "BIGINT"),
        ("ordered_at", "BIGINT"),
        ("valid_from", "BIGINT"),
        ("received_at", "BIGINT"),
        ("counts", "BOOLEAN"),
        ("total", "BIGINT"),
        ("gross", "BIGINT"),
        ("discount", "BIGINT"),
        ("order_id", "VARCHAR"),
        ("coupon", "VARCHAR"),
        ("coupon_used", "BOOLEAN"),
        ("channel", "VARCHAR"),
        ("store", "VARCHAR"),
        ("status", "VARCHAR"),
    ),
)
REFUND_STATEMENT = Table(
    name="refund_statement",
    grain="one refund as said",
    key=("refund_key",),
    columns=(
        ("profile_id", "BIGINT"),
        ("refund_key", "VARCHAR"),
        ("order_key", "VARCHAR"),
        ("at", "BIGINT"),
        ("received_at", "BIGINT"),
        ("amount", "BIGINT"),
    ),
)
