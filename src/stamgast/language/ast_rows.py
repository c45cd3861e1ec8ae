"""Of the AST: windows, rows, and aggregates over rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from fractions import Fraction

    from stamgast.language.ast import Condition, Text
    from stamgast.language.types import Type
    from stamgast.model.log import Source


# --- windows: which ages count -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """``0 <= t - at <= us``; ``us > 0``."""

    us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """``from_us < t - at <= to_us``; ``0 <= from_us < to_us``."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """``from_at <= at < until_at`` (either may be None) and ``at <= t``."""

    from_at: int | None
    until_at: int | None


Span: TypeAlias = "tuple[int, int]"
"""``from_at <= at < until_at``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class During:
    """``at`` lies in one of the spans, and ``at <= t``."""

    names: tuple[str, ...]
    """The seasons or sales."""
    year: int | None = None
    """The year of the occurrences; None: any."""
    spans: tuple[Span, ...]
    """Ascending; none touches the next."""


Window: TypeAlias = "Within | Between | Dates | During"


# --- rows and aggregates --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one source that pass a filter and lie in a window; ``window`` None: all up to t."""

    source: Source
    events: tuple[str, ...] = ()
    """Event names, sorted, without repeats, of source ``event``; the one name of source ``named``."""
    where: Condition | None = None
    """Over ``Property`` operands only; does not look at t."""
    window: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A row comes at the end of a local day, unless something happened by then."""

    day: str
    """The property of type DAY."""
    unless: tuple[str, ...]
    """Event names, sorted, without repeats."""
    same: str
    """The text property that both have in common."""
    latest: bool = False
    """Whether a later event of the part takes its place, if it came by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPart:
    """Events that are rows of named rows."""

    events: tuple[str, ...]
    """Sorted, without repeats."""
    where: Condition | None = None
    """Over ``Property`` operands only."""
    due: Due | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Events that close rows: those that have a property in common; one that names none, the latest."""

    events: tuple[str, ...]
    """Sorted, without repeats."""
    where: Condition | None = None
    same: tuple[str, ...] = ()
    """Text properties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRows:
    """Rows made of several events under one name; source ``named``, ``Rows.events`` the name.

    An event of a part with ``due`` is of no other part.
    """

    name: str
    one: Text
    many: Text
    about: Text | None = None
    parts: tuple[RowPart, ...]
    closed_by: Closing | None = None


AggregateOp: TypeAlias = Literal[
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "first",
    "last",
    "distinct",
    "most_frequent",
    "recurring",
    "mean_gap",
    "last_gap",
    "first_gap",
    "days",
    "visits",
    "visit_days",
    "only_season",
    "season_returns",
    "sale_first_days_hit",
    "sale_first_days_seen",
    "rhythm",
    "rhythm_day",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What a yearly rhythm is: see ``docs/meaning.md``."""

    slot_days: int
    slots: int
    recent_us: int
    reach_us: int
    least_days: int
    share: Fraction
    """0 < share <= 1."""
    share_from: int
    before_us: int = 0
    after_us: int = 0
    """``rhythm_day`` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One value over rows."""

    op: AggregateOp
    rows: Rows
    of: str | None = None
    """The property; None for those of whole rows (count, days, gaps and visits)."""
    of_type: Type | None = None
    """The property's declared type."""
    gap_us: int | None = None
    """For visits, visit_days and recurring, and with ``visit``: the pause that starts a new visit."""
    visit: Literal["first", "last"] | None = None
    """For first and last of events: of the rows of the first, or last, visit only."""
    lines: Rows | None = None
    """For recurring: lines of orders beside the events of ``rows``."""
    at_least: int | None = None
    """For recurring: in how many visits and orders; 1 or more."""
    last_only: bool = False
    """For recurring: only the value of the last row of ``rows``, which are events."""
    visits_of: Rows | None = None
    """For recurring: the events that visits are made of, those of ``rows`` among them; None: those."""
    since: Rows | None = None
    """For recurring: only rows later than the last of these, orders or events without a window."""
    latest: int | None = None
    """For sale_first_days_hit and sale_first_days_seen: of how many first days."""
    rhythm: Rhythm | None = None
    """For rhythm and rhythm_day."""
    type: Type
