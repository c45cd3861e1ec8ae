"""The log of one profile, as the reference engine reads it.

Instants are integers: microseconds since 1970-01-01T00:00Z. Money is integer minor units.
A row is *said* at ``min(at, received_at)``: the earlier of the instant it speaks of and the instant
it reached us. Asking at ``t`` uses only rows said by ``t``; a row counts from its own instant on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Instant: TypeAlias = int
"""Microseconds since the Unix epoch, UTC."""

Scalar: TypeAlias = "int | float | str | bool | date | None"
"""A property value in its declared type's Python form (see ``language.types``); None is missing."""

DAY_US = 86_400_000_000
"""A day: 24 hours, in microseconds."""

LEFT_EDGE_DAYS = 14
LEFT_EDGE_PERCENT = 20
"""From this percentage of customers who first bought in the log's first days on, it looks cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A line of an order, with what the catalogue adds to it."""

    line_no: int
    properties: Mapping[str, Scalar] = field(default_factory=dict)
    """product_id, category, amount, ..., and ``launched``, the day on which the product came."""


def line_id(order_key: str, line_no: int) -> str:
    """The id of a line; those of an order sort by their number."""
    return f"{order_key}#{line_no:010d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatement:
    """What one source said about one order, as a whole.

    A later statement of the same order supersedes an earlier one from ``valid_from`` on. With the
    same ``valid_from`` it is a correction: the earlier one never held.
    """

    order_key: str
    """Namespace and order number, ``namespace:number``; the tie-breaker between orders."""
    profile_id: int | None
    """Who the statement says the order is of; None for an order of nobody."""
    source_rank: int = 100
    """Priority of the source, lowest wins."""
    seq: int
    """Position in the log."""
    ordered_at: Instant
    valid_from: Instant
    """``>= ordered_at``: the instant the source gives for this state, else ``ordered_at``."""
    received_at: Instant
    counts: bool
    """False when failed, unpaid or cancelled: such an order is no purchase while this holds."""
    total: int
    """Goods after discount, without shipping, minor units."""
    properties: Mapping[str, Scalar] = field(default_factory=dict)
    """The other declared properties of an order (gross, discount, coupon, channel, ...)."""
    lines: tuple[OrderLine, ...] = ()
    """Those that it says, or that the saying it belongs to says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundStatement:
    """Money given back, for an order (``order_key``) or for none that was named."""

    refund_key: str
    order_key: str | None
    profile_id: int | None
    at: Instant
    received_at: Instant
    amount: int | None
    """Minor units, positive; None: whatever of the order is not refunded yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, by name, with its declared properties."""

    name: str
    at: Instant
    received_at: Instant
    message_id: str
    """Unique in the log (source and message id); the tie-breaker between events."""
    properties: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeStatement:
    """A value a source gave for an attribute; ``at`` None: it holds from always."""

    name: str
    value: Scalar
    at: Instant | None
    received_at: Instant
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionStatement:
    """One saying about one extension of a profile."""

    holder: int
    """The identity it was said under; a profile can have several."""
    name: str
    origin: str
    """``hand:<user>``, ``api:<key>``, ``import:<batch>`` or ``rule:<definition>``."""
    action: Literal["give", "take", "no", "lift"]
    """``no``: a hand's standing no, until a hand lifts it or gives the extension."""
    value: Scalar = None
    at: Instant
    until: Instant | None = None
    """The grant, or the no, ends then; None: it does not end by itself."""
    received_at: Instant
    seq: int
    """Position in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStatement:
    """What was said about one purpose over one channel, for an address or for all."""

    purpose: str
    channel: str
    address: str | None = None
    state: Literal["granted", "soft_opt_in", "withdrawn"]
    at: Instant | None
    """None: it holds from always."""
    received_at: Instant
    seq: int
    """Position in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """All that was said about one profile, in any order.

    ``orders`` and ``refunds`` hold every statement and refund about any order that concerns this
    profile: one that a statement ever gave to it, or that a refund of it names. So there are also
    statements that give the order to somebody else. ``refunds`` further holds the profile's own.
    """

    profile_id: int | None
    """None: of nobody, the orders and refunds without a customer."""
    orders: tuple[OrderStatement, ...] = ()
    refunds: tuple[RefundStatement, ...] = ()
    events: tuple[Event, ...] = ()
    attributes: tuple[AttributeStatement, ...] = ()
    extensions: tuple[ExtensionStatement, ...] = ()
    consents: tuple[ConsentStatement, ...] = ()
    identified: bool = True
    """False: known by a device only."""
    known_by: frozenset[str] = frozenset()
    """The kinds of its identifiers: email, customer_id, ..."""


Source: TypeAlias = Literal["order", "line", "revenue", "refund", "event", "named"]
