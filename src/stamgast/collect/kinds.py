"""The kinds of rows that can be imported, each declared here and nowhere else.

A later kind is a row in ``KINDS`` and a stage that writes the tables it feeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

KindName: TypeAlias = Literal[
    "customers",
    "orders",
    "order_lines",
    "refunds",
    "coupons",
    "events",
    "consents",
    "extensions",
    "products",
]

FieldType: TypeAlias = Literal[
    "text", "money", "quantity", "boolean", "instant", "integer", "decimal", "number", "day"
]
"""What a value is read as.

money: minor units of its currency, rounded half up (away from zero) · quantity: up to three
decimals · decimal: ten-thousandths, as ``language.types`` has it · number: a double · instant: UTC
microseconds · day: a calendar day · text: trimmed, empty is missing.
"""

SQL_TYPES: Mapping[str, str] = {
    "text": "varchar",
    "money": "bigint",
    "quantity": "decimal(18, 3)",
    "boolean": "boolean",
    "instant": "timestamptz",
    "integer": "bigint",
    "decimal": "bigint",
    "number": "double",
    "day": "date",
}
"""The column type of each field type."""

Level: TypeAlias = Literal["whole", "row"]
"""Whether a field speaks of the whole order (refund), or of this row of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a kind."""

    name: str
    type: FieldType
    about: str
    level: Level = "row"
    required: bool = False
    """Missing in the mapping or in a row: an error there, quarantine here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of rows: its fields, and the tables of the lake it feeds."""

    name: KindName
    about: str
    fields: tuple[Field, ...]
    feeds: tuple[str, ...]
    further: Literal["extra", "properties", "attributes"] | None = None
    """Which further, freely named columns rows of this kind may carry."""
    identifiers_required: bool = False

    @property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}


def _whole(name: str, type_: FieldType, about: str, *, required: bool = False) -> Field:
    return Field(name=name, type=type_, about=about, level="whole", required=required)


def _row(name: str, type_: FieldType, about: str, *, required: bool = False) -> Field:
    return Field(name=name, type=type_, about=about, required=required)


ORDER_FIELDS = (
    _whole("order", "text", "the order's number, unique in its namespace", required=True),
    _whole("ordered_at", "instant", "when it was placed; of an order: its earliest row", required=True),
    _whole("changed_at", "instant", "since when this state of the order holds"),
    _whole("cancelled_at", "instant", "since when it is cancelled"),
    _whole("status", "text", "the source's word for its state"),
    _whole("currency", "text", "ISO 4217; without it, the mapping's"),
    _whole("total", "money", "goods after discount, without shipping; without it, the sum of amount"),
    _whole("gross", "money", "goods before discount; without it, the sum of line_gross"),
    _whole("discount", "money", "taken off the goods; without it, the sum of line_discount"),
    _whole("coupon", "text", "the code or voucher that was used"),
    _whole("coupon_used", "boolean", "whether one was used; of an order: by any row"),
    _whole("channel", "text", "where it was placed"),
    _whole("store", "text", "the shop or till"),
)  # fmt: skip

LINE_FIELDS = (
    _row("product_id", "text", "the product"),
    _row("sku", "text", "the article number"),
    _row("name", "text", "the product's name"),
    _row("category", "text", "the product's category"),
    _row("brand", "text", "the product's brand"),
    _row("quantity", "quantity", "how many"),
    _row("unit_price", "money", "the price of one, before discount"),
    _row("amount", "money", "what the line costs after discount"),
    _row("line_gross", "money", "before discount; without it, amount + line_discount"),
    _row("line_discount", "money", "taken off this line"),
    _row("line_coupon", "text", "the code used on this line"),
    _row("line_kind", "text", "goods, postage, discount, ...: what sort of line it is"),
)

_ALL = (
    Kind(
        name="customers",
        about="one row per customer: identifiers and attributes",
        fields=(_row("at", "instant", "since when the attributes hold; missing: from always"),),
        feeds=("attribute",),
        further="attributes",
        identifiers_required=True,
    ),
    Kind(
        name="orders",
        about="one row per order; beside a section of kind `order_lines` its total may be missing",
        fields=ORDER_FIELDS,
        feeds=("order_statement",),
    ),
    Kind(
        name="order_lines",
        about="one row per line of an order; what is said of the order may stand on any of its rows, or beside "
        "a section of kind `orders` in rows of its own: then `ordered_at` is not needed here",
        fields=(*ORDER_FIELDS, *LINE_FIELDS),
        feeds=("order_statement", "order_line"),
        further="extra",
    ),
    Kind(
        name="refunds",
        about="one row per refund, or per line of one",
        fields=(
            _whole("refund", "text", "the refund's number, unique in its namespace", required=True),
            _whole("order", "text", "the number of the order it is for; missing: names no order"),
            _whole("at", "instant", "when; of a refund: its earliest row"),
            _whole("currency", "text", "ISO 4217; without it, the mapping's"),
            _whole("total", "money", "given back in all; without it, the sum of amount"),
            _row("amount", "money", "given back, positive; missing: all that is left of the order"),
            *(field for field in LINE_FIELDS if field.name != "amount"),
        ),
        feeds=("refund_statement",),
        further="extra",
    ),
    Kind(
        name="coupons",
        about="one row per coupon redeemed; the event `Coupon Redeemed`",
        fields=(
            _row("at", "instant", "when", required=True),
            _row("coupon", "text", "the code or number of the coupon", required=True),
            _row("campaign", "text", "the campaign it belongs to"),
            _row("order", "text", "the number of the order"),
            _row("message_id", "text", "unique in the source; missing: made from the row"),
        ),
        feeds=("event",),
        further="properties",
    ),
    Kind(
        name="events",
        about="one row per event",
        fields=(
            _row("event", "text", "the event's name", required=True),
            _row("at", "instant", "when", required=True),
            _row("message_id", "text", "unique in the source; missing: made from the row"),
        ),
        feeds=("event",),
        further="properties",
    ),
    Kind(
        name="consents",
        about="one row per word on a purpose over a channel: yes, no, or a customer's soft opt-in",
        fields=(
            _row("purpose", "text", "what for, such as marketing", required=True),
            _row("channel", "text", "email, post, phone, sms, app, ads or web", required=True),
            _row("state", "text", "granted, soft_opt_in or withdrawn", required=True),
            _row(
                "address", "text", "the address or number it is for; missing: whatever the address"
            ),
            _row("at", "instant", "when it was said; missing: at the import"),
            _row("obtained", "text", "how it was got: a form, the till"),
            _row("text_version", "text", "the version of the text that was agreed to"),
        ),
        feeds=("consent",),
        identifiers_required=True,
    ),
    Kind(
        name="extensions",
        about="one row per label given or taken",
        fields=(
            _row("extension", "text", "the name of the extension", required=True),
            _row("at", "instant", "since when; missing: the import"),
            _row("value", "text", "its value, as `docs/meaning.md` writes it"),
            _row("action", "text", "give or take; missing: give"),
            _row(
                "origin",
                "text",
                "who gives it: import:<list>, rule:<name>, hand:<user>; missing: import:<source>",
            ),
            _row("until", "instant", "it ends by itself"),
            _row("reason", "text", "why"),
        ),
        feeds=("extension",),
        identifiers_required=True,
    ),
    Kind(
        name="products",
        about="one row per product of the catalogue, as a feed of that day has it; a later feed makes new versions",
        fields=(
            _row("product_id", "text", "the product, as lines and events name it", required=True),
            _row("sku", "text", "the article number, for lines that have no product"),
            _row("at", "instant", "since when; missing: the import"),
            _row("title", "text", "what it is called"),
            _row("category", "text", "the category, or the path to it: Bags > Shoulder bags"),
            _row("brand", "text", "the brand"),
            _row("price", "money", "what it costs"),
            _row("currency", "text", "ISO 4217; without it, the mapping's"),
            _row("image", "text", "the address of a picture"),
            _row("url", "text", "the address of its page"),
            _row("stock", "quantity", "how many are in stock"),
            _row("availability", "text", "the source's word for whether there are any"),
            _row("launched", "day", "the day on which it came on the market"),
            _row("cost", "money", "what it costs the shop"),
        ),
        feeds=("product",),
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind, by name."""

OF_PERSONS = frozenset({"customers", "consents", "extensions"})
"""Kinds whose rows are kept as said of a person, by which a repeat is known."""

COUPON_EVENT = "Coupon Redeemed"
"""The event that a row of kind ``coupons`` becomes, with the properties coupon, campaign, order_id."""
