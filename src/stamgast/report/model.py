"""What the report page shows, as plain values; the page only writes them out.

Counts are of profiles, money is minor units of the reporting currency, instants are UTC microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stamgast.clock import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from stamgast.language.ast import Lifecycle, Text
    from stamgast.model.log import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFigure:
    """One stage: who is in it and what they bought."""

    stage: str
    count: int
    anonymous: int = 0
    """Of ``count``, visitors without a name (prospects only)."""
    revenue: int = 0
    """Net revenue of the last 365 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Profiles that carry an extension that is excluded from reports."""

    label: Text
    """Of the extension."""
    count: int
    revenue: int
    """Net revenue of the last 365 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How many moved from one stage to another between two instants; ``""``: not there yet."""

    before: str
    after: str
    count: int
    revenue: int = 0
    """Net revenue of these profiles in the 365 days up to the later instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """All moves between two instants, those who stayed included."""

    start: Instant
    end: Instant
    flows: tuple[Flow, ...]

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "start": format_instant(self.start),
            "end": format_instant(self.end),
            "flows": [
                {"from": flow.before or None, "to": flow.after, "count": flow.count}
                for flow in self.flows
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFigure:
    """One segment: who is in it and what they bought."""

    name: str
    label: Text
    sentence: Text
    """The condition in words."""
    count: int
    revenue: int
    """Net revenue of the last 365 days."""
    not_known: Text | None = None
    """Why a count of 0 says nothing; None: it says what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A condition of an explanation, in words of one language."""

    text: str
    holds: bool | None
    """None: it is a value, not a condition."""
    value: str = ""
    """The value it was judged on, written out."""
    events: tuple[str, ...] = ()
    """The rows behind the value, newest first."""
    more_events: int = 0
    """How many more there are."""
    changes: str = ""
    """When it changes by itself; empty: never, as if nothing more happens."""
    items: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """Something that happened to a customer."""

    at: Instant
    kind: str
    """``order``, ``refund``, ``event``, ``stage`` or ``now``."""
    title: str
    detail: str = ""
    amount: int | None = None
    approximate: bool = False
    """Whether something of it stands at an import, for want of a date in its source (≈)."""
    undated: bool = False
    """Whether ``at`` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """One customer: who it is, what happened, where it stands and why."""

    name: str
    """As far as it may be shown; empty: not known."""
    identifiers: tuple[tuple[str, str], ...]
    """Kind and value, strongest first."""
    attributes: tuple[tuple[str, str], ...]
    """Label and value, written out; empty without contact details."""
    orders: int
    revenue: int
    first_order_at: Instant | None
    last_order_at: Instant | None
    stage: str
    next_stage: str | None
    """The stage it goes to by itself; None: it stays."""
    next_at: Instant | None
    segments: tuple[str, ...]
    """The labels of the segments it is in."""
    timeline: tuple[TimelineRow, ...]
    """Newest first."""
    earlier: int
    """How many rows of the timeline are left out at the old end."""
    whys: tuple[tuple[str, Why], ...]
    """Of what (a stage, a segment), and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFigure:
    """One import: accepted + repeated + left out + quarantined = lines."""

    file: str
    mapping: str
    imported_at: Instant
    lines: int
    accepted: int
    repeated: int
    left_out: int
    quarantined: int
    reasons: tuple[tuple[str, int], ...] = ()
    """Why lines were left out or quarantined, most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of the shop's calendar, up to the instant asked."""

    first_day: date
    orders: int
    revenue: int


PROSPECT = "prospect"
"""The stage of those without a purchase, visitors without a name among them."""
FEW_BUYERS = 20
"""Of fewer the best few percent are one person, and say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The shop as a whole, up to the instant asked."""

    customers: int
    """Profiles with a purchase."""
    orders: int
    revenue: int
    """Net revenue of all time, orders of nobody included."""
    nobody_orders: int
    nobody_revenue: int
    revenue_365d: int
    nobody_revenue_365d: int
    first_order_at: Instant | None
    early_buyers: int
    """Customers whose first known order is in the first 14 days of the history."""
    history_from: Instant | None
    buyers_365d: int
    """Profiles with a purchase in the last 365 days: those that are ranked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole page, for one language."""

    shop: str
    as_of: Instant
    made_at: Instant
    zone: str
    currency: str
    lifecycle: Lifecycle
    stages: tuple[StageFigure, ...]
    """In the order they are shown."""
    steps: tuple[FlowStep, ...]
    """Consecutive, together the last twelve months."""
    year: FlowStep
    """The same twelve months as one step."""
    ahead: FlowStep
    """The next 30 days, if nobody does anything."""
    segments: tuple[SegmentFigure, ...]
    customer: CustomerPage | None
    imports: tuple[ImportFigure, ...]
    quarantined: int
    """Rows in quarantine: one that several imports read counts once."""
    months: tuple[Month, ...]
    totals: Totals
    order_span: tuple[Instant, Instant] | None = None
    """When the first and the last order were, of all that is known; None: there is none."""
    revenue_basis: str = "including_vat"
    """Or ``excluding_vat``."""
    left_out: tuple[LeftOut, ...] = ()
    """Who is in no stage, move or segment here."""
    other_languages: Mapping[str, str] = field(default_factory=dict)
    """Language -> address of the same page in it."""
